"""Parts prose from data in a text: Markdown tables, definition lists and labeled lines, in the forms that extraction writes."""

from __future__ import annotations

import re

PROSE, DATA = "prose", "data"  # lanes: what a document is worth keeping for
DEFINITION_CHARACTERS = 120  # a longer definition is prose
LABELED_MIN = 3  # labeled lines below each other; fewer are part of something else
# "Area: 51,100 km²", and as an item of a list "- Area – 51,100 km²"; what ends as a sentence does is prose, as in dialogues.
_LINE = (
    r"[ \t]{0,8}(?:[-*•·][ \t]{1,3}[^\W\d_][^\n:–—]{0,40}(?::|[ \t]–|[ \t]—)|[^\W\d_][^\n:]{0,40}:)[ \t]{1,4}[^ \t\n][^\n]{0,120}"
    r"(?<![.!?。！？।])(?=\n|\Z)"
)
_LABELED = re.compile(rf"\n{_LINE}(?:\n{_LINE}){{{LABELED_MIN - 1},}}")
_TITLE = re.compile(r"[^\n]{1,60}(?<![.!?。！？।])")  # of a run the line above it, of a text its first line
_SIGN = re.compile(r":|[ \t][–—]")
_RULER = re.compile(r"\|(?: :?-+:? \|)+")
_DEFINITION = ": "


def prose(text: str) -> str:
    """The text without well-formed tables (a row, a ruler of as many columns, rows), without terms and their short definitions,
    without runs of lines that each give a label of its own and a short value, and with its title once."""
    if ": " in text or "– " in text or "— " in text:
        text = _without_labeled(text)
    text = _with_title_once(text)
    if "| --" not in text and "\n: " not in text:
        return text
    lines = text.split("\n")
    kept: list[str] = []
    number = 0
    while number < len(lines):
        line = lines[number]
        behind = lines[number + 1] if number + 1 < len(lines) else ""
        if line.startswith("|") and _RULER.fullmatch(behind):
            number += 2
            while number < len(lines) and lines[number].startswith("|"):
                number += 1
            continue
        if line.startswith(_DEFINITION):
            if len(line) > DEFINITION_CHARACTERS:
                kept.append(line.removeprefix(_DEFINITION))
        elif not behind.startswith(_DEFINITION) or len(line) > DEFINITION_CHARACTERS:
            kept.append(line)
        number += 1
    return "\n".join(kept).strip()


def _without_labeled(text: str) -> str:
    """The same text where it has no such run. Where a label stands twice, lines are what somebody says, or about several things."""
    kept: list[str] = []
    behind = 0
    for run in _LABELED.finditer(f"\n{text}"):
        if _has_own_labels(run[0]):
            before = text[behind : max(0, run.start() - 1)]
            rest, _, title = before.rpartition("\n")
            kept.append(rest if _TITLE.fullmatch(title) else before)
            behind = run.end() - 1
    return "".join([*kept, text[behind:]]).strip() if behind else text


def _with_title_once(text: str) -> str:
    """The same text unless its first line is a title that stands in it once more: as the heading of a box or a list about the same thing.
    One that comes back more often is a duplicate like any other."""
    title, _, rest = text.partition("\n")
    again = f"\n{title}\n"
    before, found, behind = f"\n{rest}\n".partition(again)
    if not found or not _TITLE.fullmatch(title) or again in f"\n{behind}":
        return text
    return f"{title}{before}\n{behind}".rstrip("\n")


def _has_own_labels(run: str) -> bool:
    labels = [_SIGN.split(line, maxsplit=1)[0].strip(" \t-*•·").casefold() for line in run[1:].split("\n")]
    return len(set(labels)) == len(labels)
