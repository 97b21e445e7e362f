"""`tierline plan`: what was measured is extrapolated as the recipe caps it, GPUs are sized by published shapes, bad input is one line."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import rows_of
from tierline.cli import main
from tierline.cost.plan import Assumptions, forecast, parse_tokens
from tierline.cost.rates import Rate, Rates, StageRate, ratio
from tierline.cost.sizing import GPUS, MODELS, gpu_seconds, size
from tierline.errors import BadInput
from tierline.lake import Activity, Cost, Lake, StageResult, decision_table
from tierline.llm import Price
from tierline.tables import stage_tables

ASSUMED = Assumptions(1_000.0, "", 1, Price(prompt_per_million=1.0), "USD")


def rate(stage: str, basis: str, seconds: float, calls: float, kept: float = 0.5) -> StageRate:
    return StageRate(
        stage, basis, Rate(seconds, seconds / 2, seconds * 2), Rate(calls, calls, calls), 100.0, 2.0, 0.5, Rate(kept, kept, kept)
    )


def test_calls_grow_with_text_with_shards_or_not_at_all():
    stages = (rate("l2_scores", "token", 0.001, 0.01), rate("l2_annotations", "shard", 0, 2), rate("l2_reliability", "lake", 7, 30))
    found = forecast(Rates(stages, 3, 9_000, ("m",), None), 10_500, "text", {"l2_annotations": 40}, ASSUMED)
    assert found.shards == 11 and [line.calls.value for line in found.lines] == [105.0, 11 * 40 * 2, 30.0]
    assert found.lines[0].own_seconds == Rate(10.5, 5.25, 21.0) and found.lines[2].own_seconds.value == 7
    assert found.total("prompt_tokens").value == (105 + 880 + 30) * 100
    assert found.money(ASSUMED.price).value == pytest.approx((105 + 880 + 30) * 100 / 1e6, abs=1e-6)


def test_what_a_tier_is_to_keep_takes_so_much_more_text():
    rates = Rates((rate("l2_selected", "token", 0.0, 0.0, kept=0.25),), 1, 9_000, (), None)
    assert forecast(rates, 1_000, "L2", {}, ASSUMED).text == 4_000
    with pytest.raises(BadInput, match="--of L3: has kept nothing"):
        forecast(rates, 1_000, "L3", {}, ASSUMED)


def test_an_interval_is_as_wide_as_shards_differ():
    assert ratio([2.0], [4.0]) == Rate(0.5, 0.5, 0.5) and ratio([], []) == Rate(0.0, 0.0, 0.0)
    even, odd = ratio([1.0, 2.0, 3.0], [2.0, 4.0, 6.0]), ratio([1.0, 4.0, 1.0], [2.0, 4.0, 6.0])
    assert even == Rate(0.5, 0.5, 0.5) and odd.value == 0.5 and odd.low < 0.5 < odd.high


def test_memory_follows_the_published_shapes():
    llama = MODELS["llama-3.1-8b"]
    assert llama.cache_per_token == 131_072 and llama.weights == pytest.approx(16.06e9)
    one, many = size("llama-3.1-8b", "h100-sxm", 2048, 10_000), size("llama-3.1-70b", "h100-sxm", 2048, 64)
    assert one.gpus == 1 and one.sequences * 2048 * 131_072 <= 80e9 * 0.9 - llama.weights
    assert many.gpus == 4 and many.sequences == 64, "141 GB of weights and some cache"
    assert size("llama-3.1-70b", "l40s", 2048, 1).gpus == 4


def test_speeds_lie_below_the_data_sheet_and_around_what_was_published():
    for name in MODELS:
        for gpu in GPUS:
            sized = size(name, gpu, 2048, 256)
            assert sized.read.low < sized.read.value < sized.read.high <= sized.gpus * GPUS[gpu].operations / (2 * MODELS[name].parameters)
            assert sized.written.low <= sized.written.value <= sized.written.high <= sized.read.high
    sized = size("llama-3.1-8b", "h100-sxm", 1024, 256)
    assert sized.written.low < 12_500 < sized.written.high, "Llama 3.1 8B on one H100 (docs/models.md)"
    assert gpu_seconds(sized, 0, 1000).low == pytest.approx(1000 / sized.written.high)


@pytest.mark.parametrize(("text", "tokens"), [("1B", 1e9), ("1.5t", 1.5e12), ("300b", 3e11), ("500", 500.0), ("20K", 2e4)])
def test_numbers_of_tokens_are_read(text, tokens):
    assert parse_tokens(text) == tokens


def measured(lake: Lake, stage: str, shard: str, seconds: float, tokens: int, calls: int = 0, kept: int = 0) -> None:
    """An activity that took so long and decided on one kept and one dropped row."""
    rows = [
        {"row_id": f"{shard}a", "outcome": "kept", "tokens": kept},
        {"row_id": f"{shard}b", "outcome": "dropped", "rule": "x", "tokens": tokens - kept},
    ]
    activity = Activity.begin(stage, shard, "1", (), {})
    activity = replace(activity, started_at=activity.started_at - timedelta(seconds=seconds))
    tables = {name: rows_of(name, []) for name in stage_tables(stage)}
    lake.commit(activity, StageResult(tables, {stage: (2, decision_table(rows))}, Cost(model_calls=calls)))


@pytest.fixture
def plan(lake, capsys):
    def run(*arguments: str) -> tuple[int, str, str]:
        Path(lake.root).mkdir(exist_ok=True)
        status = main(["--lake", lake.root, "plan", *arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def test_a_lake_plans_by_what_it_has_measured(lake, plan):
    for shard, seconds in (("s", 100.0), ("t", 300.0)):
        measured(lake, "l1_filtered", shard, seconds, 1_000, kept=500)
        measured(lake, "l2_annotations", shard, 0.0, 500, calls=4)
    found = json.loads(
        plan("--tokens", "1M", "--json", "--shard-tokens", "10000", "--model", "llama-3.1-8b", "--gpu", "h100-sxm", "--days", "1")[1]
    )
    lines = {line["stage"]: line for line in found["forecasts"][0]["lines"]}
    assert lines["l1_filtered"]["own_seconds"]["value"] == pytest.approx(200_000, rel=0.02)
    assert lines["l1_filtered"]["own_seconds"]["low"] < 150_000 < 250_000 < lines["l1_filtered"]["own_seconds"]["high"]
    assert lines["l2_annotations"]["calls"]["value"] == 100 * 40 * 2, "two calls an item, forty items a shard as the recipe caps it"
    assert found["forecasts"][0]["gpus"] == 0 and found["measured"]["shards"] == 2
    out = plan("--tokens", "1B", "--of", "L1", "--workers", "100", "--gpu", "l40s", "--model", "qwen2.5-7b", "--days", "7")[1]
    assert out.startswith("1B tokens kept at L1: 2B of text in 2,000,000 shards") and "with 100 workers" in out
    assert "not measured: the data sheet's peak" in out and "within 7.0 days" in out and "95% intervals from a bootstrap" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--tokens", "many"), "many: not a number of tokens; give one like 500M"),
        (("--tokens", "0"), "0: not a number of tokens"),
        (("--gpu", "h100-sxm"), "--model, --gpu: a model needs a GPU and a GPU a model; give both or none"),
        (("--gpu", "abacus", "--model", "qwen2.5-7b"), "--gpu: 'abacus' is not known; give one of l40s"),
        (("--gpu", "l40s", "--model", "oracle"), "--model: 'oracle' is not known; give one of smollm2-135m"),
        (("--gpu", "l40s", "--model", "qwen2.5-7b", "--context", "0"), "--context, --sequences: must be at least 1"),
        (("--workers", "0"), "--workers, --days, --shard-tokens: must be positive"),
        ((), "holds no shard that went through L1, so nothing was measured; `make ingest CRAWL=...` a sample first"),
    ],
)
def test_bad_input_is_one_line_and_status_2(plan, arguments, message):
    status, out, err = plan(*arguments)
    assert status == 2 and out == "" and err.count("\n") == 1 and message in err
