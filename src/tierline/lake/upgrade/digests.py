"""What each recorded digest is called in the new format, wherever it is named: by verdicts, waivers and inputs of activities."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tierline.lake.upgrade.migrations import Migration
from tierline.lake.upgrade.records import Recorded, Row
from tierline.lake.upgrade.rows import Output
from tierline.tables.ids import content_id

BEFORE, EARLIER = "/before", "/earlier"
# Inputs that stand for one table of all shards registered before one: that table, its stage, whether the shards' order counts.
COMBINED = {"l1_signatures/earlier": ("l1_signatures", "l1_filtered", False), "l2_selected/earlier": ("l2_selected", "l2_selected", True)}


@dataclass(frozen=True, slots=True)
class Carried:
    """An activity and its outputs in the new format."""

    recorded: Recorded
    outputs: Sequence[Output]

    @property
    def stage_digest(self) -> str:
        """Over every table of the activity, in the order in which it wrote them."""
        return content_id("dig", *(f"{output.table}={output.digest}" for output in self.outputs if "/" not in output.table))


@dataclass(slots=True)
class DigestMap:
    """Old digest -> new digest, by what it is a digest of. What is not known stays: it is the digest of nothing that is still there."""

    migration: Migration
    shards: Sequence[str]  # in order of registration
    waivers: Sequence[Row]
    chains: dict[tuple[str, str], list[Carried]] = field(default_factory=dict[tuple[str, str], list[Carried]])
    _tables: dict[tuple[str, str, str], str] = field(default_factory=dict[tuple[str, str, str], str])
    _stages: dict[tuple[str, str, str], str] = field(default_factory=dict[tuple[str, str, str], str])
    _combined: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def add(self, chain: Sequence[Carried]) -> None:
        """The activities of one stage and shard, the newest first."""
        for carried in chain:
            stage, shard = carried.recorded.place
            self.chains.setdefault((stage, shard), []).append(carried)
            self._stages.setdefault((stage, shard, carried.recorded.row["digest"]), carried.stage_digest)
            for output in sorted(carried.outputs, key=lambda output: bool(output.wrong)):
                self._tables.setdefault((output.old_table, shard, output.old_digest), output.digest)

    def inputs(self, recorded: Recorded) -> dict[str, str]:
        """An activity's inputs in the new format."""
        old: dict[str, str] = json.loads(recorded.row["inputs"])
        found = {self._input(name, digest, recorded) for name, digest in old.items()}
        return dict(sorted(found))

    def stage(self, stage: str, shard: str, digest: str) -> str:
        """A stage's digest: what verdicts and waivers are bound to."""
        return self._stages.get((stage, shard, digest), digest)

    def verdict(self, carried: Carried | None, row: Mapping[str, Any]) -> str:
        """The digest that a verdict is bound to; `carried` is the activity it stands beside."""
        if carried is not None and row["digest"] == carried.recorded.row["digest"]:
            return carried.stage_digest
        return self.stage(row["stage"], row["shard"], row["digest"])

    def _input(self, name: str, digest: str, recorded: Recorded) -> tuple[str, str]:
        table, _, rest = name.partition("/")
        renamed = f"{self.migration.table(table)}/{rest}"
        if name in COMBINED:
            if (name, digest) not in self._combined:
                self._learn(name, digest, recorded)
            return renamed, self._combined.get((name, digest), digest)
        return renamed, self._tables.get((table, rest.removesuffix(BEFORE), digest), digest)

    def _learn(self, name: str, digest: str, recorded: Recorded) -> None:
        """Find which states a combined digest stands for: those promoted now, or when the activity began."""
        table, stage, ordered = COMBINED[name]
        for moment in (None, recorded.row["started_at"]):
            for own in (False, True):
                states = list(self._states(stage, self._earlier(recorded.row["shard"], own), moment))
                pairs = [
                    (carried.recorded.row["shard"], output) for carried in states for output in carried.outputs if output.old_table == table
                ]
                old = [f"{shard}={output.old_digest}" for shard, output in pairs]
                if pairs and content_id("dig", *(old if ordered else sorted(old))) == digest:
                    new = [f"{shard}={output.digest}" for shard, output in pairs]
                    self._combined[name, digest] = content_id("dig", *(new if ordered else sorted(new)))
                    return

    def _earlier(self, shard: str, own: bool) -> Sequence[str]:
        place = self.shards.index(shard) if shard in self.shards else len(self.shards)
        return self.shards[: place + own]

    def _states(self, stage: str, shards: Sequence[str], moment: datetime | None) -> Iterator[Carried]:
        """The promoted states of these shards at a moment, or now."""
        for shard in shards:
            for carried in self.chains.get((stage, shard), []):
                row = carried.recorded.row
                if moment is None or row["ended_at"] <= moment:
                    if any(verdict["passed"] for verdict in carried.recorded.judged) or self._waived(row):
                        yield carried
                    break

    def _waived(self, row: Row) -> bool:
        wanted = (row["stage"], row["shard"], row["digest"])
        return any((waiver["stage"], waiver["shard"], waiver["digest"]) == wanted for waiver in self.waivers)
