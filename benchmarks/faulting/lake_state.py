"""What a lake holds, as far as a fault may not change it: every table's rows by their digests, ledgers, paid answers, open runs."""

from __future__ import annotations

import fcntl
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pyarrow as pa

from tierline.errors import TierlineError
from tierline.lake import Lake
from tierline.lake.digest import ContentDigest
from tierline.lake.vacuum import vacuum
from tierline.lineage import verify
from tierline.tables import TABLES
from tierline.tables.records import CALLS, CALLS_TABLE

AHEAD = timedelta(days=7)  # more than any clock of the benchmark is


@dataclass(frozen=True, slots=True)
class Held:
    """One shard of one table."""

    rows: int
    digest: str
    promoted: bool


@dataclass(frozen=True, slots=True)
class LakeState:
    """Tables and ledgers by name and shard, and the ids of answered calls."""

    tables: dict[str, Held] = field(default_factory=dict[str, Held])
    ledgers: dict[str, str] = field(default_factory=dict[str, str])
    calls: tuple[str, ...] = ()

    def rows_lost(self, later: LakeState) -> int:
        """Promoted rows of this state that the later one does not have."""
        return sum(
            max(0, held.rows - (later.tables[name].rows if name in later.tables and later.tables[name].promoted else 0))
            for name, held in self.tables.items()
            if held.promoted
        )

    def differences(self, later: LakeState) -> list[str]:
        """Names of what is not the same."""
        return [
            name
            for one, other in ((self.tables, later.tables), (self.ledgers, later.ledgers), ({"calls": self.calls}, {"calls": later.calls}))
            for name in sorted({*one, *other})
            if one.get(name) != other.get(name)
        ]


def look(root: str, before: LakeState, read: bool) -> tuple[list[str], LakeState]:
    """What was promoted before and cannot be read now, and the present state."""
    state = lake_state(root)
    return unreadable(root, before if before.tables else state) if read else [], state


def lake_state(root: str) -> LakeState:
    """As the lake's own records have it."""
    lake = Lake(root)
    tables: dict[str, Held] = {}
    ledgers: dict[str, str] = {}
    for table in TABLES:
        promoted = {manifest.shard for manifest in lake.promoted(table)}
        for manifest in lake.manifests(table):
            tables[f"{table}/{manifest.shard}"] = Held(manifest.rows, manifest.digest, manifest.shard in promoted)
    for row in lake.activity_rows():
        for output in row["outputs"]:
            if output["table"].startswith("decisions/"):
                ledgers[f"{output['table']}/{row['shard']}"] = output["digest"]
    calls = lake.delta.read(CALLS_TABLE, CALLS, None, ["call_id", "state"]).to_pylist()
    return LakeState(tables, ledgers, tuple(sorted({row["call_id"] for row in calls if row["state"] == "ok"})))


def unreadable(root: str, before: LakeState) -> list[str]:
    """What was promoted before and cannot be read now as it was committed last, and why."""
    lake, found = Lake(root), list[str]()
    for name, held in before.tables.items():
        table, _, shard = name.partition("/")
        if not held.promoted:
            continue
        try:
            manifest = lake.manifest(table, shard)
            if manifest.digest == held.digest:
                stored, manifest = lake.stream_promoted(table, shard)
                batches = stored.to_batches()
            else:  # written again since, and perhaps not judged yet
                batches = lake.stream(manifest)
            digest = ContentDigest(TABLES[table].content)
            for batch in batches:
                digest.update(batch)
            if digest.hexdigest() != manifest.digest:
                found.append(f"{name}: other rows than were committed")
        except (TierlineError, OSError, pa.ArrowException) as error:
            found.append(f"{name}: {error}")
    return found


def clean(root: str) -> int:
    """Vacuum all that may go; how many files of rows and records are left.

    What a clock that was ahead has written is history only once its days are over, so that these count as over.
    """
    vacuum(Lake(root), keep=-AHEAD, grace=timedelta(0))
    return sum("_derived" not in path.parts for path in Path(root).rglob("part-*.parquet"))


def mismatches(root: str) -> list[str]:
    """What `tierline verify` says."""
    return [str(found) for found in verify(Lake(root))[0]]


def still_held(lake: str, state: str) -> list[str]:
    """Locks that somebody has, and runs that count as running, when nobody should."""
    found = [
        f"locked: {path}"
        for path in [*Path(lake).rglob("*.lock"), *Path(state).glob("*.lock"), *Path(lake).glob("_journal/*")]
        if _locked(path)
    ]
    with dg.DagsterInstance.get() as instance:
        going = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING]))
        found += [f"counts as running: {run.job_name}" for run in going]
        for pool in instance.event_log_storage.get_concurrency_keys():
            taken = instance.event_log_storage.get_concurrency_info(pool).active_slot_count
            found += [f"pool {pool}: {taken} slots taken"] if taken else []
    return found


def _locked(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
