"""Reports which documents of a shard entered or left L2 since the previously promoted selection, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from tierline.display import TextTable
from tierline.errors import NotWritten
from tierline.lake import Lake, Manifest, StageResult, State, as_of, decision_table, history
from tierline.stages import BY_NAME
from tierline.tables import TABLES
from tierline.tables.tiers import Tier

SELECTION = "l2_selected"
COMPARED = ("outcome", "rule", "value", "threshold")


@dataclass(frozen=True, slots=True)
class Selection:
    """One selection of a shard: the decision about each document (rows of the ledger), and its usefulness."""

    activity_id: str
    written_at: datetime
    decisions: Mapping[str, Mapping[str, Any]]
    usefulness: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two selections of a shard, the earlier one absent if there is none, and the causes of their difference."""

    before: Selection | None
    after: Selection
    causes: tuple[str, ...]
    inputs: dict[str, str]


def read_comparison(lake: Lake, shard: str) -> Comparison:
    """The present selection and the last promoted one with other rows. Raises NotWritten, NotPromoted."""
    _, manifest = lake.read_promoted(SELECTION, shard, ["doc_id"])
    present, *earlier = history(lake, SELECTION, shard)
    before = next((state for state in earlier if state.promoted), None)
    after = _selection(lake, shard, present)
    inputs = {f"{SELECTION}/{shard}": manifest.digest}
    if before is None:
        return Comparison(None, after, (), inputs)
    past = as_of(lake, before.written_at)
    inputs[f"{SELECTION}/{shard}/before"] = before.manifest.digest
    return Comparison(_selection(past, shard, before), after, tuple(dict.fromkeys(causes(past, lake, SELECTION, shard))), inputs)


def causes(before: Lake, after: Lake, stage: str, shard: str) -> Iterator[str]:
    """Differences between two states of a stage, followed through its inputs as far as they differ: "thresholds of l2_selected"."""
    old, new = _activity(before, stage, shard), _activity(after, stage, shard)
    if old is None or new is None:
        return
    for column, name in (("parameters", "thresholds"), ("model_digest", "model"), ("prompt_sha256", "prompts"), ("code_version", "code")):
        if old[column] != new[column]:
            yield f"{name} of {stage}"
    earlier: dict[str, str] = json.loads(old["inputs"])
    for name, digest in json.loads(new["inputs"]).items():
        table, _, place = name.partition("/")
        if digest == earlier.get(name):
            continue
        stage_above = TABLES[table].stage if table in TABLES else ""
        known = stage_above != stage and stage_above in BY_NAME and BY_NAME[stage_above].tier == Tier.L2
        found = list(causes(before, after, stage_above, place)) if known else []
        yield from found or [f"rows of {table}"]


def compare(comparison: Comparison) -> StageResult:
    """`l2_selection_diff`: one row for each document that entered or left L2, and one
    row of `l2_selection_diff_shards` for the shard.

    Documents that only one of the selections saw are not compared. Agreement is the share of documents on the same side; Cohen's
    kappa corrects it for chance (Cohen 1960), null if both selections put all on one side.
    """
    before, after = comparison.before, comparison.after
    common = sorted(after.decisions.keys() & before.decisions.keys()) if before else []
    moved = [_moved(doc_id, before, after) for doc_id in common if before and _kept(before, doc_id) != _kept(after, doc_id)]
    schema = {name: pa.schema(TABLES[name].columns) for name in ("l2_selection_diff", "l2_selection_diff_shards")}
    tables = {
        "l2_selection_diff": pa.Table.from_pylist(moved, schema=schema["l2_selection_diff"]),
        "l2_selection_diff_shards": pa.Table.from_pylist([_summary(comparison, common, moved)], schema=schema["l2_selection_diff_shards"]),
    }
    changed = {row["doc_id"] for row in moved}
    decisions = decision_table(
        {"row_id": doc_id, "outcome": "kept"} if doc_id in changed else {"row_id": doc_id, "outcome": "dropped", "rule": "moved:same_side"}
        for doc_id in common
    )
    return StageResult(tables, {"l2_selection_diff": (len(common), decisions)})


def cohens_kappa(before: Sequence[bool], after: Sequence[bool]) -> float | None:
    """(observed - expected agreement) / (1 - expected agreement) of two yes/no judgments of the same items."""
    if not before:
        return None
    observed = sum(old == new for old, new in zip(before, after, strict=True)) / len(before)
    old_yes, new_yes = sum(before) / len(before), sum(after) / len(after)
    expected = old_yes * new_yes + (1 - old_yes) * (1 - new_yes)
    return None if expected == 1 else (observed - expected) / (1 - expected)


def read_selection_diff(lake: Lake, shard: str | None = None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(rows of `l2_selection_diff_shards`, rows of `l2_selection_diff`) of one shard or of all.

    Shards whose selection never changed are left out.
    """
    wanted = [manifest.shard for manifest in lake.manifests("l2_selection_diff") if shard in (None, manifest.shard)]
    if shard and not wanted:
        raise NotWritten("has not been written", f"l2_selection_diff/{shard}", "materialize l2_selection_diff for it")
    summaries = [row for name in wanted for row in lake.read("l2_selection_diff_shards", name).to_pylist() if row["before_activity_id"]]
    return summaries, [row for name in wanted for row in lake.read("l2_selection_diff", name).to_pylist()]


def summary_table(summaries: Sequence[Mapping[str, Any]]) -> TextTable:
    """Rows of `l2_selection_diff_shards` for people."""
    heads = ("shard", "promoted", "demoted", "compared", "agreement", "kappa", "causes")
    rows = [
        (
            row["shard"],
            *(f"{row[name]:,}" for name in ("promoted", "demoted", "compared")),
            *(_score(row[name]) for name in ("agreement", "kappa")),
            ", ".join(row["causes"]) or "no known cause",
        )
        for row in summaries
    ]
    return TextTable(heads, rows, frozenset({6}))


def moves_table(moved: Sequence[Mapping[str, Any]], each: int) -> TextTable:
    """Rows of `l2_selection_diff` for people: of each shard the `each` documents whose usefulness changed most."""
    heads = ("shard", "direction", "document", "before", "after", "usefulness before", "after")
    rows: list[tuple[str, ...]] = []
    for shard in dict.fromkeys(row["shard"] for row in moved):
        own = sorted((row for row in moved if row["shard"] == shard), key=_size, reverse=True)
        rows += [
            (
                shard,
                row["direction"],
                row["doc_id"],
                *(row[name] or "kept" for name in ("rule_before", "rule_after")),
                *(_score(row[name]) for name in ("usefulness_before", "usefulness_after")),
            )
            for row in own[:each]
        ]
    return TextTable(heads, rows, frozenset({1, 2, 3, 4}))


def _selection(lake: Lake, shard: str, state: State) -> Selection:
    decisions = {row["row_id"]: row for row in lake.decisions(SELECTION, shard).to_pylist()}
    try:
        scores = lake.read("l2_scores", shard, ["doc_id", "usefulness"]).to_pylist()
    except NotWritten:
        scores = []
    manifest: Manifest = state.manifest
    return Selection(manifest.activity_id, state.written_at, decisions, {row["doc_id"]: row["usefulness"] for row in scores})


def _activity(lake: Lake, stage: str, shard: str) -> dict[str, Any] | None:
    return next(iter(lake.activities(stage, shard).to_pylist()), None)


def _kept(selection: Selection, doc_id: str) -> bool:
    return selection.decisions[doc_id]["outcome"] == "kept"


def _moved(doc_id: str, before: Selection, after: Selection) -> dict[str, Any]:
    row: dict[str, Any] = {"doc_id": doc_id, "parents": [doc_id], "direction": "promoted" if _kept(after, doc_id) else "demoted"}
    for name, selection in (("before", before), ("after", after)):
        row |= {f"{column}_{name}": selection.decisions[doc_id][column] for column in COMPARED}
        row[f"usefulness_{name}"] = selection.usefulness.get(doc_id)
    return row


def _summary(comparison: Comparison, common: list[str], moved: list[dict[str, Any]]) -> dict[str, Any]:
    before, after = comparison.before, comparison.after
    sides = [[_kept(selection, doc_id) for doc_id in common] for selection in (before, after) if selection]
    return {
        "after_activity_id": after.activity_id,
        "before_activity_id": before.activity_id if before else None,
        "before_written_at": before.written_at if before else None,
        "causes": list(comparison.causes),
        "compared": len(common),
        "promoted": sum(row["direction"] == "promoted" for row in moved),
        "demoted": sum(row["direction"] == "demoted" for row in moved),
        "agreement": 1 - len(moved) / len(common) if common else None,
        "kappa": cohens_kappa(*sides) if before else None,
    }


def _size(row: Mapping[str, Any]) -> tuple[float, str]:
    before, after = row["usefulness_before"], row["usefulness_after"]
    return (0.0 if before is None or after is None else abs(after - before), row["doc_id"])


def _score(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
