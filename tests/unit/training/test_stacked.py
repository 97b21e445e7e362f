"""Models side by side are the models that are trained alone, each with its own windows, learning rate and clipped gradient."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.unit.training.test_arms import ARMS, POOLS, RECIPE
from tests.unit.training.test_session import PREPARED, TINY
from tierline.training import experiment
from tierline.training.arms import Rates, main_arms, make_plan
from tierline.training.experiment import Job, groups, run_job, run_side_by_side
from tierline.training.model import Decoder
from tierline.training.recipe import ModelShape
from tierline.training.side_by_side import LOGITS_MAX, branch_points, stack_speed, together, train_stack
from tierline.training.stacked import Stack
from tierline.training.train import train

SHAPE = ModelShape(width=32, layers=2, heads=2, hidden=88, vocabulary=500, context=8)
SEEDS, LEARNING_RATES = (0, 1, 1), (6e-3, 6e-3, 2e-2)
RULES = replace(RECIPE.optimization, clip=0.3)  # below the first gradients' norms


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def plans(arm: str):
    made = zip(SEEDS, LEARNING_RATES, strict=True)
    return [make_plan(ARMS[arm], seed, POOLS, RECIPE, Rates({"tier": rate, "flat": rate})) for seed, rate in made]


def difference(one: Decoder, other: Decoder) -> float:
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return max(float((a - b).abs().max().detach()) for a, b in pairs)


def test_each_model_has_the_loss_that_it_has_alone():
    windows = torch.randint(SHAPE.vocabulary, (3, 4, 9), generator=torch.Generator().manual_seed(0))
    stack = Stack(SHAPE, (4, 5, 6))
    losses = stack.losses(stack.weights, windows)
    for place, seed in enumerate((4, 5, 6)):
        assert difference(stack.model(place), Decoder(SHAPE, seed)) == 0
        assert losses[place].item() == pytest.approx(Decoder(SHAPE, seed).loss(windows[place]).item(), abs=1e-5)


def test_models_side_by_side_end_where_those_trained_alone_end():
    stack, own = Stack(SHAPE, SEEDS), plans("tier_60")
    losses = train_stack(stack, own, dict.fromkeys(SEEDS, POOLS), RULES)
    unclipped = train(own[0], POOLS, SHAPE, replace(RULES, clip=100.0))
    for place, plan in enumerate(own):
        alone = train(plan, POOLS, SHAPE, RULES)
        assert np.allclose(losses[place], alone.losses, atol=2e-4)
        assert difference(stack.model(place), alone.model) < 1e-3 < difference(stack.model(place), Decoder(SHAPE, plan.seed))
    assert difference(stack.model(0), unclipped.model) > 1e-3 and difference(stack.model(1), stack.model(2)) > 1e-2


def test_a_branch_from_a_shared_trunk_is_the_stack_trained_alone():
    whole, short = plans("tier_100"), plans("tier_60")
    pools, states = dict.fromkeys(SEEDS, POOLS), {}
    (_, branch) = branch_points([whole, short])
    train_stack(Stack(SHAPE, SEEDS), whole, pools, RULES, keep={branch}, kept=states)
    branched, alone = states[branch].copy(), Stack(SHAPE, SEEDS)
    later, losses = train_stack(branched, short, pools, RULES), train_stack(alone, short, pools, RULES)
    assert 0 < branch < short[0].steps and torch.equal(branched.weights, alone.weights)
    assert later == [own[branch:] for own in losses] and states[branch].step == branch


def test_a_loss_that_is_not_finite_stops_the_stack():
    stack = Stack(SHAPE, SEEDS)
    stack.weights[1] = float("inf")
    with pytest.raises(FloatingPointError, match="lower the learning rate"):
        train_stack(stack, plans("tier_40"), dict.fromkeys(SEEDS, POOLS), RULES)


def test_jobs_side_by_side_leave_what_single_ones_leave(tmp_path, monkeypatch):
    arms = {arm.name: arm for arm in main_arms(TINY)}
    family = tuple(arms[name] for name in ("tier_100", "tier_60"))
    jobs = [Job(family, seed, TINY.tokens, Rates({"tier": 0.02}), "x") for seed in (0, 1)]
    jobs.append(replace(jobs[1], rates=Rates({"tier": 0.01}), label="slow-"))
    beside = list(run_side_by_side(PREPARED, tmp_path / "a", "cpu", jobs))
    for job, own in zip(jobs, beside, strict=True):
        for one, other in zip(own, run_job(PREPARED, tmp_path / "b", "cpu", job), strict=True):
            assert one.keys() == other.keys() and one["scores"].keys() == other["scores"].keys()
            same = ("arm", "seed", "tokens", "steps_shared", "learning_rate", "floor", "passes", "row_passes_max")
            assert [one[name] for name in same] == [other[name] for name in same]
            assert one["scores"]["K"] == pytest.approx(other["scores"]["K"], abs=1e-3)
    written = [{file.name for file in (tmp_path / folder / "runs").iterdir()} for folder in "ab"]
    assert written[0] == written[1] and len(written[0]) == 6 and (tmp_path / "a" / "models" / "tier_60").is_dir()
    monkeypatch.setattr(experiment, "train_stack", lambda *_, **__: pytest.fail("trained again"))
    assert list(run_side_by_side(PREPARED, tmp_path / "a", "cpu", jobs)) == beside


def test_jobs_of_the_same_arms_are_side_by_side_as_far_as_memory_goes():
    arms = main_arms(TINY)
    jobs = [Job((arm,), seed, 64, Rates(), "x") for seed in range(3) for arm in arms[:2]]
    assert [[(job.arms[0].name, job.seed) for job in own] for own in groups(jobs, 2)] == [
        [("flat_100", 0), ("flat_100", 1)],
        [("flat_100", 2)],
        [("flat_80", 0), ("flat_80", 1)],
        [("flat_80", 2)],
    ]
    large = replace(SHAPE, vocabulary=LOGITS_MAX // (RULES.windows * SHAPE.context * 2))
    assert [together(8, shape, RULES) for shape in (SHAPE, large, replace(large, vocabulary=LOGITS_MAX))] == [8, 2, 1]
    assert stack_speed(SHAPE, RULES, 2, "cpu", 0.05) > 100
