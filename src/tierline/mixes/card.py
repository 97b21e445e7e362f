"""Describes an exported mix to people and programs: the dataset card of the Hugging Face hub, and Croissant metadata."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from tierline.errors import LawBroken
from tierline.mixes.recipe import CURRICULUM
from tierline.mixes.writing import DATA, PACKED, Written

CARD, CROISSANT = "README.md", "croissant.json"
# The hub's size categories, by rows: below which, and its name.
SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"), (10**8, "10M<n<100M"))
ROW_FIELDS = {
    "row_id": "id of the row, for `tierline trace`",
    "position": "place in the order of training, from 0",
    "curriculum": "part of the curriculum that it was drawn for: warm, stable or decay",
    "epoch": "how often its source had been gone through before",
    "tier": "grade of the data, L0 (raw) to L4 (verified)",
    "source_table": "table that it was drawn from",
    "doc_id": "id of the row that it was drawn from",
    "url": "address of the page, where there is one",
    "language": "ISO 639 code",
    "text_sha256": "SHA-256 of the text",
    "text": "what a model trains on",
}


def write_card(folder: Path, described: dict[str, Any], written: Written) -> None:
    """README.md: a YAML header that `datasets.load_dataset(folder)` and the hub read, then the description for people."""
    phase = described["phase"]
    header = {
        "pretty_name": f"Tierline {phase} mix",
        "language": sorted(language for language in written.languages if language != "unknown"),
        "task_categories": ["text-generation"],
        "size_categories": [next((name for bound, name in SIZES if written.documents < bound), "n>100M")],
        "tags": ["tierline", "croissant", phase],
        "configs": [
            {"config_name": "rows", "default": True, "data_files": [{"split": "train", "path": f"{DATA}/*.parquet"}]},
            {"config_name": "packed", "data_files": [{"split": "train", "path": f"{PACKED}/*.parquet"}]},
        ],
    }
    facts = _facts(described, written) | {"header": yaml.safe_dump(header, sort_keys=False), "groups": _groups(written)}
    (folder / CARD).write_text(_CARD.format(**facts), "utf-8")


def _groups(written: Written) -> str:
    """Lines of the card's table: part of the curriculum, tier, rows, tokens, share of the tokens."""
    lines: list[str] = []
    for part, tier in sorted(written.groups, key=lambda group: (CURRICULUM.index(group[0]), group[1])):
        rows, tokens = written.groups[part, tier], written.group_tokens[part, tier]
        lines.append(f"| {part} | {tier} | {rows:,} | {tokens:,} | {tokens / max(1, written.tokens):.1%} |")
    return "\n".join(lines)


def write_croissant(folder: Path, described: dict[str, Any]) -> None:
    """croissant.json, version 1.0 of the format, as mlcroissant writes and validates it. LawBroken where it finds an error."""
    import mlcroissant as mlc

    files = [
        mlc.FileObject(
            id=name, name=name, content_url=name, content_size=f"{said['bytes']} B", encoding_formats=[_format(name)], sha256=said["sha256"]
        )
        for name, said in described["files"].items()
    ]
    parts = mlc.FileSet(
        id="rows-files", name="rows-files", description="texts", encoding_formats=["application/x-parquet"], includes=[f"{DATA}/*.parquet"]
    )
    fields = [
        mlc.Field(
            id=f"rows/{name}",
            name=name,
            description=text,
            data_types=[mlc.DataType.INT64 if name in ("position", "epoch") else mlc.DataType.TEXT],
            source=mlc.Source(file_set=parts.id, extract=mlc.Extract(column=name)),
        )
        for name, text in ROW_FIELDS.items()
    ]
    try:
        metadata = mlc.Metadata(
            name=f"tierline-{described['phase']}-mix",
            description=f"The {described['phase']} mix: {described['rows']} rows, {described['tokens']} tokens, in training order.",
            version="1.0.0",
            distribution=[*files, parts],
            record_sets=[mlc.RecordSet(id="rows", name="rows", description="rows in training order", fields=fields)],
        )
    except mlc.ValidationError as error:
        raise LawBroken(str(error), CROISSANT) from None
    (folder / CROISSANT).write_text(json.dumps(metadata.to_json(), indent=2, ensure_ascii=False) + "\n", "utf-8")


def _format(name: str) -> str:
    kinds = {".parquet": "application/x-parquet", ".json": "application/json", ".md": "text/markdown"}
    return kinds.get(Path(name).suffix, "application/octet-stream")


def _facts(described: dict[str, Any], written: Written) -> dict[str, str]:
    contamination = described["contamination"]
    kept_out = f"{contamination['mix:contaminated']['rows']:,} rows that copy a benchmark, or were made from such a document, were left out"
    unchecked = f"{contamination['mix:not_checked_for_contamination']['rows']:,} because nobody had checked them"
    tables = ", ".join(f"{source['table']} ({len(source['shards'])} shards)" for source in described["sources"])
    return {
        "phase": described["phase"],
        "rows": f"{written.documents:,}",
        "tokens": f"{written.tokens:,}",
        "tokenizer": described["tokenizer"]["name"],
        "end": described["tokenizer"]["end_token"],
        "sequence": f"{described['sequence_tokens']:,}",
        "seed": str(described["seed"]),
        "recipe": described["recipe_digest"],
        "activity": described["mix"]["activity_id"],
        "tables": tables,
        "contamination": f"{kept_out}, {unchecked}" if contamination["excluded"] else "the recipe asked for rows that copy benchmarks too",
        "languages": ", ".join(f"{language} {count:,}" for language, count in written.languages.most_common(10)),
    }


_CARD = """---
{header}---

# Tierline {phase} mix

{rows} rows in training order, {tokens} tokens by the tokenizer {tokenizer} with {end} at the end of each document.

| curriculum | tier | rows | tokens | share |
|---|---|---:|---:|---:|
{groups}

Rows by language: {languages}.

## Loading

    datasets.load_dataset(FOLDER)                         # rows: texts, and where each comes from
    datasets.load_dataset(FOLDER, "packed")               # sequences of {sequence} tokens
    tierline.mixes.packed.PackedMix(FOLDER).stream(8, 1024)  # batches that resume
    tierline trace --mix FOLDER --position N              # which page's bytes a token comes from

`tokens.bin` and `tokens.idx` are an indexed dataset as Megatron-LM reads it, one document a sequence. `documents.parquet` has a row for
each of these documents, in the same order: id, tier, domain, first token, number of tokens, SHA-256 of the text. `tokenizer.json` is the
tokenizer. `manifest.json` has the SHA-256 of every file, the recipe, the contract that loading enforces, and the state of every table the
mix was drawn from.

## What it was made of

Recipe {recipe}, seed {seed}, drawn by activity {activity} from {tables}. Of what was offered, {contamination}.

The texts belong to whoever published them; the row's `url` says where, and the lake holds what the page said about its license. Personal
data was replaced by tags as far as rules find it. Facts in L4 are what independent sites state alike, not what is true.
"""
