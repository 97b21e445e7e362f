"""Judges what claims say about one property of one subject: which agree, how many sources stand behind them, and what contradicts them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tierline.knowledge.agreement import MOST_CENTERS, Group, contradict, group_values, stated_by_enough
from tierline.knowledge.common_text import CommonText, page_of
from tierline.knowledge.feeds import Feeds
from tierline.knowledge.sources import Sources, sources_of
from tierline.knowledge.values import Value, agreement, read_value

Claims = Sequence[dict[str, Any]]  # rows of l4_claims, in the order of their ids


@dataclass(frozen=True, slots=True)
class Judged:
    """Claims that agree.

    `stated` are those of them that give the value as precisely as the `sources` support it, `rules` name for each claim by which it
    agrees with that value. `others` are claims of the group that agree with a more precise value only. `standing` is the number of
    sources that count against those of the `strongest` opponent among the groups that contradict this one, which are `contradictions`.
    Where the value is contested, sources of one data feed are one in `feeds`, `standing` and `strongest`; else `feeds` are the sources.
    `named` has for each claim of the group its source and why its page is put together with others, by id. `is_ambiguous`: the value
    has two readings, of which one is not contradicted by what other pages state.
    """

    claims: Claims
    stated: Claims
    others: Claims
    rules: Mapping[str, str]
    sources: frozenset[str]
    feeds: frozenset[str]
    named: Mapping[str, tuple[str | None, str]]
    standing: int
    contradictions: int
    strongest: int
    is_ambiguous: bool


def judge_property(claims: Claims, sources_min: int, feeds: Feeds, common: CommonText) -> list[Judged]:
    """The groups of agreeing claims of one property, whatever the order of the claims.

    A page that gives several values which contradict each other is a list. What it says supports each of them, but says nothing
    against values of other pages, nor does it count as a vote where pages with one value disagree; if most sources give lists, the
    property has several values, and then they do count. The number of contradictions is that of groups which a page with one value
    states. Groups that do not contradict each other vote together: truth that is written ambiguously, or to different digits, may be
    in several groups.

    A value is contested if as many sources contradict it as a fact needs. Then all sites with one data feed have one vote: either side
    may be a feed. Otherwise they keep their own, for honest sites have equal data too where all of them are right.
    """
    by_value: dict[Value, list[dict[str, Any]]] = defaultdict(list)
    for row in claims:
        by_value[value_of(row)].append(row)
    sources = sources_of(claims, common)
    support = {value: sources.of(own) for value, own in by_value.items()}
    groups = group_values(support)
    lists = _lists(groups, by_value)
    single = [sources.of(row for value in group.rules for row in by_value[value] if page_of(row) not in lists) for group in groups]
    listing = sources.of(row for row in claims if page_of(row) in lists)
    has_several = len(listing) > len(set[str]().union(*single) - listing)
    votes = _Votes(sources, feeds)
    judged: list[Judged] = []
    for place, (group, (contradictions, opponents, allies)) in enumerate(zip(groups, _oppositions(groups, single), strict=True)):
        value, stating = stated_by_enough(group, support, sources_min)
        rules = {row["claim_id"]: rule for other in group.rules if (rule := agreement(value, other)) for row in by_value[other]}
        own = [row for other in group.rules for row in by_value[other]]
        agreeing = sorted((row for row in own if row["claim_id"] in rules), key=lambda row: row["claim_id"])
        standing = sources.of(agreeing) if has_several else _together(place, single, allies)
        is_contested = max(map(len, opponents), default=0) >= sources_min
        count = votes.feeds if is_contested else frozenset[str]
        joined = votes.joined(frozenset(standing | stating)) if is_contested else {}
        judged.append(
            Judged(
                agreeing, by_value[value], [row for row in own if row["claim_id"] not in rules], rules, frozenset(stating),
                frozenset(joined.get(source, (source, ""))[0] for source in stating), _named(own, sources, joined),
                len(count(standing)), contradictions, max((len(count(one)) for one in opponents), default=0),
                group.center.is_ambiguous and bool(allies),
            )
        )  # fmt: skip
    return judged


class _Votes:
    """Counts sources by their data feeds."""

    def __init__(self, sources: Sources, feeds: Feeds) -> None:
        self._sources, self._feeds = sources, feeds
        self._joined: dict[frozenset[str], dict[str, tuple[str, str]]] = {}

    def joined(self, names: frozenset[str]) -> dict[str, tuple[str, str]]:
        """For each source (the one that stands for its feed, why)."""
        if names not in self._joined:
            self._joined[names] = self._feeds.joined({name: self._sources.sites[name] for name in names})
        return self._joined[names]

    def feeds(self, names: Iterable[str]) -> frozenset[str]:
        """The sources that stand for the feeds of these."""
        return frozenset(name for name, _ in self.joined(frozenset(names)).values())


def _named(claims: Claims, sources: Sources, joined: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str | None, str]]:
    """(source, why its page is put together with others) of claims, by their ids."""
    found: dict[str, tuple[str | None, str]] = {}
    for row in claims:
        page = page_of(row)
        own = sources.names.get(page)
        source, why = joined.get(own, (own, "")) if own else (None, "")
        found[row["claim_id"]] = source, "; ".join(filter(None, (sources.reasons.get(page), why)))
    return found


def _opposed(groups: Sequence[Group]) -> list[set[int]]:
    """For each group the places of those that contradict it."""
    everything = range(len(groups))
    return [{other for other in everything if other != place and contradict(groups[place], groups[other])} for place in everything]


def _oppositions(groups: Sequence[Group], single: Sequence[set[str]]) -> list[tuple[int, list[set[str]], set[int]]]:
    """(contradictions, the sources of each opponent, places of the groups that vote with it) for each group.

    In a property with very many groups all others are taken to contradict each, none votes with another, and of the opponents only the
    strongest is given.
    """
    if len(groups) > MOST_CENTERS:
        first, second = sorted(range(len(groups)), key=lambda place: -len(single[place]))[:2]
        stated = sum(map(bool, single))
        return [(stated - bool(own), [single[second if place == first else first]], set()) for place, own in enumerate(single)]
    opposed = _opposed(groups)
    found: list[tuple[int, list[set[str]], set[int]]] = []
    for place, rivals in enumerate(opposed):
        stating = [other for other in rivals if single[other]]
        opponents = [_together(other, single, rivals - opposed[other]) for other in stating]
        found.append((len(stating), opponents, {*range(len(groups))} - rivals - {place}))
    return found


def _together(place: int, single: Sequence[set[str]], allies: Iterable[int]) -> set[str]:
    """The sources of a group and of those that vote with it."""
    return single[place].union(*(single[ally] for ally in allies))


def value_of(claim: Mapping[str, Any]) -> Value:
    """The value of a row of `l4_claims`, or of a statement of a knowledge base beside them, and the thing that it is, if that is known."""
    value = read_value(claim["object"], claim["predicate"], claim["language"], bool(claim.get("base")))
    return replace(value, thing=thing) if (thing := claim.get("object_entity")) else value


def _lists(groups: Sequence[Group], by_value: Mapping[Value, Claims]) -> set[str]:
    """Pages that give values of several groups which contradict each other."""
    given: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        for page in {page_of(row) for value in group.rules for row in by_value[value]}:
            given[page].append(group)
    return {page for page, own in given.items() if any(contradict(own[0], other) for other in own[1:])}
