"""Sound crawl files of every format that the readers know, a few records each: what the robustness benchmark damages."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import re
import textwrap
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xxhash
import zstandard
from fastwarc.warc import ArchiveIterator, WarcRecordType
from reportlab.pdfgen.canvas import Canvas

from examples.write_crawl import write_crawl
from tierline.crawl.find import KNOWN, source_format
from tierline.crawl.read import READERS
from tierline.errors import BadInput

PAGE_BYTES = 24_000  # of a page that is taken
PAGES = 60
NATIVE_BYTES = 100_000  # of a file of DIR that is damaged as it is
DATE = "2026-01-15T08:00:00Z"
WIDTH, LINES_OF_PAGE = 90, 50  # of a page of a PDF document
LZ4_DESCRIPTOR = b"\x60\x40"  # independent blocks of at most 64 KiB (LZ4 frame format, version 1.6.4)


@dataclass(frozen=True, slots=True)
class Page:
    """A page as a server sent it."""

    url: str
    html: bytes


@cache
def pages(data: Path, scratch: Path) -> tuple[Page, ...]:
    """Small pages of the crawl below `data`, and of the bundled one."""
    files = [*sorted(data.glob("crawl/*.warc.gz")), *sorted(write_crawl(scratch / "bundled"))]
    found: list[Page] = []
    for file in files:
        found += list(_pages(file))[: PAGES // len(files) + 1]
    return tuple(found)


def _pages(file: Path) -> Iterator[Page]:
    with file.open("rb") as opened:
        for record in ArchiveIterator(opened, record_types=WarcRecordType.response, strict_mode=False):
            body = record.reader.read()
            if b"<" in body[:200] and len(body) <= PAGE_BYTES:
                yield Page(record.headers.get("WARC-Target-URI") or "https://a.example/", body)


def http_response(page: Page) -> bytes:
    """The page behind a status line and headers."""
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(page.html) + page.html


def warc_record(page: Page, number: int, kind: str = "response") -> bytes:
    """One WARC record; a conversion holds the page's text."""
    content = http_response(page) if kind == "response" else plain_text(page).encode()
    media = "application/http; msgtype=response" if kind == "response" else "text/plain"
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{number:012}>\r\n"
        f"WARC-Target-URI: {page.url}\r\nWARC-Date: {DATE}\r\nContent-Type: {media}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content + b"\r\n\r\n"


def arc_record(page: Page, number: int) -> bytes:
    """One ARC record, version 1; the first of a file describes the file."""
    about = b"1 0 Tierline\nURL IP-address Archive-date Content-type Archive-length\n"
    first = b"filedesc://a.arc 0.0.0.0 20260115080000 text/plain %d\n%s\n\n" % (len(about), about)
    content = http_response(page)
    head = f"{re.sub(r'[^!-~]', '', page.url)} 192.0.2.1 20260115080000 text/html {len(content)}\n".encode()
    return (b"" if number else first) + head + content + b"\n"


def json_record(page: Page, number: int) -> bytes:
    """A line of JSON Lines: every other one with HTML."""
    text = page.html.decode("utf-8", "replace")
    content = {"html": text} if number % 2 else {"text": plain_text(page), "metadata": {"lang": "en"}}
    return json.dumps({"id": number, "url": page.url, "timestamp": DATE} | content).encode()


def csv_record(delimiter: str) -> Callable[[Page, int], bytes]:
    """A row of a table, the first one behind the names of its columns."""

    def write(page: Page, number: int) -> bytes:
        stream = io.StringIO()
        writer = csv.writer(stream, delimiter=delimiter, lineterminator="\r\n")
        if not number:
            writer.writerow(("id", "url", "date", "text"))
        writer.writerow((number, page.url, DATE, plain_text(page)))
        return stream.getvalue().encode()

    return write


def plain_text(page: Page) -> str:
    """The page without its markup, roughly."""
    return " ".join(re.sub(r"(?s)<(script|style).*?</\1>|<[^>]*>", " ", page.html.decode("utf-8", "replace")).split())


def pdf_document(text: str) -> bytes:
    """Pages with that text, on lines of WIDTH characters."""
    stream = io.BytesIO()
    canvas = Canvas(stream, invariant=1)
    lines = textwrap.wrap(text.encode("latin-1", "replace").decode("latin-1"), WIDTH) or [" "]
    for first in range(0, len(lines), LINES_OF_PAGE):
        written = canvas.beginText(60, 780)
        written.textLines(lines[first : first + LINES_OF_PAGE])
        canvas.drawText(written)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def parquet_file(records: Sequence[bytes]) -> bytes:
    """Rows of the objects that lines of JSON hold; a record that is none is a row with that text."""
    rows: list[dict[str, str]] = []
    for record in records:
        try:
            value = json.loads(record)
            rows.append({key: item if isinstance(item, str) else json.dumps(item) for key, item in value.items()})
        except (ValueError, AttributeError, RecursionError):
            rows.append({"text": record.decode("utf-8", "replace")})
    stream = io.BytesIO()
    names = ("id", "url", "timestamp", "text", "html", "metadata")
    columns = {name: [_storable(row.get(name)) for row in rows] for name in names}
    pq.write_table(pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}), stream)
    return stream.getvalue()


def _storable(text: str | None) -> str | None:
    return None if text is None else text.encode("utf-8", "replace").decode()


def wacz_file(records: Sequence[bytes]) -> bytes:
    """A ZIP file with one WARC file and what describes it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in (
            ("datapackage.json", b'{"profile": "data-package", "resources": []}'),
            ("archive/data.warc.gz", b"".join(map(gzip_compress, records))),
            ("pages/pages.jsonl", b'{"format": "json-pages-1.0", "id": "pages"}\n'),
        ):
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()


def gzip_compress(data: bytes) -> bytes:
    """Without the time of writing."""
    return gzip.compress(data, mtime=0)


def lz4_compress(data: bytes) -> bytes:
    """An LZ4 frame of blocks that are stored as they are."""
    blocks = [data[start : start + (1 << 16)] for start in range(0, len(data), 1 << 16)]
    check = bytes([xxhash.xxh32(LZ4_DESCRIPTOR).intdigest() >> 8 & 0xFF])
    stored = b"".join((len(block) | 1 << 31).to_bytes(4, "little") + block for block in blocks)
    return b"\x04\x22\x4d\x18" + LZ4_DESCRIPTOR + check + stored + bytes(4)


@dataclass(frozen=True, slots=True)
class Format:
    """How files of one name ending are made. `isolated`: damage within one record cannot reach another one."""

    suffix: str
    record: Callable[[Page, int], bytes]
    pack: Callable[[Sequence[bytes]], bytes]
    single: bool = False  # one record a file
    isolated: bool = False

    @property
    def kind(self) -> str:
        """What the readers call it."""
        return source_format(f"a{self.suffix}") or ""


CODECS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip_compress,
    ".zst": zstandard.compress,
    ".lz4": lz4_compress,
    ".bz2": bz2.compress,
    ".xz": partial(lzma.compress, preset=0),
}
CAPTURES = {
    ".warc": warc_record,
    ".wet": lambda page, number: warc_record(page, number, "conversion"),
    ".wat": lambda page, number: warc_record(page, number, "metadata"),
    ".arc": arc_record,
}
LINES = {".jsonl": json_record, ".ndjson": json_record, ".csv": csv_record(","), ".tsv": csv_record("\t")}
WHOLE = {".parquet": (json_record, parquet_file), ".wacz": (warc_record, wacz_file)}
DOCUMENTS: dict[str, Callable[[Page, int], bytes]] = {
    **dict.fromkeys((".txt", ".log", ".md", ".markdown", ".rst"), lambda page, _: plain_text(page).encode()),
    **dict.fromkeys((".html", ".htm", ".xhtml", ".xht"), lambda page, _: page.html),
    ".pdf": lambda page, _: pdf_document(plain_text(page)),
}


@cache
def formats() -> dict[str, list[Format]]:
    """Format -> every name ending of it that the readers know, compressed in every way that they know. BadInput if they know one that
    nothing here writes."""
    found: dict[str, list[Format]] = {kind: [] for kind in READERS}
    for one in _written():
        if one.kind in found:
            found[one.kind].append(one)
    suffixes = [one.suffix for every in found.values() for one in every]
    unwritten = [kind for kind, every in found.items() if not every]
    unwritten += [word for word in re.findall(r"\.\w+", KNOWN) if not any(word in suffix for suffix in suffixes)]
    if unwritten:
        raise BadInput(f"nothing writes files of {', '.join(unwritten)}", "benchmarks/robust/sound.py", "write a sound one there")
    return found


def _written() -> Iterator[Format]:
    for codec, compress in CODECS.items():
        for suffix, record in CAPTURES.items():
            yield Format(suffix + codec, record, _each(compress), isolated=codec == ".gz")
        for suffix, record in LINES.items():
            ends_line = suffix in (".jsonl", ".ndjson")
            yield Format(suffix + codec, record, _all(compress, b"\n" if ends_line else b""), isolated=ends_line)
        for suffix, (record, pack) in WHOLE.items():
            yield Format(suffix + codec, record, _packed(pack, compress), isolated=True)
        for suffix, record in DOCUMENTS.items():
            yield Format(suffix + codec, record, _all(compress, b""), single=True)


def _each(compress: Callable[[bytes], bytes]) -> Callable[[Sequence[bytes]], bytes]:
    return lambda records: b"".join(map(compress, records))


def _all(compress: Callable[[bytes], bytes], between: bytes) -> Callable[[Sequence[bytes]], bytes]:
    return lambda records: compress(between.join(records))


def _packed(pack: Callable[[Sequence[bytes]], bytes], compress: Callable[[bytes], bytes]) -> Callable[[Sequence[bytes]], bytes]:
    return lambda records: compress(pack(records))


@cache
def native_files(data: Path) -> tuple[Path, ...]:
    """Small crawl files below `data` that other tools wrote."""
    files = (file for file in sorted(data.glob("crawl/native/**/*")) if file.is_file() and file.stat().st_size <= NATIVE_BYTES)
    return tuple(file for file in files if source_format(file.name) in READERS)
