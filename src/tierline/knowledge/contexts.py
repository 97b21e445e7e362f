"""Tells things of one name and kind apart by what stands around them: two Springfields by their states, two John Smiths by their births."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations

from tierline.knowledge.agreement import Group, contradict, group_values
from tierline.knowledge.kinds import COUNTRY, PAGE, is_within
from tierline.knowledge.mentions import SITES_MIN, Mention, sites_of
from tierline.knowledge.properties import value_of
from tierline.knowledge.values import Value, agreement
from tierline.knowledge.vocabulary import property_named

# What says where a thing is, to tell it from others; the rest are statements like all others, and may be wrong like them.
_WHERE = "contained in place", "contained in"
_OF_PLACES = (*_WHERE, "country", "state", "region", "province", "county")
_OF_PEOPLE = ("birth date",)
_OF_WORKS = "author", "director"
_CONTEXT = {
    "place": _OF_PLACES,
    "organization": _OF_PLACES,
    "person": _OF_PEOPLE,
    "work": _OF_WORKS,
    "": (*_OF_PLACES, *_OF_PEOPLE, *_OF_WORKS),
}
_COMPARED = "number", "date", "person"  # types of the properties by which sides are compared
VALUES_MAX = 50  # of one property of one name; with more, nothing is told apart by it
UNTOLD = "?"
Stated = Mapping[str, Mapping[Value, set[int]]]  # by property and value, the places of the mentions that state it


def told_apart(mentions: Sequence[Mention], kind: str) -> tuple[str, list[str]] | None:
    """(property, for each mention its value of the thing that it is about, UNTOLD where nothing shows which) for mentions of one name and
    kind that are of several things; None where nothing shows that.

    Shown it is by a property of their surroundings of which two sites or more state one value and as many another one that contradicts it,
    if the sides agree on nothing else that has one value, but differ in something: an error that others contradict makes no second thing.
    A mention that does not state the property is of the only side with which it agrees on something.

    Sites that err alike in everything look the same as sites about another thing. So if the property is but a statement like others
    (country, birth date, author), only the side of most sites is told; with what a thing is contained in, all are.
    """
    properties = () if is_within(kind, COUNTRY) or is_within(kind, PAGE) else _CONTEXT.get(kind.partition("/")[0], ())
    around = _stated(mentions, properties)
    for name in properties:
        values = around.get(name, {})
        if 2 <= len(values) <= VALUES_MAX:
            groups = group_values({value: sites_of(mentions[place] for place in places) for value, places in values.items()})
            members = [set[int]().union(*(values[value] for value in group.rules)) for group in groups]
            strong = [place for place, own in enumerate(members) if len(sites_of(mentions[one] for one in own)) >= SITES_MIN]
            if not _differ([groups[place] for place in strong]):
                continue
            compared = _compared(_stated(mentions), properties)
            if _are_others([members[place] for place in strong], compared):
                sides = _sides(groups, members, compared, len(mentions))
                return name, sides if name in _WHERE else _most(sides, mentions)
    return None


def _stated(mentions: Sequence[Mention], properties: Collection[str] = ()) -> dict[str, dict[Value, set[int]]]:
    """Of these properties, or of all."""
    found: dict[str, dict[Value, set[int]]] = defaultdict(lambda: defaultdict(set))
    for place, mention in enumerate(mentions):
        for claim in mention.claims:
            if not properties or claim["predicate"] in properties:
                found[claim["predicate"]][value_of(claim)].add(place)
    return found


def _differ(groups: Sequence[Group]) -> bool:
    return len(groups) > 1 and all(contradict(one, other) for one, other in combinations(groups, 2))


def _compared(stated: Stated, context: Collection[str]) -> list[Mapping[Value, set[int]]]:
    """The values of each property by which sides are compared."""
    known = {name: property_named(name) for name in stated if name not in context and len(stated[name]) <= VALUES_MAX}
    return [stated[name] for name, one in known.items() if one and one.functional and one.type in _COMPARED]


def _are_others(sides: Sequence[set[int]], compared: Iterable[Mapping[Value, set[int]]]) -> bool:
    """Whether sides have no value in common, and some that differ."""
    differing = dict.fromkeys(combinations(range(len(sides)), 2), False)
    for values in compared:
        said = [[value for value, places in values.items() if places & side] for side in sides]
        for one, other in differing:
            if any(agreement(here, there) for here in said[one] for there in said[other]):
                return False
            differing[one, other] |= bool(said[one] and said[other])
    return all(differing.values())


def _sides(groups: Sequence[Group], members: Sequence[set[int]], compared: Sequence[Mapping[Value, set[int]]], size: int) -> list[str]:
    """By the value that a mention states, which counts only if it is one, else by what it has in common with the sides."""
    stated = [[place for place, own in enumerate(members) if mention in own] for mention in range(size)]
    found = [groups[own[0]].center.normal if len(own) == 1 else UNTOLD for own in stated]
    alike: dict[int, set[str]] = defaultdict(set)
    for values in compared:
        sides = {value: {found[place] for place in places if stated[place]} - {UNTOLD} for value, places in values.items()}
        for value, places in values.items():
            agreeing = set[str]().union(*(sides[other] for other in values if agreement(value, other)))
            for place in places:
                alike[place] |= agreeing
    return [one if own else _only(alike[place]) for place, (one, own) in enumerate(zip(found, stated, strict=True))]


def _only(sides: set[str]) -> str:
    return next(iter(sides)) if len(sides) == 1 else UNTOLD


def _most(sides: Sequence[str], mentions: Sequence[Mention]) -> list[str]:
    """All sides but that of most sites are untold; all of them if two have as many."""
    sites: dict[str, set[str]] = defaultdict(set)
    for side, mention in zip(sides, mentions, strict=True):
        if side != UNTOLD:
            sites[side].add(mention.site)
    ordered = sorted(sites, key=lambda side: -len(sites[side]))
    alone = ordered[0] if len(ordered) == 1 or len(sites[ordered[0]]) > len(sites[ordered[1]]) else UNTOLD
    return [side if side == alone else UNTOLD for side in sides]
