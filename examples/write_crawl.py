"""Writes the bundled crawl as WARC files, identical to the byte every time."""

from __future__ import annotations

import gzip
import sys
import zlib
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import brotli
import zstandard
from fastwarc.warc import WarcRecord, WarcRecordType

from examples.pages import Page, all_pages

FIRST_FETCH = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
TRUNCATED_GROUP = "talk"  # its last record is cut off in the middle
TRUNCATED_URL = "https://mirror.example/cut-off"


def write_crawl(folder: Path) -> list[Path]:
    """One .warc.gz for each site group; returns their paths. Existing files of the same name are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    groups: dict[str, list[Page]] = {}
    for entry in all_pages():
        groups.setdefault(entry.group, []).append(entry)
    return [_write(folder / f"{group}.warc.gz", pages, cut=group == TRUNCATED_GROUP) for group, pages in groups.items()]


def response(entry: Page) -> bytes:
    """The HTTP response as a server would send it."""
    body = _encode(entry.body, entry.encoding)
    headers = [f"HTTP/1.1 {entry.status} {'OK' if entry.status == 200 else 'Not Found'}", f"Content-Type: {entry.content_type}"]
    if entry.encoding:
        headers.append(f"Content-Encoding: {entry.encoding}")
    if entry.chunked:
        headers.append("Transfer-Encoding: chunked")
        half = len(body) // 2
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:])) + b"0\r\n\r\n"
    else:
        headers.append(f"Content-Length: {len(body)}")
    return "\r\n".join(headers).encode() + b"\r\n\r\n" + body


def _write(path: Path, pages: list[Page], cut: bool) -> Path:
    members = [_record(entry, number) for number, entry in enumerate(pages)]
    if cut:
        last = Page(TRUNCATED_URL, "truncated", pages[0].body * 3, pages[0].fate, pages[0].group)
        whole = _record(last, len(pages))
        members.append(whole[: len(whole) // 2])
    path.write_bytes(b"".join(members))
    return path


def _record(entry: Page, number: int) -> bytes:
    """A gzip member of its own, as WARC asks, with no time of writing in it."""
    record = WarcRecord()
    record.init_headers(WarcRecordType.response, f"uuid:00000000-0000-4000-8000-{zlib.crc32(entry.url.encode()):012d}".encode())
    record.headers["WARC-Target-URI"] = entry.url
    record.headers["WARC-Date"] = (FIRST_FETCH + timedelta(seconds=30 * number)).strftime("%Y-%m-%dT%H:%M:%SZ")
    record.set_bytes_content(response(entry))
    record.headers["Content-Type"] = "application/http; msgtype=response"
    stream = BytesIO()
    record.write(stream, checksum_data=True)
    return gzip.compress(stream.getvalue(), mtime=0)


def _encode(body: bytes, encoding: str) -> bytes:
    encoders = {
        "": lambda data: data,
        "gzip": lambda data: gzip.compress(data, mtime=0),
        "deflate": zlib.compress,
        "br": brotli.compress,
        "zstd": zstandard.ZstdCompressor().compress,
    }
    return encoders[encoding](body)


if __name__ == "__main__":
    for written in write_crawl(Path(sys.argv[1] if len(sys.argv) > 1 else ".tierline/demo-crawl")):
        print(written)
