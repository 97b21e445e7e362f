"""The allocator: the best mix that a budget buys, by brute force and by the published worth of repeated tokens."""

from itertools import pairwise, product
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.config.bundled import folder
from tierline.mixes import MixRecipe, MixSource
from tierline.mixes.allocate import (
    AllocationRules,
    Offer,
    allocate,
    allocation_summary,
    allocation_table,
    effective_tokens,
    frontier,
    frontier_figure,
    read_costs,
    read_offers,
)
from tierline.sql import Models

RULES = AllocationRules()
OFFERS = st.lists(
    st.builds(
        Offer,
        st.just("s"),
        st.just("L1"),
        st.integers(0, 500),
        st.sampled_from([0.0, 0.01, 0.5]),
        st.sampled_from([0.5, 1.0, 2.0]),
        st.integers(1, 4),
    ),
    min_size=1,
    max_size=3,
)


def test_repeated_tokens_are_worth_what_was_published():
    scale = RULES.repetition_scale
    assert effective_tokens(70, 100, scale) == 70 and effective_tokens(0, 0, scale) == 0
    assert 400 * 0.9 < effective_tokens(400, 100, scale) < 400  # four passes are nearly as good as new tokens (abstract of the paper)
    assert effective_tokens(10**9, 100, scale) == pytest.approx(100 * (1 + scale))  # and no number of passes is worth more than this


def test_the_dear_and_worthy_tier_is_bought_as_far_as_the_budget_goes():
    offers = [Offer("web", "L1", 1000, 0.001, 1.0, 1), Offer("best", "L2", 1000, 0.01, 3.0, 1)]
    assert allocate(offers, 1000, inf, RULES).tokens == pytest.approx((0, 1000))
    bought = allocate(offers, 1000, 5.5, RULES)
    assert bought.tokens == pytest.approx((500, 500)) and bought.seconds == pytest.approx(5.5) and bought.token_value == pytest.approx(2000)


def test_a_small_tier_is_repeated_until_another_is_worth_more():
    offers = [Offer("web", "L1", 10_000, 0.0, 1.0, 4), Offer("best", "L2", 100, 0.0, 1.15, 100)]
    web, best = allocate(offers, 5000, inf, RULES).tokens
    slope = (effective_tokens(best + 1, 100, RULES.repetition_scale) - effective_tokens(best - 1, 100, RULES.repetition_scale)) / 2
    assert best + web == pytest.approx(5000) and 200 < best < 500 and 1.15 * slope == pytest.approx(1.0, abs=0.05)


def test_only_what_was_made_can_be_repeated():
    offers = [Offer("web", "L1", 1000, 1.0, 1.0, 4)]
    bought = allocate(offers, 4000, 100, RULES)
    assert bought.distinct == pytest.approx((100,)) and bought.tokens == pytest.approx((400,))


@settings(max_examples=40, deadline=None)
@given(offers=OFFERS, budget=st.integers(1, 1200), seconds=st.sampled_from([0.0, 1.0, 40.0, inf]))
def test_no_mix_on_a_grid_is_better_and_no_limit_is_broken(offers, budget, seconds):
    best = allocate(offers, budget, seconds, RULES)
    assert sum(best.tokens) <= budget * (1 + 1e-6) and best.seconds <= seconds * (1 + 1e-6) + 1e-6
    for offer, drawn, distinct in zip(offers, best.tokens, best.distinct, strict=True):
        assert distinct <= offer.tokens * (1 + 1e-6) and drawn <= distinct * offer.epochs_max * (1 + 1e-6) + 1e-6
    choices = [
        [(made, made * passes) for made in {0, offer.tokens // 2, offer.tokens} for passes in range(1, offer.epochs_max + 1)]
        for offer in offers
    ]
    for mix in product(*choices):
        cost = sum(made * offer.seconds_per_token for (made, _), offer in zip(mix, offers, strict=True))
        if sum(drawn for _, drawn in mix) <= budget and cost <= seconds:
            token_value = sum(
                offer.token_value * effective_tokens(drawn, made, RULES.repetition_scale)
                for (made, drawn), offer in zip(mix, offers, strict=True)
            )
            assert token_value <= best.token_value * (1 + 1e-3) + 1e-3


def test_the_frontier_rises_with_cost_ever_more_slowly():
    offers = [Offer("web", "L1", 800, 0.001, 1.0, 2), Offer("best", "L2", 500, 0.01, 2.0, 2)]
    points = frontier(offers, 1000, RULES)
    gains = [after.token_value - before.token_value for before, after in pairwise(points)]
    assert all(gain >= -1e-6 for gain in gains) and gains[0] >= gains[-1]
    recipe = MixRecipe("pretrain", 1000, (MixSource("l1_filtered", 1.0),))
    assert frontier_figure(offers, points, recipe).axes[0].get_title() == "pretrain: the best 1,000 tokens at each cost"


def test_offers_are_what_a_mix_could_draw_at_the_ledgers_cost(stocked, sampled):
    recipe = sampled(stocked)[0]
    web, best = read_offers(stocked, read_costs(stocked, Models(folder("dbt_like_sql"))), recipe, AllocationRules(token_value={"L2": 1.5}))
    assert (web.source, web.tier, web.tokens, web.epochs_max) == ("l1_filtered", "L1", 200, 2)
    assert (best.tokens, best.token_value) == (50, 1.5)
    proposed = allocate([web, best], 120, inf, RULES)
    assert [row[:3] for row in allocation_table(recipe, [web, best], proposed).rows] == [
        ("l1_filtered", "L1", "200"),
        (best.source, "L2", "50"),
    ]
    assert allocation_summary(recipe, proposed).startswith("pretrain: 120 of 120 tokens, worth")
