"""Schemas of L1: filtered documents, their signals, duplicates, signatures and benchmark matches."""

from __future__ import annotations

import pyarrow as pa

from tierline.tables.spec import BOOL, DOUBLE, IDS, INT, LONG, STRING, TIME, WEB, TableSpec
from tierline.tables.tiers import Tier

LEAK, COMMON_TEXT = "leak", "common_text"  # verdicts of `l1_contamination`
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

L1_TABLES = (
    TableSpec(
        "l1_filtered",
        "l1_filtered",
        "doc_id",
        ("doc_id",),
        Tier.L1,
        {
            "doc_id": STRING,
            "parents": IDS,
            **WEB,
            "fetched_at": TIME,
            "license": STRING,
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
        id_prefix="doc",
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
        id_prefix="con",
    ),
)
