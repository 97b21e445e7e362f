"""Follows the headings of a page to their lines in its cleaned and redacted text."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

Headings = list[dict[str, Any]]  # of `line`, from 0, and `level`


def in_cleaned(headings: Headings, raw: str, cleaned: str) -> Headings:
    """The headings of a raw text at their lines in the cleaned one, whose lines are some of the raw ones in their order, less the space
    around them and in normal form C. Those that are not there any more are left out."""
    if not headings or raw == cleaned:
        return headings
    levels = {heading["line"]: heading["level"] for heading in headings}
    left = iter(cleaned.split("\n"))
    wanted, place = next(left).strip(), 0
    found: Headings = []
    for number, line in enumerate(raw.split("\n")):
        line = line if line.isascii() else unicodedata.normalize("NFC", line)
        for part, text in enumerate(line.splitlines() or [""]):
            if text.strip() != wanted:
                continue
            if part == 0 and wanted and number in levels:
                found.append({"line": place, "level": levels[number]})
            following = next(left, None)
            if following is None:
                return found
            wanted, place = following.strip(), place + 1
    return found


def in_redacted(headings: Headings, cleaned: str, spans: Sequence[tuple[int, int, str]]) -> Headings:
    """The headings where the spans (start, end, kind) of a cleaned text are replaced by tags of one line."""
    breaks = [(cleaned.count("\n", 0, start), lost) for start, end, _ in spans if (lost := cleaned.count("\n", start, end))]
    if not headings or not breaks:
        return headings
    kept = [heading for heading in headings if not any(line < heading["line"] <= line + lost for line, lost in breaks)]
    return [heading | {"line": heading["line"] - sum(lost for line, lost in breaks if line < heading["line"])} for heading in kept]
