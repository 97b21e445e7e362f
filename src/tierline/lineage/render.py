"""What a trace says about each row, and the whole trace as text and as data for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tierline.display import one_line, printable, shortened
from tierline.lineage.trace import Node, told

TEXT_CHARACTERS = 160
SHOWN = (
    "kind",
    "independent_sources",
    "contradictions",
    "state",
    "valid_from",
    "valid_until",
    "dated_by",
    "superseded_by",
    "time",
    "time_source",
    "page_time",
    "page_time_source",
    "usefulness",
    "faithfulness",
    "vouched_by",
    "vouched_on",
    "lapsed",
    "approved_by",
    "approved_on",
    "epoch",
    "position",
    "language",
)
LINES, ASCII = ("├─ ", "└─ ", "│  ", "   "), ("|- ", "`- ", "|  ", "   ")  # a branch, the last one, beside a branch, below the last


def trace_text(node: Node, guides: tuple[str, str, str, str] = LINES) -> str:
    """A tree, one row a branch, the source address at each end; `guides` draw it, LINES or ASCII. Nothing in it steers a terminal."""
    return "\n".join(_lines(node, "", "", guides))


def trace_data(node: Node) -> dict[str, Any]:
    """The whole trace: rows as they are, what made them, their parents below them."""
    made_by = {name: value for name, value in node.activity.items() if name not in ("outputs", "parameters", "inputs")}
    made_by |= {name: json.loads(node.activity[name]) for name in ("parameters", "inputs") if name in node.activity}
    parents = [trace_data(parent) for parent in node.parents]
    contamination = {"contamination": list(node.contamination), "contaminated": bool(node.leaks)}
    rest = contamination | {"decisions": list(node.decisions), "parents": parents}
    return {"table": node.table, "id": node.row_id, "row": node.row, "made_by": made_by, **rest}


def headline(node: Node) -> str:
    """What the row is about, in one line."""
    row = node.row
    if "predicate" in row:
        return printable(f"{row['subject']}, {row['predicate']}: {row['object']}")
    names = ("title", "heading", "question", "text", "quote", "error")
    return one_line(next((row[name] for name in names if row.get(name)), ""), 80)


def facts(node: Node) -> Iterator[tuple[str, str]]:
    """(name, value) pairs: where the row comes from, what is known of it, what made it. Values are one line each."""
    for name, value in _facts(node):
        yield name, printable(value)


def _facts(node: Node) -> Iterator[tuple[str, str]]:
    row, activity = node.row, node.activity
    if node.table == "l0_raw":
        yield "bytes", f"{row['source_uri']} at {row['source_offset']}, {row['source_length']} long, {row['source_format']}"
        yield "payload sha256", str(row["payload_sha256"])
        yield "fetched", f"{row['url']} at {row['fetched_at']}" if row["fetched_at"] else str(row["url"])
    elif node.table == "l4_statements":
        yield (
            "row",
            f"{row['source_uri']} at {row['source_address']}, {row['source_column']}: {shortened(row['source_value'], TEXT_CHARACTERS)}",
        )
        yield "file sha256", str(row["source_sha256"])
        yield "base", f"{row['base']} {row['base_version']}, {row['license']}, retrieved {row['retrieved']}"
    elif node.table == "l3_feedback":
        yield "line", f"{row['source_uri']} line {row['source_line']}, at {row['source_offset']}, {row['source_length']} long"
        yield "line sha256", str(row["line_sha256"])
        yield "said by", f"{row['origin']}, of {row['model'] or 'no named model'}; consent: {row['consent']}"
    elif row.get("quote"):
        place = f" at {row['span_start']}:{row['span_end']} of {row['parent_field']}" if "parent_field" in row else ""  # none in a form
        yield "quote", f"{shortened(row['quote'], TEXT_CHARACTERS)}{place}"
        yield "source", str(row["url"])
    for name in SHOWN:
        if row.get(name) is not None:
            value = row[name]
            yield name.replace("_", " "), f"{value:.3f}" if isinstance(value, float) else str(value)
    for match in node.contamination:
        item = f"{match['matched_part']} {match['item_id']} of {match['benchmark']}"
        yield "contamination", f"{match['verdict']}, {match['overlap']:.0%} of {item}"
    if node.leaks and not node.contamination:
        yield "contaminated through", ", ".join(sorted({match["doc_id"] for match in node.leaks}))
    yield from map(told, node.decisions)
    model = f", {activity['model_id']} on {activity['engine']}" if activity.get("model_id") else ""
    stage = f"{activity.get('stage', node.table)} version {activity.get('code_version', '?')}{model}"
    yield "made by", f"{stage} ({row['activity_id']}), shard {node.shard}"


def _lines(node: Node, lead: str, indent: str, guides: tuple[str, str, str, str]) -> Iterator[str]:
    branch, final, beside, below = guides
    yield f"{lead}{node.table}  {printable(node.row_id)}  {headline(node)}"
    detail = indent + f"{beside if node.parents else below}  "
    for name, value in facts(node):
        yield f"{detail}{name}: {value}"
    for index, parent in enumerate(node.parents):
        last = index + 1 == len(node.parents)
        yield from _lines(parent, indent + (final if last else branch), indent + (below if last else beside), guides)
