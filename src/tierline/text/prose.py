"""Parts prose from data in a text: Markdown tables and definition lists, in the forms that extraction writes."""

from __future__ import annotations

import re

PROSE, DATA = "prose", "data"  # lanes: what a document is worth keeping for
DEFINITION_CHARACTERS = 120  # a longer definition is prose
_RULER = re.compile(r"\|(?: :?-+:? \|)+")
_DEFINITION = ": "


def prose(text: str) -> str:
    """The text without well-formed tables (a row, a ruler of as many columns, rows) and without terms and their short definitions."""
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
