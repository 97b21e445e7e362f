"""Says one fact in a sentence, or asks for it: which templates fit, and the words for their slots."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from tierline.forms.names import Named
from tierline.forms.rules import FormRules
from tierline.forms.things import Fact
from tierline.forms.values import Written, time_slots, write_value
from tierline.forms.words import Words, capital, language, number_of, rank, slots_in
from tierline.knowledge.cldr_words import WORDS_KEPT

# A counted noun behind the value, which one of it would change: "1 inhabitants".
_COUNTED = re.compile(r"\{[vV]alue\} [^\W\d_]")
_ENDED = re.compile(r"\{(\w+)\}\.")
_OF_VERBS = frozenset({"subject", "Subject"})

Worded = tuple[str, Mapping[str, str]]  # a template, and words for its slots


def statements(fact: Fact, code: str, rules: FormRules) -> Iterator[Worded]:
    """(template, words for its slots) of the ways to state a fact in a language, in an order of its own; with its time where it has one."""
    name, words, written = fact.thing.named(code), fact.words(code), write_value(fact.row, code)
    if name is None or words is None or not written:
        return
    label = language(code).any["label"]
    for template in rank(_stating(fact, code, words), rules.seed, *fact.place, fact.thing.entity):
        fitting = [one for one in written if _fits(template, one, name, template in label or fact.is_dated)]
        if fitting:
            chosen = fitting[number_of(rules.seed, *fact.place, fact.thing.entity, template, "style") % len(fitting)]
            filled = {**named_words(name, words), **chosen.slots, **times(fact, code)}
            if is_filled(template, filled):
                yield template, filled


def questions(fact: Fact, code: str, rules: FormRules) -> list[Worded]:
    """The same of the ways to ask for it."""
    name, words = fact.thing.named(code), fact.words(code)
    if name is None or words is None or not name.fits:
        return []
    templates = words.ask
    if fact.is_dated:
        roles = language(code).any
        asked = roles.get("ask_who_as_of") if fact.known.type == "person" else None
        templates = tuple(one.replace("{ask}", ask) for one in asked or roles["ask_as_of"] for ask in words.ask) if is_as_of(fact) else ()
    filled = {**named_words(name, words), **times(fact, code)}
    ordered = rank(sorted(set(templates)), rules.seed, *fact.place, fact.thing.entity, "question")
    return [(one, filled) for one in ordered if suits(one, name) and is_filled(one, filled)]


@lru_cache(maxsize=WORDS_KEPT)
def named_words(name: Named, words: Words) -> Mapping[str, str]:
    """Words for slots that name thing and property."""
    return name.slots | {"noun": words.noun, "Noun": capital(words.noun), "label": words.label, "Label": capital(words.label)}


def is_as_of(fact: Fact) -> bool:
    """Whether it is known by when the value held, and not only until when."""
    return bool(fact.row["valid_from"])


def times(fact: Fact, code: str) -> Mapping[str, str]:
    """Slots for the time of a dated fact; none for others."""
    time = fact.row["valid_from"] or fact.row["valid_until"]
    return time_slots(time, code) if fact.is_dated and time else {}


def is_filled(template: str, words: Mapping[str, str]) -> bool:
    """Whether every slot has words, and none of them a point where the template has one: "Washington, D.C.."."""
    return set(slots_in(template)) <= words.keys() and not any(words[slot].endswith(".") for slot in _ENDED.findall(template))


def suits(template: str, name: Named) -> bool:
    """Whether the verb of a template agrees with the name."""
    return not (name.is_plural and _OF_VERBS & set(slots_in(template)))


def _stating(fact: Fact, code: str, words: Words) -> list[str]:
    roles = language(code).any
    if fact.is_dated:
        return list(roles["as_of" if is_as_of(fact) else "before"])
    fitting = roles.get(f"one_{fact.known.type}", roles["one"]) if fact.known.functional else roles.get("several", ())
    return sorted({*roles["label"], *fitting, *words.say})


def _fits(template: str, written: Written, name: Named, is_label: bool) -> bool:
    if not is_label and not (written.plain and name.fits and suits(template, name)):
        return False
    return not (_COUNTED.search(template) and written.entry == "1")
