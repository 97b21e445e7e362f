"""The contamination stage in the graph: looked up beside the path, gated, and obeyed by L2 and by mixes."""

import dagster as dg
import pytest

from examples.pages import articles, quizzes
from examples.quiz import COPIED, write_benchmark
from examples.write_crawl import _write
from tests.conftest import commit_rows
from tierline.crawl import CrawlRegistry, PackRules
from tierline.freshness import out_of_date
from tierline.freshness.settings import Settings
from tierline.lake import WHOLE_LAKE, Lake
from tierline.stages import BY_NAME
from tierline.text.embedding import DIMENSIONS


@pytest.fixture
def shard(dagster_home):
    """A registered shard: five articles and two pages that copy a question each."""
    file = _write(dagster_home / "a.warc.gz", [*list(articles())[:5], *quizzes()], cut=False)
    (name,) = CrawlRegistry(Lake(str(dagster_home / "lake"))).register([str(file)], PackRules())
    return name


@pytest.fixture
def materialize(shard):
    def run(*names: str, raise_on_error: bool = True):
        from resources import configured_resources
        from tier_assets.l0_raw import l0_assets, l0_gates
        from tier_assets.l1_contamination import l1_contamination, l1_contamination_gate
        from tier_assets.l1_filtered import l1_assets, l1_gates
        from tier_assets.l2_selected import l2_assets, l2_gates
        from tier_assets.mixes import mix_assets, mix_gates

        assets = [*l0_assets, *l1_assets, l1_contamination, *l2_assets, *mix_assets]
        gates = [*l0_gates, *l1_gates, l1_contamination_gate, *l2_gates, *mix_gates]
        chosen = {asset for asset in assets if asset.key.path[-1] in names}
        checks = [gate for gate in gates if next(iter(gate.check_keys)).asset_key.path[-1] in names]
        instance = dg.DagsterInstance.ephemeral()
        instance.add_dynamic_partitions("crawl_shards", [shard])
        partitioned = all(asset.partitions_def for asset in chosen)
        key = shard if partitioned else None
        return dg.materialize(
            [*chosen, *checks], partition_key=key, instance=instance, resources=configured_resources(), raise_on_error=raise_on_error
        )

    return run


def metadata_of(result, name):
    (event,) = [event for event in result.get_asset_materialization_events() if event.asset_key.to_user_string() == name]
    return {key: value.value for key, value in event.materialization.metadata.items()}


def score_all(lake, shard):
    """Scores as if the models had judged: everything useful."""
    rows = [
        {
            "doc_id": doc_id,
            "parents": [doc_id],
            "usefulness": 0.9,
            "toxicity": 0.0,
            "embedding": [float(number == axis) for axis in range(DIMENSIONS)],
        }
        for number, doc_id in enumerate(lake.read("l1_filtered", shard)["doc_id"].to_pylist())
    ]
    commit_rows(lake, "l2_scores", rows, shard)


def test_leaks_reach_neither_l2_nor_a_mix(shard, materialize, dagster_home, monkeypatch):
    monkeypatch.setenv("TIERLINE_BENCHMARKS", str(write_benchmark(dagster_home / "quiz.jsonl")))
    result = materialize("l0_raw", "l1_filtered", "l1_contamination")
    assert all(evaluation.passed for evaluation in result.get_asset_check_evaluations())
    metadata = metadata_of(result, "l1_contamination")
    assert metadata["benchmarks"] == "quiz" and metadata["input_rows_dropped"] == len(COPIED) and metadata["input_rows_kept"] == 5
    lake = Lake(str(dagster_home / "lake"))
    assert "benchmarks/all" in lake.manifest("l1_contamination", shard).inputs
    leaking = {row["row_id"] for row in lake.decisions("l1_contamination", shard).to_pylist() if row["outcome"] == "dropped"}
    score_all(lake, shard)
    materialize("l2_selected")
    dropped = {row["row_id"]: row["rule"] for row in lake.decisions("l2_selected", shard).to_pylist() if row["outcome"] == "dropped"}
    assert dropped == dict.fromkeys(leaking, "l2:contaminated")
    materialize("pretrain_mix")
    rows, manifest = lake.read_promoted("mix_pretrain", WHOLE_LAKE)
    assert rows.num_rows and not leaking & set(rows["doc_id"].to_pylist())
    assert f"l1_contamination/{shard}" in manifest.inputs


def test_without_benchmark_files_all_is_kept_and_the_metadata_says_so(shard, materialize, dagster_home, monkeypatch):
    monkeypatch.delenv("TIERLINE_BENCHMARKS", raising=False)
    result = materialize("l0_raw", "l1_filtered", "l1_contamination")
    metadata = metadata_of(result, "l1_contamination")
    assert (
        metadata["benchmarks"] == "no benchmark files configured"
        and metadata["input_rows_kept"] == 7
        and metadata["input_rows_dropped"] == 0
    )


def test_new_benchmarks_make_the_check_out_of_date_and_none_leave_it_alone(shard, materialize, dagster_home, monkeypatch):
    monkeypatch.delenv("TIERLINE_BENCHMARKS", raising=False)
    materialize("l0_raw", "l1_filtered", "l1_contamination")
    assert reasons(dagster_home, shard) == []
    monkeypatch.setenv("TIERLINE_BENCHMARKS", str(write_benchmark(dagster_home / "quiz.jsonl")))
    (first,) = reasons(dagster_home, shard)
    assert first.startswith("input benchmarks/all: none -> ")
    materialize("l1_contamination")
    assert reasons(dagster_home, shard) == []
    (dagster_home / "quiz.jsonl").write_text('{"question": "What is new here?"}\n')
    assert len(reasons(dagster_home, shard)) == 1
    monkeypatch.delenv("TIERLINE_BENCHMARKS")
    assert reasons(dagster_home, shard) == [], "a check that was made is not withdrawn by an unset variable"
    lake, before = Lake(str(dagster_home / "lake")), first.removeprefix("input benchmarks/all: none -> ")
    assert lake.manifest("l1_contamination", shard).inputs["benchmarks/all"] == before
    assert not materialize("l1_contamination").get_asset_check_evaluations()[0].metadata.get("quarantined")
    assert lake.manifest("l1_contamination", shard).inputs["benchmarks/all"] == before, "nor by a run without it"


def test_an_unset_variable_lets_no_leak_pass_that_was_found_with_it_and_none_says_that_it_may(
    shard, materialize, dagster_home, monkeypatch
):
    monkeypatch.setenv("TIERLINE_BENCHMARKS", str(write_benchmark(dagster_home / "quiz.jsonl")))
    materialize("l0_raw", "l1_filtered", "l1_contamination")
    monkeypatch.delenv("TIERLINE_BENCHMARKS")
    lake = Lake(str(dagster_home / "lake"))
    commit_rows(lake, "l1_filtered", [{"doc_id": "other", "text": "A line."}], shard)
    result = materialize("l1_contamination", raise_on_error=False)
    (failure,) = [event.event_specific_data.error.message for event in result.all_events if event.is_step_failure]
    assert failure.startswith("TIERLINE_BENCHMARKS: is not set, and the shard was searched for benchmarks the last time; name the files")
    monkeypatch.setenv("TIERLINE_BENCHMARKS", "none")
    assert reasons(dagster_home, shard)[-1].endswith(" -> none")
    materialize("l1_contamination")
    assert reasons(dagster_home, shard) == [] and "benchmarks/all" not in lake.manifest("l1_contamination", shard).inputs
    monkeypatch.delenv("TIERLINE_BENCHMARKS")
    assert reasons(dagster_home, shard) == []


def reasons(home, shard):
    """Why the check for benchmark questions is out of date."""
    configuration = Settings.of_environment().configuration()
    return [str(change) for change in out_of_date(Lake(str(home / "lake")), configuration, BY_NAME["l1_contamination"], shard)]
