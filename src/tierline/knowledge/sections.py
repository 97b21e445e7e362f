"""Cuts a document at its headings into sections, each with its place among the headings above it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, pairwise
from typing import NamedTuple

from tierline.knowledge.text_headings import Mark

PATH_SEPARATOR = " > "


class Section(NamedTuple):
    """`text[start:end]`, with its heading and level, and the path to it from the highest heading: "Install > From source".

    Text before the first heading has no heading, level or path.
    """

    heading: str
    level: int | None
    path: str
    start: int
    end: int


def cut_sections(text: str, marks: Sequence[Mark], words_min: int) -> Iterator[Section]:
    """Sections from heading to heading; together they cover the text except for white space between them.

    `marks` are the headings in order. A section of fewer words, heading included, joins the one before it.
    """
    starts = list(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))
    above: list[Mark] = []
    pending: Section | None = None
    places = chain(((0, None),), ((starts[mark.line], mark) for mark in marks), ((len(text), None),))
    for (start, mark), (end, _) in pairwise(places):
        if mark:
            above = [*(one for one in above if one.level < mark.level), mark]
        body = text[start:end]
        start += len(body) - len(body.lstrip())
        end = start + len(body.strip())
        if start == end:
            continue
        if pending and len(body.split()) < words_min:
            pending = pending._replace(end=end)
            continue
        if pending:
            yield pending
        heading, level = (mark.title, mark.level) if mark else ("", None)
        pending = Section(heading, level, PATH_SEPARATOR.join(one.title for one in above), start, end)
    if pending:
        yield pending
