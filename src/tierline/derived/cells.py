"""Questions for cells of tables, and comparisons of two of its rows: one thing a row, one property a column, or one property a row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from tierline.derived.asking import ask
from tierline.derived.form import Form, Kind, Level, Span
from tierline.derived.paper import Paper, is_dangling, normal
from tierline.text.redacted import TAG

CELL, COMPARE = "cells-1", "comparisons-1"
_RULE = re.compile(r"\A\|(?: ?:?-{3,}:? ?\|)+\Z")
_NUMBER = re.compile(r"\A(?P<number>\d{1,3}(?:,\d{3}){1,4}|\d{1,12}(?:\.\d{1,4})?)(?: ?(?P<unit>[a-zA-Z°²³%]{1,12}))?\Z")
_HEADER = re.compile(r"\A[A-Z][A-Za-z .'()/²-]{1,40}\Z")
_OF_THE_SITE = re.compile(r"\b(?:cookies?|gdpr)\b", re.I)  # headers and names of tables that every page of a site has
ROWS = (2, 60)
CELL_CHARACTERS = 90


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell without the spaces around."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its header, its other rows, and its span."""

    header: list[Cell]
    rows: list[list[Cell]]
    span: Span
    line: int


@lru_cache(maxsize=4)
def grids(paper: Paper) -> tuple[Grid, ...]:
    """Tables of Markdown, each row with as many cells as the header; once for the documents that are looked at now."""
    return tuple(_grids(paper))


def _grids(paper: Paper) -> Iterator[Grid]:
    texts = paper.document.line_texts
    for number in range(1, len(texts)):
        if not _RULE.match(texts[number].strip()) or not texts[number - 1].startswith("|") or paper.document.code_lines[number]:
            continue
        header = _cells(paper, number - 1)
        rows: list[list[Cell]] = []
        line = number + 1
        while line < len(texts) and texts[line].startswith("|") and len(rows) <= ROWS[1]:
            rows.append(_cells(paper, line))
            line += 1
        if any(_OF_THE_SITE.search(cell.text) for cell in (*header, *(row[0] for row in rows if row))):
            continue
        if rows and all(len(row) == len(header) for row in rows) and len(rows) <= ROWS[1]:
            yield Grid(header, rows, (paper.document.lines[number - 1][0], paper.document.lines[line - 1][1]), number - 1)


def _cells(paper: Paper, line: int) -> list[Cell]:
    start, end = paper.document.lines[line]
    found: list[Cell] = []
    at = start + 1
    for match in re.finditer(r"(?<!\\)\|", paper.text[start + 1 : end]):
        raw = paper.text[at : start + 1 + match.start()]
        left = at + len(raw) - len(raw.lstrip())
        found.append(Cell(raw.strip(), (left, left + len(raw.strip()))))
        at = start + 2 + match.start()
    return found


def find_cells(paper: Paper) -> Iterator[Form]:
    """What is the population of X? Which of two has the larger one?"""
    for grid in grids(paper):
        pairs = len(grid.header) == 2 and all(_HEADER.match(row[0].text) for row in grid.rows) and _is_value(grid.header[1].text)
        if pairs and _HEADER.match(grid.header[0].text) and len(grid.rows) >= 1:
            yield from _properties(paper, [grid.header, *grid.rows], grid)
        elif len(grid.rows) >= ROWS[0] and all(_HEADER.match(cell.text) for cell in grid.header):
            yield from _things(paper, grid)
            yield from _comparisons(paper, grid)


def _is_value(text: str) -> bool:
    return bool(text) and len(text) <= CELL_CHARACTERS and not TAG.search(text) and any(character.isdigit() for character in text)


def _properties(paper: Paper, rows: list[list[Cell]], grid: Grid) -> Iterator[Form]:
    """A table of two columns about what the document is about."""
    names = [normal(row[0].text) for row in rows]
    for row in rows:
        label, value = row[0].text, row[1]
        if (
            names.count(normal(label)) == 1
            and _is_sound(value.text)
            and len(label.split()) <= 4
            and normal(value.text) not in normal(paper.name)
        ):
            core = f"what is given as “{label}”"
            yield Form(Kind.CELL, Level.RECALL, ask(paper, "", core), value.text, (value.span,), grid.span, core, CELL, sought=label)


def _things(paper: Paper, grid: Grid) -> Iterator[Form]:
    keys = [normal(row[0].text) for row in grid.rows]
    for row in grid.rows:
        name = row[0].text
        if keys.count(normal(name)) != 1 or not _is_thing(name):
            continue
        for number in range(1, len(row)):
            value, label = row[number], grid.header[number].text
            if _is_sound(value.text) and len(row) <= 8 and normal(label):
                core = f"what does the table give as “{label}” for “{name}”"
                yield Form(
                    Kind.CELL,
                    Level.RECALL,
                    ask(paper, paper.sections[grid.line], core),
                    value.text,
                    (value.span,),
                    grid.span,
                    core,
                    CELL,
                    sought=f"{label} {name}",
                )


def _is_thing(name: str) -> bool:
    return 1 < len(name) <= 60 and any(character.isalpha() for character in name) and not TAG.search(name) and "“" not in name


def _is_sound(text: str) -> bool:
    return (
        0 < len(text) <= CELL_CHARACTERS
        and not TAG.search(text)
        and any(character.isalnum() for character in text)
        and not is_dangling(f"X {text}", True)
    )


def number_in(text: str) -> tuple[Decimal, str] | None:
    """The number of a cell that holds nothing else but a unit, and the unit."""
    match = _NUMBER.match(text)
    return (Decimal(match["number"].replace(",", "")), match["unit"] or "") if match else None


def _comparisons(paper: Paper, grid: Grid) -> Iterator[Form]:
    """Neighbors in a column of numbers of one unit."""
    keys = [normal(row[0].text) for row in grid.rows]
    for number in range(1, len(grid.header)):
        label, column = grid.header[number].text, [number_in(row[number].text) for row in grid.rows]
        units = {value[1] for value in column if value}
        if (
            any(value is None for value in column)
            or len(units) != 1
            or re.search(r"\b(?:year|date|id|no|number|code|port|version)\b", label, re.I)
        ):
            continue
        for at in range(0, len(grid.rows) - 1, 2):
            one, other = grid.rows[at][0], grid.rows[at + 1][0]
            left, right = column[at], column[at + 1]
            if (
                left is None
                or right is None
                or left == right
                or not (_is_thing(one.text) and _is_thing(other.text))
                or keys.count(keys[at]) + keys.count(keys[at + 1]) > 2
            ):
                continue
            core = f"which has the larger value of “{label}”: {one.text} or {other.text}"
            larger, less = (at, at + 1) if left[0] > right[0] else (at + 1, at)
            most, least = grid.rows[larger], grid.rows[less]
            text = f"{most[0].text}: {most[number].text}, against {least[number].text} for {least[0].text}."
            answers = tuple(grid.rows[row][column_number].span for row in (larger, less) for column_number in (0, number))
            yield Form(
                Kind.COMPARISON,
                Level.COMPARISON,
                ask(paper, paper.sections[grid.line], core),
                text,
                answers,
                grid.span,
                core,
                COMPARE,
                sought=f"{label} {one.text} {other.text}",
            )


@lru_cache(maxsize=4)
def _named(paper: Paper) -> tuple[dict[Span, tuple[str, str]], Counter[tuple[str, str]]]:
    """(label and name of each cell by its span, how often each label and name stand together); of pairs the name is ""."""
    found: dict[Span, tuple[str, str]] = {}
    for grid in grids(paper):
        for row in [grid.header, *grid.rows] if len(grid.header) == 2 else ():
            found[row[1].span] = normal(row[0].text), ""
        for row in grid.rows if len(grid.header) > 2 or not _is_value(grid.header[-1].text) else ():
            for number in range(1, len(row)):
                found[row[number].span] = normal(grid.header[number].text), normal(row[0].text)
    return found, Counter(found.values())


def verify_cell(paper: Paper, form: Form) -> str:
    """Label, name and value are read again from the table: they belong together, and stand together nowhere else in the document."""
    cells, counts = _named(paper)
    value = form.answers[0] if form.kind == Kind.CELL else form.answers[1]
    if value not in cells:
        return "cell:table"
    label, name = cells[value]
    asked = normal(form.question)
    if label not in asked or name not in asked:
        return "cell:value"
    if counts[label, name] > 1:
        return "cell:several"
    if form.kind == Kind.COMPARISON:
        larger, less = (number_in(paper.text[slice(*form.answers[place])]) for place in (1, 3))
        sound = larger and less and larger[0] > less[0] and larger[1] == less[1] and cells.get(form.answers[3], ("",))[0] == label
        return "" if sound else "comparison:order"
    return ""
