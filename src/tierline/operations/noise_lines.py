"""Which lines may be dropped as noise whatever a classifier says of them, and how a drop of one is verified."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from tierline.operations.document import Document
from tierline.operations.operation import Operation

QUOTED = (">", "“", "„", "«", "»", "「", "『", '"', "‘")
CODE_SIGNS = frozenset("{}[]<>=;\\^~`")
CODE_SIGNS_MIN = 3  # in a line that is code or a synopsis outside of a fence
LISTED = re.compile(r"(?:[-*•·–»›]|\d{1,3}[.)])\s")
DEFINED = re.compile(r": |[\w.()\[\]]{1,40} [-–—] [^\W\d_A-Z]")  # an item of a definition list, or a name and what it means


def is_listed(line: str) -> bool:
    """Whether a line is an item of a list."""
    return bool(LISTED.match(line.lstrip()))


def is_protected(line: str) -> bool:
    """A line that no classifier may drop, by what stands in it: a quotation, a definition, or signs of code."""
    if DEFINED.match(line):
        return True
    return line.lstrip(" -*•").startswith(QUOTED) or sum(sign in CODE_SIGNS for sign in line) >= CODE_SIGNS_MIN


def layout_table(document: Document, first: int) -> int:
    """The line behind a table for layout that begins at line `first`, or `first` where none does: no row holds more than one filled
    cell, as in the running heads of manuals, and it is the first or the last that the text has. A table of data is never one."""
    lines, filled = document.line_texts, document.filled_lines
    if first != filled[0] and not lines[filled[-1]].startswith("|"):
        return first
    end = first
    while end < len(lines) and lines[end].startswith("|"):
        if sum(bool(cell.strip(" -:")) for cell in lines[end].split("|")) > 1:
            return first
        end += 1
    return end if first == filled[0] or end - 1 == filled[-1] else first


def verify_noise(document: Document, operation: Operation) -> str:
    """Whole lines that are no heading (but in a table of contents), code, row of data, quotation, or evidence of a claim."""
    if operation.replacement or operation.start >= operation.end:
        return "drop:words"
    behind = operation.start > 0 and document.text[operation.start] == "\n"  # the break before the last line goes with it
    first = document.line_of(operation.start + behind)
    last = document.line_of(operation.end - 1)
    begins, ends = document.lines[first][0], document.lines[last][1]
    if operation.start not in (begins, begins - behind) or operation.end not in (ends, ends + 1):
        return "drop:part"
    lines = document.line_texts
    indented = (line.startswith(("    ", "\t")) and not is_listed(line) for line in lines[first : last + 1])
    if any(document.code_lines[first : last + 1]) or any(indented):
        return "drop:code"
    if lines[first].startswith("|"):
        if layout_table(document, first) != last + 1:
            return "drop:table"
    elif any(map(is_protected, lines[first : last + 1])):
        return "drop:quotation"
    if any(number in document.headings and number not in document.contents for number in range(first, last + 1)):
        return "drop:heading"
    return "drop:claim" if holds_claim(document, begins, ends) else ""


def holds_claim(document: Document, start: int, end: int) -> bool:
    """Whether a statement that L4 could take as evidence lies within the span."""
    at = bisect_right(document.evidence, (start, -1))
    return bisect_left(document.evidence, (end, -1)) > at or (at > 0 and document.evidence[at - 1][1] > start)
