"""Reads the lines of a PDF document as PDFium sees them: their words, their places on the page, and their fonts."""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

BOLD_WEIGHT = 600  # of 400 normal and 700 bold (OpenType, OS/2 usWeightClass)
BOLD_NAME = re.compile(r"bold|black|heavy|semibold|demi", re.I)
MONO_NAME = re.compile(r"mono|courier|consol|typewriter|menlo|cmtt|(?:^|[^a-z])code|fixed", re.I)
FIXED_PITCH, FORCE_BOLD = 1 << 0, 1 << 18  # flags of a font (ISO 32000-1, table 123)
HYPHEN = "\x02"  # at the end of a line: it parts a word
HYPHENS, ENDS = (0x02, 0xFFFE), (0x0A, 0x0D)  # as PDFium writes it, and the ends of lines
SAMPLED = (0.0, 0.25, 0.5, 0.75, 1.0)  # places of a line at which its font is looked up
MARK = re.compile(r"[•◦▪–—*·\uf0b7-]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)]")  # before an item of a list
NAME_BYTES = 256
CELL_GAP = 0.9  # of the size of the font; a space of a justified line has up to some 0.7


@dataclass(frozen=True, slots=True)
class Font:
    """How a line is set; `size` in points, to a tenth."""

    size: float
    bold: bool
    mono: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page: its cells, which are one but in a table, and its place in points from the left and the lower edge of the page."""

    page: int
    cells: tuple[str, ...]
    font: Font
    left: float
    right: float
    baseline: float

    @property
    def text(self) -> str:
        """Its words; those of cells parted by two spaces."""
        return "  ".join(self.cells)


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of the outline: a level from 1, its words, and the page that it leads to."""

    level: int
    text: str
    page: int


def open_pdf(data: bytes) -> pypdfium2.PdfDocument:
    """The document. Raises ValueError for what is none, and for one that asks for a password."""
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as fault:
        reason = "it asks for a password" if getattr(fault, "err_code", None) == pdfium.FPDF_ERR_PASSWORD else "its structure is broken"
        raise ValueError(f"no PDF document that can be read: {reason}") from None


def outline(document: pypdfium2.PdfDocument) -> Iterator[Bookmark]:
    """The bookmarks that lead to a page."""
    for entry in document.get_toc(max_depth=6):
        place = entry.get_dest()
        page = place.get_index() if place is not None else None
        if page is not None and entry.get_title().strip():
            yield Bookmark(entry.level + 1, entry.get_title().strip(), page)


def page_lines(document: pypdfium2.PdfDocument, number: int) -> list[Line]:
    """The lines of a page that have letters or signs, in the order in which the page is read."""
    page = document[number]
    try:
        text = page.get_textpage()
        try:
            return [line for start, end in _runs(text) if (line := _line(text, number, start, end)) is not None]
        finally:
            text.close()
    finally:
        page.close()


def _runs(text: Any) -> Iterator[tuple[int, int]]:
    """(first, behind last) of the characters of each line. PDFium does not end a line behind the hyphen that parts a word."""
    start = 0
    for index in range(count := text.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text, index)
        if code in ENDS or code in HYPHENS:
            yield start, index + (code in HYPHENS)
            start = index + 1
    yield start, count


def _line(text: Any, page: int, start: int, end: int) -> Line | None:
    letters = [_character(pdfium.FPDFText_GetUnicode(text, index)) for index in range(start, end)]
    shown = [index for index, letter in enumerate(letters) if not letter.isspace() and letter != HYPHEN]
    if not shown:
        return None
    middle = start + shown[len(shown) // 2]
    fonts = [_font(text, start + shown[int(place * (len(shown) - 1))]) for place in SAMPLED]
    font = max(fonts, key=fonts.count)
    edges = [_edges(text, start + index) for index in shown]
    cells = ("".join(letters).strip(),) if font.mono else _cells(letters, shown, edges, font.size)
    return Line(page, cells, font, min(left for left, _ in edges), max(right for _, right in edges), _baseline(text, middle))


def _character(code: int) -> str:
    return HYPHEN if code in HYPHENS else chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def _cells(letters: Sequence[str], shown: Sequence[int], edges: Sequence[tuple[float, float]], size: float) -> tuple[str, ...]:
    """The parts of a line between gaps that are wider than any space."""
    gaps = [after[0] - before[1] for before, after in pairwise(edges)]
    starts = [0, *(index for index, gap in zip(shown[1:], gaps, strict=True) if gap > CELL_GAP * size)]
    parts = ("".join(letters[start:end]).split() for start, end in pairwise([*starts, len(letters)]))
    cells = [" ".join(part) for part in parts if part]
    return (f"{cells[0]} {cells[1]}", *cells[2:]) if len(cells) > 1 and MARK.fullmatch(cells[0]) else tuple(cells)


def _edges(text: Any, index: int) -> tuple[float, float]:
    """(left, right) of a character."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    pdfium.FPDFText_GetCharBox(text, index, *map(ctypes.byref, (left, right, bottom, top)))
    return left.value, right.value


def _baseline(text: Any, index: int) -> float:
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(text, index, ctypes.byref(x), ctypes.byref(y))
    return y.value


def _font(text: Any, index: int) -> Font:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(text, index, ctypes.byref(matrix))
    size = pdfium.FPDFText_GetFontSize(text, index) * math.hypot(matrix.c, matrix.d)
    flags, buffer = ctypes.c_int(), ctypes.create_string_buffer(NAME_BYTES)
    pdfium.FPDFText_GetFontInfo(text, index, buffer, NAME_BYTES, ctypes.byref(flags))
    name = buffer.value.decode("utf-8", "replace")
    bold = bool(BOLD_NAME.search(name)) or flags.value & FORCE_BOLD != 0 or pdfium.FPDFText_GetFontWeight(text, index) >= BOLD_WEIGHT
    return Font(round(size, 1), bold, bool(MONO_NAME.search(name)) or flags.value & FIXED_PITCH != 0)
