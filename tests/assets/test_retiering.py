"""L2 with the real model: scored on weights from anchors, and tiered again with another threshold without asking the model anything."""

import json

import dagster as dg
import pyarrow as pa
import pytest
import yaml

from resources import configuration_in, configured_resources
from tests.conftest import commit_rows
from tests.unit.llm.tiny_checkpoint import write_tiny_checkpoint
from tier_assets.l2_selected import l2_assets, l2_gates
from tierline.config.bundled import folder
from tierline.filters.batch import measure
from tierline.freshness import Run, next_wave, survey
from tierline.lake import WHOLE_LAKE, Lake, as_of
from tierline.llm.checkpoint import write_checkpoint
from tierline.reliability.anchors import BUNDLED
from tierline.review.documents import document_items
from tierline.review.rules import ReviewingRules
from tierline.stages import BY_NAME
from tierline.tables.records import CALLS, CRAWL_FILES

SHARD = "s"
L2 = ["l2_anchors", "l2_annotations", "l2_reliability", "l2_student", "l2_scores", "l2_selected", "l2_selection_diff", "review_queue"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A lake with one promoted L1 shard, half of it good, and a recipe and anchors of its own."""
    found = tmp_path_factory.mktemp("retiering")
    texts = [json.loads(line) for line in BUNDLED.read_text("utf-8").splitlines()]
    english = [row | {"text": row["text"][:160]} for row in texts if row["language"] == "en"]
    (found / "anchors" / "quality").mkdir(parents=True)
    (found / "anchors" / "quality" / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in english[4:-4]))
    recipe = yaml.safe_load((folder("recipes") / "tiers.yaml").read_text("utf-8"))
    recipe["l2"] |= {"annotate": {"sample_per_shard": 12, "scales": []}, "score": {"perplexity_tokens": 24, "perplexity_unweighed": True}}
    (found / "tiers.yaml").write_text(yaml.safe_dump(recipe))
    with pytest.MonkeyPatch.context() as patch:
        names = {"LAKE": "lake", "TABLES": "tables", "INBOX": "inbox", "RECIPE": "tiers.yaml", "ANCHORS": "anchors"}
        for name, value in names.items():
            patch.setenv(f"TIERLINE_{name}", str(found / value))
        write_documents(Lake(str(found / "lake")), [row["text"] for row in texts if row["language"] == "en"][12:32])
        yield found


def write_documents(lake: Lake, texts: list[str]) -> None:
    ids = [f"doc_{row:02}" for row in range(len(texts))]
    signals = measure(ids, texts).signals.to_pylist()
    rows = [
        {"doc_id": doc_id, "parents": [doc_id], "text": text, "text_sha256": doc_id, "language": "en", "tokens": signal["tokens"], "domain": "a.example"}
        for doc_id, text, signal in zip(ids, texts, signals, strict=True)
    ]  # fmt: skip
    commit_rows(lake, "l1_filtered", rows, SHARD, l1_signals=signals)
    commit_rows(lake, "l1_contamination", [], SHARD)
    crawl_file = {"shard": SHARD, "uri": "s.jsonl", "bytes": 1, "digest": "d", "position": 0, "sequence": 0}
    lake.delta.append("crawl_files", pa.Table.from_pylist([crawl_file], schema=CRAWL_FILES), ["shard"])


def run(names: list[str], shard: str | None = SHARD) -> dg.ExecuteInProcessResult:
    """The assets and their gates in one run."""
    instance = dg.DagsterInstance.ephemeral()
    instance.add_dynamic_partitions("crawl_shards", [SHARD])
    assets = [asset for asset in l2_assets if asset.key.path[-1] in names]
    gates = [gate for gate in l2_gates if next(iter(gate.check_keys)).asset_key.path[-1] in names]
    return dg.materialize([*assets, *gates], partition_key=shard, instance=instance, resources=configured_resources())


@pytest.fixture(scope="module")
def tiered(home):
    """The lake after L2, and the metadata of each materialization by asset."""
    result = run(L2)
    found = {event.asset_key.to_user_string(): event.materialization.metadata for event in result.get_asset_materialization_events()}
    return Lake(str(home / "lake")), found


def calls(lake: Lake) -> int:
    return lake.delta.read("llm_calls", CALLS, None, ["call_id"]).num_rows


def test_every_signal_is_measured_and_weighed_and_length_is_not_a_judge(tiered):
    lake, metadata = tiered
    rows = {row["signal"]: row for row in lake.read_promoted("l2_reliability", WHOLE_LAKE)[0].to_pylist()}
    assert {"perplexity", "toxicity", "length"} < set(rows) and min(row["n"] for row in rows.values()) > 30
    assert [name for name, row in rows.items() if row["weight"] and row["auc_length_controlled_lo"] <= 0.5] == []
    assert rows["length"]["weight"] == 0, "what only knows the length knows nothing once length is controlled for"
    assert "length has no weight" in metadata["l2_reliability"]["report"].value
    assert "data:image/png" in metadata["l2_reliability"]["chart"].value


def test_scores_keep_every_signal_and_name_the_student(tiered):
    lake, metadata = tiered
    (row, *_) = lake.read_promoted("l2_scores", SHARD)[0].to_pylist()
    assert {"perplexity", "toxicity", "length"} < {signal["signal"] for signal in row["signals"]} and 0 <= row["usefulness"] <= 1
    assert metadata["l2_scores"]["student"].value and "data:image/png" in metadata["l2_scores"]["scores"].value
    assert all(found.characters for found in document_items(lake, ReviewingRules()))


def test_measuring_and_judging_again_asks_nothing_and_changes_nothing(tiered):
    lake, _ = tiered
    before, asked = (
        {name: lake.manifest(name, WHOLE_LAKE).stage_digest for name in ("l2_anchors", "l2_reliability", "l2_student")},
        calls(lake),
    )
    run(["l2_anchors", "l2_reliability", "l2_student"], None)
    assert {name: lake.manifest(name, WHOLE_LAKE).stage_digest for name in before} == before and calls(lake) == asked


def test_a_threshold_re_tiers_without_asking_the_model_and_reports_what_moved(tiered, home):
    lake, _ = tiered
    asked, before = calls(lake), lake.manifest("l2_selected", SHARD)
    perplexities = sorted(lake.read("l2_selected", SHARD)["perplexity"].to_pylist())
    recipe = yaml.safe_load((home / "tiers.yaml").read_text("utf-8"))
    recipe["l2"]["select"]["perplexity_max"] = perplexities[len(perplexities) // 2]
    (home / "tiers.yaml").write_text(yaml.safe_dump(recipe))
    (wanted,) = wave(lake)
    assert wanted.shard == SHARD and wanted.why.startswith("l2.select.perplexity_max: 2000.0 -> "), wanted
    stages = wanted.stages
    assert not {"l2_annotations", "l2_scores"} & set(stages)
    result = run([stage for stage in stages if stage in L2])
    assert {evaluation.asset_key.to_user_string() for evaluation in result.get_asset_check_evaluations()} == {
        "l2_selected",
        "l2_selection_diff",
    }
    assert calls(lake) == asked
    (summary,) = lake.read_promoted("l2_selection_diff_shards", SHARD)[0].to_pylist()
    moved = lake.read("l2_selection_diff", SHARD).to_pylist()
    assert summary["demoted"] == len(moved) == before.rows - lake.manifest("l2_selected", SHARD).rows > 0
    assert summary["causes"] == ["thresholds of l2_selected"] and {row["rule_after"] for row in moved} == {"l2:perplexity"}
    past = as_of(lake, summary["before_written_at"])
    assert past.manifest("l2_selected", SHARD) == before and past.read("l2_selected", SHARD).num_rows == before.rows


def test_a_checkpoint_that_measures_perplexity_rescores_and_no_judge_is_asked_again(tiered, home, tmp_path, monkeypatch):
    lake, _ = tiered
    recipe = yaml.safe_load((home / "tiers.yaml").read_text("utf-8"))
    recipe["l2"]["select"]["perplexity_max"] = 1e6  # the scale is another
    (home / "tiers.yaml").write_text(yaml.safe_dump(recipe))
    before = lake.delta.read("llm_calls", CALLS, None, ["call_id"])["call_id"].to_pylist()
    monkeypatch.setenv("TIERLINE_PERPLEXITY_MODEL", str(write_checkpoint(write_tiny_checkpoint(tmp_path), tmp_path, 1)))
    assert wave(lake)[0].stages[0] == "l2_reliability", "what all scores rest on comes first"
    run(["l2_reliability", "l2_student"], None)
    run(["l2_scores", "l2_selected", "l2_selection_diff", "review_queue"])
    new = [row for row in lake.delta.read("llm_calls", CALLS).to_pylist() if row["call_id"] not in before]
    assert {(row["kind"], row["model_id"]) for row in new} == {("likelihood", "tierline-proxy-gen1")}
    assert set(lake.read_promoted("l2_scores", SHARD)[0]["perplexity_model_id"].to_pylist()) == {"tierline-proxy-gen1"}
    (measured,) = [row for row in lake.read("l2_reliability", WHOLE_LAKE).to_pylist() if row["signal"] == "perplexity"]
    assert measured["previous_version"] != measured["scorer_version"] and measured["rank_correlation"] is not None
    (summary,) = lake.read_promoted("l2_selection_diff_shards", SHARD)[0].to_pylist()
    assert "model of l2_scores" in summary["causes"]


def wave(lake: Lake) -> list[Run]:
    """What L2 asks for now."""
    resources = configured_resources()
    return next_wave(survey(lake, configuration_in(resources), [BY_NAME[name] for name in L2]))
