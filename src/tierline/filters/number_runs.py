"""Where digits stand close together: found once, then looked at closely by every search for a kind of number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

Place = tuple[int, int]  # start, end
CUT = 200  # characters of a run from which on it may go on in the next
RUN = re.compile(rf"[0-9][0-9 ().:/-]{{4,{CUT}}}[0-9]")
SIGNS_BEFORE, LONGEST = 3, 80  # characters: of a number before its first digit; of a number that a run was cut in
BEHIND = 2  # characters that say whether a number ends with its run


def number_runs(text: str) -> list[Place]:
    """Places of six or more characters that are digits and what separates them, in order; a long run is cut into several."""
    return [(max(0, run.start() - SIGNS_BEFORE), run.end()) for run in RUN.finditer(text)]


def reach(place: Place) -> int:
    """How far to look for a number that begins in a run: to its end, or where it was cut beyond it."""
    return place[1] + (LONGEST if place[1] - place[0] > CUT else BEHIND)


def matches(pattern: re.Pattern[str], text: str, runs: Sequence[Place], before: int = 0, behind: int = 0) -> Iterator[re.Match[str]]:
    """Matches that begin in a run or that many characters `before` it, each once; they may go on `behind` it."""
    done = 0
    for place in runs:
        for match in pattern.finditer(text, max(0, place[0] - before, done), reach(place) + behind):
            if match.start() >= place[1]:
                break
            done = match.end()
            yield match
