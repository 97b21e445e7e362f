"""Model servers that are dead, slow, hanging, dripping, failing or lying, from the beginning of a run or in the middle of it."""

from __future__ import annotations

from benchmarks.faulting.fault import Fault, Scene
from benchmarks.faulting.processes import Run

ABSENT = "no model answers|connect|refused|does not answer|server|outage|model"
LIES = ("garbage", "nan", "positive", "usage", "surrogate", "deep", "huge")


def server(fault: str, after: int = 0, step: str = "") -> Fault:
    """The server behaves so from the question with this number on, and well again after the run."""
    kind = f"model server {fault.partition(':')[0]}"
    detail = f"{fault.partition(':')[2]} from question {after}"

    def misbehave(scene: Scene, run: Run | None = None) -> None:
        scene.model.misbehave(fault, after)

    def behave(scene: Scene) -> None:
        scene.model.behave()

    if step:
        return Fault(kind, ABSENT, step, strike=misbehave, lift=behave, detail=detail)
    lies = kind.endswith("lying")
    return Fault(kind, ABSENT, prepare=misbehave, lift=behave, silent=not lies, detail=detail)
