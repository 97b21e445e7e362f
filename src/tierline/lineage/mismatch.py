"""What every check of a lake says: the broken promises that it found, and how much it looked at."""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass, field

from tierline.errors import LakeUnavailable, TierlineError

_SHORT = (errno.EMFILE, errno.ENFILE)
_SAID = re.compile(r"\bos error (?:23|24)\b")  # as libraries in Rust say it


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A broken promise: the row, shard, record or log, and what was found."""

    where: str
    what: str

    @classmethod
    def of(cls, where: str, error: TierlineError) -> Mismatch:
        """The same of an error: what could not be read, at this place. Raises LakeUnavailable if that is no fault of the lake."""
        refuse_shortage(error)
        return cls(where, error.what if error.where.startswith(where) else str(error))

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(slots=True)
class Checked:
    """How much was checked: a check of nothing would be worthless. `missing_sources`: file that is gone -> its rows, which could
    not be compared with it."""

    shards: int = 0
    rows: int = 0
    spans: int = 0
    missing_sources: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, other: Checked) -> None:
        """Count what another check has counted."""
        self.shards, self.rows, self.spans = self.shards + other.shards, self.rows + other.rows, self.spans + other.spans
        for source, rows in other.missing_sources.items():
            self.missing_sources[source] = self.missing_sources.get(source, 0) + rows

    def miss(self, source: str) -> None:
        """Count a row whose source is gone."""
        self.missing_sources[source] = self.missing_sources.get(source, 0) + 1


def refuse_shortage(error: BaseException) -> None:
    """LakeUnavailable if an error, or what caused it, says that no more files can be opened: of the lake that says nothing."""
    cause: BaseException | None = error
    while cause is not None:
        if (isinstance(cause, OSError) and cause.errno in _SHORT) or _SAID.search(str(cause)):
            raise LakeUnavailable("too many files are open, so nothing can be said of the lake", do="raise `ulimit -n`") from error
        cause = cause.__cause__ or cause.__context__
