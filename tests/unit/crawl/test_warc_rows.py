"""Rows of WARC records: what the headers and the body say, a reason wherever there is no text, and ranges that cover the file."""

import gzip
import hashlib
import io
from datetime import UTC, datetime

import pytest
from fastwarc.warc import WarcRecordType
from reportlab.pdfgen.canvas import Canvas

from benchmarks.planted_manuals import manuals
from benchmarks.planted_pdfs import outlined
from examples.pages import Page
from examples.write_crawl import response
from tests.unit.crawl.test_read import HTML, page_record, record
from tierline.crawl.one_record import read_row
from tierline.crawl.row_bounds import Bound
from tierline.crawl.rules import ReadRules
from tierline.crawl.warc_rows import read_text, read_warc

LIMIT = 1 << 16
MANUAL = next(iter(manuals(1)))
DOCUMENT = outlined(MANUAL)


@pytest.fixture
def rows(tmp_path):
    def read(*records: bytes, limit: int = LIMIT) -> list[dict]:
        (tmp_path / "c.warc").write_bytes(b"".join(records))
        return list(map(read_row, read_warc(str(tmp_path / "c.warc"), ReadRules(max_body_bytes=limit), Bound(1 << 40, ""))))

    return read


def http(head: str, body: bytes = HTML.encode(), url: str = "https://a.example/x") -> bytes:
    return record(url, f"{head}\r\n\r\n".encode() + body)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("HTTP/1.1 200 OK\r\nContent-Type: text/html", {"status": "ok", "http_status": 200, "content_type": "text/html"}),
        ("HTTP/1.1 203 X\r\nContent-Type: TEXT/HTML; charset=utf-8", {"status": "ok", "content_type": "text/html"}),
        ("HTTP/1.1 200 OK\r\nContent-Type: application/xhtml+xml", {"status": "ok"}),
        ("HTTP/1.1 200 OK", {"status": "ok", "content_type": "text/html"}),  # sniffed
        ("HTTP/1.1 200 OK\r\nContent-Type: text/x-server-parsed-html", {"status": "ok", "content_type": "text/html"}),
        ("HTTP/1.1 200 OK\r\nContent-Type: application/x-httpd-php", {"status": "ok", "content_type": "text/html"}),
        ("HTTP/1.1 200 OK\r\nContent-Type: content/unknown", {"status": "ok", "content_type": "text/html"}),
        ("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.wap.xhtml+xml", {"status": "ok", "content_type": "application/xhtml+xml"}),
        ("HTTP/1.1 200 OK\r\nContent-Type: text/css", {"status": "unsupported", "error": "content type text/css"}),
        ("HTTP/1.1 200 OK\r\nContent-Type: text/plain", {"status": "ok", "content_type": "text/plain"}),
        ("HTTP/1.1 404 No\r\nContent-Type: text/html", {"status": "unsupported", "error": "HTTP status 404"}),
        ("HTTP/1.1 301 Moved\r\nLocation: /y", {"status": "unsupported", "error": "HTTP status 301"}),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: application/pdf",
            {"status": "unsupported", "error": "content type application/pdf, but no PDF document"},
        ),
        ("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: compress", {"status": "ok"}),  # announced and not there
        ("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Robots-Tag: noarchive", {"status": "ok", "robots": "noarchive"}),
    ],
)
def test_what_a_response_says_of_itself(rows, head, expected):
    (row,) = rows(http(head))
    assert {name: row.get(name) for name in expected} == expected
    assert (row["status"] == "ok") == bool(row.get("text"))


def test_ranges_cover_the_file_and_name_each_record(rows):
    records = [page_record(number) for number in range(3)]
    found = rows(*records)
    assert [(row["source_offset"], row["source_length"]) for row in found] == [
        (sum(map(len, records[:number])), len(records[number])) for number in range(3)
    ]
    assert len({row["record_id"] for row in found}) == 3 and {row["record_type"] for row in found} == {"response"}


def test_a_range_reaches_to_the_next_record_of_any_type(rows):
    info = record("urn:info", b"software: x", WarcRecordType.warcinfo, "application/warc-fields")
    request = record("https://a.example/0", b"GET / HTTP/1.1\r\n\r\n", WarcRecordType.request, "application/http; msgtype=request")
    (row,) = rows(info, page_record(0), request)
    assert (row["source_offset"], row["source_length"]) == (len(info), len(page_record(0)))


@pytest.mark.parametrize(
    ("url", "kept", "domain"),
    [
        ("https://A.Example:8080/x", "https://A.Example:8080/x", "a.example"),
        ("<https://a.example/>", "https://a.example/", "a.example"),
        ("http://[::1", "http://[::1", None),
        ("urn:x", "urn:x", None),
        ("https://", "https://", None),
    ],
)
def test_an_address_is_kept_as_it_is_and_its_host_where_it_has_one(rows, url, kept, domain):
    (row,) = rows(http("HTTP/1.1 200 OK\r\nContent-Type: text/html", url=url))
    assert (row["url"], row["domain"]) == (kept, domain)


def test_the_time_is_the_records_in_utc(rows):
    head = b"WARC/1.0\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:x>\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n"
    for date, expected in (
        ("2026-01-15T08:00:00Z", datetime(2026, 1, 15, 8, tzinfo=UTC)),
        ("2026-01-15T08:00:00.250Z", datetime(2026, 1, 15, 8, 0, 0, 250_000, UTC)),
        ("20260115080000", datetime(2026, 1, 15, 8, tzinfo=UTC)),
        ("yesterday", None),
    ):
        (row,) = rows(head + f"WARC-Date: {date}\r\n\r\nab\r\n\r\n".encode())
        assert (row["fetched_at"], row["text"]) == (expected, "ab")


def test_a_body_beyond_the_bound_is_an_error_before_it_is_read(rows):
    large, small = rows(page_record(1, b"<p>" + b"x" * 5000), page_record(2), limit=2000)
    assert large["status"] == "error" and "more than the 2000 that are read" in large["error"] and "payload_sha256" not in large
    assert small["status"] == "ok"


def test_a_small_body_that_unpacks_to_a_large_one_is_an_error(rows):
    page = Page("https://a.example/", "", b"<p>" + b"x" * 100_000, None, "", encoding="gzip")
    (row,) = rows(record(page.url, response(page)))
    assert row["status"] == "error" and "decompresses to more than" in row["error"] and row["payload_sha256"]


@pytest.mark.parametrize(
    ("payload", "html", "status", "text"),
    [
        (b"<p>Words.", True, "ok", "Words."),
        (b"<p>  ", True, "empty", ""),
        (b" \n", True, "empty", ""),
        (b"a\r\nb\x00", False, "ok", "a\nb"),
        (b"", False, "empty", ""),
        (b"<div>" * 100_000, True, "error", None),
    ],
)
def test_the_text_of_a_payload_or_why_there_is_none(payload, html, status, text):
    row = read_text(payload, None, html)
    assert (row["status"], row.get("text")) == (status, text) and bool(row["error"]) == (status != "ok")


PAGE_TEXT = "The lock was rebuilt in 1871, and every spring the keepers check its gates with care."
MARKUP = f"<head><title>T</title></head><body><p>{PAGE_TEXT}</p></body></html>"
UNTYPED = [
    f"<!DOCTYPE html><html>{MARKUP}",
    f"\ufeff<!DOCTYPE html><html>{MARKUP}",
    f"\ufeff\n <HTML>{MARKUP}",
    f"<!-- saved -->\n<!-- twice --><!doctype HTML PUBLIC 'x'><html>{MARKUP}",
    f'<?xml version="1.0"?>\n<!DOCTYPE html>{MARKUP}',
    f'<?xml version="1.0" encoding="utf-8"?><html xmlns="x">{MARKUP}',
    f"\t\n<head><title>T</title></head><p>{PAGE_TEXT}",
    f"<meta charset=utf-8><p>{PAGE_TEXT}",
]


@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
@pytest.mark.parametrize("head", ["", "\r\nContent-Type: unknown/unknown", "\r\nContent-Type: html", "\r\nContent-Type:"])
@pytest.mark.parametrize("markup", UNTYPED)
def test_html_is_seen_where_the_server_did_not_name_it(rows, markup, head, codec):
    (row,) = rows(http(f"HTTP/1.1 200 OK{head}", markup.encode(codec)))
    assert (row["status"], row["content_type"]) == ("ok", "text/html") and PAGE_TEXT in row["text"]


@pytest.mark.parametrize(
    "body", [b"plain words", b"<?xml version='1.0'?><rss><p>words</p></rss>", b'{"a": 1}', b"<!-- ", b"", b"<pre-release> notes"]
)
def test_what_is_no_html_is_not_taken_for_it(rows, body):
    (row,) = rows(http("HTTP/1.1 200 OK", body))
    assert (row["status"], row["error"]) == ("unsupported", "content type unknown")


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/xhtml+xml"])
@pytest.mark.parametrize("body", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"PK\3\4\x14\0\0\0\x08\0", bytes(range(256)) * 4])
def test_bytes_that_are_no_text_are_none_whatever_the_server_says(rows, kind, body):
    (row,) = rows(http(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}", body))
    assert row["status"] == "unsupported" and row["error"].startswith("no text but ") and not row.get("text")


SET_COOKIE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: sid=s3cret;\r\n path=/\r\n\r\n"


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/http"])
@pytest.mark.parametrize("heads", [1, 2])
def test_no_cookie_is_kept_where_the_head_is_stored_as_a_part_of_the_page(rows, kind, heads):
    found = rows(record("https://a.example/x", SET_COOKIE * heads + HTML.encode(), content_type=kind))
    assert [row["status"] for row in found] == ["ok"]
    assert "s3cret" not in str(found) and "HTTP/1.1" not in found[0]["text"]


@pytest.mark.parametrize(
    "text", ["HTTP/1.1 200 OK means that all is well.\nIt is sent first.", "HTTP/1.1 200 OK\n\nIs what a server says."]
)
def test_a_text_about_status_lines_is_kept(text):
    assert read_text(text.encode(), None, False)["text"] == text


def test_a_head_with_bare_line_feeds_keeps_its_page(rows):
    block = b"HTTP/1.1 200 OK\nContent-Type: text/html\nX-Robots-Tag: noindex\n\n" + UNTYPED[0].encode()
    (row,) = rows(record("https://a.example/x", block))
    assert (row["status"], row["robots"]) == ("ok", "noindex") and PAGE_TEXT in row["text"]
    assert row["payload_sha256"] == hashlib.sha256(UNTYPED[0].encode()).hexdigest()


def test_a_field_that_is_there_twice_counts_as_a_list(rows):
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\ncontent-type: text/html; charset=koi8-r\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip"
    body = gzip.compress(gzip.compress("<p>Старый шлюз построили каменщики".encode("koi8-r")))
    (row,) = rows(http(head, body))
    assert (row["status"], row["content_type"], row["charset"]) == ("ok", "text/html", "koi8-r") and "Старый шлюз" in row["text"]


@pytest.mark.parametrize("kind", ["application/pdf", "application/x-pdf", "text/html", "content/unknown"])
def test_a_pdf_document_is_read_whatever_it_is_called(rows, kind):
    (row,) = rows(http(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}", DOCUMENT))
    assert (row["status"], row["content_type"], row["title"]) == ("ok", "application/pdf", MANUAL.headings[0].text)
    assert [row["text"].split("\n")[one["line"]] for one in row["headings"]] == [one.text for one in MANUAL.headings]


def test_a_broken_pdf_document_is_an_error_and_one_of_pictures_is_empty(rows):
    (broken,) = rows(http("HTTP/1.1 200 OK\r\nContent-Type: application/pdf", DOCUMENT[:300]))
    assert broken["status"] == "error" and "no PDF document that can be read" in broken["error"]
    written = io.BytesIO()
    (canvas := Canvas(written)).showPage()
    canvas.save()
    (empty,) = rows(http("HTTP/1.1 200 OK\r\nContent-Type: application/pdf", written.getvalue()))
    assert (empty["status"], empty["error"]) == ("empty", "no text: its pages are pictures")
