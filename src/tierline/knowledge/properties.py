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
    domains that count against those of the `strongest` of the groups that contradict this one, which are `contradictions`.
    """

    claims: Claims
    stated: Claims
    others: Claims
    rules: Mapping[str, str]
    domains: frozenset[str]
    standing: int
    contradictions: int
    strongest: int


def judge_property(claims: Claims, sources_min: int) -> list[Judged]:
    """The groups of agreeing claims of one property, whatever the order of the claims.

    A page that gives several values which contradict each other is a list. What it says supports each of them, but says nothing
    against values of other pages, nor does it count as a vote where pages with one value disagree; if most domains give lists, the
    property has several values, and then their domains do count. The number of contradictions is that of groups which a page with one
    value states.
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
    votes = [len(domains) for domains in single]
    judged: list[Judged] = []
    for place, group in enumerate(groups):
        value, domains = stated_by_enough(group, support, sources_min)
        rules = {row["claim_id"]: rule for other in group.rules if (rule := agreement(value, other)) for row in by_value[other]}
        own = [row for other in group.rules for row in by_value[other]]
        agreeing = sorted((row for row in own if row["claim_id"] in rules), key=lambda row: row["claim_id"])
        contradictions, strongest = _rivals(place, groups, votes)
        standing = independent_domains(row["domain"] for row in agreeing) if has_several else single[place]
        judged.append(
            Judged(
                agreeing, by_value[value], [row for row in own if row["claim_id"] not in rules],
                rules, frozenset(domains), len(standing), contradictions, strongest,
            )
        )  # fmt: skip
    return judged


def _rivals(place: int, groups: Sequence[Group], votes: Sequence[int]) -> tuple[int, int]:
    """(number, most votes of one) of the groups that contradict a group; in a property with very many, all others are taken to."""
    if len(groups) > MOST_CENTERS:
        first, second = sorted(votes, reverse=True)[:2]
        return sum(map(bool, votes)) - bool(votes[place]), second if votes[place] == first else first
    rivals = [own for other, own in enumerate(votes) if own and other != place and contradict(groups[place], groups[other])]
    return len(rivals), max(rivals, default=0)


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
