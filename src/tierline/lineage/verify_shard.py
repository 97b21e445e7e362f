"""Checks one table's shard: bytes at their addresses, spans in their parents, digests of rows and of ledgers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tierline.bases.reread import Rereader
from tierline.errors import LawBroken, SourceGone, TierlineError
from tierline.interactions import line_mismatch
from tierline.lake import Lake, Manifest
from tierline.lake.digest import ContentDigest
from tierline.lake.result import check_conservation
from tierline.lake.row_tree import RowTree
from tierline.lineage.mismatch import Checked, Mismatch, refuse_shortage
from tierline.lineage.verify_forms import FORMS, FormParents
from tierline.lineage.verify_records import verify_file
from tierline.stages import STAGES, stage_of
from tierline.tables import DECISION_COLUMNS, TABLES
from tierline.tables.records import DECISIONS

if TYPE_CHECKING:
    from tierline.crawl.payload import PayloadReader

# child table -> (start and end of its span in the parent, its copy of the words)
SPANS = {stage.name: stage.span for stage in STAGES if stage.span}
FROM_FILES = ("l4_statements", "l3_feedback")  # tables whose rows were made from files that are no crawl
RAW = "l0_raw"
ADDRESS = ["doc_id", "source_uri", "source_format", "source_offset", "source_length", "record_id", "payload_sha256"]
BATCH_ROWS = 1024


@dataclass(frozen=True, slots=True)
class ShardCheck:
    """What to check: a table's shard; with its own stage's table also the ledgers of the `activity`. `near`: the present rows, by table and
    shard, that its rows may rest on."""

    manifest: Manifest
    activity: Mapping[str, Any] | None
    near: Mapping[tuple[str, str], Manifest]

    @property
    def place(self) -> str:
        """For people."""
        return f"{self.manifest.table}/{self.manifest.shard}"


def verify_shard(lake: Lake, check: ShardCheck) -> tuple[list[Mismatch], Checked]:
    """Every broken promise of a shard, in the order of its rows, and how much was checked. `lake` reads damaged files as they are. Memory
    holds a batch of its rows, their addresses, and the texts of the shard that they quote."""
    checked = Checked(shards=1)
    return list(_verify_shard(lake, check, checked)), checked


def payload_mismatch(row: Mapping[str, Any], checked: Checked | None = None, reader: PayloadReader | None = None) -> str | None:
    """The mismatch of an L0 row's bytes, or None. Error rows promise no bytes. A source that is gone is counted in `checked`, if given:
    nothing contradicts its rows. `reader`: for many rows, in the order of their addresses."""
    from tierline.crawl.payload import read_payload  # imports readers of crawl files, which counts and traces do without

    if row["payload_sha256"] is None:
        return None
    try:
        found = hashlib.sha256(reader.read(row) if reader else read_payload(row)).hexdigest()
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


def _verify_shard(lake: Lake, check: ShardCheck, checked: Checked) -> Iterator[Mismatch]:
    manifest, addresses = check.manifest, list[pa.RecordBatch]()
    rows_of, spec = _Rows(lake, check, checked), TABLES[manifest.table]
    digest, tree, failed = ContentDigest(spec.content), RowTree(spec.content), None
    try:
        for batch in lake.stream(manifest):
            digest.update(batch)
            tree.update(batch)
            checked.rows += batch.num_rows
            yield from rows_of.mismatches(batch)
            if manifest.table == RAW:
                addresses.append(batch.select(ADDRESS))
    except TierlineError as error:
        failed = error
    yield from _verify_payloads(manifest, addresses, checked)
    if failed is not None:
        yield Mismatch.of(check.place, failed)
    else:
        yield from _verify_content(lake, check.place, manifest.table, manifest.files, digest, manifest.digest)
        if manifest.row_root and digest.hexdigest() == manifest.digest and tree.hexdigest() != manifest.row_root:
            yield Mismatch(check.place, "the tree over its rows has another root than the activity recorded")
    if check.activity is not None:
        yield from _verify_ledgers(lake, check.activity)


def _verify_payloads(manifest: Manifest, addresses: Sequence[pa.RecordBatch], checked: Checked) -> Iterator[Mismatch]:
    """In the order of the addresses, so that each crawl file is opened and unpacked once."""
    if not addresses:
        return
    from tierline.crawl.payload import PayloadReader

    rows = pa.Table.from_batches(addresses)
    rows = rows.append_column("place", pa.array(range(rows.num_rows), pa.int64()))
    found: list[tuple[int, Mismatch]] = []
    with PayloadReader() as reader:
        for batch in rows.sort_by([("source_uri", "ascending"), ("source_offset", "ascending")]).to_batches(BATCH_ROWS):
            for row in batch.to_pylist():
                if wrong := payload_mismatch(row, checked, reader):
                    found.append((row["place"], Mismatch(f"{RAW}/{manifest.shard} {row['doc_id']}", wrong)))
    yield from (mismatch for _, mismatch in sorted(found, key=lambda one: one[0]))


class _Rows:
    """Checks rows that say where they come from, a batch at a time in the order of the table; what they rest on is read once."""

    def __init__(self, lake: Lake, check: ShardCheck, checked: Checked) -> None:
        self._lake, self._check, self._checked = lake, check, checked
        self._parents: dict[str, dict[str, dict[str, Any]] | None] = {}
        self._forms, self._rereader = FormParents(lake, check.near), Rereader()

    def mismatches(self, batch: pa.RecordBatch) -> Iterator[Mismatch]:
        """Of forms, quotes and what was read from files that are no crawl."""
        manifest = self._check.manifest
        table, key = manifest.table, TABLES[manifest.table].key
        if table not in (FORMS, *SPANS, *FROM_FILES):
            return
        rows = batch.to_pylist()
        if table == FORMS:
            for form_id, wrong in self._forms.mismatches(manifest, rows):
                yield Mismatch(f"{self._check.place} {form_id}", wrong)
        for row in rows if table in SPANS else ():
            if wrong := self._span(row):
                yield Mismatch(f"{self._check.place} {row[key]}", wrong)
        for row in rows if table in FROM_FILES else ():
            if wrong := file_mismatch(table, row, self._rereader, self._checked):
                yield Mismatch(f"{self._check.place} {row[key]}", wrong)

    def _span(self, row: dict[str, Any]) -> str | None:
        own = self._check.manifest
        table = row.get("parent_table") or stage_of(own.table).parents[0]
        if table not in self._parents:
            self._parents[table] = _by_id(self._lake, self._check.near.get((table, own.shard)))
        self._checked.spans += 1
        found = self._parents[table]
        if found is None:
            return None  # its rows cannot be read, which is said of them
        parent = found.get(row["parents"][0])
        return span_mismatch(own.table, row, parent) if parent else f"its parent in {table} is not there"


def _verify_content(lake: Lake, where: str, table: str, files: Sequence[str], found: ContentDigest, recorded: str) -> Iterator[Mismatch]:
    """The digest of the rows; and where that is right, what the digest leaves out."""
    if found.hexdigest() != recorded:
        what = "decisions" if table == "decisions" else "rows"
        yield Mismatch(where, f"{what} hash to {found.hexdigest()}, recorded is {recorded}")
        return
    for file in files:
        yield from verify_file(lake.delta, table, file)


def _verify_ledgers(lake: Lake, activity: Mapping[str, Any]) -> Iterator[Mismatch]:
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
