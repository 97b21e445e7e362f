"""Makes rows of WARC records: responses, resources and conversions (WET), each with its address in the file."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import IO, Any
from urllib.parse import urlsplit

import brotli
import zstandard

from tierline.crawl.binary import NotText
from tierline.crawl.charset import decode_text, text_of
from tierline.crawl.extract import PAGE_RULES, clean_text, extract_page
from tierline.crawl.headings import Heading
from tierline.crawl.http import decode_body, media_type
from tierline.crawl.http_head import Response, without_heads
from tierline.crawl.one_record import UNREAD, Unread, fields_or_fault
from tierline.crawl.page_bounds import PageTooLarge
from tierline.crawl.response_rights import header_statements, site_file
from tierline.crawl.row_bounds import Bound, rest_is_not_read
from tierline.crawl.rules import PageRules, ReadRules
from tierline.crawl.sniff import is_html, is_open
from tierline.crawl.stored import open_binary
from tierline.crawl.unpack import Broken
from tierline.crawl.urls import kept_url
from tierline.crawl.warc import DOCUMENT_TYPES, iterate_warc, response_of
from tierline.crawl.warc_records import Record
from tierline.pdf import PDF_TYPES, PdfFault, PdfRules, is_pdf, read_pdf
from tierline.rights.licenses import text_statements
from tierline.rights.statement import distinct, rows_of
from tierline.text.domains import ascii_host

XML_TYPE = "application/xhtml+xml"
HTML_TYPES = ("text/html", XML_TYPE)
TEXT_TYPES = ("text/plain", "text/markdown")
SNIFFED_BYTES = 1 << 15
Found = tuple[int, int, dict[str, Any] | None]  # offset, length that it says, fields of its row unless it has none
CODING_ERRORS = (ValueError, zlib.error, brotli.error, zstandard.ZstdError, EOFError)


def read_warc(uri: str, rules: ReadRules, bound: Bound) -> Iterator[dict[str, Any]]:
    """Rows of one WARC file, unread, faults included. `source_length` reaches to the next record, so that the range holds all of it.

    Records that say they are longer than the file may become end the reading: what is behind them would have to be unpacked for.
    """
    with open_binary(uri) as file:
        size = file.seek(0, 2)
        yield from addressed(_found(file, rules, bound), size, bound)


def addressed(found: Iterable[Found], size: int, bound: Bound) -> Iterator[dict[str, Any]]:
    """The rows of a file of this size with their addresses, up to its bound, whose excess is an error row. The length of a row reaches up
    to where the next record begins; the rows of one compressed member share theirs."""
    left = bound.size
    waiting: list[dict[str, Any]] = []  # rows at the newest offset, whose end is not known yet
    for position, length, fields in found:
        if waiting and waiting[0]["source_offset"] < position:
            yield from _ended(waiting, position)
            waiting = []
        left -= length
        if fields is not None:
            waiting.append({"source_offset": position} | fields)
        if left < 0:
            waiting.append({"source_offset": position, "status": "error", "error": rest_is_not_read(bound)})
            break
    yield from _ended(waiting, size)


def _ended(rows: list[dict[str, Any]], end: int) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield row | {"source_length": end - row["source_offset"]}


def _found(file: IO[bytes], rules: ReadRules, bound: Bound) -> Iterator[Found]:
    for item in iterate_warc(file, bound.size):
        if isinstance(item, Broken):
            yield item.position, 0, {"status": "error", "error": str(item)}
        else:
            position, record = item
            is_document = record.type in DOCUMENT_TYPES
            yield position, record.length, fields_or_fault(partial(record_row, record, rules)) if is_document else None


def record_row(record: Record, rules: ReadRules) -> dict[str, Any]:
    """The fields of a WARC record's row beside its address; those that its block decides are unread."""
    url = kept_url(record.fields.get("warc-target-uri", "").strip("<> "))
    row: dict[str, Any] = {
        "record_id": record.id,
        "record_type": record.type,
        "url": url,
        "domain": host_of(url),
        "fetched_at": record.date,
    }
    if record.length > rules.max_body_bytes:
        return row | {"status": "error", "error": f"body of {record.length} bytes, more than the {rules.max_body_bytes} that are read"}
    try:
        block = record.read()
    except (OSError, ValueError) as error:
        return row | {"status": "error", "error": f"broken record: {error}"}
    alone = replace(record, read=partial(bytes, block))  # without its file
    return row | {UNREAD: Unread(len(block), partial(_fields_of_block, alone, url, rules))}


def _fields_of_block(record: Record, url: str | None, rules: ReadRules) -> dict[str, Any]:
    block, domain = record.read(), host_of(url)
    response = response_of(record, block)
    row: dict[str, Any] = {
        "site_file": site_file(url, response, block, rules.max_body_bytes),
        "payload_sha256": hashlib.sha256(block if response is None else response.body).hexdigest(),
    }
    if len(block) < record.length:
        return row | {"status": "error", "error": f"truncated: {len(block)} of {record.length} bytes are there"}
    if response is None:
        row |= fields_or_fault(partial(fields_of_body, block, record.fields.get("content-type", ""), domain, rules))
    else:
        row |= fields_or_fault(partial(_from_response, response, domain, rules))
    return row | {"rights": rows_of(row.get("rights", ()), record.date)}


def _from_response(response: Response, domain: str | None, rules: ReadRules) -> dict[str, Any]:
    fields = response.fields
    row: dict[str, Any] = {"http_status": response.status, "robots": fields.get("x-robots-tag", "").replace("\n", ", ") or None}
    declared = fields.get("content-type", "")
    if response.status is None or not 200 <= response.status < 300:
        reason = f"HTTP status {response.status or 'missing'}"
        return row | {"content_type": media_type(declared)[0] or None, "status": "unsupported", "error": reason}
    encodings = fields.get("transfer-encoding", ""), fields.get("content-encoding", "")
    decode = partial(decode_body, response.body, *encodings, rules.max_body_bytes)
    found = row | fields_of_body(response.body, declared, domain, rules, decode)
    return found | {"rights": distinct([*header_statements(fields), *found.get("rights", ())])}


def fields_of_body(
    payload: bytes, declared: str, domain: str | None, rules: ReadRules, decode: Callable[[], bytes] | None = None
) -> dict[str, Any]:
    """What a body says: its text, charset, status and, for a page, all that its markup holds. `declared` is the media type that its server
    gave, "" for none; `decode` undoes the transfer's coding."""
    content_type, charset = media_type(declared)
    row: dict[str, Any] = {"content_type": content_type or None}
    told = content_type in (*HTML_TYPES, *TEXT_TYPES, *PDF_TYPES)
    if not told and not is_open(content_type):
        return row | {"status": "unsupported", "error": f"content type {content_type}"}
    try:
        body = decode() if decode else payload
        if is_pdf(body, content_type in PDF_TYPES):  # what the bytes show counts before what is said of them
            return row | pdf_fields(body, rules.pdf)
        if content_type in PDF_TYPES:
            return row | {"status": "unsupported", "error": f"content type {content_type}, but no PDF document"}
        if not told:
            if not is_html(decode_text(body[:SNIFFED_BYTES], charset, True)[0]):
                return row | {"status": "unsupported", "error": f"content type {content_type or 'unknown'}"}
            row["content_type"] = content_type = XML_TYPE if "xhtml" in content_type else "text/html"
        return row | read_text(body, charset, content_type in HTML_TYPES, rules.page, domain, content_type == XML_TYPE)
    except NotText as error:
        return row | {"status": "unsupported", "error": f"no text but {error}"}
    except CODING_ERRORS as error:
        return row | {"status": "error", "error": f"body cannot be decoded: {error}"}


def read_text(
    payload: bytes, charset: str | None, html: bool, pages: PageRules = PAGE_RULES, domain: str | None = None, xml: bool = False
) -> dict[str, Any]:
    """Text, charset, status and statements about rights, and for a page the data that its markup holds beside the text; a page beyond the
    bounds is an error.

    Raises NotText for bytes that are no text in any charset.
    """
    decoded, used, utf8 = text_of(without_heads(payload), charset, html, domain.rpartition(".")[2] if domain else None)
    if not html:
        text = clean_text(decoded)
        said = {"rights": distinct(text_statements(text))}
        return {"charset": used, "text": text, "status": "ok" if text else "empty", "error": None if text else "no text"} | said
    if not decoded or decoded.isspace():
        return {"charset": used, "text": "", "status": "empty", "error": "empty body"}
    try:
        page = extract_page(decoded, pages, xml=xml, utf8=utf8)
    except PageTooLarge as error:
        return {"charset": used, "status": "error", "error": str(error)}
    row: dict[str, Any] = {
        "charset": used,
        "title": page.title,
        "text": page.text,
        "license": kept_url(page.license),
        "structured_data": page.structured_data,
        "headings": [heading._asdict() for heading in page.headings],
        "rights": page.rights,
        "status": "ok" if page.text else "empty",
        "error": None if page.text else "no text in the page",
    }
    return row | ({"robots": page.robots} if page.robots else {})


def pdf_fields(body: bytes, rules: PdfRules) -> dict[str, Any]:
    """Text, headings, title and status of a PDF document."""
    row: dict[str, Any] = {"content_type": PDF_TYPES[0]}
    try:
        found = read_pdf(body, rules)
    except PdfFault as fault:
        return row | {"status": "error", "error": str(fault)}
    if not found.text:
        return row | {"title": found.title, "text": "", "status": "empty", "error": "no text: its pages are pictures"}
    return row | {
        "title": found.title,
        "text": found.text,
        "headings": [Heading(*one)._asdict() for one in found.headings],
        "status": "ok",
        "error": None,
    }


def host_of(url: str | None) -> str | None:
    """The host of a URL in its ASCII form, None if it has none."""
    try:
        return ascii_host(urlsplit(url).hostname or "") or None if url else None
    except ValueError:
        return None
