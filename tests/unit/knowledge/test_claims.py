"""Claims: each quotes the exact words that state it, says what a person would say, and what is no claim is dropped with a reason."""

import json
from datetime import UTC, datetime

import pytest

from tierline.knowledge import ClaimRules, extract_claims
from tierline.knowledge.claim_times import timed
from tierline.knowledge.extraction_methods import MethodRules, Methods
from tierline.knowledge.keys import normal_key
from tierline.knowledge.predicates import predicate_key
from tierline.knowledge.sketches import number_sketch, text_sketches
from tierline.knowledge.structured import Statement

CITY = {
    "@type": "City",
    "name": "Oslo",
    "foundingDate": "1048",
    "country": "Norway",
    "mayor": {"@type": "Person", "name": "Anne", "birthDate": "1960"},
    "twin": ["Aa", "Bb"],
}


def lines(*items: dict) -> str:
    return "\n".join(json.dumps(item, ensure_ascii=False) for item in items)


def document(make_rows, structured: str, number: int = 0, domain: str = "a.example"):
    row = {"doc_id": f"doc_{number}", "title": "Oslo", "structured_data": structured, "tokens": 5, "language": "en"}
    return make_rows("l2_selected", [row | {"domain": domain, "url": f"https://{domain}/"}])


def claims_of(make_rows, structured: str, passages: list[dict] = (), methods: Methods | None = None, **more) -> list[dict]:
    result = extract_claims(document(make_rows, structured, **more), make_rows("l3_refined", list(passages)), ClaimRules(), methods)
    result.check("l4_claims")
    return result.tables["l4_claims"].to_pylist()


def test_every_quote_stands_at_its_span(make_rows):
    table = {"kind": "table", "caption": "", "header": ["Town", "River"], "rows": [["Oslo", "Aker"], ["Bergen", "Oslo"]]}
    box = {"kind": "table", "caption": "Oslo", "header": [], "rows": [["Founded", "1048"], ["Area", "454 km²"]]}
    structured = lines({"kind": "jsonld", "data": [CITY]}, {"kind": "microdata", "data": CITY}, table, box)
    found = claims_of(make_rows, structured, methods=Methods(MethodRules(always=frozenset({"table"}))))
    assert found and all(structured[row["span_start"] : row["span_end"]] == row["quote"] for row in found)
    stated = {(row["subject"], row["predicate"], row["object"]) for row in found}
    assert {("Oslo", "founding date", "1048"), ("Oslo", "mayor", "Anne"), ("Anne", "birth date", "1960"), ("Oslo", "river", "Aker"),
            ("Bergen", "river", "Oslo"), ("Oslo", "area", "454 km²"), ("Oslo", "twin", "Bb")} <= stated  # fmt: skip
    assert all(row["object"] in row["quote"] for row in found)


def test_plain_sentences_of_l3_state_facts(make_rows):
    text = "Velmora was founded in 1431. Lindenau is the capital of Westland. It was founded in 1500."
    passage = {"passage_id": "psg_1", "text": text, "language": "en", "tokens": 9}
    found = claims_of(make_rows, "", [passage])
    assert {(row["subject"], row["predicate"], row["object"]) for row in found} == {
        ("Velmora", "founding date", "1431"),
        ("Westland", "capital", "Lindenau"),
    }
    assert all(text[row["span_start"] : row["span_end"]] == row["quote"] for row in found)


def test_what_a_list_left_behind_a_value_is_left_out(make_rows):
    found = claims_of(make_rows, lines({"kind": "jsonld", "data": CITY | {"name": "Oslo,", "owns": ["Aker; ", "Bergen"]}}))
    assert {(row["subject"], row["object"]) for row in found if row["predicate"] == "owns"} == {("Oslo", "Aker"), ("Oslo", "Bergen")}


def test_a_value_that_is_the_name_and_the_property_says_nothing(make_rows):
    found = claims_of(make_rows, lines({"kind": "jsonld", "data": CITY | {"review": ["Oslo Review", "Oslo in winter"]}}))
    assert [row["object"] for row in found if row["predicate"] == "review"] == ["Oslo in winter"]


@pytest.mark.parametrize(
    "structured", ["", "{broken", '{"kind": "jsonld", "data": 3}', '{"kind": "table", "rows": [[]]}', '{"kind": "jsonld"}', "[1]"]
)
def test_broken_structured_data_states_nothing(make_rows, structured):
    assert claims_of(make_rows, structured) == []


@pytest.mark.parametrize(("left", "right"), [("18,450", "18450"), (" Oslo. ", "oslo"), ("ＯＳＬＯ", "Oslo")])
def test_keys_ignore_what_does_not_matter(left, right):
    assert normal_key(left) == normal_key(right)


def test_predicates_of_all_spellings_are_one():
    assert len({predicate_key(name) for name in ("foundingDate", "Founding date", "founding_date")}) == 1


@pytest.mark.parametrize(
    ("left", "right"),
    [("1,048", "1,0480"), ("Oslo", "Oslo City"), ("1.5", "15"), ("3,14", "314"), ("12,3456", "123456"), ("a-b", "ab"), ("C++", "C")],
)
def test_keys_keep_apart_what_differs(left, right):
    assert normal_key(left) != normal_key(right)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("1 048 576", "1048576"),
        ("12,345,678", "12345678"),
        ("“Oslo”", "“oslo”"),
        ("(Oslo)", "oslo"),
        ("STRASSE", "strasse"),
        ("straße", "strasse"),
        ("ﬁrst", "first"),
        ("...", ""),
        (" a\u00a0 b ", "a b"),
    ],
)
def test_the_form_on_which_two_sources_must_agree(text, key):
    assert normal_key(text) == key


@pytest.mark.parametrize(
    ("name", "key"), [("foundingDate", "founding date"), ("schema:name", "schema name"), ("date-built", "date built"), (" URL ", "url")]
)
def test_the_form_of_a_predicate(name, key):
    assert predicate_key(name) == key


def stated(make_rows, data: dict, rules: ClaimRules | None = None):
    """(claims, the one decision) of a document with one JSON-LD object."""
    structured = lines({"kind": "jsonld", "data": data})
    result = extract_claims(document(make_rows, structured), make_rows("l3_refined", []), rules or ClaimRules())
    result.check("l4_claims")
    (decision,) = result.ledgers["l4_claims"][1].to_pylist()
    return result.tables["l4_claims"].to_pylist(), decision


@pytest.mark.parametrize(
    "data",
    [
        {"name": "Oslo", "country": "x" * 121},
        {"name": "x" * 121, "country": "Norway"},
        {"name": "Oslo", "country": ""},
        {"name": "Oslo", "country": "..."},
        {"name": "?!", "country": "Norway"},
        {"name": "Oslo", "sameAs": "Norway"},
        {"name": "Oslo", "same_as": "Norway"},
        {"name": "Oslo", "map": "https://maps.example/oslo"},
        {"name": "Oslo", "___": "Norway"},
    ],
    ids=["long object", "long subject", "empty", "no words", "no name", "ignored", "ignored spelled otherwise", "address", "no predicate"],
)
def test_what_is_no_claim_is_dropped_as_ignored(make_rows, data):
    claims, decision = stated(make_rows, data)
    assert claims == [] and (decision["outcome"], decision["rule"]) == ("dropped", "claims:ignored")


def test_the_rules_say_how_long_an_object_may_be_and_which_predicates_do_not_count(make_rows):
    assert stated(make_rows, {"name": "Oslo", "country": "Norway"}, ClaimRules(object_characters_max=5))[0] == []
    assert stated(make_rows, {"name": "Oslo", "country": "Norway"}, ClaimRules(ignored_predicates=frozenset({"country", "name"})))[0] == []
    # JSON-LD states the address too, which the default rules ignore.
    assert stated(make_rows, {"name": "Oslo", "address": "Akersgata 1"})[0] == []
    everything = ClaimRules(ignored_predicates=frozenset())
    assert [row["predicate"] for row in stated(make_rows, {"name": "Oslo", "address": "Akersgata 1"}, everything)[0]] == ["address"]


def test_a_document_that_states_nothing_is_told_from_one_whose_statements_do_not_count(make_rows):
    assert stated(make_rows, {})[1]["rule"] == "claims:none"
    claims, decision = stated(make_rows, {"name": "Oslo", "country": "Norway"})
    assert len(claims) == 1 and (decision["outcome"], decision["rule"], decision["tokens"]) == ("kept", None, 5)


def test_ids_stand_for_place_and_content_and_nothing_else(make_rows):
    (first,), _ = stated(make_rows, {"name": "Oslo", "country": "Norway"})
    (again,), _ = stated(make_rows, {"name": "Oslo", "country": "Norway"})
    (moved,), _ = stated(make_rows, {"id": "a", "name": "Oslo", "country": "Norway"}, ClaimRules())
    (other,), _ = stated(make_rows, {"name": "Oslo", "country": "Sweden"})
    assert first == again and len({first["claim_id"], moved["claim_id"], other["claim_id"]}) == 3
    assert first["claim_id"].startswith("clm_") and (first["subject_key"], first["object_key"]) == ("oslo", "norway")


def test_passages_of_other_languages_state_nothing_in_english_forms(make_rows):
    text = "Velmora was founded in 1431."
    for language, count in (("en", 1), ("de", 0)):
        passage = {"passage_id": "psg_1", "text": text, "language": language, "tokens": 9, "domain": "b.example"}
        found = claims_of(make_rows, "", [passage])
        assert [(row["parents"], row["parent_table"], row["parent_field"]) for row in found] == [(["psg_1"], "l3_refined", "text")] * count


@pytest.mark.parametrize(
    ("name", "value"), [("sku", "<CARD>"), ("contact", "write <EMAIL>"), ("foundingDate", "0000-00-00"), ("yearBuilt", 20023)]
)
def test_what_was_redacted_and_what_is_no_date_is_no_claim(make_rows, name, value):
    found = claims_of(make_rows, lines({"kind": "jsonld", "data": {"name": "Oslo", "country": "Norway", name: value}}))
    assert [row["predicate"] for row in found] == ["country"]


@pytest.mark.parametrize(
    ("name", "value", "typed"),
    [
        ("areaTotal", "454 km²", ("number", "454000000 meter^2", "±500000")),
        ("foundingDate", "1048", ("date", "1048", "year")),
        ("country", "Norge", ("place", "country:NO", "")),
        ("motto", "Unanimiter et constanter", ("name", "unanimiter et constanter", "")),
    ],
)
def test_the_typed_value_stands_beside_the_words(make_rows, name, value, typed):
    (claim,), _ = stated(make_rows, {"name": "Oslo", name: value})
    assert claim["object"] == value and (claim["value_type"], claim["value_normal"], claim["value_precision"]) == typed


def test_every_claim_tells_of_its_page_and_that_of_a_passage_of_its_document(make_rows):
    words = " ".join(f"word{number}" for number in range(40))
    data = {"@graph": [{"@type": "WebPage", "publisher": {"name": "Acme Media"}}, {"@type": "City", "name": "Oslo", "area": "454000 km²"}]}
    text = f"{words} 454,000 then 1905 1,234 8,765 and 2,048"
    page = {"doc_id": "doc_1", "structured_data": lines({"kind": "jsonld", "data": data}), "tokens": 5, "language": "en", "text": text}
    passage = {"text": "Velmora was founded in 1431.", "language": "en", "tokens": 9}
    passages = [passage | {"passage_id": "psg_1", "parents": ["doc_1"]}, passage | {"passage_id": "psg_2", "parents": ["doc_gone"]}]
    result = extract_claims(make_rows("l2_selected", [page]), make_rows("l3_refined", passages), ClaimRules())
    stated, edited, orphan = result.tables["l4_claims"].to_pylist()
    assert stated["page_id"] == edited["page_id"] == "doc_1" and orphan["page_id"] == "doc_gone"
    assert stated["text_sketch"] == text_sketches([text], [["454000 km²"]])[0] != edited["text_sketch"] == text_sketches([text], [[]])[0]
    assert stated["number_sketch"] == number_sketch(text, {"454000"}) != edited["number_sketch"] == number_sketch(text, {"1431"})
    assert stated["owners"] == edited["owners"] == ["name:acme media"] and orphan["owners"] == []


@pytest.mark.parametrize(
    "value",
    [
        "—",
        "–",
        "-",
        " - - ",
        "?",
        "~",
        "n/a",
        "N/A",
        "n.a.",
        "NA",
        "TBD",
        "(tba)",
        "None",
        "null",
        "Unknown",
        "undefined",
        "NaN",
        "Invalid Date",
        "[object Object]",
        "{{y}}",
        "about {{ product.price }} kg",
        "${price}",
        "%PRICE%",
        "<%= x %>",
        "{price}",
        "YYYY-MM-DD",
        "0000000000000",
        "00-00-0000",
        "000 000 000",
        "unbekannt",
        "Keine Angabe",
        "inconnu",
        "Non renseigné",
        "desconocido",
        "não informado",
        "неизвестно",
        "Нет данных",
        "不明",
        "未知",
        "暂无",
        "미상",
        "غير معروف",
        "άγνωστος",
        "Brak danych",
        "---n/a---",
        "#N/A",
    ],
)
def test_a_placeholder_is_no_claim(make_rows, value):
    assert stated(make_rows, {"name": "Oslo", "gtin": value})[0] == []
    assert stated(make_rows, {"name": value, "country": "Norway"})[0] == []


@pytest.mark.parametrize(
    "value", ["0", "00", "000000", "Na", "Nan", "NC", "None Such Ltd", "€", "★★★", "5", "C", "-5", "Null Island", "No", "∞", "0-0"]
)
def test_what_only_looks_like_a_placeholder_is_a_claim(make_rows, value):
    (claim,) = stated(make_rows, {"name": "Oslo", "thing": value})[0]
    assert claim["object"] == value


def test_a_redacted_or_empty_key_claims_nothing(make_rows):
    data = {"name": "Oslo", "<EMAIL>": "mayor", "call <PHONE> now": "Norway", "—": "Aker", "{{key}}": "Aker"}
    assert stated(make_rows, data)[0] == []
    table = {"kind": "table", "caption": "", "header": ["Town", "<PHONE>"], "rows": [["Oslo", "Aker"]]}
    assert claims_of(make_rows, lines(table)) == []


def timed_claims(make_rows, *items):
    """(predicate, object, time, where it stands) of the claims of a page, and the date of the page and what it is of."""
    found = claims_of(make_rows, lines(*items))
    times = {(row["predicate"], row["object"], row["time"], row["time_source"]) for row in found}
    return times, {(row["predicate"], row["page_time"], row["page_time_source"]) for row in found}


def node(**properties):
    return {"kind": "jsonld", "data": {"@type": "Country", "name": "Arvania"} | properties}


BOX = {"kind": "table", "caption": "Arvania", "header": [], "rows": [["Population (2011 census)", "5,379,475"], ["Area", "9 km²"]]}
BY_YEAR = {"kind": "table", "caption": "", "header": ["Country", "Year", "Population"], "rows": [["Arvania", "2011", "5,379,475"]]}
QUANTITY = {"@type": "QuantitativeValue", "value": 5379475, "validFrom": "2022"}


@pytest.mark.parametrize(
    ("item", "claim"),
    [
        (node(population="5,379,475 (2022 est.)"), ("population", "5,379,475", "2022", "value")),
        (node(population="5379475", observationDate="2022-07-01"), ("population", "5379475", "2022-07-01", "property")),
        (node(population=QUANTITY), ("population", "5379475", "2022/..", "property")),
        (node(headOfState="Ann Lee", startDate="2010", endDate="2014"), ("head of state", "Ann Lee", "2010/2014", "property")),
        (node(population="5379475 (2022)", observationDate="2019"), ("population", "5379475", "2022", "value")),
        (node(area="454 km² (2022)", observationDate="2019"), ("area", "454 km² (2022)", None, None)),
        (BOX, ("population", "5,379,475", "2011", "label")),
        (BY_YEAR, ("population", "5,379,475", "2011", "column")),
    ],
)
def test_a_claim_about_what_changes_has_the_time_that_stands_with_it(make_rows, item, claim):
    assert claim in timed_claims(make_rows, item)[0]


def test_a_table_of_years_states_what_changed_of_what_it_is_about(make_rows):
    table = BY_YEAR | {"caption": "Arvania", "header": ["Year", "Population"], "rows": [["2001", "4,300,000"], ["2011", "5,379,475"]]}
    stated = {(row["subject"], row["object"], row["time"]) for row in claims_of(make_rows, lines(table))}
    assert stated == {("Arvania", "4,300,000", "2001"), ("Arvania", "5,379,475", "2011")}


def test_the_date_of_an_object_replaces_that_of_its_page_for_what_changes(make_rows):
    page = {"kind": "jsonld", "data": {"@type": "WebPage", "dateModified": "2020-01-01"}}
    _, pages = timed_claims(make_rows, node(population="5379475", area="9 km²", dateModified="2015-02-03"), page)
    assert {("population", "2015-02-03", "modified"), ("area", "2020-01-01", "modified")} <= pages


def test_a_sentence_says_of_when_it_is():
    text = "Rain fell as of 1999. As of March 2011, the mayor of Oslo is Ann Lee."
    statement = Statement("Oslo", "mayor", "Ann Lee", text.index("the mayor"), len(text), "text")
    assert timed(statement, text, "en") == ("mayor", "Ann Lee", {"time": "2011-03", "time_source": "sentence"})


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("- Population (2011 census): 5,379,475\n- Area: 9 km²", {"2011"}),
        ("- Population: 5,379,475 (2022 est.)\n- Area: 9 km²", {"2022"}),
        ("- Population (2011) 5,379,475\n- Population (2001) 4,300,000", {"2001", "2011"}),
        ("- Population 5,379,475\n- Area 9 km²", {None}),
        ("Arvania has a population of 5,379,475 (2011 census).", {"2011"}),
        ("Arvania has a population of 5,379,475 people in 2011.", {"2011"}),
        ("Arvania has 5,379,475 inhabitants according to the 2011 census.", {"2011"}),
        ("As of March 2011, Arvania has a population of 5,379,475.", {"2011-03"}),
        ("Arvania has a population of 5,379,475 (see below).", {None}),
    ],
)
def test_labeled_lines_and_sentences_say_of_when_they_are(make_rows, text, times):
    row = {"doc_id": "doc_0", "title": "Arvania", "text": text, "tokens": 5, "language": "en", "domain": "a.example", "url": "x"}
    claims = extract_claims(make_rows("l2_selected", [row]), make_rows("l3_refined", []), ClaimRules()).tables["l4_claims"].to_pylist()
    assert {claim["time"] for claim in claims if claim["predicate"] == "population"} == times


def test_a_projection_is_no_claim(make_rows):
    row = {"doc_id": "doc_1", "title": "x", "structured_data": lines(node(population="9,000,000 (2050)")), "tokens": 5, "language": "en"}
    row |= {"domain": "a.example", "url": "https://a.example/", "fetched_at": datetime(2024, 1, 1, tzinfo=UTC)}
    assert extract_claims(make_rows("l2_selected", [row]), make_rows("l3_refined", []), ClaimRules()).tables["l4_claims"].num_rows == 0


def test_a_document_states_in_its_text_what_labels_and_sentences_say_and_properties_have_one_name(make_rows):
    text = "Oslo\n- Inhabitants: 709,037\n- Motto: Onward\nThe capital of Norway is Oslo. It is said that the capital of Norway is Moss."
    box = {"kind": "table", "caption": "", "header": [], "rows": [["Founded", "1048"], ["Established", "by a king"]]}
    structured = lines({"kind": "page", "heading": "Oslo"}, box, {"kind": "rdfa", "data": {"name": "Oslo", "area": "454 km²"}})
    row = {"doc_id": "doc_0", "title": "Oslo | Atlas", "text": text, "structured_data": structured, "tokens": 5, "language": "en"}
    row |= {"headings": [{"line": 0, "level": 1}], "domain": "a.example", "url": "https://a.example/oslo"}
    found = extract_claims(make_rows("l2_selected", [row]), make_rows("l3_refined", []), ClaimRules()).tables["l4_claims"].to_pylist()
    assert {(one["method"], one["subject"], one["predicate"], one["object"]) for one in found} == {
        ("infobox", "Oslo", "founding date", "1048"),
        ("infobox", "Oslo", "established", "by a king"),
        ("rdfa", "Oslo", "area", "454 km²"),
        ("label", "Oslo", "population", "709,037"),
        ("text", "Norway", "capital", "Oslo"),
    }
    assert all(row[one["parent_field"]][one["span_start"] : one["span_end"]] == one["quote"] for one in found)


def test_a_list_that_may_be_about_something_else_and_a_label_that_is_an_amount_state_nothing(make_rows):
    box = {"kind": "table", "caption": "", "header": [], "rows": [["Founded", "1048"]]}
    assert claims_of(make_rows, lines({"heading": "Bergen"} | box)) == []
    assert [one["subject"] for one in claims_of(make_rows, lines(box | {"caption": "Key facts"}))] == ["Oslo"]
    assert claims_of(make_rows, lines(box | {"rows": [["47 km", "to Moss"]]})) == []


def test_an_article_of_an_encyclopedia_is_not_its_topic(make_rows):
    article = {"@type": "Article", "name": "Escopete", "author": "Anne Berg", "datePublished": "2013-06-23"}
    thing = {"@type": "City", "name": "Escopete", "country": "Spain"}
    row = {"doc_id": "doc_0", "title": "Escopete", "tokens": 5, "language": "en", "text": "", "domain": "en.wikipedia.org"}
    row |= {"structured_data": lines({"kind": "jsonld", "data": [article, thing]}), "url": "https://en.wikipedia.org/wiki/Escopete"}
    found = extract_claims(make_rows("l2_selected", [row]), make_rows("l3_refined", []), ClaimRules()).tables["l4_claims"].to_pylist()
    assert [(one["predicate"], one["object"]) for one in found] == [("country", "Spain")]
    row |= {"url": "https://a.example/escopete", "domain": "a.example"}
    found = extract_claims(make_rows("l2_selected", [row]), make_rows("l3_refined", []), ClaimRules()).tables["l4_claims"].to_pylist()
    assert {one["predicate"] for one in found} == {"country", "author", "date published"}


def test_an_edit_claims_only_what_its_document_does_not_say_itself(make_rows):
    before = "Velmora was founded in 1431.\nIt was founded by a prince."
    text = f"{before} Ostmark was founded in 1512."
    edit = {"passage_id": "psg_1", "parents": ["doc_1"], "kind": "edit", "language": "en", "tokens": 9, "text": text}
    found = claims_of(make_rows, "", [edit | {"source_text": before}])
    assert [row["subject"] for row in found] == ["Ostmark"]
    assert len(claims_of(make_rows, "", [edit | {"source_text": ""}])) == 2
