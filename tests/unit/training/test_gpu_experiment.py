"""The script for a machine with a GPU runs whole on a CPU with a small recipe, and its checks find what is broken."""

import json
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest
import torch

from deploy.gpu.experiment import failures, main
from tests.unit.training.corpus_rows import made_rows
from tests.unit.training.test_session import TINY
from tierline.training.arms import main_arms
from tierline.training.registration import read_registration

RECIPE = """
tokens: 1_280
seeds: 2
phases: {stable: {L1: 1, L2: 1, best: 1}, decay: {best: 1, L3: 1, L4: 1}}
model: {width: 16, layers: 1, heads: 2, hidden: 40, vocabulary: 450, context: 16}
optimization: {windows: 4, learning_rate: 0.02}
measuring: {works: [textbooks], guard: [web], questions: [], tokens_per_part: 600, overlap_max: 1.0}
pilot: {seeds: [11, 12], learning_rates: [0.02], floors: [0.05]}
"""


@pytest.fixture
def arguments(tmp_path):
    (tmp_path / "corpus").mkdir()
    pq.write_table(made_rows(100), tmp_path / "corpus/corpus.parquet")
    (tmp_path / "tiny.yaml").write_text(RECIPE)
    return ["--corpus", str(tmp_path / "corpus"), "--recipe", str(tmp_path / "tiny.yaml"), "--out", str(tmp_path / "out")]


def test_without_a_gpu_it_says_so(arguments, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main(arguments) == 2
    assert "no GPU is seen by torch; install torch for CUDA" in capsys.readouterr().err


def test_from_corpus_to_result_on_a_cpu_and_what_is_done_is_not_done_again(arguments, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main([*arguments, "--without-gpu"]) == 0
    result = tmp_path / "out/result"
    outcome = json.loads((result / "outcome.json").read_text())
    assert outcome["failed"] == [] and outcome["metrics"]["seeds"] == 2 and outcome["facts"]["tokens_per_second"] > 0
    assert read_registration(result)["digest"] in (result / "report.html").read_text()
    assert len((result / "runs.jsonl").read_text().splitlines()) == 2 * 11 + 2 * 3
    assert "sound" in capsys.readouterr().out
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out/runs").iterdir()}
    assert main([*arguments, "--without-gpu"]) == 0
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "out/runs").iterdir()}


def test_the_checks_find_broken_runs_and_a_stack_that_learns_otherwise():
    sound = {"losses": [[64, 6.0], [128, 5.5]], "scores": {"K": 2.0}, "steps_shared": 0}
    runs = [sound | {"arm": arm.name, "seed": seed} for arm in main_arms(TINY) for seed in range(2)]
    prepared = SimpleNamespace(recipe=TINY)
    assert failures(SimpleNamespace(runs=runs), prepared, 1e-6, "cpu") == []
    broken = [runs[0] | {"scores": {"K": float("nan")}}, runs[1] | {"losses": [[64, 6.0], [128, 6.5]]}, *runs[2:-1]]
    said = failures(SimpleNamespace(runs=broken), prepared, 0.2, "cpu")
    assert [line.split(":")[0] for line in said] == [
        "models side by side do not learn what they learn alone",
        "not every arm has run once with every seed",
        "flat_100, seed 0",
        "flat_100, seed 1",
    ]
