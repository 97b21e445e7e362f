"""What people see of a materialization: counts, reasons, tokens, cost, schema, and pictures of distributions."""

import base64
import io
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc

from tierline.lake import WHOLE_LAKE, Activity, Lake, Manifest, StageResult
from tierline.lake.external_sort import Rows, scan
from tierline.tables import TABLES


def materialize(lake: Lake, activity: Activity, result: StageResult, **more: Any) -> dg.MaterializeResult:
    """Commit a stage's result to the lake and describe it; the data version is the digest that the gate will judge."""
    manifest = lake.commit(activity, result)
    metadata = {
        "dagster/row_count" if manifest.shard == WHOLE_LAKE else "dagster/partition_row_count": manifest.rows,
        "dagster/column_schema": column_schema(TABLES[manifest.table].schema),
        "rows_in": result.ledgers[manifest.stage][0],
        **{f"decisions_{name}" if name != manifest.stage else "decisions": reasons(rows) for name, (_, rows) in result.ledgers.items()},
        **outcome_counts(result, manifest),
        **_tokens(result, manifest),
        **_cost(result),
        "inputs": manifest.inputs,
        "digest": manifest.stage_digest,
        "activity_id": manifest.activity_id,
        **more,
    }
    return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(manifest.stage_digest))


def unchanged(lake: Lake, table: str, shard: str) -> dg.MaterializeResult:
    """What is in the lake stays: the same data version, so that nothing downstream reruns."""
    manifest = lake.manifest(table, shard)
    metadata = {"rows": manifest.rows, "digest": manifest.stage_digest, "activity_id": manifest.activity_id, "kept_as_it_was": True}
    return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(manifest.stage_digest))


def outcome_counts(result: StageResult, manifest: Manifest) -> dict[str, int]:
    """rows_kept, rows_dropped, rows_merged, ... of the stage's own ledger; the UI plots them over materializations."""
    counts = {"rows_kept": 0}
    for (outcome, _), (rows, _) in _groups(result.ledgers[manifest.stage][1]).items():
        counts[f"rows_{outcome}"] = counts.get(f"rows_{outcome}", 0) + rows
    return counts


def reasons(decisions: Rows) -> dg.TableMetadataValue:
    """Rows and tokens by outcome and rule, the largest group first."""
    ordered = sorted(_groups(decisions).items(), key=lambda group: (-group[1][0], *group[0]))
    records = [
        dg.TableRecord({"outcome": outcome, "rule": rule, "rows": rows, "tokens": tokens}) for (outcome, rule), (rows, tokens) in ordered
    ]
    columns = [dg.TableColumn("outcome"), dg.TableColumn("rule"), dg.TableColumn("rows", "int"), dg.TableColumn("tokens", "int")]
    return dg.MetadataValue.table(records, dg.TableSchema(columns))


def column_schema(schema: pa.Schema) -> dg.TableSchema:
    """An Arrow schema as the catalog shows it."""
    return dg.TableSchema([dg.TableColumn(field.name, str(field.type)) for field in schema])


def column_lineage(lineage: dict[str, Sequence[tuple[str, str]]]) -> dg.TableColumnLineage:
    """Column -> (table, column) pairs that it is computed from."""
    return dg.TableColumnLineage(
        {name: [dg.TableColumnDep(dg.AssetKey(table), column) for table, column in sources] for name, sources in lineage.items()}
    )


def distribution_plot(columns: dict[str, pa.ChunkedArray]) -> dg.MarkdownMetadataValue:
    """One histogram a column, as an image within Markdown; nulls are left out and counted in the title."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.2 * len(columns), 2.4), dpi=90, layout="constrained")
    for index, (name, values) in enumerate(columns.items()):
        axes = figure.add_subplot(1, len(columns), index + 1)
        known = pc.drop_null(values).to_numpy()
        axes.hist(known, bins=20, color="#3b6ea5")
        axes.set_title(f"{name} ({len(known)} of {len(values)})", fontsize=9)
        axes.tick_params(labelsize=7)
    return figure_markdown(figure, "score distribution")


def reliability_plot(rows: Sequence[dict[str, Any]]) -> dg.MarkdownMetadataValue:
    """Length-controlled AUC of each signal with its interval, a panel a set; what weighs nothing is gray."""
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
    cost = result.cost
    if not cost.model_calls and not cost.stored_calls:
        return {}
    return asdict(cost)
