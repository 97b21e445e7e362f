"""Schemas of the three training mixes."""

from __future__ import annotations

from tierline.tables.l1 import L1_TABLES
from tierline.tables.l2 import L2_TABLES
from tierline.tables.l3 import L3_TABLES
from tierline.tables.l4 import L4_TABLES
from tierline.tables.spec import DOUBLE, LONG, PARENTS, STRING, TEXT_SHA256, WEB, Column, TableSpec
from tierline.tables.tiers import PHASE_TIERS, Phase


def mix_sources(phase: Phase) -> tuple[TableSpec, ...]:
    """Tables that a mix of the phase may draw on: the phase's tiers, as far as their rows are counted in tokens."""
    tables = (*L1_TABLES, *L2_TABLES, *L3_TABLES, *L4_TABLES)
    return tuple(table for table in tables if table.tier in PHASE_TIERS[phase] and "tokens" in table.fields)


def _mix(phase: Phase) -> TableSpec:
    tables = mix_sources(phase)

    def origins(*columns: str) -> tuple[str, ...]:
        return tuple(f"{table.name}.{column}" for column in columns for table in tables if column in table.fields)

    keys = tuple(f"{table.name}.{table.key}" for table in tables)
    copied = {name: Column(column.type, column.description, origins(name)) for name, column in WEB.items()}
    fields = {
        "row_id": Column(STRING, "Id of the mix row: a hash of the drawn row, the epoch and the position."),
        "parents": PARENTS,
        "position": Column(LONG, "Place in training order, from 0 without gaps."),
        "curriculum": Column(STRING, "Part of the curriculum that the row was drawn for: `warm`, `stable` or `decay`."),
        "epoch": Column(LONG, "How many times the source's rows had been used up before this draw; 0 on the first pass."),
        "weight": Column(DOUBLE, "Share in [0, 1] of the mix's tokens that this row holds.", origins("tokens")),
        "tokens": Column(LONG, "Tokens of the drawn row, as its tier counts them.", origins("tokens")),
        "tier": Column(STRING, "Tier that the row was drawn from: `L1` to `L4`."),
        "source": Column(STRING, "Source of the mix's recipe that the row was drawn for."),
        "source_table": Column(STRING, "Table that the row was drawn from."),
        "source_shard": Column(STRING, "Shard that the row was drawn from."),
        "doc_id": Column(STRING, "Id of the drawn row in `source_table`: of a document, passage, fact or section.", keys),
        **copied,
        "language": Column(STRING, "Language of the text as an ISO 639 code, such as `en`.", origins("language")),
        "text_sha256": Column(STRING, TEXT_SHA256.description, origins("text", "question")),
        "text": Column(STRING, "The text to train on; a question and its answer on separate lines.", origins("text", "question")),
    }
    shown = ("position", "tier", "source", "tokens", "text")
    return TableSpec(f"mix_{phase}", f"mix_{phase}", "row_id", ("position",), None, fields, preview=shown, id_prefix="mix")


MIX_TABLES = tuple(_mix(phase) for phase in Phase)
