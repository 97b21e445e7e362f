"""Makes of the lines of a PDF document a text with headings: furniture of the pages left out, paragraphs joined, code and tables kept."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, islice, pairwise
from typing import NamedTuple

from tierline.pdf.lines import HYPHEN, MARK, Bookmark, Font, Line

EDGE_LINES = 2  # first and last lines of a page, among which its running heads and numbers are
REPEATED_PAGES = 3  # that a running head stands on, at the least
SAME_PLACE = 3.0  # points
LARGER = 1.08  # than the font of the body: a heading
HEADING_WORDS = 16
LEVELS = 6
LINES_OF_ONE = (1, 2, 3)  # of a heading
NEXT_LINE = 1.3  # leadings to the next line of the same paragraph, at the most
LETTER = 0.6  # of the size of a font with letters of one width, as Courier has them
HEADER_WIDTH = 0.6  # of the row below that the first row of a table has at the least
FULL_WIDTH = 0.85  # of the width of the body that a line reaches which goes on in the next one
ITEM = re.compile(rf"(?:{MARK.pattern})\s")
LEADERS = "...."  # from a title of a table of contents to its page
PAGE_LETTERS = "0123456789ivxlc"
NUMBER = re.compile(r"(?<![\d.,])[0-9]{1,4}(?![\d,]|\.\d)")  # of a page, maybe
NUMBERS_OF_LINE = 4

_Key = str | int


class PdfText(NamedTuple):
    """The text of a document, and its headings: (number of a line, from 0; level, 1 to 6), in order."""

    text: str
    headings: list[tuple[int, int]]


class _Piece(NamedTuple):
    """Lines that belong together, as one text; `level` is 0 but for a heading."""

    lines: list[Line]
    level: int

    @property
    def last(self) -> Line:
        return self.lines[-1]


def text_of(pages: Sequence[Sequence[Line]], outline: Sequence[Bookmark]) -> PdfText:
    """The text of all pages.

    Headings are the lines that the outline names. The others are those in larger letters than most of the text, or in bold letters on a
    line of their own; their levels follow the order of the fonts.
    """
    lines = _set_in([line for page in _without_furniture(pages) for line in page if not _is_contents(line.text)])
    if not lines:
        return PdfText("", [])
    body = _body_font(lines)
    levels = _levels(lines, body, outline)
    parts: list[str] = []
    headings: list[tuple[int, int]] = []
    at = 0
    words = {_bare(word) for line in lines for word in line.text.split()}
    for piece in _pieces(lines, levels, body):
        text = _joined(piece, words)
        if piece.level:
            headings.append((at, piece.level))
        parts.append(text)
        at += text.count("\n") + 1
    return PdfText("\n".join(parts), headings)


def _without_furniture(pages: Sequence[Sequence[Line]]) -> Iterator[list[Line]]:
    """The pages without running heads and page numbers: what stands at the same place of several pages, and what has a number there that
    grows with the pages."""
    found: dict[_Key, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for page in pages:
        for line in _edges(page):
            for key in _keys(line):
                for place in _places(line):
                    found[key][place].add(line.page)
    least = max(2, min(REPEATED_PAGES, len(pages)))

    def is_furniture(line: Line) -> bool:
        return any(len(found[key][_places(line)[1]]) >= least for key in _keys(line))

    for page in pages:
        outer = set(map(id, _edges(page)))
        yield [line for line in page if id(line) not in outer or not is_furniture(line)]


def _edges(page: Sequence[Line]) -> list[Line]:
    """The highest and lowest lines."""
    by_height = sorted(page, key=lambda line: line.baseline)
    return by_height[:EDGE_LINES] + by_height[EDGE_LINES:][-EDGE_LINES:]


def _keys(line: Line) -> list[_Key]:
    """By what a line is known on other pages: its words, and how far each number in it is from the number of its page."""
    return [line.text, *(int(number) - line.page for number in islice(NUMBER.findall(line.text), NUMBERS_OF_LINE))]


def _places(line: Line) -> tuple[int, int, int]:
    """The stripe of the page in which it stands, in the middle, and those beside it."""
    stripe = int(line.baseline // SAME_PLACE)
    return stripe - 1, stripe, stripe + 1


def _is_contents(text: str) -> bool:
    """Whether a line of a table of contents leads to a page."""
    title = text.rstrip().rstrip(PAGE_LETTERS)
    return len(title) < len(text.rstrip()) and title.replace(" ", "").endswith(LEADERS)


def _set_in(lines: Sequence[Line]) -> list[Line]:
    """The lines, those of code behind the spaces by which they are set in."""
    found: list[Line] = []
    for is_code, run in groupby(lines, key=lambda line: line.font.mono):
        block = list(run)
        left = min(line.left for line in block)
        for line in block:
            spaces = round((line.left - left) / (LETTER * line.font.size)) if is_code else 0
            found.append(replace(line, cells=(" " * spaces + line.text,)) if spaces else line)
    return found


def _body_font(lines: Sequence[Line]) -> Font:
    counts: Counter[Font] = Counter()
    for line in lines:
        counts[line.font] += len(line.text)
    prose = {font: count for font, count in counts.items() if not font.mono}
    return max((prose or counts).items(), key=lambda item: item[1])[0]


def _levels(lines: Sequence[Line], body: Font, outline: Sequence[Bookmark]) -> dict[int, int]:
    """Level of each line, by its number, that is a heading or a part of one."""
    named = _named(lines, outline)
    if named:
        return named
    likely = [number for number in range(len(lines)) if _looks_like_one(lines, number, body)]
    fonts = sorted({(lines[number].font.size, lines[number].font.bold) for number in likely}, reverse=True)
    ranks = {font: min(rank, LEVELS) for rank, font in enumerate(fonts, 1)}
    return {number: ranks[lines[number].font.size, lines[number].font.bold] for number in likely}


def _named(lines: Sequence[Line], outline: Sequence[Bookmark]) -> dict[int, int]:
    """The lines that bookmarks name, on their pages; a heading may go on in a second and a third line."""
    on_page: dict[int, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        on_page[line.page].append(number)
    letters = [_letters(line.text) for line in lines]
    found: dict[int, int] = {}
    for mark in outline:
        wanted = _letters(mark.text)
        near = (number for page in (mark.page, mark.page + 1) for number in on_page.get(page, ()))  # it may lead to just before
        runs = (range(number, number + length) for number in near for length in LINES_OF_ONE)
        run = next((run for run in runs if _names("".join(letters[run.start : run.stop]), wanted) and not found.keys() & set(run)), None)
        if run is not None:
            found |= dict.fromkeys(run, min(mark.level, LEVELS))
    return found


def _names(text: str, wanted: str) -> bool:
    """Whether the letters of lines are those of a bookmark, with or without the number before it."""
    return bool(wanted) and (text == wanted or text.lstrip("0123456789") == wanted.lstrip("0123456789") != "")


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _looks_like_one(lines: Sequence[Line], number: int, body: Font) -> bool:
    line = lines[number]
    if line.font.mono or len(line.cells) > 1 or len(line.text.split()) > HEADING_WORDS or not any(map(str.isalpha, line.text)):
        return False
    if line.font.size > LARGER * body.size:
        return True
    below = lines[number + 1] if number + 1 < len(lines) else None
    is_own = line.font.bold and not body.bold and line.font.size >= body.size and line.text[-1] not in ".:;,"
    return is_own and below is not None and not _is_header(line, below)


def _is_header(line: Line, below: Line) -> bool:
    """Whether a line is the first row of a table, whose cells have no gap between: as wide as the cells below it."""
    return len(below.cells) > 1 and line.right >= below.left + HEADER_WIDTH * (below.right - below.left)


def _pieces(lines: Sequence[Line], levels: dict[int, int], body: Font) -> Iterator[_Piece]:
    """Paragraphs, headings, and single lines of code and tables."""
    right = max(line.right for line in lines if line.font == body)
    left = min(line.left for line in lines if line.font == body)
    leadings = _leadings(lines)
    piece: _Piece | None = None
    for number, line in enumerate(lines):
        level = levels.get(number, 0)
        if piece is not None and piece.level == level and _goes_on(piece, line, leadings, left + FULL_WIDTH * (right - left)):
            piece.lines.append(line)
            continue
        if piece is not None:
            yield piece
        piece = _Piece([line], level)
    if piece is not None:
        yield piece


def _leadings(lines: Sequence[Line]) -> dict[Font, float]:
    """From one baseline to the next within paragraphs of a font: what is most common."""
    steps: dict[Font, Counter[float]] = defaultdict(Counter)
    for above, line in pairwise(lines):
        if above.font == line.font and above.page == line.page and above.baseline > line.baseline:
            steps[line.font][round(above.baseline - line.baseline, 1)] += 1
    return {font: min(counts, key=lambda step: (-counts[step], step)) for font, counts in steps.items()}


def _goes_on(piece: _Piece, line: Line, leadings: dict[Font, float], full: float) -> bool:
    """Whether a line belongs to the paragraph or heading before it."""
    above = piece.last
    if line.font != above.font or line.font.mono or len(line.cells) > 1 or len(above.cells) > 1 or ITEM.match(line.text):
        return False
    if above.text.endswith(HYPHEN):
        return True
    if line.page != above.page:
        return not piece.level and above.right >= full and line.text[:1].islower()
    step = above.baseline - line.baseline
    close = 0 < step <= NEXT_LINE * leadings.get(line.font, line.font.size * NEXT_LINE)
    return close and (bool(piece.level) or above.right >= full)


def _joined(piece: _Piece, words: Container[str]) -> str:
    """Its lines in one. A word that a hyphen parts is whole again; with the hyphen where the document has it so elsewhere."""
    text = ""
    for line in piece.lines:
        if text.endswith(HYPHEN):
            first, second = (text[:-1].split() or [""])[-1], line.text.split(maxsplit=1)[0]
            text = text[:-1] + ("-" if _bare(f"{first}-{second}") in words and _bare(first + second) not in words else "")
        elif text:
            text += " "
        text += line.text
    return text.replace(HYPHEN, "-")


def _bare(word: str) -> str:
    return word.casefold().strip(".,;:!?()[]\"'“”‘’")
