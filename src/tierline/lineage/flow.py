"""Prints the conservation table: how many rows went into each stage, and their decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

OUTCOMES = ("kept", "dropped", "merged", "quarantined", "error")


def flow_text(flow: pa.Table) -> str:
    """Rows of marts/tier_flow as a table: one line per stage, its reasons below it. For an empty lake it says so."""
    rows = flow.to_pylist()
    if not rows:
        return "The lake holds no decisions yet: register crawl files with `make ingest CRAWL=...`."
    lines: list[tuple[str, ...]] = [("stage", "in", *OUTCOMES, "kept tokens", "")]
    for stage in dict.fromkeys(row["stage"] for row in rows):
        own = [row for row in rows if row["stage"] == stage]
        counts = [sum(row["row_count"] for row in own if row["outcome"] == outcome) for outcome in OUTCOMES]
        tokens = sum(row["tokens"] for row in own if row["outcome"] == "kept")
        refused = max(row["refused_shards"] for row in own)
        note = f"{refused} shard{'s' if refused > 1 else ''} refused by the gate" if refused else ""
        lines.append((stage, *(f"{count:,}" if count else "-" for count in (sum(counts), *counts, tokens)), note))
        lines += [_reason(row) for row in own if row["rule"]]
    return _aligned(lines)


def _reason(row: dict[str, Any]) -> tuple[str, ...]:
    cells = [f"{row['row_count']:,}" if row["outcome"] == outcome else "" for outcome in OUTCOMES]
    return (f"  {row['rule']}", "", *cells, "", "")


def _aligned(lines: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in (0, len(widths) - 1) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
