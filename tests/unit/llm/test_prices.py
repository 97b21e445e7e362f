"""Prices: added up as a provider bills them, looked up by model, and never a number that cannot be money."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.config.recipe import build
from tierline.errors import BadInput
from tierline.llm.prices import Price, PriceRules


@pytest.mark.parametrize(
    ("price", "money"),
    [
        (Price(), 0.0),
        (Price(prompt_per_million=2.0), 2e-3),
        (Price(output_per_million=4.0), 2e-3),
        (Price(per_accelerator_hour=3.6), 0.09),
        (Price(per_accelerator_hour=3.6, accelerators=8), 0.72),
        (Price(2.0, 4.0, 3.6, 2), 2e-3 + 2e-3 + 0.18),
    ],
)
def test_all_given_prices_are_added(price, money):
    assert price.of(1_000, 500, 90.0) == pytest.approx(money)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.floats(0, 1e6), st.integers(0, 10**9))
def test_more_tokens_never_cost_less_and_parts_cost_what_the_whole_costs(read, written, seconds, more):
    price = Price(1.5, 6.0, 2.0, 2)
    assert price.of(read + more, written, seconds) >= price.of(read, written, seconds) >= 0
    assert price.of(read, written, seconds) == pytest.approx(price.of(read, 0, 0) + price.of(0, written, 0) + price.of(0, 0, seconds))


def test_a_model_has_its_own_price_or_that_of_every_other_or_none():
    rules = PriceRules(models={"a": Price(1.0), "*": Price(2.0)})
    assert (rules.of("a"), rules.of("b")) == (Price(1.0), Price(2.0))
    assert PriceRules(models={"a": Price(1.0)}).of("b") == Price() == PriceRules().of("a")


@pytest.mark.parametrize("value", [-0.01, math.inf, math.nan])
@pytest.mark.parametrize("name", ["prompt_per_million", "output_per_million", "per_accelerator_hour"])
def test_what_is_no_money_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=f"{name} is .*: give money as a number of at least 0"):
        Price(**{name: value})


def test_a_recipe_names_the_model_whose_price_is_wrong():
    with pytest.raises(BadInput, match=r"r\.yaml: llm\.prices\.models\.big: accelerators is 0: give at least 1"):
        build(PriceRules, {"models": {"big": {"accelerators": 0}}}, "r.yaml: llm.prices")
