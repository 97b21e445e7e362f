"""What a mix promises about each of its rows; export and loading both hold every row against it, and stop at the first breach."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from tierline.document import TABLES
from tierline.errors import BadInput, NotPromoted
from tierline.lake import ALL, Lake, Manifest
from tierline.lake.activity import canonical_json
from tierline.mixes.contamination import read_exclusions
from tierline.mixes.recipe import MixRecipe
from tierline.project import folder
from tierline.sql import Models

BREACHES = "mix_breaches"
AGAIN = "materialize {} again"


def contract_of(recipe: MixRecipe) -> dict[str, Any]:
    """A recipe's terms as plain values: what travels with an exported mix, and what marts/mix_breaches.sql judges rows by."""
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
    """Hold the rows of an exported mix against its contract. BadInput names the first row that breaks it."""
    stage = f"mix_{contract['phase']}"
    rows = Models(folder("dbt_like_sql")).run_on({stage: ds.dataset(path)}, BREACHES, {"contract": json.dumps(contract)})
    _refuse_breaches(rows, str(path))


def check_mix(lake: Lake, recipe: MixRecipe, manifest: Manifest) -> None:
    """Hold a mix in the lake, and all that it was drawn from, against the recipe as both are now.

    Raises NotPromoted where a shard that it was drawn from is quarantined or gone, BadInput where another recipe drew it, a source gave
    nothing, or a row breaks the contract or has become contaminated.
    """
    asset = f"{recipe.phase}_mix"
    (activity,) = lake.activities(recipe.stage, ALL).to_pylist()
    if activity["parameters"] != canonical_json(recipe):
        raise BadInput("was drawn by another recipe than the present one", f"{recipe.stage}/{ALL}", AGAIN.format(asset))
    _refuse_stale(lake, manifest, asset)
    _refuse_empty_tiers(lake, recipe, manifest)
    breaches = Models(folder("dbt_like_sql")).run(lake, BREACHES, {"contract": json.dumps(contract_of(recipe))})
    _refuse_breaches(breaches, f"{recipe.stage}/{ALL}")
    if recipe.exclude_contaminated:
        _refuse_contaminated(lake, recipe)


def _refuse_stale(lake: Lake, manifest: Manifest, asset: str) -> None:
    """Law 2 at the time of the export: a shard that was refused, changed or removed since the mix was drawn is in no training."""
    present = {
        table: {found.shard: found.digest for found in lake.promoted(table)} for table in {key.split("/", 1)[0] for key in manifest.inputs}
    }
    for key, digest in manifest.inputs.items():
        table, shard = key.split("/", 1)
        found = present[table].get(shard)
        if found is None:
            held = shard in {written.shard for written in lake.manifests(table)}
            state = "is quarantined" if held else "is not in the lake any more"
            raise NotPromoted(f"draws on {key}, which {state}", f"{manifest.table}/{manifest.shard}", AGAIN.format(asset))
        if found != digest:
            raise NotPromoted(f"draws on an earlier state of {key}", f"{manifest.table}/{manifest.shard}", AGAIN.format(asset))


def _refuse_empty_tiers(lake: Lake, recipe: MixRecipe, manifest: Manifest) -> None:
    drawn: Counter[str] = Counter()
    for batch in lake.stream_promoted(recipe.stage, ALL, ["source"])[0].to_batches():
        drawn.update(batch.column("source").to_pylist())
    for source in recipe.sources:
        if not source.optional and not drawn[source.label]:
            offered = any(key.startswith(f"{source.table}/") for key in manifest.inputs)
            why = "none of its rows fits the recipe" if offered else "no shard of it is promoted"
            what = f"its source {source.label} is empty: {why}"
            raise BadInput(what, f"{recipe.stage}/{ALL}", f"fill {TABLES[source.table].tier}, or make the source optional in the recipe")


def _refuse_breaches(breaches: pa.Table, where: str) -> None:
    if breaches.num_rows:
        first = breaches.slice(0, 1).to_pylist()[0]
        more = f" and {breaches.num_rows - 1} more" if breaches.num_rows > 1 else ""
        what = f"row {first['row_id']} at {first['position']} breaks the contract: {first['rule']} ({first['found']}){more}"
        raise BadInput(what, where, "`tierline sql mix_breaches` shows how rows are judged")


def _refuse_contaminated(lake: Lake, recipe: MixRecipe) -> None:
    exclusions = read_exclusions(lake, [source.table for source in recipe.sources])
    columns = ["row_id", "source_table", "source_shard", "doc_id"]
    for batch in lake.stream_promoted(recipe.stage, ALL, columns)[0].to_batches():
        for table in pc.unique(batch.column("source_table")).to_pylist():
            rows = pa.Table.from_batches([batch]).filter(pc.field("source_table") == table)
            rules = exclusions.rules(table, rows["doc_id"], rows["source_shard"])
            hit = rows.append_column("rule", rules).filter(pc.is_valid(rules)).slice(0, 1).to_pylist()
            if hit:
                what = f"row {hit[0]['row_id']} breaks the contract: {hit[0]['rule']} ({hit[0]['doc_id']} of {table})"
                raise BadInput(what, f"{recipe.stage}/{ALL}", AGAIN.format(f"{recipe.phase}_mix"))
