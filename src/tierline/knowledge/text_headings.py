"""Finds the headings of a manual: those that its markup named, else those that the syntax of its text shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from string import punctuation
from typing import Any, NamedTuple

from tierline.text.domains import path_of
from tierline.text.fences import fenced

MARKDOWN_NAMES = (".md", ".markdown", ".mdx")
HEADING_WORDS = 12  # of a line that nothing but its own form makes a heading; the longest titles of RFC sections have some ten
_PERMALINK = "¶§🔗\uf0c1"  # marks that Sphinx, MkDocs and others hang behind a heading, to link to it
_EDIT_LINK = re.compile(r"\[ ?edit(?: source)?(?: ?\| ?edit source)? ?\]\Z", re.I)  # of MediaWiki
_ATX = re.compile(r"#{1,6}[ \t]+\S")
_NUMBERED = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,5})\.?[ \t]{1,4}(?=[^\W\d_])")
_MAN_NAME = re.compile(r"[^\s()]{1,99}\(\d\w{0,9}\)")  # at both ends of the first line of a formatted man page


class Mark(NamedTuple):
    """A heading: the line, from 0, where it begins, its level, 1 for the highest, and its words."""

    line: int
    level: int
    title: str


def marks(text: str, headings: Sequence[Mapping[str, Any]] | None, url: str | None) -> list[Mark]:
    """The headings of a document, in order. `headings` are those that its markup named, None if it has no markup that does: then they
    are sought in the text, as Markdown if the address or the text says so, else as reStructuredText and plain text have them.

    None stands within code. A text without any that is sure has none: a short line alone is no heading.
    """
    lines = text.split("\n")
    if headings is not None:
        return _named(lines, headings)
    path = path_of(url).lower()
    if path.endswith(MARKDOWN_NAMES) or (not path.endswith(".rst") and _is_markdown(lines)):
        return markdown_marks(text)
    if path.endswith(".rst"):
        return underlined_marks(lines)
    code = fenced("" if line.startswith("~") else line for line in lines)  # a row of tildes is below a title sooner than before code
    seen = ["" if inside else line for line, inside in zip(lines, code, strict=True)]
    return underlined_marks(seen) or numbered_marks(seen) or capital_marks(seen)


def _named(lines: list[str], headings: Sequence[Mapping[str, Any]]) -> list[Mark]:
    code = list(fenced(lines))
    found = [Mark(line, heading["level"], _words(lines[line])) for heading in headings if (line := heading["line"]) < len(lines)]
    return [mark for mark in found if mark.title and not code[mark.line]]


def _words(line: str) -> str:
    """A heading without the mark of the item that it begins and without links to itself and to its editor."""
    title = line.strip().removeprefix("- ").rstrip(_PERMALINK).rstrip()
    return _EDIT_LINK.sub("", title).rstrip()


def _is_markdown(lines: list[str]) -> bool:
    """Whether a heading of Markdown stands apart outside of code: a comment in a listing stands among its lines."""
    shown = ["" if inside else line for line, inside in zip(lines, fenced(lines), strict=True)]
    return any(_ATX.match(line) and not before.strip() for before, line in pairwise(["", *shown]))


@cache
def _markdown() -> Any:
    from markdown_it import MarkdownIt  # in the extra "filters"

    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


@cache
def _inline_markdown() -> Any:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark")


def markdown_marks(text: str) -> list[Mark]:
    """The headings of Markdown (CommonMark 0.31, 4.2 and 4.3) outside of lists and quotations, behind the metadata at its front."""
    lines = text.split("\n")
    if lines[0].rstrip() == "---":
        end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), 0)
        lines[: end + 1] = [""] * (end + 1)
    tokens = _markdown().parse("\n".join(lines))
    return [
        Mark(opening.map[0], int(opening.tag[1]), title)
        for opening, inline in pairwise(tokens)
        if opening.type == "heading_open" and opening.level == 0 and (title := _shown(inline.content))
    ]


def _shown(inline: str) -> str:
    """The words of a line of Markdown, without emphasis, links and the attributes that some renderers read behind a heading."""
    (token,) = _inline_markdown().parseInline(" ".join(inline.split()))
    title = "".join(
        " " if child.type in ("softbreak", "hardbreak") else child.content for child in token.children if child.type != "html_inline"
    )
    before, mark, _ = title.partition(" {#")
    return (before if mark and title.endswith("}") else title).strip()


def underlined_marks(lines: Sequence[str]) -> list[Mark]:
    """Titles as reStructuredText has them: a line of one repeated punctuation character below, perhaps the same above; of a style's
    level the order tells in which styles occur (docutils, reStructuredText Markup Specification, "Sections").

    A title begins its paragraph at the margin, so that code, which is indented, and tables, whose lines have gaps, hold none.
    """
    styles: list[tuple[str, bool]] = []
    found: list[Mark] = []
    behind = 0  # the line that the last title ends before
    for number in range(1, len(lines)):
        title = lines[number - 1]
        if not _is_rule(lines[number]) or number - 1 < behind or not title.strip() or _is_rule(title):
            continue
        length, width = len(lines[number].rstrip()), len(title.rstrip())
        above = lines[number - 2] if number >= 2 and number - 2 >= behind else ""
        over = above.rstrip() == lines[number].rstrip()
        first = number - 2 if over else number - 1
        if (not over and (above.strip() or title[0].isspace())) or (length < width and length < 4):
            continue
        if over and first > behind and lines[first - 1].strip():
            continue
        style = (lines[number][0], over)
        if style not in styles:
            styles.append(style)
        behind = number + 1
        found.append(Mark(first, styles.index(style) + 1, title.strip()))
    return found


def _is_rule(line: str) -> bool:
    """Whether a line is one repeated punctuation character, at the margin."""
    mark = line[:1]
    return len(line.rstrip()) > 2 and mark in punctuation and not line.strip(mark + " ") and " " not in line.rstrip()


def numbered_marks(lines: Sequence[str]) -> list[Mark]:
    """Short lines that stand alone and continue the numbering of sections: 1, 1.1, 1.2, 2."""
    found: list[Mark] = []
    last: tuple[int, ...] = ()
    for number, title in _alone(lines):
        match = _NUMBERED.match(title)
        if not match:
            continue
        own = tuple(map(int, match[1].split(".")))
        if own in _following(last):
            found.append(Mark(number, len(own), title))
            last = own
    return found if len(found) > 1 else []


def _following(last: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """The numbers that may come behind one."""
    yield (*last, 1)
    for depth in range(len(last)):
        yield (*last[:depth], last[depth] + 1)


def capital_marks(lines: Sequence[str]) -> list[Mark]:
    """Short lines in capitals that stand apart at the margin, as in formatted man pages, whose subsections are set in by three spaces."""
    is_man_page = any(words[0] == words[-1] and _MAN_NAME.fullmatch(words[0]) for line in lines[:3] if len(words := line.split()) > 1)
    found: list[Mark] = []
    for number, line in enumerate(lines):
        title = line.strip()
        is_apart = not number or not lines[number - 1].strip() or (found and found[-1].line == number - 1)
        if not title or not is_apart or not _is_short(title):
            continue
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if not line[0].isspace() and title.isupper() and sum(map(str.isalpha, title)) > 1 and "  " not in title:
            found.append(Mark(number, 1, title))
        elif is_man_page and found and line.startswith("   ") and not line[3].isspace() and below.startswith(" " * 7):
            found.append(Mark(number, 2, title))
    return found


def _alone(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Number and words of each short line at the margin between empty ones."""
    for number, line in enumerate(lines):
        around = (lines[number - 1] if number else "", lines[number + 1] if number + 1 < len(lines) else "")
        if line.strip() and not line[0].isspace() and not any(map(str.strip, around)) and _is_short(line):
            yield number, line.strip()


def _is_short(line: str) -> bool:
    """Whether a line has few words and no end of a sentence, nor the dots and page number of a table of contents."""
    title = line.strip()
    return len(title) < 200 and len(title.split()) <= HEADING_WORDS and title[-1] not in ".!:;,\"'" and ".." not in title
