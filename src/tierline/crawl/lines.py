"""Splits a file into lines, of as many bits a unit as its first line has, and says where each begins; none is held that is too long."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import IO, Any

from tierline.crawl.row_bounds import Bound, rest_is_not_read
from tierline.crawl.stored import UNREADABLE

BLOCK_BYTES = 1 << 20
SAMPLE_BYTES = 1 << 16  # in which the first line ends, unless it is so long that nothing is said about the others
MAX_LINE_BYTES = 1 << 30  # after a longer line nothing is searched
_NARROW_LINE = re.compile(rb'\n\{"')
_RETURN = re.compile(rb'\}[ \t]{0,9}\r\{"')  # between lines that end as on the old Macintosh
_BEFORE_JSON = "\ufeff \t\r\n"


def bounded_lines(file: IO[bytes], limit: int, bound: Bound, newline: bytes = b"") -> Iterator[tuple[int, bytes | dict[str, Any]]]:
    """(offset, line with its end), or the fields of an error row: for a line longer than `limit`, and for the rest of a file that is
    damaged, cut off or larger than its bound. `newline`: what ends a line, where that is known before. Raises what says that nothing of the
    file can be read."""
    offset = 0
    lines = iter(_lines(file, limit, newline))
    while True:
        try:
            line = next(lines, None)
        except UNREADABLE as error:
            if offset == 0 and not isinstance(error, EOFError):
                raise
            said = f"truncated: {error}" if isinstance(error, EOFError) else f"unreadable file: {error}; what is behind this is not read"
            yield offset, {"source_length": 0, "status": "error", "error": said}
            return
        if line is None:
            return
        length = line if isinstance(line, int) else len(line)
        if offset + length > bound.size:
            yield offset, {"source_length": 0, "status": "error", "error": rest_is_not_read(bound)}
            return
        if isinstance(line, int):
            error = f"line of {line} bytes, more than the {limit} that are read"
            yield offset, {"source_length": line, "status": "error", "error": error}
        else:
            yield offset, line
        offset += length


def _lines(file: IO[bytes], limit: int, newline: bytes) -> Iterator[bytes | int]:
    """Each line with its end; a line longer than `limit` as its length only, and a run of blank lines as one."""
    pending: list[bytes] = []
    held = passed = 0  # bytes of the line so far: kept, or only counted
    read = getattr(file, "read1", file.read)  # `read` of a buffer keeps back what precedes the place where a file is cut
    first: bytes = read(BLOCK_BYTES)
    newline = newline or _newline(first[:SAMPLE_BYTES])
    for block in _whole_units(chain((first,), iter(partial(read, BLOCK_BYTES), b"")), len(newline)):
        if block.isspace() and not pending and not passed:
            yield block
            continue
        start = 0
        while start < len(block):
            end = _line_end(block, start, newline)
            piece = block[start : end or len(block)]
            start += len(piece)
            if passed or held + len(piece) > limit:
                passed, held, pending = passed + held + len(piece), 0, []
                if passed > MAX_LINE_BYTES:
                    raise EOFError(f"a line of more than {MAX_LINE_BYTES} bytes; nothing behind its start is read")
            else:
                pending.append(piece)
                held += len(piece)
            if end:
                yield passed or b"".join(pending)
                pending, held, passed = [], 0, 0
    if passed or pending:
        yield passed or b"".join(pending)


def _whole_units(blocks: Iterator[bytes], width: int) -> Iterator[bytes]:
    """The same bytes in blocks that cut no unit of so many bytes."""
    if width == 1:
        yield from blocks
        return
    rest = b""
    for block in blocks:
        found = rest + block
        whole = len(found) - len(found) % width
        rest = found[whole:]
        if whole:
            yield found[:whole]
    if rest:
        yield rest


def _line_end(block: bytes, start: int, newline: bytes) -> int:
    """Where the line ends that begins at `start`, 0 if that is not in the block, which begins with a whole unit."""
    at = block.find(newline, start)
    while at % len(newline) and at >= 0:
        at = block.find(newline, at + 1)
    return at + len(newline) if at >= 0 else 0


def _newline(sample: bytes) -> bytes:
    """A line feed of JSON Lines that have 16 or 32 bits a unit, by the first four bytes (RFC 4627, 3) and by what the second line begins
    with, if there is one; of anything else one byte."""
    encoding = json.detect_encoding(sample[:4])
    if encoding in ("utf-16", "utf-32"):
        encoding += "-be" if sample.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)) else "-le"
    if not encoding.startswith(("utf-16", "utf-32")) or _NARROW_LINE.search(sample):
        return b"\r" if b"\n" not in sample and _RETURN.search(sample) else b"\n"
    newline = "\n".encode(encoding)
    end = _line_end(sample, 0, newline)
    if not end and len(sample) == SAMPLE_BYTES:
        return b"\n"
    starts = sample[:4], sample[end : end + len(newline)] if end else b""
    is_wide = all(start.decode(encoding, "replace").strip(_BEFORE_JSON)[:1] in ("", "{") for start in starts)
    return newline if is_wide else b"\n"
