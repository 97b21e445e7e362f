"""Schemas, keys and ids of every table in the lake: the one place that says what a row is."""

from __future__ import annotations

from tierline.tables.ids import content_id, content_ids, document_id
from tierline.tables.l0 import L0_TABLES
from tierline.tables.l1 import L1_SIGNALS, L1_TABLES, SHARES
from tierline.tables.l2 import L2_TABLES
from tierline.tables.l3 import L3_TABLES
from tierline.tables.l4 import L4_TABLES
from tierline.tables.mixes import MIX_TABLES
from tierline.tables.records import DECISION_COLUMNS, OUTCOMES
from tierline.tables.spec import Column, TableSpec

TABLES: dict[str, TableSpec] = {spec.name: spec for spec in (*L0_TABLES, *L1_TABLES, *L2_TABLES, *L3_TABLES, *L4_TABLES, *MIX_TABLES)}

__all__ = [
    "DECISION_COLUMNS", "L1_SIGNALS", "OUTCOMES", "SHARES", "TABLES", "Column", "TableSpec", "content_id", "content_ids", "document_id",
    "stage_tables",
]  # fmt: skip


def stage_tables(stage: str) -> list[str]:
    """Every table that the stage writes, the main one first."""
    names = [spec.name for spec in TABLES.values() if spec.stage == stage]
    return sorted(names, key=lambda name: name != stage)
