"""Tells which lines of a text stand in a fenced block of code (CommonMark 0.31, 4.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

FENCE = re.compile(r"^\s*(`{3,}|~{3,})(.*)")


def fenced(lines: Iterable[str]) -> Iterator[bool]:
    """For each line whether it belongs to fenced code, fences included; a block that is never closed ends with the text."""
    fence = ""  # the one that is open; only one of as many marks, and nothing behind them, closes it
    for line in lines:
        found = FENCE.match(line)
        if fence:
            yield True
            if found and found[1].startswith(fence) and not found[2].strip():
                fence = ""
        else:
            if found and not (found[1][0] == "`" and "`" in found[2]):
                fence = found[1]
            yield bool(fence)
