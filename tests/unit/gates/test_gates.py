"""Gates judge what is in the lake, say what is wrong in words, and count for exactly the rows they judged."""

import json

import pyarrow as pa
import pytest

from tests.conftest import tables_of
from tierline.errors import BadInput, NotPromoted
from tierline.filters.pii import redact
from tierline.gates import GateRules, judge_stage, profile, suite_for
from tierline.lake import Activity, Lake, StageResult, decision_table
from tierline.tables import TABLES, stage_tables


def raw_row(number: int, **changes: object) -> dict[str, object]:
    row = dict.fromkeys(TABLES["l0_raw"].columns)
    row |= {"doc_id": f"doc_{number}", "parents": [], "source_uri": "crawl.warc", "source_offset": number, "source_length": 9}
    return row | {"payload_sha256": "0" * 64, "text": "Words.", "status": "ok"} | changes


def commit_raw(lake: Lake, rows: list[dict[str, object]], shard: str = "s") -> None:
    table = pa.Table.from_pylist(rows, schema=pa.schema(TABLES["l0_raw"].columns))
    decisions = decision_table({"row_id": row["doc_id"], "outcome": "kept"} for row in rows)
    result = StageResult(tables_of("l0_raw", l0_raw=table), {"l0_raw": (len(rows), decisions)})
    lake.commit(Activity.begin("l0_raw", shard, "1", (), {}), result)


@pytest.fixture
def lake(tmp_path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def test_a_sound_shard_is_promoted(lake):
    commit_raw(lake, [raw_row(1), raw_row(2)])
    verdict = judge_stage(lake, "l0_raw", "s")
    assert verdict.passed and verdict.failures == ()
    assert lake.read_promoted("l0_raw", "s")[0].num_rows == 2


def test_an_empty_shard_fails_though_no_row_breaks_a_rule(lake):
    commit_raw(lake, [])
    verdict = judge_stage(lake, "l0_raw", "s")
    assert not verdict.passed
    assert verdict.failures[0].startswith("rows is 0, must be at least 1")
    with pytest.raises(NotPromoted, match="quarantined: rows is 0"):
        lake.read_promoted("l0_raw", "s")


@pytest.mark.parametrize(
    ("changes", "metric"),
    [
        ({"payload_sha256": None}, "unaddressed_rows"),
        ({"text": ""}, "ok_rows_without_text"),
        ({"status": "error", "error": ""}, "errors_without_reason"),
    ],
)
def test_one_bad_row_in_three_quarantines_the_shard(lake, changes, metric):
    commit_raw(lake, [raw_row(1), raw_row(2), raw_row(3, **changes)])
    verdict = judge_stage(lake, "l0_raw", "s")
    assert [failure.split()[0] for failure in verdict.failures] == [metric]


def test_a_verdict_does_not_outlive_the_rows_it_judged(lake):
    commit_raw(lake, [raw_row(1)])
    judge_stage(lake, "l0_raw", "s")
    commit_raw(lake, [raw_row(1, text="Other words.")])
    with pytest.raises(NotPromoted, match="have not been judged"):
        lake.read_promoted("l0_raw", "s")


def test_a_recipe_tightens_one_bound_and_changes_the_suite_digest(lake):
    commit_raw(lake, [raw_row(1)])
    rules = GateRules({"l0_raw": {"rows": [10, None]}})
    assert not judge_stage(lake, "l0_raw", "s", rules).passed
    assert suite_for("l0_raw", rules).sha256 != suite_for("l0_raw").sha256


@pytest.mark.parametrize("bounds", [{"l9_raw": {"rows": [1, None]}}, {"l0_raw": {"rowz": [1, None]}}, {"l0_raw": {"rows": [1]}}])
def test_a_recipe_that_names_no_real_bound_is_refused(bounds):
    with pytest.raises(BadInput):
        suite_for("l0_raw", GateRules(bounds))


@pytest.mark.parametrize("stage", sorted({spec.stage for spec in TABLES.values()}))
def test_every_metric_of_every_suite_is_defined_on_an_empty_shard(lake, stage):
    """A null metric would fail its not-null rule for ever, and a metric without SQL would do so silently."""
    tables = {name: pa.schema(TABLES[name].columns).empty_table() for name in stage_tables(stage)}
    lake.commit(Activity.begin(stage, "s", "1", (), {}), StageResult(tables, {stage: (0, decision_table([]))}))
    metrics = profile(lake, stage, "s")
    assert {bound.metric for bound in suite_for(stage).bounds} <= set(metrics)
    assert all(value is not None for value in metrics.values())


def test_results_record_every_expectation_with_the_value_observed(lake):
    commit_raw(lake, [raw_row(1)])
    results = json.loads(judge_stage(lake, "l0_raw", "s").results)
    assert {"metric", "minimum", "maximum", "observed", "success", "why"} == set(results[0])
    assert next(result for result in results if result["metric"] == "rows")["observed"] == 1.0


def test_only_what_redaction_takes_for_an_address_is_one_for_the_gate(lake, commit):
    nobodys = ["clone git@code.example:team/guide.git now", "(git@code.example)", "the icon logo@2x.png", "big@3x.JPG here", "no address"]
    real = [
        "write to ann@mail.example please",
        "digit@mail.example",
        "see a@2x.png or ask bob.lee@mail.example",
        "x@mail.example.png.example",
    ]
    for shard, texts, left in (("nobodys", nobodys, 0), ("raw", real, len(real)), ("redacted", [redact(text)[0] for text in real], 0)):
        rows = [{"doc_id": f"doc_{number}", "parents": ["p"], "text": text} for number, text in enumerate(texts)]
        commit(lake, "l1_filtered", rows, shard, promote=False)
        assert profile(lake, "l1_filtered", shard)["rows_with_email"] == left, shard
    assert [redact(text)[1] for text in nobodys] == [0] * len(nobodys)
