"""The conservation table: what went into each stage and what became of it."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from tierline.advice import command
from tierline.display import TextTable, plain_table

OUTCOMES = ("kept", "dropped", "merged", "quarantined", "error")
EMPTY = f"The lake holds no decisions yet: register crawl files with {command('ingest', 'CRAWL=...')}."


def flow_table(flow: pa.Table) -> TextTable:
    """Rows of marts/tier_flow for people: a line a stage, its reasons below it."""
    rows = flow.to_pylist()
    lines: list[tuple[str, ...]] = []
    for stage in dict.fromkeys(row["stage"] for row in rows):
        own = [row for row in rows if row["stage"] == stage]
        counts = [sum(row["row_count"] for row in own if row["outcome"] == outcome) for outcome in OUTCOMES]
        tokens = sum(row["tokens"] for row in own if row["outcome"] == "kept")
        refused = max(row["refused_shards"] for row in own)
        note = f"{refused} shard{'s' if refused > 1 else ''} refused by the gate" if refused else ""
        lines.append((stage, *(f"{count:,}" if count else "-" for count in (sum(counts), *counts, tokens)), note))
        lines += [_reason(row) for row in own if row["rule"]]
    return TextTable(("stage", "in", *OUTCOMES, "kept tokens", ""), lines, frozenset({len(OUTCOMES) + 3}))


def flow_text(flow: pa.Table) -> str:
    """The same as text, for a log or a pipe. Empty lake: says so."""
    return plain_table(flow_table(flow)) if flow.num_rows else EMPTY


def _reason(row: dict[str, Any]) -> tuple[str, ...]:
    cells = [f"{row['row_count']:,}" if row["outcome"] == outcome else "" for outcome in OUTCOMES]
    return (f"  {row['rule']}", "", *cells, "", "")
