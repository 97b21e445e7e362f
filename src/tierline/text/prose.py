"""Parts prose from data in a text: Markdown tables, definition lists and labeled lines, in the forms that extraction writes."""

from __future__ import annotations

import re
from collections.abc import Set

PROSE, DATA = "prose", "data"  # lanes: what a document is worth keeping for
DEFINITION_CHARACTERS = 120  # a longer definition is prose
BARE_MIN, LABEL_CHARACTERS = 2, 60  # names of stated properties below each other, and a line that is too long to be one
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


def prose(text: str, properties: Set[str] = frozenset()) -> str:
    """The text without well-formed tables (a row, a ruler of as many columns, rows), without terms and their short definitions,
    without runs of lines that each give a label of its own and a short value, or are one of the names of `properties` whose values
    stand elsewhere (`property_key`), and with its title once."""
    if properties:
        text = _without_bare_labels(text, properties)
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


def property_key(name: str) -> str:
    """What a label and the name of a property have in common: their letters, whatever their case."""
    return "".join(filter(str.isalpha, name)).casefold() if len(name) <= LABEL_CHARACTERS else ""


def _without_bare_labels(text: str, properties: Set[str]) -> str:
    """The same text without runs of lines that are names of properties, each another one, and the titles above them."""
    kept: list[str] = []
    run: list[str] = []
    for line in [*text.split("\n"), ""]:
        if property_key(line) in properties:
            run.append(line)
            continue
        if len(run) < BARE_MIN or len(set(map(property_key, run))) < len(run):
            kept += run
        elif kept and _TITLE.fullmatch(kept[-1]):
            kept.pop()
        run.clear()
        kept.append(line)
    return "\n".join(kept[:-1])


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
