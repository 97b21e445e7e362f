"""The asset of feedback: a correction is in the next midtrain mix with its lineage, and one that a fact refutes is not."""

import json

import dagster as dg

from resources import BenchmarkFiles, FeedbackFiles, RecipeFile, ShardWorkers, TierStorage
from tests.conftest import commit_rows
from tier_assets.l3_feedback import l3_feedback
from tier_assets.mixes import mix_assets
from tierline.config.bundled import folder
from tierline.lake import WHOLE_LAKE, Verdict
from tierline.lineage import trace
from tierline.review.desk import Answer, Desk
from tierline.review.rules import ReviewingRules

ASKED = {"prompt": "What is the capital of Norway?", "answer": "It is Bergen.", "model": "small-1", "consent": True}
FACT = {"subject": "Norway", "predicate": "capital", "object": "Oslo", "language": "en", "independent_sources": 2, "contradictions": 0}


def run(place, *assets) -> None:
    resources = {
        "storage": TierStorage(root=str(place / "lake")),
        "workers": ShardWorkers(),
        "recipe": RecipeFile(path=str(folder("recipes") / "tiers.yaml"), mixes=str(folder("recipes") / "mixes")),
        "feedback": FeedbackFiles(folder=str(place / "feedback")),
        "benchmarks": BenchmarkFiles(),
    }
    assert dg.materialize(list(assets), resources=resources).success


def write(place, name: str, *lines: dict) -> None:
    (place / "feedback").mkdir(exist_ok=True)
    (place / "feedback" / name).write_text("".join(json.dumps(ASKED | line) + "\n" for line in lines))


def kept(place) -> list[dict]:
    """The rows as they are now, promoted."""
    lake = TierStorage(root=str(place / "lake")).open()
    manifest = lake.manifest("l3_feedback", WHOLE_LAKE)
    lake.record(Verdict("l3_feedback", WHOLE_LAKE, manifest.stage_digest, "test", "0", True, "[]"))
    return lake.read_promoted("l3_feedback", WHOLE_LAKE)[0].to_pylist()


def test_a_correction_is_in_the_next_mix_with_its_lineage_and_a_wrong_one_is_stopped(tmp_path, dagster_home):
    lake = TierStorage(root=str(tmp_path / "lake")).open()
    place = {"parent_table": "l2_selected", "parent_field": "text", "span_start": 0, "span_end": 4, "url": "https://a.example/"}
    source = {"source_id": "src_1", "fact_id": "fact_1", "parent_id": "doc_1", "agreement": "words", "quote": "Oslo", **place}
    commit_rows(lake, "l4_facts", [FACT | {"fact_id": "fact_1", "text": "Norway, capital: Oslo."}], WHOLE_LAKE, l4_sources=[source])
    text = {"text": "A long text of a page. " * 40, "tokens": 240}
    commit_rows(lake, "l2_selected", [{"doc_id": "doc_1", **text}])
    commit_rows(lake, "l1_filtered", [{"doc_id": "doc_1", **text}])
    commit_rows(lake, "l3_refined", [{"passage_id": "psg_1", "kind": "edit", "parents": ["doc_1"], "text": "A passage.", "tokens": 3}])
    write(tmp_path, "one.jsonl", {"correction": "Oslo is the capital of Norway."}, {"correction": "Tromsø is the capital of Norway."})
    run(tmp_path, l3_feedback)
    (row,) = kept(tmp_path)
    assert (row["text"], row["supported_by"]) == ("Oslo is the capital of Norway.", ["fact_1"])
    ledger = {one["rule"]: one["related_id"] for one in lake.decisions("l3_feedback", WHOLE_LAKE).to_pylist()}
    assert ledger == {None: None, "feedback:refuted": "fact_1"}
    run(tmp_path, next(asset for asset in mix_assets if asset.key.path[-1] == "midtrain_mix"))
    drawn = [one for one in lake.read("mix_midtrain", WHOLE_LAKE).to_pylist() if one["source"] == "corrections"]
    assert {one["text"] for one in drawn} == {"What is the capital of Norway?\nOslo is the capital of Norway."}
    lake.record(Verdict("mix_midtrain", WHOLE_LAKE, lake.manifest("mix_midtrain", WHOLE_LAKE).stage_digest, "test", "0", True, "[]"))
    nodes = list(trace(lake, drawn[0]["row_id"]).walk())
    assert [node.table for node in nodes] == ["mix_midtrain", "l3_feedback"]
    assert nodes[-1].row["source_uri"].endswith("feedback/one.jsonl") and nodes[-1].row["source_line"] == 1


def test_files_that_are_added_and_taken_away_are_followed(tmp_path, dagster_home):
    run(tmp_path, l3_feedback)
    assert kept(tmp_path) == []
    write(tmp_path, "one.jsonl", {"correction": "Oslo, which lies at a fjord."})
    write(tmp_path, "two.jsonl", {"correction": "The one with the fjord."}, {"correction": "Nobody may keep this one.", "consent": False})
    run(tmp_path, l3_feedback)
    assert {row["text"] for row in kept(tmp_path)} == {"Oslo, which lies at a fjord.", "The one with the fjord."}
    (tmp_path / "feedback" / "one.jsonl").unlink()
    run(tmp_path, l3_feedback)
    assert {row["text"] for row in kept(tmp_path)} == {"The one with the fjord."}


def test_a_reviewers_correction_of_an_answer_that_was_rated_low_is_a_row_after_the_next_run(tmp_path, dagster_home):
    write(tmp_path, "one.jsonl", {"answer": "It is Bergen, I think.", "rating": "down"})
    run(tmp_path, l3_feedback)
    assert kept(tmp_path) == []
    desk = Desk(TierStorage(root=str(tmp_path / "lake")).open(), ReviewingRules())
    (item,) = desk.items()
    desk.answer(item, "ada", Answer("edit", text="Oslo is the capital of Norway."))
    run(tmp_path, l3_feedback)
    (row,) = kept(tmp_path)
    assert (row["kind"], row["origin"], row["text"]) == ("correction", "person", "Oslo is the capital of Norway.")
    assert list(desk.items()) == []
