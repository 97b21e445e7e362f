"""When the claims of a value show that it held: what is stated with them, and by when their pages had it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tierline.knowledge.dates import days_of
from tierline.knowledge.times import OPEN, span_of

Claim = Mapping[str, Any]  # a row of l4_claims
Day = tuple[int, str]  # of `date.toordinal`, and as it is stated
Named = Mapping[str, tuple[str | None, str]]  # the source of each claim, and why


def stated_day(claim: Claim) -> Day | None:
    """The first day at which the value held, by the time that is stated with a claim."""
    if not claim["time"]:
        return None
    first, _, last = claim["time"].partition("/")
    return span_of(claim["time"])[0], last if first == OPEN else first


def known_day(claim: Claim) -> Day | None:
    """The last day on which the value can have become known: by the time that is stated, else by the date of the page."""
    if claim["time"]:
        return stated_day(claim)
    return (days_of(claim["page_time"])[1], claim["page_time"]) if claim["page_time"] else None


def is_dated(claim: Claim) -> bool:
    """Whether more than its capture dates a claim."""
    return bool(claim["time"]) or claim["page_time_source"] not in (None, "fetched")


def is_of_its_date(claim: Claim) -> bool:
    """Whether what dates a claim dates its value: a page that was modified may state what is older."""
    return is_dated(claim) and (bool(claim["time"]) or claim["page_time_source"] != "modified")


def first_days(claims: Iterable[Claim], named: Named, of: Callable[[Claim], Day | None] = known_day) -> list[Day]:
    """The first day of each source that has any, in order."""
    days: dict[str, Day] = {}
    for claim in claims:
        source, day = named.get(claim["claim_id"], (None, ""))[0], of(claim)
        if source and day:
            days[source] = min(days.get(source, day), day)
    return sorted(days.values())


def enough(days: list[Day], sources_min: int) -> Day | None:
    """The first day by which so many sources state it."""
    return days[sources_min - 1] if len(days) >= sources_min else None
