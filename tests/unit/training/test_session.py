"""A whole experiment, small: pilot, registration, runs; what is not as registered is refused."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.unit.training.corpus_rows import made_rows
from tests.unit.training.test_arms import RECIPE
from tierline.errors import BadInput
from tierline.training import experiment, registration
from tierline.training import session as session_module
from tierline.training.arms import Rates, main_arms
from tierline.training.experiment import Job, run_job
from tierline.training.pilot import PilotResult, affordable_tokens, pilot_runs
from tierline.training.prepare import prepare
from tierline.training.recipe import Measuring, ModelShape, Optimization, Pilot
from tierline.training.rows import seen_at
from tierline.training.session import Session
from tierline.training.windows import END_ID

TINY = replace(
    RECIPE,
    tokens=16 * 4 * 20,
    seeds=2,
    model=ModelShape(width=16, layers=1, heads=2, hidden=40, vocabulary=450, context=16),
    optimization=Optimization(windows=4, learning_rate=0.02),
    measuring=Measuring(works=("textbooks",), guard=("web",), questions=(), tokens_per_part=600),
    pilot=Pilot(
        seeds=(11, 12),
        learning_rates=(0.01, 0.02),
        floors=(0.05, 0.3),
        decay_shares=(0.3, 0.4),
        phases=(replace(RECIPE.phases, stable={"best": 1.0}),),
    ),
)
ROWS = made_rows(100)
PREPARED = prepare(ROWS, TINY, None)


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    return Session(PREPARED, tmp_path_factory.mktemp("experiment"))


@pytest.fixture(scope="module")
def findings(session):
    session.pilot()
    session.register()
    return session.run()


def test_a_run_without_registration_and_a_registration_without_pilot_are_refused(tmp_path):
    session = Session(PREPARED, tmp_path)
    with pytest.raises(BadInput, match="no registration; run the steps `pilot` and `register` first"):
        session.run()
    with pytest.raises(BadInput, match="no pilot; run the step `pilot` first"):
        session.register()
    assert not list(tmp_path.iterdir())


def test_every_arm_ran_with_every_seed_and_none_of_the_pilots(findings):
    assert [(run["arm"], run["seed"]) for run in findings.runs] == [(arm.name, seed) for arm in main_arms(TINY) for seed in range(2)]
    for run in findings.runs:
        assert np.isfinite(run["scores"]["K"]) and run["row_passes_max"] <= 4 and run["scores"]["K"] < 12
        assert run["learning_rate"] in TINY.pilot.learning_rates


def test_the_pilot_chooses_rates_that_were_tried_and_is_not_run_twice(session, findings, monkeypatch):
    pilot = session.pilot()
    tried = {(run["arm"], run["learning_rate"], run["floor"], run["decay_share"], run["mix"]) for run in pilot.runs}
    assert {run["seed"] for run in pilot.runs} == {11, 12} and len(tried) == 4 * 3 + 1 and len(pilot.runs) == pilot_runs(TINY)
    best = {trunk: [run["K"] for run in pilot.runs if run["arm"] == arm and run["learning_rate"] == rate
                    and (run["floor"], run["decay_share"], run["mix"]) == (0.05, 0.3, 0)]
            for arm, trunk, rate in (("flat_100", "flat", pilot.rates.rates["flat"]), ("tier_60", "tier", pilot.rates.rates["tier"]))}  # fmt: skip
    others = [run["K"] for run in pilot.runs if run["arm"] == "flat_100" and (run["floor"], run["decay_share"]) == (0.05, 0.3)]
    assert np.mean(best["flat"]) <= np.mean(others) and pilot.tokens == TINY.tokens
    settled = [run for run in pilot.runs if run["arm"] == "tier_60" and run["learning_rate"] == pilot.rates.rates["tier"]]
    by_mix = [[run["K"] for run in settled if run["mix"] == mix and run["decay_share"] == pilot.rates.decay_share
               and run["floor"] == pilot.rates.floor] for mix in (0, 1)]  # fmt: skip
    assert pilot.phases == pilot.mixes[int(np.argmin(np.mean(by_mix, 1)))]
    monkeypatch.setattr(experiment, "train", lambda *_, **__: pytest.fail("trained again"))
    assert session.pilot() == pilot


def test_finished_runs_are_not_repeated(session, findings, monkeypatch):
    monkeypatch.setattr(experiment, "train", lambda *_, **__: pytest.fail("trained again"))
    assert session.run().runs == findings.runs


def test_the_digest_is_of_everything_registered(session, findings):
    document = registration.read_registration(session.folder)
    assert document["digest"] == findings.registration["digest"] == registration.digest_of(document["registered"])
    assert document["registered"]["seeds"] == [0, 1] and document["registered"]["pilot_seeds"] == [11, 12]
    assert session.register() == document


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seeds": 3}, "(recipe, seeds|seeds, recipe) differ from what is registered"),
        ({"phases": replace(TINY.phases, replay=0.4), "pilot": replace(TINY.pilot, phases=())}, "lists no such mix|arms, recipe differ"),
        ({"optimization": replace(TINY.optimization, windows=8)}, "recipe differ from what is registered"),
    ],
)
def test_another_recipe_is_refused(session, findings, change, said):
    other = Session(replace(PREPARED, recipe=replace(TINY, **change)), session.folder)
    with pytest.raises(BadInput, match=said):
        other.run()


def test_another_corpus_other_code_and_a_changed_file_are_refused(session, findings, tmp_path, monkeypatch):
    fewer = prepare(ROWS.slice(0, ROWS.num_rows - 2), TINY, None)
    with pytest.raises(BadInput, match="from what is registered"):
        Session(fewer, session.folder).run()
    with monkeypatch.context() as patched:
        patched.setattr(registration, "code_digest", lambda: "other")
        with pytest.raises(BadInput, match="code differ from what is registered"):
            session.run()
    document = json.loads((session.folder / registration.FILE).read_text())
    document["registered"]["rates"]["floor"] = 0.5
    (tmp_path / registration.FILE).write_text(json.dumps(document))
    with pytest.raises(BadInput, match="was changed after it was written"):
        Session(PREPARED, tmp_path).run()


def test_what_the_pilot_settled_is_read_from_the_registration(session, findings):
    pilot = session.pilot()
    other = next(mix for mix in pilot.mixes if mix != PREPARED.recipe.phases)
    document = {"registered": registration.fixed(PREPARED.settled(4_096, other), pilot.rates)}
    settled, rates = registration.settled_as(json.loads(json.dumps(document)), PREPARED)
    assert (settled.recipe.phases, settled.recipe.tokens, rates) == (other, 4_096, pilot.rates)


def test_what_is_registered_stands(session, findings):
    pilot = session.pilot()
    with pytest.raises(BadInput, match="another experiment is registered here"):
        registration.register(PREPARED, replace(pilot, rates=replace(pilot.rates, floor=0.9)), session.folder)


SETTLED = PilotResult(
    TINY.tokens, 1e4, Rates({"flat": 0.01, "tier": 0.02}, 0.05, 0.3), TINY.phases, 0.1, 0.01, 0.1, True, (TINY.phases,), []
)


def test_seeds_that_ran_by_a_registration_that_is_gone_forbid_another(tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "pilot-flat0.01-flat_100-11.json").write_text("{}")
    registration.register(PREPARED, SETTLED, tmp_path)
    (tmp_path / "runs" / "flat_100-0.json").write_text("{}")
    (tmp_path / registration.FILE).unlink()
    with pytest.raises(BadInput, match="seeds have run here by a registration that is gone; restore it"):
        registration.register(PREPARED, SETTLED, tmp_path)
    assert not (tmp_path / registration.FILE).exists()


@pytest.mark.parametrize("kept", ["[]", '{"of": "another recipe"}', ""])
def test_no_pilot_is_run_behind_a_registration(tmp_path, kept, monkeypatch):
    monkeypatch.setattr(session_module, "run_pilot", lambda *_: pytest.fail("a pilot ran"))
    registration.register(PREPARED, SETTLED, tmp_path)
    (tmp_path / session_module.PILOT).write_text(kept)
    with pytest.raises(BadInput, match="another experiment is registered here"):
        Session(PREPARED, tmp_path).pilot()
    assert (tmp_path / session_module.PILOT).read_text() == kept


def test_a_job_shares_steps_and_changes_nothing(tmp_path):
    arms = {arm.name: arm for arm in main_arms(TINY)}
    family = tuple(arms[name] for name in ("tier_100", "tier_60", "tier_40"))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    together = run_job(PREPARED, tmp_path / "a", "cpu", Job(family, 0, TINY.tokens, Rates(), "x"))
    for arm, run in zip(family, together, strict=True):
        (alone,) = run_job(PREPARED, tmp_path / "b", "cpu", Job((arm,), 0, TINY.tokens, Rates(), "x"))
        assert run["bits"] == alone["bits"] and run["scores"] == alone["scores"]
    assert [run["steps_shared"] for run in together] == [0, 8, 6]
    torch.set_num_threads(threads)


def test_threads_are_recorded_in_runs_and_are_no_part_of_what_is_registered(session, findings, tmp_path):
    shutil.copy(session.folder / registration.FILE, tmp_path)
    again = Session(PREPARED, tmp_path, threads=2).run()
    assert {run["where"]["threads"] for run in again.runs} == {2} and {run["where"]["threads"] for run in findings.runs} == {1}
    assert again.registration == findings.registration
    assert [run["scores"]["K"] for run in again.runs] == pytest.approx([run["scores"]["K"] for run in findings.runs], abs=1e-3)


def test_a_position_is_of_the_row_whose_tokens_were_seen_there(session, findings):
    ended = {name: [*own.tolist(), END_ID] for name, own in zip(PREPARED.rows.ids, PREPARED.tokens, strict=True)}
    by_tier = {(tier, name): own for tier, name, own in zip(PREPARED.rows.tiers, PREPARED.rows.ids, PREPARED.tokens, strict=True)}
    rates, prepared = session.pilot().rates, PREPARED.settled(TINY.tokens, session.pilot().phases)
    for arm in (arm for arm in main_arms(prepared.recipe) if arm.name in ("tier_60", "placebo_60")):
        pools = prepared.pools(1)
        stream = pools.read(prepared.plan(arm, 1, pools, rates).batches.ravel())[:, :-1]
        for position in range(0, stream.size, 37):
            seen = seen_at(session.folder, arm.name, 1, position)
            tier = {"flat": "L1", "dealt": "L1", "best": "L2"}.get(seen.pool, seen.pool)
            assert stream.ravel()[position] in [*by_tier[tier, seen.row_id].tolist(), END_ID] and seen.row_id in ended
        assert (seen.step, seen.window, seen.offset) == tuple(int(n) for n in np.unravel_index(position, (len(stream) // 4, 4, 16)))
    for arguments, said in (
        (("tiered", 0, 0), "no such arm; arms are flat_100"),
        (("tier_60", 2, 0), "no run with seed 2"),
        (("tier_40", 0, 512), "no position 512: the run takes 512 tokens"),
    ):
        with pytest.raises(BadInput, match=said):
            seen_at(session.folder, *arguments)


def test_the_budget_is_what_the_time_allows_at_the_measured_speed():
    recipe = replace(TINY, seconds=1_000.0, seeds=6)
    tokens = affordable_tokens(recipe, 40_000)
    shares = 6 * (1 + 0.3 * 2.4 + 1 + 0.3 * 1.8 + 1.2) + 2 * 0.5 * (4 * (1 + 0.3 * 0.6 + 0.6) + 0.6)
    assert tokens == pytest.approx(0.8 * 1_000 * 40_000 / shares, abs=4_096) and affordable_tokens(recipe, 80_000) > 1.9 * tokens
    assert affordable_tokens(replace(recipe, tokens_max=8_192), 40_000) == 8_192


def test_an_empty_pool_stops_the_experiment_before_it_begins(tmp_path):
    with pytest.raises(BadInput, match="L3: the pool has no training rows"):
        prepare(ROWS.filter(np.array([tier != "L3" for tier in ROWS["tier"].to_pylist()])), TINY, None)
    with pytest.raises(BadInput, match=r"no benchmark file mmlu\.jsonl\.gz"):
        prepare(ROWS, replace(TINY, measuring=replace(TINY.measuring, questions=("mmlu",))), tmp_path)
