"""Checks the lake against its promises: bytes at their addresses, spans in their parents, digests of written tables."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from typing import Any

import pyarrow as pa

from tierline.bases.reread import Rereader
from tierline.errors import Damaged, LawBroken, SourceGone, TierlineError
from tierline.interactions import line_mismatch
from tierline.lake import Lake, Manifest
from tierline.lake.delta import DeltaFolder
from tierline.lake.delta_log import LOG
from tierline.lake.digest import ContentDigest
from tierline.lake.format import check_format
from tierline.lake.heads import Heads
from tierline.lake.result import check_conservation
from tierline.lake.row_tree import RowTree
from tierline.lineage.mismatch import Checked, Mismatch, refuse_shortage
from tierline.lineage.trace import trace
from tierline.lineage.verify_commits import proof_mismatches
from tierline.lineage.verify_forms import FORMS, form_mismatch
from tierline.lineage.verify_records import Records, verify_file
from tierline.stages import STAGES, stage_of
from tierline.tables import DECISION_COLUMNS, TABLES
from tierline.tables.records import DECISIONS

# child table -> (start and end of its span in the parent, its copy of the words)
SPANS = {stage.name: stage.span for stage in STAGES if stage.span}
FROM_FILES = ("l4_statements", "l3_feedback")  # tables whose rows were made from files that are no crawl
AFTER_ROWS = ("activities", "verdicts", "waivers")  # tables that are written to once there are rows
Advance = Callable[[str], None]


def verify(lake: Lake, row_id: str | None = None, advance: Advance = lambda _: None) -> tuple[list[Mismatch], Checked]:
    """Every broken promise of the row and its ancestors, or of the whole lake; and how much was checked.

    `advance` is called with the name of each shard of the lake before it is read. BadInput where TIERLINE_CRAWL_ROOT is no folder: of
    every crawl file it would say that it is gone.
    """
    from tierline.crawl.address import crawl_root  # imports readers of crawl files, which counts and traces do without

    crawl_root()
    checked = Checked()
    found = _verify_row(lake, row_id, checked) if row_id else _verify_lake(lake, checked, advance)
    return list(found), checked


def count_shards(lake: Lake) -> int | None:
    """How often a verification of the whole lake will call `advance`; None if its records cannot be read."""
    try:
        return sum(len(lake.manifests(table)) for table in TABLES)
    except TierlineError:
        return None


def is_empty(lake: Lake) -> bool:
    """Whether a lake whose records can be read holds no crawl records, and never did as far as anything tells."""
    if lake.manifests("l0_raw"):
        return False
    folder = lake.delta.folder
    return folder is None or not any(name in Heads(folder).tables() or (folder / name / LOG).exists() for name in AFTER_ROWS)


def payload_mismatch(row: dict[str, Any], checked: Checked | None = None) -> str | None:
    """The mismatch of an L0 row's bytes, or None. Error rows promise no bytes. A source that is gone is counted in `checked`, if given:
    nothing contradicts its rows."""
    from tierline.crawl.payload import read_payload  # imports readers of crawl files, which counts and traces do without

    if row["payload_sha256"] is None:
        return None
    try:
        found = hashlib.sha256(read_payload(row)).hexdigest()
    except SourceGone as error:
        if checked is None:
            return str(error)
        checked.miss(error.where)
        return None
    except TierlineError as error:
        refuse_shortage(error)
        return str(error)
    return None if found == row["payload_sha256"] else f"bytes hash to {found}, recorded is {row['payload_sha256']}"


def file_mismatch(table: str, row: dict[str, Any], rereader: Rereader, checked: Checked) -> str | None:
    """The mismatch of a row of FROM_FILES with what its file says at its place, or None. A file that is gone is counted in `checked`."""
    checked.spans += 1
    try:
        return rereader.mismatch(row) if table == "l4_statements" else line_mismatch(row)
    except SourceGone as error:
        checked.miss(error.where)
        return None


def span_mismatch(table: str, row: dict[str, Any], parent: dict[str, Any]) -> str | None:
    """The mismatch of the span that a row quotes from its parent, or None."""
    start, end, copy = SPANS[table]
    text = parent[row.get("parent_field") or "text"] or ""
    return None if text[row[start] : row[end]] == row[copy] else f"the words quoted at {row[start]}:{row[end]} are not there"


def _verify_row(lake: Lake, row_id: str, checked: Checked) -> Iterator[Mismatch]:
    try:
        node = trace(lake, row_id)
    except Damaged as error:
        yield Mismatch.of(error.where, error)
        return
    for own in {(found.table, found.row_id): found for found in node.walk()}.values():
        checked.rows += 1
        wrong = payload_mismatch(own.row, checked) if own.table == "l0_raw" else None
        if own.table in FROM_FILES:
            wrong = file_mismatch(own.table, own.row, Rereader(), checked)
        if own.table in SPANS:
            checked.spans += 1
            wrong = span_mismatch(own.table, own.row, own.parents[0].row)
        if own.table == FORMS:
            stated = {one.row_id: one.row.get("value_normal") or "" for one in own.parents}
            wrong = form_mismatch(own.row, stated, {own.row["source_id"]: own.row["quote"]})
        if wrong:
            yield Mismatch(f"{own.table} {own.row_id}", wrong)


def _verify_lake(lake: Lake, checked: Checked, advance: Advance) -> Iterator[Mismatch]:
    """Promoted and quarantined shards alike. The records are read from their own files, not from what the catalog has cached of them."""
    lake = copy(lake)
    lake.delta = DeltaFolder(lake.root, lake.delta.storage_options, checked=False)
    check_format(lake.delta)  # LakeUnavailable says once what each table would say again
    records = Records(lake)
    yield from records.mismatches
    yield from proof_mismatches(lake)
    for table in TABLES:
        for manifest in records.of(table):
            advance(f"{table}/{manifest.shard}")
            checked.shards += 1
            yield from _verify_shard(lake, records, manifest, checked)


def _verify_shard(lake: Lake, records: Records, manifest: Manifest, checked: Checked) -> Iterator[Mismatch]:
    where = f"{manifest.table}/{manifest.shard}"
    digest, rereader, tree = ContentDigest(TABLES[manifest.table].content), Rereader(), RowTree(TABLES[manifest.table].content)
    try:
        for batch in lake.stream(manifest):
            digest.update(batch)
            tree.update(batch)
            checked.rows += batch.num_rows
            rows = batch.to_pylist()
            yield from _verify_rows(lake, records, manifest, rows, checked)
            yield from _verify_files(manifest, rows, rereader, checked)
    except TierlineError as error:
        yield Mismatch.of(where, error)
    else:
        yield from _verify_content(lake, where, manifest.table, manifest.files, digest, manifest.digest)
        if manifest.row_root and digest.hexdigest() == manifest.digest and tree.hexdigest() != manifest.row_root:
            yield Mismatch(where, "the tree over its rows has another root than the activity recorded")
    if manifest.table == manifest.stage:
        yield from _verify_ledgers(lake, records.activity(manifest.stage, manifest.shard))


def _verify_content(lake: Lake, where: str, table: str, files: Sequence[str], found: ContentDigest, recorded: str) -> Iterator[Mismatch]:
    """The digest of the rows; and where that is right, what the digest leaves out."""
    if found.hexdigest() != recorded:
        what = "decisions" if table == "decisions" else "rows"
        yield Mismatch(where, f"{what} hash to {found.hexdigest()}, recorded is {recorded}")
        return
    for file in files:
        yield from verify_file(lake.delta, table, file)


def _verify_rows(lake: Lake, records: Records, manifest: Manifest, rows: list[dict[str, Any]], checked: Checked) -> Iterator[Mismatch]:
    if manifest.table == "l0_raw":
        for row in rows:
            wrong = payload_mismatch(row, checked)
            if wrong:
                yield Mismatch(f"l0_raw/{manifest.shard} {row['doc_id']}", wrong)
    if manifest.table == FORMS:
        for form_id, wrong in records.forms.mismatches(manifest, rows):
            yield Mismatch(f"{FORMS}/{manifest.shard} {form_id}", wrong)
    if manifest.table in SPANS:
        yield from _verify_spans(lake, records, manifest, rows, checked)


def _verify_files(manifest: Manifest, rows: list[dict[str, Any]], rereader: Rereader, checked: Checked) -> Iterator[Mismatch]:
    """What the files say that rows of FROM_FILES were made from, in the order of the table."""
    for row in rows if manifest.table in FROM_FILES else ():
        if wrong := file_mismatch(manifest.table, row, rereader, checked):
            yield Mismatch(f"{manifest.table}/{manifest.shard} {row[TABLES[manifest.table].key]}", wrong)


def _verify_ledgers(lake: Lake, activity: dict[str, Any]) -> Iterator[Mismatch]:
    """Of the stage itself, which conserves its rows, and the others that it wrote."""
    stage, shard = activity["stage"], activity["shard"]
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
            yield Mismatch.of(where, error)
            continue
        found = ContentDigest(pa.schema(DECISION_COLUMNS))
        for batch in rows.select(list(DECISION_COLUMNS)).to_batches():
            found.update(batch)
        yield from _verify_content(lake, where, "decisions", output["files"], found, output["digest"])


def _verify_spans(lake: Lake, records: Records, manifest: Manifest, rows: list[dict[str, Any]], checked: Checked) -> Iterator[Mismatch]:
    parents: dict[str, dict[str, dict[str, Any]] | None] = {}
    for row in rows:
        table = row.get("parent_table") or stage_of(manifest.table).parents[0]
        if table not in parents:
            parents[table] = _by_id(lake, records.manifests.get((table, manifest.shard)))
        checked.spans += 1
        found = parents[table]
        if found is None:
            continue  # its rows cannot be read, which is said of them
        parent = found.get(row["parents"][0])
        wrong = span_mismatch(manifest.table, row, parent) if parent else f"its parent in {table} is not there"
        if wrong:
            yield Mismatch(f"{manifest.table}/{manifest.shard} {row[TABLES[manifest.table].key]}", wrong)


def _by_id(lake: Lake, manifest: Manifest | None) -> dict[str, dict[str, Any]] | None:
    if manifest is None:
        return {}
    spec = TABLES[manifest.table]
    fields = [name for name in ("text", "structured_data") if name in spec.columns]
    try:
        rows = lake.read_manifest(manifest, [spec.key, *fields])
    except TierlineError:
        return None
    return {row[spec.key]: row for row in rows.to_pylist()}
