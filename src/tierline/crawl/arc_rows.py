"""Makes rows of ARC records, each read as the WARC record that it would be, with its address in the file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import IO, Any

from tierline.crawl.arc import ArcRecord, iterate_arc
from tierline.crawl.one_record import fields_or_fault
from tierline.crawl.row_bounds import Bound
from tierline.crawl.rules import ReadRules
from tierline.crawl.stored import open_binary
from tierline.crawl.unpack import Broken
from tierline.crawl.warc_rows import Found, addressed, record_row


def read_arc(uri: str, rules: ReadRules, bound: Bound) -> Iterator[dict[str, Any]]:
    """Rows of one ARC file, faults included. The offset counts bytes of the stored file; the records of one gzip member share theirs."""
    with open_binary(uri) as file:
        size = file.seek(0, 2)
        yield from addressed(_found(file, rules, bound), size, bound)


def _found(file: IO[bytes], rules: ReadRules, bound: Bound) -> Iterator[Found]:
    for position, found in iterate_arc(file, 0, rules.max_body_bytes, bound.size):
        if isinstance(found, Broken):
            yield position, 0, {"status": "error", "error": str(found)}
        else:
            yield position, found.length, None if found.is_version_block else fields_or_fault(partial(_row, found, rules))


def _row(found: ArcRecord, rules: ReadRules) -> dict[str, Any]:
    row = record_row(found.as_warc(), rules) | {"record_id": None}
    if found.body is not None and len(found.body) == found.length:
        return row
    known = {name: row[name] for name in ("record_type", "url", "domain", "fetched_at")}
    if found.body is None:
        return known | {"status": "error", "error": f"body of {found.length} bytes, more than the {rules.max_body_bytes} that are read"}
    return known | {"status": "error", "error": f"truncated: {len(found.body)} of {found.length} bytes are there"}
