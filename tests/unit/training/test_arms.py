"""Arms read one pool of admitted documents: what differs is where an arm is meant to differ, and no row is read more than four times."""

from dataclasses import replace

import numpy as np
import pytest

from tierline.errors import BadInput
from tierline.training.arms import DEALT, FLAT, Rates, attribution_arms, families, main_arms, make_plan, shared_steps, tier_decay
from tierline.training.recipe import PASSES_MAX, ModelShape, Optimization, Phases, Pilot, TrainingRecipe
from tierline.training.windows import Draw, PackedTokens, Pools, pack

RECIPE = TrainingRecipe(
    phases=Phases({"L1": 1.0, "L2": 1.0, "best": 1.0}, {"best": 1.0, "L3": 1.0, "L4": 1.0}),
    tokens=8 * 4 * 40,
    model=ModelShape(context=8),
    optimization=Optimization(windows=4),
)
NAMES = ("L1", "L2", "L3", "L4", "best", DEALT, FLAT)
RATES = Rates({"flat": 1e-2, "tier": 2e-2}, 0.1)


def pools_of(windows: int = 60) -> Pools:
    found = {}
    for name in NAMES:
        rows = windows * (4 if name == FLAT else 1)
        numbers = np.arange(8 * rows) % 60_000
        found[name] = pack([f"{name}-{n}" for n in range(rows)], np.split(numbers.astype(np.uint16), rows), 8, 1, 0)
    return Pools(found)


POOLS = pools_of()
ARMS = {arm.name: arm for arm in [*main_arms(RECIPE), *attribution_arms(RECIPE)]}
MAIN = [arm.name for arm in main_arms(RECIPE)]


def plan(name: str, seed: int = 0):
    return make_plan(ARMS[name], seed, POOLS, RECIPE, RATES)


def owners(windows: np.ndarray) -> set[str]:
    return set(POOLS.passes(windows.ravel()))


def test_the_arms_of_the_claim_and_those_of_single_tiers():
    curricula = [f"{name}_{budget}" for name in ("flat", "tier") for budget in (100, 80, 60, 40)]
    assert [*curricula, "order_60", "placebo_60", "reversed_60"] == MAIN
    assert list(ARMS)[len(MAIN) :] == ["only_L3", "only_L4", "only_best", "without_L3", "without_L4", "without_best"]


def test_flat_and_its_placebo_read_admitted_rows_alone_and_only_their_decay_differs():
    flat, placebo = plan("flat_60"), plan("placebo_60")
    assert owners(flat.batches) == {FLAT} and owners(placebo.batches) == {FLAT, DEALT}
    assert shared_steps(flat, placebo) == 17 and flat.steps == placebo.steps == 24
    assert owners(placebo.batches[:17]) == {FLAT}


def test_order_and_reversed_read_exactly_the_tiers_windows():
    tier, order, backwards = plan("tier_60"), plan("order_60"), plan("reversed_60")
    for other in (order, backwards):
        assert (np.sort(other.batches, None) == np.sort(tier.batches, None)).all() and (other.batches != tier.batches).any()
        assert (other.rates == tier.rates).all()
    assert owners(tier.batches[:17]) == {"L1", "L2", "best"} and {"L3", "L4"} <= owners(tier.batches[17:])
    assert {"L3", "L4"} <= owners(backwards.batches[:7]) and not {"L3", "L4"} & owners(backwards.batches[7:])
    assert {"L3", "L4"} <= owners(order.batches[:12])


def test_budgets_branch_from_one_trunk_and_each_has_its_own_decay():
    whole = plan("tier_100")
    for budget in (80, 60, 40):
        short = plan(f"tier_{budget}")
        assert shared_steps(whole, short) == short.steps - round(0.3 * short.steps)
        assert short.steps == round(budget * 0.4) and short.rates[-1] < 0.3 * short.rates.max()
    assert not shared_steps(whole, plan("flat_100")) and not shared_steps(whole, plan("tier_60", 1))
    assert [[arm.name for arm in family] for family in families([ARMS[name] for name in MAIN])] == [
        ["flat_100", "flat_80", "flat_60", "placebo_60", "flat_40"],
        ["tier_100", "tier_80", "tier_60", "tier_40"],
        ["order_60"],
        ["reversed_60"],
    ]


def test_each_curriculum_has_its_own_learning_rate_and_all_the_same_floor():
    assert plan("flat_100").rates.max() == pytest.approx(1e-2) == plan("placebo_60").rates.max()
    assert plan("tier_100").rates.max() == pytest.approx(2e-2) == plan("order_60").rates.max()
    flat, tier = plan("flat_100").rates, plan("tier_100").rates
    assert (tier == pytest.approx(2 * flat)) and flat[-1] < 0.3e-2


def test_a_third_of_the_decay_is_replay():
    decay = tier_decay(RECIPE)
    assert sum(decay.values()) == pytest.approx(1) and decay["L1"] + decay["L2"] + 0.1 == pytest.approx(0.3)
    windows = np.concatenate([plan("tier_100", seed).batches[28:].ravel() for seed in range(6)])
    starts = POOLS.offsets
    stable = sum(int(((windows >= starts[name]) & (windows < starts[name] + 67)).sum()) for name in ("L1", "L2"))
    assert stable / len(windows) == pytest.approx(0.2, abs=0.06)  # and a tenth more of it is in `best`
    with pytest.raises(ValueError, match="replay must be at least"):
        Phases(RECIPE.phases.stable, RECIPE.phases.decay, replay=0.2)


def test_no_row_is_read_more_than_four_times_in_any_arm():
    few = pools_of(12)
    for name in ARMS:
        plan_ = make_plan(ARMS[name], 3, few, RECIPE, RATES)
        assert few.most_passes(plan_.batches.ravel()) <= PASSES_MAX
    with pytest.raises(BadInput, match="L1, L2, best have 84 windows in 4 passes, and more are wanted"):
        make_plan(ARMS["tier_100"], 0, pools_of(7), RECIPE, RATES)


def test_a_row_in_two_pools_is_counted_in_both():
    tokens = [np.arange(16, dtype=np.uint16), np.arange(16, dtype=np.uint16)]
    both = Pools({name: pack(["a", "b"], tokens, 8, 1, 0) for name in ("L1", "flat")})
    assert len(both.sources["L1"]) == 4
    assert both.most_passes(np.array([0, 4, 4])) == 3  # the first window of each pool is of the same row


def test_passes_of_rows_are_those_of_their_most_read_window():
    source = pack([f"{n}" for n in range(4)], [np.arange(size, dtype=np.uint16) for size in (3, 30, 1, 12)], 8, 1, 0)
    counts = np.array([5, 0, 2, 1, 0, 3][: len(source)])
    expected = {}
    for number in range(len(source)):
        for offset in range(8):
            row = source.row_at(number, offset)
            expected[row] = max(expected.get(row, 0), int(counts[number]))
    assert isinstance(source, PackedTokens)
    found = dict(zip(source.ids, source.row_passes(counts).tolist(), strict=True))
    assert {row: found[row] for row in expected} == expected


def test_the_same_seed_draws_the_same_and_another_seed_otherwise():
    assert (plan("tier_100").batches == plan("tier_100").batches).all()
    assert (plan("tier_100").batches != plan("tier_100", 1).batches).any()


def test_each_window_comes_once_before_any_comes_again_also_over_phases():
    draw = Draw(POOLS, 4, [7])
    first, second = draw.take({"L1": 1.0}, 50, 0), draw.take({"L1": 1.0, "L2": 1.0}, 40, 1)
    own = [*first.tolist(), *(pick for pick in second.tolist() if pick < POOLS.offsets["L2"])]
    size = len(POOLS.sources["L1"])
    assert len(set(own[:size])) == min(size, len(own)) > 60
    assert (Draw(POOLS, 4, [7]).take({"L1": 1.0, "L2": 1.0}, 30, 0) == Draw(POOLS, 4, [7]).take({"L1": 1.0, "L2": 1.0}, 90, 0)[:30]).all()


def test_an_empty_pool_is_named():
    with pytest.raises(BadInput, match="L3: the pool has no training rows"):
        Draw(Pools({"L1": POOLS.sources["L1"]}), 4, [0]).take({"L1": 1.0, "L3": 1.0}, 5, 0)


def test_every_position_is_traced_to_its_row():
    for name, source in POOLS.sources.items():
        window = POOLS.offsets[name] + 7
        for offset, token in enumerate(POOLS.read(np.array([window]))[0]):
            pool, found = POOLS.row_at(window, offset)
            assert pool == name and (token == 0 or token // 8 == int(found.removeprefix(f"{name}-")))
        assert len(source) == (269 if name == FLAT else 67)


def test_recipes_that_break_a_rule_are_refused():
    with pytest.raises(ValueError, match="weights above 0 of L1, L2, best, L3, L4"):
        Phases({"L0": 1.0}, {"L3": 1.0})
    for seeds in ((5, 6), (1001,)):
        with pytest.raises(ValueError, match="so must the pilot's, which are other ones"):
            TrainingRecipe(RECIPE.phases, tokens=RECIPE.tokens, pilot=Pilot(seeds=seeds))
    with pytest.raises(BadInput, match="too few for the arm's phases"):
        make_plan(ARMS["tier_40"], 0, POOLS, replace(RECIPE, tokens=64), RATES)
