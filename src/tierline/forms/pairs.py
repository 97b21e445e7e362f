"""Forms that put two facts together: comparisons of two things, values that followed each other, and questions that one fact answers by
way of another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from tierline.forms.form import Form
from tierline.forms.names import Named
from tierline.forms.rules import FormRules
from tierline.forms.say import is_filled, named_words, times
from tierline.forms.things import Fact, Thing, facts_of, settled
from tierline.forms.values import order_of, value_of, write_value
from tierline.forms.words import fill, language, number_of, rank
from tierline.knowledge.identifiers import scheme_of
from tierline.knowledge.keys import name_form
from tierline.knowledge.vocabulary import VOCABULARY

STEPS = frozenset({"place", "person", "organization"})  # what a value that is itself a thing is


def comparisons(things: Sequence[Thing], code: str, rules: FormRules) -> Iterator[Form]:
    """Each thing and the next one by the hash of their names, for each property that both have of the same time. Both are
    of one kind."""
    if "more" not in language(code).any:
        return
    having: dict[tuple[str, str, str], list[Fact]] = defaultdict(list)
    for thing in things:
        for known, fact in settled(thing).items():
            if thing.kinds and (not fact.is_dated or fact.row["valid_from"]):
                having[known, thing.kinds[0], fact.row["valid_from"] or ""].append(fact)
    for (known, _, _), facts in sorted(having.items()):
        ordered = sorted(facts, key=lambda fact: (number_of(rules.seed, known, fact.thing.entity), fact.thing.entity))
        for one, other in pairwise(ordered):
            yield from _compared(one, other, code, rules)


def _compared(one: Fact, other: Fact, code: str, rules: FormRules) -> Iterator[Form]:
    words, name, second = one.words(code), one.thing.named(code), other.thing.named(code)
    values, others = write_value(one.row, code), write_value(other.row, code)
    order = order_of(value_of(one.row), value_of(other.row))
    if not (words and words.more and name and second and order and values and others and values[0].plain and others[0].plain):
        return
    more, less = words.more if order > 0 else words.more[::-1]
    place = (rules.seed, *one.place, *other.place, one.thing.entity, other.thing.entity)
    style = number_of(*place, "style")
    stated = {"value": values[style % len(values)].entry, "other_value": others[style % len(others)].entry}
    slots = {**named_words(name, words), **times(one, code), "more": more, "less": less, **others_words(second), **stated}
    template, asked = (rank(language(code).any[role], *place)[0] for role in ("more", "ask_more"))
    if one.is_dated:
        template = f"{fill_role(code, 'as_of_prefix')}{template}"
        asked = f"{fill_role(code, 'as_of_prefix')}{asked}"
    yield Form("comparison", code, template, fill(template, slots), (one, other), asked, fill(asked, slots))


def successions(thing: Thing, code: str, rules: FormRules) -> Iterator[Form]:
    """What was true once and the value that came after it, each with its time."""
    by_id = {fact.row["fact_id"]: fact for fact in facts_of(thing)}
    for one in by_id.values():
        other = by_id.get(one.row.get("superseded_by") or "")
        if other and is_followed_by(one, other):
            yield from _succession(one, other, code, rules)


def is_followed_by(one: Fact, other: Fact) -> bool:
    """Whether the second fact is the next value of the first one's property, and both say when they hold."""
    is_next = one.thing.entity == other.thing.entity and one.row.get("superseded_by") == other.row["fact_id"]
    return is_next and bool(one.row["valid_from"]) and bool(other.row["valid_from"]) and one.known is other.known


def _succession(one: Fact, other: Fact, code: str, rules: FormRules) -> Iterator[Form]:
    words, name, roles = one.words(code), one.thing.named(code), language(code).any
    values, others = write_value(one.row, code), write_value(other.row, code)
    if not (words and name and name.fits and values and others and values[0].plain and others[0].plain and "succession" in roles):
        return
    place = (rules.seed, *one.place, *other.place, one.thing.entity)
    later = {"other_value": others[0].entry, "other_time": times(other, code).get("time", "")}
    slots = {**named_words(name, words), **values[0].slots, **times(one, code), **later}
    said = next((template for template in rank(roles["succession"], *place) if is_filled(template, slots)), None)
    asked = next(iter(rank(roles.get("ask_succession", ()), *place)), "")
    if said and later["other_time"]:
        yield Form("succession", code, said, fill(said, slots), (one, other), asked, fill(asked, slots))


def others_words(name: Named) -> dict[str, str]:
    """Slots for the second thing."""
    return {"other": name.subject, "of_other": name.of}


def fill_role(code: str, role: str) -> str:
    """The only template of a role."""
    return language(code).any[role][0]


class Known:
    """All things, by what they are and by the form of their names."""

    def __init__(self, things: Iterable[Thing]) -> None:
        self._by_name: dict[str, list[Thing]] = defaultdict(list)
        self._by_entity: dict[str, Thing] = {}
        for thing in things:
            self._by_name[name_form(thing.name)].append(thing)
            self._by_entity[thing.entity] = thing

    def around(self, things: Iterable[Thing]) -> Known:
        """Those that `of_value` looks at for facts of these things."""
        near: dict[str, Thing] = {}
        for row in (row for thing in things for row in thing.facts):
            found = [*self._by_name.get(name_form(row["object"]), ())[:2], self._by_entity.get(row.get("object_entity") or "")]
            near |= {thing.entity: thing for thing in found if thing}
        return Known(near.values())

    def of_value(self, fact: Fact) -> Thing | None:
        """The thing that a fact's value is, where its sources identify it, else the only one of its name; None where several bear it. A
        country is identified by its name, so that its own pages need not say that it is one."""
        entity = fact.row.get("object_entity") or ""
        if entity in self._by_entity or (entity and scheme_of(entity) != "iso3166-1"):
            return self._by_entity.get(entity)
        found = self._by_name.get(name_form(fact.row["object"]), ())
        return found[0] if len(found) == 1 else None


def two_hops(thing: Thing, known: Known, code: str, rules: FormRules) -> Iterator[Form]:
    """Questions about what a thing's capital, country, founder and so on is known for; `known` are all things.

    Both steps are of properties with one value at a time, of which one value is verified, and that does not depend on a time; the first
    one's value is one thing alone; and the answer is not the thing that was asked about.
    """
    if "two_hop" not in language(code).any:
        return
    paths = [
        (first, second)
        for first in settled(thing).values()
        if first.known.type in STEPS and not first.is_dated and (middle := named_by(first, known))
        for second in settled(middle).values()
        if not second.is_dated and name_form(second.row["object"]) != name_form(thing.name)
    ]
    place = (rules.seed, thing.entity, code)
    chosen = sorted(paths, key=lambda path: number_of(*place, *path[0].place, *path[1].place))[: rules.two_hops]
    for first, second in chosen:
        yield from _two_hop(first, second, code, rules)


def named_by(fact: Fact, known: Known) -> Thing | None:
    """The one thing that a fact's value is; None where that is not known, or the thing may be two: something that can have one value only
    has two."""
    found = known.of_value(fact)
    return None if found is None or found is fact.thing or is_ambiguous(found) else found


def is_ambiguous(thing: Thing) -> bool:
    """Whether a property with one value at a time has several present ones."""
    present = [row["predicate"] for row in thing.facts if row["state"] != "superseded" and _is_functional(row["predicate"])]
    return len(set(present)) < len(present)


def _is_functional(predicate: str) -> bool:
    return predicate in VOCABULARY and VOCABULARY[predicate].functional


def _two_hop(first: Fact, second: Fact, code: str, rules: FormRules) -> Iterator[Form]:
    name, middle, hop, words = first.thing.named(code), second.thing.named(code), first.words(code), second.words(code)
    written = write_value(second.row, code)
    if not (name and middle and hop and words and written and written[0].plain):
        return
    roles, place = language(code).any, (rules.seed, *first.place, *second.place, first.thing.entity, code)
    asking = roles["ask_who_two_hop"] if second.known.type == "person" else roles["ask_two_hop"]
    value = written[number_of(*place, "style") % len(written)]
    slots = {**named_words(name, words), **value.slots, "hop": hop.noun, "middle": middle.subject}
    template, asked = next((one for one in rank(roles["two_hop"], *place) if is_filled(one, slots)), ""), rank(asking, *place)[0]
    if template:
        yield Form("two_hop", code, template, fill(template, slots), (first, second), asked, fill(asked, slots))
