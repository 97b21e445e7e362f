"""Makes rows of ARC records, each read as the WARC record that it would be, with its address in the file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from tierline.crawl.arc import ArcRecord, iterate_arc
from tierline.crawl.one_record import fields_or_fault
from tierline.crawl.row_bounds import Bound, rest_is_not_read
from tierline.crawl.rules import ReadRules
from tierline.crawl.stored import open_binary
from tierline.crawl.unpack import Broken
from tierline.crawl.warc_rows import ended, record_row


def read_arc(uri: str, rules: ReadRules, bound: Bound) -> Iterator[dict[str, Any]]:
    """Rows of one ARC file, faults included. The offset counts bytes of the stored file; the records of one gzip member share theirs."""
    with open_binary(uri) as file:
        size, left = file.seek(0, 2), bound.size
        waiting: list[dict[str, Any]] = []  # rows at the newest offset, whose end is not known yet
        for position, found in iterate_arc(file, 0, rules.max_body_bytes, bound.size):
            if waiting and waiting[0]["source_offset"] < position:
                yield from ended(waiting, position)
                waiting = []
            if isinstance(found, Broken):
                waiting.append({"source_offset": position, "status": "error", "error": str(found)})
                continue
            left -= found.length
            if not found.is_version_block:
                waiting.append({"source_offset": position} | fields_or_fault(partial(_row, found, rules)))
            if left < 0:
                waiting.append({"source_offset": position, "status": "error", "error": rest_is_not_read(bound)})
                break
        yield from ended(waiting, size)


def _row(found: ArcRecord, rules: ReadRules) -> dict[str, Any]:
    row = record_row(found.as_warc(), rules) | {"record_id": None}
    if found.body is not None and len(found.body) == found.length:
        return row
    known = {name: row[name] for name in ("record_type", "url", "domain", "fetched_at")}
    if found.body is None:
        return known | {"status": "error", "error": f"body of {found.length} bytes, more than the {rules.max_body_bytes} that are read"}
    return known | {"status": "error", "error": f"truncated: {len(found.body)} of {found.length} bytes are there"}
