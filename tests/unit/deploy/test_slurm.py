"""An array job's tasks share the shards of a lake among them. Slurm itself is not asked: its variables are set as it sets them."""

import json
import os
import re
import subprocess
from itertools import chain
from pathlib import Path

import pytest

from deploy.slurm.shards import main, registered, share
from tierline.config.environment import Environment
from tierline.errors import BadInput
from tierline.lake import Lake

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "deploy" / "slurm" / "array.sh"
PAGE = (
    "<html><head><title>{0}</title></head><body><main><p>"
    + "The mill at the river {0} grinds corn of the valley. " * 20
    + "</p></main></body></html>"
)


def task(number: int, count: int, first: int = 0) -> dict[str, str]:
    """The variables of a task of an array."""
    return {"SLURM_ARRAY_TASK_ID": str(first + number), "SLURM_ARRAY_TASK_MIN": str(first), "SLURM_ARRAY_TASK_COUNT": str(count)}


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("count", [1, 3, 16])
def test_each_shard_is_of_one_task(first, count):
    shards = [f"shard-{number}" for number in range(10)]
    shares = [share(shards, Environment(task(number, count, first))) for number in range(count)]
    assert sorted(chain.from_iterable(shares)) == shards and max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.parametrize("environment", [{}, {"SLURM_ARRAY_TASK_ID": "x"}, task(0, 4) | {"SLURM_ARRAY_TASK_ID": "8"}])
def test_outside_of_an_array_it_is_one_line(environment):
    with pytest.raises(BadInput, match="SLURM_ARRAY_TASK_ID"):
        share(["a"], Environment(environment))


def test_the_script_is_one_that_bash_and_sbatch_read():
    subprocess.run(["bash", "-n", str(SCRIPT)], check=True)
    lines = SCRIPT.read_text("utf-8").splitlines()
    options = [line.removeprefix("#SBATCH ") for line in lines if line.startswith("#SBATCH ")]
    assert lines[0] == "#!/bin/bash" and lines[1 : 1 + len(options)] == [f"#SBATCH {option}" for option in options]
    known = {"job-name", "array", "cpus-per-task", "mem", "time", "output", "requeue"}  # slurm.schedmd.com/sbatch.html
    assert {re.match(r"--([a-z-]+)", option)[1] for option in options} == known


def test_a_task_takes_its_shard_of_those_that_were_registered(tmp_path, monkeypatch, capsys):
    for name in ("a", "b"):
        record = {"url": f"https://{name}.example/", "html": PAGE.format(name)}
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(record) + "\n")
    monkeypatch.setenv("TIERLINE_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("TIERLINE_RECIPE", str(tmp_path / "recipe.yaml"))
    (tmp_path / "recipe.yaml").write_text("l0: {shards: {shard_bytes: 1}}\n")
    assert main(["--register", str(tmp_path / "*.jsonl")]) == 0
    assert "2 shards: sbatch --array=0-1" in capsys.readouterr().out
    assert main([]) == 2 and "SLURM_ARRAY_TASK_ID" in capsys.readouterr().err
    environment = os.environ | task(1, 2) | {"SLURM_SUBMIT_DIR": str(ROOT), "TMPDIR": str(tmp_path)}
    done = subprocess.run(["bash", str(SCRIPT), "--stages", "l0_raw"], env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert Lake(str(tmp_path / "lake")).activities("l0_raw")["shard"].to_pylist() == registered()[1:] and not list(
        tmp_path.glob("tierline-*")
    )
