"""Checks the lake against its promises: bytes at their addresses, spans in their parents, digests of written tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy

from tierline.bases.reread import Rereader
from tierline.errors import Damaged, TierlineError
from tierline.lake import Lake, Manifest
from tierline.lake.delta import DeltaFolder
from tierline.lake.delta_log import LOG
from tierline.lake.format import check_format
from tierline.lake.heads import Heads
from tierline.lineage.mismatch import Checked, Mismatch
from tierline.lineage.trace import trace
from tierline.lineage.verify_commits import proof_mismatches
from tierline.lineage.verify_forms import FORMS, form_mismatch
from tierline.lineage.verify_records import Records
from tierline.lineage.verify_shard import FROM_FILES, RAW, SPANS, ShardCheck, file_mismatch, payload_mismatch, span_mismatch
from tierline.lineage.verify_workers import verify_shards
from tierline.stages import stage_of
from tierline.tables import TABLES

AFTER_ROWS = ("activities", "verdicts", "waivers")  # tables that are written to once there are rows
Advance = Callable[[str], None]


def verify(lake: Lake, row_id: str | None = None, advance: Advance = lambda _: None, workers: int = 1) -> tuple[list[Mismatch], Checked]:
    """Every broken promise of the row and its ancestors, or of the whole lake; and how much was checked. The same, in the same order,
    whatever the number of `workers`: processes that each check one shard of a table at a time.

    `advance` is called with the name of each shard of the lake once it is checked. BadInput where TIERLINE_CRAWL_ROOT is no folder: of
    every crawl file it would say that it is gone.
    """
    from tierline.crawl.address import crawl_root  # imports readers of crawl files, which counts and traces do without

    crawl_root()
    checked = Checked()
    found = _verify_row(lake, row_id, checked) if row_id else _verify_lake(lake, checked, advance, workers)
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


def _verify_row(lake: Lake, row_id: str, checked: Checked) -> Iterator[Mismatch]:
    try:
        node = trace(lake, row_id)
    except Damaged as error:
        yield Mismatch.of(error.where, error)
        return
    for own in {(found.table, found.row_id): found for found in node.walk()}.values():
        checked.rows += 1
        wrong = payload_mismatch(own.row, checked) if own.table == RAW else None
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


def _verify_lake(lake: Lake, checked: Checked, advance: Advance, workers: int) -> Iterator[Mismatch]:
    """Promoted and quarantined shards alike. The records are read from their own files, not from what the catalog has cached of them."""
    lake = copy(lake)
    lake.delta = DeltaFolder(lake.root, lake.delta.storage_options, checked=False)
    check_format(lake.delta)  # LakeUnavailable says once what each table would say again
    records = Records(lake)
    yield from records.mismatches
    yield from proof_mismatches(lake)
    checks = [_check_of(records, manifest) for table in TABLES for manifest in records.of(table)]
    for check, (mismatches, own) in zip(checks, verify_shards(lake, checks, workers), strict=True):
        advance(check.place)
        checked.add(own)
        yield from mismatches


def _check_of(records: Records, manifest: Manifest) -> ShardCheck:
    stage = stage_of(manifest.table)
    if manifest.table == FORMS:
        near = {key: one for key, one in records.manifests.items() if key[0] in stage.reads}
    else:
        near = {key: one for table in stage.parents if (one := records.manifests.get(key := (table, manifest.shard)))}
    return ShardCheck(manifest, records.activity(manifest.stage, manifest.shard) if manifest.table == manifest.stage else None, near)
