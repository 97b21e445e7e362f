"""Decides which student may score: the newest if its gate passed, else the last that passed and still would, else none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tierline.gates.judge import still_passes
from tierline.gates.suite import GateRules
from tierline.lake import WHOLE_LAKE, Lake, history

STAGE = "l2_student"


@dataclass(frozen=True, slots=True)
class ActiveStudent:
    """A row of `l2_student` or None, its record for an activity, and a description of which one it is."""

    student: dict[str, Any] | None
    inputs: dict[str, str]
    said: str


def active_student(lake: Lake, features: str, rules: GateRules) -> ActiveStudent:
    """The student that may score documents whose features are named `features`. A refused one does not score."""
    for age, state in enumerate(history(lake, STAGE, WHOLE_LAKE)):
        if not state.promoted:
            continue
        row: dict[str, Any] = lake.read_manifest(state.manifest).to_pylist()[0]
        if row["features"] == features and (age == 0 or still_passes(lake, STAGE, state, rules)):
            said = row["student_id"] if age == 0 else f"{row['student_id']}, promoted earlier: the newest student was refused by its gate"
            return ActiveStudent(row, {f"{STAGE}/{WHOLE_LAKE}": state.manifest.digest}, said)
    return ActiveStudent(None, {f"{STAGE}/{WHOLE_LAKE}": ""}, "none: no student has passed its gate, the other signals score alone")
