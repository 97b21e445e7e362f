"""Shows a trace: as text for a terminal, as JSON for programs, as one HTML page for people."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from typing import Any

from tierline.lineage.trace import Node
from tierline.tables import TABLES

TEXT_CHARACTERS = 160
SHOWN = (
    "kind",
    "independent_sources",
    "contradictions",
    "usefulness",
    "faithfulness",
    "approved_by",
    "approved_on",
    "epoch",
    "position",
    "language",
)


def trace_text(node: Node) -> str:
    """A tree, one branch per row, with the source address at each end."""
    return "\n".join(_lines(node, "", ""))


def trace_json(node: Node) -> str:
    """The whole trace; rows as they are, times in ISO form."""
    return json.dumps(_plain(node), indent=2, ensure_ascii=False, default=str)


def trace_html(node: Node) -> str:
    """One self-contained page: a column for each step from the row (left) to the crawl bytes (right), evidence marked in its text."""
    levels: list[list[Node]] = [[node]]
    while following := _unique(parent for row in levels[-1] for parent in row.parents):
        levels.append(following)
    columns = "".join(f"<section>{''.join(map(_card, level))}</section>" for level in levels)
    title = html.escape(_headline(node))
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Trace of {html.escape(node.row_id)}</title><style>{STYLE}</style>"
        f"<header><h1>{title}</h1><p>Every ancestor of <code>{html.escape(node.row_id)}</code>, "
        "from the row itself (left) to the bytes it was read from (right).</p></header>"
        f"<main>{columns}</main></html>\n"
    )


STYLE = """
:root{color-scheme:light dark;--line:#c9d1d9;--mark:#ffe08a;--ink:#1f2328;--page:#f6f8fa;--card:#fff;--soft:#59636e}
@media(prefers-color-scheme:dark){:root{--line:#3d444d;--mark:#6b5410;--ink:#e6edf3;--page:#0d1117;--card:#161b22;--soft:#9198a1}}
body{margin:0;font:14px/1.5 system-ui,sans-serif;background:var(--page);color:var(--ink)}
header{padding:1.5rem 2rem .5rem}h1{font-size:1.4rem;margin:0}header p{margin:.3rem 0;color:var(--soft)}
main{display:flex;gap:1.5rem;padding:1rem 2rem 2rem;overflow-x:auto;align-items:flex-start}
section{flex:0 0 19rem;display:flex;flex-direction:column;gap:.8rem}
article{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem}
h2{font-size:1rem;margin:0 0 .3rem}.tier{float:right;border:1px solid var(--line);border-radius:4px;padding:0 .4rem;font-size:.8rem}
blockquote{margin:.5rem 0;max-height:14rem;overflow:auto;white-space:pre-wrap;border-left:3px solid var(--line);padding-left:.7rem}
mark{background:var(--mark);color:inherit}dl{display:grid;grid-template-columns:auto 1fr;gap:.1rem .7rem;margin:.4rem 0 0;font-size:.85rem}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
"""


def _unique(nodes: Iterator[Node]) -> list[Node]:
    return list({(node.table, node.row_id): node for node in nodes}.values())


def _lines(node: Node, lead: str, indent: str) -> Iterator[str]:
    yield f"{lead}{node.table}  {node.row_id}  {_headline(node)}"
    detail = indent + ("│    " if node.parents else "     ")
    for name, value in _facts(node):
        yield f"{detail}{name}: {value}"
    for index, parent in enumerate(node.parents):
        last = index + 1 == len(node.parents)
        yield from _lines(parent, indent + ("└─ " if last else "├─ "), indent + ("   " if last else "│  "))


def _headline(node: Node) -> str:
    row = node.row
    if "predicate" in row:
        return f"{row['subject']}, {row['predicate']}: {row['object']}"
    names = ("title", "heading", "question", "text", "quote", "error")
    return _short(next((row[name] for name in names if row.get(name)), ""), 80)


def _facts(node: Node) -> Iterator[tuple[str, str]]:
    row, activity = node.row, node.activity
    if node.table == "l0_raw":
        yield "bytes", f"{row['source_uri']} at {row['source_offset']}, {row['source_length']} long, {row['source_format']}"
        yield "payload sha256", str(row["payload_sha256"])
        yield "fetched", f"{row['url']} at {row['fetched_at']}"
    elif row.get("quote"):
        quote = json.dumps(_short(row["quote"], TEXT_CHARACTERS), ensure_ascii=False)
        yield "quote", f"{quote} at {row['span_start']}:{row['span_end']} of {row['parent_field']}"
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
    model = f", {activity['model_id']} on {activity['engine']}" if activity.get("model_id") else ""
    stage = f"{activity.get('stage', node.table)} version {activity.get('code_version', '?')}{model}"
    yield "made by", f"{stage} ({row['activity_id']}), shard {node.shard}"


def _card(node: Node) -> str:
    tier = TABLES[node.table].tier
    facts = "".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in _facts(node))
    badge = f"<span class=tier>{tier} {tier.content}</span>" if tier else ""
    heading = f"{badge}<h2>{html.escape(node.table)}</h2><div>{html.escape(_headline(node))}</div>"
    return f"<article>{heading}{_quoted(node)}<dl>{facts}</dl></article>"


def _quoted(node: Node) -> str:
    """The text with its parent's span marked; for a claim the quote in its context."""
    row = node.row
    if row.get("quote") and node.parents and row["parent_field"] in node.parents[0].row:
        text, start, end = node.parents[0].row[row["parent_field"]] or "", row["span_start"], row["span_end"]
        before, after = text[max(0, start - 120) : start], text[end : end + 120]
        return f"<blockquote>{html.escape(before)}<mark>{html.escape(text[start:end])}</mark>{html.escape(after)}</blockquote>"
    text = row.get("text") or ""
    return f"<blockquote>{html.escape(_short(text, 1_500))}</blockquote>" if text else ""


def _short(text: str, limit: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _plain(node: Node) -> dict[str, Any]:
    made_by = {name: value for name, value in node.activity.items() if name not in ("outputs", "parameters", "inputs")}
    made_by |= {name: json.loads(node.activity[name]) for name in ("parameters", "inputs") if name in node.activity}
    parents = [_plain(parent) for parent in node.parents]
    contamination = {"contamination": list(node.contamination), "contaminated": bool(node.leaks)}
    return {"table": node.table, "id": node.row_id, "row": node.row, "made_by": made_by, **contamination, "parents": parents}
