"""Chooses the token values that `tierline allocate` takes from a training experiment: those that its intervals tell from 1."""

from __future__ import annotations

from pathlib import Path

from tierline.training.evidence import read_evidence
from tierline.training.statistics import Interval


def measured_token_values(folder: str | Path) -> list[str]:
    """As NAME=X, of a tier or a form: how many tokens of the flat mix one of its tokens replaces. What the interval does not tell from 1,
    the value of what was not measured, is left out. BadInput where the folder holds no attribution."""
    found = read_evidence(folder).token_values
    return [f"{name}={own.value}" for name, own in found.items() if not _beyond_one(own).within_noise]


def _beyond_one(own: Interval) -> Interval:
    return Interval(own.value - 1, own.low - 1, own.high - 1, own.pairs)
