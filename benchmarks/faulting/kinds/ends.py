"""Processes that end early: killed at any moment or before a commit point, with what was not synced lost, stopped, out of memory."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

from benchmarks.faulting.fault import Fault, Scene
from benchmarks.faulting.inside import Inside, file_states, lose_power
from benchmarks.faulting.processes import Run, children_of

SPARE_MEMORY = 24 << 20  # bytes that a run may still get before it is out of memory


def kill(step: str) -> Fault:
    """SIGKILL at a random moment of a step."""
    return Fault("kill", during=step, somewhere=True, strike=_kill, killed=True)


def stop(step: str) -> Fault:
    """SIGTERM at a random moment of a step, as a service manager stops it."""
    return Fault("stop", "stop|end|interrupt|terminat|signal", step, True, strike=_stop, killed=True)


def kill_at_commit(point: int) -> Fault:
    """SIGKILL before something becomes durable."""
    return Fault("kill at a commit", inside=lambda scene: Inside(str(scene.place.lake), die_at=point), killed=True, detail=f"point {point}")


def power_loss(step: str) -> Fault:
    """SIGKILL, and what was not synced to the disk is lost or half there."""
    return Fault(
        "power loss", during=step, somewhere=True, prepare=_remember, inside=_with_syncs, strike=_kill, lift=_lose_unsynced, killed=True
    )


def kill_model(step: str) -> Fault:
    """The process that holds the model is killed while it is asked, as the system does when memory is short."""
    return Fault("model process killed", "model's process has ended|ModelLost", step, strike=_kill_children, silent=True)


def out_of_memory(step: str) -> Fault:
    """The run gets no more memory."""
    return Fault("out of memory", "memory|MemoryError|malloc|bad_alloc|alloc", step, strike=_limit_memory, killed=True)


def _kill(scene: Scene, run: Run) -> None:
    run.signal(signal.SIGKILL)


def _stop(scene: Scene, run: Run) -> None:
    run.signal(signal.SIGTERM)


def _kill_children(scene: Scene, run: Run) -> bool:
    for _ in range(200):
        found = children_of(run.pid)
        for child in found:
            os.kill(child, signal.SIGKILL)
        if found or run.process.exitcode is not None:
            return bool(found)
        run.process.join(0.01)
    return False


def _limit_memory(scene: Scene, run: Run) -> None:
    used = int(Path(f"/proc/{run.pid}/statm").read_text().split()[0]) * resource.getpagesize()
    resource.prlimit(run.pid, resource.RLIMIT_AS, (used + SPARE_MEMORY, resource.RLIM_INFINITY))


def _remember(scene: Scene) -> None:
    scene.notes["before"] = file_states(scene.place.lake)


def _with_syncs(scene: Scene) -> Inside:
    return Inside(str(scene.place.lake), syncs=f"{scene.output}.syncs")


def _lose_unsynced(scene: Scene) -> None:
    syncs = scene.output.with_name(f"{scene.output.name}.syncs")
    lose_power(scene.place.lake, scene.notes["before"], syncs, scene.draw.choice)  # type: ignore[arg-type]
