"""Hands a mix over to training: one Parquet file, and a manifest that pins every table the mix was drawn from."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tierline.document import TABLES
from tierline.errors import BadInput
from tierline.lake import ALL, Lake, Manifest
from tierline.mixes.contamination import CONTAMINATED, UNCHECKED
from tierline.mixes.recipe import MixRecipe

ROWS_PER_GROUP = 4096
CHECK = "l1_contamination"


def export_mix(lake: Lake, recipe: MixRecipe, folder: str | Path) -> Path:
    """Write `<folder>/<phase>/data.parquet` and `manifest.json`; returns the manifest's path.

    Each file appears whole or not at all. Raises NotWritten, NotPromoted, BadInput where the folder cannot be written.
    """
    versions = {table: lake.version(table) for table in sorted({source.table for source in recipe.sources} | {recipe.stage, CHECK})}
    rows, manifest = lake.read_promoted(recipe.stage, ALL)
    described: dict[str, Any] = {
        "phase": recipe.phase,
        "recipe": asdict(recipe),
        "rows": rows.num_rows,
        "tokens": sum(rows["tokens"].to_pylist()),
        "mix": {"table": recipe.stage, "version": versions[recipe.stage], "digest": manifest.digest, "activity_id": manifest.activity_id},
        "sources": [
            {
                "table": table,
                "tier": TABLES[table].tier,
                "version": versions[table],
                "shards": _shards(manifest, table),
            }
            for table in dict.fromkeys(source.table for source in recipe.sources)
        ],
        "contamination": _contamination(lake, recipe, manifest, versions[CHECK]),
    }
    target = Path(folder) / recipe.phase
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target) as scratch:
            data, described_file = Path(scratch) / "data.parquet", Path(scratch) / "manifest.json"
            pq.write_table(rows, data, compression="zstd", row_group_size=ROWS_PER_GROUP)
            described_file.write_text(json.dumps(described, indent=2, ensure_ascii=False) + "\n", "utf-8")
            data.replace(target / data.name)
            described_file.replace(target / described_file.name)
    except OSError as error:
        raise BadInput(f"cannot be written ({error.strerror or error})", str(target), "choose another folder with --out") from None
    return target / "manifest.json"


def _shards(manifest: Manifest, table: str) -> dict[str, str]:
    return {name.split("/", 1)[1]: digest for name, digest in manifest.inputs.items() if name.split("/", 1)[0] == table}


def _contamination(lake: Lake, recipe: MixRecipe, manifest: Manifest, version: int) -> dict[str, Any]:
    """What was kept out for copying a benchmark, and the table that said so."""
    rows = lake.decisions(recipe.stage, ALL).select(["rule", "tokens"]).to_pylist()
    excluded = {rule: [row["tokens"] or 0 for row in rows if row["rule"] == rule] for rule in (CONTAMINATED, UNCHECKED)}
    counts = {rule: {"rows": len(tokens), "tokens": sum(tokens)} for rule, tokens in excluded.items()}
    return {"excluded": recipe.exclude_contaminated, **counts, "table": CHECK, "version": version, "shards": _shards(manifest, CHECK)}
