"""What people see of L3's operations: counts by kind, why some were refused, and what the model's budget went to."""

import json
from collections import Counter

import dagster as dg

from tier_assets.metadata import WIDTH, figure_markdown
from tierline.display import one_line
from tierline.lake.external_sort import Rows, scan

REASONS_SHOWN = 3  # of a kind


def counts(operations: Rows) -> dict[str, Counter[str]]:
    """Kind -> how many operations were accepted (""), and how many each rule refused."""
    found: dict[str, Counter[str]] = {}
    for batch in scan(operations, ["kind", "reason"]):
        for kind, reason in zip(batch.column("kind").to_pylist(), batch.column("reason").to_pylist(), strict=True):
            found.setdefault(kind, Counter())[reason or ""] += 1
    return dict(sorted(found.items(), key=lambda one: (-one[1][""], one[0])))


def operations_table(operations: Rows) -> dg.TableMetadataValue:
    """Accepted and refused operations of each kind, with the rules that refused most."""
    records = []
    for kind, found in counts(operations).items():
        refused = Counter({reason: count for reason, count in found.items() if reason})
        said = ", ".join(f"{reason} {count}" for reason, count in refused.most_common(REASONS_SHOWN))
        records.append(
            dg.TableRecord({"kind": kind, "accepted": found[""], "refused": refused.total(), "refused_by": one_line(said, WIDTH)})
        )
    columns = [
        dg.TableColumn("kind", description="what the operation does"),
        dg.TableColumn("accepted", "int", description="operations that are part of the text"),
        dg.TableColumn("refused", "int", description="operations that their verifier refused, or that overlap another"),
        dg.TableColumn("refused_by", description="the rules that refused most"),
    ]
    return dg.MetadataValue.table(records, dg.TableSchema(columns))


def budget_table(decisions: Rows) -> dg.TableMetadataValue:
    """For each target, the passages that the model was asked about, their share of the words asked, and how many edits were kept."""
    asked, words, kept = Counter[str](), Counter[str](), Counter[str]()
    for batch in scan(decisions, ["outcome", "detail"]):
        for outcome, detail in zip(batch.column("outcome").to_pylist(), batch.column("detail").to_pylist(), strict=True):
            if not (detail or "").startswith("{"):
                continue
            told = json.loads(detail)
            target = told.get("target", "none")
            asked[target] += 1
            words[target] += len(told.get("passage", "").split())
            kept[target] += outcome == "kept"
    total = max(1, words.total())
    records = [
        dg.TableRecord({"target": target, "passages": asked[target], "share": round(words[target] / total, 3), "kept": kept[target]})
        for target in sorted(asked, key=lambda target: (-words[target], target))
    ]
    columns = [
        dg.TableColumn("target", description="what most of the need is; none for questions"),
        dg.TableColumn("passages", "int", description="passages that the model was asked about"),
        dg.TableColumn("share", "float", description="their share of all words asked about"),
        dg.TableColumn("kept", "int", description="answers of which something was kept"),
    ]
    return dg.MetadataValue.table(records, dg.TableSchema(columns))


def kinds_plot(operations: Rows) -> dg.MarkdownMetadataValue:
    """Accepted and refused operations by kind, as bars on a logarithmic scale."""
    from matplotlib.figure import Figure

    found = counts(operations)
    names, figure = list(found)[::-1], Figure(figsize=(6.4, 0.6 + 0.26 * max(1, len(found))), dpi=90, layout="constrained")
    axes = figure.add_subplot()
    axes.barh(names, [found[name][""] for name in names], color="#3b6ea5", label="accepted")
    axes.barh(
        names,
        [found[name].total() - found[name][""] for name in names],
        left=[found[name][""] for name in names],
        color="#c9c9c9",
        label="refused",
    )
    axes.set_xscale("symlog")
    axes.set_xlabel("operations", fontsize=8)
    axes.tick_params(labelsize=8)
    if names:
        axes.legend(fontsize=8)
    return figure_markdown(figure, "operations by kind")
