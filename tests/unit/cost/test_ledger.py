"""`tierline cost`: what was spent, by what one asks for, what is left, and bad recipes in one line."""

import json
from pathlib import Path

import pytest

from tests.conftest import commit_rows, rows_of
from tests.unit.llm.test_client import FaultyModel
from tierline.cli import main
from tierline.errors import BudgetReached
from tierline.lake import StageResult, Verdict, decision_table
from tierline.llm import Budget, BudgetMeter, CachedModelClient, CallStore, Price, Prompt, Sampling
from tierline.tables import stage_tables

RECIPE = """
llm:
  prices: {currency: EUR}
  budget: {calls: 5, money: 100, stages: {l3_refined: {tokens: 9}}}
"""


def spend(lake, stage: str, *texts: str, calls: int = 100, finish: bool = True) -> None:
    """Asks at 1 a token read, three tokens a prompt; then commits a stage that kept rows of 1,000 tokens."""
    with CachedModelClient(
        FaultyModel(), CallStore(lake, "s"), Price(prompt_per_million=1e6), BudgetMeter(Budget(calls=calls), {})
    ) as client:
        activity = client.begin(stage, (), {})
        try:
            client.generate([Prompt(text) for text in texts], Sampling())
        except BudgetReached:
            return
        if finish:
            decisions = decision_table([{"row_id": "a", "outcome": "kept", "tokens": 1000}])
            ledgers = {stage: (1, decisions)} | ({"l3_edits": (1, decisions)} if stage == "l3_refined" else {})
            tables = {name: rows_of(name, []) for name in stage_tables(stage)}
            manifest = lake.commit(activity, StageResult(tables, ledgers, client.cost))
            lake.record(Verdict(stage, "s", manifest.stage_digest, "test", "0", True, "[]"))


@pytest.fixture
def cost(lake, capsys, tmp_path, monkeypatch):
    def run(*arguments: str, recipe: str = RECIPE) -> tuple[int, str, str]:
        (tmp_path / "recipe.yaml").write_text(recipe)
        monkeypatch.setenv("TIERLINE_RECIPE", str(tmp_path / "recipe.yaml"))
        Path(lake.root).mkdir(exist_ok=True)
        status = main(["--lake", lake.root, "cost", *arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def test_an_empty_lake_has_spent_nothing(cost):
    assert cost()[:2] == (0, "Nothing has been spent: the lake holds no model calls and no activities.\n")


def test_calls_are_summed_by_what_is_asked_for(lake, cost):
    spend(lake, "l2_scores", "a", "b", "fail")
    spend(lake, "l3_refined", "c")
    rows = {line.split()[0]: line.split() for line in cost("--by", "stage")[1].splitlines() if line.strip()}
    assert rows["l2_scores"][1:6] == ["3", "1", "0", "6", "4"] and rows["l2_scores"][-1] == "6.0000"
    assert rows["total"][1:3] == ["4", "1"] and rows["total"][-1] == "9.0000"
    assert cost("--by", "tier,model")[1].splitlines()[2].split()[:3] == ["L2", "faulty", "3"]
    found = json.loads(cost("--json")[1])
    assert found["total"]["money"] == 9.0 and found["currency"] == "EUR"
    assert [(row["tier"], row["kept_tokens"], row["money_per_million_kept"]) for row in found["tiers"]] == [
        ("L2", 0, None),
        ("L3", 1000, 3000.0),
    ]


def test_the_budget_and_what_it_stopped_are_shown(lake, cost):
    spend(lake, "l2_scores", "a", "b")
    spend(lake, "l3_refined", *map(str, range(9)), calls=3)
    out = cost()[1]
    assert "l3_refined/s: 3 calls, 9.0000 EUR" in out and "l2_scores/s:" not in out
    assert "all stages: 15 of 100 money\n" in out and "all stages: 5 of 5 calls: reached, runs stop before their next call" in out
    assert "l3_refined: 15 of 9 tokens: reached" in out
    spend(lake, "l3_refined", *map(str, range(9)))
    assert "l3_refined/s:" not in cost()[1]


def test_the_past_has_spent_less(lake, capsys):
    commit_rows(lake, "l0_raw", [{"doc_id": "a"}])
    before = lake.activity("l0_raw", "s")["ended_at"].isoformat()
    spend(lake, "l2_scores", "a")
    for moment, calls in ((before, 0), ("2999-01-01", 1)):
        main(["--lake", lake.root, "--as-of", moment, "cost", "--json"])
        assert json.loads(capsys.readouterr().out)["total"]["calls"] == calls


@pytest.mark.parametrize(
    ("arguments", "recipe", "message"),
    [
        (("--by", "shard"), RECIPE, "--by shard: cannot be summed by shard; give some of tier, stage, model, day"),
        (("--by", "day,day"), RECIPE, "cannot be summed by the same twice"),
        ((), "llm: {prices: {models: {m: {prompt_per_million: -1}}}}", "llm.prices.models.m: prompt_per_million is -1.0"),
        ((), "llm: {prices: {euros: 3}}", "llm.prices: unknown setting euros"),
        ((), "llm: {budget: {money: lots}}", "llm.budget.money: expected float, found 'lots'"),
        ((), "llm: {budget: {stages: {l7: {calls: 1}}}}", "llm.budget: stages.l7 is no stage"),
    ],
)
def test_bad_input_is_one_line_and_status_2(cost, arguments, recipe, message):
    status, out, err = cost(*arguments, recipe=recipe)
    assert status == 2 and out == "" and err.count("\n") == 1 and message in err
