"""The share is fitted through two sizes, functions are told apart where the assets call them, and made pages are read as pages."""

import dagster as dg
import pytest
from dagster._core.execution.plan import compute_generator

from benchmarks.orchestration_share import Clock, counting, halves, metrics_of, write_warc
from resources import configured_resources
from tier_assets import gates, l1_filtered, stage_run
from tier_assets.sql_models import tier_cost
from tierline.crawl import ReadRules
from tierline.crawl.read import read_shard
from tierline.lake.external_sort import scan

BODY = b"<html><body>\n<p>The bridge was built in 1894.</p>\n<p>It carries the railway over the river.</p>\n</body></html>"
OTHER = b"<html><body>\n<p>Granite was chosen for it.</p>\n<p>Engineers said that it would last.</p>\n</body></html>"


def test_a_share_is_fitted_as_a_fixed_part_and_a_part_for_each_page():
    runs = {
        size: {f"{run}_{part}": value for run in ("lower", "upper", "shared") for part, value in values.items()}
        for size, values in {
            10: {"functions": 9.0, "reports": 1.0, "total": 16.0},
            20: {"functions": 18.0, "reports": 2.0, "total": 27.0},
        }.items()
    }
    metrics = metrics_of(runs)
    assert metrics["added_share_L0_to_L2_10"] == pytest.approx(0.6)
    assert metrics["fitted_added_share_L0_to_L2_5000"] == pytest.approx((5 + 0.1 * 5000) / 5000)
    assert metrics["fitted_added_share_with_facts_and_mixes_50000"] == pytest.approx((5 + 0.1 * 50_000) / 50_000)


def test_functions_commits_and_gates_are_counted_and_left_as_they_were():
    before = l1_filtered.run_stage, stage_run.materialize, gates.judge_stage, compute_generator.invoke_compute_fn
    clock = Clock()
    with counting(clock):
        assert l1_filtered.run_stage is not before[0] and gates.judge_stage is not before[2]
    assert (l1_filtered.run_stage, stage_run.materialize, gates.judge_stage, compute_generator.invoke_compute_fn) == before
    assert clock.around("functions", lambda number: sum(range(number)))(100_000) == 4_999_950_000
    assert clock.spent["functions"] > 0 and clock.spent["gates"] == 0


def test_the_function_of_an_asset_that_is_no_stage_is_a_report(dagster_home):
    clock = Clock()
    with counting(clock):
        assert dg.materialize([tier_cost], selection="tier_cost", resources=configured_resources()).success
    assert clock.spent["reports"] > 0 and clock.spent["functions"] == clock.spent["commits"] == clock.spent["gates"] == 0


def test_pages_are_written_again_as_halves_of_two_once_all_are_used(tmp_path):
    file = write_warc(tmp_path / "pages.warc.gz", 4, 0, [BODY, OTHER])
    rows = [row for batch in scan(read_shard([file], ReadRules()).tables["l0_raw"], ["url"]) for row in batch.to_pylist()]
    assert {row["url"] for row in rows} == {f"https://site0.example/{number}" for number in range(4)}
    assert halves(b"a\nb\nc\nd\n", b"1\n2\n3\n4\n") == b"a\nb\n\n4\n"
