"""How many kinds of tampering verification finds and names, and how many healthy lakes it suspects."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.tampering.healthy import HEALTHY
from benchmarks.tampering.kinds import KINDS
from benchmarks.tampering.lake import SignedLake, crawl_in, make_lake
from tierline.lake import Lake
from tierline.lineage import verify


def measure(folder: Path) -> dict[str, float]:
    """Metrics `tampers`, `tampers_found`, `healthy_lakes` and `false_alarms`; what is amiss is told on standard error."""
    whole = make_lake(folder / "whole")
    found = suspected = 0
    for name, kind in KINDS.items():
        told = told_of(whole, folder / "copy", kind.tamper)
        found += any(line.startswith(kind.where) for line in told)
        if not any(line.startswith(kind.where) for line in told):
            print(f"not named: {name} ({kind.of}); said was {told[:3]}", file=sys.stderr)
    for name, change in HEALTHY.items():
        told = told_of(whole, folder / "copy", change)
        suspected += bool(told)
        if told:
            print(f"false alarm: {name}: {told[:3]}", file=sys.stderr)
    return {"tampers": len(KINDS), "tampers_found": found, "healthy_lakes": len(HEALTHY), "false_alarms": suspected}


def told_of(whole: SignedLake, folder: Path, change: Callable[[SignedLake], object]) -> list[str]:
    """What verification says of a copy that was changed."""
    copy = whole.copied(folder)
    try:
        with crawl_in(folder):
            change(copy)
            return [str(mismatch) for mismatch in verify(Lake(str(copy.path)))[0]]
    finally:
        shutil.rmtree(folder)
