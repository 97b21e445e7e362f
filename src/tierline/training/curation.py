"""What the tiers cost beside training: the seconds of the stages above L1, and the model size from which they pay."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tierline.errors import BadInput
from tierline.training.arms import FLAT, at
from tierline.training.experiment import Run

CURATED = ("l2_", "l3_", "l4_")  # stages that a flat mix does not need


@dataclass(frozen=True, slots=True)
class Curation:
    """`seconds` of the stages that make L2 to L4 of the whole pool, `model_seconds` of them in language models; `training` the processor
    seconds of one run of the flat mix with its whole budget."""

    seconds: float
    model_seconds: float
    training: float

    @property
    def share(self) -> float:
        """Of what curation and one such run cost together."""
        return self.seconds / (self.seconds + self.training)

    def pays_from(self, ratio: float) -> float | None:
        """How many times as dear as here a run must be, by more parameters or more tokens of the same pool, for what is saved at a compute
        ratio to exceed what curation cost; None if nothing is saved."""
        return self.seconds / ((1 - ratio) * self.training) if ratio < 1 else None


def read_curation(report: str | Path) -> dict[str, float]:
    """{"seconds", "model_seconds"} of the stages above L1, from the report that the corpus' maker leaves beside it. BadInput if it is
    none."""
    try:
        stages: dict[str, dict[str, Any]] = json.loads(Path(report).read_text("utf-8"))["stages"]
        own = [stage for name, stage in stages.items() if name.startswith(CURATED)]
        return {name: float(sum(stage[name] for stage in own)) for name in ("seconds", "model_seconds")}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"is not a corpus report ({type(error).__name__})", str(report)) from None


def curation_of(stages: dict[str, float], runs: Sequence[Run]) -> Curation | None:
    """From a corpus report's stages and the runs; None without either."""
    own = [run for run in runs if run["arm"] == at(FLAT, 1.0)]
    if not stages or not own:
        return None
    return Curation(stages["seconds"], stages["model_seconds"], sum(run["train_seconds"] for run in own) / len(own))
