"""Makes the one row of a file that is a document itself: plain text, Markdown, a log, or a saved HTML page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from typing import Any

from tierline.crawl.formats import source_format
from tierline.crawl.one_record import fields_or_fault
from tierline.crawl.row_bounds import Bound
from tierline.crawl.rules import ReadRules
from tierline.crawl.stored import open_decompressed
from tierline.crawl.warc_rows import read_text

CONTENT_TYPES = {"html": "text/html", "text": "text/plain"}


def read_document(uri: str, rules: ReadRules, bound: Bound) -> Iterator[dict[str, Any]]:
    """One row whose bytes are the whole file, unpacked. Nothing for an empty file. Its charset is found as that of a page."""
    most = min(rules.max_body_bytes, bound.size)
    with open_decompressed(uri) as file:
        data = file.read(most + 1)
    if not data:
        return
    row: dict[str, Any] = {"source_offset": 0, "source_length": len(data), "record_type": "document"}
    if len(data) > most:
        yield row | {"status": "error", "error": f"a document of more than the {most} bytes that are read"}
        return
    kind = source_format(uri) or "text"
    row |= {"payload_sha256": hashlib.sha256(data).hexdigest(), "content_type": CONTENT_TYPES[kind]}
    yield row | fields_or_fault(partial(read_text, data, None, kind == "html", rules.page))
