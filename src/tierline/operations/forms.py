"""Restores the form of lists, headings and tables as Markdown writes it; no word changes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tierline.operations.document import Document
from tierline.operations.operation import Kind, Operation, Rule

_BULLET = re.compile(r"[ \t]{0,4}(?P<mark>[•·▪‣◦●○■□◆►➢✓✔❖»])[ \t]{0,4}(?=\S)")
_INLINE = re.compile(r"[ \t]{1,4}[•●▪][ \t]{1,4}(?=\S)")
_HEADED = re.compile(r"#{1,6} ")
_LISTED = re.compile(r"[-*+] |\|")
_HEADING_MARK = re.compile(r"[ \t]{0,8}(?:[-*•·▪][ \t]{1,4})?")  # of a heading that is the only thing in an item
_SIGNS = re.compile(r"[\s#|•·▪‣◦●○■□◆►➢✓✔❖»-]+")
ITEMS_MIN, INLINE_MIN, CELLS_MIN, CELLS_MAX, CELL_CHARACTERS = 2, 3, 2, 20, 80
HEADING_CHARACTERS = 120


def find_forms(document: Document, proposer: str) -> Iterator[Operation]:
    """Bullets of any sign as "- ", bullets within a line as lines, headings of the page with "#", rows of tabs as tables."""
    text = document.text
    marked = [_BULLET.match(text, start, end) for start, end in document.lines]
    for number, match in enumerate(marked):
        beside = [marked[other] for other in (number - 1, number + 1) if 0 <= other < len(marked)]
        if match and any(other and other["mark"] == match["mark"] for other in beside):
            yield Operation(Kind.FORM, *match.span(), "- ", "a list", proposer)
    for start, end in document.lines:
        bullets = list(_INLINE.finditer(text, start, end))
        if len(bullets) >= INLINE_MIN and not text.startswith("|", start):
            for match in bullets:
                yield Operation(Kind.FORM, *match.span(), "\n- ", "a list", proposer)
    for number, level in sorted(document.headings.items()):
        if number < len(document.lines):
            start, end = document.lines[number]
            mark = _HEADING_MARK.match(text, start, end)
            if start < end and mark and not _HEADED.match(text, mark.end()) and 1 <= level <= 6:
                yield Operation(Kind.FORM, start, mark.end(), f"{'#' * level} ", "a heading of the page", proposer)
    yield from _tables(document, proposer)


def verify_form(document: Document, operation: Operation) -> str:
    """Every word, number and sign stays in its order, but for bullets, "#", "|" and breaks; a heading is one that the page marks."""
    text, start, end = document.text, operation.start, operation.end
    was, meant = text[start:end], operation.replacement
    if document.is_verbatim(start, end) and "\t" not in was:
        return "form:verbatim"
    if "".join(_SIGNS.split(was)) != "".join(_SIGNS.split(meant)):
        return "form:words"
    if meant.startswith("#"):
        number = document.line_of(start)
        level = document.headings.get(number)
        first, last = document.lines[number]
        if level is None or meant != f"{'#' * level} " or start != first or not _HEADING_MARK.fullmatch(was):
            return "form:heading"
        line = text[end:last]
        return "form:heading" if len(line) > HEADING_CHARACTERS or _LISTED.match(line) or line.endswith((",", ";")) else ""
    if meant in ("- ", "\n- "):
        marks = (pattern.match(text, start) for pattern in (_BULLET, _INLINE))
        return "" if any(match and match.end() == end for match in marks) else "form:words"
    rows = [line.split("\t") for line in was.split("\n")]
    return "" if _as_table(rows) == meant else "form:table"


def _tables(document: Document, proposer: str) -> Iterator[Operation]:
    """Three lines or more of as many short cells, parted by tabs."""
    if "\t" not in document.text:
        return
    run: list[int] = []
    cells = [document.text[start:end].split("\t") for start, end in document.lines]
    for number, row in enumerate([*cells, []]):
        is_row = CELLS_MIN <= len(row) <= CELLS_MAX and all(cell.strip() and len(cell) <= CELL_CHARACTERS for cell in row)
        if is_row and (not run or len(cells[run[0]]) == len(row)):
            run.append(number)
            continue
        if len(run) > 2:
            start, end = document.lines[run[0]][0], document.lines[run[-1]][1]
            yield Operation(Kind.FORM, start, end, _as_table([cells[at] for at in run]), "a table", proposer)
        run = [number] if is_row else []


def _as_table(rows: Sequence[Sequence[str]]) -> str:
    if any("|" in cell for row in rows for cell in row):
        return ""
    lines = [f"| {' | '.join(cell.strip() for cell in row)} |" for row in rows]
    return "\n".join([lines[0], f"|{' --- |' * len(rows[0])}", *lines[1:]])


FORMS = Rule("forms-2", find_forms)
