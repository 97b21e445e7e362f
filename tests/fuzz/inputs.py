"""Makes broken crawl files: sound ones with bytes changed, cut, repeated or spliced, and files of headers that lie."""

import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable

import brotli
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from examples.pages import document

HTML = document("Bridges", ["The old bridge stands since 1894. It was built of granite by two brothers."] * 3).encode()
BODIES = (
    HTML,
    b"",
    b"<",
    b"<table><tr><td>1" * 40,
    b"\xff\xfe<\x00p\x00",
    b'<!doctype html><script type=application/ld+json>{"a": "\\ud800"}</script><p>Some text.',
)
CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
    "gzip, br": lambda data: brotli.compress(gzip.compress(data)),
    "unheard-of": lambda data: data,
}
STATUS_LINES = (b"HTTP/1.1 200 OK", b"HTTP/1.0 404 No", b"HTTP/1.1 99999999999 OK", b"HTTP/1.1 -1 X", b"HTTP/1.1", b"ICY 200 OK")
CONTENT_TYPES = (
    b"text/html",
    b"text/plain; charset=punycode",
    b"text/html; charset=utf-16",
    b"text/html; charset=\xff",
    b"application/pdf",
    b"",
)
LENGTHS = (None, 0, 1, -1, 10**6, 10**30)
DATES = (b"2026-01-15T08:00:00Z", b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00", b"yesterday")
JSON_LINES = (
    '{"text": "Some words of a page.", "url": "https://a.example/1"}',
    '{"text": "\\ud800 half a pair", "url": "\\udfff", "id": 7}',
    '{"html": "<p>A page of its own.</p>", "metadata": {"url": ["x"]}}',
    '{"text": "x", "date": "0001-01-01T00:00:00+14:00", "license": {}}',
    '{"text": 1e999, "url": "http://[::1"}',
    '[1, 2]', "null", "", "{", '{"text": "a', "\x00", "9" * 6000, "[" * 2000,
)  # fmt: skip


def warc_record(body: bytes, coding: str, status: bytes, content_type: bytes, length: int | None, date: bytes, chunked: bool) -> bytes:
    """One response record whose length and headers need not be true."""
    encoded = CODINGS[coding](body)
    if chunked:
        encoded = b"%x\r\n%s\r\nffffffff\r\nlie" % (len(encoded), encoded)
    head = [status, b"Content-Type: " + content_type, b"Content-Encoding: " + coding.encode()]
    content = b"\r\n".join([*head, *([b"Transfer-Encoding: chunked"] if chunked else [])]) + b"\r\n\r\n" + encoded
    lines = [
        b"WARC/1.0",
        b"WARC-Type: response",
        b"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>",
        b"WARC-Target-URI: https://a.example/" + str(len(body)).encode(),
        b"WARC-Date: " + date,
        b"Content-Type: application/http; msgtype=response",
        b"Content-Length: " + str(len(content) if length is None else length).encode(),
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + content + b"\r\n\r\n"


def arc_record(body: bytes, length: int | None, number: int) -> bytes:
    """One ARC record of version 1 or 2 whose length need not be true."""
    content = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body
    more = b" 200 - - 0 a.arc" if number % 2 else b""
    said = len(content) if length is None else length
    return b"http://a.example/%d 192.0.2.1 20260115080000 text/html%s %d\n%s\n" % (number, more, said, content)


def wacz_file(members: list[bytes], method: int) -> bytes:
    """A WACZ file of these WARC files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as file:
        for number, data in enumerate(members):
            file.writestr(f"archive/{number}.warc", data)
    return stream.getvalue()


PACKINGS: dict[str, Callable[[list[bytes]], bytes]] = {
    ".warc": b"".join,
    ".warc.gz": lambda parts: b"".join(map(gzip.compress, parts)),
    ".warc.zst": lambda parts: b"".join(map(zstandard.compress, parts)),
    ".jsonl": b"\n".join,
    ".jsonl.gz": lambda parts: gzip.compress(b"\n".join(parts)),
    ".jsonl.zst": lambda parts: zstandard.compress(b"\n".join(parts)),
}


def parquet_file(rows: int) -> bytes:
    """A sound Parquet file of a few documents."""
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([json.loads(JSON_LINES[0]) | {"n": number} for number in range(rows)]), stream)
    return stream.getvalue()


def damage(data: bytes, edits: list[tuple[str, float, bytes]]) -> bytes:
    """The data with each edit made at its place, a share of the length so far."""
    for kind, place, piece in edits:
        at = int(place * len(data))
        if kind == "cut":
            data = data[:at]
        elif kind == "drop":
            data = data[:at] + data[at + 1 + len(piece) :]
        elif kind == "insert":
            data = data[:at] + piece + data[at:]
        elif kind == "repeat":
            data = data[:at] + data[max(0, at - 64) : at] * 3 + data[at:]
        else:
            data = data[:at] + piece + data[at + len(piece) :]
    return data
