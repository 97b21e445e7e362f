"""Checks the lake against its promises: bytes at their addresses, spans in their parents, digests of written tables."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from tierline.errors import LawBroken, NotWritten, TierlineError
from tierline.lake import Lake, Manifest
from tierline.lake.delta import DeltaFolder
from tierline.lake.digest import ContentDigest
from tierline.lake.result import check_conservation
from tierline.lineage.trace import Node, trace
from tierline.stages import STAGES, stage_of
from tierline.tables import DECISION_COLUMNS, TABLES
from tierline.tables.records import DECISIONS


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A broken promise: the row or shard, and what was found."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(slots=True)
class Checked:
    """How much was checked: a check of nothing would be worthless."""

    shards: int = 0
    rows: int = 0
    spans: int = 0


# child table -> (start and end of its span in the parent, its copy of the words)
SPANS = {stage.name: stage.span for stage in STAGES if stage.span}
Advance = Callable[[str], None]


def verify(lake: Lake, row_id: str | None = None, advance: Advance = lambda _: None) -> tuple[list[Mismatch], Checked]:
    """Every broken promise of the row and its ancestors, or of the whole lake; and how much was checked.

    `advance` is called with the name of each shard of the lake before it is read.
    """
    checked = Checked()
    found = _verify_row(trace(lake, row_id), checked) if row_id else _verify_lake(lake, checked, advance)
    return list(found), checked


def count_shards(lake: Lake) -> int:
    """How often a verification of the whole lake will call `advance`."""
    return sum(len(lake.manifests(table)) for table in TABLES)


def payload_mismatch(row: dict[str, Any]) -> str | None:
    """The mismatch of an L0 row's bytes, or None. Error rows promise no bytes."""
    from tierline.crawl.payload import read_payload  # imports readers of crawl files, which counts and traces do without

    if row["payload_sha256"] is None:
        return None
    try:
        found = hashlib.sha256(read_payload(row)).hexdigest()
    except TierlineError as error:
        return str(error)
    return None if found == row["payload_sha256"] else f"bytes hash to {found}, recorded is {row['payload_sha256']}"


def span_mismatch(table: str, row: dict[str, Any], parent: dict[str, Any]) -> str | None:
    """The mismatch of the span that a row quotes from its parent, or None."""
    start, end, copy = SPANS[table]
    text = parent[row.get("parent_field") or "text"] or ""
    return None if text[row[start] : row[end]] == row[copy] else f"the words quoted at {row[start]}:{row[end]} are not there"


def _verify_row(node: Node, checked: Checked) -> Iterator[Mismatch]:
    for own in {(found.table, found.row_id): found for found in node.walk()}.values():
        checked.rows += 1
        wrong = payload_mismatch(own.row) if own.table == "l0_raw" else None
        if own.table in SPANS:
            checked.spans += 1
            wrong = span_mismatch(own.table, own.row, own.parents[0].row)
        if wrong:
            yield Mismatch(f"{own.table} {own.row_id}", wrong)


def _verify_lake(lake: Lake, checked: Checked, advance: Advance) -> Iterator[Mismatch]:
    """Promoted and quarantined shards alike. The records are read from their own files, not from what the catalog has cached of them."""
    lake = copy(lake)
    lake.delta = DeltaFolder(lake.root, lake.delta.storage_options)
    for name, stage, shard in lake.doubled():
        yield Mismatch(f"{name} {stage}/{shard}", "two records are current, the newer one counts; the next `make ingest` removes the other")
    for table in TABLES:
        for manifest in lake.manifests(table):
            advance(f"{table}/{manifest.shard}")
            checked.shards += 1
            yield from _verify_shard(lake, manifest, checked)


def _verify_shard(lake: Lake, manifest: Manifest, checked: Checked) -> Iterator[Mismatch]:
    table, shard = manifest.table, manifest.shard
    where = f"{table}/{shard}"
    digest = ContentDigest(TABLES[table].content)
    try:
        for batch in lake.stream(manifest):
            digest.update(batch)
            checked.rows += batch.num_rows
            yield from _verify_rows(lake, manifest, batch.to_pylist(), checked)
    except TierlineError as error:
        yield Mismatch(where, str(error))
        return
    if digest.hexdigest() != manifest.digest:
        yield Mismatch(where, f"rows hash to {digest.hexdigest()}, recorded is {manifest.digest}")
    if table == manifest.stage:
        yield from _verify_ledgers(lake, table, shard)


def _verify_rows(lake: Lake, manifest: Manifest, rows: list[dict[str, Any]], checked: Checked) -> Iterator[Mismatch]:
    if manifest.table == "l0_raw":
        for row in rows:
            wrong = payload_mismatch(row)
            if wrong:
                yield Mismatch(f"l0_raw/{manifest.shard} {row['doc_id']}", wrong)
    if manifest.table in SPANS:
        yield from _verify_spans(lake, manifest, rows, checked)


def _verify_ledgers(lake: Lake, stage: str, shard: str) -> Iterator[Mismatch]:
    """Of the stage itself, which conserves its rows, and the others that it wrote."""
    activity = lake.activity(stage, shard)
    assert activity is not None, "its manifest is of this activity"
    for output in activity["outputs"]:
        folder, _, ledger = output["table"].partition("/")
        if folder != "decisions":
            continue
        where = f"{stage}/{shard}" if ledger == stage else f"{ledger}/{shard}"
        try:
            rows = lake.delta.read_files("decisions", output["files"], DECISIONS)
            if ledger == stage:
                check_conservation(where, activity["rows_in"], rows)
        except LawBroken as error:
            yield Mismatch(where, error.what)
            continue
        except TierlineError as error:
            yield Mismatch(where, str(error))
            continue
        found = ContentDigest(pa.schema(DECISION_COLUMNS))
        for batch in rows.select(list(DECISION_COLUMNS)).to_batches():
            found.update(batch)
        if found.hexdigest() != output["digest"]:
            yield Mismatch(where, f"decisions hash to {found.hexdigest()}, recorded is {output['digest']}")


def _verify_spans(lake: Lake, manifest: Manifest, rows: list[dict[str, Any]], checked: Checked) -> Iterator[Mismatch]:
    parents: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        table = row.get("parent_table") or stage_of(manifest.table).parents[0]
        if table not in parents:
            parents[table] = _by_id(lake, table, manifest.shard)
        checked.spans += 1
        parent = parents[table].get(row["parents"][0])
        wrong = span_mismatch(manifest.table, row, parent) if parent else f"its parent in {table} is not there"
        if wrong:
            yield Mismatch(f"{manifest.table}/{manifest.shard} {row[TABLES[manifest.table].key]}", wrong)


def _by_id(lake: Lake, table: str, shard: str) -> dict[str, dict[str, Any]]:
    fields = [name for name in ("text", "structured_data") if name in TABLES[table].columns]
    try:
        rows = lake.read(table, shard, [TABLES[table].key, *fields])
    except NotWritten:
        return {}
    return {row[TABLES[table].key]: row for row in rows.to_pylist()}
