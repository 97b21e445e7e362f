"""Makes rows of JSONL and Parquet crawls: one record per line or row, with texts under the names that public corpora use."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from tierline.crawl.extract import clean_text
from tierline.crawl.one_record import fields_or_fault
from tierline.crawl.row_bounds import Bound, rest_is_not_read
from tierline.crawl.rules import ReadRules
from tierline.crawl.stored import open_decompressed, parquet_payload
from tierline.crawl.urls import kept_url
from tierline.crawl.warc_rows import host_of, read_text
from tierline.text.bounded_json import parse_json

TEXT_FIELDS = ("text", "raw_content", "content", "document")
URL_FIELDS = ("url", "uri", "source_url", "warc_target_uri")
TIME_FIELDS = ("timestamp", "fetched_at", "date", "crawled_at", "added", "created")
ID_FIELDS = ("id", "doc_id", "record_id")
LICENSE_FIELDS = ("license", "licence")
BLOCK_BYTES = 1 << 20
MAX_LINE_BYTES = 1 << 30  # after a longer line nothing is searched
MAX_PACKED_PARQUET_BYTES = 256 << 20  # a compressed Parquet file must be unpacked in memory, for it is read from its end
MAX_ROW_GROUP_BYTES = 1 << 30  # decoded; one page may hold all of it
MAX_PARQUET_READ_BYTES = 512 << 20  # at once; a column of a row group as it is stored


def read_jsonl(uri: str, rules: ReadRules, bound: Bound) -> Iterator[dict[str, Any]]:
    """One row per line; offset and length count bytes of the decompressed file. A broken line is an error row, reading continues.

    So is a line of more than `max_body_bytes`, which is skipped without being held. Behind the bound of the file nothing is unpacked.
    """
    offset = 0
    with open_decompressed(uri) as file:
        lines = iter(_lines(file, rules.max_body_bytes))
        while True:
            try:
                line = next(lines, None)
            except (EOFError, OSError, zlib.error, zstandard.ZstdError) as error:
                yield {"source_offset": offset, "source_length": 0, "status": "error", "error": f"truncated: {error}"}
                return
            if line is None:
                return
            if offset + (line if isinstance(line, int) else len(line)) > bound.size:
                yield {"source_offset": offset, "source_length": 0, "status": "error", "error": rest_is_not_read(bound)}
                return
            if isinstance(line, int):
                error = f"line of {line} bytes, more than the {rules.max_body_bytes} that are read"
                yield {"source_offset": offset, "source_length": line, "status": "error", "error": error}
            elif line.strip():
                yield _address(offset, len(line), line) | fields_or_fault(partial(_from_line, line, rules))
            offset += line if isinstance(line, int) else len(line)


def read_parquet(uri: str, rules: ReadRules, bound: Bound) -> Iterator[dict[str, Any]]:
    """One `l0_raw` row per Parquet row; the offset is the row's number, the length 1.

    Pages are decoded one after the other, and texts stay in the dictionary that the file holds them in until their row is due. A
    row group so large that one value could fill memory is one error row. The bound of the file counts what its rows hold in all
    columns, for a dictionary makes a long text cheap to repeat.
    """
    with open_decompressed(uri) as file:
        source: Any = file if uri.endswith(".parquet") else _unpacked(file)
        number, left = 0, bound.size
        for group, parquet in _row_groups(source):
            described = parquet.metadata.row_group(group)  # its columns are not used: pyarrow aborts on broken statistics there
            stored = described.total_byte_size
            if stored > MAX_ROW_GROUP_BYTES or stored > rules.max_body_bytes * max(1, described.num_rows):
                what = f"row group {group}: {stored} bytes in {described.num_rows} rows"
                reason = f"{what} are more than is read at once; write smaller row groups"
                yield {"source_offset": number, "source_length": described.num_rows, "status": "error", "error": reason}
            else:
                for row in _group_rows(parquet, group):
                    size = sum(map(_value_bytes, row.columns))
                    left -= size
                    if left < 0:
                        rest = parquet.metadata.num_rows - number
                        yield {"source_offset": number, "source_length": rest, "status": "error", "error": rest_is_not_read(bound)}
                        return
                    yield _parquet_row(row, size, number, rules)
                    number += 1
                continue
            number += described.num_rows


def _group_rows(parquet: pq.ParquetFile, group: int) -> Iterator[pa.RecordBatch]:
    """Each row of a row group as a batch of its own."""
    for batch in parquet.iter_batches(batch_size=64, row_groups=[group]):
        for index in range(batch.num_rows):
            yield batch.slice(index, 1)


def _value_bytes(column: pa.Array) -> int:
    """Bytes of a column of one row, without making its value."""
    if not isinstance(column, pa.DictionaryArray):
        return column.nbytes
    place = column.indices[0].as_py()
    return 0 if place is None else column.dictionary.slice(place, 1).nbytes


def _unpacked(file: IO[bytes]) -> BytesIO:
    data = file.read(MAX_PACKED_PARQUET_BYTES + 1)
    if len(data) > MAX_PACKED_PARQUET_BYTES:
        raise ValueError(f"it unpacks to more than {MAX_PACKED_PARQUET_BYTES} bytes; unpack the file first")
    return BytesIO(data)


class _BoundedReads:
    """A file for pyarrow that refuses to read too much at once, before memory is allocated for it."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """As of the file; ValueError for too much."""
        if size > MAX_PARQUET_READ_BYTES:
            raise ValueError(f"a column of {size} bytes in one row group, more than is read at once; write smaller row groups")
        return self._file.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _row_groups(source: Any) -> Iterator[tuple[int, pq.ParquetFile]]:
    """Columns are read whole, as they are stored: a buffered stream allocates as much memory as a page's header claims, even 2 GB."""
    bounded: Any = _BoundedReads(source)
    schema = pq.ParquetFile(bounded).schema
    names = [schema.column(index).path for index in range(len(schema))]
    parquet = pq.ParquetFile(bounded, read_dictionary=names, pre_buffer=False)
    for group in range(parquet.num_row_groups):
        yield group, parquet


def _parquet_row(row: pa.RecordBatch, size: int, number: int, rules: ReadRules) -> dict[str, Any]:
    address = {"source_offset": number, "source_length": 1, "status": "error"}
    if size > rules.max_body_bytes:
        return address | {"error": f"row of {size} bytes, more than the {rules.max_body_bytes} that are read"}
    try:
        record = row.to_pylist()[0]
    except ValueError as error:  # text that is not UTF-8, a time before the year 1
        return address | {"error": f"unreadable row: {error}"}
    hashed = fields_or_fault(lambda: _address(number, 1, parquet_payload(record)))
    if "error" in hashed:
        return address | hashed
    return hashed | fields_or_fault(partial(_from_record, record, rules))


def _lines(file: IO[bytes], limit: int) -> Iterator[bytes | int]:
    """Each line with its end; a line longer than `limit` as its length only, and a run of blank lines as one."""
    pending: list[bytes] = []
    held = passed = 0  # bytes of the line so far: kept, or only counted
    read = file.read1 if isinstance(file, gzip.GzipFile) else file.read  # its `read` keeps back what precedes the place where a file is cut
    while block := read(BLOCK_BYTES):
        if block.isspace() and not pending and not passed:
            yield block
            continue
        start = 0
        while start < len(block):
            end = block.find(b"\n", start) + 1
            piece = block[start : end or len(block)]
            start += len(piece)
            if passed or held + len(piece) > limit:
                passed, held, pending = passed + held + len(piece), 0, []
                if passed > MAX_LINE_BYTES:
                    raise EOFError(f"a line of more than {MAX_LINE_BYTES} bytes; nothing behind its start is read")
            else:
                pending.append(piece)
                held += len(piece)
            if end:
                yield passed or b"".join(pending)
                pending, held, passed = [], 0, 0
    if passed or pending:
        yield passed or b"".join(pending)


def _address(offset: int, length: int, payload: bytes) -> dict[str, Any]:
    return {"source_offset": offset, "source_length": length, "payload_sha256": hashlib.sha256(payload).hexdigest()}


def _from_line(line: bytes, rules: ReadRules) -> dict[str, Any]:
    try:
        record = parse_json(line)
    except ValueError as error:
        return {"status": "error", "error": f"broken JSON: {error}"}
    if not isinstance(record, dict):
        return {"status": "error", "error": "the line is no JSON object"}
    return _from_record(record, rules)


def _from_record(record: Mapping[str, Any], rules: ReadRules) -> dict[str, Any]:
    metadata = record.get("metadata")
    fields: dict[str, Any] = {**metadata, **record} if isinstance(metadata, dict) else dict(record)
    url = kept_url(_first(fields, URL_FIELDS))
    row: dict[str, Any] = {
        "record_id": _first(fields, ID_FIELDS),
        "record_type": "document",
        "url": url,
        "domain": host_of(url),
        "fetched_at": _time(_first(fields, TIME_FIELDS)),
        "license": _first(fields, LICENSE_FIELDS),
        "title": _first(fields, ("title",)),
        "content_type": "text/plain",
    }
    html, text = fields.get("html"), _first(fields, TEXT_FIELDS)
    if max(len(html) if isinstance(html, str) else 0, len(text or "")) > rules.max_body_bytes:
        return row | {"status": "error", "error": f"more than the {rules.max_body_bytes} characters that are read"}
    if isinstance(html, str) and html:
        found = {name: value for name, value in read_text(html.encode("utf-8", "replace"), "utf-8", True, rules.page).items() if value}
        return row | {"content_type": "text/html"} | found
    if text is None:
        return row | {"status": "error", "error": f"no text: none of the fields {', '.join(TEXT_FIELDS)}, html is there"}
    cleaned = clean_text(text)
    return row | {"charset": "utf-8", "text": cleaned, "status": "ok" if cleaned else "empty", "error": None if cleaned else "no text"}


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((str(fields[name]) for name in names if fields.get(name) is not None), None)


def _time(value: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if value else None
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC) if moment else None
    except (ValueError, OverflowError):  # no time, or one beyond the years 1 to 9999 in UTC
        return None
