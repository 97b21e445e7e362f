"""Makes the one row of a file that is a document itself: plain text, Markdown, a log, a saved HTML page, or a PDF document."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from typing import Any

from tierline.crawl.compression import wrong_members
from tierline.crawl.formats import source_format
from tierline.crawl.one_record import UNREAD, Unread
from tierline.crawl.row_bounds import Bound
from tierline.crawl.rules import PageRules, ReadRules
from tierline.crawl.stored import open_decompressed
from tierline.crawl.warc_rows import pdf_fields, read_text
from tierline.pdf import PDF_TYPES
from tierline.rights.statement import rows_of

CONTENT_TYPES = {"html": "text/html", "text": "text/plain", "pdf": PDF_TYPES[0]}


def read_document(uri: str, rules: ReadRules, bound: Bound) -> Iterator[dict[str, Any]]:
    """One unread row whose bytes are the whole file, unpacked. Nothing for an empty file. Its charset is found as that of a page."""
    most = min(rules.max_body_bytes, bound.size)
    with open_decompressed(uri) as file:
        data = file.read(most + 1)
        wrong = list(wrong_members(file))
    if not data:
        return
    row: dict[str, Any] = {"source_offset": 0, "source_length": len(data), "record_type": "document"}
    if wrong:
        yield row | {"status": "error", "error": wrong[0]["error"]}
        return
    if len(data) > most:
        yield row | {"status": "error", "error": f"a document of more than the {most} bytes that are read"}
        return
    kind = source_format(uri) or "text"
    row |= {"payload_sha256": hashlib.sha256(data).hexdigest(), "content_type": CONTENT_TYPES[kind]}
    fields = partial(pdf_fields, data, rules.pdf) if kind == "pdf" else partial(_text_fields, data, kind == "html", rules.page)
    yield row | {UNREAD: Unread(len(data), fields)}


def _text_fields(data: bytes, html: bool, pages: PageRules) -> dict[str, Any]:
    found = read_text(data, None, html, pages)
    return found | {"rights": rows_of(found.get("rights", ()))}
