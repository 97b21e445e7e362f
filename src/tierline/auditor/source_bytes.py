"""The bytes that a page was read from, as text and as numbers, a stretch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from tierline.errors import BadInput

STRETCH = 4_096  # bytes on a page
LINE = 16


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes from `first` on of `whole`; `lines` are (offset, hex digits, letters)."""

    first: int
    whole: int
    sha256: str
    text: str
    lines: tuple[tuple[str, str, str], ...]

    @property
    def end(self) -> int:
        """The first byte behind it."""
        return min(self.first + STRETCH, self.whole)


def stretch_of(data: bytes, first: int, charset: str | None) -> Stretch:
    """What a page shows of them. BadInput for a place that is none."""
    if not 0 <= first <= max(0, len(data) - 1):
        raise BadInput("no byte has this number", str(first), f"there are {len(data):,}")
    part = data[first : first + STRETCH]
    return Stretch(first, len(data), sha256(data).hexdigest(), _decoded(part, charset), tuple(_lines(part, first)))


def _decoded(part: bytes, charset: str | None) -> str:
    try:
        return part.decode(charset or "utf-8", "replace")
    except LookupError:
        return part.decode("utf-8", "replace")


def _lines(part: bytes, first: int) -> Iterator[tuple[str, str, str]]:
    for start in range(0, len(part), LINE):
        line = part[start : start + LINE]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in line)
        yield f"{first + start:08x}", line.hex(" "), letters
