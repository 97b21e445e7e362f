"""Schemas, keys and ids of every table in the lake: the one place that says what a row is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pyarrow as pa

from tierline.document_l2 import L2_TABLES
from tierline.table import BOOL, DOUBLE, IDS, INT, LONG, STRING, TIME, VECTOR, TableSpec
from tierline.tiers import Tier

SHARES = pa.list_(pa.struct([("language", STRING), ("share", DOUBLE)]))

# The numbers the L1 rules look at, one per published rule (filters/signals.py computes them and cites the sources).
L1_SIGNALS = (
    "word_count",
    "mean_word_length",
    "symbol_word_ratio",
    "bullet_line_share",
    "ellipsis_line_share",
    "alphabetic_word_share",
    "stop_word_count",
    "duplicate_line_share",
    "duplicate_paragraph_share",
    "duplicate_line_char_share",
    "duplicate_paragraph_char_share",
    "duplicate_line_text_share",
    *(f"top_{size}gram_char_share" for size in range(2, 5)),
    *(f"duplicate_{size}gram_char_share" for size in range(5, 11)),
    "sentence_count",
    "terminal_punctuation_line_share",
    "short_line_share",
    "newline_word_ratio",
    "curly_brace_count",
    "lorem_ipsum_count",
    "boilerplate_phrase_count",
    "profane_word_share",
    "profane_word_count",
    "toxicity",
)

_WEB = {"url": STRING, "domain": STRING}

_SPECS = (
    TableSpec(
        "l0_raw",
        "l0_raw",
        "doc_id",
        ("source_uri", "source_offset", "doc_id"),
        Tier.L0,
        {
            "doc_id": STRING,
            "parents": IDS,
            "source_uri": STRING,  # the crawl file
            "source_format": STRING,  # warc | jsonl | parquet: says what offset and length count
            "source_offset": LONG,  # warc: byte of the record in the file; jsonl: byte of the line, decompressed; parquet: row
            "source_length": LONG,  # in the same unit
            "payload_sha256": STRING,  # of the record's body before any decoding; what `tierline verify` re-hashes
            "record_id": STRING,
            "record_type": STRING,
            **_WEB,
            "fetched_at": TIME,
            "http_status": INT,
            "content_type": STRING,
            "charset": STRING,
            "licence": STRING,
            "robots": STRING,
            "title": STRING,
            "text": STRING,
            "structured_data": STRING,  # one JSON object a line: {"kind": "jsonld|microdata|table", ...}
            "status": STRING,  # ok | empty | unsupported | error
            "error": STRING,
        },
    ),
    TableSpec(
        "l1_filtered",
        "l1_filtered",
        "doc_id",
        ("doc_id",),
        Tier.L1,
        {
            "doc_id": STRING,
            "parents": IDS,
            **_WEB,
            "fetched_at": TIME,
            "licence": STRING,
            "title": STRING,
            "text": STRING,
            "text_sha256": STRING,
            "structured_data": STRING,
            "language": STRING,
            "language_confidence": DOUBLE,
            "language_shares": SHARES,  # more than one where a page changes its language; largest first
            "tokens": LONG,
            "boilerplate_lines": INT,  # cut because the site repeats them on its pages
            "boilerplate_characters": INT,
            "pii_redactions": INT,
        },
        group_rows=128,
    ),
    TableSpec(
        "l1_signals",
        "l1_filtered",
        "doc_id",
        ("doc_id",),
        None,
        {
            "doc_id": STRING,  # of every document with text, whatever the rules decided
            "language": STRING,
            "language_confidence": DOUBLE,
            "tokens": LONG,  # of the cleaned text, before redaction
            "unspaced_share": DOUBLE,  # of its words, those of scripts without spaces
            **dict.fromkeys(L1_SIGNALS, DOUBLE),
        },
        group_rows=128,
    ),
    TableSpec(
        "l1_duplicates",
        "l1_filtered",
        "doc_id",
        ("doc_id",),
        None,
        {
            "doc_id": STRING,
            "kept_doc_id": STRING,
            "kept_shard": STRING,
            "method": STRING,
            "estimated_similarity": DOUBLE,
            "similarity": DOUBLE,
        },
    ),
    TableSpec(
        "l1_signatures",
        "l1_filtered",
        "doc_id",
        ("doc_id",),
        None,
        {"doc_id": STRING, "text_sha256": STRING, "normal_sha256": STRING, "signature": pa.binary()},
    ),
    TableSpec(
        "l1_contamination",
        "l1_contamination",
        "match_id",
        ("doc_id", "match_id"),
        None,
        {
            "match_id": STRING,
            "doc_id": STRING,
            "parents": IDS,
            "benchmark": STRING,
            "item_id": STRING,  # as the benchmark file numbers or names it
            "verdict": STRING,  # leak | common_text
            "matched_part": STRING,  # question | passage
            "overlap": DOUBLE,  # share of the part's words that matching n-grams cover, those of common text left out for a question
            "matched_words": LONG,
            "answer_found": BOOL,  # an answer or most options stand beside the question
            "domains": LONG,  # most registrable domains of the shard on which one matching n-gram occurs, counted up to the bound
            "span_start": LONG,
            "span_end": LONG,
            "quote": STRING,  # the document's text[span_start:span_end] == quote (law 4)
        },
    ),
    *L2_TABLES,
    TableSpec(
        "l3_refined",
        "l3_refined",
        "passage_id",
        ("passage_id",),
        Tier.L3,
        {
            "passage_id": STRING,
            "parents": IDS,
            "kind": STRING,  # edit | qa | review
            **_WEB,
            "language": STRING,
            "licence": STRING,
            "source_start": LONG,
            "source_end": LONG,  # characters of the parent's text that the passage refines
            "source_text": STRING,
            "question": STRING,
            "text": STRING,
            "tokens": LONG,
            "similarity": DOUBLE,
            "length_ratio": DOUBLE,
            "changed_word_share": DOUBLE,
            "faithfulness": DOUBLE,  # the judge's score in [0, 1]; rejected edits are in the ledger only
            "call_ids": IDS,
            "embedding": VECTOR,
        },
    ),
    TableSpec(
        "l4_claims",
        "l4_claims",
        "claim_id",
        ("claim_id",),
        None,
        {
            "claim_id": STRING,
            "parents": IDS,
            "parent_table": STRING,
            "parent_field": STRING,
            "span_start": LONG,
            "span_end": LONG,
            "quote": STRING,  # parent[field][span_start:span_end] == quote (law 4)
            "subject": STRING,
            "predicate": STRING,
            "object": STRING,
            "subject_key": STRING,
            "object_key": STRING,  # normalised: what two sources must agree on
            "method": STRING,  # jsonld | microdata | table | text
            **_WEB,
            "language": STRING,
        },
    ),
    TableSpec(
        "l4_facts",
        "l4_facts",
        "fact_id",
        ("fact_id",),
        Tier.L4,
        {
            "fact_id": STRING,
            "parents": IDS,
            "subject": STRING,
            "predicate": STRING,
            "object": STRING,
            "text": STRING,  # the fact as a sentence, for training
            "language": STRING,
            "tokens": LONG,
            "independent_sources": LONG,
            "contradictions": LONG,
        },
    ),
    TableSpec(
        "l4_sources",
        "l4_facts",
        "source_id",
        ("fact_id", "source_id"),
        None,
        {
            "source_id": STRING,
            "fact_id": STRING,
            "claim_id": STRING,
            "parent_id": STRING,
            "parent_table": STRING,
            "parent_shard": STRING,
            "parent_field": STRING,
            "span_start": LONG,
            "span_end": LONG,
            "quote": STRING,
            **_WEB,
        },
    ),
    TableSpec(
        "l4_manuals",
        "l4_manuals",
        "section_id",
        ("section_id",),
        Tier.L4,
        {
            "section_id": STRING,
            "parents": IDS,
            **_WEB,
            "heading": STRING,
            "position": LONG,
            "span_start": LONG,
            "span_end": LONG,
            "text": STRING,
            "tokens": LONG,
            "language": STRING,
            "licence": STRING,
            "approved_by": STRING,
            "approved_on": STRING,
        },
    ),
    *(
        TableSpec(
            f"mix_{phase}",
            f"mix_{phase}",
            "row_id",
            ("position",),
            None,
            {
                "row_id": STRING,
                "parents": IDS,
                "position": LONG,
                "curriculum": STRING,  # warm | stable | decay: the part of the curriculum that the row was drawn for
                "epoch": LONG,  # how often the source had been gone through before
                "weight": DOUBLE,  # share of the mix's tokens
                "tokens": LONG,
                "tier": STRING,
                "source": STRING,  # of the recipe's sources
                "source_table": STRING,
                "source_shard": STRING,
                "doc_id": STRING,  # of the row that it was drawn from
                **_WEB,
                "language": STRING,
                "text_sha256": STRING,
                "text": STRING,
            },
        )
        for phase in ("pretrain", "midtrain", "alignment")
    ),
)

TABLES: dict[str, TableSpec] = {spec.name: spec for spec in _SPECS}

DECISION_COLUMNS = {
    "row_id": STRING,
    "outcome": STRING,  # kept | dropped | merged | quarantined | error
    "rule": STRING,  # null when kept
    "value": DOUBLE,
    "threshold": DOUBLE,
    "related_id": STRING,  # the kept document of a merge, the parent of a rejected edit
    "detail": STRING,
    "tokens": LONG,  # of the row, where its tier counts them
}
OUTCOMES = ("kept", "dropped", "merged", "quarantined", "error")


def stage_tables(stage: str) -> list[str]:
    """Every table that the stage writes, the main one first."""
    names = [spec.name for spec in _SPECS if spec.stage == stage]
    return sorted(names, key=lambda name: name != stage)


def content_id(prefix: str, *parts: str | int | Sequence[str]) -> str:
    """`prefix_` and 24 hex digits that depend on every part and on where one part ends and the next begins."""
    digest = hashlib.sha256()
    for part in parts:
        items = [str(part)] if isinstance(part, str | int) else [str(item) for item in part]
        for item in (str(len(items)), *items):
            data = item.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "little") + data)
    return f"{prefix}_{digest.hexdigest()[:24]}"


def document_id(source_uri: str, source_offset: int, payload_sha256: str) -> str:
    """A document's id in L0-L2: its address and its bytes, so that it survives cleaning of the text."""
    return content_id("doc", source_uri, source_offset, payload_sha256)
