"""Checks every row of a mix against its contract, at export and at loading, and stops at the first breach."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from tierline.config.bundled import folder
from tierline.errors import BadInput, NotPromoted
from tierline.lake import WHOLE_LAKE, Lake, Manifest
from tierline.lake.activity import canonical_json
from tierline.mixes.contamination import read_exclusions
from tierline.mixes.recipe import MixRecipe
from tierline.sql import Models
from tierline.tables import TABLES

BREACHES = "mix_breaches"
CHECK = "l1_contamination"
EXPORT = "materialize the mix again and export it"
ORIGIN = ["row_id", "source_table", "source_shard", "doc_id"]


def contract_of(recipe: MixRecipe) -> dict[str, Any]:
    """A recipe's terms as plain values: they travel with an exported mix, and marts/mix_breaches.sql checks rows against them."""
    return {
        "phase": recipe.phase,
        "token_budget": recipe.token_budget,
        "curriculum": [part.part for part in recipe.curriculum],
        "exclude_contaminated": recipe.exclude_contaminated,
        "sources": [
            {
                "source": source.label,
                "source_table": source.table,
                "tier": str(TABLES[source.table].tier),
                "epochs_max": recipe.cap(source),
                "languages": list(source.languages),
                "domains": list(source.domains),
                "domains_excluded": list(source.domains_excluded),
            }
            for source in recipe.sources
        ],
    }


def check_documents(path: Path, contract: dict[str, Any]) -> None:
    """Check the rows of an exported mix against its contract. BadInput names the first row that breaks it."""
    stage = f"mix_{contract['phase']}"
    rows = Models(folder("dbt_like_sql")).run_on({stage: ds.dataset(path)}, BREACHES, {"contract": json.dumps(contract)})
    _refuse_breaches(rows, str(path))


def check_documents_now(path: Path, manifest: Mapping[str, Any], lake: Lake) -> None:
    """Check an exported mix against the lake as it is now: NotPromoted if a shard that it was drawn from is quarantined, changed or
    gone, BadInput if a row has become contaminated."""
    drawn_from = {f"{source['table']}/{shard}": digest for source in manifest["sources"] for shard, digest in source["shards"].items()}
    checked = {f"{CHECK}/{shard}": digest for shard, digest in manifest["contamination"]["shards"].items()}
    _refuse_stale(lake, drawn_from | checked, str(path), EXPORT)
    if manifest["contract"]["exclude_contaminated"]:
        tables = [source["table"] for source in manifest["sources"]]
        _refuse_contaminated(lake, tables, ds.dataset(path).to_batches(columns=ORIGIN), str(path), EXPORT)


def check_mix(lake: Lake, recipe: MixRecipe, manifest: Manifest) -> None:
    """Check a mix in the lake, and everything that it was drawn from, against the present recipe.

    Raises NotPromoted if a shard that it was drawn from is quarantined or gone, BadInput if another recipe drew it, a source gave
    nothing, or a row breaks the contract or has become contaminated.
    """
    where, again = f"{recipe.stage}/{WHOLE_LAKE}", f"materialize {recipe.phase}_mix again"
    (activity,) = lake.activities(recipe.stage, WHOLE_LAKE).to_pylist()
    if activity["parameters"] != canonical_json(recipe):
        raise BadInput("was drawn by another recipe than the present one", where, again)
    _refuse_stale(lake, manifest.inputs, where, again)
    _refuse_empty_tiers(lake, recipe, manifest)
    breaches = Models(folder("dbt_like_sql")).run(lake, BREACHES, {"contract": json.dumps(contract_of(recipe))})
    _refuse_breaches(breaches, where)
    if recipe.exclude_contaminated:
        rows = lake.stream_promoted(recipe.stage, WHOLE_LAKE, ORIGIN)[0].to_batches()
        _refuse_contaminated(lake, [source.table for source in recipe.sources], rows, where, again)


def _refuse_stale(lake: Lake, inputs: Mapping[str, str], where: str, again: str) -> None:
    """Law 2 after the draw: a shard that was refused, changed or removed since must not be trained on."""
    tables = {key.split("/", 1)[0] for key in inputs}
    present = {table: {found.shard: found.digest for found in lake.promoted(table)} for table in tables}
    for key, digest in inputs.items():
        table, shard = key.split("/", 1)
        found = present[table].get(shard)
        if found is None:
            held = shard in {written.shard for written in lake.manifests(table)}
            state = "is quarantined" if held else "is not in the lake any more"
            raise NotPromoted(f"draws on {key}, which {state}", where, again)
        if found != digest:
            raise NotPromoted(f"draws on an earlier state of {key}", where, again)


def _refuse_empty_tiers(lake: Lake, recipe: MixRecipe, manifest: Manifest) -> None:
    drawn: Counter[str] = Counter()
    for batch in lake.stream_promoted(recipe.stage, WHOLE_LAKE, ["source"])[0].to_batches():
        drawn.update(batch.column("source").to_pylist())
    for source in recipe.sources:
        if not source.optional and not drawn[source.label]:
            offered = any(key.startswith(f"{source.table}/") for key in manifest.inputs)
            why = "none of its rows fits the recipe" if offered else "no shard of it is promoted"
            what = f"its source {source.label} is empty: {why}"
            raise BadInput(
                what, f"{recipe.stage}/{WHOLE_LAKE}", f"fill {TABLES[source.table].tier}, or make the source optional in the recipe"
            )


def _refuse_breaches(breaches: pa.Table, where: str) -> None:
    if breaches.num_rows:
        first = breaches.slice(0, 1).to_pylist()[0]
        more = f" and {breaches.num_rows - 1} more" if breaches.num_rows > 1 else ""
        what = f"row {first['row_id']} at {first['position']} breaks the contract: {first['rule']} ({first['found']}){more}"
        raise BadInput(what, where, "`tierline sql mix_breaches` shows how rows are judged")


def _refuse_contaminated(lake: Lake, tables: list[str], batches: Iterable[pa.RecordBatch], where: str, again: str) -> None:
    exclusions = read_exclusions(lake, tables)
    for batch in batches:
        for table in pc.unique(batch.column("source_table")).to_pylist():
            rows = pa.Table.from_batches([batch]).filter(pc.field("source_table") == table)
            rules = exclusions.rules(table, rows["doc_id"], rows["source_shard"])
            hit = rows.append_column("rule", rules).filter(pc.is_valid(rules)).slice(0, 1).to_pylist()
            if hit:
                raise BadInput(
                    f"row {hit[0]['row_id']} breaks the contract: {hit[0]['rule']} ({hit[0]['doc_id']} of {table})", where, again
                )
