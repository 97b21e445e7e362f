"""What facts are about: each thing with its facts and its name in each language, and what may be said of a fact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tierline.forms.kinds import kinds_of
from tierline.forms.names import Named, country_of, entity_of, is_person, name_of, named
from tierline.forms.words import Words, language
from tierline.knowledge.vocabulary import VOCABULARY, Property

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Thing:
    """A thing and its verified facts, rows of `l4_facts`, in the order of property and value; what is only contradicted has none."""

    entity: str
    rows: tuple[Row, ...]
    facts: tuple[Row, ...]

    def __reduce__(self) -> tuple[type[Thing], tuple[object, ...]]:
        """Without what was looked up before: the same thing is the same bytes."""
        return Thing, (self.entity, self.rows, self.facts)

    @cached_property
    def name(self) -> str:
        return name_of(self.rows)

    @cached_property
    def code(self) -> str | None:
        """ISO 3166's, if it is a country."""
        return country_of(self.rows)

    @cached_property
    def languages(self) -> frozenset[str]:
        """Those in which pages state its facts."""
        return frozenset(row["language"] for row in self.rows)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of thing that have all of its properties."""
        return kinds_of(row["predicate"] for row in self.rows if row["predicate"] in VOCABULARY)

    def named(self, language: str) -> Named | None:
        """Its name in a language: as its pages write it, or as CLDR has it for a country; None where it has none."""
        if language in self.languages and (language == "en" or not self.code):
            return named(self.name, language, None, is_person(self.rows))
        return named(self.name, language, self.code) if self.code else None


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a thing, of a property that the vocabulary knows."""

    thing: Thing
    row: Row

    @property
    def known(self) -> Property:
        return VOCABULARY[self.row["predicate"]]

    @property
    def place(self) -> tuple[str, ...]:
        """What it says: the same whatever sources support it."""
        return tuple(str(self.row[name] or "") for name in ("predicate", "value_normal", "valid_from", "valid_until"))

    @property
    def is_dated(self) -> bool:
        """Whether it holds at a known time, or held once, so that it is said with its time alone."""
        return bool(self.row["valid_from"] or self.row["valid_until"] or self.row["state"] == "superseded")

    @property
    def is_past(self) -> bool:
        return self.row["state"] == "superseded"

    def words(self, code: str) -> Words | None:
        """How its property is said in a language."""
        return language(code).properties.get(self.known.name)


def things_of(facts: Iterable[Row]) -> list[Thing]:
    """The things that rows of `l4_facts` are about, in the order of their keys."""
    own: dict[str, list[Row]] = defaultdict(list)
    for row in facts:
        own[entity_of(row)].append(row)
    return [thing_of(entity, own[entity]) for entity in sorted(own)]


def thing_of(entity: str, facts: Sequence[Row], others: Sequence[Row] = ()) -> Thing:
    """A thing with these facts; `others` are claims about it."""
    ordered = tuple(sorted(facts, key=lambda row: (row["predicate"], row["value_normal"], row["valid_from"] or "", row["fact_id"])))
    return Thing(entity, (*ordered, *others), ordered)


def facts_of(thing: Thing) -> list[Fact]:
    """Its facts of known properties."""
    return [Fact(thing, row) for row in thing.facts if row["predicate"] in VOCABULARY]


def settled(thing: Thing) -> dict[str, Fact]:
    """Property -> the one value that the thing has of it now, of properties with one value at a time; those with more are left out."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts_of(thing):
        if fact.known.functional and not fact.is_past:
            found[fact.known.name].append(fact)
    return {name: own[0] for name, own in found.items() if len(own) == 1}
