"""Decodes an HTTP body: chunks, content codings and charsets, even if the headers are wrong."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable

import brotli
import zstandard
from resiliparse.parse.encoding import bytes_to_str, detect_encoding, map_encoding_to_html5

CHARSET = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]+)", re.I)
META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]+)", re.I)
XML_ENCODING = re.compile(rb"^\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]+)", re.I)
CHUNK_SIZE = re.compile(rb"\r?\n?([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
HEAD_BYTES = 4096  # where HTML must declare its encoding (WHATWG HTML, 4.2.5.4, asks for the first 1024)
MAX_CODINGS = 3  # servers send one, a proxy may add another; more of them are a bomb
MAX_ZSTD_WINDOW = 8 << 20  # the limit of the content coding (RFC 9659); a frame may request gigabytes


class TooLarge(ValueError):
    """A body that decodes to more than the limit: a bomb, or not a page."""


def decode_body(body: bytes, transfer_encoding: str, content_encoding: str, max_bytes: int) -> bytes:
    """The entity that the server meant to send, of at most `max_bytes` after each coding.

    Never holds more than a little over that. Raises TooLarge, or ValueError if an announced coding is there but broken.
    """
    if "chunked" in transfer_encoding.lower():
        body = _join_chunks(body)
    codings = [part.strip().lower() for part in content_encoding.split(",") if part.strip()]
    if len(codings) > MAX_CODINGS:
        raise ValueError(f"{len(codings)} content codings, more than the {MAX_CODINGS} that are undone")
    for coding in reversed(codings):
        body = _decompress(body, coding, max_bytes)
    return body


def decode_text(body: bytes, declared: str | None, html: bool) -> tuple[str, str]:
    """(text, charset used). UTF-8 that decodes wins over any declaration, then the declaration, then detection."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace"), "utf-16"
    try:
        return body.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    candidates = [declared] if declared else []
    if html:
        head = body[:HEAD_BYTES]
        candidates += [match.group(1).decode("ascii") for pattern in (META_CHARSET, XML_ENCODING) if (match := pattern.search(head))]
    for charset in candidates:
        # Python has codecs that no page uses, some slow enough to hang on (punycode); only those that browsers support count.
        if map_encoding_to_html5(charset, False) in (None, "utf-8"):  # UTF-8 just failed
            continue
        try:
            return body.decode("cp1252" if charset.lower() in ("iso-8859-1", "latin1", "latin-1", "us-ascii") else charset), charset.lower()
        except (UnicodeDecodeError, LookupError):
            continue
    charset = detect_encoding(body, html5_compatible=True, from_html_meta=False) or "utf-8"
    return bytes_to_str(body, charset, errors="replace"), charset


def declared_charset(content_type: str) -> str | None:
    """The charset parameter of a Content-Type."""
    match = CHARSET.search(content_type)
    return match.group(1) if match else None


def _join_chunks(body: bytes) -> bytes:
    parts: list[bytes] = []
    position = 0
    while match := CHUNK_SIZE.match(body, position):
        length = int(match.group(1), 16)
        if length == 0:
            return b"".join(parts)
        parts.append(body[match.end() : match.end() + length])
        position = match.end() + length
    # Crawlers that store the decoded body keep the header: a body that does not begin with a chunk is the entity itself.
    return b"".join(parts) if parts else body


def _decompress(body: bytes, coding: str, limit: int) -> bytes:
    if not body:
        return body
    if coding in ("gzip", "x-gzip"):
        return _inflate(body, 31, limit) if body.startswith(b"\x1f\x8b") else body
    if coding == "deflate":
        return _first_that_works(body, lambda data: _inflate(data, 15, limit), lambda data: _inflate(data, -15, limit))
    if coding == "br":
        return _first_that_works(body, lambda data: _unbrotli(data, limit))
    if coding == "zstd":
        return _unzstd(body, limit) if body.startswith(b"\x28\xb5\x2f\xfd") else body
    if coding in ("identity", "none", "utf-8"):
        return body
    raise ValueError(f"unknown content coding {coding!r}")


def _inflate(data: bytes, window: int, limit: int) -> bytes:
    decoder = zlib.decompressobj(window)
    decoded = decoder.decompress(data, limit + 1)
    if not decoded and not decoder.eof:
        raise ValueError("compressed body is cut off before its first byte")
    return _within(decoded, limit)


def _unbrotli(data: bytes, limit: int) -> bytes:
    decoder = brotli.Decompressor()
    parts = [decoder.process(data, output_buffer_limit=limit + 1)]
    while not decoder.is_finished() and sum(map(len, parts)) <= limit and (more := decoder.process(b"", output_buffer_limit=limit + 1)):
        parts.append(more)
    decoded = b"".join(parts)
    if not decoder.is_finished() and len(decoded) <= limit:
        raise ValueError("compressed body is cut off")
    return _within(decoded, limit)


def _unzstd(data: bytes, limit: int) -> bytes:
    decoder = zstandard.ZstdDecompressor(max_window_size=MAX_ZSTD_WINDOW)
    with decoder.stream_reader(data, read_across_frames=True) as reader:
        return _within(reader.read(limit + 1), limit)


def _within(decoded: bytes, limit: int) -> bytes:
    if len(decoded) > limit:
        raise TooLarge(f"it decompresses to more than the {limit} bytes that are read")
    return decoded


def _first_that_works(body: bytes, *decoders: Callable[[bytes], bytes]) -> bytes:
    for decoder in decoders:
        try:
            return decoder(body)
        except TooLarge:
            raise
        except (zlib.error, brotli.error, ValueError):
            continue
    if body.lstrip()[:1] in (b"<", b"{", b"["):
        return body  # stored decoded, header kept
    raise ValueError("the body is not in the content coding that its header names")
