"""Schemas of the three training mixes."""

from __future__ import annotations

from tierline.tables.spec import DOUBLE, IDS, LONG, STRING, WEB, TableSpec
from tierline.tables.tiers import Phase

MIX_TABLES = (
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
                **WEB,
                "language": STRING,
                "text_sha256": STRING,
                "text": STRING,
            },
            id_prefix="mix",
        )
        for phase in Phase
    ),
)
