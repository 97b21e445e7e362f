"""Cuts the times that are stated with the values of a property into periods, in each of which one value is stated by most sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tierline.knowledge.evidence import Named, stated_day

Claim = dict[str, Any]
Point = tuple[int, ...]  # (year,) or (year, month)


@dataclass(slots=True)
class Period:
    """Points from the last to the first, the groups of values that most sources state at each of them, and claims."""

    points: list[Point]
    winners: set[int]
    claims: list[Claim] = field(default_factory=list[Claim])


def periods_of(claims: Sequence[Claim], groups: Mapping[str, int], named: Named, sources_min: int) -> tuple[list[Period], list[Claim]]:
    """(periods from the first to the last, claims that belong to none). `groups` has the group of values of each claim, by its id.

    Periods are made of the values that enough sources state with a time. Values of one year are of one time, of one month where all of
    that year state months. A point at which two values have equally many sources belongs to the later period. To a period belong all
    claims with a time in it, whatever they state, and those without a time whose value is no other's: a value that came back is taken for
    the last one.
    """
    points = _points(claims)
    timed = [row for row in claims if row["claim_id"] in points]
    stating: dict[int, set[str]] = defaultdict(set)
    at: dict[Point, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in timed:
        source, group = named.get(row["claim_id"], (None, ""))[0], groups[row["claim_id"]]
        if source:
            stating[group].add(source)
            at[points[row["claim_id"]]][group].add(source)
    dated = {group for group, sources in stating.items() if len(sources) >= sources_min}
    found: list[Period] = []
    for point in sorted(at, reverse=True):
        counts = {group: len(sources) for group, sources in at[point].items() if group in dated}
        winners = {group for group, count in counts.items() if count == max(counts.values())}
        if found and winners & found[-1].winners:
            found[-1].points.append(point)
            found[-1].winners &= winners
        elif winners:
            found.append(Period([point], winners))
    last = {next(iter(period.winners)): period for period in reversed(found) if len(period.winners) == 1}
    left: list[Claim] = []
    for row in claims:
        point = points.get(row["claim_id"])
        within = next((one for one in found if point and one.points[-1] <= point <= one.points[0]), None)
        period = within if point else last.get(groups[row["claim_id"]])
        (period.claims if period else left).append(row)
    return found[::-1], left


def _points(claims: Sequence[Claim]) -> dict[str, Point]:
    """The point of each claim with a stated time, by its id."""
    written = {row["claim_id"]: tuple(map(int, day[1].split("-")[:2])) for row in claims if (day := stated_day(row))}
    coarse = {point[0] for point in written.values() if len(point) == 1}
    return {claim: point[:1] if point[0] in coarse else point for claim, point in written.items()}
