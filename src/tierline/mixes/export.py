"""Exports a mix for training: texts, tokens and their rows in one folder, with a manifest that pins their sources."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from tierline.config.checksum import file_sha256
from tierline.errors import BadInput
from tierline.lake import WHOLE_LAKE, Lake, Manifest
from tierline.lake.activity import canonical_json
from tierline.mixes.card import write_card, write_croissant
from tierline.mixes.contamination import CONTAMINATED, UNCHECKED
from tierline.mixes.contract import CHECK, check_mix, contract_of
from tierline.mixes.packed import MANIFEST, stream_digest
from tierline.mixes.recipe import MixRecipe
from tierline.mixes.tokenizing import MixTokenizer
from tierline.mixes.writing import ExportRules, MixWriter, Written
from tierline.tables import TABLES, content_id

TOKENIZER = "tokenizer.json"


def export_mix(
    lake: Lake,
    recipe: MixRecipe,
    folder: str | Path,
    tokenizer: MixTokenizer | None = None,
    rules: ExportRules | None = None,
    advance: Callable[[int], object] = lambda _: None,
) -> Path:
    """Write the folder `<folder>/<phase>`, replacing an earlier export; returns the path of its manifest.

    The folder appears whole or not at all, and is the same byte for byte for the same mix, tokenizer and rules. `advance` is called
    with the number of rows of each batch that is written. Raises NotWritten, NotPromoted, BadInput where the contract is broken
    (mixes/contract.py) or the folder cannot be written.
    """
    tokenizer, rules = tokenizer or MixTokenizer.fixed(), rules or ExportRules()
    rows, manifest = lake.stream_promoted(recipe.stage, WHOLE_LAKE)
    check_mix(lake, recipe, manifest)
    target = Path(folder) / recipe.phase
    try:
        _refuse_foreign(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{recipe.phase}-") as scratch:
            fresh = Path(scratch) / "new"
            fresh.mkdir()
            with MixWriter(fresh, recipe.phase, tokenizer, rules) as writer:
                for batch in rows.to_batches():
                    writer.add(pa.Table.from_batches([batch]))
                    advance(batch.num_rows)
            shutil.copyfile(tokenizer.source, fresh / TOKENIZER)
            described = _describe(lake, recipe, manifest, tokenizer, rules, writer.written)
            _describe_files(fresh, described, writer.written)
            if target.exists():
                target.rename(Path(scratch) / "old")
            fresh.rename(target)
    except OSError as error:
        raise BadInput(f"cannot be written ({error.strerror or error})", str(target), "choose another folder with --out") from None
    return target / MANIFEST


def _refuse_foreign(target: Path) -> None:
    """An export replaces its folder, which may contain only an earlier export."""
    if target.exists() and (not target.is_dir() or (any(target.iterdir()) and not (target / MANIFEST).is_file())):
        raise BadInput("holds something else than an exported mix", str(target), "choose another folder with --out")


def _describe_files(folder: Path, described: dict[str, Any], written: Written) -> None:
    """Card, Croissant and manifest, in this order: the manifest names every other file by its SHA-256."""
    write_card(folder, described, written)
    described["files"] = _hashed(folder)
    write_croissant(folder, described)
    described["files"] = _hashed(folder)
    described["digest"] = stream_digest(described["files"])
    (folder / MANIFEST).write_text(json.dumps(described, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _hashed(folder: Path) -> dict[str, dict[str, Any]]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": file_sha256(path)} for path in files}


def _describe(
    lake: Lake, recipe: MixRecipe, manifest: Manifest, tokenizer: MixTokenizer, rules: ExportRules, written: Written
) -> dict[str, Any]:
    tables = list(dict.fromkeys(source.table for source in recipe.sources))
    pins = {"version": lake.version(recipe.stage), "digest": manifest.digest, "activity_id": manifest.activity_id}
    return {
        "phase": recipe.phase,
        "seed": recipe.seed,
        "rows": written.documents,
        "tokens": written.tokens,
        "budget_tokens": written.budget_tokens,
        "recipe": asdict(recipe),
        "recipe_digest": content_id("rec", canonical_json(recipe)),
        "contract": contract_of(recipe),
        "tokenizer": tokenizer.describe(),
        "sequence_tokens": rules.sequence_tokens,
        "mix": {"table": recipe.stage, **pins},
        "sources": [
            {"table": table, "tier": TABLES[table].tier, "version": lake.version(table), "shards": _shards(manifest, table)}
            for table in tables
        ],
        "contamination": _contamination(lake, recipe, manifest),
    }


def _shards(manifest: Manifest, table: str) -> dict[str, str]:
    return {name.split("/", 1)[1]: digest for name, digest in manifest.inputs.items() if name.split("/", 1)[0] == table}


def _contamination(lake: Lake, recipe: MixRecipe, manifest: Manifest) -> dict[str, Any]:
    """Rows that were excluded for copying a benchmark, and the table that records it."""
    rows = lake.decisions(recipe.stage, WHOLE_LAKE).select(["rule", "tokens"]).to_pylist()
    excluded = {rule: [row["tokens"] or 0 for row in rows if row["rule"] == rule] for rule in (CONTAMINATED, UNCHECKED)}
    counts = {rule: {"rows": len(tokens), "tokens": sum(tokens)} for rule, tokens in excluded.items()}
    pins = {"table": CHECK, "version": lake.version(CHECK), "shards": _shards(manifest, CHECK)}
    return {"excluded": recipe.exclude_contaminated, **counts, **pins}
