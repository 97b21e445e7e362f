"""A budget ends a step with one clear line; a higher one goes on from there without a repeated call, in the real graph with the real model."""

import dagster as dg
import pytest
import yaml

from resources import configured_resources
from tests.conftest import commit_rows
from tier_assets.l2_judged import l2_annotations
from tierline.errors import NotWritten
from tierline.lake import Lake
from tierline.tables.records import CALLS

TEXTS = ("Bees keep warm in winter by shivering around their queen.", "Buy now! Cheap watches!", "Salt was raked into heaps by the sea.")


def annotate(recipe, budget: dict) -> dg.ExecuteInProcessResult:
    """The step of one shard under a budget."""
    settings = {"llm": {"budget": budget, "prices": {"models": {"*": {"prompt_per_million": 1_000_000}}}}}
    recipe.write_text(yaml.safe_dump(settings))
    instance = dg.DagsterInstance.ephemeral()
    instance.add_dynamic_partitions("crawl_shards", ["s"])
    return dg.materialize([l2_annotations], partition_key="s", instance=instance, resources=configured_resources(), raise_on_error=False)


def test_what_a_budget_stops_is_taken_up_under_a_higher_one(tmp_path, monkeypatch):
    monkeypatch.setenv("TIERLINE_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("TIERLINE_RECIPE", str(tmp_path / "tiers.yaml"))
    lake = Lake(str(tmp_path / "lake"))
    rows = [{"doc_id": f"d{number}", "parents": [], "text": text, "language": "en", "tokens": 12} for number, text in enumerate(TEXTS)]
    commit_rows(lake, "l1_filtered", rows)
    stopped = annotate(tmp_path / "tiers.yaml", {"calls": 2})
    (failure,) = [event.step_failure_data.error for event in stopped.all_events if event.is_step_failure]
    while failure.cause:
        failure = failure.cause
    assert "llm.budget.calls: the budget is spent: 2 of 2 calls; raise it in the recipe and run again" in failure.message
    assert lake.delta.read("llm_calls", CALLS).num_rows == 2
    with pytest.raises(NotWritten):
        lake.manifest("l2_annotations", "s")
    done = annotate(tmp_path / "tiers.yaml", {"calls": 100})
    assert done.success
    calls = lake.delta.read("llm_calls", CALLS)
    assert len(set(calls["call_id"].to_pylist())) == calls.num_rows > 2
    (activity,) = lake.activities("l2_annotations", "s").to_pylist()
    assert activity["model_calls"] + 2 == calls.num_rows and activity["stored_calls"] == 2 and activity["money"] > 0
    assert set(calls["stage"].to_pylist()) == {"l2_annotations"} and set(calls["activity_id"].to_pylist()) == {activity["activity_id"]}
