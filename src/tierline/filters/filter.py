"""Takes a shard's raw rows through cleaning, the rules and deduplication, with one named decision for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from tierline.dedup.minhash import DedupRules, Signatures
from tierline.dedup.resolve import EarlierDocuments, resolve_duplicates
from tierline.document import TABLES
from tierline.filters.batch import clean, filter_batch
from tierline.filters.boilerplate import BoilerplateRules, DomainLines
from tierline.filters.rules import FilterRules
from tierline.lake import Batches, Spool, StageResult, decision_table
from tierline.lake.spool import pick, rows_within, without

ROWS_PER_BATCH = 256
BYTES_PER_BATCH = 16 << 20
DEFAULT_BOILERPLATE = BoilerplateRules()


def filter_shard(
    raw: Batches, rules: FilterRules, dedup: DedupRules, earlier: EarlierDocuments, boilerplate: BoilerplateRules = DEFAULT_BOILERPLATE
) -> StageResult:
    """The tables of stage `l1_filtered` from all rows of a shard of `l0_raw`, in any order, one decision a row.

    A row without text is dropped as `no_text`, an unreadable one stays an error. Of the others the first broken rule decides.
    What passes is compared with itself and with `earlier` shards. `raw` is read twice, a batch at a time; of what passed only
    ids and signatures are held, 0.7 KB a document.
    """
    repeated = count_lines(raw, boilerplate)
    passed, measured = (Spool(pa.schema(TABLES[name].columns), TABLES[name].order) for name in ("l1_filtered", "l1_signals"))
    facts: list[pa.Table] = [_facts(pa.schema(TABLES["l1_filtered"].columns).empty_table())]
    signatures: list[Signatures] = []
    decisions: list[pa.Table] = [decision_table([])]
    for part in _parts(raw):
        batch = filter_batch(part, rules, dedup, repeated)
        passed.append(batch.documents)
        measured.append(batch.signals)
        facts.append(_facts(batch.documents))
        signatures.append(batch.signatures)
        decisions.append(decision_table(batch.decisions))
    documents, known, signed = passed.rows(), pa.concat_tables(facts), Signatures.concat(signatures, dedup)
    ids: list[str] = known["doc_id"].to_pylist()

    def texts(positions: Sequence[int]) -> list[str]:
        return pick(documents, "doc_id", [ids[position] for position in positions], "text")

    duplicates = resolve_duplicates(known, texts, signed, earlier, dedup)
    decisions.append(decision_table(_decisions(known, duplicates, dedup)))
    tables = {
        "l1_filtered": without(documents, "doc_id", duplicates),
        "l1_signals": measured.rows(),
        "l1_signatures": signed.table(known["doc_id"]).filter(pa.array([doc_id not in duplicates for doc_id in ids], pa.bool_())),
        "l1_duplicates": pa.Table.from_pylist(list(duplicates.values()), schema=pa.schema(TABLES["l1_duplicates"].columns)),
    }
    return StageResult(tables, {"l1_filtered": (raw.num_rows, pa.concat_tables(decisions))})


def count_lines(raw: Batches, rules: BoilerplateRules) -> DomainLines:
    """A first pass over the shard's texts: what its sites repeat."""
    lines = DomainLines(rules)
    for part in _parts(raw):
        rows = [row for row in part.select(["status", "domain", "text"]).to_pylist() if row["status"] == "ok"]
        lines.add([clean(row["text"]) for row in rows], [row["domain"] for row in rows])
    return lines


def _parts(raw: Batches) -> Iterator[pa.RecordBatch]:
    for batch in raw.to_batches():
        rows = rows_within(BYTES_PER_BATCH, batch, ROWS_PER_BATCH)
        for start in range(0, batch.num_rows, rows):
            yield batch.slice(start, rows)


def _facts(documents: pa.Table) -> pa.Table:
    return documents.select(["doc_id", "fetched_at", "tokens"])


def _decisions(documents: pa.Table, duplicates: dict[str, dict[str, Any]], dedup: DedupRules) -> Iterator[dict[str, Any]]:
    for doc_id, tokens in zip(documents["doc_id"].to_pylist(), documents["tokens"].to_pylist(), strict=True):
        if doc_id not in duplicates:
            yield {"row_id": doc_id, "outcome": "kept", "tokens": tokens}
            continue
        duplicate = duplicates[doc_id]
        yield {
            "row_id": doc_id,
            "outcome": "merged",
            "rule": f"duplicate:{duplicate['method']}",
            "value": duplicate["similarity"],
            "threshold": 1.0 if duplicate["method"] == "exact" else dedup.similarity_min,
            "related_id": duplicate["kept_doc_id"],
            "detail": duplicate["kept_shard"],
            "tokens": tokens,
        }
