"""What people see of a materialization: counts, reasons, tokens, cost, schema, and pictures of distributions."""

import base64
import io
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import dagster as dg
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tier_assets.lineage import stage_columns
from tier_assets.preview import previews
from tierline.auditor.addresses import rows_address
from tierline.config.places import audit_page
from tierline.display import duration, one_line
from tierline.lake import WHOLE_LAKE, Activity, Lake, Manifest, StageResult
from tierline.lake.external_sort import Rows, scan
from tierline.stages import shard_label
from tierline.tables import OUTCOMES, TABLES
from tierline.unforeseen import UNFORESEEN

INPUTS_SHOWN = 50  # a fact table reads every shard
DIGITS = 4  # of numbers that people read
DIGEST = 16  # digits that tell one from another
WIDTH = 160  # characters of a cell
FEW = 5  # values, below which a histogram says less than the points
PANEL_INCHES = 3.2  # width of each distribution


def materialize(lake: Lake, activity: Activity, result: StageResult, **more: Any) -> dg.MaterializeResult:
    """Commit a stage's result to the lake and describe it; the data version is the digest that the gate will judge."""
    manifest = lake.commit(activity, result)
    metadata = {
        **_table(manifest),
        "input_rows": result.ledgers[manifest.stage][0],
        **outcome_counts(result, manifest),
        **_tokens(result, manifest),
        **_cost(result),
        **previews(result, manifest.table),
        **{f"decisions_{name}" if name != manifest.stage else "decisions": reasons(rows) for name, (_, rows) in result.ledgers.items()},
        **{name: rounded(value) for name, value in more.items()},
        **_identity(manifest),
    }
    return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(manifest.stage_digest))


def unchanged(lake: Lake, table: str, shard: str) -> dg.MaterializeResult:
    """The rows in the lake stay: the same data version, so that nothing downstream reruns."""
    manifest = lake.manifest(table, shard)
    said = "Nothing that decides the result has changed: the rows in the lake stay as they are."
    metadata = {"unchanged": said, **_table(manifest), **_identity(manifest)}
    return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(manifest.stage_digest))


def outcome_counts(result: StageResult, manifest: Manifest) -> dict[str, int]:
    """input_rows_kept, input_rows_dropped, input_rows_merged, ... of the stage's own ledger: the decisions about the rows that went in,
    which may be of another kind than the rows that came out, and of the errors those that no code foresaw. Zeros too, so that the UI plots
    each over all shards."""
    counts = {f"input_rows_{outcome}": 0 for outcome in (*OUTCOMES, UNFORESEEN)}
    for (outcome, rule), (rows, _) in _groups(result.ledgers[manifest.stage][1]).items():
        counts[f"input_rows_{outcome}"] += rows
        counts[f"input_rows_{UNFORESEEN}"] += rows if rule == UNFORESEEN else 0
    return counts


def reasons(decisions: Rows) -> dg.TableMetadataValue:
    """Rows and tokens by outcome and rule, the largest group first."""
    ordered = sorted(_groups(decisions).items(), key=lambda group: (-group[1][0], *group[0]))
    records = [
        dg.TableRecord({"outcome": outcome, "rule": one_line(rule, WIDTH), "rows": rows, "tokens": tokens})
        for (outcome, rule), (rows, tokens) in ordered
    ]
    columns = [
        dg.TableColumn("outcome", description="what became of the rows"),
        dg.TableColumn("rule", description="the rule that decided; empty if the rows were kept"),
        dg.TableColumn("rows", "int", description="input rows with this outcome"),
        dg.TableColumn("tokens", "int", description="their tokens, if their tier counts them"),
    ]
    return dg.MetadataValue.table(records, dg.TableSchema(columns))


def inputs_table(inputs: dict[str, str]) -> dg.TableMetadataValue:
    """The inputs with their content digests; the first INPUTS_SHOWN of many."""
    records = [dg.TableRecord({"input": _input(name), "digest": digest[:DIGEST]}) for name, digest in sorted(inputs.items())[:INPUTS_SHOWN]]
    if len(inputs) > INPUTS_SHOWN:
        records.append(dg.TableRecord({"input": f"and {len(inputs) - INPUTS_SHOWN} more", "digest": ""}))
    columns = [
        dg.TableColumn("input", description="table or file, and its shard"),
        dg.TableColumn("digest", description="first digits of the content's hash; another hash makes this result out of date"),
    ]
    return dg.MetadataValue.table(records, dg.TableSchema(columns))


def _input(name: str) -> str:
    table, _, shard = name.partition("/")
    return one_line(f"{table}, {shard_label(shard)}" if shard else name, WIDTH)


def rounded(value: Any) -> Any:
    """A float, or the floats of a mapping, with as many digits as a person reads; anything else as it is."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    return value


def distribution_plot(columns: dict[str, pa.ChunkedArray]) -> dg.MarkdownMetadataValue:
    """One histogram per column, as an image within Markdown; nulls are left out and counted in the title. Few values are points."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    width = PANEL_INCHES * len(columns)
    figure = Figure(figsize=(width, 2.4), dpi=90)  # placed here: to let a layout be found takes as long as to draw twice
    figure.subplots_adjust(left=0.65 / width, right=1 - 0.1 / width, bottom=0.11, top=0.9, wspace=0.3)
    for index, (name, values) in enumerate(columns.items()):
        axes = figure.add_subplot(1, len(columns), index + 1)
        known = pc.drop_null(values).to_numpy()
        if len(known) < FEW:
            axes.plot(known, np.ones(len(known)), "o", color="#3b6ea5")
        else:
            axes.hist(known, bins=20, color="#3b6ea5", histtype="stepfilled")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_ylabel("rows", fontsize=7)
        axes.set_title(f"{name} ({len(known)} of {len(values)} rows)", fontsize=9)
        axes.tick_params(labelsize=7)
    return figure_markdown(figure, "score distribution")


def reliability_plot(rows: Sequence[dict[str, Any]]) -> dg.MarkdownMetadataValue:
    """Length-controlled AUC of each signal with its interval, one panel per set; signals without weight are gray."""
    from matplotlib.figure import Figure

    sets = sorted({row["set"] for row in rows})
    signals = sorted({row["signal"] for row in rows})
    figure = Figure(figsize=(3.4 * len(sets) + 1, 0.3 * len(signals) + 1), dpi=90, layout="constrained")
    for index, part in enumerate(sets):
        axes = figure.add_subplot(1, len(sets), index + 1)
        for row in (row for row in rows if row["set"] == part and row["auc_length_controlled"] is not None):
            low, middle, high = (row[f"auc_length_controlled{bound}"] for bound in ("_lo", "", "_hi"))
            color = "#2e7d4f" if row["weight"] else "#b0b7bf"
            axes.errorbar(middle, signals.index(row["signal"]), xerr=[[middle - low], [high - middle]], fmt="o", color=color, capsize=2)
        axes.axvline(0.5, color="#b3403a", linewidth=0.8)
        axes.set(xlim=(0, 1), ylim=(-0.5, len(signals) - 0.5), yticks=range(len(signals)), yticklabels=signals if index == 0 else [])
        axes.set_title(part, fontsize=9)
        axes.tick_params(labelsize=7)
    return figure_markdown(figure, "length-controlled AUC on the anchors, with 95% intervals")


def figure_markdown(figure: Any, caption: str) -> dg.MarkdownMetadataValue:
    """A matplotlib figure as Markdown that carries the picture itself, so that the UI needs no file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return dg.MetadataValue.md(f"![{caption}](data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()})")


def _groups(decisions: Rows) -> dict[tuple[str, str], tuple[int, int]]:
    """(outcome, rule) -> (rows, tokens)."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for batch in scan(decisions, ["outcome", "rule", "tokens"]):
        groups = pa.Table.from_batches([batch]).group_by(["outcome", "rule"]).aggregate([([], "count_all"), ("tokens", "sum")])
        for group in groups.to_pylist():
            name = group["outcome"], group["rule"] or ""
            rows, tokens = found.get(name, (0, 0))
            found[name] = rows + group["count_all"], tokens + (group["tokens_sum"] or 0)
    return found


def _tokens(result: StageResult, manifest: Manifest) -> dict[str, int]:
    if "tokens" not in TABLES[manifest.table].columns:
        return {}
    return {"tokens": result.total(manifest.table, "tokens")}


def _cost(result: StageResult) -> dict[str, Any]:
    """The model calls of the run; the seconds also in words, the money only if there is a price."""
    cost = result.cost
    if not cost.model_calls and not cost.stored_calls:
        return {}
    counts = {name: rounded(value) for name, value in asdict(cost).items() if name != "money" or value}
    return counts | {"model_time": duration(cost.model_seconds)}


def _table(manifest: Manifest) -> dict[str, Any]:
    rows = "dagster/row_count" if manifest.shard == WHOLE_LAKE else "dagster/partition_row_count"
    return {rows: manifest.rows, **stage_columns(manifest.table)}


def _identity(manifest: Manifest) -> dict[str, Any]:
    page = audit_page()
    link = {"audit": dg.MetadataValue.url(page + rows_address(manifest.table, manifest.shard))} if page else {}
    return {**link, "inputs": inputs_table(manifest.inputs), "digest": manifest.stage_digest, "activity_id": manifest.activity_id}
