"""Makes rows of JSONL and Parquet crawls: one record per line or row."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from tierline.crawl.charset import decode_text
from tierline.crawl.compression import wrong_members
from tierline.crawl.lines import bounded_lines
from tierline.crawl.one_record import UNREAD, Unread, fields_or_fault
from tierline.crawl.parquet_values import record_of
from tierline.crawl.record_fields import row_of
from tierline.crawl.row_bounds import Bound, rest_is_not_read
from tierline.crawl.rules import ReadRules
from tierline.crawl.stored import UNREADABLE, open_decompressed, parquet_payload
from tierline.text.bounded_json import parse_json

_REST_OF_LINE_FEED = re.compile(rb"\A\0(?:\0\0)?(?=\{[^\0])")  # of 16 or 32 bits, which ended another line
_COMMA = re.compile(rb"\},\s{0,9}\Z")  # behind the elements of an array of which each has a line
_BLANK = b"\0 \t\r\n\v\f"  # also of lines of 16 and 32 bits a unit
MAX_PACKED_PARQUET_BYTES = 256 << 20  # a compressed Parquet file must be unpacked in memory, for it is read from its end
MAX_ROW_GROUP_BYTES = 1 << 30  # decoded; one page may hold all of it
MAX_PARQUET_READ_BYTES = 512 << 20  # at once; a column of a row group as it is stored


def read_jsonl(uri: str, rules: ReadRules, bound: Bound) -> Iterator[dict[str, Any]]:
    """One unread row per line; offset and length count bytes of the decompressed file. A broken line is an error row, reading continues.

    So is a line of more than `max_body_bytes`, which is skipped without being held. Behind the bound of the file nothing is unpacked.
    """
    with open_decompressed(uri) as file:
        for offset, line in bounded_lines(file, rules.max_body_bytes, bound):
            if isinstance(line, dict):
                yield {"source_offset": offset} | line
            elif line.strip(_BLANK):
                yield address_of(offset, line) | {UNREAD: Unread(len(line), partial(_from_line, line, rules))}
        yield from wrong_members(file)


def read_parquet(uri: str, rules: ReadRules, bound: Bound) -> Iterator[dict[str, Any]]:
    """One unread row of `l0_raw` per Parquet row; the offset is the row's number, the length 1.

    Pages are decoded one after the other, and texts stay in the dictionary that the file holds them in until their row is due. A
    row group so large that one value could fill memory is one error row. The bound of the file counts what its rows hold in all
    columns, for a dictionary makes a long text cheap to repeat.
    """
    with open_decompressed(uri) as file:
        source: Any = file if file.seekable() else _unpacked(file)
        number, left, end = 0, bound.size, 0
        for group, parquet in _row_groups(source):
            described = parquet.metadata.row_group(group)  # its columns are not used: pyarrow aborts on broken statistics there
            stored, number, end = described.total_byte_size, end, end + described.num_rows
            if stored > MAX_ROW_GROUP_BYTES or stored > rules.max_body_bytes * max(1, described.num_rows):
                what = f"row group {group}: {stored} bytes in {described.num_rows} rows"
                yield _rows_lost(number, end, f"{what} are more than is read at once; write smaller row groups")
                continue
            rows = _group_rows(parquet, group)
            while number < end:
                try:
                    row = next(rows)
                except (*UNREADABLE, StopIteration) as error:
                    yield _rows_lost(number, end, f"unreadable file: row group {group}: {error or 'it holds fewer rows than it says'}")
                    break
                size = sum(map(_value_bytes, row.columns))
                left -= size
                if left < 0:
                    yield _rows_lost(number, parquet.metadata.num_rows, rest_is_not_read(bound))
                    return
                yield _parquet_row(row, size, number, rules)
                number += 1
        yield from wrong_members(file)


def _rows_lost(number: int, end: int, reason: str) -> dict[str, Any]:
    return {"source_offset": number, "source_length": end - number, "status": "error", "error": " ".join(reason.split())}


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
    tops = [field.name for field in schema.to_arrow_schema()]
    if twice := next((name for name in tops if tops.count(name) > 1), None):
        raise ValueError(f"two columns are named {twice!r:.99}; rename one of them")
    names = [schema.column(index).path for index in range(len(schema))]
    parquet = pq.ParquetFile(bounded, read_dictionary=names, pre_buffer=False)
    for group in range(parquet.num_row_groups):
        yield group, parquet


def _parquet_row(row: pa.RecordBatch, size: int, number: int, rules: ReadRules) -> dict[str, Any]:
    address = {"source_offset": number, "source_length": 1, "status": "error"}
    if size > rules.max_body_bytes:
        return address | {"error": f"row of {size} bytes, more than the {rules.max_body_bytes} that are read"}
    record: dict[str, Any] = {}

    def hashed() -> dict[str, Any]:
        record.update(record_of(row))
        return address_of(number, parquet_payload(record), 1)

    found = fields_or_fault(hashed)
    return address | found if "error" in found else found | {UNREAD: Unread(size, partial(row_of, record, rules))}


def address_of(offset: int, payload: bytes, length: int | None = None) -> dict[str, Any]:
    """Where a record is, and the digest of its bytes; its length is theirs unless it is given."""
    digest = hashlib.sha256(payload).hexdigest()
    return {"source_offset": offset, "source_length": len(payload) if length is None else length, "payload_sha256": digest}


def _from_line(line: bytes, rules: ReadRules) -> dict[str, Any]:
    try:
        record = _parsed(line)
    except ValueError as error:
        return {"status": "error", "error": f"broken JSON: {error}"}
    if not isinstance(record, dict):
        return {"status": "error", "error": "the line is no JSON object"}
    return row_of(cast("dict[str, Any]", record), rules)


def _parsed(line: bytes) -> Any:
    """The value of a line, also behind a record separator (RFC 7464), before a comma, and with control characters in its strings."""
    line = _REST_OF_LINE_FEED.sub(b"", line, 1).lstrip(b"\x1e")
    if _COMMA.search(line):
        line = _COMMA.sub(b"}", line, 1)
    text: str | bytes = line
    try:
        return parse_json(text)
    except UnicodeDecodeError:
        text = decode_text(line, None, False)[0]
    except ValueError as error:
        if not str(error).startswith("Invalid control character"):
            raise
    return parse_json(text, strict=False)
