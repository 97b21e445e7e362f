"""A trace as one self-contained HTML page: for the screen of an auditor, for a phone, for paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tierline.display import one_line, shortened
from tierline.lineage.differences import Piece, shown
from tierline.lineage.dossier import Dossier, Dossiers, bound_line
from tierline.lineage.render import facts, headline, recorded
from tierline.lineage.trace import Node
from tierline.pages import render_page
from tierline.tables import TABLES

TEXT_CHARACTERS = 1_500
ANSWER_CHARACTERS = 2_000
AROUND = 120  # characters shown on either side of a quote


@dataclass(frozen=True, slots=True)
class Card:
    """One row of the trace. `passage` is its text before, in and after what it quotes of its parent; without a quote all is before.

    `same_as`: the table of a row shown earlier that has the very same text; the passage is empty then. `record` is what the lake recorded
    about it, in short; `behind` has it whole, as (heading, (name, value) pairs); `changes` lead from its parent's text to its own.
    """

    table: str
    tier: str
    headline: str
    passage: tuple[str, str, str]
    same_as: str
    facts: tuple[tuple[str, str], ...]
    record: tuple[tuple[str, str], ...] = ()
    behind: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    changes: tuple[Piece, ...] = ()


def trace_html(node: Node, known: Dossiers | None = None) -> str:
    """The page: a step from the row to the crawl bytes in each section, evidence marked in its text; `known`: what the lake recorded
    about each row."""
    levels: list[list[Node]] = [[node]]
    while following := _unique(parent for row in levels[-1] for parent in row.parents):
        levels.append(following)
    texts: dict[str, str] = {}
    told: dict[tuple[str, str], str] = {}
    steps = [[_card(one, texts, told, known or {}) for one in level] for level in levels]
    return render_page("tierline.lineage", "trace.html.jinja", row_id=node.row_id, title=headline(node), steps=steps)


def _unique(nodes: Iterator[Node]) -> list[Node]:
    return list({(node.table, node.row_id): node for node in nodes}.values())


def _card(node: Node, texts: dict[str, str], told: dict[tuple[str, str], str], known: Dossiers) -> Card:
    tier = TABLES[node.table].tier
    text = node.row.get("text") or ""
    one = known.get((node.table, node.row_id))
    changes = tuple(shown(one.changes)) if one and one.changes else ()
    passage = _quoted(node) or (one_line(text, TEXT_CHARACTERS), "", "")
    same_as = texts.get(text, "") if not passage[1] else ""
    if text:
        texts.setdefault(text, node.table)
    badge = f"{tier} {tier.content}" if tier else ""
    passage = ("", "", "") if same_as or (changes and not passage[1]) else passage
    record = tuple(recorded(node, one)) if one else ()
    behind = tuple(_behind(node, one, told)) if one else ()
    return Card(node.table, badge, headline(node), passage, same_as, tuple(facts(node)), record, behind, changes)


def _behind(node: Node, one: Dossier, told: dict[tuple[str, str], str]) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """What is behind a row, by heading. What rows of one activity share is told once."""
    activity = node.activity
    key = str(activity.get("activity_id")), node.table
    if key in told:
        yield f"Activity and gate: as of {told[key]}", ()
    else:
        told[key] = node.row_id
        ran = {"model sha256": "model_digest", "prompts sha256": "prompt_sha256", "began": "started_at", "ended": "ended_at"}
        about = tuple((name, str(activity[column])) for name, column in ran.items() if activity.get(column))
        yield "Activity", about
        yield "Recipe at the time", one.settings
        yield "Weights and files of the code, SHA-256", one.weights
        yield "Gate: what was observed, and its bounds at the time", tuple(_bound(bound) for bound in one.bounds)
    for call in one.calls:
        said = {name: shortened(call[name] or "", ANSWER_CHARACTERS) for name in ("request", "response")}
        yield f"Model's answer {call['call_id']}", (("asked", said["request"]), ("answered", said["response"]))


def _bound(bound: dict[str, Any]) -> tuple[str, str]:
    line = bound_line(bound)
    return bound["metric"], line.removeprefix(f"{bound['metric']} ")


def _quoted(node: Node) -> tuple[str, str, str] | None:
    """A claim's quote between its surroundings in the parent's text; None for a row that quotes nothing."""
    row = node.row
    if not row.get("quote") or not node.parents or row.get("parent_field") not in node.parents[0].row:
        return None
    text, start, end = node.parents[0].row[row["parent_field"]] or "", row["span_start"], row["span_end"]
    return text[max(0, start - AROUND) : start], text[start:end], text[end : end + AROUND]
