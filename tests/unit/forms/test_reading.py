"""Reading a form back: what does not say exactly what it rests on is refused."""

from dataclasses import replace

import pytest

from tests.unit.forms.conftest import fact_row, source_row, value_row
from tierline.forms.form import Form
from tierline.forms.pairs import Known, comparisons, successions, two_hops
from tierline.forms.reading import read_form
from tierline.forms.rules import LANGUAGES, FormRules
from tierline.forms.several import card, tables
from tierline.forms.single import of_fact, unknowns
from tierline.forms.things import facts_of, thing_of, things_of
from tierline.forms.unsettled import unsettled

NEW = fact_row("Norway", "population", "5,550,203", state="current", valid_from="2024-01")
OLD = {"state": "superseded", "valid_from": "2016", "valid_until": "2024-01", "superseded_by": NEW["fact_id"]}
RULES = FormRules(sentences=99, questions=99, evidence=99, table_rows=4096)
FACTS = [
    fact_row("Norway", "area", "385,207 km²"), fact_row("Norway", "capital", "Oslo"), fact_row("Norway", "currency", "Norwegian krone"),
    NEW, fact_row("Norway", "population", "5,213,985", **OLD),
    fact_row("Chile", "area", "756,102 km²"), fact_row("Chile", "continent", "South America"),
    fact_row("Peru", "area", "1,285,216 km²"), fact_row("Peru", "continent", "South America"),
    fact_row("Oslo", "elevation", "23 m"), fact_row("Ada Moe", "birth date", "10 December 1815"),
]  # fmt: skip


def made() -> list[Form]:
    things = things_of(FACTS)
    known = Known(things)
    sides = [value_row("a.example", "Oslo", "area", "454 km²"), value_row("b.example", "Oslo", "area", "480 km²")]
    once = [value_row("a.example", "Oslo", "population", "717,710", "single_source", valid_from="2024")]
    forms = [form for own in (sides, once) for form in unsettled(thing_of("oslo", (), own), own, RULES.kinds, RULES)]
    for code in LANGUAGES:
        forms += [one for thing in things for fact in facts_of(thing) for one in of_fact(fact, code, RULES, source_row(fact.row))]
        forms += [*comparisons(things, code, RULES), *tables(things, code, RULES)]
        forms += [one for thing in things for one in (*card(thing, code, RULES), *unknowns(thing, code, RULES, ()))]
        forms += [one for thing in things for one in (*two_hops(thing, known, code, RULES), *successions(thing, code, RULES))]
    return forms


FORMS = made()


def of(kind: str, language: str = "en", words: str = "") -> list[Form]:
    found = [form for form in FORMS if form.kind == kind and form.language == language and words in form.text]
    assert found, f"no {kind} with {words!r}"
    return found


def test_every_form_as_it_is_made_reads_back():
    assert len({form.kind for form in FORMS}) == 12
    for form in FORMS:
        values = read_form(form)
        assert values is not None, form
        assert len(values) == (0 if form.kind == "unknown" else len(form.parents)), form


# (kind, language, words of the forms, what is changed in their text, into what)
FAULTS = [
    ("sentence", "en", "385,207", "385,207", "385,208"),
    ("sentence", "en", "385,207", "385,207", "3,852,070"),
    ("sentence", "en", "385,207", "385,207", "385.207"),
    ("sentence", "en", "square kilometers", "kilometers", "miles"),
    ("sentence", "en", " km²", "km²", "km"),
    ("sentence", "en", "Norway", "Norway", "Chile"),
    ("sentence", "en", "area of Norway", "area", "population"),
    ("sentence", "en", "Oslo", "Oslo", "Bergen"),
    ("sentence", "en", "385,207", ".", ", in 2020."),
    ("sentence", "en", "10 December 1815", "10", "11"),
    ("sentence", "en", "December 10, 1815", "December", "October"),
    ("sentence", "de", "385.207", "385.207", "385,207"),
    ("sentence", "de", "385.207 km²", "km²", "m²"),
    ("sentence", "de", "Norwegen", "Norwegen", "Schweden"),
    ("sentence", "fr", "385", "385", "386"),
    ("sentence", "es", "corona noruega", "noruega", "sueca"),
    ("dated_statement", "en", "January 2024", "January 2024", "January 2023"),
    ("dated_statement", "en", "January 2024", "January 2024", "2024"),
    ("dated_statement", "de", "Januar 2024", "Januar", "Februar"),
    ("dated_statement", "en", "5,550,203", "5,550,203", "5,550,230"),
    ("question", "en", "385,207", "385,207", "385,208"),
    ("evidence_answer", "en", "385,207", '"area"', '"Area"'),
    ("evidence_answer", "en", "385,207", '"385,207', '"385,208'),
    ("evidence_answer", "en", "atlas.example", "atlas.example", "other.example"),
    ("two_hop", "en", "Oslo", "Oslo", "Bergen"),
    ("two_hop", "en", "Norway", "Norway", "Chile"),
    ("two_hop", "en", "23 m", "23 m", "32 m"),
    ("two_hop", "en", "elevation", "elevation", "height"),
    ("card", "en", "385,207", "385,207", "385,208"),
    ("card", "en", "Oslo", "Capital", "Largest city"),
    ("card", "en", "as of January 2024", " (as of January 2024)", ""),
    ("card", "de", "Norwegen", "Norwegen", "Schweden"),
    ("table", "en", "756,102", "756,102", "756,103"),
    ("table", "en", "Chile", "Area", "Elevation"),
    ("table", "en", "Chile", "Chile", "Bolivia"),
    ("contradicted", "en", "454", "454 m", "455 m"),
    ("contradicted", "en", "454 km²", "454 km²", "455 km²"),
    ("contradicted", "en", "a.example", "a.example", "c.example"),
    ("contradicted", "en", "a.example", "a.example", "a.example, b.example"),
    ("unconfirmed", "en", "717,710", "717,710", "717,711"),
    ("unconfirmed", "en", "717,710", "a.example", "b.example"),
    ("succession", "en", "5,213,985", "5,213,985", "5,213,986"),
    ("succession", "en", "5,213,985", "5,550,203", "5,213,985"),
    ("succession", "en", "5,213,985", "2016", "2017"),
    ("succession", "de", "5.213.985", "2024", "2023"),
    ("unknown", "en", "Norway", "Norway", "Chile"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "language", "words", "old", "new"), FAULTS, ids=lambda value: value)
def test_a_planted_fault_is_refused(kind, language, words, old, new):
    for form in of(kind, language, words):
        changed = replace(form, text=form.text.replace(old, new, 1))
        assert changed.text == form.text or read_form(changed) is None, changed.text


def test_things_and_values_that_changed_places_are_refused():
    for form in of("comparison"):
        one, other = (fact.thing.name for fact in form.facts)
        assert read_form(replace(form, text=swapped(form.text, one, other))) is None
        assert read_form(replace(form, facts=form.facts[::-1])) is None
    for form in of("comparison", words="756,102") + of("table", words="756,102"):
        assert read_form(replace(form, text=swapped(form.text, "756,102", "1,285,216"))) is None or "1,285,216" not in form.text
    for form in of("table", words="Chile"):
        assert read_form(replace(form, text=swapped(form.text, "Chile", "Peru"))) is None


def test_the_wrong_order_is_refused():
    for form in of("comparison"):
        text = swapped(form.text, "larger", "smaller")
        assert text != form.text and read_form(replace(form, text=text)) is None


def test_a_question_that_asks_for_something_else_is_refused():
    for form in of("question", words="385,207"):
        assert read_form(replace(form, question=form.question.replace("Norway", "Chile"))) is None
        assert read_form(replace(form, question=form.question + " It is 385,207 km².")) is None
    for form in of("unknown"):
        assert read_form(replace(form, text=form.text + " It is 5.")) is None
    for form in of("unknown", words="Norway"):
        asked = {"question": "What is the capital of Norway?", "question_template": "What is the capital {of}?"}
        answer = {"text": "No verified source states the capital of Norway.", "template": "No verified source states the {noun} {of}."}
        assert read_form(replace(form, **asked, **answer)) is None, "the capital is known"


def test_a_dated_value_without_its_time_is_refused():
    (form, *_) = of("dated_statement", words="5,550,203")
    plain = replace(form, template="The {noun} {of} is {value}.", text="The population of Norway is 5,550,203.")
    assert read_form(plain) is None


def test_the_template_of_another_property_is_refused():
    (form, *_) = of("sentence", words="385,207")
    for template in ("{Subject} has a population of {value}.", "Perhaps {subject} covers {value}."):
        text = template.replace("{Subject}", "Norway").replace("{subject}", "Norway").replace("{value}", "385,207 km²")
        assert read_form(replace(form, template=template, text=text)) is None
    (form, *_) = of("question", words="385,207")
    assert read_form(replace(form, question_template="How many people live {in}?", question="How many people live in Norway?")) is None


def test_a_form_that_leaves_out_a_fact_is_refused():
    for form in (*of("card"), *of("table"), *of("two_hop"), *of("comparison")):
        assert read_form(replace(form, facts=form.facts[:-1])) is None


def swapped(text: str, one: str, other: str) -> str:
    return text.replace(one, "\0").replace(other, one).replace("\0", other)
