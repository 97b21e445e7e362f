"""From claims in a lake to forms in it: what is read, what the gate says, and what a second look finds."""

import pytest

from tests.conftest import commit_rows, rows_of
from tierline.forms import FormRules, make_forms, read_inputs
from tierline.gates.profile import profile
from tierline.gates.suite import suite_for
from tierline.knowledge import FactRules, verify_facts
from tierline.knowledge.values import read_value
from tierline.lake import WHOLE_LAKE, Activity, Lake, StageResult, Verdict
from tierline.lineage import trace, verify
from tierline.tables import content_id

STATED = [
    *((f"{site}.example", "Norway", "capital", "Oslo") for site in "abc"),
    *((f"{site}.example", "Oslo", "elevation", "23 m") for site in "ab"),
    *((f"{site}.example", "Norway", "area", value) for site, value in zip("abcd", ("385,207 km²", "385,207 km²", "1 km²", "1 km²"), strict=True)),
    ("a.example", "Norway", "demonym", "Norwegian"),
    ("a.example", "Norway", "elevation", "2,469 m"),
]  # fmt: skip


def claim(domain: str, subject: str, predicate: str, value: str) -> dict:
    read = read_value(value, predicate, "en")
    return {
        "claim_id": content_id("clm", domain, subject, predicate, value), "parents": [f"doc_{domain}"], "parent_table": "l2_selected",
        "parent_field": "text", "span_start": 0, "span_end": len(value), "quote": f"{predicate}: {value}", "page_id": f"doc_{domain}",
        "subject": subject, "predicate": predicate, "object": value, "subject_key": subject.casefold(), "object_key": value,
        "value_type": read.type, "value_normal": read.normal, "value_precision": read.precision, "language": "en",
        "domain": domain, "url": f"https://{domain}/{subject}",
    }  # fmt: skip


def claims_of(rows: list[dict]):
    return rows_of("l4_claims", rows)


def put(lake: Lake, stage: str, result: StageResult, inputs: dict[str, str]) -> None:
    manifest = lake.commit(Activity.begin(stage, WHOLE_LAKE, "1", (), inputs), result)
    lake.record(Verdict(stage, WHOLE_LAKE, manifest.stage_digest, "test", "0", True, "[]"))


@pytest.fixture
def stated(lake):
    """A lake with claims, and the facts that they make."""
    commit_rows(lake, "l4_claims", [claim(*one) for one in STATED], "s")
    claims, manifest = lake.read_promoted("l4_claims", "s")
    put(lake, "l4_facts", verify_facts(claims, FactRules()), {"l4_claims/s": manifest.digest})
    return lake


def test_facts_evidence_and_what_is_not_settled_are_read(stated):
    found = read_inputs(stated)
    assert set(found.digests) == {f"{table}/{WHOLE_LAKE}" for table in ("l4_facts", "l4_sources", "l4_values")}
    assert {(row["subject"], row["predicate"]) for row in found.facts()} == {("Norway", "capital"), ("Oslo", "elevation")}
    assert len(list(found.sources())) == 5
    stated = {(row["predicate"], row["object"], row["state"]) for row in found.values()}
    assert stated == {
        *(("area", said, "contradicted") for said in ("385,207 km²", "1 km²")),
        ("demonym", "Norwegian", "single_source"),
        ("elevation", "2,469 m", "single_source"),
    }


def test_forms_pass_their_gate_and_are_traced_to_pages(stated):
    found = read_inputs(stated)
    put(stated, "l4_forms", make_forms(found.facts(), found.sources(), found.values(), FormRules()), found.digests)
    metrics = profile(stated, "l4_forms", WHOLE_LAKE)
    for bound in suite_for("l4_forms").bounds:
        assert bound.maximum is None or metrics[bound.metric] <= bound.maximum, bound
    rows = {row["kind"]: row for row in stated.read("l4_forms", WHOLE_LAKE).to_pylist()}
    assert {"sentence", "question", "evidence_answer", "two_hop", "contradicted", "unconfirmed"} <= set(rows)
    assert "capital: Oslo" in rows["evidence_answer"]["text"] or "elevation: 23 m" in rows["evidence_answer"]["text"]
    assert not [one for one in verify(stated)[0] if one.where.startswith("l4_forms")]


def test_a_form_is_followed_to_its_facts_and_to_the_claims_behind_its_values(stated):
    found = read_inputs(stated)
    put(stated, "l4_forms", make_forms(found.facts(), found.sources(), found.values(), FormRules()), found.digests)
    commit_rows(stated, "l2_selected", [{"doc_id": f"doc_{site}.example", "parents": []} for site in "abcd"], "s")
    rows = {row["kind"]: row for row in stated.read("l4_forms", WHOLE_LAKE).to_pylist()}
    assert [node.table for node in trace(stated, rows["two_hop"]["form_id"]).parents] == ["l4_facts", "l4_facts"]
    for kind, sides in (("contradicted", 2), ("unconfirmed", 1)):
        values = trace(stated, rows[kind]["form_id"]).parents
        assert [value.table for value in values] == ["l4_values"] * sides
        assert {claim.table for value in values for claim in value.parents} == {"l4_claims"}
        assert {claim.row["domain"] for value in values for claim in value.parents} >= {"a.example"}


def test_what_is_refuted_or_withdrawn_is_in_no_form(stated):
    """A vouched base refutes one capital; of two pages with one elevation one goes away."""
    told = [("a.example", "Norway", "capital", "Bergen"), ("b.example", "Norway", "capital", "Bergen")]
    told += [(f"{site}.example", "Norway", "capital", "Oslo") for site in "cdefg"]
    told += [(f"{site}.example", "Norway", "elevation", "2,469 m") for site in "ab"]
    told += [(f"{site}.example", "Norway", "area", "385,207 km²") for site in "ab"]
    rows = [claim(*one) for one in told]
    first = verify_facts(claims_of(rows), FactRules()).tables["l4_values"]
    left = [row for row in rows if not (row["predicate"] == "elevation" and row["domain"] == "b.example")]
    commit_rows(stated, "l4_claims", left, "s")
    claims, manifest = stated.read_promoted("l4_claims", "s")
    put(stated, "l4_facts", verify_facts(claims, FactRules(), None, first.to_batches()), {"l4_claims/s": manifest.digest})
    states = {row["object"]: row["state"] for row in stated.read("l4_values", WHOLE_LAKE).to_pylist()}
    assert (states["Bergen"], states["2,469 m"]) == ("refuted", "withdrawn")
    found = read_inputs(stated)
    made = make_forms(found.facts(), found.sources(), found.values(), FormRules()).tables["l4_forms"].to_pylist()
    assert made and not [row for row in made if "Bergen" in row["text"] or "2,469" in row["text"]]


def test_a_lake_without_facts_has_no_forms(lake):
    found = read_inputs(lake)
    result = make_forms(found.facts(), found.sources(), found.values(), FormRules())
    result.check("l4_forms")
    assert found.digests == {} and result.tables["l4_forms"].num_rows == 0
