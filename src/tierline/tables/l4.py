"""Schemas of L4: claims of single pages, facts with their evidence, sections of vetted manuals."""

from __future__ import annotations

from tierline.tables.spec import IDS, LONG, STRING, WEB, TableSpec
from tierline.tables.tiers import Tier

L4_TABLES = (
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
            "object_key": STRING,  # normalized: what two sources must agree on
            "method": STRING,  # jsonld | microdata | table | text
            **WEB,
            "language": STRING,
        },
        id_prefix="clm",
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
        id_prefix="fact",
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
            **WEB,
        },
        id_prefix="src",
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
            **WEB,
            "heading": STRING,
            "position": LONG,
            "span_start": LONG,
            "span_end": LONG,
            "text": STRING,
            "tokens": LONG,
            "language": STRING,
            "license": STRING,
            "approved_by": STRING,
            "approved_on": STRING,
        },
        id_prefix="sec",
    ),
)
