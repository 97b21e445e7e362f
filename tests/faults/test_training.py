"""A killed experiment leaves no workers behind, and what it finished is not done again."""

import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from tests.unit.training.corpus_rows import made_rows
from tests.unit.training.test_session import TINY
from tierline.training.arms import Rates, main_arms
from tierline.training.prepare import prepare
from tierline.training.session import Session

ROOT = Path(__file__).parents[2]
LONG = replace(TINY, tokens=16 * 4 * 100)
PROGRAM = """
import sys
from tests.faults.test_training import run_all
if __name__ == "__main__":
    run_all(sys.argv[1], 2)
"""


def run_all(folder: str, workers: int) -> list:
    prepared = prepare(made_rows(100), LONG, None)
    return Session(prepared, Path(folder), workers).train(main_arms(LONG), range(2), Rates(), prepared, "one")


def workers_of(pid: int) -> list[str]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [child for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def wait_for(happened, seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_killed_experiment_takes_its_workers_along_and_is_taken_up_again(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    parent = subprocess.Popen([sys.executable, str(script), str(tmp_path / "out")], cwd=ROOT, env=environment)
    finished = tmp_path / "out/runs/flat_100-0.json"
    wait_for(lambda: finished.is_file() or parent.poll() is not None)
    workers = workers_of(parent.pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert workers
    wait_for(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers), 60)
    stamp = finished.stat().st_mtime_ns
    finished_jobs = {job for job in (0, 1) if (tmp_path / f"out/runs/flat_40-{job}.json").is_file()}
    assert len(run_all(str(tmp_path / "out"), 1)) == 11 * 2
    assert finished.stat().st_mtime_ns == stamp or 0 not in finished_jobs
