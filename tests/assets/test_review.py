"""A person's decision reaches a mix by the rerun that it causes, and leaves it by the next one."""

from tests.assets.test_contamination import materialize, shard
from tests.conftest import commit_rows
from tierline.freshness import survey
from tierline.freshness.settings import Settings
from tierline.lake import WHOLE_LAKE, Lake
from tierline.review.desk import Answer, Desk
from tierline.review.rules import ReviewingRules
from tierline.text.embedding import DIMENSIONS

assert materialize is not None and shard is not None  # fixtures
L2 = ("l2_selected", "review_queue")


def test_a_decision_reaches_a_mix_after_the_rerun_that_it_causes(shard, materialize, dagster_home, monkeypatch):
    monkeypatch.delenv("TIERLINE_BENCHMARKS", raising=False)
    materialize("l0_raw", "l1_filtered", "l1_contamination")
    lake = Lake(str(dagster_home / "lake"))
    doc_ids = lake.read("l1_filtered", shard)["doc_id"].to_pylist()
    held = doc_ids[0]
    rows = [
        {"doc_id": doc_id, "parents": [doc_id], "usefulness": 0.9, "toxicity": 0.0, "injection_spans": int(doc_id == held)}
        | {"embedding": [float(number == axis) for axis in range(DIMENSIONS)], "signals": []}
        for number, doc_id in enumerate(doc_ids)
    ]
    commit_rows(lake, "l2_scores", rows, shard)
    commit_rows(lake, "review_queue", [], shard)
    commit_rows(lake, "l3_refined", [], shard)
    materialize("l2_selected")
    materialize("midtrain_mix")
    assert held not in drawn(lake), "it addresses the judge, so it waits"

    desk = Desk(lake, ReviewingRules(second_reviewer_share=0.0, second_reviewer_tokens=1e9))
    (item,) = [item for item in desk.waiting() if item.row_id == held]
    assert desk.answer(item, "ada", Answer("keep", "writes about judges"))["effect"] == f"kept with the next run of l2_selected for {shard}"
    assert ("l2_selected", shard) in out_of_date(lake) and held not in drawn(lake)
    materialize("l2_selected")
    (decided,) = [row for row in lake.decisions("l2_selected", shard).to_pylist() if row["row_id"] == held]
    assert (decided["outcome"], decided["rule"]) == ("kept", "review:keep") and "by ada: writes about judges" in decided["detail"]
    assert ("mix_midtrain", WHOLE_LAKE) in out_of_date(lake)
    materialize("midtrain_mix")
    assert held in drawn(lake) and ("l2_selected", shard) not in out_of_date(lake)

    desk.undo("ada")
    assert ("l2_selected", shard) in out_of_date(lake)
    materialize("l2_selected")
    materialize("midtrain_mix")
    assert held not in drawn(lake)


def drawn(lake: Lake) -> set[str]:
    return {parent for row in lake.read_promoted("mix_midtrain", WHOLE_LAKE)[0].to_pylist() for parent in row["parents"]}


def out_of_date(lake: Lake) -> set[tuple[str, str]]:
    return {(one.stage.name, one.shard) for one in survey(lake, Settings.of_environment().configuration())}
