"""Reads a shard's crawl files into the rows of `l0_raw`: every record becomes a row, unreadable ones too, and none is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol

import pyarrow as pa

from tierline.compute.workers import IN_PROCESS, Workers
from tierline.crawl.arc_rows import read_arc
from tierline.crawl.charset import joined
from tierline.crawl.delimited import read_delimited
from tierline.crawl.formats import source_format
from tierline.crawl.jsonl_parquet import read_jsonl, read_parquet
from tierline.crawl.listing import not_utf8, storable
from tierline.crawl.one_record import UNREAD, Unread, fields_or_fault, read_row
from tierline.crawl.row_bounds import Allowance, bound_of_file, bound_of_shard, rest_is_not_read, within_bounds
from tierline.crawl.rules import ReadRules
from tierline.crawl.single_documents import read_document
from tierline.crawl.stored import UNREADABLE, stored_bytes
from tierline.crawl.wacz import read_wacz
from tierline.crawl.warc_rows import read_warc
from tierline.lake import SortingBuffer, StageResult, decision_table, ledger_buffer
from tierline.tables import TABLES, content_id, document_id
from tierline.unforeseen import UNFORESEEN, Lost, held, reason_of

READERS = {
    "warc": read_warc,
    "arc": read_arc,
    "wacz": read_wacz,
    "jsonl": read_jsonl,
    "parquet": read_parquet,
    "csv": read_delimited,
    "text": read_document,
    "html": read_document,
    "pdf": read_document,
}
ROWS_PER_BATCH = 512
CHARACTERS_PER_BATCH = 16 << 20
BYTES_READ_TOGETHER = 4 << 20
SCHEMA = pa.schema(TABLES["l0_raw"].columns)
SITE_FILES = pa.schema(TABLES["l0_site_files"].columns)
OUTCOMES_BY_STATUS = {"ok": "kept", "error": "error"}
ADDRESS = ("doc_id", "parents", "source_uri", "source_format", "source_offset", "source_length", "payload_sha256")


class Refusal(Protocol):
    """Why a record is not kept: the rule of its decision, and what it is kept out by, in words."""

    @property
    def rule(self) -> str: ...
    @property
    def by(self) -> str: ...


Withhold = Callable[[Sequence[dict[str, Any]]], Sequence[Refusal | None]]  # of rows of `l0_raw`


def keep_all(rows: Sequence[dict[str, Any]]) -> list[None]:
    """Withholds nothing."""
    return [None] * len(rows)


def read_shard(files: Sequence[str], rules: ReadRules, withhold: Withhold = keep_all, workers: Workers = IN_PROCESS) -> StageResult:
    """Every record of the files as one row of `l0_raw`, in file and record order, but for what `withhold` says is not to be kept: of such
    a record there is a decision alone.

    status ok: text was found; empty: there is none; unsupported: not a text format, or not a successful response; error: it could
    not be read, and `error` says why. A file that cannot be opened or holds no document is one error row.
    """
    buffer = SortingBuffer(SCHEMA, TABLES["l0_raw"].order)
    site_files = SortingBuffer(SITE_FILES, TABLES["l0_site_files"].order)
    decisions = ledger_buffer()
    shard = Allowance(bound := bound_of_shard(sum(map(_size, files)), rules))
    taken = 0
    for batch in _batches(row for uri in files for row in _with_ids(_read_file(uri, rules, shard, bound.said, workers))):
        refusals = withhold(batch)
        refused = [(row, refusal) for row, refusal in zip(batch, refusals, strict=True) if refusal is not None]
        decisions.append(_withheld(refused))
        taken += len(refused)
        kept = [row for row, refusal in zip(batch, refusals, strict=True) if refusal is None]
        for found in held(_site_table, [row | row["site_file"] for row in kept if row.get("site_file")]):
            site_files.append(SITE_FILES.empty_table() if isinstance(found, Lost) else found)
        for found in held(_table, kept):
            table = _table([_only_address(found)]) if isinstance(found, Lost) else found
            buffer.append(table)
            decisions.append(_decide(table))
    rows = buffer.rows()
    return StageResult({"l0_raw": rows, "l0_site_files": site_files.rows()}, {"l0_raw": (rows.num_rows + taken, decisions.rows())})


def _withheld(refused: Sequence[tuple[dict[str, Any], Refusal]]) -> pa.Table:
    """Decisions that say nothing of the record but its id."""
    return decision_table(
        {"row_id": row["doc_id"], "outcome": "dropped", "rule": refusal.rule, "detail": refusal.by} for row, refusal in refused
    )


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _site_table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=SITE_FILES)


def _only_address(lost: Lost) -> dict[str, Any]:
    """The error row of a record that no table can hold."""
    return {name: lost.rows[0].get(name) for name in ADDRESS} | {"status": "error", "error": lost.reason}


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Up to ROWS_PER_BATCH rows, fewer where their texts are long."""
    batch: list[dict[str, Any]] = []
    characters = 0
    for row in rows:
        batch.append(row)
        characters += len(row.get("text") or "") + len(row.get("structured_data") or "")
        if len(batch) == ROWS_PER_BATCH or characters >= CHARACTERS_PER_BATCH:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _size(uri: str) -> int:
    """0 for a file that is not there or cannot be opened: its own row says so."""
    try:
        return stored_bytes(uri)
    except (OSError, ValueError):
        return 0


def _read_file(uri: str, rules: ReadRules, shard: Allowance, shard_bound: str, workers: Workers) -> Iterator[dict[str, Any]]:
    kind = source_format(uri) or "warc"
    base = {"source_uri": storable(uri), "source_format": kind, "parents": []}
    if why := not_utf8(uri):
        yield base | _fault(why)
        return
    if shard.is_used_up:
        yield base | _fault(f"its shard holds more than {shard_bound}; the file is not read")
        return
    rows = errors = offset = 0
    try:
        bound = bound_of_file(stored_bytes(uri), rules)
        file = Allowance(bound)
        for row in _read_rows(READERS[kind](uri, rules, bound), rules, workers):
            rows, offset = rows + 1, row["source_offset"]
            errors += row["status"] == "error"
            if not file.takes(row):
                yield base | _fault(rest_is_not_read(bound), row["source_offset"])
                return
            if not shard.takes(row):
                yield base | _fault(f"its shard holds more than {shard_bound}; the rest of the file is not read", row["source_offset"])
                return
            yield base | row
            if errors >= rules.max_errors_per_file:
                yield base | row | {"payload_sha256": None, "error": f"{errors} records cannot be read; the rest of the file is not tried"}
                return
        if not rows:
            yield base | _fault("no documents: the file is empty or holds none of the record types that carry text")
    except UNREADABLE as error:
        yield base | _fault(f"unreadable file: {error}")
    except BaseException as error:
        yield base | _fault(f"{reason_of(error)}; the rest of the file is not read", offset)


def _read_rows(found: Iterator[dict[str, Any]], rules: ReadRules, workers: Workers) -> Iterator[dict[str, Any]]:
    """The rows, read, in their order. What the file raises is raised behind the rows before."""
    raised: list[BaseException] = []
    for part in workers.map("read records", partial(_read_together, rules=rules), _parts(found, workers.batch_rows, raised)):
        yield from part
    if raised:
        raise raised[0]


def _read_together(rows: list[dict[str, Any]], rules: ReadRules) -> list[dict[str, Any]]:
    read = list(map(read_row, rows))
    return [row | fields_or_fault(partial(storable_fields, row, rules)) for row in read]


def _parts(found: Iterator[dict[str, Any]], most: int, raised: list[BaseException]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    size = 0
    try:
        for row in found:
            part.append(row)
            unread: Unread | None = row.get(UNREAD)
            size += unread.size if unread else 0
            if len(part) == most or size >= BYTES_READ_TOGETHER:
                yield part
                part, size = [], 0
    except GeneratorExit:
        raise
    except BaseException as error:
        if not isinstance(error, UNREADABLE):
            reason_of(error)  # raises it, if it is not the file's
        raised.append(error)
    if part:
        yield part


def _fault(reason: str, offset: int = 0) -> dict[str, Any]:
    return {"source_offset": offset, "source_length": 0, "status": "error", "error": " ".join(reason.split())}


def storable_fields(row: dict[str, Any], rules: ReadRules) -> dict[str, Any]:
    """The fields of a row as a table can hold them; those of an error row where one is beyond the bounds of the rules."""
    return within_bounds(_storable(row), rules)


def _storable(row: dict[str, Any]) -> dict[str, Any]:
    """The row without surrogates, which JSON can spell and UTF-8 cannot: two that belong together are a character, any other is none."""
    return {name: joined(value) if isinstance(value, str) else value for name, value in row.items()}


def _with_ids(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows of one file with their ids. Equal records within one compressed member share their address and are adjacent there;
    an error of the file as a whole is reported at its start."""
    seen: dict[int, set[str]] = {0: set()}  # offset -> ids
    for row in rows:
        offset = row["source_offset"]
        if offset not in seen:
            seen = {0: seen[0], offset: set()}
        doc_id = _document_id(row)
        while doc_id in seen[offset]:
            doc_id = content_id("doc", doc_id, "repeated")
        seen[offset].add(doc_id)
        yield row | {"doc_id": doc_id}


def _document_id(row: dict[str, Any]) -> str:
    if payload := row.get("payload_sha256"):
        return document_id(row["source_uri"], row["source_offset"], payload)
    return content_id("doc", row["source_uri"], row["source_offset"], "error", row["error"])


def _decide(table: pa.Table) -> pa.Table:
    """One decision a row. Tokens are first counted at L1, where a text is clean: counting costs as much as finding the text."""
    return decision_table(
        {
            "row_id": row["doc_id"],
            "outcome": OUTCOMES_BY_STATUS.get(row["status"], "dropped"),
            "rule": _rule(row["status"], row["error"]),
            "detail": row["error"],
        }
        for row in table.select(["doc_id", "status", "error"]).to_pylist()
    )


def _rule(status: str, error: str | None) -> str | None:
    if status == "error":
        return UNFORESEEN if (error or "").startswith(UNFORESEEN) else "unreadable"
    return None if status == "ok" else status
