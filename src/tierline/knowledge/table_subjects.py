"""Finds the column of a data table that names what its rows are about, which is not always the first."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

UNIQUE_MIN, LISTS_MAX = 0.9, 0.25  # shares of the cells of a column that names rows
_PLACE = re.compile(r"[=T]?\d{1,5}(?:st|nd|rd|th|[.)=º°])?|[-–—=]", re.A)
_RANKS = frozenset(
    """#|no|nr|№|n°|nº|num|number|rank|ranking|rk|pos|position|place|s no|s.no|sl no|sl.no|sr no|sr.no|serial no|rang|platz|rango|puesto|
    classement|posto|posição|posizione|plaats|miejsce|место|п/п|№ п/п|順位|排名|序号|순위""".replace("|\n    ", "|").split("|")
)


def subject_column(header: Sequence[str], rows: Sequence[Sequence[str]], row_headers: Sequence[int], groups: Sequence[int]) -> int | None:
    """The last column of row headers, else the first column, that neither ranks the rows nor groups them; None where no column names them.

    `groups` are the columns with cells that cover several rows. In another column than the first numbers, lists and what stands in
    several rows name nothing.
    """
    width = len(header)
    columns = [[row[column] for row in rows if column < len(row) and row[column]] for column in range(width)]
    for column in [*reversed(row_headers), *range(width)]:
        if column >= width or column in groups or is_rank(header[column], columns[column]):
            continue
        if column == 0 or (_has_words(columns[column]) and _tells_apart(columns[column])):
            return column
    return None


def is_rank(name: str, texts: Sequence[str]) -> bool:
    """Whether the texts of a column count its rows from 1 on, or its header says that they are ranks and they may be."""
    if not texts or not all(map(_PLACE.fullmatch, texts)):
        return False
    if " ".join(name.casefold().split()).strip(" .:") in _RANKS:
        return True
    numbers = [int(text.strip(".)")) if text.strip(".)").isdecimal() else 0 for text in texts]
    return numbers[0] == 1 and len(numbers) > 1 and all(after == before + 1 for before, after in itertools.pairwise(numbers))


def _has_words(texts: Sequence[str]) -> bool:
    return 2 * sum(any(map(str.isalpha, text)) for text in texts) > len(texts)


def _tells_apart(texts: Sequence[str]) -> bool:
    """Whether the texts may name one row each: few stand in several rows, and few list several things."""
    return len(set(texts)) >= UNIQUE_MIN * len(texts) and sum(", " in text for text in texts) <= LISTS_MAX * len(texts)
