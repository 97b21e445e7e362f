"""Reads a row's bytes again from its address: the basis of an auditor's proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import IO, Any

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
    uri, offset = row["source_uri"], row["source_offset"]
    readers = {"warc": _warc, "wacz": _warc, "arc": _arc, "parquet": _parquet}
    try:
        return readers.get(row["source_format"], _stretch)(row)
    except FileNotFoundError:
        raise source_gone([file_and_member(uri)[0]]) from None
    except (*UNREADABLE, StopIteration, IndexError) as error:
        reason = str(error) or "the file ends before it"
        raise BadInput(f"nothing can be read at offset {offset} ({reason})", uri, "restore the crawl file at that path") from error


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


def _stretch(row: Mapping[str, Any]) -> bytes:
    """Of formats whose offset and length count bytes of the unpacked file."""
    with open_decompressed(row["source_uri"]) as file:
        skip_to(file, row["source_offset"])
        return file.read(row["source_length"])


def _parquet(row: Mapping[str, Any]) -> bytes:
    with open_decompressed(row["source_uri"]) as file:
        source: Any = file if file.seekable() else BytesIO(file.read())
        parquet, before = pq.ParquetFile(source), 0
        for group in range(parquet.num_row_groups):
            rows = parquet.metadata.row_group(group).num_rows
            if row["source_offset"] < before + rows:
                found = parquet.read_row_group(group).slice(row["source_offset"] - before, 1).to_batches()
                return parquet_payload(record_of(found[0]))
            before += rows
    raise ValueError(f"no row {row['source_offset']} there")
