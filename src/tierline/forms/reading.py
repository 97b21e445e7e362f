"""Reads a form back and says what it states: a form that does not state its facts, and them alone, is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tierline.forms.form import Form
from tierline.forms.pairs import is_followed_by, others_words
from tierline.forms.say import named_words
from tierline.forms.several import HEADS, label_of, read_card, read_cell, read_table
from tierline.forms.things import Fact
from tierline.forms.unsettled import read_sides
from tierline.forms.values import order_of, read_time, read_written, same, value_of
from tierline.forms.words import Words, language, templates_of, unfill
from tierline.knowledge.keys import name_form
from tierline.knowledge.values import Value

_VALUES = ("value", "Value", "entry", "when", "in_value", "of_value")
Expected = Mapping[str, Sequence[str]]


def read_form(form: Form) -> list[str] | None:
    """The normal forms of the values that a form states, one for each of its parents in order; None if it does not say what it rests on.

    Its words are taken apart by its template. What names a thing must be the name of the fact's thing, what names a property the words for
    it, a time the fact's time; a value must agree with the fact's by the rule of its type and say as much; of two values the one that is
    said to be larger must be; a quote must be the source's, character by character. Nothing else stands in a form but its template, which
    states no value. A question is read by the same rules and may state none. A form about what is not known states no
    value either, and one about what is not settled every value with its own sources.
    """
    if form.kind == "card":
        return _read_card(form)
    if form.kind == "table":
        return _read_table(form)
    expected = _expected(form) if _is_about_its_property(form) else {}
    question = _read_words(form, form.question_template, form.question, expected) if form.question_template else ({}, {})
    answer = _read_words(form, form.template, form.text, expected)
    if question is None or answer is None or question[1]:
        return None
    words, values = answer
    if form.values:
        return read_sides(words["sides"], form.values) if "sides" in words and not values else None
    if form.kind == "unknown":
        return [] if expected and not values else None
    normals = [values[place].normal for place in sorted(values)]
    return normals if len(normals) == len(form.facts) and _is_ordered(form, words, values) else None


def _read_words(form: Form, template: str, text: str, expected: Expected) -> tuple[Mapping[str, str], Mapping[int, Value]] | None:
    """(slot -> its words, fact by its place in the form -> the value that the text states of it); None for words that do not belong."""
    words = unfill(template, text, expected)
    if words is None:
        return None
    values: dict[int, Value] = {}
    for slot, found in words.items():
        place = 1 if slot == "other_value" or (form.kind == "two_hop" and slot in _VALUES) else 0
        if slot in (*_VALUES, "other_value"):
            fact = form.facts[place].row
            value = read_written(found, "entry" if slot == "other_value" else slot, fact, form.language)
            if value is None or not same(value, value_of(fact)) or values.setdefault(place, value).normal != value.normal:
                return None
        elif slot == "middle":
            if not _is_named(form):
                return None
            values[0] = value_of(form.facts[0].row)
        elif slot in ("time", "the_time"):
            if read_time(found, form.language) != (form.facts[0].row["valid_from"] or form.facts[0].row["valid_until"]):
                return None
        elif slot == "other_time":
            if read_time(found, form.language) != form.facts[1].row["valid_from"]:
                return None
        elif slot != "sides" and slot not in expected:
            return None
    return (words, values) if _has_time(form, template, bool(values) or "sides" in words) else None


def _is_about_its_property(form: Form) -> bool:
    """Whether question and text follow templates of the property that they are about."""
    known = form.facts[-1].known.name if form.kind == "two_hop" else form.facts[0].known.name
    if form.kind == "unknown":
        return True  # its property is the one that its templates and words are of
    if known not in language(form.language).properties:
        return False
    return {form.template, form.question_template} <= {"", *templates_of(form.language, known)}


def _expected(form: Form) -> Expected:
    """Slot -> the words that may stand there; nothing if the form names what has no name, or asks for what is known."""
    first, last, code = form.facts[0], form.facts[-1], form.language
    name, other = first.thing.named(code), last.thing.named(code)
    said = last if form.kind == "two_hop" else first
    words = _asked(form) if form.kind == "unknown" else said.words(code)
    if name is None or other is None or words is None:
        return {}
    found = dict(named_words(name, words))
    if len(form.facts) == 2:
        hop = first.words(code)
        found |= {**others_words(other), "middle": other.subject, "hop": hop.noun if hop else ""}
    if form.source:
        found |= {"url": form.source["url"], "quote": form.source["quote"]}
    expected: dict[str, Sequence[str]] = {slot: (text,) for slot, text in found.items()}
    return expected | ({"more": words.more, "less": words.more} if words.more else {})


def _asked(form: Form) -> Words | None:
    """The words for the property that a question without an answer asks for: one of which its thing has no fact."""
    thing, own = form.facts[0].thing, language(form.language)
    stated, name = {row["predicate"] for row in thing.rows}, thing.named(form.language)
    for known, words in own.properties.items() if name else ():
        if known not in stated and {form.template, form.question_template} <= templates_of(form.language, known):
            slots = {slot: (text,) for slot, text in named_words(name, words).items()}
            if unfill(form.question_template, form.question, slots) and unfill(form.template, form.text, slots) is not None:
                return words
    return None


def _is_ordered(form: Form, said: Mapping[str, str], values: Mapping[int, Value]) -> bool:
    """Whether the larger value is the one that is said to be."""
    if form.kind != "comparison":
        return True
    words, order = form.facts[0].words(form.language), order_of(values[0], values[1])
    return bool(words and order and words.more and said.get("more") == words.more[0 if order > 0 else 1])


def _is_named(form: Form) -> bool:
    """Whether the first fact's value is the second one's thing, or its name."""
    first, thing = form.facts[0].row, form.facts[1].thing
    return first.get("object_entity") == thing.entity or name_form(first["object"]) == name_form(thing.name)


def _has_time(form: Form, template: str, states: bool) -> bool:
    """Whether a text that states the value of a dated fact has its time, and no other text has one."""
    dated = any(fact.is_dated for fact in form.facts)
    timed = "{time}" in template or "{the_time}" in template
    asked = "{time}" in form.question_template or "{the_time}" in form.question_template
    return timed <= dated and (not (dated and states) or timed or asked) and _is_of_one_time(form)


def _is_of_one_time(form: Form) -> bool:
    """Whether its facts are of one time, or one followed the other where the form says so."""
    if form.kind == "succession":
        return is_followed_by(*form.facts)
    return len({fact.row["valid_from"] for fact in form.facts}) == 1


def _read_card(form: Form) -> list[str] | None:
    read, name = read_card(form.template, form.text, form.language), form.facts[0].thing.named(form.language)
    if read is None or name is None or read[0] != name.bare or len(read[1]) != len(form.facts):
        return None
    return _read_cells([(fact, label, text) for fact, (label, text) in zip(form.facts, read[1], strict=True)], form.language)


def _read_table(form: Form) -> list[str] | None:
    head, *rows = read_table(form.template, form.text)
    columns = len(head) - 1
    if (
        columns < 1
        or head[0] != HEADS[form.language]
        or len(form.facts) != columns * len(rows)
        or any(len(row) != len(head) for row in rows)
    ):
        return None
    names = [form.facts[place * columns].thing.named(form.language) for place in range(len(rows))]
    if any(name is None or row[0] != name.bare for name, row in zip(names, rows, strict=True)):
        return None
    of_one = all(fact.thing is form.facts[place // columns * columns].thing for place, fact in enumerate(form.facts))
    cells = [(head[1 + place], text) for row in rows for place, text in enumerate(row[1:])]
    return _read_cells([(fact, *one) for fact, one in zip(form.facts, cells, strict=True)], form.language) if of_one else None


def _read_cells(cells: list[tuple[Fact, str, str]], code: str) -> list[str] | None:
    normals: list[str] = []
    for fact, label, text in cells:
        value = read_cell(text, fact, code)
        if label != label_of(fact, code) or value is None or not same(value, value_of(fact.row)):
            return None
        normals.append(value.normal)
    return normals
