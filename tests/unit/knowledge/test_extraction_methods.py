"""Methods of extraction: on where enough of their claims were right, and what is off is recorded, not lost."""

import json

import pytest

from benchmarks.extraction_methods import label_of, of_each_cell, read_labels
from tierline.crawl.extract import extract_page
from tierline.knowledge import ClaimRules, extract_claims
from tierline.knowledge.extraction_methods import (
    GENERATED,
    KNOWN,
    METHODS,
    OTHER,
    REAL,
    Measured,
    MethodRules,
    Methods,
    measured,
    method_rows,
    pooled,
    wilson,
)

RULES = MethodRules(precision_min=0.95, labels_min=20)


def proof(predicate: str, *rows: Measured, rules: MethodRules = RULES):
    return Methods(rules, rows).proof("table", predicate)


def row(predicate: str, source: str, right: int, read: int) -> Measured:
    return Measured("table", predicate, source, right, read)


@pytest.mark.parametrize(
    ("rows", "is_on", "why"),
    [
        ([], False, "unread"),
        ([row("capital", REAL, 19, 20)], True, "cell"),
        ([row("capital", REAL, 18, 20)], False, "cell"),
        ([row("capital", REAL, 19, 19)], False, "unread"),
        ([row("capital", REAL, 19, 19), row(KNOWN, REAL, 57, 60)], True, "pool"),
        ([row("capital", REAL, 19, 19), row(KNOWN, REAL, 50, 60)], False, "pool"),
        ([row("capital", REAL, 18, 20), row("capital", GENERATED, 99, 99), row(KNOWN, REAL, 60, 60)], False, "cell"),
        ([row("capital", REAL, 3, 3), row("capital", GENERATED, 99, 99), row(KNOWN, REAL, 30, 60)], True, "generated cell"),
        ([row("capital", REAL, 2, 4), row("capital", GENERATED, 99, 99)], False, "cell"),  # its interval ends at .85
        ([row(KNOWN, GENERATED, 99, 99)], True, "generated pool"),
        ([row(KNOWN, GENERATED, 99, 99), row(KNOWN, REAL, 0, 3)], False, "pool"),
        ([row(OTHER, REAL, 60, 60)], False, "unread"),
    ],
)
def test_the_first_measurement_with_enough_claims_decides(rows, is_on, why):
    found = proof("capital", *rows)
    assert (found.is_on, found.why) == (is_on, why)


def test_predicates_outside_of_the_vocabulary_have_a_pool_of_their_own():
    rows = row(KNOWN, REAL, 60, 60), row(OTHER, REAL, 30, 60)
    assert proof("capital", *rows).is_on and not proof("river", *rows).is_on


def test_the_recipe_overrides_what_was_measured_and_the_longer_name_counts():
    rows = row(KNOWN, REAL, 60, 60), row(OTHER, REAL, 0, 60)
    assert proof("river", *rows, rules=MethodRules(always=frozenset({"table"}))).is_on
    assert not proof("capital", *rows, rules=MethodRules(never=frozenset({"table"}))).is_on
    mixed = MethodRules(always=frozenset({"table/river"}), never=frozenset({"table"}))
    assert (proof("river", *rows, rules=mixed).is_on, proof("capital", *rows, rules=mixed).is_on) == (True, False)
    assert proof("river", *rows, rules=mixed).why == "recipe"


def test_intervals_are_wilsons():
    from scipy.stats import binomtest

    for right, read in ((0, 1), (1, 1), (19, 20), (37, 40), (422, 768)):
        interval = binomtest(right, read).proportion_ci(0.95, "wilson")
        assert wilson(right, read) == pytest.approx((interval.low, interval.high), abs=1e-6)
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_table_that_ships_has_known_methods_and_sums_that_hold_their_cells():
    rows = measured()
    assert rows and {one.method for one in rows} <= set(METHODS)
    assert all(0 <= one.right <= one.read for one in rows)
    sums = {(one.method, one.source, one.predicate): one.read for one in rows if one.predicate in (KNOWN, OTHER)}
    for one in pooled(one for one in rows if one.predicate not in (KNOWN, OTHER)):
        if one.predicate in (KNOWN, OTHER):
            assert sums[one.method, one.source, one.predicate] >= one.read
    shown = method_rows(Methods(RULES))
    assert {one["predicate"] for one in shown} >= {"(known)", "(other)"} and len(shown) == len(rows)


def test_labels_are_facts_without_words_of_pages():
    labels = read_labels()
    assert len(labels) >= 300
    for label in labels:
        assert set(label) == {"url", "span", "claim", "method", "predicate", "right", "kind"}
        assert (label["kind"] == "") == label["right"] and len(label["span"]) == len(label["claim"]) == 24


def test_claims_of_unproven_methods_are_decisions_with_what_was_measured(make_rows):
    table = {"kind": "table", "caption": "", "header": ["Town", "River"], "rows": [["Oslo", "Aker"], ["Bergen", "Oslo"]]}
    node = {"@type": "City", "name": "Oslo", "country": "Norway"}
    lines = [json.dumps(table), "\n".join([json.dumps(table), json.dumps({"kind": "jsonld", "data": node})])]
    rows = [
        {"doc_id": f"doc_{number}", "title": "Oslo", "structured_data": line, "tokens": 5, "language": "en", "domain": "a.example"}
        for number, line in enumerate(lines)
    ]
    methods = Methods(RULES, [row(OTHER, REAL, 30, 60), Measured("jsonld", KNOWN, REAL, 60, 60)])
    result = extract_claims(make_rows("l2_selected", rows), make_rows("l3_refined", []), ClaimRules(), methods)
    result.check("l4_claims")
    assert [(one["method"], one["predicate"]) for one in result.tables["l4_claims"].to_pylist()] == [("jsonld", "country")]
    documents = {one["row_id"]: (one["outcome"], one["rule"]) for one in result.ledgers["l4_claims"][1].to_pylist()}
    assert documents == {"doc_0": ("dropped", "claims:unproven_method"), "doc_1": ("kept", None)}
    dropped = [one for one in result.ledgers["l4_extracted"][1].to_pylist() if one["outcome"] == "dropped"]
    assert len(dropped) == 4 and {(one["rule"], one["value"], one["threshold"]) for one in dropped} == {
        ("claims:unproven_method", 0.5, 0.95)
    }
    assert dropped[0]["related_id"] == "doc_0" and dropped[0]["detail"] == "table, river: Oslo, Aker (pool)"


FORMS = {
    "jsonld": '<script type="application/ld+json">{"@type": "City", "name": "Oslo", "capital": "Akers"}</script>',
    "microdata": "<div itemscope itemtype=https://schema.org/City><b itemprop=name>Oslo</b><b itemprop=capital>Akers</b></div>",
    "rdfa": "<div vocab=https://schema.org/ typeof=City><b property=name>Oslo</b><b property=capital>Akers</b></div>",
    "property_value": '<script type="application/ld+json">{"@type": "City", "name": "Oslo", "additionalProperty": '
    '[{"@type": "PropertyValue", "name": "capital", "value": "Akers"}]}</script>',
    "table": "<table><tr><th>Town<th>Capital<th>Area<tr><td rowspan=1>Oslo<td>Akers<td>454 km²<tr><td>Aa<td>Bb<td>3 km²</table>",
    "infobox": "<table class=infobox><tr><th colspan=2>Oslo<tr><th>Capital<td>Akers<sup>[1]</sup><tr><th>Area<td>454 km²</table>",
    "definition": "<dl><dt>Capital<dd>Akers<dt>Area<dd>454 km²</dl>",
    "label": "<ul><li><b>Capital:</b> Akers<li><b>Area:</b> 454 km²</ul>",
    "text": "<p>The capital of Oslo is Akers.</p>",
}


@pytest.mark.parametrize("method", FORMS)
def test_every_form_is_read_by_its_method_and_proven_for_what_the_vocabulary_knows(make_rows, method):
    page = extract_page(f"<html><head><title>Oslo</title></head><body><main><h1>Oslo</h1><p>A town by the sea.</p>{FORMS[method]}</main>")
    row = {"doc_id": "doc_1", "title": "Oslo", "tokens": 9, "language": "en", "domain": "a.example", "url": "https://a.example/oslo"}
    row |= {"text": page.text, "structured_data": page.structured_data, "headings": [{"line": 0, "level": 1}]}
    result = extract_claims(make_rows("l2_selected", [row]), make_rows("l3_refined", []), ClaimRules())
    found = {(one["method"], one["subject"], one["predicate"], one["object"]) for one in result.tables["l4_claims"].to_pylist()}
    assert (method, "Oslo", "capital", "Akers") in found


def test_few_claims_of_one_page_are_drawn_and_the_seed_decides_which():
    claims = [
        {"claim_id": f"clm_{number}", "url": "u", "page_id": f"p{number % 3}", "method": "jsonld", "predicate": "author"}
        | {"subject": "S", "object": str(number), "quote": "q"}
        for number in range(60)
    ]
    drawn = of_each_cell(claims, 1)
    assert len(drawn) == 6 and drawn == of_each_cell(claims, 1) != of_each_cell(claims, 2)
    assert len({label_of(claim)["claim"] for claim in drawn}) == 6
