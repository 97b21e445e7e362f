"""What people see of the values behind facts: how many are in each state, how sure they are, and how far that can be relied on."""

from typing import Any

import dagster as dg
import numpy as np

from tier_assets.metadata import figure_markdown
from tierline.knowledge.confidence import reliability
from tierline.lake import StageResult
from tierline.lake.external_sort import scan
from tierline.tables.l4 import VALUE_STATES

STATE_COLORS = ("#2e7d4f", "#7aa37f", "#b0b7bf", "#d9a441", "#b3403a", "#6c5b7b")  # in the order of the states
BINS = 20


def describe_values(result: StageResult) -> dict[str, Any]:
    """Counts of values by state, the mean confidence of each, and a picture: the reliability of confidences on reference facts that were
    held apart, beside the confidences of these values."""
    found = {state: list[float]() for state in VALUE_STATES}
    for batch in scan(result.tables["l4_values"], ["state", "confidence"]):
        for row in batch.to_pylist():
            found[row["state"]].append(row["confidence"])
    held = reliability()
    means = {f"confidence_{state}": float(np.mean(own)) for state, own in found.items() if own}
    return {
        **{f"values_{state}": len(own) for state, own in found.items()},
        **means,
        "confidence_ece_held": held["held"]["ece"],
        "confidence_brier_held": held["held"]["brier"],
        "confidence": _picture(found, held),
        "confidence_by_state": _table(held["states"]),
    }


def _picture(found: dict[str, list[float]], held: dict[str, Any]) -> dg.MarkdownMetadataValue:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 3.4), dpi=90, layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot([0, 1], [0, 1], color="#b0b7bf", linewidth=0.8)
    for name, own, color in (("not promoted", held["not_promoted"], "#d9a441"), ("all", held["held"], "#3b6ea5")):
        points = own["bins"]
        sizes = [8 + 60 * point["values"] / own["values"] for point in points]
        xs, ys = ([point[axis] for point in points] for axis in ("confidence", "true"))
        left.plot(xs, ys, color=color, linewidth=0.8)
        left.scatter(xs, ys, s=sizes, color=color, label=f"{name}: error {own['ece']:.3f} of {own['values']:,} values")
    left.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="share that is true")
    left.set_title("on reference facts held apart", fontsize=9)
    left.legend(fontsize=7, loc="upper left")
    states = [state for state in VALUE_STATES if found[state]]
    colors = [STATE_COLORS[VALUE_STATES.index(state)] for state in states]
    right.hist([found[state] for state in states] or [[]], bins=np.linspace(0, 1, BINS + 1).tolist(), stacked=True, color=colors or None,
               label=[f"{state} ({len(found[state]):,})" for state in states] or None)  # fmt: skip
    right.set(xlim=(0, 1), xlabel="confidence", ylabel="values")
    right.set_title("of this lake", fontsize=9)
    if states:
        right.legend(fontsize=7)
    for axes in (left, right):
        axes.tick_params(labelsize=7)
    return figure_markdown(figure, "reliability of confidences on reference facts held apart, and confidences of this lake's values")


def _table(states: dict[str, Any]) -> dg.TableMetadataValue:
    """How confidences did on reference facts held apart, by state."""
    records = [
        dg.TableRecord({"state": state} | {name: own[name] for name in ("values", "true", "ece", "brier")})
        for state, own in states.items()
        if own
    ]
    columns = [
        dg.TableColumn("state", description="state of the values"),
        dg.TableColumn("values", "int", description="values about reference facts that were held apart"),
        dg.TableColumn("true", "float", description="share of them that is true"),
        dg.TableColumn("ece", "float", description="expected calibration error: mean distance of confidence and share that is true"),
        dg.TableColumn("brier", "float", description="Brier score: mean squared distance of confidence and truth"),
    ]
    return dg.MetadataValue.table(records, dg.TableSchema(columns))
