"""Forms of every kind, and what they depend on."""

import os
import random
import re
import subprocess
import sys
from collections import Counter

import pytest

from tierline.checking.evidence import FewFacts
from tierline.forms import FormRules, make_forms
from tierline.forms.rules import KINDS

SYMBOLS = {
    " square kilometers": " km²",
    " Quadratkilometer": " km²",
    "\u00a0kilomètres carrés": "\u202fkm²",
    " kilómetros cuadrados": " km²",
    " Kilometer": " km",
}
LONG = "|".join(SYMBOLS)


def texts(rows, kind: str, language: str = "en") -> set[str]:
    return {row["text"] for row in rows if row["kind"] == kind and row["language"] == language}


def shorter(rows, language: str = "en") -> set[str]:
    """Sentences with the symbols of units, whichever way they were written."""
    return {re.sub(LONG, lambda found: SYMBOLS[found[0]], text) for text in texts(rows, "sentence", language)}


def asked(rows, kind: str, language: str = "en") -> dict[str, str]:
    return {row["question"]: row["text"] for row in rows if row["kind"] == kind and row["language"] == language}


def test_a_fact_is_said_in_the_languages_that_have_words_for_it(forms, brazil):
    rows = forms(*brazil, sentences=99)
    assert {
        "Brazil has an area of 8,515,767 km².", "The area of Brazil is 8,515,767 km².", "Brasília is the capital of Brazil.",
        "Brazil has its capital in Brasília.", "Brazil uses the Brazilian real.", "Portuguese is an official language of Brazil.",
        "Brazil lies in South America.", "Brazil's capital is Brasília.",
    } <= shorter(rows)  # fmt: skip
    assert {
        "Brasilien umfasst 8.515.767 km².", "Brasilien ist 8.515.767 km² groß.", "Die Fläche von Brasilien beträgt 8.515.767 km².",
        "Brasilien liegt in Südamerika.", "Portugiesisch ist Amtssprache in Brasilien.", "Währung (Brasilien): Brasilianischer Real.",
    } <= shorter(rows, "de")  # fmt: skip
    assert {
        "Le Brésil s’étend sur 8\u202f515\u202f767\u202fkm².", "La monnaie du Brésil\u00a0: réal brésilien.",
        "Le Brésil se trouve en Amérique du Sud.", "Le Brésil – langue officielle\u00a0: portugais.",
    } <= shorter(rows, "fr")  # fmt: skip
    assert {
        "Brasil tiene una superficie de 8.515.767 km².", "Brasil está en Sudamérica.", "La moneda de Brasil: real brasileño.",
    } <= shorter(rows, "es")  # fmt: skip
    assert not [text for text in texts(rows, "sentence", "de") if "Hauptstadt" in text]  # no words for Brasília are known there


def test_a_page_that_is_not_english_is_said_in_its_own_language(forms, fact):
    facts = [fact("Otto Nagel", "birth date", "23. Mai 1848", "de"), fact("Otto Nagel", "birth place", "Anklam", "de")]
    rows = forms(*facts, sentences=99)
    assert {row["language"] for row in rows} == {"de"}
    assert {"Otto Nagel wurde am 23. Mai 1848 geboren.", "Otto Nagel wurde in Anklam geboren."} <= texts(rows, "sentence", "de")
    river = forms(fact("Elbe", "length", "1.094,5 km", "de"), sentences=99)  # nobody knows whether it takes an article
    assert shorter(river, "de") == {"Elbe – Länge: 1.094,5 km.", "Länge (Elbe): 1.094,5 km."}


def test_a_place_of_unknown_article_is_not_written_about_in_sentences(forms, fact):
    facts = [fact("Norway", "currency", "Norwegian krone"), fact("Norway", "continent", "Americas"), fact("Norway", "country", "Mayotte")]
    french = shorter(forms(*facts, sentences=99), "fr")
    assert {"La Norvège – continent\u00a0: Amériques.", "La Norvège – pays\u00a0: Mayotte."} <= french
    assert not [text for text in french if "trouve" in text]


def test_a_value_of_a_known_time_is_never_said_without_it(forms, fact):
    old = fact("Oslo", "population", "580,000", state="superseded", valid_from="2010", valid_until="2022")
    before = fact("Bergen", "population", "260,000", state="superseded", valid_until="2022-03")
    rows = forms(old, before, sentences=99)
    assert {"As of 2010, the population of Oslo was 580,000.", "Oslo's population, as of 2010, was 580,000."} <= texts(
        rows, "dated_statement"
    )
    assert {"Before March 2022, the population of Bergen was 260,000."} <= texts(rows, "dated_statement")
    assert "What was the population of Oslo as of 2010?" in asked(rows, "question")
    assert all("2010" in row["text"] + (row["question"] or "") for row in rows if row["subject"] == "Oslo" and row["stated_values"])
    assert not texts(rows, "sentence") and not texts(rows, "card")


def test_what_followed_is_said_with_both_times(forms, fact):
    new = fact("Oslo", "population", "717,710", state="current", valid_from="2024")
    old = fact("Oslo", "population", "580,000", state="superseded", valid_from="2010", valid_until="2024", superseded_by=new["fact_id"])
    rows = [row for row in forms(old, new) if row["kind"] == "succession" and row["language"] == "en"]
    (row,) = rows
    assert row["parents"] == [old["fact_id"], new["fact_id"]] and row["stated_values"] == ["580000", "717710"]
    assert row["text"].index("2010") and row["text"].index("580,000") < row["text"].index("717,710") and "2024" in row["text"]
    assert row["question"] == "How did the population of Oslo change between 2010 and 2024?"
    undated = new | {"valid_from": None}
    assert "succession" not in {row["kind"] for row in forms(old, undated)} and "succession" not in {row["kind"] for row in forms(old)}


def test_people_are_asked_for_with_who(forms, fact):
    rows = forms(fact("Oslo", "mayor", "Ada Moe", state="current", valid_from="2023"), questions=9)
    assert "Who was the mayor of Oslo as of 2023?" in asked(rows, "question")


def test_a_quote_is_the_source_s_character_by_character(forms, fact, source):
    capital = fact("Norway", "capital", "Oslo")
    quote = 'The  capital of Norway:\n"Oslo" {value}'
    rows = forms(capital, sources=[source(capital, quote + " and more"), source(capital, quote, url="https://b.example/x")])
    ((row),) = [row for row in rows if row["kind"] == "evidence_answer"]
    assert quote in row["text"] and "https://b.example/x" in row["text"] and row["quote"] == quote, "the shorter quote is taken"
    assert not [row for row in forms(capital, sources=[source(capital, url=None)]) if row["kind"] == "evidence_answer"]
    assert not [row for row in forms(capital, sources=[source(capital)], quote_characters=5) if row["kind"] == "evidence_answer"]


def test_a_card_has_what_is_known_now(forms, brazil, fact):
    rows = forms(*brazil, fact("Brazil", "population", "190,755,799", state="superseded", valid_from="2010", valid_until="2022-08"))
    (card,) = texts(rows, "card")
    assert "203,062,512 (as of August 2022)" in card and "190,755,799" not in card
    (german,) = texts(rows, "card", "de")
    assert "203.062.512 (Stand August 2022)" in german and "Brasilianischer Real" in german
    (row,) = [row for row in rows if row["kind"] == "card" and row["language"] == "en"]
    assert len(row["parents"]) == len(row["stated_values"]) == 6


def test_a_table_has_things_of_one_kind_and_whole_columns(forms, fact):
    names = ["Oslo", "Bergen", "Hamar", "Moss", "Skien", "Drammen"]
    facts = [fact(name, "area", f"{number + 100} km²") for number, name in enumerate(names)]
    facts += [fact(name, "elevation", f"{number + 10} m") for number, name in enumerate(names)]
    facts += [fact("Ada Moe", "birth date", "1900"), fact("Oslo", "mayor", "Ada Moe")]
    rows = [row for row in forms(*facts, table_rows=2) if row["kind"] == "table"]
    assert rows and all("Ada Moe" not in row["text"] for row in rows)
    assert all(len(row["parents"]) % 2 == 0 and "Area" in row["text"] and "Elevation" in row["text"] for row in rows)


def test_a_comparison_says_which_is_larger(forms, fact):
    rows = forms(fact("Oslo", "elevation", "23 m"), fact("Hamar", "elevation", "127 m"))
    (row,) = [row for row in rows if row["kind"] == "comparison"]
    higher_first = row["text"].index("Hamar") < row["text"].index("Oslo")
    assert ("is higher" in row["text"] or "m, higher" in row["text"] or "former is higher" in row["text"]) == higher_first
    mixed = forms(fact("Oslo", "elevation", "23 m"), fact("Hamar", "elevation", "400 ft"))
    assert not texts(mixed, "comparison"), "of other units nothing is said"
    of_two_times = [fact(name, "population", "5", state="current", valid_from=year) for name, year in (("Oslo", "2010"), ("Moss", "2011"))]
    assert not texts(forms(*of_two_times), "comparison")


def test_what_is_not_known_is_said_to_be_unknown(forms, brazil):
    rows = [row for row in forms(*brazil, unknowns=3) if row["kind"] == "unknown" and row["language"] == "en"]
    assert len(rows) == 3 and all(row["stated_values"] is None and row["parents"] for row in rows)
    assert all(any(words in row["text"] for words in ("No verified source", "do not state", "not known")) for row in rows)
    assert not [row for row in rows if "capital" in row["question"] or "area" in row["question"]]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("contradicted", "unconfirmed")])
def test_only_the_kinds_asked_for_are_made(forms, brazil, fact, source, kind):
    facts = [*brazil, fact("Brasília", "elevation", "1,172 m"), fact("Chile", "area", "756,102 km²"), fact("Peru", "area", "1,285,216 km²")]
    facts += [fact(name, "continent", "South America") for name in ("Chile", "Peru")]
    before = {"state": "superseded", "valid_from": "2010", "superseded_by": brazil[-1]["fact_id"]}
    facts += [fact("Brazil", "population", "190,755,799", **before)]
    found = {row["kind"] for row in forms(*facts, sources=[source(facts[0])], kinds=(kind,), table_rows=4096)}
    assert found == {kind}


def test_counts_are_bounds(forms, brazil, source):
    rows = forms(*brazil, sources=[source(one) for one in brazil], sentences=2, questions=1, evidence=1)
    counts = Counter((row["kind"], row["language"], *row["parents"]) for row in rows if len(row["parents"]) == 1)
    assert {count for (kind, *_), count in counts.items() if kind == "sentence"} == {2}
    assert {count for (kind, *_), count in counts.items() if kind in ("question", "evidence_answer")} == {1}
    assert {row["kind"] for row in forms(*brazil, sentences=0, questions=0, kinds=("sentence", "question"))} == set()


def test_the_same_facts_make_the_same_forms_in_any_order(forms, brazil, source):
    sources = [source(one) for one in brazil]
    rows = forms(*brazil, sources=sources)
    shuffled, order = list(brazil), random.Random(3)
    order.shuffle(shuffled)
    order.shuffle(sources)
    assert forms(*shuffled, sources=sources) == rows
    assert {row["text"] for row in forms(*brazil, seed=5)} != {row["text"] for row in forms(*brazil)}


def test_another_fact_changes_only_what_puts_facts_together(forms, brazil, fact):
    others = [fact("Chile", "area", "756,102 km²"), fact("Brazil", "demonym", "Brazilian"), fact("Oslo", "mayor", "Ada Moe")]
    single = {row["form_id"]: row for row in forms(*brazil) if len(row["parents"]) == 1 and row["kind"] != "unknown"}
    more = {row["form_id"]: row for row in forms(*brazil, *others)}
    assert single and all(more.get(form_id) == row for form_id, row in single.items())


def test_more_evidence_changes_no_words(forms, brazil):
    renamed = [row | {"fact_id": row["fact_id"][::-1]} for row in brazil]
    assert {row["text"] for row in forms(*brazil)} == {row["text"] for row in forms(*renamed)}


def test_every_fact_is_decided(fact):
    facts = [fact("Oslo", "country", "Norway"), fact("Oslo", "twin city", "Seattle"), fact("Warszawa", "country", "Polska", "pl")]
    result = make_forms(facts, (), (), FormRules())
    rules = {row["row_id"]: (row["outcome"], row["rule"]) for row in result.ledgers["l4_forms"][1].to_pylist()}
    assert [rules[row["fact_id"]] for row in facts] == [
        ("kept", None), ("dropped", "forms:unknown_property"), ("dropped", "forms:not_said"),
    ]  # fmt: skip


def test_without_facts_there_are_no_forms(forms):
    assert forms() == []


@pytest.mark.parametrize("rules", [{"kinds": ("poem",)}, {"languages": ("en", "xx")}])
def test_what_cannot_be_made_is_refused(rules):
    with pytest.raises(ValueError, match="is unknown; known are"):
        FormRules(**rules)


def test_facts_of_one_thing_under_two_names_are_one_card_and_a_name_of_two_things_is_in_no_form(fact, value):
    one = [fact("Germany", "capital", "Berlin", entity="wikidata:Q183"), fact("Deutschland", "currency", "euro", entity="wikidata:Q183")]
    two = [fact("Georgia", "capital", "Tbilisi", entity="wikidata:Q230"), fact("Georgia", "capital", "Atlanta", entity="wikidata:Q1428")]
    things = {"Georgia": "wikidata:Q230", "Germany": "wikidata:Q183"}
    sides = [value(f"{n}.example", name, "population", f"{n}000", entity=thing) for n in (3, 4) for name, thing in things.items()]
    result = make_forms([*one, *two], [], sides, FormRules())
    result.check("l4_forms")
    rows = result.tables["l4_forms"].to_pylist()
    assert {tuple(sorted(row["parents"])) for row in rows if row["kind"] == "card"} == {tuple(sorted(row["fact_id"] for row in one))}
    assert {row["subject"] for row in rows if row["kind"] == "contradicted"} == {"Germany"} and not [
        row for row in rows if "Georgia" in row["text"]
    ]
    rules = {row["row_id"]: row["rule"] for row in result.ledgers["l4_forms"][1].to_pylist()}
    assert {rules[row["fact_id"]] for row in two} | {rules[row["value_id"]] for row in sides if row["subject"] == "Georgia"} == {
        "forms:shared_name"
    }


def test_statements_that_evidence_refutes_are_not_kept(fact):
    facts = [fact("Brazil", "capital", "Brasília"), fact("Brazil", "population", "203,062,512", state="current", valid_from="2022-08")]
    asked: list[str] = []

    class Known(FewFacts):
        def are_known(self, forms):
            asked.extend(forms)
            return super().are_known(forms)

    other = fact("Brazil", "capital", "Rio de Janeiro") | {"text": "", "contradictions": 0, "independent_sources": 2}

    def made(kinds):
        result = make_forms(facts, [], [], FormRules(kinds=kinds), Known({"brazil": [other]}))
        result.check("l4_forms")
        return result.tables["l4_forms"].to_pylist(), {row["row_id"]: row["rule"] for row in result.ledgers["l4_forms"][1].to_pylist()}

    rows, rules = made(("sentence", "dated_statement"))
    assert "brazil" in asked and not [text for text in texts(rows, "sentence") if "Brasília" in text] and texts(rows, "dated_statement")
    assert rules == {facts[0]["fact_id"]: "forms:refuted", facts[1]["fact_id"]: None}
    asked.clear()
    rows, rules = made(("question",))
    assert not asked and set(rules.values()) == {None}, "questions are no statements"


def test_a_part_is_the_same_bytes_whatever_was_looked_up_before_and_in_every_process(fact):
    program = """
from hashlib import sha256
from tierline.compute.packed import pack
from tierline.forms.make import _parts
from tierline.forms.things import things_of
things = things_of(%r)
parts = [part for _ in range(2) for part in _parts(things, {}, {thing.entity: {"area", "currency", "population"} for thing in things})]
assert all(thing.name and thing.kinds and thing.languages for part in parts for thing in part.things)
print({sha256(pack(part)).hexdigest() for part in parts})
"""
    rows = [fact("Norway", "capital", "Oslo"), fact("Norway", "continent", "Europe"), fact("Oslo", "country", "Norway", "no")]
    said = {
        subprocess.run(
            [sys.executable, "-c", program % rows], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1 and said.pop().count("'") == 2
