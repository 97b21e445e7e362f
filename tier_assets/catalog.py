"""What the UI says about an asset before it has run: its group, its columns, its code and documentation, what it needs."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa

from tierline.sql import Model
from tierline.tables import TABLES

ROOT = Path(__file__).resolve().parents[1]
GLOSSARY = "docs/glossary.md"


@dataclass(frozen=True, slots=True)
class Group:
    """A group of assets in the UI: the names that belong to it, what they hold, and the page that explains them."""

    name: str
    assets: tuple[str, ...]  # patterns; the first group with a match counts
    about: str
    docs: str


GROUPS = (
    Group("L0_raw_crawl", ("l0_*",), "Tier L0: every record of the crawl files, unfiltered.", "docs/tiers.md"),
    Group("L1_filtered_documents", ("l1_*",), "Tier L1: documents that pass the published rules, without duplicates.", "docs/filters.md"),
    Group(
        "L2_selection",
        ("l2_select*", "review_queue"),
        "Tier L2: the documents that are selected by their scores, what that changed, and what a person should review.",
        "docs/tiers.md",
    ),
    Group(
        "L2_scoring",
        ("l2_*",),
        "On the way to L2: scorers are measured on labeled texts, then score every document.",
        "docs/scoring.md",
    ),
    Group("L3_refined_passages", ("l3_*",), "Tier L3: passages that a language model edited and that kept their facts.", "docs/tiers.md"),
    Group(
        "L4_verified_knowledge",
        ("l4_*",),
        "Tier L4: facts that independent sites state, and sections of vetted manuals.",
        "docs/tiers.md",
    ),
    Group("training_mixes", ("*_mix",), "The rows that each phase of training reads, in training order.", "docs/mixes.md"),
    Group("mix_exports", ("*_export",), "Mixes as folders that a trainer opens without Tierline.", "docs/mixes.md"),
    Group("training_experiment", ("training_*",), "An experiment that measures whether the tiers pay.", "docs/training.md"),
    Group("reports", ("*",), "Small tables and charts about the whole lake.", "docs/running.md"),
)

# What a resource that an asset's function asks for stands for, in words. Those that need no preparation are not listed.
RESOURCES = {
    "language_models": "a language model (the bundled one unless TIERLINE_MODEL names another; see docs/models.md)",
    "perplexity_model": "a language model for perplexity (the bundled one unless TIERLINE_PERPLEXITY_MODEL names another)",
    "benchmarks": "benchmark files (TIERLINE_BENCHMARKS); without any it finds no leaks and passes",
    "anchors": "anchors: texts labeled by people (the bundled ones unless TIERLINE_ANCHORS names a folder)",
    "exports": "a tokenizer (the bundled one unless TIERLINE_TOKENIZER names another)",
    "training": "PyTorch, and minutes to hours depending on TIERLINE_TRAINING_RECIPE; see docs/training.md",
}


def group_of(asset: str) -> Group:
    """The group of an asset."""
    return next(group for group in GROUPS if any(fnmatch(asset, pattern) for pattern in group.assets))


def described(
    asset: str,
    function: Callable[..., Any],
    parents: Iterable[dg.AssetsDefinition],
    per_shard: bool = False,
    columns: dg.TableSchema | None = None,
    model: Model | None = None,
) -> dict[str, Any]:
    """The arguments of `dg.asset` that say what the asset is: group, description and metadata.

    `columns` are those of the table that it writes; `model` is the SQL model that it runs.
    """
    about = model.description if model else ""
    return {
        "group_name": group_of(asset).name,
        "description": description(asset, function, [parent.key.path[-1] for parent in parents], per_shard, about),
        "metadata": definition_metadata(asset, function, columns, model),
    }


def description(asset: str, function: Callable[..., Any], parents: Sequence[str], per_shard: bool, about: str = "") -> str:
    """Markdown: what the asset is (`about`, or the function's docstring), what it needs before it can run, where it is explained."""
    group = group_of(asset)
    needs = ["a registered shard: `make ingest`, or a file in the inbox; do not add partitions by hand"] if per_shard else []
    stages = {asset_of(table) for table in TABLES}
    if gated := [name for name in parents if name in stages]:
        needs.append(
            f"promoted rows of {_listed(f'`{name}`' for name in gated)}: their gates must have passed (one that only warns stops nothing)"
        )
    if others := [name for name in parents if name not in stages]:
        needs.append(f"the table {_listed(f'`{name}`' for name in others)}")
    needs += [RESOURCES[name] for name in inspect.signature(function).parameters if name in RESOURCES]
    lines = [about or inspect.cleandoc(function.__doc__ or ""), f"**{group.name}**: {group.about}"]
    if needs:
        lines.append("**Needs before it can run**\n" + "\n".join(f"- {need}" for need in needs))
    lines.append(f"Explained in {group.docs}; terms such as shard, gate, anchor, promoted, digest in {GLOSSARY}.")
    return "\n\n".join(lines)


def gate_description(stops_the_run: bool) -> str:
    """Markdown: what the gate of an asset does."""
    failed = "A failure stops the run." if stops_the_run else "A failure is a warning: the run goes on without these rows."
    return (
        "Promotes the rows if every bound holds; otherwise they are quarantined, and nothing downstream reads them. "
        f"{failed} A person can waive a failure with `tierline waive`; see docs/gates.md. Terms are explained in {GLOSSARY}."
    )


def definition_metadata(
    asset: str, function: Callable[..., Any], columns: dg.TableSchema | None = None, model: Model | None = None
) -> dict[str, Any]:
    """Metadata that is known without a run: the columns of the asset's table, links to code, SQL model and documentation."""
    files = {"code": Path(inspect.getsourcefile(function) or __file__), "docs": ROOT / group_of(asset).docs, "glossary": ROOT / GLOSSARY}
    if model:
        files["SQL model"] = model.path
    line = inspect.getsourcelines(function)[1]
    references = [
        dg.LocalFileCodeReference(file_path=str(path), line_number=line if label == "code" else 1, label=f"{label}: {_relative(path)}")
        for label, path in files.items()
    ]
    metadata: dict[str, Any] = {
        "dagster/code_references": dg.CodeReferencesMetadataValue(code_references=references),
        "code": f"{_relative(files['code'])}:{line}",
        "docs": group_of(asset).docs,
    }
    return metadata | ({"dagster/column_schema": columns} if columns else {})


def table_schema(table: str) -> dg.TableSchema:
    """The columns of a table of the lake, with types and descriptions from its schema."""
    spec = TABLES[table]
    return column_schema(spec.schema, spec.descriptions, unique=spec.key)


def asset_of(table: str) -> str:
    """The asset that materializes a stage's main table: `pretrain_mix` writes `mix_pretrain`, all others bear its name."""
    return f"{table.removeprefix('mix_')}_mix" if table.startswith("mix_") else table


def column_schema(schema: pa.Schema, descriptions: Mapping[str, str], unique: str | None = None) -> dg.TableSchema:
    """An Arrow schema as the catalog shows it."""
    constraints = {unique: dg.TableColumnConstraints(nullable=False, unique=True)} if unique else {}
    return dg.TableSchema(
        [dg.TableColumn(field.name, type_name(field.type), descriptions.get(field.name), constraints.get(field.name)) for field in schema]
    )


def type_name(kind: pa.DataType) -> str:
    """An Arrow type in words that SQL users know: `list<string>`, `timestamp (UTC)`."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"list<{type_name(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'{field.name}: {type_name(field.type)}' for field in kind)}>"
    if pa.types.is_timestamp(kind):
        return f"timestamp ({kind.tz})" if kind.tz else "timestamp"
    return {"double": "float64", "float": "float32", "bool": "boolean", "date32[day]": "date"}.get(str(kind), str(kind))


def _relative(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
