"""A finished run counts if it is as it was written: of this experiment, arm and seed, with these numbers."""

import json
from typing import Any

import pytest

from tests.unit.training.test_arms import RECIPE
from tierline.errors import BadInput
from tierline.training import experiment
from tierline.training.arms import Rates, main_arms
from tierline.training.experiment import Job, run_job

ARM, OTHER = main_arms(RECIPE)[:2]
UNREAD: Any = None  # what was prepared: of finished runs nobody asks for it


def job(arm=ARM, seed=0):
    return Job((arm,), seed, 1_000, Rates(), "registered")


def finished(folder, arm=ARM, seed=0):
    run = {"experiment": "registered", "arm": arm.name, "seed": seed, "scores": {"K": 2.5}, "bits": {"works": [0.1, 1 / 3]}}
    experiment._write(experiment._path(folder, job(arm, seed), arm), run)
    return run


def test_a_finished_run_is_read_as_it_was_measured(tmp_path):
    run = finished(tmp_path)
    assert run_job(UNREAD, tmp_path, "cpu", job()) == [run]
    assert list(experiment.run_side_by_side(UNREAD, tmp_path, "cpu", [job()])) == [[run]]


@pytest.mark.parametrize(
    "change",
    [
        {"scores": {"K": 2.4}},
        {"bits": {"works": [0.1, float("nan")]}},
        {"bits": {}},
        {"seed": 1},
        {"digest": None},
    ],
)
def test_a_run_that_was_changed_is_refused(tmp_path, change):
    finished(tmp_path)
    path = experiment._path(tmp_path, job(), ARM)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(BadInput, match=r"flat_100-0\.json: was changed after it was written; remove it"):
        run_job(UNREAD, tmp_path, "cpu", job())


@pytest.mark.parametrize(("arm", "seed"), [(ARM, 1), (OTHER, 0)])
def test_the_run_of_another_seed_or_arm_does_not_stand_in(tmp_path, arm, seed):
    finished(tmp_path, arm, seed)
    experiment._path(tmp_path, job(arm, seed), arm).rename(experiment._path(tmp_path, job(), ARM))
    with pytest.raises(BadInput, match="was changed after it was written"):
        run_job(UNREAD, tmp_path, "cpu", job())


@pytest.mark.parametrize("content", ["", "[1]", '{"experiment": "regis', '{"experiment": "of another registration"}'])
def test_what_was_interrupted_or_is_of_another_experiment_is_none(tmp_path, content):
    finished(tmp_path)
    path = experiment._path(tmp_path, job(), ARM)
    path.write_text(content)
    assert experiment._stored(tmp_path, job(), ARM) is None
