"""L4: every claim quotes the exact words, facts need independent sites that agree, manuals need a signature."""

import json

import pytest

from tierline.knowledge import ClaimRules, FactRules, ManualRules, VettedSource, extract_claims, split_manuals, verify_facts
from tierline.knowledge.claims import normal_key, predicate_key

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


def facts_of(make_rows, *statements: tuple[str, str, str, str]):
    rows = []
    for number, (domain, subject, predicate, value) in enumerate(statements):
        row = {"claim_id": f"clm_{number}", "parents": [f"doc_{number}"], "subject": subject, "predicate": predicate, "object": value}
        rows.append(row | {"subject_key": normal_key(subject), "object_key": normal_key(value), "domain": domain, "language": "en"})
    table = make_rows("l4_claims", rows)
    table = table.append_column("shard", [["s"] * len(rows)])
    result = verify_facts(table, FactRules())
    result.check("l4_facts")
    decisions = {row["row_id"]: (row["outcome"], row["rule"]) for row in result.ledgers["l4_facts"][1].to_pylist()}
    return result.tables["l4_facts"].to_pylist(), result.tables["l4_sources"].to_pylist(), list(decisions.values())


def test_two_domains_make_a_fact_and_two_hosts_of_one_domain_do_not(make_rows):
    facts, sources, _ = facts_of(make_rows, ("a.example", "Oslo", "country", "Norway"), ("b.example", "oslo", "country", "NORWAY"))
    assert [fact["independent_sources"] for fact in facts] == [2] and len(sources) == 2
    facts, _, decisions = facts_of(make_rows, ("www.a.com", "Oslo", "country", "Norway"), ("shop.a.com", "Oslo", "country", "Norway"))
    assert facts == [] and decisions == [("dropped", "facts:single_source")] * 2


def test_a_contradiction_quarantines_a_tie_and_marks_a_majority(make_rows):
    tie = [
        (f"{name}.example", "Oslo", "founding date", value) for name, value in zip("abcd", ("1048", "1048", "1050", "1050"), strict=True)
    ]
    facts, _, decisions = facts_of(make_rows, *tie)
    assert facts == [] and decisions == [("quarantined", "facts:contradicted")] * 4
    facts, _, decisions = facts_of(make_rows, *tie[:3])
    assert [(fact["object"], fact["contradictions"]) for fact in facts] == [("1048", 1)]
    assert sorted(decisions, key=str)[0] == ("dropped", "facts:single_source")


def test_several_values_on_one_page_are_a_list_and_no_contradiction(make_rows):
    rows = [
        ("a.example", "Oslo", "twin", "Aa"),
        ("b.example", "Oslo", "twin", "Aa"),
        ("a.example", "Oslo", "twin", "Bb"),
        ("b.example", "Oslo", "twin", "Bb"),
    ]
    made = [
        {
            "claim_id": f"clm_{n}",
            "parents": [row[0]],
            "subject": row[1],
            "predicate": row[2],
            "object": row[3],
            "subject_key": "oslo",
            "object_key": row[3].lower(),
            "domain": row[0],
            "language": "en",
        }
        for n, row in enumerate(rows)
    ]
    table = make_rows("l4_claims", made).append_column("shard", [["s"] * 4])
    facts = verify_facts(table, FactRules()).tables["l4_facts"].to_pylist()
    assert {(fact["object"], fact["contradictions"]) for fact in facts} == {("Aa", 0), ("Bb", 0)}


MANUAL = (
    "Opening the lock\n"
    + "Check that both gates are closed before you begin to work. " * 4
    + "\nFilling\n"
    + "Turn the wheel slowly to the left and wait for the water. " * 4
)


def test_only_vetted_pages_become_sections_and_each_is_found_at_its_span(make_rows):
    vetted = VettedSource("https://docs.example/manual/", "the lock keepers", "2026-01-15", "CC-BY")
    documents = make_rows(
        "l2_selected",
        [
            {"doc_id": "doc_1", "url": "https://docs.example/manual/1", "text": MANUAL, "tokens": 9},
            {"doc_id": "doc_2", "url": "https://x.example/", "text": MANUAL, "tokens": 9},
        ],
    )
    result = split_manuals(documents, ManualRules((vetted,)))
    result.check("l4_manuals")
    sections = result.tables["l4_manuals"].to_pylist()
    assert [row["heading"] for row in sections] == ["Opening the lock", "Filling"]
    assert all(MANUAL[row["span_start"] : row["span_end"]] == row["text"] and row["approved_by"] == "the lock keepers" for row in sections)
    assert {row["row_id"]: row["rule"] for row in result.ledgers["l4_manuals"][1].to_pylist()} == {
        "doc_1": None,
        "doc_2": "manuals:not_vetted",
    }


@pytest.mark.parametrize("values", [("", "x", "2026-01-01"), ("https://a/", "", "2026-01-01"), ("https://a/", "x", "yesterday")])
def test_an_approval_needs_a_name_and_a_day(values):
    with pytest.raises(ValueError):
        VettedSource(*values)
