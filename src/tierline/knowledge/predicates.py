"""The words of predicates: the form in which they are compared, and which of them ask for a date."""

from __future__ import annotations

import re
from functools import lru_cache

LABELS_KEPT = 1 << 14  # whose form is remembered

_DATED = re.compile(r"(?:date|year|founded|established|built|born|died|opened|completed|published|modified|created)$")
_ASKS = frozenset(
    """date year day since founding founded foundation established establishment inception independence built birth born death died opened
    opening completed completion published publication release released modified created inaugurated""".split()
)
_ASKS_OTHERWISE = frozenset(
    "place country location by name number count rate weight cause publisher area population per age founder capacity".split()
)


@lru_cache(maxsize=LABELS_KEPT)
def predicate_key(name: str) -> str:
    """`foundingDate`, `Founding date` and `founding_date` are one predicate."""
    return re.sub(r"[\s_:•·◦-]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)).strip().casefold()


def asks_for_date(predicate: str) -> bool:
    """Whether a bare number is a year there: the predicate names a date or what happens on one, and not a place or a person."""
    words = set(predicate.split())
    return not words.isdisjoint(_ASKS) and words.isdisjoint(_ASKS_OTHERWISE)


def gives_date(predicate: str) -> bool:
    """Whether nothing but a date is a value there: the predicate ends with what happens on one, or begins with `year` or `date`."""
    return bool(_DATED.search(predicate)) or predicate.startswith(("year ", "date "))
