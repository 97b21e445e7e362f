"""Claims: each quotes the exact words that state it, says what a person would say, and what is no claim is dropped with a reason."""

import json

import pytest

from tierline.knowledge import ClaimRules, extract_claims
from tierline.knowledge.claims import predicate_key
from tierline.knowledge.keys import normal_key
from tierline.knowledge.sketches import number_sketch, text_sketches

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


def claims_of(make_rows, structured: str, passages: list[dict] = (), **more) -> list[dict]:
    result = extract_claims(document(make_rows, structured, **more), make_rows("l3_refined", list(passages)), ClaimRules())
    result.check("l4_claims")
    return result.tables["l4_claims"].to_pylist()


def test_every_quote_stands_at_its_span(make_rows):
    table = {"kind": "table", "caption": "", "header": ["Town", "River"], "rows": [["Oslo", "Aker"], ["Bergen", "Oslo"]]}
    box = {"kind": "table", "caption": "Oslo", "header": [], "rows": [["Founded", "1048"], ["Area", "454 km²"]]}
    structured = lines({"kind": "jsonld", "data": [CITY]}, {"kind": "microdata", "data": CITY}, table, box)
    found = claims_of(make_rows, structured)
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
    # JSON-LD states the name too, which the default rules ignore.
    assert [row["predicate"] for row in stated(make_rows, {"name": "Oslo"}, ClaimRules(ignored_predicates=frozenset()))[0]] == ["name"]


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
