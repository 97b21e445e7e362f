"""What every check of a lake says: the broken promises that it found, and how much it looked at."""

from __future__ import annotations

from dataclasses import dataclass, field

from tierline.errors import TierlineError


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A broken promise: the row, shard, record or log, and what was found."""

    where: str
    what: str

    @classmethod
    def of(cls, where: str, error: TierlineError) -> Mismatch:
        """The same of an error: what could not be read, at this place."""
        return cls(where, error.what if error.where.startswith(where) else str(error))

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(slots=True)
class Checked:
    """How much was checked: a check of nothing would be worthless. `missing_sources`: crawl file that is gone -> its rows, which could
    not be compared with it."""

    shards: int = 0
    rows: int = 0
    spans: int = 0
    missing_sources: dict[str, int] = field(default_factory=dict[str, int])
