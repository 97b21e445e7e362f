"""All arms share rows, initialization and schedule; what differs is the order, and only where an arm is meant to differ."""

import numpy as np
import pytest

from tierline.errors import BadInput
from tierline.training.arms import FLAT, ORDERS, REVERSED, TIERED, all_arms, composition, make_plan, shared_steps
from tierline.training.recipe import ModelShape, Optimization, PhaseShare, TrainingRecipe
from tierline.training.windows import Tiers, draw, pack

RECIPE = TrainingRecipe(
    tokens=8 * 4 * 40,
    phases=(
        PhaseShare("pretrain", 0.7, {"L1": 1.0, "L2": 2.0}),
        PhaseShare("midtrain", 0.2, {"L3": 3.0, "L2": 1.0}),
        PhaseShare("alignment", 0.1, {"L4": 1.0, "L3": 1.0}),
    ),
    model=ModelShape(context=8),
    optimization=Optimization(windows=4),
    leave_out_domains=1,
)


def tiers_of(windows: int = 50) -> Tiers:
    numbers = {name: np.arange(8 * windows, dtype=np.uint16) for name in ("L0", "L1", "L2", "L3", "L4")}
    return Tiers({name: pack([f"{name}-{n}" for n in range(windows)], np.split(own, windows), 8, 1, 0) for name, own in numbers.items()})


TIERS = tiers_of()
ARMS = {arm.name: arm for arm in all_arms(RECIPE, ["L0", "L1", "L2", "L3", "L4"], ["web", "books"])}


def plan(name: str, seed: int = 0):
    return make_plan(ARMS[name], seed, TIERS, RECIPE)


def test_every_arm_is_there():
    assert list(ARMS) == [
        *("flat", "tiered", "reversed", "shuffled"),
        *("only_L0", "only_L1", "only_L2", "only_L3", "only_L4"),
        *("tiered_50", "tiered_60", "tiered_70", "tiered_80", "tiered_90"),
        *("without_L1", "without_L2", "without_L3", "without_L4"),
        "without_web",
    ]


def test_the_four_orders_see_the_same_windows_at_the_same_rates():
    plans = [plan(name) for name in ORDERS]
    for other in plans[1:]:
        assert sorted(other.batches.ravel()) == sorted(plans[0].batches.ravel())
        assert (other.rates == plans[0].rates).all()
        assert (other.batches != plans[0].batches).any()


def test_tiered_goes_up_and_reversed_comes_down():
    def tiers_seen(batches):
        return {name for name, start in TIERS.offsets.items() if ((batches >= start) & (batches < start + len(TIERS.sources[name]))).any()}

    assert tiers_seen(plan(TIERED).batches[:28]) == {"L1", "L2"}
    assert tiers_seen(plan(TIERED).batches[36:]) == {"L3", "L4"} == tiers_seen(plan(REVERSED).batches[:4])
    assert tiers_seen(plan(FLAT).batches[:28]) == {"L1", "L2", "L3", "L4"}


def test_every_full_arm_has_the_whole_budget():
    assert {plan(name).batches.shape for name in ARMS if ARMS[name].budget == 1} == {(40, 4)}
    assert plan("tiered_50").batches.shape == (20, 4)


def test_arms_that_begin_as_tiered_share_its_first_steps_and_others_none():
    tiered = plan(TIERED)
    assert shared_steps(tiered, plan("tiered_50")) == 14  # 70% of 20 steps, where its decay begins
    assert shared_steps(tiered, plan("without_L3")) == 28
    assert shared_steps(tiered, plan("without_L4")) == 36
    assert shared_steps(tiered, plan("without_L1")) == 0 == shared_steps(tiered, plan(FLAT)) == shared_steps(tiered, plan(TIERED, 1))


def test_an_arm_without_a_tier_sees_none_of_it():
    for tier in ("L1", "L2", "L3", "L4"):
        assert tier not in composition(plan(f"without_{tier}"), TIERS)
    assert composition(plan("only_L3"), TIERS) == {"L3": 1.0}


def test_the_same_seed_draws_the_same_and_another_seed_otherwise():
    assert (plan(TIERED).batches == plan(TIERED).batches).all()
    assert (plan(TIERED).batches != plan(TIERED, 1).batches).any()


def test_fewer_windows_are_a_prefix_and_each_comes_once_before_any_comes_again():
    many = draw(TIERS, {"L1": 1.0, "L2": 2.0}, 120, 4, [7])
    assert (draw(TIERS, {"L1": 1.0, "L2": 2.0}, 30, 4, [7]) == many[:30]).all()
    for start in (TIERS.offsets["L1"], TIERS.offsets["L2"]):
        own = [pick for pick in many if start <= pick < start + 50]
        assert len(set(own[:50])) == min(50, len(own))


def test_an_empty_tier_and_one_that_is_too_small_are_named():
    with pytest.raises(BadInput, match="L3: the tier has no training rows"):
        draw(Tiers({"L1": TIERS.sources["L1"]}), {"L1": 1.0, "L3": 1.0}, 5, 4, [0])
    with pytest.raises(BadInput, match="224 windows at 4 epochs, and 225 are wanted"):
        draw(TIERS, {"L1": 1.0}, 225, 4, [0])


def test_every_position_is_traced_to_its_row():
    for name, source in TIERS.sources.items():
        window = TIERS.offsets[name] + 7
        tokens = TIERS.read(np.array([window]))[0]
        assert tokens.shape == (9,)
        for offset, token in enumerate(tokens):
            tier, found = TIERS.row_at(window, offset)
            row = int(found.removeprefix(f"{name}-"))
            assert tier == name and (token == 0 or token // 8 == row)
        assert len(source) == 56  # 50 rows of 8 tokens and an end each, less the token that begins the next window


def test_recipes_that_break_a_rule_are_refused():
    with pytest.raises(ValueError, match="does not draw on L4"):
        PhaseShare("pretrain", 0.7, {"L4": 1.0})
    with pytest.raises(ValueError, match="add up to 1"):
        TrainingRecipe(RECIPE.tokens, (PhaseShare("pretrain", 0.5, {"L1": 1.0}), *RECIPE.phases[1:]))
    with pytest.raises(ValueError, match="fixed before any run"):
        TrainingRecipe(RECIPE.tokens, RECIPE.phases, headline="accuracy")
