"""Two commands that begin one history of runs at the same moment leave it whole."""

import subprocess
import sys

OPEN = """
import sys
from tier_assets.instance import open_instance
print("ready", flush=True)
sys.stdin.readline()
with open_instance() as instance:
    instance.get_runs_count()
"""


def test_processes_that_begin_a_history_at_once_do_not_break_it(dagster_home):
    state = dagster_home / "dagster"
    processes = [
        subprocess.Popen([sys.executable, "-c", OPEN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.communicate(timeout=120)[1] for process in processes] == [""] * 3
    assert (state / "history" / "runs.db").exists()
