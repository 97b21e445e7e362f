"""An activity's id: everything that decides the rows changes it, and nothing else does."""

import dataclasses
import json
from datetime import UTC, datetime

import pytest

from tierline.config import bundled
from tierline.judges.rules import AnnotateRules
from tierline.knowledge import FactRules, ManualRules, VettedSource
from tierline.lake import Activity, Cost, ModelCard
from tierline.lake.activity import canonical_json, stage_parameters
from tierline.stages import BY_NAME

BASE = Activity("l2_scores", "s", "1", '{"a": 1}', {"l1_filtered/s": "d1"}, "m", "w", "p", "llamacpp", '{"f": "0"}')

ID = "act_646a38fe09e0112f29bdc268"


@pytest.mark.parametrize(
    "change",
    [
        {"stage": "l2_selected"},
        {"shard": "t"},
        {"code_version": "2"},
        {"parameters": '{"a": 2}'},
        {"inputs": {"l1_filtered/s": "d2"}},
        {"inputs": {"l1_filtered/t": "d1"}},
        {"inputs": {}},
        {"model_id": "n"},
        {"model_digest": "v"},
        {"prompt_sha256": "q"},
        {"weights": '{"f": "1"}'},
    ],
    ids=str,
)
def test_what_decides_the_rows_makes_another_activity(change):
    assert dataclasses.replace(BASE, **change).activity_id != BASE.activity_id


@pytest.mark.parametrize("change", [{"engine": "vllm"}, {"started_at": datetime(2020, 1, 1, tzinfo=UTC)}], ids=["engine", "time"])
def test_what_does_not_decide_the_rows_does_not(change):
    assert dataclasses.replace(BASE, **change).activity_id == BASE.activity_id


def test_the_order_of_inputs_does_not_count():
    inputs = {"a/s": "1", "b/s": "2", "c/s": "3"}
    one, other = (Activity.begin("l0_raw", "s", "1", (), given) for given in (inputs, dict(reversed(inputs.items()))))
    assert one.activity_id == other.activity_id and list(one.inputs) == list(other.inputs) == sorted(inputs)


def test_parts_that_join_to_the_same_text_stay_apart():
    one = dataclasses.replace(BASE, stage="l2_score", shard="ss").activity_id
    other = dataclasses.replace(BASE, stage="l2_scores", shard="s").activity_id
    third = dataclasses.replace(BASE, inputs={"a/s": "1", "b/s": "2"}).activity_id
    fourth = dataclasses.replace(BASE, inputs={"a/s": "1,b/s=2"}).activity_id
    assert len({one, other, third, fourth}) == 4


def test_the_id_of_a_known_activity_is_this_one():
    """A specification: a change of this value makes every shard of every lake out of date."""
    assert Activity("l0_raw", "native-1", "1", '{"a": 1}', {"crawl_files/native-1": "0" * 32}).activity_id == ID


def test_a_declared_stage_records_its_own_code_version_rules_and_files():
    stage = BY_NAME["l4_facts"]
    activity = Activity.of("l4_facts", "all", (FactRules(),), {})
    assert activity.code_version == stage.code_version and list(json.loads(activity.weights)) == sorted(stage.files)
    assert activity.parameters == stage_parameters("l4_facts", (FactRules(),))
    assert Activity.of("l4_facts", "all", (FactRules(3),), {}).activity_id != activity.activity_id


def test_another_weight_file_is_another_activity(monkeypatch, tmp_path):
    before = Activity.of("l4_facts", "all", (FactRules(),), {})
    (tmp_path / "file").write_bytes(b"other weights")
    monkeypatch.setattr(bundled, "bundled_path", lambda name: tmp_path / "file")
    assert Activity.of("l4_facts", "all", (FactRules(),), {}).activity_id != before.activity_id


def test_a_model_is_part_of_the_identity_as_its_card_says():
    cards = [ModelCard("m", "1", "p", "e"), ModelCard("m", "2", "p", "e"), ModelCard("m", "1", "q", "e"), ModelCard("n", "1", "p", "e")]
    ids = {Activity.begin("l2_scores", "s", "1", (), {}, card).activity_id for card in cards}
    assert len(ids) == 4 and Activity.begin("l2_scores", "s", "1", (), {}, cards[0]).model_digest == "1"


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ((), "[]"),
        ({"b": 1, "a": "é"}, '{"a": "é", "b": 1}'),
        (FactRules(), '{"independent_sources_min": 2, "rules": "FactRules"}'),
        ((FactRules(), FactRules(3)), None),
        (frozenset("cab"), '["a", "b", "c"]'),
    ],
)
def test_parameters_have_one_form(rules, text):
    found = canonical_json(rules)
    assert found == (text or found) and found == canonical_json(rules)
    assert json.dumps(json.loads(found), sort_keys=True, ensure_ascii=False) == found


def test_nested_rules_and_lists_are_written_whole():
    rules = ManualRules((VettedSource("https://a/", "keepers", "2026-01-15"),))
    (source,) = json.loads(canonical_json(rules))["vetted"]
    assert source["prefix"] == "https://a/" and source["approved_by"] == "keepers"


def test_settings_that_say_how_much_runs_are_left_out():
    sections = {section.name: section.without for section in BY_NAME["l2_reliability"].sections}
    assert "sample_per_shard" in sections["l2.annotate"]
    few, many = (stage_parameters("l2_reliability", (AnnotateRules(sample_per_shard=count),)) for count in (5, 50))
    assert few == many and "sample_per_shard" not in few
    assert stage_parameters("l2_annotations", (AnnotateRules(sample_per_shard=5),)) != stage_parameters(
        "l2_annotations", (AnnotateRules(),)
    )


def test_a_value_without_a_canonical_form_is_refused():
    with pytest.raises(TypeError, match="parameters hold a bytes, which has no canonical form"):
        canonical_json({"a": b"x"})


def test_costs_add_up():
    assert Cost(1, 2, 3, 4, 0.5, 0.25) + Cost(10, 20, 30, 40, 1.5, 1.0) == Cost(11, 22, 33, 44, 2.0, 1.25)
    assert Cost() + Cost(1) == Cost(1)
