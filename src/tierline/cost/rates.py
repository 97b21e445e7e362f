"""The lake's measurements of its own work: time, calls and tokens of each stage per token of text, with intervals over shards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tierline.advice import command
from tierline.errors import BadInput
from tierline.lake import WHOLE_LAKE, Lake
from tierline.sql import Models
from tierline.stages import BY_NAME

Floats = npt.NDArray[np.float64]
BASE = "l1_filtered"  # every rate is relative to its input: tokens of extracted text, before any rule
RESAMPLES, SEED, CONFIDENCE = 1_000, 7, 0.95


@dataclass(frozen=True, slots=True)
class Rate:
    """A ratio of sums over shards, with the ends of its 95% interval: percentiles of a bootstrap over shards (Efron 1979); equal to it
    where there is one shard."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> Rate:
        """For more of the same."""
        return Rate(self.value * factor, self.low * factor, self.high * factor)


@dataclass(frozen=True, slots=True)
class StageRate:
    """One stage. `basis` says what its calls grow with: "token", "shard" (a cap of the recipe) or "lake" (once)."""

    stage: str
    basis: str
    own_seconds: Rate  # for a token of the base, or in all where the basis is the lake
    calls: Rate  # for a token, for an item that a shard's cap lets in, or in all
    prompt_tokens: float  # for a call
    output_tokens: float
    call_seconds: float  # of the engine that answered so far
    kept: Rate  # tokens, for a token of the base


@dataclass(frozen=True, slots=True)
class Rates:
    """All stages in the order of the pipeline, and the data that they were measured on."""

    stages: tuple[StageRate, ...]
    shards: int
    tokens: int
    models: tuple[str, ...]
    tokens_per_byte: float | None  # of stored crawl files


def read_rates(lake: Lake, models: Models, caps: Mapping[str, int], order: Sequence[str]) -> Rates:
    """Rates of the stages in `order`; `caps`: items that the recipe lets a stage ask about in a shard. BadInput for an empty lake."""
    rows = models.run(lake, "stage_rates").to_pylist()
    base = {row["shard"]: row["tokens_in"] for row in rows if row["stage"] == BASE and row["tokens_in"]}
    if not base:
        raise BadInput(
            "holds no shard that went through L1, so nothing was measured", lake.root, f"{command('ingest', 'CRAWL=...')} a sample first"
        )
    spent = models.run(lake, "model_cost").to_pylist()
    found = [_stage(stage, [row for row in rows if row["stage"] == stage], base, caps, spent) for stage in order]
    stored = _bytes(lake, base)
    return Rates(
        tuple(rate for rate in found if rate),
        len(base),
        sum(base.values()),
        tuple(sorted({row["model"] for row in spent})),
        sum(base.values()) / stored if stored else None,
    )


def ratio(parts: Sequence[float], wholes: Sequence[float]) -> Rate:
    """Sum of parts over sum of wholes, both by shard; 0 if there is nothing to divide by."""
    above, below = np.asarray(parts, np.float64), np.asarray(wholes, np.float64)
    if below.sum() <= 0:
        return Rate(0.0, 0.0, 0.0)
    value = float(above.sum() / below.sum())
    drawn = np.random.default_rng(SEED).integers(0, len(above), (RESAMPLES, len(above)))
    sums: Floats = below[drawn].sum(axis=1)
    ratios = above[drawn].sum(axis=1)[sums > 0] / sums[sums > 0]
    low, high = np.quantile(ratios, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Rate(value, float(low), float(high))


def _stage(
    stage: str, rows: Sequence[Mapping[str, Any]], base: Mapping[str, int], caps: Mapping[str, int], spent: Sequence[Mapping[str, Any]]
) -> StageRate | None:
    if not rows:
        return None
    shared = [row for row in rows if row["shard"] == WHOLE_LAKE]
    own = [row for row in rows if row["shard"] in base]
    asked = [row for row in spent if row["stage"] == stage]
    calls = max(1, sum(row["calls"] - row["failed"] for row in asked))
    read, written, waited = (sum(row[name] for row in asked) / calls for name in ("prompt_tokens", "output_tokens", "seconds"))
    if shared:
        seconds, used = sum(row["own_seconds"] for row in shared), sum(row["calls"] for row in shared)
        if BY_NAME[stage].once:
            return StageRate(
                stage, "lake", Rate(seconds, seconds, seconds), Rate(used, used, used), read, written, waited, Rate(0.0, 0.0, 0.0)
            )
        whole = [sum(base.values())]
        return StageRate(
            stage, "token", ratio([seconds], whole), ratio([used], whole), read, written, waited, ratio([shared[0]["tokens_kept"]], whole)
        )
    tokens = [base[row["shard"]] for row in own]
    cap = caps.get(stage)
    wholes = tokens if cap is None else [min(cap, row["rows_in"]) for row in own]
    return StageRate(
        stage,
        "token" if cap is None else "shard",
        ratio([row["own_seconds"] for row in own], tokens),
        ratio([row["calls"] for row in own], wholes),
        read,
        written,
        waited,
        ratio([row["tokens_kept"] for row in own], tokens),
    )


def _bytes(lake: Lake, base: Mapping[str, int]) -> int:
    from tierline.crawl.registry import TABLE
    from tierline.tables.records import CRAWL_FILES

    rows = lake.delta.records(TABLE, CRAWL_FILES)
    known = {row["shard"] for row in rows}
    return sum(row["bytes"] for row in rows if row["shard"] in base) if set(base) <= known else 0
