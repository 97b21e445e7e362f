"""A whole experiment, small: every arm and seed, what it can find stated first, a page that says what it found."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import torch

from tests.unit.training.corpus_rows import made_rows
from tests.unit.training.test_arms import RECIPE
from tierline.errors import BadInput
from tierline.training import experiment
from tierline.training.arms import Arm, all_arms, make_plan
from tierline.training.experiment import Outcome, run_experiment, run_family
from tierline.training.findings import domains_line, find, first_line, metrics_of
from tierline.training.prepare import prepare
from tierline.training.recipe import HEADLINE, Measuring, ModelShape, Optimization, TrainingRecipe
from tierline.training.report import write_report
from tierline.training.rows import seen_at
from tierline.training.windows import END_ID

TINY = replace(
    RECIPE,
    tokens=16 * 4 * 20,
    seeds=2,
    budgets=(0.5, 0.8),
    leave_out_domains=1,
    model=ModelShape(width=16, layers=1, heads=2, hidden=40, vocabulary=450, context=16),
    optimization=Optimization(windows=4, learning_rate=0.02),
    measuring=Measuring(questions=(), curve_points=2, tokens_per_part=600),
    characters_per_token=100.0,
)
ROWS = made_rows(100)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("experiment")


@pytest.fixture(scope="module")
def outcome(folder):
    return run_experiment(ROWS, TINY, folder)


def test_every_arm_ran_with_every_seed(outcome):
    pairs = [(run["arm"], run["seed"]) for run in outcome.runs]
    assert pairs == [(arm.name, seed) for arm in outcome.arms for seed in range(2)] and len(outcome.arms) == 16
    assert not outcome.before["impossible"]
    for run in outcome.runs:
        assert np.isfinite(run["scores"][HEADLINE]) and run["curve"][-1][0] == run["tokens"] == run["losses"][-1][0]
        assert run["curve"][-1][1] < 8


def test_a_position_is_of_the_row_whose_tokens_were_seen_there(folder, outcome):
    prepared = prepare(ROWS, TINY, None)
    ended = {name: [*own.tolist(), END_ID] for name, own in zip(prepared.rows.ids, prepared.tokens, strict=True)}
    for arm in (arm for arm in outcome.arms if arm.name in ("tiered_50", "only_L3", outcome.arms[-1].name)):
        tiers = prepared.pack(1, arm.without_domain)
        stream = tiers.read(make_plan(arm, 1, tiers, TINY).batches.ravel())[:, :-1]
        for position in range(0, stream.size, 37):
            seen = seen_at(folder, arm.name, 1, position)
            assert stream.ravel()[position] in ended[seen.row_id] and seen.row_id[0] == {"L3": "e", "L4": "f"}.get(seen.tier, "p")
        assert (seen.step, seen.window, seen.offset) == tuple(int(n) for n in np.unravel_index(position, (len(stream) // 4, 4, 16)))


def test_what_was_never_seen_is_one_line(folder, outcome, tmp_path):
    for arguments, said in (
        ((tmp_path, "tiered", 0, 0), "holds no experiment"),
        ((folder, "tired", 0, 0), "no such arm; arms are flat, tiered"),
        ((folder, "tiered", 2, 0), "no run with seed 2"),
        ((folder, "tiered_50", 0, 640), "no position 640: the run takes 640 tokens"),
    ):
        with pytest.raises(BadInput, match=said):
            seen_at(*arguments)


def test_a_family_shares_steps_and_changes_nothing(tmp_path):
    prepared = prepare(ROWS, TINY, None)
    arms = {arm.name: arm for arm in prepared.possible_arms()[0]}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    together = run_family(prepared, tmp_path / "a", "cpu", [arms[name] for name in ("tiered", "tiered_50", "without_L4")], 0)
    for run in together[1:]:
        assert run == run_family(prepared, tmp_path / "b", "cpu", [arms[run["arm"]]], 0)[0]
    torch.set_num_threads(threads)


def test_what_can_be_found_is_written_before_any_other_arm_is_trained(tmp_path, monkeypatch):
    seen = []

    def watched(prepared, folder, device, arms, seed):
        seen.append((arms[0].name, (folder / "before.json").is_file()))
        return original(prepared, folder, device, arms, seed)

    original = experiment.run_family
    monkeypatch.setattr(experiment, "run_family", watched)
    run_experiment(ROWS, replace(TINY, budgets=(), leave_out_domains=0), tmp_path)
    assert {written for name, written in seen if name == "flat"} == {False}
    assert {written for name, written in seen if name != "flat"} == {True}
    assert json.loads((tmp_path / "before.json").read_text())["minimum_detectable_effect"][HEADLINE] > 0


def test_finished_runs_are_not_repeated_and_another_recipe_is_another_experiment(outcome, folder, monkeypatch):
    monkeypatch.setattr(experiment, "train", lambda *_, **__: pytest.fail("trained again"))
    assert run_experiment(ROWS, TINY, folder).runs == outcome.runs
    with pytest.raises(pytest.fail.Exception, match="trained again"):
        run_experiment(ROWS, replace(TINY, seed=18), folder)


def test_an_interrupted_run_goes_on_from_its_last_state(tmp_path, monkeypatch):
    recipe = replace(TINY, checkpoint_steps=8)
    prepared = prepare(ROWS, recipe, None)
    flat = [Arm("flat", "")]
    whole = run_family(prepared, tmp_path / "whole", "cpu", flat, 1)
    original, steps = experiment.bits_per_byte, []

    def breaks(*arguments):
        steps.append(1)
        if len(steps) == 2:  # measured at the end of the run
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(experiment, "bits_per_byte", breaks)
    with pytest.raises(KeyboardInterrupt):
        run_family(prepared, tmp_path / "broken", "cpu", flat, 1)
    assert list((tmp_path / "broken/states").iterdir())
    monkeypatch.setattr(experiment, "bits_per_byte", original)
    assert run_family(prepared, tmp_path / "broken", "cpu", flat, 1) == whole
    assert not list((tmp_path / "broken/states").iterdir())


def test_the_page_says_first_when_the_effect_is_within_noise(outcome, tmp_path):
    findings = find(outcome)
    line = first_line(findings)
    assert line.startswith("Within noise:") and "under 5 seeds nothing is beyond noise" in line
    page = write_report(findings, tmp_path, "python -m benchmarks.training --data DIR").read_text()
    assert page.index("Within noise:") < page.index("<table>")
    assert "python -m benchmarks.training --data DIR" in page and (tmp_path / "report.png").stat().st_size > 10_000
    for name in ("forge", "garden", "facts", "without_L3", "tiered_50", "reversed"):
        assert name in page


def test_a_planted_effect_is_found_with_its_domain_and_compute():
    findings = find(planted(effect=-0.2, worse="forge"))
    assert first_line(findings).startswith("The tiers pay: the tiered order minus flat is -0.1998")
    assert domains_line(findings) == "Domains worse: forge; better: river; within noise: none."
    assert findings.ratio and 0.5 < findings.ratio.high < 1
    assert {tier: token_value and round(token_value.value, 1) for tier, token_value in findings.token_value.items()} == {
        "L1": 1.0,
        "L2": 1.0,
        "L3": 1.0,
        "L4": 1.0,
    }
    domains = {effect.metric: effect.verdict for effect in findings.against_flat["tiered"]}
    assert (domains["domain:forge"], domains["domain:river"]) == ("worse", "better")
    metrics = metrics_of(findings)
    assert metrics["delta_bits_per_byte_lo"] < metrics["delta_bits_per_byte"] < metrics["delta_bits_per_byte_hi"] < 0
    assert metrics["mde_bits_per_byte"] == 0.05 and metrics["within_noise"] == 0 and metrics["seeds"] == 5


def test_an_effect_no_larger_than_the_placebos_is_within_noise():
    findings = find(planted(effect=-0.2, placebo=-0.25))
    assert findings.within_noise and "the placebo moved by -0.25" in first_line(findings)


def test_an_arm_without_the_only_domain_of_a_tier_or_of_all_text():
    only_facts = replace(TINY, leave_out_domains=6)
    prepared = prepare(ROWS, only_facts, None)
    arms, impossible = prepared.possible_arms()
    assert "without_facts" in {arm.name for arm in arms} and not impossible  # alignment then draws on L3 alone
    one_domain = ROWS.set_column(3, "domain", pa.array(["web"] * ROWS.num_rows))
    arms, impossible = prepare(one_domain, only_facts, None).possible_arms()
    assert list(impossible) == ["without_web"] and "no training rows" in impossible["without_web"]


def test_an_empty_tier_stops_the_experiment_before_it_begins(tmp_path):
    with pytest.raises(BadInput, match="L3: the tier has no training rows"):
        run_experiment(ROWS.filter(np.array([tier != "L3" for tier in ROWS["tier"].to_pylist()])), TINY, tmp_path)
    with pytest.raises(BadInput, match=r"no benchmark file mmlu\.jsonl\.gz"):
        prepare(ROWS, replace(TINY, measuring=Measuring(questions=("mmlu",))), tmp_path)
    assert not list(tmp_path.iterdir())


def planted(effect: float, placebo: float = 0.001, worse: str = "") -> Outcome:
    """Runs whose scores are known: seeds differ by a lot, arms by what is planted."""
    recipe = TrainingRecipe(TINY.tokens, TINY.phases, model=TINY.model, optimization=TINY.optimization, leave_out_domains=0)
    arms = all_arms(recipe, ["L1", "L2", "L3", "L4"], [])
    draw = np.random.default_rng(0)
    runs = []
    for arm in arms:
        for seed in range(5):
            base = 3.0 + 0.1 * seed + draw.normal(0, 0.002)
            shift = {"flat": 0.0, "shuffled": placebo}.get(arm.name, effect - 0.4 * np.log(arm.budget))
            scores = {HEADLINE: base + shift, "domain:river": base + shift, "domain:forge": base + (-shift if worse else shift)}
            runs.append(
                {"arm": arm.name, "seed": seed, "tokens": 1, "epochs": {}, "curve": [[1, base]], "losses": [[1, base]], "scores": scores}
            )
    return Outcome(recipe, arms, runs, {"minimum_detectable_effect": {HEADLINE: 0.05}, "chance": {}})
