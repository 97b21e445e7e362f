"""Measures of calibration: how far probabilities are from how often things turn out true."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

BINS = 12
Floats = npt.NDArray[np.float64]


def bins_of(confidence: Floats, truth: Floats, number: int = BINS) -> list[dict[str, float]]:
    """{confidence, true, values} of bins of about equal mass, in order of confidence; equal confidences stay in one bin."""
    if not len(confidence):
        return []
    order = np.argsort(confidence, kind="stable")
    edges = np.unique(np.searchsorted(confidence[order], confidence[order][np.linspace(0, len(order) - 1, number + 1).astype(int)[1:-1]]))
    parts = [part for part in np.split(order, edges) if len(part)]
    return [{"confidence": float(confidence[part].mean()), "true": float(truth[part].mean()), "values": len(part)} for part in parts]


def measures(confidence: Floats, truth: Floats) -> dict[str, Any]:
    """`ece`, the expected calibration error over bins of equal mass (Naeini et al., AAAI 2015), `brier` score, `true` share, `values`."""
    bins = bins_of(confidence, truth)
    ece = sum(one["values"] * abs(one["confidence"] - one["true"]) for one in bins) / max(1, len(truth))
    brier = float(np.mean((confidence - truth) ** 2)) if len(truth) else 0.0
    return {"ece": ece, "brier": brier, "true": float(truth.mean()) if len(truth) else 0.0, "values": len(truth), "bins": bins}
