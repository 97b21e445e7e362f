"""A trace as one self-contained HTML page: for the screen of an auditor, for a phone, for paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tierline.display import one_line
from tierline.lineage.render import facts, headline
from tierline.lineage.trace import Node
from tierline.pages import render_page
from tierline.tables import TABLES

TEXT_CHARACTERS = 1_500
AROUND = 120  # characters shown on either side of a quote


@dataclass(frozen=True, slots=True)
class Card:
    """One row of the trace. `passage` is its text before, in and after what it quotes of its parent; without a quote all is before.

    `same_as`: the table of a row shown earlier that has the very same text; the passage is empty then.
    """

    table: str
    tier: str
    headline: str
    passage: tuple[str, str, str]
    same_as: str
    facts: tuple[tuple[str, str], ...]


def trace_html(node: Node) -> str:
    """The page: a step from the row to the crawl bytes in each section, evidence marked in its text."""
    levels: list[list[Node]] = [[node]]
    while following := _unique(parent for row in levels[-1] for parent in row.parents):
        levels.append(following)
    shown: dict[str, str] = {}
    steps = [[_card(one, shown) for one in level] for level in levels]
    return render_page("tierline.lineage", "trace.html.jinja", row_id=node.row_id, title=headline(node), steps=steps)


def _unique(nodes: Iterator[Node]) -> list[Node]:
    return list({(node.table, node.row_id): node for node in nodes}.values())


def _card(node: Node, shown: dict[str, str]) -> Card:
    tier = TABLES[node.table].tier
    text = node.row.get("text") or ""
    passage = _quoted(node) or (one_line(text, TEXT_CHARACTERS), "", "")
    same_as = shown.get(text, "") if not passage[1] else ""
    if text:
        shown.setdefault(text, node.table)
    badge = f"{tier} {tier.content}" if tier else ""
    return Card(node.table, badge, headline(node), ("", "", "") if same_as else passage, same_as, tuple(facts(node)))


def _quoted(node: Node) -> tuple[str, str, str] | None:
    """A claim's quote between its surroundings in the parent's text; None for a row that quotes nothing."""
    row = node.row
    if not row.get("quote") or not node.parents or row.get("parent_field") not in node.parents[0].row:
        return None
    text, start, end = node.parents[0].row[row["parent_field"]] or "", row["span_start"], row["span_end"]
    return text[max(0, start - AROUND) : start], text[start:end], text[end : end + AROUND]
