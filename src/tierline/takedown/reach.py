"""What a takedown reaches: the records within its scope and their copies, and every row that rests on them, in present and past rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tierline.config.checksum import file_sha256
from tierline.lake import Lake, Manifest
from tierline.lake.time_travel import history
from tierline.stages import STAGES, WHOLE_LAKE, Stage
from tierline.tables import TABLES, TableSpec
from tierline.takedown.ledger import Takedown
from tierline.takedown.tombstones import COMPARED, NEAR, SAME_BYTES, Tombstones, tombstones_of

Row = dict[str, Any]
WEIGHTS = "model.safetensors"  # of a checkpoint, as training writes it
ADDRESSED = ("doc_id", "source_uri", "title", *COMPARED)  # columns of `l0_raw` that are read of what is removed


@dataclass(slots=True)
class Reach:
    """Records of `l0_raw` by id, with shard and what takes them away; rows that rest on them by table: all of what such a row rests on is
    removed (`whole`), or a part (`part`). `calls` of models that were made about them."""

    records: dict[str, Row] = field(default_factory=dict[str, Row])
    whole: dict[str, dict[str, Row]] = field(default_factory=dict[str, dict[str, Row]])
    part: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    calls: set[str] = field(default_factory=set[str])

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
        }


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
    """Follow parents through every table, in graph order."""
    shards, gone = reach.shards, set(reach.records)
    for stage in STAGES[1:]:
        for name in stage.tables:
            spec = TABLES[name]
            whole, part = reach.whole.setdefault(name, {}), reach.part.setdefault(name, set())
            for number, manifest in _manifests(lake, stage, name, shards):
                for row in _touched(lake, manifest, spec, gone):
                    parents = {*_parents(row)}
                    reach.calls.update(row.get("call_ids") or ())
                    if parents <= gone:
                        whole.setdefault(row[spec.key], row | {"present": number == 0})
                    elif number == 0:
                        part.add(row[spec.key])
            if "parents" in spec.fields:
                gone |= whole.keys()


def _manifests(lake: Lake, stage: Stage, table: str, shards: Iterable[str]) -> Iterator[tuple[int, Manifest]]:
    for shard in shards if stage.per_shard else [WHOLE_LAKE]:
        yield from enumerate(_states(lake, table, shard))


def _states(lake: Lake, table: str, shard: str) -> Iterator[Manifest]:
    """The present state and those before it that can still be read."""
    for state in history(lake, table, shard):
        if all(_is_there(lake, table, file) for file in state.manifest.files):
            yield state.manifest


def _is_there(lake: Lake, table: str, file: str) -> bool:
    """A vacuum keeps records of what it has removed the rows of."""
    return lake.delta.folder is None or (lake.delta.folder / table / file).exists()


def _touched(lake: Lake, manifest: Manifest, spec: TableSpec, gone: set[str]) -> Iterator[Row]:
    """Rows that rest on a removed one."""
    if not {"parents", "doc_id"} & set(spec.fields):
        return
    known = pa.array(gone, pa.string())
    for batch in lake.stream(manifest):
        if "parents" in spec.fields:
            column = batch.column("parents")
            places = pc.list_parent_indices(column).filter(pc.is_in(pc.list_flatten(column), value_set=known)).unique()
            yield from batch.take(places).to_pylist()
        else:
            yield from batch.filter(pc.is_in(batch.column("doc_id"), value_set=known)).to_pylist()


def _parents(row: Mapping[str, Any]) -> Iterable[str]:
    """What a row rests on; of a value that was withdrawn also what it has lost."""
    return (*(row.get("parents") or ()), *(row.get("lost") or ())) if "parents" in row else (row["doc_id"],)
