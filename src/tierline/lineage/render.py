"""What a trace says about each row, and the whole trace as text and as data for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tierline.display import one_line, printable, shortened
from tierline.lineage.differences import shown
from tierline.lineage.dossier import Dossier, Dossiers, bound_line, dossier_data
from tierline.lineage.trace import Node, told
from tierline.rights.statement import statement_of

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
ANSWER_CHARACTERS = 600
SIGNS = {"same": ("", ""), "removed": ("[-", "-]"), "added": ("{+", "+}")}  # as `git diff --word-diff` marks words
LINES, ASCII = ("├─ ", "└─ ", "│  ", "   "), ("|- ", "`- ", "|  ", "   ")  # a branch, the last one, beside a branch, below the last


def trace_text(node: Node, guides: tuple[str, str, str, str] = LINES, known: Dossiers | None = None, full: bool = False) -> str:
    """A tree, one row a branch, the source address at each end; `guides` draw it, LINES or ASCII. Nothing in it steers a terminal.

    `known`: what the lake recorded about each row; `full`: all of it, that of an activity at its first row.
    """
    return "\n".join(_lines(node, "", "", guides, Telling(known or {}, full)))


class Telling:
    """What a text says of each row beside its facts: in short, or in full where the row's activity is told for the first time."""

    def __init__(self, known: Dossiers, full: bool) -> None:
        self._known, self._full, self._told = known, full, set[str]()

    def details(self, node: Node) -> Iterator[tuple[str, str]]:
        """(name, value) pairs: the facts of a row, then what the lake recorded about it; one line each."""
        yield from facts(node)
        if one := self._known.get((node.table, node.row_id)):
            activity = str(node.row.get("activity_id"))
            yield from recorded(node, one, self._full, self._full and activity not in self._told)
            self._told.add(activity)


def trace_data(node: Node, known: Dossiers | None = None) -> dict[str, Any]:
    """The whole trace: rows as they are, what made them, their parents below them; `known`: and what the lake recorded about each."""
    as_json = ("parameters", "inputs", "weights")
    made_by = {name: value for name, value in node.activity.items() if name not in ("outputs", *as_json)}
    made_by |= {name: json.loads(node.activity[name]) for name in as_json if node.activity.get(name)}
    parents = [trace_data(parent, known) for parent in node.parents]
    contamination = {"contamination": list(node.contamination), "contaminated": bool(node.leaks)}
    record = {"record": dossier_data(known[node.table, node.row_id])} if known and (node.table, node.row_id) in known else {}
    contamination |= {"rights": [statement_of(said).row() for said in node.rights]} if node.rights else {}
    rest = contamination | {"decisions": list(node.decisions)} | record | {"parents": parents}
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
    yield from (("rights", str(statement_of(said))) for said in node.rights)
    for match in node.contamination:
        item = f"{match['matched_part']} {match['item_id']} of {match['benchmark']}"
        yield "contamination", f"{match['verdict']}, {match['overlap']:.0%} of {item}"
    if node.leaks and not node.contamination:
        yield "contaminated through", ", ".join(sorted({match["doc_id"] for match in node.leaks}))
    yield from map(told, node.decisions)
    model = f", {activity['model_id']} on {activity['engine']}" if activity.get("model_id") else ""
    stage = f"{activity.get('stage', node.table)} version {activity.get('code_version', '?')}{model}"
    yield "made by", f"{stage} ({row['activity_id']}), shard {node.shard}"


def recorded(node: Node, one: Dossier, full: bool = False, with_activity: bool = False) -> Iterator[tuple[str, str]]:
    """(name, value) pairs of what the lake recorded about a row, each in one line: what a person asks first, or in full, and with its
    activity's settings, files and bounds."""
    for name, value in [*_recorded(one, full), *(_activity(node, one) if with_activity else ()), *(_changed(one) if full else ())]:
        yield name, printable(value)


def _recorded(one: Dossier, full: bool) -> Iterator[tuple[str, str]]:
    if one.verdict:
        passed = "passed" if one.verdict["passed"] else f"REFUSED: {'; '.join(one.verdict['failures'] or ())}"
        yield "gate", f"{passed}; suite {one.verdict['suite']}, {len(one.bounds)} bounds, judged at {one.verdict['judged_at']}"
    for row in one.waivers:
        signed = "signed" if row["signature"] else "not signed"
        yield "waived", f"by {row['who']} until {row['until']}: {row['why']} ({signed}, {row['created_at']})"
    for row in one.reviews:
        why = f": {row['reason']}" if row["reason"] else ""
        yield "reviewed", f"{row['verdict']} by {row['reviewer']} at {row['created_at']}{why} ({row['review_id']})"
    for row in one.calls:
        yield "model", f"{row['model_id']} on {row['engine']}, {row['kind']} at {row['called_at']} ({row['call_id']})"
        if full:
            yield "asked", shortened(row["request"] or "", ANSWER_CHARACTERS)
            yield "answered", shortened(row["response"] or "", ANSWER_CHARACTERS)


def _activity(node: Node, one: Dossier) -> Iterator[tuple[str, str]]:
    activity = node.activity
    if activity.get("started_at"):
        yield "ran", f"{activity['started_at']} to {activity['ended_at']}"
    for name, meaning in (("model_digest", "model sha256"), ("prompt_sha256", "prompts sha256")):
        if activity.get(name):
            yield meaning, str(activity[name])
    yield from (("recipe", f"{name} = {shortened(value, TEXT_CHARACTERS)}") for name, value in one.settings)
    yield from (("weights", f"{name}: sha256 {digest}") for name, digest in one.weights)
    yield from (("bound", bound_line(bound)) for bound in one.bounds)


def _changed(one: Dossier) -> Iterator[tuple[str, str]]:
    if one.changes:
        pieces = (f"{SIGNS[piece.kind][0]}{_middle(piece.text, piece.left_out)}{SIGNS[piece.kind][1]}" for piece in shown(one.changes))
        yield "changed", "".join(pieces)


def _middle(text: str, left_out: int) -> str:
    return f"{text}[... {left_out:,} characters ...]" if left_out else text


def _lines(node: Node, lead: str, indent: str, guides: tuple[str, str, str, str], telling: Telling) -> Iterator[str]:
    branch, final, beside, below = guides
    yield f"{lead}{node.table}  {printable(node.row_id)}  {headline(node)}"
    detail = indent + f"{beside if node.parents else below}  "
    for name, value in telling.details(node):
        yield f"{detail}{name}: {value}"
    for index, parent in enumerate(node.parents):
        last = index + 1 == len(node.parents)
        yield from _lines(parent, indent + (final if last else branch), indent + (below if last else beside), guides, telling)
