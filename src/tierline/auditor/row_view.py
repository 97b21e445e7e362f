"""Everything that the page of one row shows: its text, its lineage, what the lake recorded about it, and where its bytes are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tierline.audit.find import Place, Texts
from tierline.auditor.addresses import bytes_address, row_address
from tierline.auditor.drawing import Picture, draw_narrow, draw_wide
from tierline.auditor.graph import lineage_graph
from tierline.auditor.kin import Made, made_from
from tierline.auditor.rows import Row, read_rows, shown_columns
from tierline.lake import Lake
from tierline.lineage.differences import Piece, shown
from tierline.lineage.dossier import Dossier, bound_line, dossiers
from tierline.lineage.render import facts, headline
from tierline.lineage.trace import Node, trace
from tierline.lineage.verify import SPANS
from tierline.stages import STAGES
from tierline.tables import TABLES

TEXT_CHARACTERS = 20_000  # of a text; the rest is in the trace's JSON
FIELD_CHARACTERS = 1_500
ANSWER_CHARACTERS = 4_000
AROUND = 240  # characters on either side of a quote
EVIDENCE_SHOWN, FACTS_SHOWN, ANCESTORS_SHOWN = 12, 20, 60
FACTS = "l4_facts"
RIGHTS_WORDS = ("license", "robots", "rights", "reservation", "consent")  # in names of columns that say what a source allows
ACTIVITY_NAMES = {
    "activity_id": "activity",
    "stage": "stage",
    "shard": "shard",
    "code_version": "code version",
    "model_id": "model",
    "engine": "engine",
    "model_digest": "model's SHA-256",
    "prompt_sha256": "prompts' SHA-256",
    "started_at": "began",
    "ended_at": "committed",
    "rows_in": "rows that went in",
    "model_calls": "calls of the model",
    "digest": "digest of its rows",
}
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of a source between what stands around them: what the row rests on, or what it quotes itself."""

    table: str
    row_id: str
    shard: str
    before: str
    quote: str
    after: str
    page: str
    address: str
    note: str


@dataclass(frozen=True, slots=True)
class RowView:
    """A traced row for its page. `pieces` are its text, what rows quote of it marked; `cut` characters of it are left out."""

    node: Node
    title: str
    pieces: tuple[tuple[str, bool], ...]
    cut: int
    wide: Picture
    narrow: Picture
    evidence: tuple[Evidence, ...]
    evidence_whole: int
    changes: tuple[Piece, ...]
    facts: Pairs
    activity: Pairs
    settings: Pairs
    weights: Pairs
    bounds: Pairs
    dossier: Dossier
    answers: tuple[tuple[str, Pairs], ...]
    people: Pairs
    rights: tuple[tuple[str, Pairs], ...]
    sources: tuple[tuple[str, str, Pairs], ...]
    fields: tuple[tuple[str, str, str], ...]
    ancestors: tuple[tuple[Node, str], ...]
    made: Mapping[str, Made]
    page_facts: tuple[tuple[Place, Row], ...]


def row_view(lake: Lake, texts: Texts | None, table: str, row_id: str, shard: str) -> RowView:
    """Of a promoted row. BadInput if there is none, with who refused it; LakeUnavailable, Damaged."""
    node = trace(lake, row_id, table, shard or (_shard_of(texts, table, row_id) if table else ""))
    near = replace(node, parents=tuple(replace(parent, parents=()) for parent in node.parents))  # further ones have pages of their own
    one = dossiers(lake, near)[node.table, node.row_id]
    made = made_from(texts, node.table, node.row_id) if texts else {}
    graph = lineage_graph(lake, node, texts, made)
    text = str(node.row.get("text") or "")
    ancestors = list({(other.table, other.row_id): other for other in node.walk() if other is not node}.values())
    evidence = list(_evidence(node))
    raw = [other for other in (node, *ancestors) if not other.parents]
    return RowView(
        node=node,
        title=headline(node) or node.row_id,
        pieces=tuple(_marked(text[:TEXT_CHARACTERS], _quoted_spans(lake, node, made))),
        cut=max(0, len(text) - TEXT_CHARACTERS),
        wide=draw_wide(graph),
        narrow=draw_narrow(graph),
        evidence=tuple(evidence[:EVIDENCE_SHOWN]),
        evidence_whole=len(evidence),
        changes=tuple(shown(one.changes)) if one.changes else (),
        facts=tuple(facts(node)),
        activity=tuple(_activity(node.activity)),
        settings=one.settings,
        weights=one.weights,
        bounds=tuple((bound["metric"], bound_line(bound).removeprefix(f"{bound['metric']} ")) for bound in one.bounds),
        dossier=one,
        answers=tuple(_answers(one)),
        people=tuple(_people(node, one)),
        rights=tuple((other.row_id, rights) for other in raw if (rights := tuple(_rights(other)))),
        sources=tuple(_sources(raw)),
        fields=tuple(_fields(node)),
        ancestors=tuple((other, headline(other)) for other in ancestors[:ANCESTORS_SHOWN]),
        made=made,
        page_facts=tuple(_page_facts(lake, node, made)),
    )


def refused_row(lake: Lake, texts: Texts | None, table: str, row_id: str) -> tuple[tuple[str, str, str], ...]:
    """(column, value, meaning) of a row that is not promoted, and has no trace; none if the index knows no such row."""
    place = texts.row(table, row_id) if texts and table else None
    if place is None:
        return ()
    row = read_rows(lake, [place], [name for name in TABLES[table].fields if name != "embedding"])[place]
    return tuple(_described(table, row))


def _shard_of(texts: Texts | None, table: str, row_id: str) -> str:
    place = texts.row(table, row_id) if texts else None
    return place.shard if place else ""


def _quoted_spans(lake: Lake, node: Node, made: Mapping[str, Made]) -> list[tuple[int, int]]:
    """Places in the row's text that rows quote which were made from it, of the first of each table; of those that overlap the shortest."""
    found: list[tuple[int | None, int | None]] = []
    for name, one in made.items():
        if name in SPANS and any(parent == node.table for parent in _parents_of(name)):
            start, end, _ = SPANS[name]
            rows = read_rows(lake, one.rows[:EVIDENCE_SHOWN], (start, end, "parents", "parent_table", "parent_field"))
            for row in rows.values():
                named = row.get("parent_table") or node.table
                if node.row_id in (row.get("parents") or ()) and named == node.table and (row.get("parent_field") or "text") == "text":
                    found.append((row[start], row[end]))
    spans = {(start, end) for start, end in found if start is not None and end is not None}
    apart: list[tuple[int, int]] = []
    for start, end in sorted(spans, key=lambda span: span[1] - span[0]):
        if start < end and all(end <= other or last <= start for other, last in apart):
            apart.append((start, end))
    return sorted(apart)


def _parents_of(table: str) -> tuple[str, ...]:
    return next(stage.parents for stage in STAGES if table in stage.tables)


def _marked(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """The text in pieces, and whether each is quoted."""
    at = 0
    for start, end in spans:
        start = max(start, at)
        if start < end <= len(text):
            yield text[at:start], False
            yield text[start:end], True
            at = end
    yield text[at:], False


def _evidence(node: Node) -> Iterator[Evidence]:
    """What the row quotes, or else what its parents quote."""
    own = _quote(node)
    if own:
        yield own
        return
    yield from (found for parent in node.parents if (found := _quote(parent)))


def _quote(node: Node) -> Evidence | None:
    row = node.row
    if node.table not in SPANS or not node.parents:
        value = row.get("source_value")
        note = f"{row.get('base')} {row.get('base_version')}" if value else ""
        return Evidence(node.table, node.row_id, node.shard, "", value, "", row.get("url") or "", "", note) if value else None
    start, end, _ = SPANS[node.table]
    parent = node.parents[0]
    text = str(parent.row.get(row.get("parent_field") or "text") or "")
    first, last = row[start], row[end]
    page = next((one for one in node.walk() if not one.parents), parent)
    note = ", ".join(str(row[name]) for name in ("page_time", "kind") if row.get(name))
    around = text[max(0, first - AROUND) : first], text[first:last], text[last : last + AROUND]
    return Evidence(
        node.table, node.row_id, node.shard, *around, str(page.row.get("url") or ""), row_address(page.table, page.row_id, page.shard), note
    )


def _activity(activity: Row) -> Iterator[tuple[str, str]]:
    for name, said in ACTIVITY_NAMES.items():
        if value := activity.get(name):
            yield said, f"{value:,}" if type(value) is int else _said(value)


def _answers(one: Dossier) -> Iterator[tuple[str, Pairs]]:
    """(kind and model, what it was asked and answered) of each call that the row rests on."""
    for call in one.calls:
        said = [("call", call["call_id"]), ("asked", call["request"] or ""), ("answered", call["response"] or "")]
        pairs = tuple((name, _limited(value, ANSWER_CHARACTERS)) for name, value in said)
        yield f"{call['kind']} by {call['model_id']}", (*pairs, ("at", _said(call["called_at"])))


def _people(node: Node, one: Dossier) -> Iterator[tuple[str, str]]:
    """Who decided something about it: what they said and when."""
    for row in one.reviews:
        why = f": {row['reason']}" if row["reason"] else ""
        yield row["reviewer"], f"reviewed: {row['verdict']} at {row['created_at']:%Y-%m-%d %H:%M}{why} ({row['review_id']})"
    for row in one.waivers:
        signed = "signed" if row["signature"] else "not signed"
        yield row["who"], f"let its shard through until {row['until']}: {row['why']} ({signed})"
    for name, said in (("vouched_by", "vouches for its base"), ("approved_by", "approved the text")):
        if node.row.get(name):
            on = node.row.get(name.replace("_by", "_on"))
            yield str(node.row[name]), f"{said}{f' on {on}' if on else ''}"


def _rights(node: Node) -> Iterator[tuple[str, str]]:
    """What the source says about its use."""
    for name, value in node.row.items():
        if any(word in name for word in RIGHTS_WORDS):
            yield name, "not declared" if value in (None, "", []) else _said(value)


def _sources(raw: Sequence[Node]) -> Iterator[tuple[str, str, Pairs]]:
    """(address of the bytes' page, name, where they are) of every row that was read from a file."""
    for one in raw:
        names = ("source_uri", "source_offset", "source_length", "source_format", "source_row", "source_line", "source_sha256",
                 "payload_sha256", "line_sha256", "url", "fetched_at")  # fmt: skip
        where = tuple((name.replace("_", " "), _said(one.row[name])) for name in names if one.row.get(name) is not None)
        if one.row.get("source_uri"):
            yield (bytes_address(one.row_id) if one.table == STAGES[0].name else ""), one.row_id, where


def _fields(node: Node) -> Iterator[tuple[str, str, str]]:
    """(column, value, meaning) of everything in the row but its text."""
    yield from _described(node.table, {name: value for name, value in node.row.items() if name != "text"})


def _described(table: str, row: Row) -> Iterator[tuple[str, str, str]]:
    meanings = TABLES[table].descriptions
    yield from ((name, _said(value), meanings[name]) for name, value in row.items() if value not in (None, "", []))


def _said(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, bytes):
        return f"{len(value):,} bytes: {value[:32].hex()}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return _limited(text, FIELD_CHARACTERS)


def _limited(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]} [... {len(text) - limit:,} characters ...]"


def _page_facts(lake: Lake, node: Node, made: Mapping[str, Made]) -> Iterator[tuple[Place, Row]]:
    if FACTS in made and node.table != FACTS:
        places = made[FACTS].rows[:FACTS_SHOWN]
        rows = read_rows(lake, places, [*shown_columns(FACTS), "text"])
        yield from ((place, rows[place]) for place in places)
