"""The records of a crawl file that cannot be read: where each is, what is wrong, and how its bytes begin."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from tierline.crawl.compression import skip_to
from tierline.crawl.stored import UNREADABLE, open_binary, open_decompressed
from tierline.lake import Lake
from tierline.sql import Models

EXCERPT_BYTES = 120
BLOCK_BYTES = 1 << 20
_LINES, _STORED = ("jsonl", "csv", "text", "html", "pdf"), ("warc", "arc", "wacz")  # formats by what their offset counts


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`offset` is a byte of the stored file (WARC, ARC, WACZ: of its member), a row (Parquet), or a byte of the unpacked file, of which
    `line` is the line, from 1.

    `excerpt`: the first bytes, every one that is not printable ASCII escaped; empty if they cannot be had.
    """

    offset: int
    line: int | None
    length: int
    error: str
    excerpt: str
    doc_id: str


def dead_letters(lake: Lake, models: Models, file: str, shard: str) -> Iterator[DeadLetter]:
    """Those of one file, in its order."""
    rows = [row for row in models.run(lake, "unreadable_records", shards=[shard]).to_pylist() if row["file"] == file]
    lines = _lines(file, [row["source_offset"] for row in rows]) if rows and rows[0]["format"] in _LINES else {}
    for row in rows:
        place = row["source_offset"], lines.get(row["source_offset"]), row["source_length"]
        yield DeadLetter(*place, row["error"], _excerpt(row), row["doc_id"])


def _lines(file: str, offsets: list[int]) -> dict[int, int]:
    """Offset -> number of the line that begins there, as far as the file can be read."""
    found: dict[int, int] = {}
    position, line = 0, 1
    try:
        with open_decompressed(file) as opened:
            for offset in offsets:
                while position < offset and (block := opened.read(min(BLOCK_BYTES, offset - position))):
                    position += len(block)
                    line += block.count(b"\n")
                if position == offset:
                    found[offset] = line
    except UNREADABLE:
        pass  # it has changed, or ends within a compressed block: offsets are all there is
    return found


def _excerpt(row: dict[str, Any]) -> str:
    try:
        if row["format"] in _LINES:
            with open_decompressed(row["source_uri"]) as opened:
                skip_to(opened, row["source_offset"])
                return _escaped(opened.read(min(EXCERPT_BYTES, row["source_length"] or EXCERPT_BYTES)))
        if row["format"] in _STORED:
            with open_binary(row["source_uri"]) as opened:
                opened.seek(row["source_offset"])
                return _escaped(_record_start(opened))
    except UNREADABLE:
        pass
    return ""


def _record_start(opened: IO[bytes]) -> bytes:
    data = opened.read(4 * EXCERPT_BYTES)
    if data.startswith(b"\x1f\x8b"):
        try:
            return zlib.decompressobj(31).decompress(data, EXCERPT_BYTES)
        except zlib.error:
            pass  # what is stored says why
    return data[:EXCERPT_BYTES]


def _escaped(data: bytes) -> str:
    return ascii(data)[2:-1]
