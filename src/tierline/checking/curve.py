"""The abstention curve: how much accuracy each share of answered statements has, when those of low score are left unanswered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

SCHEMA = pa.schema({"score_min": pa.float64(), "answered": pa.int64(), "coverage": pa.float64(), "accuracy": pa.float64()})


def abstention_curve(scores: Sequence[float], right: Sequence[bool], asked: int) -> pa.Table:
    """A row for each score that occurs, from the highest on: of `asked` statements the share that is answered where answers of a lower
    score are withheld (`coverage`), and the share of these that is right (`accuracy`). `scores` and `right` are of the answers
    `supported` and `refuted`; `not_enough` is none (selective classification, El-Yaniv and Wiener 2010)."""
    order = np.argsort(-np.asarray(scores, np.float64), kind="stable")
    ordered = np.asarray(scores, np.float64)[order]
    hits = np.cumsum(np.asarray(right, np.int64)[order])
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True)) if len(ordered) else np.empty(0, np.int64)
    counts = last + 1
    return pa.table(
        [pa.array(ordered[last]), pa.array(counts), pa.array(counts / max(1, asked)), pa.array(hits[last] / np.maximum(1, counts))],
        schema=SCHEMA,
    )


def coverage_at(curve: pa.Table, accuracy: float) -> tuple[float, float]:
    """(coverage, score_min) of the largest share that can be answered with at least this accuracy; (0, 1) if none can."""
    good = [row for row in curve.to_pylist() if row["accuracy"] >= accuracy]
    best = max(good, key=lambda row: row["coverage"], default=None)
    return (best["coverage"], best["score_min"]) if best else (0.0, 1.0)
