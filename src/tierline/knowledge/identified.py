"""Puts identifiers together that are of one thing, and leaves out those that pages give wrongly: bridges, templates, contradictions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

from tierline.knowledge.common_text import CommonText
from tierline.knowledge.identifiers import is_root, is_telling, scheme_of
from tierline.knowledge.kinds import Kinds, are_compatible
from tierline.knowledge.mentions import Mention, are_independent, sites_of

USERS_MAX = 1_000  # pages of one name that are looked at, the first in order
NAMES_OF_SITE_MAX = 2  # in one language, under which a site gives an identifier; with more, its template gives it to all its pages


@dataclass(frozen=True, slots=True)
class Identified:
    """Of each mention: the first identifier of its thing, "" where none counts (`first`), and those that its page gives with sense
    (`given`). By the first identifier: all of the thing (`ids`)."""

    first: Sequence[str]
    given: Sequence[tuple[str, ...]]
    ids: Mapping[str, frozenset[str]]


def identified(mentions: Sequence[Mention], common: CommonText) -> Identified:
    """The things that mentions are of by their identifiers.

    An identifier that a page gives does not count where

    - the page gives another one of the same scheme of which a thing has one;
    - its site gives it for things of more than two names in one language;
    - other pages give it beside two of a scheme of which a thing has one, and not most sites one of them;
    - it joins things of different kinds, and the other kind has more sites;
    - one site alone joins by it a name that other pages use to another name (`_bridging`).
    """
    given = _given(mentions)
    groups = _united(mentions, given)
    found = [_only(own, groups) for own in given]
    for wrong in (_of_other_kind, _bridging):
        of_thing: dict[str, list[int]] = defaultdict(list)
        for place, first in enumerate(found):
            if first:
                of_thing[first].append(place)
        users = _users(mentions)
        for places in of_thing.values():
            for place in wrong(places, mentions, found, users, common):
                found[place] = ""
    _leave_to_names(found, mentions, given)
    things: dict[str, set[str]] = defaultdict(set)
    for own, first in zip(given, found, strict=True):
        things[first] |= {one for one in own if first and groups.first(one) == first}
    return Identified(found, given, {first: frozenset(ids) for first, ids in things.items() if first})


def _leave_to_names(found: list[str], mentions: Sequence[Mention], given: Sequence[tuple[str, ...]]) -> None:
    """Profiles and pages under which a thing has but one name say no more than it does, and another page may list other ones."""
    names: dict[str, set[str]] = defaultdict(set)
    for mention, first in zip(mentions, found, strict=True):
        names[first].add(mention.name)
    telling = {first for own, first in zip(given, found, strict=True) for one in own if not one.startswith("url:") or is_root(one)}
    for place, first in enumerate(found):
        if len(names[first]) == 1 and first not in telling:
            found[place] = ""


def _given(mentions: Sequence[Mention]) -> list[tuple[str, ...]]:
    """The identifiers of each mention that neither contradict each other nor are those of a site's template."""
    names: dict[tuple[str, str | None, str], set[str]] = defaultdict(set)
    for mention in mentions:
        for one in mention.ids:
            names[mention.site, mention.language, one].add(mention.name)
    found: list[tuple[str, ...]] = []
    for mention in mentions:
        values = Counter(scheme_of(one) for one in mention.ids if is_telling(one))
        used = {one: len(names[mention.site, mention.language, one]) for one in mention.ids}
        found.append(tuple(one for one in mention.ids if values[scheme_of(one)] < 2 and used[one] <= NAMES_OF_SITE_MAX))
    return found


class _Groups:
    """Disjoint sets of identifiers, none of which has two values of a telling scheme; the first in order stands for a set."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}
        self._told: dict[str, dict[str, str]] = {}
        self.torn: set[str] = set()  # which are of nothing

    def first(self, one: str) -> str:
        """What stands for its set."""
        while (parent := self._parents.setdefault(one, one)) != one:
            self._parents[one] = one = self._parents.setdefault(parent, parent)
        return one

    def join(self, one: str, other: str) -> None:
        """Put two sets together, unless these contradict each other."""
        here, there = sorted((self.first(one), self.first(other)))
        if here == there:
            return
        ours, theirs = self.told(here), self.told(there)
        if all(ours.get(scheme, value) == value for scheme, value in theirs.items()):
            self._parents[there] = here
            self._told[here] = ours | theirs

    def told(self, first: str) -> dict[str, str]:
        """What a set has of telling schemes."""
        return self._told.setdefault(first, {scheme_of(first): first} if is_telling(first) else {})


def _united(mentions: Sequence[Mention], given: Sequence[tuple[str, ...]]) -> _Groups:
    """Groups of identifiers that mentions give together, those first that most sites do."""
    links: dict[tuple[str, str], set[str]] = defaultdict(set)
    groups = _Groups()
    for mention, own in zip(mentions, given, strict=True):
        for pair in combinations(own, 2):
            links[pair].add(mention.site)
    groups.torn, refused = _torn(links)
    for pair, _ in sorted(links.items(), key=lambda item: (-len(item[1]), item[0])):
        if groups.torn.isdisjoint(pair) and frozenset(pair) not in refused:
            groups.join(*pair)
    return groups


def _torn(links: Mapping[tuple[str, str], set[str]]) -> tuple[set[str], set[frozenset[str]]]:
    """(identifiers that stand beside several of one telling scheme, none of them on most sites; pairs of which other sites know better)."""
    beside: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for (one, other), sites in links.items():
        for here, there in ((one, other), (other, one)):
            if is_telling(there):
                beside[here, scheme_of(there)].append((len(sites), there))
    torn: set[str] = set()
    refused: set[frozenset[str]] = set()
    for (one, _), others in beside.items():
        if len(others) > 1:
            others.sort(reverse=True)
            if others[0][0] == others[1][0]:
                torn.add(one)
            else:
                refused |= {frozenset((one, other)) for _, other in others[1:]}
    return torn, refused


def _only(own: Sequence[str], groups: _Groups) -> str:
    """The thing that the identifiers of a mention are of; "" where they are of none, or of several."""
    found = {groups.first(one) for one in own if one not in groups.torn}
    first = found.pop() if len(found) == 1 else ""
    told = groups.told(first) if first else {}
    return "" if any(told.get(scheme_of(one), one) != one for one in own) else first


Users = Mapping[str, Sequence[int]]  # by name, the places of the mentions that use it


def _users(mentions: Sequence[Mention]) -> Users:
    found: dict[str, list[int]] = defaultdict(list)
    for place, mention in enumerate(mentions):
        if not mention.is_page:
            found[mention.name].append(place)
    return found


def _of_other_kind(
    places: Sequence[int], mentions: Sequence[Mention], found: Sequence[str], users: Users, common: CommonText
) -> Iterable[int]:
    """Mentions of a thing that are of another kind than those of most sites. One name with an identifier of which a thing has one counts
    for more than types that differ."""
    is_told = any(is_telling(one) for place in places for one in mentions[place].ids)
    groups: dict[tuple[str, Kinds], list[int]] = defaultdict(list)
    for place in places:
        groups[mentions[place].name, () if is_told else mentions[place].kinds].append(place)
    if len(groups) < 2:
        return
    ordered = sorted(groups.values(), key=lambda own: (-len(sites_of(mentions[place] for place in own)), own))
    main = most_kinds(mentions[place] for place in ordered[0])
    others = [own for own in ordered[1:] if not are_compatible(main, most_kinds(mentions[place] for place in own))]
    for own in others:
        yield from own
    if others and len(sites_of(mentions[place] for place in others[0])) >= len(sites_of(mentions[place] for place in ordered[0])):
        yield from ordered[0]


def _bridging(places: Sequence[int], mentions: Sequence[Mention], found: Sequence[str], users: Users, common: CommonText) -> Iterable[int]:
    """Mentions by which an identifier joins a name that other pages use for themselves to another name.

    It may: if two independent sources give it under that name, if the page has both names, or if no more than one such name is joined to
    names that nobody else uses.
    """
    by_name: dict[str, list[int]] = defaultdict(list)
    for place in places:
        by_name[mentions[place].name].append(place)
    if len(by_name) < 2:
        return
    first = found[places[0]]
    strong = {name for name, own in by_name.items() if are_independent((mentions[place] for place in own), common)}
    new = {
        name
        for name, own in by_name.items()
        if not _is_used(name, first, sites_of(mentions[place] for place in own), mentions, found, users)
    }
    known = strong | new
    rest = {name for name in by_name.keys() - known if not any(mentions[place].aliases & (known - {name}) for place in by_name[name])}
    if strong or len(rest) > 1:
        for name in sorted(rest):
            yield from by_name[name]


def _is_used(name: str, first: str, sites: set[str], mentions: Sequence[Mention], found: Sequence[str], users: Users) -> bool:
    """Whether another site has pages of this name that are not of the thing."""
    return any(found[place] != first and mentions[place].site not in sites for place in islice(users.get(name, ()), USERS_MAX))


def most_kinds(mentions: Iterable[Mention]) -> Kinds:
    """The kinds that most sites say, the first in order of those that as many do; empty where none is known."""
    sites: dict[Kinds, set[str]] = defaultdict(set)
    for mention in mentions:
        if mention.kinds:
            sites[mention.kinds].add(mention.site)
    return min(sites, key=lambda kinds: (-len(sites[kinds]), -max(map(len, kinds)), kinds), default=())
