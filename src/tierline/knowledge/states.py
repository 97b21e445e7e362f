"""Says of every value that is stated of a property how it stands: a row with its state, and the sources for and against it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tierline.knowledge.agreement import MOST_CENTERS, group_values
from tierline.knowledge.common_text import CommonText, page_of
from tierline.knowledge.evidence import stated_day
from tierline.knowledge.history import Held
from tierline.knowledge.properties import value_of
from tierline.knowledge.sources import sources_of
from tierline.knowledge.times import overlap
from tierline.knowledge.values import Value, agreement, contradicts
from tierline.knowledge.verdicts import AMBIGUOUS_SUBJECT, Verdict, single_source
from tierline.knowledge.vocabulary import has_states, is_functional
from tierline.tables import content_id
from tierline.tables.l4 import VALUE_STATES

Row = dict[str, Any]
VERIFIED, SUPERSEDED, SINGLE_SOURCE, CONTRADICTED, REFUTED, WITHDRAWN = VALUE_STATES
AGREED, VOUCHED, OUTWEIGHED, DISPUTED, LATER = (
    *("facts:agreed", "facts:vouched", "facts:outweighed", "facts:disputed", "facts:superseded"),
)
_REFUTED_BY_BASE = "facts:refuted"
_BOTH_SIDES = ("facts:contradicted", "facts:bases_disagree", "facts:undated")  # of enough sources each


@dataclass(frozen=True, slots=True)
class Settled:
    """Claims that agree, as they were judged, and the row of the fact that they became, if they did."""

    held: Held
    fact: Row | None


@dataclass(slots=True)
class _Side:
    """Claims of one value: what becomes a row. `named` has the source of each claim, `rules` the rule by which it agrees."""

    claims: Sequence[Row]
    first: Row
    value: Value
    verdict: Verdict | None
    fact: Row | None
    named: Mapping[str, str | None]
    rules: Mapping[str, str]
    supporting: int
    dated_by: str | None
    times: frozenset[str]

    @property
    def sources(self) -> set[str]:
        return {name for row in self.claims if (name := self.named.get(row["claim_id"]))}


def value_rows(settled: Sequence[Settled], common: CommonText, sources_min: int) -> list[Row]:
    """Rows of `l4_values`, without their confidence, of all that is stated of one property.

    Every claim is in one of them, but for those of which nobody knows which thing they are about: their decision is all. A value is
    `verified` or `superseded` as its fact is. Of the others, what a vouched base contradicts is `refuted`, and so is what a fact of the
    same time contradicts, if the property has one value at a time, and what reviewers dropped. What other sources contradict, without a
    fact that settles it, is `contradicted`, be it by many or by one; what nothing contradicts and too few sources state is
    `single_source`. A page with several values that contradict each other is a list: it speaks for each of them and against none.
    """
    sides = [side for one in settled for side in _sides(one, sources_min)]
    sides += _refuted_sides([one.held for one in settled], common)
    opposed = _opposed(sides)
    speaking = _speaking(sides, opposed)
    rows: list[Row] = []
    for place, side in enumerate(sides):
        rivals = [other for other in opposed[place] if speaking[other]]
        state, reason, decided_by = _state(side, [sides[other] for other in rivals])
        against = set[str]().union(*(speaking[other] for other in rivals)) - side.sources
        if reason == _REFUTED_BY_BASE:
            against |= _base_of(side, sides)
        rows.append(_row(side, state, reason, decided_by, against, len(side.sources - speaking[place])))
    return rows


def _sides(one: Settled, sources_min: int) -> Iterator[_Side]:
    """What a group of claims became, and the values of those of it that agree with a more precise value only."""
    judged, verdict = one.held.judged, one.held.verdict
    if verdict is not None and verdict["rule"] in (AMBIGUOUS_SUBJECT["rule"], _REFUTED_BY_BASE):
        return
    named = {claim: name for claim, (name, _) in judged.named.items()}
    if judged.claims:
        said = [row for row in judged.stated if one.fact is not None and row["language"] == one.fact["language"]]
        yield _side(judged.claims, [*said, *judged.stated][0], verdict, one, named, judged.rules, len(judged.feeds))
    for own in _agreeing(judged.others, named):
        yield _side(own, own[0], single_source(1, sources_min), None, named, {})


def _refuted_sides(held: Iterable[Held], common: CommonText) -> Iterator[_Side]:
    """What a vouched base refutes, which was decided claim by claim and without counting sources."""
    by_statement: dict[str, list[Row]] = defaultdict(list)
    verdicts: dict[str, Verdict] = {}
    for one in held:
        if one.verdict is not None and one.verdict["rule"] == _REFUTED_BY_BASE:
            verdicts[one.verdict["related_id"]] = one.verdict
            by_statement[one.verdict["related_id"]] += one.judged.claims
    for statement, claims in by_statement.items():
        sources = sources_of(claims, common)
        named = {row["claim_id"]: sources.names.get(page_of(row)) for row in claims}
        for own in _agreeing(claims, named):
            yield _side(own, own[0], verdicts[statement], None, named, {})


def _agreeing(claims: Iterable[Row], named: Mapping[str, str | None]) -> Iterator[list[Row]]:
    """Claims by the groups of values that agree."""
    by_value: dict[Value, list[Row]] = defaultdict(list)
    for row in claims:
        by_value[value_of(row)].append(row)
    support = {value: {name for row in own if (name := named.get(row["claim_id"]))} for value, own in by_value.items()}
    for group in group_values(support):
        yield [row for value in group.rules for row in by_value[value]]


def _side(
    claims: Sequence[Row], first: Row, verdict: Verdict | None, settled: Settled | None, named: Mapping[str, str | None],
    rules: Mapping[str, str], supporting: int | None = None,
) -> _Side:  # fmt: skip
    sources = {name for row in claims if (name := named.get(row["claim_id"]))}
    return _Side(
        claims, first, value_of(first), verdict, settled.fact if settled else None, named,
        rules or {row["claim_id"]: agreement(value_of(row), value_of(first)) or "words" for row in claims},
        len(sources) if supporting is None else supporting, settled.held.dated_by if settled else None,
        frozenset(row["time"] for row in claims if row["time"]),
    )  # fmt: skip


def _opposed(sides: Sequence[_Side]) -> list[set[int]]:
    """For each side the places of those that contradict it at the same time; with very many all others, for it is a list of a kind."""
    changing = bool(sides) and has_states(sides[0].first["predicate"])
    everything = range(len(sides))
    if len(sides) > MOST_CENTERS:
        return [{*everything} - {place} for place in everything]
    found: list[set[int]] = [set() for _ in everything]
    for place, side in enumerate(sides):
        for other in everything[:place]:
            if contradicts(side.value, sides[other].value) and (not changing or _share_time(side, sides[other])):
                found[place].add(other)
                found[other].add(place)
    return found


def _share_time(one: _Side, other: _Side) -> bool:
    """Whether two values of what changes are stated of the same time: of overlapping ones, or both of none."""
    if one.times and other.times:
        return any(overlap(time, later) for time in one.times for later in other.times)
    return not one.times and not other.times


def _speaking(sides: Sequence[_Side], opposed: Sequence[set[int]]) -> list[set[str]]:
    """The sources of each side that give no other value at its time on the same page."""
    pages = [{page_of(row) for row in side.claims} for side in sides]
    found: list[set[str]] = []
    for place, side in enumerate(sides):
        lists = pages[place] & set[str]().union(*(pages[other] for other in opposed[place]))
        alone = (side.named.get(row["claim_id"]) for row in side.claims if page_of(row) not in lists)
        found.append({name for name in alone if name})
    return found


def _state(side: _Side, rivals: Sequence[_Side]) -> tuple[str, str, str | None]:
    """(state, reason, what decided it)."""
    if side.fact is not None:
        if side.fact["state"] == SUPERSEDED:
            return SUPERSEDED, LATER, side.fact["superseded_by"]
        return VERIFIED, VOUCHED if side.fact["vouched_by"] else AGREED, None
    assert side.verdict is not None, "claims that are no fact have a verdict"
    rule = str(side.verdict["rule"])
    if rule == _REFUTED_BY_BASE:
        return REFUTED, rule, side.verdict["related_id"]
    if rule.startswith("review:"):
        return REFUTED, rule, None
    has_one = is_functional(side.first["predicate"])
    standing = sorted(str(rival.fact["fact_id"]) for rival in rivals if rival.fact is not None)
    if standing and has_one:
        return REFUTED, OUTWEIGHED, standing[0]
    if rule in _BOTH_SIDES:
        return CONTRADICTED, rule, None
    return (CONTRADICTED, DISPUTED, None) if rivals and has_one else (SINGLE_SOURCE, rule, None)


def _base_of(side: _Side, sides: Sequence[_Side]) -> set[str]:
    """The name of the vouched base that refutes claims."""
    assert side.verdict is not None, "what is refuted has a verdict"
    stated = side.verdict["related_id"]
    return {name for other in sides if other.fact is not None and (name := other.named.get(stated))}


def _row(side: _Side, state: str, reason: str, decided_by: str | None, against: Iterable[str], listing: int) -> Row:
    ids = sorted(row["claim_id"] for row in side.claims)
    entity, fact = side.first["entity"], side.fact
    days = sorted(filter(None, map(stated_day, side.claims)))
    return {
        "value_id": content_id("val", entity.id, side.first["predicate"], side.value.normal, ids),
        "parents": ids,
        "entity": entity.id,
        **{name: side.first[name] for name in ("subject", "predicate", "object", "language")},
        "value_type": side.value.type,
        "value_normal": side.value.normal,
        "value_precision": side.value.precision,
        "object_entity": side.value.thing or None,
        "state": state,
        "reason": reason,
        "confidence": None,
        "independent_sources": side.supporting,
        "sources_for": sorted(side.sources),
        "sources_against": sorted(against),
        "listing": listing,
        "methods": sorted({"base" if row.get("base") else row.get("method") or "" for row in side.claims} - {""}),
        "agreements": sorted(set(side.rules.values())),
        "is_ambiguous": side.value.is_ambiguous,
        "fact_id": fact["fact_id"] if fact else None,
        "decided_by": decided_by,
        "lost": None,
        "vouched_by": fact["vouched_by"] if fact else None,
        "valid_from": fact["valid_from"] if fact else days[0][1] if days else None,
        "valid_until": fact["valid_until"] if fact else None,
        "dated_by": fact["dated_by"] if fact else "stated" if days else side.dated_by,
    }
