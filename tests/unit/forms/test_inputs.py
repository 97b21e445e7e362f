"""From claims in a lake to forms in it: what is read, what the gate says, and what a second look finds."""

import pytest

from tests.conftest import commit_rows
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


def test_facts_evidence_and_what_is_contradicted_are_read(stated):
    found = read_inputs(stated)
    assert set(found.digests) == {"l4_claims/s", f"l4_facts/{WHOLE_LAKE}", f"l4_sources/{WHOLE_LAKE}"}
    assert {(row["subject"], row["predicate"]) for row in found.facts()} == {("Norway", "capital"), ("Oslo", "elevation")}
    assert len(list(found.sources())) == 5
    assert [row["predicate"] for row in found.contradictions()] == ["area"] * 4


def test_forms_pass_their_gate_and_are_traced_to_pages(stated):
    found = read_inputs(stated)
    put(stated, "l4_forms", make_forms(found.facts(), found.sources(), found.contradictions(), FormRules()), found.digests)
    metrics = profile(stated, "l4_forms", WHOLE_LAKE)
    for bound in suite_for("l4_forms").bounds:
        assert bound.maximum is None or metrics[bound.metric] <= bound.maximum, bound
    rows = {row["kind"]: row for row in stated.read("l4_forms", WHOLE_LAKE).to_pylist()}
    assert {"sentence", "question", "evidence_answer", "two_hop", "contradicted"} <= set(rows)
    assert "capital: Oslo" in rows["evidence_answer"]["text"] or "elevation: 23 m" in rows["evidence_answer"]["text"]
    assert not [one for one in verify(stated)[0] if one.where.startswith("l4_forms")]


def test_a_form_is_followed_to_its_facts(stated):
    found = read_inputs(stated)
    put(stated, "l4_forms", make_forms(found.facts(), found.sources(), found.contradictions(), FormRules()), found.digests)
    commit_rows(stated, "l2_selected", [{"doc_id": f"doc_{site}.example", "parents": []} for site in "abcd"], "s")
    row = next(row for row in stated.read("l4_forms", WHOLE_LAKE).to_pylist() if row["kind"] == "two_hop")
    assert [node.table for node in trace(stated, row["form_id"]).parents] == ["l4_facts", "l4_facts"]


def test_a_lake_without_facts_has_no_forms(lake):
    found = read_inputs(lake)
    result = make_forms(found.facts(), found.sources(), found.contradictions(), FormRules())
    result.check("l4_forms")
    assert found.digests == {} and result.tables["l4_forms"].num_rows == 0
