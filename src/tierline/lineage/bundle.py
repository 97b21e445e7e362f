"""Exports rows with all that proves them, for somebody without the lake: `check_bundle.py` beside them checks it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tierline.errors import BadInput
from tierline.lake import Lake, Manifest
from tierline.lake.row_tree import row_hashes
from tierline.lineage import check_bundle
from tierline.lineage.crate import Author, Crate, Step, write_crate
from tierline.lineage.prove import SignedLog
from tierline.lineage.trace import Node, trace, trace_all
from tierline.proof.merkle import inclusion_paths, root_hash
from tierline.stages import stage_of
from tierline.tables import TABLES

BUNDLE, CHECKER, PAYLOADS, ROWS = "bundle.json", "check_bundle.py", "payloads", "tables"


@dataclass(frozen=True, slots=True)
class Bundled:
    """What a bundle holds: rows, shards of tables that they are of, stretches of bytes, and bytes in all."""

    rows: int
    tables: int
    payloads: int
    bytes: int
    root_key: str


def export_bundle(lake: Lake, row_ids: Sequence[str], target: Path) -> Bundled:
    """Write rows, all their ancestors and the proofs of these into a new folder; no other row is in it, only hashes of some.

    BadInput if a row is not promoted, its commit is not signed yet or has no tree over its rows, rows that it was made from were written
    again since, or the folder is not empty; OSError.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInput("is not empty", str(target), "name a new folder")
    found = {node.row_id: node for node in trace_all(lake, row_ids)}
    # Of a row that is not there a trace says why.
    nodes = _unique(node for row_id in row_ids for node in (found.get(row_id) or trace(lake, row_id)).walk())
    log = SignedLog(lake)
    manifests = {(node.table, node.shard): lake.manifest(node.table, node.shard) for node in nodes}
    _refuse_outdated(nodes, manifests)
    _refuse_without_tree(manifests.values())
    stages = dict.fromkeys((manifest.stage, manifest.shard) for manifest in manifests.values())
    commits = [log.prove(stage, shard).as_json() for stage, shard in stages]
    target.mkdir(parents=True, exist_ok=True)
    tables = [_write_rows(lake, manifest, nodes, target, number) for number, manifest in enumerate(manifests.values())]
    payloads = {_write_payload(node, target) for node in nodes if node.table == "l0_raw"}
    bundle = {
        "tables": tables,
        "commits": commits,
        "head": log.envelope,
        "keys": log.registry.lines,
    }
    (target / BUNDLE).write_text(json.dumps(bundle, indent=1), "utf-8")
    shutil.copyfile(check_bundle.__file__, target / CHECKER)
    _describe(target, row_ids, nodes, tables, commits, log)
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    return Bundled(len(nodes), len(tables), len(payloads), size, log.registry.root)


def _describe(
    target: Path,
    row_ids: Sequence[str],
    nodes: Sequence[Node],
    tables: Sequence[dict[str, Any]],
    commits: Sequence[dict[str, Any]],
    log: SignedLog,
) -> None:
    """The bundle as an RO-Crate: for those who keep it; what proves it is in its own files."""
    files = {(one["table"], one["shard"]): one["file"] for one in tables}
    payloads = [f"{PAYLOADS}/{node.row['payload_sha256']}" for node in nodes if node.table == "l0_raw"]
    steps: list[Step] = []
    for commit in commits:
        entry = json.loads(commit["entry"])
        read = [file for (table, shard), file in files.items() if f"{table}/{shard}" in json.loads(entry["inputs"])]
        wrote = [file for (table, shard), file in files.items() if (stage_of(table).name, shard) == (entry["stage"], entry["shard"])]
        what = f"Activity {entry['activity_id']}, code version {entry['code_version']}"
        read += payloads if entry["stage"] == "l0_raw" else []
        steps.append(Step(f"{entry['stage']}/{entry['shard']}", what, read, wrote, entry["started_at"], entry["ended_at"]))
    stated = sorted({str(node.row["license"]) for node in nodes if node.row.get("license")})
    rights = "Each row is under the terms of its source. " + (f"Sources state: {', '.join(stated)}." if stated else "None is stated.")
    words = f"{len(nodes)} rows: {', '.join(row_ids)} and what they were made from, with proofs that they are of a signed lake."
    head = log.head
    crate = Crate(f"Rows of {log.registry.lake}", words, head.at.date().isoformat(), rights, Author(head.name, head.key_id))
    described = {BUNDLE: "Commits, signed head, keys, and the place of each row", CHECKER: "Checks this bundle"}
    described |= {file: f"Rows of {table}/{shard}" for (table, shard), file in files.items()}
    write_crate(target, crate, described | dict.fromkeys(payloads, "Bytes of a record of the crawl"), steps)


def _unique(nodes: Iterable[Node]) -> list[Node]:
    return list({(node.table, node.row_id): node for node in nodes}.values())


def _refuse_outdated(nodes: Sequence[Node], manifests: dict[tuple[str, str], Manifest]) -> None:
    """BadInput where a row was made from an earlier state of the rows that are there now: the chain would not be that of its bytes."""
    for node in nodes:
        inputs = manifests[node.table, node.shard].inputs
        for parent in node.parents:
            place = f"{parent.table}/{parent.shard}"
            if (
                stage_of(node.table).name != stage_of(parent.table).name
                and inputs.get(place) != manifests[parent.table, parent.shard].digest
            ):
                do = f"run {stage_of(node.table).name} again, then sign the log"
                raise BadInput(f"{place} was written again since {node.row_id} was made from it", f"{node.table}/{node.shard}", do)


def _refuse_without_tree(manifests: Iterable[Manifest]) -> None:
    for one in manifests:
        if not one.row_root:
            do = "`tierline log rows` makes it, then sign the log"
            raise BadInput("was committed before there was a tree over its rows", f"{one.table}/{one.shard}", do)


def _write_rows(lake: Lake, manifest: Manifest, nodes: Sequence[Node], target: Path, number: int) -> dict[str, Any]:
    """The wanted rows of one table's shard with the columns that count, and the path of each. BadInput if they are not what was
    committed."""
    spec = TABLES[manifest.table]
    wanted = pa.array([node.row_id for node in nodes if (node.table, node.shard) == (manifest.table, manifest.shard)], pa.string())
    leaves, found, indexes = list[bytes](), list[pa.RecordBatch](), list[int]()
    for batch in lake.stream(manifest, spec.content.names):
        held = pc.is_in(batch.column(spec.key), value_set=wanted)
        indexes += [len(leaves) + index for index in pc.indices_nonzero(held).to_pylist()]
        found.append(batch.filter(held))
        leaves += row_hashes(batch)
    if root_hash(leaves).hex() != manifest.row_root:
        raise BadInput("its rows are not those that were committed", f"{manifest.table}/{manifest.shard}", "run `tierline verify`")
    file = f"{ROWS}/{number:03d}-{manifest.table}.parquet"
    (target / ROWS).mkdir(exist_ok=True)
    # The names within nested types count, so they are kept.
    pq.write_table(pa.Table.from_batches(found), target / file, compression="zstd", use_compliant_nested_type=False)
    paths = [[step.hex() for step in path] for path in inclusion_paths(leaves, indexes)]
    proofs = [list(pair) for pair in zip(indexes, paths, strict=True)]
    return {"table": manifest.table, "shard": manifest.shard, "file": file, "proofs": proofs}


def _write_payload(node: Node, target: Path) -> str:
    """The bytes of an L0 row under their hash. BadInput, SourceGone."""
    from tierline.crawl.payload import read_payload  # imports readers of crawl files, which counts and traces do without

    expected = node.row["payload_sha256"]
    if expected is None:
        raise BadInput("has no bytes: it is a record that could not be read", f"l0_raw {node.row_id}", "name another row")
    data = read_payload(node.row)
    if hashlib.sha256(data).hexdigest() != expected:
        raise BadInput("its bytes are others than when it was read", f"l0_raw {node.row_id}", "restore the crawl file")
    (target / PAYLOADS).mkdir(exist_ok=True)
    (target / PAYLOADS / expected).write_bytes(data)
    return str(expected)
