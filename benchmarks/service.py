"""The service of `make ui` as a process of a benchmark: started, watched and stopped like a person's."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
ROLES = {
    "webserver": ("-m dagster_webserver",),
    "daemon": ("-m dagster._daemon",),
    "code_server": ("dagster code-server start", "dagster api grpc"),
}
STOP_SECONDS = 60
SETTLED = 0.3  # of the samples: what a process loads when it begins is no growth
MEGABYTE = 1 << 20


@dataclass(slots=True)
class Watch:
    """Memory of the processes of each role, over time."""

    root: psutil.Process
    samples: dict[str, list[tuple[float, float]]] = field(default_factory=dict[str, list[tuple[float, float]]])

    def look(self) -> None:
        """One sample of each role: seconds, and MB of all its processes together."""
        held = dict.fromkeys(ROLES, 0.0)
        for process in self.root.children(recursive=True):
            try:
                role = role_of(" ".join(process.cmdline()))
                if role:
                    held[role] += process.memory_info().rss / MEGABYTE
            except psutil.Error:
                continue  # it has ended since
        now = time.monotonic()
        for role, size in held.items():
            if size:
                self.samples.setdefault(role, []).append((now, size))

    def metrics(self) -> dict[str, float]:
        """Of each role the memory at the beginning and at the end, and its growth in MB an hour once it has settled."""
        from scipy.stats import theilslopes

        found: dict[str, float] = {}
        for role, samples in self.samples.items():
            later = samples[int(len(samples) * SETTLED) :]
            times, sizes = [moment for moment, _ in later], [size for _, size in later]
            found |= {f"{role}_mb_settled": sizes[0], f"{role}_mb_end": sizes[-1]}
            found[f"{role}_mb_per_hour"] = float(theilslopes(sizes, times)[0]) * 3600 if len(later) > 1 else 0.0
        return found


def role_of(command: str) -> str:
    """What a process does for the service, by its command line; empty for runs, and whatever else it has started."""
    return next((role for role, words in ROLES.items() if any(word in command for word in words)), "")


@contextmanager
def service(environment: Mapping[str, str], log: Path) -> Iterator[Watch]:
    """`python -m ui` on a free port, until the block ends; what it prints goes to the log."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "ui", "--host", "127.0.0.1", "--port", str(port)]
    with (
        log.open("w") as printed,
        subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stdout=printed, stderr=printed, start_new_session=True
        ) as process,
    ):
        try:
            yield Watch(psutil.Process(process.pid))
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
