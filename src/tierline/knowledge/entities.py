"""Decides which claims are about one thing: by identifiers, else by name where only one thing of it is known, else by kind and context."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tierline.knowledge.common_text import CommonText
from tierline.knowledge.contexts import UNTOLD, told_apart
from tierline.knowledge.identified import identified, most_kinds
from tierline.knowledge.identifiers import is_telling, rank, scheme_of
from tierline.knowledge.kinds import PAGE, Kinds, are_compatible, is_within
from tierline.knowledge.mentions import SITES_MIN, Claim, Mention, are_independent, compared_name, mentions_of, sites_of
from tierline.knowledge.predicates import predicate_key
from tierline.tables import content_id

SITES_AGAINST_ONE = 3  # so many make a thing of the same name that one site alone knows no sign of two
ALIASES_MAX = 16  # of one thing
THINGS_MAX = 32  # of one name, of which another name may mean one
_AMBIGUOUS = UNTOLD


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing. `id` is its best identifier, else `ent_` and a hash of its name, kind and context; `type` a term of schema.org or None;
    `names` are all names that its claims write and those that two sources state; `told` says by what those of them are told apart that
    are names of another thing, too, in the form in which names are compared."""

    id: str
    type: str | None
    names: tuple[str, ...]
    told: Mapping[str, str]

    def aliases(self, name: str) -> list[str]:
        """Its names but for this one, however that is written."""
        return [one for one in self.names if compared_name(one) != compared_name(name)][:ALIASES_MAX]

    def called(self, name: str) -> str:
        """A name of it, with what tells it from other things of that name in brackets: "Georgia (country)"."""
        return f"{name} ({said})" if (said := self.told.get(compared_name(name))) else name


class Entities:
    """The things that claims are about.

    - Claims with an identifier are about its thing, whatever their name (identified.py).
    - Claims without are about the thing of their name if there is one alone whose kind theirs can be. With two (a country and a state, two
      numbers of Wikidata) they are about neither.
    - Things of one name and kind without identifiers are one, as long as what stands around them does not tell them apart (contexts.py).
    - Things of two names are one if pages of each, of two independent sources, state the other name: that a city is also called
      Springfield does not say that what others call Springfield is this city.

    Takes time linear in the claims, but for sorting; the order of the claims decides nothing.
    """

    def __init__(self, claims: Iterable[Claim], common: CommonText) -> None:
        self._common = common
        self._mentions = mentions_of(claims)
        self._by_id = identified(self._mentions, common)
        self._context: dict[str, str] = {}  # by claim, the thing before its context told it apart
        self._around: dict[str, str] = {}  # what a thing that its context tells apart is told by, as a page writes it
        self._things = self._named()
        self._members: dict[str, list[int]] = defaultdict(list)
        for place, thing in enumerate(self._things):
            if thing != _AMBIGUOUS:
                self._members[thing].append(place)
        self._parents: dict[str, str] = {}
        stated = self._aliases()
        self._described = self._entities(stated)
        self._of_claim = {
            claim["claim_id"]: self._context.get(claim["claim_id"], thing)
            for mention, thing in zip(self._mentions, self._things, strict=True)
            for claim in mention.claims
            if thing != _AMBIGUOUS or claim["claim_id"] in self._context
        }

    def of(self, claim: Claim) -> Entity | None:
        """What a claim is about; None if there are several things of its name, and nothing shows which is meant."""
        thing = self._of_claim.get(claim["claim_id"])
        return self._described[self._root(thing)] if thing is not None else None

    def _named(self) -> list[str]:
        """The thing of each mention: that of its identifier, else one of its name."""
        things = [f"id\0{first}" if first else _AMBIGUOUS for first in self._by_id.first]
        by_name: dict[str, list[int]] = defaultdict(list)
        for place, mention in enumerate(self._mentions):
            by_name[mention.name].append(place)
        for name, places in by_name.items():
            self._of_name(name, places, things)
        return things

    def _of_name(self, name: str, places: Sequence[int], things: list[str]) -> None:
        """Gives each mention of a name that has no thing by its identifier one."""
        options: dict[str, list[int]] = defaultdict(list)
        plain = [place for place in places if not self._by_id.first[place]]
        for place in places:
            if self._by_id.first[place]:
                options[things[place]].append(place)
        kinds = {thing: most_kinds(self._mentions[place] for place in places) for thing, places in options.items()}
        known = {own: any(kinds[thing] and _can_be(own, kinds[thing]) for thing in options) for own in self._kinds(plain)}
        of_no_thing = [place for place in plain if not known.get(self._mentions[place].kinds, True)]
        leaves = _leaves([self._mentions[place].kinds for place in of_no_thing])
        things_alone = [leaf for leaf in leaves if leaf != PAGE]
        if len(things_alone) == len(kinds) == 1 and not any(kinds.values()):  # the only thing of the name is what others say that it is
            kinds = dict.fromkeys(kinds, (things_alone[0],))
            leaves = [leaf for leaf in leaves if leaf == PAGE]
        kinds |= {f"{name}\0{leaf}": (leaf,) for leaf in leaves}
        for place in of_no_thing:
            fitting = [leaf for leaf in leaves if _can_be(self._mentions[place].kinds, (leaf,))]
            if len(fitting) == 1:
                options[f"{name}\0{fitting[0]}"].append(place)
        sites = {thing: len(sites_of(self._mentions[place] for place in options.get(thing, ()))) for thing in kinds}
        choices = {own: _choice(own, kinds, sites) or f"{name}\0" for own in [(), *self._kinds(plain)]}
        told = {thing: self._told(thing) for thing in choices.values()}
        chosen: dict[str, list[int]] = defaultdict(list)
        for place in plain:
            thing = choices[self._mentions[place].kinds]
            things[place] = _AMBIGUOUS if _deny(told[thing], self._by_id.given[place]) else thing
            chosen[things[place]].append(place)
        for thing, places in chosen.items():
            if thing.startswith(f"{name}\0"):
                self._told_apart(thing, places, things)

    def _kinds(self, places: Sequence[int]) -> list[Kinds]:
        """The kinds of mentions, each once, where they are known."""
        return list({self._mentions[place].kinds: None for place in places if self._mentions[place].kinds})

    def _told_apart(self, thing: str, places: Sequence[int], things: list[str]) -> None:
        """Parts mentions of one name and kind by their context; what states that context itself is judged as if they were one thing."""
        mentions = [self._mentions[place] for place in places]
        if len(sites_of(mentions)) < 2 * SITES_MIN or not (found := told_apart(mentions, thing.partition("\0")[2])):
            return
        predicate, sides = found
        for place, side in zip(places, sides, strict=True):
            things[place] = f"{thing}\0{side}" if side != UNTOLD else _AMBIGUOUS
            for claim in self._mentions[place].claims:
                if claim["predicate"] == predicate:
                    self._context[claim["claim_id"]] = thing
                    self._around.setdefault(things[place], claim["object"])

    def _aliases(self) -> dict[str, list[str]]:
        """Joins things whose pages state the name of each other, and returns the names that two independent sources state, by thing."""
        by_name: dict[str, set[str]] = defaultdict(set)
        for place, mention in enumerate(self._mentions):
            if self._things[place] != _AMBIGUOUS and not mention.is_page:
                by_name[mention.name].add(self._things[place])
        kinds = {thing: most_kinds(self._mentions[place] for place in places) for thing, places in self._members.items()}
        stating: dict[tuple[str, str], list[int]] = defaultdict(list)
        joining: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for place, (mention, thing) in enumerate(zip(self._mentions, self._things, strict=True)):
            for alias in mention.aliases if thing != _AMBIGUOUS and not mention.is_page else ():
                stating[thing, alias].append(place)
                named = by_name.get(alias, set())
                others = [other for other in named if other != thing and are_compatible(kinds[thing], kinds[other])]
                if len(others) == 1 and len(named) <= THINGS_MAX:
                    joining[min(thing, others[0]), max(thing, others[0])][thing].append(place)
        told = {thing: self._told(thing) for thing in self._members}
        given = {thing: {one for place in places for one in self._by_id.given[place]} for thing, places in self._members.items()}
        both = {pair: [*sides[pair[0]], *sides[pair[1]]] for pair, sides in joining.items() if len(sides) == 2}
        for (one, other), places in sorted(both.items(), key=lambda item: (-len(item[1]), item[0])):
            here, there = sorted((self._root(one), self._root(other)))
            is_one = not _deny(told[here], given[there]) and not _deny(told[there], given[here])
            if here != there and is_one and are_compatible(kinds[here], kinds[there]) and self._are_independent(places):
                self._parents[there] = here
                told[here] |= told[there]
                given[here] |= given[there]
                kinds[here] = max(kinds[here], kinds[there], key=lambda own: max(map(len, own), default=0))
        found: dict[str, list[str]] = defaultdict(list)
        for (thing, alias), places in stating.items():
            if self._are_independent(places):
                found[thing].append(alias)
        return found

    def _told(self, thing: str) -> dict[str, str]:
        """What a thing has of telling schemes."""
        return {scheme_of(one): one for one in self._by_id.ids.get(thing.removeprefix("id\0"), ()) if is_telling(one)}

    def _are_independent(self, places: Sequence[int]) -> bool:
        return are_independent((self._mentions[place] for place in places), self._common)

    def _root(self, thing: str) -> str:
        while thing in self._parents:
            thing = self._parents[thing]
        return thing

    def _entities(self, stated: Mapping[str, Sequence[str]]) -> dict[str, Entity]:
        """By the first of the things that are one."""
        joined: dict[str, list[str]] = defaultdict(list)
        for thing in sorted({*self._members, *self._context.values()}):
            joined[self._root(thing)].append(thing)
        types = {root: _type(self._mentions_of(things)) for root, things in joined.items()}
        named = {
            root: [name for name, own in self._by_name(things).items() if len(sites_of(own)) >= SITES_MIN]
            for root, things in joined.items()
        }
        sharing = Counter(name for names in named.values() for name in names)
        of_type = Counter((name, types[root]) for root, names in named.items() for name in names)
        found: dict[str, Entity] = {}
        for root, things in joined.items():
            mentions = self._mentions_of(things)
            ids = [one for thing in things for one in self._by_id.ids.get(thing.removeprefix("id\0"), ()) if thing.startswith("id\0")]
            best = min(ids, key=rank) if ids else content_id("ent", *root.split("\0"))
            told = {alias for thing in things for alias in stated.get(thing, ())}
            kind, other = predicate_key(types[root] or ""), self._around.get(root) or (best if ids else "")
            apart = {name: kind if kind and of_type[name, types[root]] == 1 else other for name in named[root] if sharing[name] > 1}
            found[root] = Entity(best, types[root], _names(mentions, told), apart)
        return found

    def _mentions_of(self, things: Iterable[str]) -> list[Mention]:
        return [self._mentions[place] for thing in things for place in self._members.get(thing, ())]

    def _by_name(self, things: Iterable[str]) -> Mapping[str, list[Mention]]:
        found: dict[str, list[Mention]] = defaultdict(list)
        for mention in self._mentions_of(things):
            if not mention.is_page:
                found[mention.name].append(mention)
        return found


def _choice(own: Kinds, kinds: Mapping[str, Kinds], sites: Mapping[str, int]) -> str:
    """The only thing that a mention of these kinds can be; "" where there is none, `_AMBIGUOUS` for several.

    One that a single site knows does not count beside one of three sites: one page switches nothing off.
    """
    options = [thing for thing in kinds if _can_be(own, kinds[thing])]
    if not own:
        options = [thing for thing in options if not any(is_within(kind, PAGE) for kind in kinds[thing])] or options
    if max((sites[thing] for thing in options), default=0) >= SITES_AGAINST_ONE:
        options = [thing for thing in options if sites[thing] > 1]
    return options[0] if len(options) == 1 else _AMBIGUOUS if options else ""


def _can_be(own: Kinds, other: Kinds) -> bool:
    """Whether a mention of these kinds can be a thing of those; a page is never what nobody calls a page."""
    return are_compatible(own, other) and (bool(other) or not any(is_within(kind, PAGE) for kind in own))


def _deny(told: Mapping[str, str], given: Iterable[str]) -> bool:
    """Whether a page gives another number of a scheme of which the thing has this one."""
    return any(told.get(scheme_of(one), one) != one for one in given)


def _leaves(known: Sequence[Kinds]) -> list[str]:
    """The most special of these kinds; of what can be several, the first where no other mention says which."""
    paths = {kinds[0] for kinds in known if len(kinds) == 1}
    for kinds in sorted(kinds for kinds in known if len(kinds) > 1):
        if not any(are_compatible(kinds, (path,)) for path in paths):
            paths.add(kinds[0])
    return sorted(path for path in paths if not any(other != path and is_within(other, path) for other in paths))


def _type(mentions: Sequence[Mention]) -> str | None:
    """The type that most sites give."""
    sites: dict[str, set[str]] = defaultdict(set)
    for mention in mentions:
        if mention.type:
            sites[mention.type].add(mention.site)
    return min(sites, key=lambda name: (-len(sites[name]), name), default=None)


def _names(mentions: Sequence[Mention], told: set[str]) -> tuple[str, ...]:
    """The names that are written, and those that are told beside one, each in its first spelling."""
    spelled: dict[str, str] = {}
    for mention in mentions:
        for claim in mention.claims:
            for words in (claim["subject"], *(claim["aliases"] or ())):
                form = compared_name(words)
                if form == mention.name or form in told:
                    spelled[form] = min(spelled.get(form, words), words)
    return tuple(sorted(spelled.values()))
