"""Makes rows of WARC records: responses, resources and conversions (WET), each with its address in the file."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import brotli
import zstandard
from fastwarc.warc import WarcRecord

from tierline.crawl.extract import PAGE_RULES, clean_text, extract_page
from tierline.crawl.http import declared_charset, decode_body, decode_text
from tierline.crawl.one_record import fields_or_fault
from tierline.crawl.page_bounds import PageTooLarge
from tierline.crawl.row_bounds import Bound, rest_is_not_read
from tierline.crawl.rules import PageRules, ReadRules
from tierline.crawl.stored import DOCUMENT_TYPES, open_binary, record_payload
from tierline.crawl.urls import kept_url
from tierline.crawl.warc import Fault, iterate_warc

HTML_TYPES = ("text/html", "application/xhtml+xml")
TEXT_TYPES = ("text/plain", "text/markdown")
CODING_ERRORS = (ValueError, zlib.error, brotli.error, zstandard.ZstdError, EOFError)


def read_warc(uri: str, rules: ReadRules, bound: Bound) -> Iterator[dict[str, Any]]:
    """Rows of one WARC file, faults included. `source_length` reaches to the next record, so that the range holds all of it.

    Records that say they are longer than the file may become end the reading: what is behind them would have to be unpacked for.
    """
    with open_binary(uri) as file:
        size = file.seek(0, 2)
        waiting: list[dict[str, Any]] = []  # rows at the newest offset, whose end is not known yet
        left = bound.size
        for item in iterate_warc(file, size, bound.size):
            position = item.position if isinstance(item, Fault) else item[0]
            if waiting and waiting[0]["source_offset"] < position:
                yield from ended(waiting, position)
                waiting = []
            if isinstance(item, Fault):
                waiting.append({"source_offset": position, "status": "error", "error": item.reason})
                continue
            record = item[1]
            left -= record.content_length  # which later is that of its body alone
            if record.record_type & DOCUMENT_TYPES:
                waiting.append({"source_offset": position} | fields_or_fault(partial(record_row, record, rules)))
            if left < 0:
                waiting.append({"source_offset": position, "status": "error", "error": rest_is_not_read(bound)})
                break
        yield from ended(waiting, size)


def ended(rows: list[dict[str, Any]], end: int) -> Iterator[dict[str, Any]]:
    """Rows that share an offset, with the length up to where the next record begins."""
    for row in rows:
        yield row | {"source_length": end - row["source_offset"]}


def record_row(record: WarcRecord, rules: ReadRules) -> dict[str, Any]:
    """The fields of a WARC record's row beside its address."""
    url = kept_url((record.headers.get("WARC-Target-URI") or "").strip("<> "))
    row: dict[str, Any] = {
        "record_id": record.record_id,
        "record_type": str(record.record_type),
        "url": url,
        "domain": host_of(url),
        "fetched_at": _fetched_at(record),
    }
    if (length := record.content_length) > rules.max_body_bytes:
        return row | {"status": "error", "error": f"body of {length} bytes, more than the {rules.max_body_bytes} that are read"}
    try:
        payload = record_payload(record)
    except (OSError, ValueError) as error:
        return row | {"status": "error", "error": f"broken record: {error}"}
    row["payload_sha256"] = hashlib.sha256(payload).hexdigest()
    if len(payload) < record.content_length:
        return row | {"status": "error", "error": f"truncated: {len(payload)} of {record.content_length} bytes are there"}
    return row | fields_or_fault(partial(_content, record, payload, rules))


def _content(record: WarcRecord, payload: bytes, rules: ReadRules) -> dict[str, Any]:
    http = record.http_headers if record.is_http_parsed else None
    declared = (http.get("Content-Type") if http is not None else record.headers.get("Content-Type")) or ""
    content_type = declared.split(";", 1)[0].strip().lower() or _sniff(payload)
    row: dict[str, Any] = {"content_type": content_type or None}
    try:
        if http is not None:
            row |= {"http_status": http.status_code if 0 <= (http.status_code or 0) <= 999 else None, "robots": http.get("X-Robots-Tag")}
            if http.status_code is None or not 200 <= http.status_code < 300:
                return row | {"status": "unsupported", "error": f"HTTP status {http.status_code or 'missing'}"}
            payload = decode_body(payload, http.get("Transfer-Encoding") or "", http.get("Content-Encoding") or "", rules.max_body_bytes)
        if content_type not in (*HTML_TYPES, *TEXT_TYPES):
            return row | {"status": "unsupported", "error": f"content type {content_type or 'unknown'}"}
        return row | read_text(payload, declared_charset(declared), content_type in HTML_TYPES, rules.page)
    except CODING_ERRORS as error:
        return row | {"status": "error", "error": f"body cannot be decoded: {error}"}


def read_text(payload: bytes, charset: str | None, html: bool, pages: PageRules = PAGE_RULES) -> dict[str, Any]:
    """Text, charset and status, and for a page the data that its markup holds beside the text; a page beyond the bounds is an error."""
    decoded, used = decode_text(payload, charset, html)
    if not html:
        text = clean_text(decoded)
        return {"charset": used, "text": text, "status": "ok" if text else "empty", "error": None if text else "no text"}
    if not decoded.strip():
        return {"charset": used, "text": "", "status": "empty", "error": "empty body"}
    try:
        page = extract_page(decoded, pages)
    except PageTooLarge as error:
        return {"charset": used, "status": "error", "error": str(error)}
    row: dict[str, Any] = {
        "charset": used,
        "title": page.title,
        "text": page.text,
        "license": kept_url(page.license),
        "structured_data": page.structured_data,
        "status": "ok" if page.text else "empty",
        "error": None if page.text else "no text in the page",
    }
    return row | ({"robots": page.robots} if page.robots else {})


def _fetched_at(record: WarcRecord) -> datetime | None:
    try:
        return record.record_date.astimezone(UTC) if record.record_date else None
    except (ValueError, OverflowError):  # no date, or one beyond the years 1 to 9999 in UTC
        return None


def host_of(url: str | None) -> str | None:
    """The host of a URL, None if it has none."""
    try:
        return urlsplit(url).hostname if url else None
    except ValueError:
        return None


def _sniff(payload: bytes) -> str:
    start = payload[:512].lstrip().lower()
    return "text/html" if start.startswith((b"<!doctype html", b"<html")) else ""
