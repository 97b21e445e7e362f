"""Undoes the chunks and content codings of an HTTP body as it has them, even if its head says otherwise, and reads its Content-Type."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO

import brotli
import zstandard

from tierline.crawl.binary import NotText, refuse_controls, refuse_formats
from tierline.crawl.charset import wide_charset
from tierline.crawl.compression import MAGIC, Unpacked

MEDIA_TYPE = re.compile(r"[\s\"']{0,9}([\w.+-]{1,99}/[\w.+-]{1,99})[\s\"']{0,9}(?:[;,\s]|$)")
CHARSET = re.compile(r"(?:^|[\s;,\"'])charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]+)", re.I)
LIST_ITEM = re.compile(r"(?:\"[^\"]*\"|[^,])+")
CHUNK_SIZE = re.compile(rb"(?:\r?\n)?[ \t]{0,9}([0-9a-fA-F]{1,16})[ \t]{0,9}(?:;[^\r\n]{0,999})?\r?\n")
LATER_CHUNK = re.compile(rb"\r?\n([0-9a-fA-F]{1,8})[ \t]{0,9}(?:;[^\r\n]{0,999})?\r?\n")
MARKUP = re.compile(rb"(?:\xef\xbb\xbf|\s){0,9}(?:<|\x1f\x8b)")  # or what is compressed
MAX_CODINGS = 3  # servers send one, a proxy may add another; more of them are a bomb
MAX_ZSTD_WINDOW = 8 << 20  # the limit of the content coding (RFC 9659); a frame may request gigabytes
# Behind what a script prints before it begins to pack: the byte order marks and blank lines of the files that it consists of.
GZIP = re.compile(rb"(?:\xef\xbb\xbf|[\r\n]){0,9}(?=\x1f\x8b\x08)")
_ZLIB = re.compile(rb"[\x08-\x78][\x01\x5e\x9c\xda]")
BLOCK_BYTES = 1 << 16


class TooLarge(ValueError):
    """A body that decodes to more than the limit: a bomb, or not a page."""


def media_type(content_type: str) -> tuple[str, str | None]:
    """(type in lower case, label of its charset) of a Content-Type, which may be a list; "" for no type.

    The last valid type counts, and keeps the charset of an equal one before it (WHATWG Fetch, "extract a MIME type").
    """
    found, charset = "", None
    for item in LIST_ITEM.findall(content_type):
        kind, label = MEDIA_TYPE.match(item), CHARSET.search(item)
        if kind and kind.group(1).lower() != found:
            found, charset = kind.group(1).lower(), None
        charset = label.group(1) if label else charset
    return found, charset


def decode_body(body: bytes, transfer_encoding: str, content_encoding: str, max_bytes: int) -> bytes:
    """The entity that the server meant to send, of at most `max_bytes` after each coding.

    What the body is counts before what its head says: chunks and codings may be announced and not there, or there and not announced; a
    coding that does not exist is none. Never holds more than a little over the limit. Raises TooLarge, or ValueError if an announced
    coding is there but broken.
    """
    if "chunked" in transfer_encoding.lower() or _begins_with_chunk(body):
        body = _join_chunks(body)
    codings = [coding for item in content_encoding.split(",") if (coding := item.partition(";")[0].strip(" \t\"'[]").lower()) in DECODERS]
    if len(codings) > MAX_CODINGS:
        raise ValueError(f"{len(codings)} content codings, more than the {MAX_CODINGS} that are undone")
    for coding in reversed(codings or [UNSAID]):
        body = _undo(body, coding, max_bytes)
    for _ in range(MAX_CODINGS - max(1, len(codings))):  # a proxy that compresses once more says so as seldom as others
        if not (before := GZIP.match(body)):
            break
        body = _gunzip(body[before.end() :], max_bytes)
    return body


def _begins_with_chunk(body: bytes) -> bool:
    """Whether a size stands before the body that fits it: another follows, or markup begins and is cut off. A number in a text fits the
    next line by chance: where no markup begins, all of the body must be chunks."""
    size = CHUNK_SIZE.match(body)
    if size is None or not (length := int(size.group(1), 16)):
        return False
    end, begins = size.end() + length, bool(MARKUP.match(body, size.end()))
    if end > len(body):
        return begins
    return bool(LATER_CHUNK.match(body, end)) if begins else _is_all_chunks(body)


def _is_all_chunks(body: bytes) -> bool:
    """Whether each size is followed by its chunk and the next size, up to that of nothing, behind which are at most fields."""
    position = 0
    while size := CHUNK_SIZE.match(body, position):
        if not (length := int(size.group(1), 16)):
            return all(b":" in line for line in body[size.end() :].split(b"\n") if line.strip())
        position = size.end() + length
    return False


def _join_chunks(body: bytes) -> bytes:
    """The data without its sizes. Where no size follows a chunk, the next one that fits is looked for, so that nothing is lost."""
    parts: list[bytes] = []
    position = 0
    while size := CHUNK_SIZE.match(body, position):
        length = int(size.group(1), 16)
        if length == 0:
            return b"".join(parts)
        position = size.end() + length
        if body[position : position + 4].strip() and not CHUNK_SIZE.match(body, position):
            position = _next_size(body, size.end())
        parts.append(body[size.end() : position])
    # Crawlers that store the decoded body keep the header: a body that does not begin with a chunk is the entity itself.
    return b"".join(parts) if parts else body


def _next_size(body: bytes, start: int) -> int:
    for size in LATER_CHUNK.finditer(body, start):
        length = int(size.group(1), 16)
        if length == 0 or body.startswith((b"\r\n", b"\n"), size.end() + length):
            return size.start()
    return len(body)


def _undo(body: bytes, coding: str, limit: int) -> bytes:
    if before := GZIP.match(body):
        return _gunzip(body[before.end() :], limit)
    if MAGIC["zst"].match(body):
        return _unzstd(body, limit)
    if coding == UNSAID and not _may_be_zlib(body):
        return body
    decoded = next(_decodings(DECODERS[coding] if body else (), body, limit), None)
    if decoded is not None:
        return decoded
    if not body or _is_text(body):
        return body  # stored decoded, header kept
    for decoded in _decodings((_inflate,) if coding == UNSAID else (_inflate, _inflate_raw, _unbrotli), body, limit):
        if len(decoded) >= len(body) and _is_text(decoded):
            return decoded
    if coding in ("deflate", "br"):
        raise ValueError("the body is not in the content coding that its header names")
    return body


def _may_be_zlib(body: bytes) -> bool:
    """Whether the body begins with a header of zlib (RFC 1950, 2.2)."""
    return len(body) > 1 and body[0] & 0x8F == 8 and int.from_bytes(body[:2]) % 31 == 0


def _decodings(decoders: Iterable[Callable[[bytes, int], bytes]], body: bytes, limit: int) -> Iterator[bytes]:
    """What each decoder makes of the body, if it makes anything of it. Raises TooLarge."""
    for decoder in decoders:
        try:
            yield decoder(body, limit)
        except TooLarge:
            raise
        except (zlib.error, brotli.error, ValueError):
            continue


def _is_text(body: bytes) -> bool:
    try:
        refuse_formats(body)
        if wide_charset(body, None):
            return True
        refuse_controls(body)
        return body.lstrip()[:1] in (b"", b"<", b"{", b"[") or (b"\0" not in body and bool(body.decode()))
    except (NotText, UnicodeDecodeError):
        return False


def _gunzip(body: bytes, limit: int) -> bytes:
    """All members; of one that is cut off what is there, and nothing of what follows the last one and is none.

    A wrong checksum or length at the end of a member costs nothing: servers write them, and browsers do not look at them.
    """
    parts: list[bytes] = []
    size = 0
    file = Unpacked(BytesIO(body), "gz")
    try:
        while size <= limit and (part := file.read(BLOCK_BYTES)):
            parts.append(part)
            size += len(part)
    except EOFError:
        if not parts:
            raise ValueError("compressed body is cut off before its first byte") from None
    except zlib.error as error:
        if not (parts and str(error).endswith("incorrect header check")):
            raise
    return _within(b"".join(parts), limit)


def _inflate(data: bytes, limit: int) -> bytes:
    return _inflated(15, data, limit)


def _inflate_raw(data: bytes, limit: int) -> bytes:
    return _inflated(-15, data, limit)


def _inflated(window: int, data: bytes, limit: int) -> bytes:
    decoder = zlib.decompressobj(window)
    decoded = decoder.decompress(data, limit + 1)
    while decoder.eof and _ZLIB.match(rest := decoder.unused_data) and window > 0 and len(decoded) <= limit:  # streams behind each other
        decoder = zlib.decompressobj(window)
        try:
            decoded += decoder.decompress(rest, limit + 1 - len(decoded))
        except zlib.error:
            break  # no stream
    if not decoded and not decoder.eof:
        raise ValueError("compressed body is cut off before its first byte")
    return _within(decoded, limit)


def _unbrotli(data: bytes, limit: int) -> bytes:
    decoder = brotli.Decompressor()
    parts = [decoder.process(data, output_buffer_limit=limit + 1)]
    while not decoder.is_finished() and sum(map(len, parts)) <= limit and (more := decoder.process(b"", output_buffer_limit=limit + 1)):
        parts.append(more)
    decoded = b"".join(parts)
    if not decoded and not decoder.is_finished():
        raise ValueError("compressed body is cut off before its first byte")
    return _within(decoded, limit)


def _unzstd(data: bytes, limit: int) -> bytes:
    decoder = zstandard.ZstdDecompressor(max_window_size=MAX_ZSTD_WINDOW)
    with decoder.stream_reader(data, read_across_frames=True) as reader:
        return _within(reader.read(limit + 1), limit)


def _within(decoded: bytes, limit: int) -> bytes:
    if len(decoded) > limit:
        raise TooLarge(f"it decompresses to more than the {limit} bytes that are read")
    return decoded


UNSAID = "identity"
# Content codings, and what undoes each where no magic number tells. `deflate` is zlib's format, and from some servers the bare data.
DECODERS: dict[str, tuple[Callable[[bytes, int], bytes], ...]] = {
    UNSAID: (),
    "gzip": (),
    "x-gzip": (),
    "deflate": (_inflate, _inflate_raw),
    "br": (_unbrotli,),
    "zstd": (),
}
