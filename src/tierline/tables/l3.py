"""Schema of L3: passages that a model edited or questioned, or that a person reviewed."""

from __future__ import annotations

from tierline.tables.spec import DOUBLE, IDS, LONG, STRING, VECTOR, WEB, TableSpec
from tierline.tables.tiers import Tier

L3_TABLES = (
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
            **WEB,
            "language": STRING,
            "license": STRING,
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
        id_prefix="psg",
    ),
)
