"""Measures every scorer on the anchors: its AUC on each set, its drift since the last version, and the report."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tierline.judges.annotate import annotate
from tierline.judges.judge import PROMPT
from tierline.judges.prompt_judge import position_bias
from tierline.judges.rules import AnnotateRules
from tierline.judges.scales import load_scale
from tierline.lake import WHOLE_LAKE, Cost, Lake, StageResult, decision_table, history
from tierline.llm import ModelClient
from tierline.ranks import rank_correlation
from tierline.reliability.reliability import Reliability, measure_signal
from tierline.reliability.rules import ReliabilityRules
from tierline.reliability.signals import Scored, judged
from tierline.tables import TABLES, content_id

Floats = npt.NDArray[np.float64]
STAGE = "l2_reliability"


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier promoted measurement: its rows of `l2_reliability`, and the anchors' scores behind them."""

    measured: Mapping[tuple[str, str], Mapping[str, Any]]  # by signal and set
    scores: Mapping[tuple[str, str], float]  # by signal and anchor


def read_earlier(lake: Lake, activity_id: str) -> Earlier:
    """The last promoted measurement by an activity other than this one, so that a replay sees what the first run saw."""
    for state in history(lake, STAGE, WHOLE_LAKE):
        if state.promoted and state.manifest.activity_id != activity_id:
            rows = lake.read_manifest(state.manifest).to_pylist()
            scored = next(
                one for one in history(lake, "l2_anchor_scores", WHOLE_LAKE) if one.manifest.activity_id == state.manifest.activity_id
            )
            scores = lake.read_manifest(scored.manifest).to_pylist()
            return Earlier(
                {(row["signal"], row["set"]): row for row in rows}, {(row["signal"], row["anchor_id"]): row["score"] for row in scores}
            )
    return Earlier({}, {})


def ask_judges(documents: pa.Table, client: ModelClient, asking: AnnotateRules) -> tuple[dict[str, Scored], dict[str, float]]:
    """The language model's judgments of all anchors (in the form of documents); the position bias of
    each prompt, by signal."""
    everyone = annotate(documents, client, replace(asking, sample_per_shard=documents.num_rows))
    version = content_id("judges", asking.prompt_sha256, client.card("").model_digest)
    annotations = pa.Table.from_batches(everyone.tables["l2_annotations"].to_batches(), pa.schema(TABLES["l2_annotations"].columns))
    return judged(documents, annotations, version), position_biases(annotations)


def position_biases(annotations: pa.Table) -> dict[str, float]:
    """By signal, from rows of `l2_annotations`: `position_bias` of each prompt's readings of whole texts."""
    found: dict[str, float] = {}
    for judge in sorted({name for name in annotations["judge"].to_pylist() if name.startswith(PROMPT)}):
        own = annotations.filter(pc.equal(annotations["judge"], judge))
        signal = judge.partition("@")[0]
        outputs = [json.loads(text)["whole"] for text in own["raw_output"].to_pylist()]
        found[signal] = position_bias(outputs, load_scale(signal.removeprefix(PROMPT)))
    return found


def measure_scorers(
    anchors: pa.Table,
    lengths: Floats,
    signals: Mapping[str, Scored],
    earlier: Earlier,
    rules: ReliabilityRules,
    cost: Cost | None = None,
    biases: Mapping[str, float] | None = None,
) -> StageResult:
    """`l2_reliability`: one row for each signal and anchor set; `l2_anchor_scores`: the scores behind it.

    `anchors` are rows of `l2_anchors`, `lengths` (tokens) and the scores in their order; `biases` of position by signal. A signal without
    weight is dropped in the ledger with the reason. A changed version is compared with the earlier one by Spearman's rank correlation of
    their scores.
    """
    ids, sets = np.array(anchors["anchor_id"].to_pylist()), np.array(anchors["set"].to_pylist())
    version = anchors["version"][0].as_py() if anchors.num_rows else ""
    labels, groups = anchors["label"].to_numpy(), anchors["group"].to_pylist()
    rows: list[dict[str, Any]] = []
    for name in sorted(signals):
        for part in sorted(set(sets.tolist())):
            own = np.flatnonzero(sets == part)
            found = measure_signal(labels[own], signals[name].scores[own], lengths[own], [groups[row] for row in own], rules)
            drift = _drift(name, part, ids[own], signals[name], own, found, earlier)
            bias = {"position_bias": (biases or {}).get(name)}
            rows.append(_row(name, part, version, signals[name].version, found) | bias | drift)
    tables = {
        STAGE: pa.Table.from_pylist(rows, schema=pa.schema(TABLES[STAGE].columns)),
        "l2_anchor_scores": pa.Table.from_pylist(
            list(_anchor_scores(ids.tolist(), signals)), schema=pa.schema(TABLES["l2_anchor_scores"].columns)
        ),
    }
    return StageResult(tables, {STAGE: (len(rows), decision_table(_decide(row) for row in rows))}, cost or Cost())


def weights(measured: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """set -> signal -> weight, of rows of `l2_reliability`."""
    found: dict[str, dict[str, float]] = {}
    for row in measured:
        found.setdefault(row["set"], {})[row["signal"]] = row["weight"]
    return found


def report(measured: Sequence[Mapping[str, Any]]) -> str:
    """Markdown: one table per set, the most reliable signal first, then every signal without weight, with the reason."""
    lines: list[str] = []
    for part in sorted({row["set"] for row in measured}):
        own = sorted((row for row in measured if row["set"] == part), key=lambda row: (-row["weight"], row["signal"]))
        lines += [f"**{part}**, {max(row['n'] for row in own)} texts", ""]
        lines += ["| signal | AUC | length-controlled AUC | length bias | weight |", "|---|---|---|---|---|"]
        lines += [f"| {' | '.join(_cells(row))} |" for row in own]
        lines += ["", *(f"- {row['signal']} has no weight: {row['reason']}" for row in own if not row["weight"])]
        positions = {row["signal"]: row["position_bias"] for row in own if row["position_bias"] is not None}
        lines += [f"- {name}: a level gains {bias:+.3f} by standing last; both orders take that out" for name, bias in positions.items()]
        lines += [""]
    drifted = [row for row in measured if row["previous_version"]]
    lines += [f"- {row['signal']} on {row['set']}: {row['previous_version']} -> {row['scorer_version']}, {_change(row)}" for row in drifted]
    return "\n".join(lines)


def _row(signal: str, part: str, anchors_version: str, scorer_version: str, found: Reliability) -> dict[str, Any]:
    measured = {name: getattr(found, name) for name in Reliability.__slots__}
    return {
        "measurement_id": content_id("rel", signal, part, anchors_version, scorer_version),
        "signal": signal,
        "set": part,
        "anchors_version": anchors_version,
        "scorer_version": scorer_version,
        **{name: None if isinstance(value, float) and math.isnan(value) else value for name, value in measured.items()},
    }


def _drift(
    signal: str, part: str, ids: npt.NDArray[np.str_], scored: Scored, own: npt.NDArray[np.int64], found: Reliability, earlier: Earlier
) -> dict[str, Any]:
    before = earlier.measured.get((signal, part))
    if before is None or before["scorer_version"] == scored.version:
        return dict.fromkeys(("previous_version", "previous_weight", "previous_auc", "rank_correlation"))
    old = np.array([earlier.scores.get((signal, anchor), math.nan) for anchor in ids.tolist()])
    new = scored.scores[own]
    both = ~np.isnan(old) & ~np.isnan(new)
    return {
        "previous_version": before["scorer_version"],
        "previous_weight": before["weight"],
        "previous_auc": before["auc"],
        "rank_correlation": rank_correlation(old[both], new[both]),
    }


def _anchor_scores(ids: Sequence[str], signals: Mapping[str, Scored]) -> Iterator[dict[str, Any]]:
    for name, scored in sorted(signals.items()):
        for anchor, score in zip(ids, scored.scores.tolist(), strict=True):
            if not math.isnan(score):
                key = {"anchor_id": anchor, "signal": name, "scorer_version": scored.version}
                yield {"score_id": content_id("ans", *key.values()), **key, "score": score}


def _decide(row: Mapping[str, Any]) -> dict[str, Any]:
    shared = {"row_id": row["measurement_id"], "value": row["auc_length_controlled_lo"]}
    if row["weight"]:
        return shared | {"outcome": "kept"}
    return shared | {"outcome": "dropped", "rule": "reliability:no_weight", "detail": row["reason"]}


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    bias = "-" if row["length_bias"] is None else f"{row['length_bias']:+.2f}"
    return row["signal"], _interval(row, "auc"), _interval(row, "auc_length_controlled"), bias, f"{row['weight']:.2f}"


def _interval(row: Mapping[str, Any], name: str) -> str:
    return "-" if row[name] is None else f"{row[name]:.3f} ({row[f'{name}_lo']:.3f} to {row[f'{name}_hi']:.3f})"


def _change(row: Mapping[str, Any]) -> str:
    correlation = "no ranks to compare" if row["rank_correlation"] is None else f"rank correlation {row['rank_correlation']:.3f}"
    known = row["auc"] is not None and row["previous_auc"] is not None
    return correlation + (f", AUC {row['previous_auc']:.3f} -> {row['auc']:.3f}" if known else "")
