"""Judges what claims say of a property that changes over time: which values it had one after another, and which is the present one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from tierline.knowledge.agreement import MOST_CENTERS
from tierline.knowledge.common_text import CommonText
from tierline.knowledge.evidence import Claim, Day, Named, enough, first_days, is_dated, is_of_its_date, stated_day
from tierline.knowledge.feeds import Feeds
from tierline.knowledge.properties import Claims, Judged, judge_property, value_of
from tierline.knowledge.records import Records
from tierline.knowledge.timeline import periods_of
from tierline.knowledge.values import contradicts
from tierline.knowledge.verdicts import Verdict, single_source, undated, verdict_on
from tierline.knowledge.vocabulary import has_states

# By how much later a value must have become known than another one to be taken for its successor where nothing but dates of pages shows
# when they held: pages state what was true some time before. A choice, not a measurement.
LAG = 5 * 365  # days


@dataclass(frozen=True, slots=True)
class Held:
    """Claims that agree and when they hold. `verdict` is None for a fact. `since` is the day at which the value is known to hold, or None;
    `dated_by` says what shows it: `stated`, `page`, or None. Facts with `since` follow each other in its order."""

    judged: Judged
    verdict: Verdict | None
    since: Day | None = None
    dated_by: str | None = None


@dataclass(frozen=True, slots=True)
class _Court:
    """What judging claims needs."""

    sources_min: int
    feeds: Feeds
    common: CommonText
    records: Records

    def judge(self, claims: Claims) -> list[Judged]:
        """The groups of agreeing claims among these."""
        return judge_property(sorted(claims, key=lambda row: row["claim_id"]), self.sources_min, self.feeds, self.common) if claims else []

    def plain(self, judged: Judged) -> Held:
        """As if nothing changed over time."""
        return Held(judged, verdict_on(judged, self.sources_min))

    def stated(self, judged: Judged, named: Named | None = None) -> Held:
        """With the time that is stated with the claims, if it is by enough sources."""
        since = enough(first_days(judged.claims, named or judged.named, stated_day), self.sources_min)
        return Held(judged, self.verdict(judged, named or judged.named), since, "stated" if since else None)

    def verdict(self, judged: Judged, named: Named) -> Verdict | None:
        """Its verdict among claims of its own time, and that of its sources among all."""
        found, support = verdict_on(judged, self.sources_min), _support(judged, named)
        return found or (single_source(support, self.sources_min) if support < self.sources_min else None)

    def sound(self, named: Named) -> Named:
        """The sources of claims, without those that were more often wrong than right where it shows."""
        return {claim: (source if source and self.records.is_sound(source) else None, why) for claim, (source, why) in named.items()}


def judge_history(claims: Claims, sources_min: int, feeds: Feeds, common: CommonText, records: Records) -> list[Held]:
    """The groups of agreeing claims of one property; each claim is in one.

    Values of a property that is not declared to change, or has several values at a time, are judged as `judge_property` does, whatever
    their time. So are those of one that changes, unless enough sources state one value and enough another; sites that were wrong of what
    does not change count for nothing there (records.py). Then it may have changed, and values are compared within their time alone:

    - Times that enough sources state with a value make periods (timeline.py), and each is judged by itself.
    - What else is stated by enough sources comes before or after these, or each other, only if by the dates of its pages it is older or
      newer by LAG: known by so many sources long before any page has the other. A date of modification or capture is the last day on
      which a page can have taken its value from elsewhere, and no sign that it is new.
    - A value whose pages are dated, and not by modification alone, stands beside one without any date.
    - What else cannot be ordered is undated and no fact: both may be true, each of its time.

    Where only one value has enough sources, and nothing says of which time it is, a page with another value may be the first that is newer,
    or what is left of several. The value is undated, too,

    - if no dated page, or none at all, has it any more LAG before the first such page of the other one;
    - if fewer sources than a fact needs date it, or by modification alone, and any source states the other one that does not state both.
    """
    court = _Court(sources_min, feeds, common, records)
    whole = court.judge(claims)
    if not has_states(claims[0]["predicate"]):
        return [court.plain(judged) for judged in whole]
    named = court.sound({claim: source for judged in whole for claim, source in judged.named.items()})
    if len(whole) > MOST_CENTERS or not _is_contested([one for one in whole if _support(one, named) >= sources_min]):
        return [_of_the_present(court.stated(judged), whole, named, court) for judged in whole]
    groups = {row["claim_id"]: place for place, judged in enumerate(whole) for row in (*judged.claims, *judged.others)}
    periods, left = periods_of(claims, groups, named, sources_min)
    found = [court.stated(judged, named) for period in periods for judged in court.judge(period.claims)]
    states = [one for one in found if one.verdict is None and one.since]
    found = [one if one.verdict or one.since else Held(one.judged, undated(len(one.judged.sources), sources_min)) for one in found]
    return [*found, *_by_pages(court.judge(left), states, named, court)]


def _of_the_present(found: Held, groups: Sequence[Judged], named: Named, court: _Court) -> Held:
    """The same, unless it may have been true once and something else now."""
    if found.verdict or found.since:
        return found
    own = [*found.judged.claims, *found.judged.others]
    rivals = [other.claims for other in groups if _oppose(found.judged, other)]
    denied = not _is_of_its_dates(found.judged, named, court) and _sources(chain(*rivals), named) - _sources(own, named)
    if denied or _is_older(own, rivals, named):
        return Held(found.judged, undated(len(found.judged.sources), court.sources_min))
    return found


def _is_older(own: Claims, rivals: Sequence[Claims], named: Named) -> bool:
    for counts in (is_dated, lambda _: True):  # by what dates values, and by captures, too
        days = first_days(filter(counts, own), named)
        later = (first_days(filter(counts, claims), named) for claims in rivals)
        if days and any(other and days[-1][0] + LAG <= other[0][0] for other in later):
            return True
    return False


def _sources(claims: Iterable[Claim], named: Named) -> set[str | None]:
    """Those that count."""
    return {named[row["claim_id"]][0] for row in claims} - {None}


def _by_pages(judged: Sequence[Judged], states: Sequence[Held], named: Named, court: _Court) -> list[Held]:
    """What is stated without times, among the states that times show: in the order of pages where they order it."""
    found: list[Held] = []
    unordered: list[Judged] = []
    rivals = [one for one in judged if len(one.sources) >= court.sources_min]
    for one in judged:
        opponents = [other for other in rivals if one in rivals and _oppose(one, other)]
        opposed = [state for state in states if one in rivals and _oppose(one, state.judged)]
        days = _days(one, named, court)
        if not opponents and not opposed:
            found.append(court.stated(one, named))
        elif all(_are_apart(days, other) for other in (*(_days(other, named, court) for other in opponents), *map(_days_of, opposed))):
            found += _alone(one, named, court)
        else:
            unordered.append(one)
    dated = [one for one in unordered if any(map(is_dated, one.claims))]
    for one in unordered:
        if not states and dated == [one] and _is_of_its_dates(one, named, court):
            found += _alone(one, named, court)
        else:
            found.append(Held(one, undated(len(one.sources), court.sources_min)))
    return found


def _alone(one: Judged, named: Named, court: _Court) -> list[Held]:
    """Claims that agree, judged as if there were no others."""
    since = _days(one, named, court)[1]
    return [Held(again, court.verdict(again, named), since, "page") for again in court.judge([*one.claims, *one.others])]


def _support(judged: Judged, named: Named) -> int:
    """How many sources that count agree."""
    return len(_sources(judged.claims, named))


def _is_contested(judged: Sequence[Judged]) -> bool:
    return any(_oppose(one, other) for place, one in enumerate(judged) for other in judged[:place])


def _oppose(one: Judged, other: Judged) -> bool:
    return contradicts(value_of(one.stated[0]), value_of(other.stated[0]))


def _days(one: Judged, named: Named, court: _Court) -> tuple[Day | None, Day | None]:
    """(the first day at which any source has the value, that by which enough have it)."""
    days = first_days([*one.claims, *one.others], named)
    return days[0] if days else None, enough(days, court.sources_min)


def _days_of(state: Held) -> tuple[Day | None, Day | None]:
    return state.since, state.since


def _are_apart(one: tuple[Day | None, Day | None], other: tuple[Day | None, Day | None]) -> bool:
    """Whether enough sources date both values, and had one long before the first page that has the other."""
    (first, known), (first_other, known_other) = one, other
    if not (first and known and first_other and known_other):
        return False
    return known[0] + LAG <= first_other[0] or known_other[0] + LAG <= first[0]


def _is_of_its_dates(one: Judged, named: Named, court: _Court) -> bool:
    """Whether enough sources date a value, and not by modification alone."""
    days = first_days(filter(is_dated, one.claims), named)
    return enough(days, court.sources_min) is not None and any(map(is_of_its_date, one.claims))
