"""Reads a shard's crawl files into the rows of `l0_raw`: every record is a row, an unreadable one too, and none is judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar

import pyarrow as pa

from tierline.crawl.find import source_format
from tierline.crawl.tables import read_jsonl, read_parquet
from tierline.crawl.warc_rows import read_warc
from tierline.document import TABLES, content_id, document_id
from tierline.lake import StageResult, decision_table
from tierline.tokens import count_tokens

READERS = {"warc": read_warc, "jsonl": read_jsonl, "parquet": read_parquet}
ROWS_PER_BATCH = 512


@dataclass(frozen=True, slots=True)
class ReadRules:
    """Bounds of reading; nothing here judges a text."""

    SECTION: ClassVar[str] = "l0.read"
    max_body_bytes: int = 16 << 20  # a larger body is no page: an error row, so that memory stays bounded


def read_shard(files: Sequence[str], rules: ReadRules) -> StageResult:
    """Every record of the files as one row of `l0_raw`, in file and record order.

    status ok: text was found; empty: there is none; unsupported: no text format, or no successful response; error: it could
    not be read, and `error` says why. A file that cannot be opened or holds no document is one error row.
    """
    schema = pa.schema(TABLES["l0_raw"].columns)
    seen: set[str] = set()
    batches: list[pa.Table] = []
    decisions: list[pa.Table] = []
    rows = (_with_id(row, seen) for uri in files for row in _read_file(uri, rules))
    while batch := list(islice(rows, ROWS_PER_BATCH)):
        table = pa.Table.from_pylist(batch, schema=schema)
        batches.append(table)
        decisions.append(_decide(table))
    table = pa.concat_tables(batches) if batches else schema.empty_table()
    decided = pa.concat_tables(decisions) if decisions else decision_table([])
    return StageResult({"l0_raw": table}, {"l0_raw": (table.num_rows, decided)})


def _read_file(uri: str, rules: ReadRules) -> Iterator[dict[str, Any]]:
    kind = source_format(uri) or "warc"
    base = {"source_uri": uri, "source_format": kind, "parents": []}
    rows = 0
    try:
        for row in READERS[kind](uri, rules.max_body_bytes):
            rows += 1
            yield base | row
        if not rows:
            yield base | _fault("no documents: the file is empty or holds none of the record types that carry text")
    except (OSError, EOFError, ValueError, pa.ArrowException) as error:
        yield base | _fault(f"unreadable file: {error}")


def _fault(reason: str) -> dict[str, Any]:
    return {"source_offset": 0, "source_length": 0, "status": "error", "error": " ".join(reason.split())}


def _with_id(row: dict[str, Any], seen: set[str]) -> dict[str, Any]:
    payload = row.get("payload_sha256")
    if payload:
        doc_id = document_id(row["source_uri"], row["source_offset"], payload)
    else:
        doc_id = content_id("doc", row["source_uri"], row["source_offset"], "error", row["error"])
    while doc_id in seen:  # equal records within one compressed member share their address
        doc_id = content_id("doc", doc_id, "repeated")
    seen.add(doc_id)
    return row | {"doc_id": doc_id}


def _decide(table: pa.Table) -> pa.Table:
    outcomes = {"ok": "kept", "error": "error"}
    columns = table.select(["doc_id", "status", "error", "text"]).to_pylist()
    tokens: Iterable[int] = count_tokens([row["text"] or "" for row in columns]).to_pylist()
    return decision_table(
        {
            "row_id": row["doc_id"],
            "outcome": outcomes.get(row["status"], "dropped"),
            "rule": None if row["status"] == "ok" else row["status"] if row["status"] != "error" else "unreadable",
            "detail": row["error"],
            "tokens": count,
        }
        for row, count in zip(columns, tokens, strict=True)
    )
