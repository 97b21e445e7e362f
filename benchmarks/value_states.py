"""Measures states and confidences of values: how many are in each state, how many of those are true, and how far confidences are off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tierline.tables.l4 import VALUE_STATES
from training_scripts.calibration import measures
from training_scripts.fact_webs import HELD, references, webs
from training_scripts.fit_confidence import PROPERTIES, STANDING, judged, parted

WEBS_PER_SIZE = 5  # countries of the other scenarios for one web of each kind
Row = Mapping[str, Any]


def held_metrics(data: Path, size: int, seed: int) -> dict[str, float]:
    """`ece_held` and `brier_held` of the shipped confidences on webs of kinds, bases and properties that they were not fitted on, drawn by
    another seed than those on which the shipped file was measured; the same of what is not promoted and of each state."""
    _, held = parted(references(data / "kb"))
    rows: list[Row] = []
    truth: list[bool] = []
    for _, web in webs(HELD, held, max(1, size // WEBS_PER_SIZE), PROPERTIES, f"benchmark-{seed}"):
        values = judged(web).to_pylist()
        rows += values
        truth += map(web.is_true, values)
    found = measured(rows, truth)
    return {f"{name}_held": value for name, value in found.items()}


def scenario_states(stated: Mapping[str, Sequence[Row]], is_true: Callable[[str, Row], bool]) -> dict[str, float]:
    """The same of scenarios that were made to mislead: `values_<state>`, `true_<state>`, `ece_scenarios`, `brier_scenarios`."""
    rows = [row for own in stated.values() for row in own]
    truth = [is_true(name, row) for name, own in stated.items() for row in own]
    found = {f"{name}_scenarios": value for name, value in measured(rows, truth).items()}
    for state in VALUE_STATES:
        own = [true for row, true in zip(rows, truth, strict=True) if row["state"] == state]
        found |= {f"values_{state}": len(own)} | ({f"true_{state}": sum(own) / len(own)} if own else {})
    return found


def measured(rows: Sequence[Row], truth: Iterable[bool]) -> dict[str, float]:
    """`ece`, `brier`, and the first of what is not promoted and of each state."""
    confidence, true = np.array([row["confidence"] for row in rows], float), np.array([*truth], float)
    states = np.array([row["state"] for row in rows])
    whole = measures(confidence, true)
    parts = {"not_promoted": ~np.isin(states, STANDING)} | {state: states == state for state in VALUE_STATES}
    errors = {f"ece_{name}": measures(confidence[own], true[own])["ece"] for name, own in parts.items() if own.any()}
    return {"ece": whole["ece"], "brier": whole["brier"], "values": len(rows), "values_true": float(true.mean())} | errors
