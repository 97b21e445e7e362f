"""Judges what claims say about one property of one subject: which agree, how many sources stand behind them, and what contradicts them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tierline.knowledge.agreement import MOST_CENTERS, Group, contradict, group_values, stated_by_enough
from tierline.knowledge.values import Value, agreement, read_value
from tierline.text.domains import registrable_domain

Claims = Sequence[dict[str, Any]]  # rows of l4_claims, in the order of their ids


@dataclass(frozen=True, slots=True)
class Judged:
    """Claims that agree.

    `stated` are those of them that give the value as precisely as the `domains` support it, `rules` name for each claim by which it
    agrees with that value. `others` are claims of the group that agree with a more precise value only. `standing` is the number of
    domains that count against those of the `strongest` opponent among the groups that contradict this one, which are `contradictions`.
    `is_ambiguous`: the value has two readings, of which one is not contradicted by what other pages state.
    """

    claims: Claims
    stated: Claims
    others: Claims
    rules: Mapping[str, str]
    domains: frozenset[str]
    standing: int
    contradictions: int
    strongest: int
    is_ambiguous: bool


def judge_property(claims: Claims, sources_min: int) -> list[Judged]:
    """The groups of agreeing claims of one property, whatever the order of the claims.

    A page that gives several values which contradict each other is a list. What it says supports each of them, but says nothing
    against values of other pages, nor does it count as a vote where pages with one value disagree; if most domains give lists, the
    property has several values, and then their domains do count. The number of contradictions is that of groups which a page with one
    value states. Groups that do not contradict each other vote together: truth that is written ambiguously, or to different digits,
    may be in several groups.
    """
    by_value: dict[Value, list[dict[str, Any]]] = defaultdict(list)
    for row in claims:
        by_value[value_of(row)].append(row)
    support = {value: independent_domains(row["domain"] for row in own) for value, own in by_value.items()}
    groups = group_values(support)
    lists = _lists(groups, by_value)
    single = [
        independent_domains(row["domain"] for value in group.rules for row in by_value[value] if row["parents"][0] not in lists)
        for group in groups
    ]
    listing = independent_domains(row["domain"] for row in claims if row["parents"][0] in lists)
    has_several = len(listing) > len(set[str]().union(*single) - listing)
    oppositions = _oppositions(groups, single)
    judged: list[Judged] = []
    for place, group in enumerate(groups):
        value, domains = stated_by_enough(group, support, sources_min)
        rules = {row["claim_id"]: rule for other in group.rules if (rule := agreement(value, other)) for row in by_value[other]}
        own = [row for other in group.rules for row in by_value[other]]
        agreeing = sorted((row for row in own if row["claim_id"] in rules), key=lambda row: row["claim_id"])
        contradictions, strongest, allies = oppositions[place]
        standing = independent_domains(row["domain"] for row in agreeing) if has_several else _votes(place, single, allies)
        judged.append(
            Judged(
                agreeing, by_value[value], [row for row in own if row["claim_id"] not in rules],
                rules, frozenset(domains), len(standing), contradictions, strongest, group.center.is_ambiguous and bool(allies),
            )
        )  # fmt: skip
    return judged


def _opposed(groups: Sequence[Group]) -> list[set[int]]:
    """For each group the places of those that contradict it."""
    everything = range(len(groups))
    return [{other for other in everything if other != place and contradict(groups[place], groups[other])} for place in everything]


def _oppositions(groups: Sequence[Group], single: Sequence[set[str]]) -> list[tuple[int, int, set[int]]]:
    """(contradictions, votes of the strongest opponent, places of the groups that vote with it) for each group.

    In a property with very many groups all others are taken to contradict each, and none votes with another.
    """
    if len(groups) > MOST_CENTERS:
        votes = [len(domains) for domains in single]
        first, second = sorted(votes, reverse=True)[:2]
        stated = sum(map(bool, votes))
        return [(stated - bool(own), second if own == first else first, set()) for own in votes]
    opposed = _opposed(groups)
    found: list[tuple[int, int, set[int]]] = []
    for place, rivals in enumerate(opposed):
        stating = [other for other in rivals if single[other]]
        strongest = max((len(_votes(other, single, rivals - opposed[other])) for other in stating), default=0)
        found.append((len(stating), strongest, {*range(len(groups))} - rivals - {place}))
    return found


def _votes(place: int, single: Sequence[set[str]], allies: Iterable[int]) -> set[str]:
    """The domains of a group and of those that vote with it."""
    return single[place].union(*(single[ally] for ally in allies))


def value_of(claim: Mapping[str, Any]) -> Value:
    """The value of a row of `l4_claims`."""
    return read_value(claim["object"], claim["predicate"], claim["language"])


def independent_domains(hosts: Iterable[str | None]) -> set[str]:
    """Registrable domains: `www.a.example` and `shop.a.example` are one source, an unknown host is not a source."""
    return {registrable_domain(host) for host in hosts if host}


def _lists(groups: Sequence[Group], by_value: Mapping[Value, Claims]) -> set[str]:
    """Pages that give values of several groups which contradict each other."""
    given: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        for page in {row["parents"][0] for value in group.rules for row in by_value[value]}:
            given[page].append(group)
    return {page for page, own in given.items() if any(contradict(own[0], other) for other in own[1:])}
