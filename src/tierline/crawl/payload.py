"""Reads a row's bytes again from its address: the basis of an auditor's proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from tierline.crawl.arc import read_arc_payload
from tierline.crawl.compression import skip_to
from tierline.crawl.members import file_and_member
from tierline.crawl.parquet_values import record_of
from tierline.crawl.stored import UNREADABLE, open_binary, open_decompressed, parquet_payload
from tierline.crawl.unpack import Broken
from tierline.crawl.warc import DOCUMENT_TYPES, iterate_warc, payload_of
from tierline.errors import BadInput, SourceGone


def read_payload(row: Mapping[str, Any]) -> bytes:
    """The stored bytes that `payload_sha256` of an `l0_raw` row was computed from.

    Raises SourceGone if there is no such file, BadInput if nothing readable is at the address.
    """
    with PayloadReader() as reader:
        return reader.read(row)


class PayloadReader:
    """Reads payloads one after the other. A file whose addresses count unpacked bytes, or rows of Parquet, stays open until another one is
    asked for: in the order of its addresses it is unpacked once."""

    def __init__(self) -> None:
        self._uri, self._file, self._at = "", None, 0
        self._group: tuple[int, pa.Table] | None = None

    def __enter__(self) -> PayloadReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def read(self, row: Mapping[str, Any]) -> bytes:
        """As `read_payload`."""
        uri, offset = row["source_uri"], row["source_offset"]
        readers = {"warc": _warc, "wacz": _warc, "arc": _arc, "parquet": self._parquet}
        try:
            return readers.get(row["source_format"], self._stretch)(row)
        except FileNotFoundError:
            self._close()
            raise source_gone([file_and_member(uri)[0]]) from None
        except (*UNREADABLE, StopIteration, IndexError) as error:
            self._close()
            reason = str(error) or "the file ends before it"
            raise BadInput(f"nothing can be read at offset {offset} ({reason})", uri, "restore the crawl file at that path") from error

    def _opened(self, uri: str, offset: int) -> IO[bytes]:
        if self._file is None or self._uri != uri or (offset < self._at and not self._file.seekable()):
            self._close()
            self._uri, self._file = uri, open_decompressed(uri)
        return self._file

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._uri, self._file, self._at, self._group = "", None, 0, None

    def _stretch(self, row: Mapping[str, Any]) -> bytes:
        """Of formats whose offset and length count bytes of the unpacked file."""
        offset: int = row["source_offset"]
        file = self._opened(row["source_uri"], offset)
        skip_to(file, offset if file.seekable() else offset - self._at)
        found = file.read(row["source_length"])
        self._at = offset + len(found)
        return found

    def _parquet(self, row: Mapping[str, Any]) -> bytes:
        file = self._opened(row["source_uri"], 0)
        offset: int = row["source_offset"]
        if self._group is None or not 0 <= offset - self._group[0] < self._group[1].num_rows:
            source: Any = file if file.seekable() else BytesIO(file.read())
            self._group = _group_of(pq.ParquetFile(source), offset)
            if source is not file:
                self._at = 1  # it was read: another group needs it from its start
        first, group = self._group
        return parquet_payload(record_of(group.slice(offset - first, 1).to_batches()[0]))


def _group_of(parquet: pq.ParquetFile, offset: int) -> tuple[int, pa.Table]:
    """(number of its first row, rows) of the row group that holds a row."""
    before = 0
    for group in range(parquet.num_row_groups):
        rows = parquet.metadata.row_group(group).num_rows
        if offset < before + rows:
            return before, parquet.read_row_group(group)
        before += rows
    raise ValueError(f"no row {offset} there")


def source_gone(addresses: Sequence[str]) -> SourceGone:
    """The error that names the first of these files, and what can be done about them."""
    more = f", and {len(addresses) - 1:,} more" if len(addresses) > 1 else ""
    return SourceGone(f"the source is gone{more}", addresses[0], "put it back, or `tierline forget` withdraws its rows")


def _warc(row: Mapping[str, Any]) -> bytes:
    with open_binary(row["source_uri"]) as file:
        for start in dict.fromkeys((row["source_offset"], 0)):  # 0: a file that is one compressed member can only be read from its start
            found = _find_record(file, row["record_id"], start)
            if found is not None:
                return found
    raise ValueError(f"no record {row['record_id']} there")


def _find_record(file: IO[bytes], record_id: str | None, start: int) -> bytes | None:
    for item in iterate_warc(file, start=start):
        if not isinstance(item, Broken) and item[1].type in DOCUMENT_TYPES and item[1].id == record_id:
            return payload_of(item[1])
    return None


def _arc(row: Mapping[str, Any]) -> bytes:
    with open_binary(row["source_uri"]) as file:
        return read_arc_payload(file, row["source_offset"], row["payload_sha256"])
