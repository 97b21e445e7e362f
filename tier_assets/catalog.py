"""What the UI says about an asset before it has run: its group, its columns, its code and documentation, what it needs."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa

from tier_assets.names import asset_name
from tierline.lineage.columns import Lineage, table_lineage
from tierline.sql import Model
from tierline.stages import BY_NAME, Stage
from tierline.tables import TABLES

ROOT = Path(__file__).resolve().parents[1]
GLOSSARY = "docs/glossary.md"


@dataclass(frozen=True, slots=True)
class Group:
    """A group of assets in the UI: their names, their content, and the page that explains them."""

    name: str
    assets: tuple[str, ...]  # patterns; the first group with a match counts
    about: str
    docs: str


GROUPS = (
    Group("L0_raw_crawl", ("l0_*",), "Tier L0: every record of the crawl files, unfiltered.", "docs/tiers.md"),
    Group("L1_filtered_docs", ("l1_*",), "Tier L1: documents that pass the published rules, without duplicates.", "docs/filters.md"),
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
    Group("L3_refined_texts", ("l3_*",), "Tier L3: passages that a language model edited and that kept their facts.", "docs/tiers.md"),
    Group(
        "L4_verified_data",
        ("l4_*",),
        "Tier L4: facts that independent sites or vouched knowledge bases state, and sections of vetted manuals.",
        "docs/tiers.md",
    ),
    Group("training_mixes", ("*_mix",), "The rows that each phase of training reads, in training order.", "docs/mixes.md"),
    Group("mix_exports", ("*_export",), "Mixes as folders that a trainer opens without Tierline.", "docs/mixes.md"),
    Group("experiments", ("training_*",), "An experiment that trains on the mixes and measures whether the tiers pay.", "docs/training.md"),
    Group("reports", ("*",), "Small tables and charts about the whole lake.", "docs/running.md"),
)

# Needs of a stage from outside the lake, by `Stage.external`, and its model, by `Stage.model`.
EXTERNAL = {
    "crawl_files": "crawl files that can still be read at their address",
    "benchmarks": "benchmark files (TIERLINE_BENCHMARKS); without any it finds no leaks and passes",
    "anchor_files": "anchors: texts labeled by people (the bundled ones unless TIERLINE_ANCHORS names a folder)",
    "knowledge_bases": "mappings of knowledge bases (TIERLINE_KNOWLEDGE); without any it states nothing and passes",
    "feedback_files": "interactions of a model with people (files below TIERLINE_FEEDBACK); without any it keeps none and passes",
    "ended_approvals": "approvals of manuals (l4.manuals.vetted in the recipe); without any it finds none and passes",
    "signed_approvals": "signed approvals of manuals (`tierline attest`) only if TIERLINE_ROOT_KEY asks for them",
    "reviews": "what people decided about its rows (`tierline review`); without any it decides alone",
    "site_rights": "robots.txt and the like of its sites, where the crawl has them in any shard; without any it knows what pages state",
    "takedowns": "what was taken down (`tierline takedown`); without any it leaves nothing out",
    "perplexity_model": "a second language model only if TIERLINE_PERPLEXITY_MODEL names one",
}
MODELS = {
    "judge": "a language model (the bundled one unless TIERLINE_MODEL names another; see docs/models.md)",
    "perplexity": "a language model for perplexity (the bundled one unless TIERLINE_PERPLEXITY_MODEL names another)",
}
# Meaning of the resources that a report's function takes.
RESOURCES = {
    "exports": "a tokenizer (the bundled one unless TIERLINE_TOKENIZER names another)",
    "training": "PyTorch, and minutes to hours depending on TIERLINE_TRAINING_RECIPE",
}
SHARD_NEEDED = "a registered shard: `make ingest`, or a file in the inbox; do not add partitions by hand"
TERMS = f"Terms such as shard, gate, anchor, promoted and digest are explained in {GLOSSARY}."


def group_of(asset: str) -> Group:
    """The group of an asset."""
    return next(group for group in GROUPS if any(fnmatch(asset, pattern) for pattern in group.assets))


def stage_needs(stage: Stage) -> list[str]:
    """What must exist before a stage can run, in words."""
    needs = [SHARD_NEEDED] if stage.per_shard else []
    warns = [asset_name(name) for name in stage.upstream if not BY_NAME[name].refusal_ends_run]
    if stops := [asset_name(name) for name in stage.upstream if BY_NAME[name].refusal_ends_run]:
        needs.append(f"promoted rows of {_listed(stops)}: {'its gate' if len(stops) == 1 else 'their gates'} must have passed")
    needs += [f"`{name}`, if its gate has passed; without it, it does without" for name in warns]
    needs += [MODELS[stage.model] + (", only if the recipe says so" if stage.asks_if else "")] if stage.model else []
    return needs + [EXTERNAL[name] for name in stage.external]


def report_needs(function: Callable[..., Any], parents: Sequence[str]) -> list[str]:
    """The same for an asset that is not a stage: its parents, and its function's resources."""
    needs = [f"materialized: {_listed(parents)}"] if parents else []
    return needs + [RESOURCES[name] for name in inspect.signature(function).parameters if name in RESOURCES]


def described(
    asset: str, function: Callable[..., Any], needs: Sequence[str], columns: dg.TableSchema | None = None, model: Model | None = None
) -> dict[str, Any]:
    """The arguments of `dg.asset` that describe the asset: group, description and metadata.

    `needs` is what must be there before it can run; `columns` are those of the table that it writes; `model` is the SQL model that it runs.
    """
    group = group_of(asset)
    lines = [model.description if model else inspect.cleandoc(function.__doc__ or ""), f"**{group.name}**: {group.about}"]
    if needs:
        lines.append("**Needs before it can run**\n" + "\n".join(f"- {need}" for need in needs))
    lines.append(f"Explained in {group.docs}. {TERMS}")
    return {
        "group_name": group.name,
        "description": "\n\n".join(lines),
        "metadata": definition_metadata(asset, function, columns, model),
    }


def gate_description(stops_the_run: bool) -> str:
    """Markdown: what the gate of an asset does."""
    failed = (
        "The stages below it are then skipped; no other shard is touched."
        if stops_the_run
        else "A failure is a warning: the run goes on without these rows."
    )
    return (
        "Promotes the rows if every bound holds; otherwise they are quarantined, and nothing downstream reads them. "
        f"{failed} A person can let it through with `tierline waive` or the job `waive`; see docs/gates.md. {TERMS}"
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
        dg.LocalFileCodeReference(file_path=str(path), line_number=line if label == "code" else 1, label=_relative(path))
        for label, path in files.items()
    ]
    metadata: dict[str, Any] = {
        "dagster/code_references": dg.CodeReferencesMetadataValue(code_references=references),
        "code": f"{_relative(files['code'])}:{line}",
        "docs": group_of(asset).docs,
    }
    return metadata | ({"dagster/column_schema": columns} if columns else {})


def table_schema(table: str, lineage: Lineage | None = None) -> dg.TableSchema:
    """The columns of a table of the lake, with types, descriptions and origins (`lineage`, or what the table's schema declares)."""
    spec = TABLES[table]
    return column_schema(spec.schema, spec.descriptions, table_lineage(table) if lineage is None else lineage, unique=spec.key)


def column_schema(
    schema: pa.Schema, descriptions: Mapping[str, str], lineage: Lineage | None = None, unique: str | None = None
) -> dg.TableSchema:
    """An Arrow schema as the catalog shows it. The open-source UI draws no column lineage, so each description names its columns."""
    constraints = {unique: dg.TableColumnConstraints(nullable=False, unique=True)} if unique else {}
    return dg.TableSchema(
        [
            dg.TableColumn(
                field.name,
                type_name(field.type),
                " ".join(filter(None, [descriptions.get(field.name), _origin((lineage or {}).get(field.name, []))])),
                constraints.get(field.name),
            )
            for field in schema
        ]
    )


def _origin(sources: Sequence[tuple[str, str]]) -> str:
    named = [f"{asset_name(table)}.{column}" for table, column in sources]
    return f"From {_listed(named)}." if named else ""


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


def _listed(names: Sequence[str]) -> str:
    *first, last = (f"`{name}`" for name in names)
    return f"{', '.join(first)} and {last}" if first else last
