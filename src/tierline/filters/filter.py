"""Takes a shard's raw rows through cleaning, the rules and deduplication, with one named decision about each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tierline.compute.workers import IN_PROCESS, Workers, each_held
from tierline.dedup.minhash import DedupRules, Signatures, sign
from tierline.dedup.resolve import EarlierDocuments, resolve_duplicates
from tierline.dedup.stored import SignatureFile
from tierline.filters.batch import NO_RIGHTS, FilteredBatch, clean, filter_batch
from tierline.filters.boilerplate import BoilerplateRules, CountedLines, DomainLines, RepeatedLines, counted_lines
from tierline.filters.rights import Rights
from tierline.filters.rules import FilterRules
from tierline.lake import Batches, SortingBuffer, StageResult, decision_table, ledger_buffer
from tierline.lake.external_sort import pick, rows_within, without
from tierline.tables import DECISION_COLUMNS, TABLES
from tierline.unforeseen import Lost

BYTES_PER_BATCH = 16 << 20
BYTES_PER_SPOOL = 32 << 20  # of rows of one table in memory before they go to disk
DEFAULT_BOILERPLATE = BoilerplateRules()


def filter_shard(
    raw: Batches,
    rules: FilterRules,
    dedup: DedupRules,
    earlier: EarlierDocuments,
    boilerplate: BoilerplateRules = DEFAULT_BOILERPLATE,
    rights: Rights = NO_RIGHTS,
    workers: Workers = IN_PROCESS,
) -> StageResult:
    """The tables of stage `l1_filtered` from all rows of a shard of `l0_raw`, in any order, one decision per row.

    A row without text is dropped as `no_text`, an unreadable one stays an error, and so does one that no code here can work on. For the
    others the first failed rule decides: `rights` first, whose default knows no site and forbids nothing.
    Passing documents are compared with each other and with `earlier` shards. `raw` is read twice, a batch at a time; only
    ids, digests, band keys and similar numbers of passing documents are held, about 0.4 KB per document.
    """
    repeated, lost = count_lines(raw, boilerplate, workers)
    passed, measured, signed, stated = (_spool(name) for name in ("l1_filtered", "l1_signals", "l1_signatures", "l1_rights"))
    facts: list[pa.Table] = [_facts(pa.schema(TABLES["l1_filtered"].columns).empty_table())]
    signatures, decisions = SignatureFile(dedup), ledger_buffer()
    decisions.append(decision_table(lost))
    filtered = partial(_signed, rules=rules, dedup=dedup, repeated=repeated, rights=rights)
    for found in each_held(workers, "filter documents", filtered, _parts(raw, workers.batch_rows, [one["row_id"] for one in lost])):
        if isinstance(found, Lost):
            decisions.append(decision_table([found.decision("doc_id")]))
            continue
        batch, own = found
        passed.append(batch.documents)
        measured.append(batch.signals)
        signatures.append(own)
        stated.append(batch.rights)
        signed.append(own.table(batch.documents["doc_id"]))
        facts.append(_facts(batch.documents))
        decisions.append(decision_table(batch.decisions))
    documents, known = passed.rows(), pa.concat_tables(facts).combine_chunks()

    def texts(positions: Sequence[int]) -> list[str]:
        return pick(documents, "doc_id", known["doc_id"].take(pa.array(positions, pa.int64())).to_pylist(), "text")

    duplicates = resolve_duplicates(known, texts, signatures, earlier, dedup)
    for decided in _decisions(known, duplicates, dedup):
        decisions.append(decided)
    removed = sorted(duplicates["doc_id"].to_pylist())
    tables = {
        "l1_filtered": without(documents, "doc_id", removed),
        "l1_signals": measured.rows(),
        "l1_signatures": without(signed.rows(), "doc_id", removed),
        "l1_duplicates": duplicates,
        "l1_rights": stated.rows(),
    }
    return StageResult(tables, {"l1_filtered": (raw.num_rows, decisions.rows())})


def _signed(
    raw: pa.RecordBatch, rules: FilterRules, dedup: DedupRules, repeated: RepeatedLines, rights: Rights
) -> tuple[FilteredBatch, Signatures]:
    batch = filter_batch(raw, rules, repeated, rights)
    return replace(batch, words=[]), sign(batch.words, batch.documents["text_sha256"].to_pylist(), dedup)


def count_lines(raw: Batches, rules: BoilerplateRules, workers: Workers = IN_PROCESS) -> tuple[RepeatedLines, list[dict[str, Any]]]:
    """A first pass over the shard's texts: (the lines that its sites repeat; decisions on the rows that cannot be worked on)."""
    lines, lost = DomainLines(rules), list[dict[str, Any]]()
    for found in each_held(workers, "count lines", partial(_counted, rules=rules), _counted_parts(raw, workers.batch_rows)):
        if isinstance(found, Lost):
            lost.append(found.decision("doc_id"))
        else:
            lines.add_counted(found)
    return lines.repeated(), lost


def _counted_parts(raw: Batches, most: int) -> Iterator[pa.RecordBatch]:
    return (part.select(["doc_id", "status", "domain", "text"]) for part in _parts(raw, most))


def _counted(part: pa.RecordBatch, rules: BoilerplateRules) -> list[CountedLines]:
    rows = [row for row in part.to_pylist() if row["status"] == "ok"]
    return counted_lines([clean(row["text"]) for row in rows], [row["domain"] for row in rows], rules)


def _parts(raw: Batches, most: int, removed: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
    for batch in raw.to_batches():
        if removed:
            batch = batch.filter(pc.invert(pc.is_in(batch["doc_id"], value_set=pa.array(removed, pa.string()))))
        rows = rows_within(BYTES_PER_BATCH, batch, most)
        for start in range(0, batch.num_rows, rows):
            yield batch.slice(start, rows)


def _spool(table: str) -> SortingBuffer:
    return SortingBuffer(pa.schema(TABLES[table].columns), TABLES[table].order, BYTES_PER_SPOOL)


def _facts(documents: pa.Table) -> pa.Table:
    return documents.select(["doc_id", "fetched_at", "tokens"])


def _decisions(documents: pa.Table, duplicates: pa.Table, dedup: DedupRules) -> Iterator[pa.Table]:
    """Decisions on all documents that passed the rules; the duplicates are in the order of the documents."""
    is_kept = pc.invert(pc.is_in(documents["doc_id"], value_set=duplicates["doc_id"].combine_chunks()))
    kept, merged = documents.filter(is_kept), documents.filter(pc.invert(is_kept))
    yield _ledger(row_id=kept["doc_id"], outcome=pa.repeat("kept", kept.num_rows), tokens=kept["tokens"])
    yield _ledger(
        row_id=duplicates["doc_id"],
        outcome=pa.repeat("merged", merged.num_rows),
        rule=pc.binary_join_element_wise("duplicate", duplicates["method"], ":"),
        value=duplicates["similarity"],
        threshold=pc.if_else(pc.equal(duplicates["method"], "exact"), 1.0, dedup.similarity_min),
        related_id=duplicates["kept_doc_id"],
        detail=duplicates["kept_shard"],
        tokens=merged["tokens"],
    )


def _ledger(**columns: pa.ChunkedArray | pa.Array) -> pa.Table:
    """Decisions; a column that is not given is null."""
    rows = len(columns["row_id"])
    return pa.table(
        {name: columns[name].cast(kind) if name in columns else pa.nulls(rows, kind) for name, kind in DECISION_COLUMNS.items()}
    )
