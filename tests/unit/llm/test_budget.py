"""A budget stops a run before its next call; what was answered stays, and a higher one goes on from there."""

import math

import pyarrow as pa
import pytest

from tests.unit.llm.test_client import FaultyModel, calls
from tierline.config.recipe import build
from tierline.errors import BadInput, BudgetReached, LakeUnavailable
from tierline.llm import Budget, BudgetMeter, CachedModelClient, CallStore, Price, PriceRules, Prompt, Sampling
from tierline.llm.budget import Spent, spent_by_stage
from tierline.tables.records import CALLS

TEXTS = [f"text {number}" for number in range(40)]


def ask(lake, budget: Budget, stage: str = "l3_refined") -> FaultyModel:
    """Asks as a run does: with what the lake says was spent."""
    model, price = FaultyModel(), Price(prompt_per_million=1e6)  # a prompt has three tokens and costs 3
    with CachedModelClient(model, CallStore(lake, "s"), price, BudgetMeter(budget, spent_by_stage(lake))) as client:
        client.begin(stage, (), {})
        try:
            client.generate([Prompt(text) for text in TEXTS], Sampling())
        except BudgetReached as stop:
            model.asked.append(str(stop))
    return model


def test_calls_are_stopped_exactly_and_a_higher_budget_repeats_none(lake):
    first = ask(lake, Budget(calls=20))
    assert first.asked[:-1] == TEXTS[:20] and len(calls(lake)) == 20
    assert first.asked[-1].startswith("llm.budget.calls: the budget is spent: 20 of 20 calls; raise it")
    assert ask(lake, Budget(calls=20)).asked[:-1] == []
    assert ask(lake, Budget(calls=100)).asked == TEXTS[20:]
    assert ask(lake, Budget(calls=40)).asked == [], "what the store answers is free"


@pytest.mark.parametrize("budget", [Budget(money=50.0), Budget(tokens=90)])
def test_tokens_and_money_pass_a_limit_by_a_batch_at_most(lake, budget):
    asked = len([text for text in ask(lake, budget).asked if text in TEXTS])
    assert asked == 32, "16 are below the limit, so 16 more are asked"


def test_a_stage_may_have_a_limit_of_its_own(lake):
    budget = build(Budget, {"calls": 50, "stages": {"l3_refined": {"calls": 5}}}, "")
    assert "llm.budget.stages.l3_refined.calls" in ask(lake, budget).asked[-1]
    other = ask(lake, budget, "l2_annotations")
    assert other.asked == TEXTS[5:], "the other stage has the rest of the whole"
    assert {stage: spent.calls for stage, spent in spent_by_stage(lake).items()} == {"l3_refined": 5, "l2_annotations": 35}


@pytest.mark.parametrize("money", [math.nan, math.inf])
def test_a_sum_that_is_no_number_switches_no_budget_off(lake, money):
    ask(lake, Budget(calls=1))
    (row,) = calls(lake)
    lake.delta.append("llm_calls", pa.Table.from_pylist([row | {"money": money}], schema=CALLS), ["shard"])
    with pytest.raises(LakeUnavailable, match=r"llm_calls: .* in all are no sum, .*; restore") as error:
        spent_by_stage(lake)
    assert "\n" not in str(error.value)
    meter = BudgetMeter(Budget(money=5.0), {})
    with pytest.raises(LakeUnavailable):
        meter.spend("l3_refined", [row | {"money": money}])
    with pytest.raises(LakeUnavailable):
        BudgetMeter(Budget(money=5.0), {"a": Spent(money=1e308), "b": Spent(money=1e308)})


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        (Budget, {"money": -1}, "llm: money is -1.0: give a limit of at least 0, or null for none"),
        (Budget, {"tokens": "many"}, "llm.tokens: expected int, found 'many'"),
        (Budget, {"cash": 1}, "llm: unknown setting cash"),
        (Budget, {"stages": {"l9": {"calls": 1}}}, "llm: stages.l9 is no stage"),
        (Budget, {"stages": {"l3_refined": {"calls": -1}}}, "llm.stages.l3_refined: calls is -1"),
        (PriceRules, {"models": {"m": {"prompt_per_million": -0.5}}}, "llm.models.m: prompt_per_million is -0.5: give money as a number"),
        (PriceRules, {"models": {"m": {"output_per_million": float("nan")}}}, "output_per_million: expected a finite number, found nan"),
        (PriceRules, {"models": {"m": {"accelerators": 0}}}, "accelerators is 0: give at least 1"),
        (PriceRules, {"models": {"m": 3}}, "llm.models.m: expected a mapping"),
        (PriceRules, {"models": {"m": {"prompt_per_million": "free"}}}, "expected float, found 'free'"),
    ],
)
def test_bad_prices_and_budgets_are_one_clear_line(kind, values, message):
    with pytest.raises(BadInput) as error:
        build(kind, values, "llm")
    assert message in str(error.value) and "\n" not in str(error.value)


def test_a_model_has_its_own_price_or_that_of_every_other():
    prices = build(PriceRules, {"models": {"m": {"prompt_per_million": 1}, "*": {"per_accelerator_hour": 2, "accelerators": 4}}}, "")
    assert prices.of("m").of(2_000_000, 5, 3600) == 2.0
    assert prices.of("other").of(10, 10, 1800) == 4.0
    assert PriceRules().of("m").of(10, 10, 10) == 0
