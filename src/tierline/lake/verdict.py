"""A gate's verdict on exactly one state of one stage's shard, and a person's dated waiver of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """A suite's result for the rows with this digest; other rows need another verdict."""

    stage: str
    shard: str
    digest: str
    suite: str
    suite_sha256: str
    passed: bool
    results: str  # JSON: one object per expectation, with the value that was observed
    failures: tuple[str, ...] = ()
    judged_at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)


@dataclass(frozen=True, slots=True)
class Waiver:
    """A person lets a failed shard through: this digest only, and only until the end of a day."""

    stage: str
    shard: str
    digest: str
    who: str
    why: str
    until: date
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)
    signature: str | None = field(default=None, compare=False)  # envelope of the signed statement
