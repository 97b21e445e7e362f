"""What people read: tables laid out as text, and text of the crawl made harmless before anything shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

# Characters that are not text but change what a terminal or browser does with the text around them: C0 and C1 controls (escape
# sequences begin with one), bidirectional overrides and isolates, line separators, invisible format characters, lone surrogates.
# Unicode's categories Cc, Cf, Cs, Zl and Zp but for the signs among them that have a glyph (Arabic number signs and their like).
_CONTROLS = (
    "\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    # and what is a letter or a mark to Unicode and shows nothing: fillers, the empty braille cell, joiners, variation selectors
    "\u034f\u115f\u1160\u2800\u3164\uffa0\U000e0100-\U000e01ef"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)
_UNSAFE = re.compile(f"[{_CONTROLS}]")
_UNSAFE_IN_BLOCK = re.compile(f"(?![\n\t])[{_CONTROLS}]")
_JOINERS = "\u200c\u200d"  # Persian, Indic scripts and emoji are misspelled without them


def printable(text: str, block: bool = False) -> str:
    r"""The text with every control and format character written out, as `\x1b` or `\u202e`: what is shown is what is there.

    A joiner between two characters beyond ASCII stays. A `block` keeps its line breaks and tabs; otherwise the result is one line.
    """
    if text.isascii() and text.isprintable():
        return text
    return (_UNSAFE_IN_BLOCK if block else _UNSAFE).sub(_escape, text)


def is_shown(text: str) -> bool:
    """Whether a reader sees a letter or a digit of it."""
    return any(map(str.isalnum, _UNSAFE.sub("", text)))


def shortened(text: str, limit: int) -> str:
    """The text with runs of white space as one space, cut to `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def one_line(text: str, limit: int) -> str:
    """The same, printable."""
    return printable(shortened(text, limit))


@dataclass(frozen=True, slots=True)
class TextTable:
    """Rows of text below heads. Columns of numbers stand at the right; the first column and those in `words` at the left."""

    heads: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    words: frozenset[int] = frozenset()

    def is_words(self, column: int) -> bool:
        """Whether a column stands at the left."""
        return column == 0 or column in self.words


def plain_table(table: TextTable) -> str:
    """Aligned columns without lines or color, as wide as their longest cell: for pipes, logs and files."""
    lines = [[printable(cell) for cell in row] for row in (table.heads, *table.rows)]
    widths = [max(cell_len(line[column]) for line in lines) for column in range(len(table.heads))]

    def aligned(column: int, cell: str) -> str:
        space = " " * (widths[column] - cell_len(cell))
        return cell + space if table.is_words(column) else space + cell

    return "\n".join("  ".join(aligned(column, cell) for column, cell in enumerate(line)).rstrip() for line in lines)


def markdown_table(table: TextTable) -> str:
    """The same as Markdown, for metadata of assets; nothing in a cell is taken for markup."""
    marks = ["---" if table.is_words(column) else "---:" for column in range(len(table.heads))]
    lines = [_markdown_line(map(_markdown_cell, table.heads)), _markdown_line(marks)]
    return "\n".join([*lines, *(_markdown_line(map(_markdown_cell, row)) for row in table.rows)])


def duration(seconds: float) -> str:
    """Seconds in the unit that reads best."""
    for unit, size in (("years", 365 * 86_400.0), ("days", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:.1f} s"


def _escape(found: re.Match[str]) -> str:
    text, start, end = found.string, found.start(), found.end()
    character, before, after = found[0], text[max(0, start - 1) : start], text[end : end + 1]
    if character in _JOINERS and before and after and not (before.isascii() or after.isascii()):
        return character
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(character) or _code(ord(character))


def _code(point: int) -> str:
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def _markdown_line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _markdown_cell(cell: str) -> str:
    return re.sub(r"([\\`*_\[\]|#~])", r"\\\1", printable(cell)).replace("&", "&amp;").replace("<", "&lt;")
