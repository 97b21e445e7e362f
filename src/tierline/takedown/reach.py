"""What a takedown reaches: the records within its scope and their copies, and every row that rests on them, in present and past rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from tierline.config.checksum import file_sha256
from tierline.descent.selection import PAGES, ROOTS, covered, view_present
from tierline.descent.walk import Reach as Walked
from tierline.descent.walk import parents_of, walk_from
from tierline.lake import Lake, Manifest
from tierline.lake.time_travel import history
from tierline.sql import readable
from tierline.stages import STAGES, WHOLE_LAKE, stage_of
from tierline.tables import TABLES
from tierline.takedown.ledger import Takedown
from tierline.takedown.tombstones import COMPARED, NEAR, SAME_BYTES, Tombstones, tombstones_of

Row = dict[str, Any]
WEIGHTS = "model.safetensors"  # of a checkpoint, as training writes it
ADDRESSED = ("doc_id", "source_uri", "title", *COMPARED)  # columns of `l0_raw` that are read of what is removed


@dataclass(slots=True)
class Reach:
    """Records of `l0_raw` by id, with shard and what takes them away; rows that rest on them by table: all of what such a row rests on is
    removed (`whole`), or a part (`part`). `calls` of models that were made about them. `beyond`: how many rows of other tables are within
    the scope that were read from files of other kinds; they stay until their file is taken out."""

    records: dict[str, Row] = field(default_factory=dict[str, Row])
    whole: dict[str, dict[str, Row]] = field(default_factory=dict[str, dict[str, Row]])
    part: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    calls: set[str] = field(default_factory=set[str])
    beyond: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def shards(self) -> list[str]:
        """Those that hold a record, present or past."""
        return sorted({row["shard"] for row in self.records.values()})

    @property
    def present(self) -> list[Row]:
        """The records that are in present rows."""
        return [row for row in self.records.values() if row["present"]]

    def ids(self) -> set[str]:
        """Of all records and of all rows that rest on nothing else."""
        return {*self.records, *(name for rows in self.whole.values() for name in rows)}

    def counts(self) -> dict[str, Any]:
        """For the plan and the certificate."""
        by = Counter(row["by"] if row["by"] in (NEAR, SAME_BYTES) else "scope" for row in self.present)
        tables = {table: sum(row["present"] for row in rows.values()) for table, rows in self.whole.items()}
        return {
            "records": len(self.present),
            "records_by": dict(sorted(by.items())),
            "records_past": len(self.records) - len(self.present),
            "shards": len({row["shard"] for row in self.present}),
            "rows": {table: count for table, count in tables.items() if count},
            "rows_in_part": {table: len(rows) for table, rows in self.part.items() if rows},
            "calls": len(self.calls),
            "beyond": self.beyond,
        }


def staying(counts: dict[str, Any]) -> list[str]:
    """Of the counts of a plan or a certificate, what is within the scope and is not removed, for people."""
    return [
        f"{rows:,} rows of {table} are within its scope and stay: take their file out" for table, rows in counts.get("beyond", {}).items()
    ]


def reach_of(lake: Lake, takedown: Takedown, told: Callable[[str], None] = lambda _: None) -> tuple[Reach, pa.Table]:
    """(what it reaches, its tombstones). Reads every record of the lake twice, present and past ones: once by their address, once by the
    bytes and words of those that were found."""
    told("looking for records within its scope")
    scoped = _records(lake, Tombstones(tombstones_of(takedown.takedown_id, takedown.scopes, [], []).to_pylist()))
    kept_out = tombstones_of(takedown.takedown_id, takedown.scopes, scoped.values(), [])
    told(f"{len(scoped):,} records; looking for copies of them")
    found = Reach(_records(lake, Tombstones(kept_out.to_pylist())) if scoped else scoped)
    told(f"{len(found.records):,} records with copies; looking for what rests on them")
    _descend(lake, found)
    found.beyond = _beyond(lake, takedown)
    claims = found.whole.get("l4_claims", {})
    return found, tombstones_of(takedown.takedown_id, takedown.scopes, scoped.values(), claims)


def trained_on(lake: Lake, reach: Reach, training: Path) -> list[str]:
    """The students, present and past, that learned from annotations of shards with annotated records that are removed, "stage activity
    (digest)"; and, where a mix held rows that rest on them, the checkpoints below a folder, "folder (SHA-256 of the weights)"."""
    shards = {f"l2_annotations/{row['shard']}" for row in reach.whole.get("l2_annotations", {}).values()}
    states = history(lake, "l2_student", WHOLE_LAKE)
    learned = [one.manifest for one in states if shards & set(one.manifest.inputs)]
    students = [f"l2_student {one.activity_id} ({one.digest})" for one in learned]
    is_mixed = any(reach.whole.get(stage.name) or reach.part.get(stage.name) for stage in STAGES if stage.phase)
    weights = sorted(training.rglob(WEIGHTS)) if is_mixed and training.is_dir() else []
    return students + [f"{path.parent.relative_to(training)} ({file_sha256(path)})" for path in weights]


def _records(lake: Lake, tombstones: Tombstones) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for shard in sorted(manifest.shard for manifest in lake.manifests("l0_raw")):
        for number, manifest in enumerate(_states(lake, "l0_raw", shard)):
            for batch in lake.stream(manifest, list(ADDRESSED)):
                rows = batch.to_pylist()
                for row, withheld in zip(rows, tombstones.withheld(rows), strict=True):
                    if withheld is not None:
                        found.setdefault(row["doc_id"], row | {"shard": shard, "by": withheld.by, "present": number == 0})
    return found


def _descend(lake: Lake, reach: Reach) -> None:
    """Every row of every table that rests on the records, in graph order."""
    states = {table: _all_states(lake, table, reach.shards) for stage in STAGES for table in stage.tables}
    gone = set(reach.records)
    with walk_from(lake, {PAGES: sorted(gone)}, lambda table: [manifest for _, manifest in states[table]]) as walked:
        for table in walked.tables[1:]:
            whole, part = reach.whole.setdefault(table, {}), reach.part.setdefault(table, set())
            for row in _rows(lake, walked, table, states[table]):
                reach.calls.update(row.get("call_ids") or ())
                if parents_of(table, row) <= gone:
                    whole.setdefault(row[TABLES[table].key], row)
                elif row["present"]:
                    part.add(row[TABLES[table].key])
            gone |= whole.keys()


def _beyond(lake: Lake, takedown: Takedown) -> dict[str, int]:
    found: dict[str, int] = {}
    with duckdb.connect() as database, readable(lake.root):
        for table in ROOTS[1:]:
            view_present(database, lake, table)
            spec = TABLES[table]
            own = {row for scope in takedown.scopes for row in covered(database, table, spec.key, spec.fields, scope)}
            found |= {table: len(own)} if own else {}
    return found


def _all_states(lake: Lake, table: str, shards: list[str]) -> list[tuple[bool, Manifest]]:
    """(whether it is the present one, manifest) of every state of a table that can still be read, in these shards."""
    own = shards if stage_of(table).per_shard else [WHOLE_LAKE]
    return [(number == 0, manifest) for shard in own for number, manifest in enumerate(_states(lake, table, shard))]


def _states(lake: Lake, table: str, shard: str) -> Iterator[Manifest]:
    """The present state and those before it that can still be read."""
    for state in history(lake, table, shard):
        if all(lake.delta.has(table, file) for file in state.manifest.files):
            yield state.manifest


def _rows(lake: Lake, walked: Walked, table: str, states: list[tuple[bool, Manifest]]) -> Iterator[Row]:
    """The reached rows of a table, the present ones of a shard first; `present` says which are."""
    key, shards = TABLES[table].key, set(walked.shards(table))
    reached = pa.chunked_array([batch.column("row_id") for batch in walked.ids(table)], pa.string())
    for present, manifest in states:
        for batch in lake.stream(manifest) if manifest.shard in shards else ():
            own = batch.filter(pc.is_in(batch.column(key), value_set=reached.combine_chunks()))
            yield from (row | {"present": present} for row in own.to_pylist())
