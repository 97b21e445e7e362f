"""What the benchmark of the service says of its processes."""

import os

import psutil
import pytest

from benchmarks.service import Watch, role_of


@pytest.mark.parametrize(
    ("command", "role"),
    [
        ("python -m dagster code-server start --socket /tmp/x", "code_server"),
        ("python -m dagster api grpc --lazy-load-user-code --socket /tmp/x", "code_server"),
        ("python -m dagster_webserver --port 3000 --code-server-log-level warning", "webserver"),
        ("python -m dagster._daemon run --code-server-log-level warning", "daemon"),
        ("python -m dagster dev --port 3000", ""),
        ("python -B -c from multiprocessing.spawn import spawn_main", ""),
    ],
)
def test_a_process_is_known_by_its_command_line(command, role):
    assert role_of(command) == role


def test_growth_is_told_of_what_a_process_holds_once_it_has_settled():
    watch = Watch(psutil.Process(os.getpid()))
    watch.samples["daemon"] = [(second, 100.0 if second < 30 else 170 + second / 60) for second in range(100)]
    found = watch.metrics()
    assert found["daemon_mb_per_hour"] == pytest.approx(60) and found["daemon_mb_settled"] == 170.5
