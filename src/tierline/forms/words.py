"""The words of forms: templates of every property in each language, chosen among by a hash, filled, and taken apart again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import yaml

FILE = Path(__file__).with_name("templates.yaml")
_SLOT = re.compile(r"\{(\w+)\}")
_ARTICLE = re.compile(r"(?:der|die|das|la|le|el|los|las|les) |l’")
NOTHING: Mapping[str, Sequence[str]] = MappingProxyType({})
SHORT = "{entry}"  # an answer that is the value alone
STATEMENTS = ("label", "one", "one_number", "one_date", "several", "as_of", "before", "two_hop", "unknown", "contradicted", "unconfirmed")
QUESTIONS = ("ask_as_of", "ask_who_as_of", "ask_two_hop", "ask_who_two_hop", "ask_unknown")
SUCCESSIONS = ("succession", "ask_succession")
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Words:
    """How one property is said in one language: its `noun` as it stands in sentences, statements, questions, and the words for the larger
    and the smaller of two values, if they compare."""

    noun: str
    say: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    more: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The noun without an article, as it stands in front of a colon."""
        return _ARTICLE.sub("", self.noun, count=1) if _ARTICLE.match(self.noun) else self.noun


@dataclass(frozen=True, slots=True)
class Language:
    """The templates of one language: `any` of a role fit every property."""

    any: Mapping[str, tuple[str, ...]]
    properties: Mapping[str, Words] = field(default_factory=dict[str, Words])


@cache
def language(code: str) -> Language:
    """The templates of a language; KeyError for one that has none."""
    found: dict[str, Any] = _read()[code]
    roles = {role: tuple(templates) for role, templates in found["any"].items()}
    words = {name: Words(**{key: _frozen(value) for key, value in own.items()}) for name, own in found.items() if name != "any"}
    return Language(roles, words)


@cache
def templates_of(code: str, known: str) -> frozenset[str]:
    """Every template of statements, questions and answers about a property in a language, those that are put together of two too."""
    found = language(code)
    words, roles = found.properties[known], found.any
    said = {SHORT, *words.say, *(one for role in STATEMENTS for one in roles.get(role, ()))}
    asked = {*words.ask, *(one.replace("{ask}", ask) for role in QUESTIONS for one in roles.get(role, ()) for ask in words.ask)}
    quoted = {frame.replace("{statement}", one) for frame in roles["evidence"] for one in said}
    ordered = (*roles.get("more", ()), *roles.get("ask_more", ()))
    compared = {f"{prefix}{one}" for prefix in ("", *roles.get("as_of_prefix", ())) for one in ordered}
    followed = {one for role in SUCCESSIONS for one in roles.get(role, ())}
    return frozenset(said | asked | quoted | compared | followed)


@cache
def _read() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text("utf-8"))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def rank(items: Sequence[Item], *place: object) -> list[Item]:
    """The items in an order that depends on each item and the place alone: another item changes nothing among the others."""
    return sorted(items, key=lambda item: (number_of(*place, item), str(item)))


def number_of(*place: object) -> int:
    """A number of 64 bits that a place has for ever."""
    return int.from_bytes(hashlib.sha256("\0".join(map(str, place)).encode()).digest()[:8], "big")


@cache
def slots_in(template: str) -> tuple[str, ...]:
    """The names of its slots, in order."""
    return tuple(_SLOT.findall(template))


def fill(template: str, words: Mapping[str, str]) -> str:
    """The template with words in its slots; KeyError for one that has no words."""
    return _SLOT.sub(lambda found: words[found[1]], template)


def unfill(template: str, text: str, known: Mapping[str, Sequence[str]] = NOTHING) -> dict[str, str] | None:
    """The words that stand in the slots of a text, or None if the text does not follow the template, or gives one slot two words.

    In a slot of `known` one of its words must stand, the longest that does; another slot ends where the words behind it begin for the first
    time. A text in which that is ambiguous is not understood, and not used.
    """
    literals, names = _SLOT.split(template)[::2], slots_in(template)
    if not names:
        return {} if text == template else None
    place, last = len(literals[0]), len(text) - len(literals[-1])
    if not (text.startswith(literals[0]) and text.endswith(literals[-1])):
        return None
    found: dict[str, str] = {}
    for number, (name, behind) in enumerate(zip(names, literals[1:], strict=True), 1):
        if name in known:
            fitting = [word for word in known[name] if text.startswith(word + behind, place)]
            end = place + max(map(len, fitting)) if fitting else -1
        else:
            end = last if number == len(names) else text.find(behind, place)
        if end < place or found.setdefault(name, text[place:end]) != text[place:end]:
            return None
        place = end + len(behind)
    return found if place == len(text) else None


def capital(text: str) -> str:
    """With a capital letter at its beginning."""
    return text[:1].upper() + text[1:]
