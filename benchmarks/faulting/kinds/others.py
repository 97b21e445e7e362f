"""Others who work on the same lake, and a clock that is wrong."""

from __future__ import annotations

from benchmarks.faulting.fault import Fault, Scene
from benchmarks.faulting.inside import Inside
from benchmarks.faulting.processes import Run, start_ingest, start_job

DAYS = 86_400.0
OTHER_STATE = "dagster-of-another"  # as another machine has one


def same_crawl(step: str, own_state: bool) -> Fault:
    """A second ingest of the same crawl begins within a step: with the same Dagster state it is refused, from elsewhere it is not."""

    def begin(scene: Scene, run: Run) -> None:
        _start(scene, str(scene.crawl.second), OTHER_STATE if own_state else "dagster")

    return Fault("two ingests of one crawl" if not own_state else "two writers of a shard", BUSY, step, strike=begin, lift=_wait)


def other_crawl(step: str) -> Fault:
    """An ingest of another crawl on the same lake, from elsewhere."""

    def begin(scene: Scene, run: Run) -> None:
        _start(scene, str(scene.crawl.third), OTHER_STATE)

    return Fault("two ingests of two crawls", BUSY, step, strike=begin, lift=_wait)


def daemon_run(step: str) -> Fault:
    """A run of the same shard, as the daemon starts it for a sensor."""

    def begin(scene: Scene, run: Run) -> None:
        output = scene.output.with_name(f"{scene.output.name}-beside")
        scene.others.append(
            start_job(scene.place.environment(scene.model.url), "run_shard", scene.place.shard_of(scene.crawl.second), output)
        )

    return Fault("ingest beside the daemon", BUSY, step, strike=begin, lift=_wait)


def wrong_clock(seconds: float) -> Fault:
    """The run believes that it is another day."""
    return Fault(
        "clock set back" if seconds < 0 else "clock set forward",
        "clock|time",
        inside=lambda scene: Inside(clock=seconds),
        detail=f"{seconds / DAYS:+.1f} days",
    )


BUSY = "another|is running|lock|wait|meanwhile|changed|newer|refused|somebody"


def _start(scene: Scene, crawl: str, state: str) -> None:
    (scene.place.root / state).mkdir(exist_ok=True)
    output = scene.output.with_name(f"{scene.output.name}-beside")
    scene.others.append(start_ingest(scene.place.environment(scene.model.url, state), [crawl], output))


def _wait(scene: Scene) -> None:
    """Its end is part of the fault."""
