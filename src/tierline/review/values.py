"""Values of facts that wait for a person: enough sources state them, and others contradict them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow.compute as pc

from tierline.lake import WHOLE_LAKE, Lake
from tierline.review.item import FACT, Item, Panel, Piece, View
from tierline.review.stored import fan_out, row_of, rows_of

STAGE = "l4_facts"
CLAIM = (
    "subject",
    "predicate",
    "object",
    "quote",
    "url",
    "domain",
    "page_time",
    "parents",
    "parent_table",
    "parent_field",
    "span_start",
    "span_end",
)
STATEMENT = ("subject", "predicate", "object", "source_value", "base", "base_version", "url", "retrieved")
SOURCES_SHOWN, AROUND = 8, 160
Row = dict[str, Any]


def value_items(lake: Lake) -> Iterator[Item]:
    """One item for each value; its rivals are the other values that wait for the same property."""
    if not lake.is_promoted(STAGE, WHOLE_LAKE):
        return
    decisions = lake.decisions(STAGE, WHOLE_LAKE)
    waiting = decisions.filter(pc.equal(decisions["outcome"], "quarantined")).to_pylist()
    own: dict[str, list[Row]] = defaultdict(list)
    stated = _stated(lake, {row["row_id"] for row in waiting})
    rules = {row["related_id"]: row["rule"] for row in waiting if row["related_id"]}
    for row in waiting:
        if row["related_id"] and row["row_id"] in stated:
            own[row["related_id"]].append(stated[row["row_id"]])
    properties: dict[tuple[str, str], list[str]] = defaultdict(list)
    for value, claims in own.items():
        properties[claims[0]["subject"].lower(), claims[0]["predicate"]].append(value)
    spread = fan_out(lake, STAGE, "l4_forms")
    mean_tokens = 12  # of a fact's sentence
    for values in properties.values():
        everyone = sum(len(_sources(own[value])) for value in values)
        for value in values:
            claims = own[value]
            share = len(_sources(claims)) / max(1, everyone)
            first = claims[0]
            rivals = [(own[other][0]["object"], len(_sources(own[other]))) for other in values if other != value]
            yield Item(
                kind=FACT,
                stage=STAGE,
                shard=WHOLE_LAKE,
                row_id=value,
                row_digest=value,
                title=f"{first['subject']}, {first['predicate']}: {first['object']}",
                url=first["url"] or "",
                judged=f"quarantined {rules[value]}",
                reasons=(rules[value],),
                disagreement=2 * min(share, 1 - share) if rivals else 0.5,
                tokens=mean_tokens,
                fan_out=spread,
                characters=sum(len(claim["quote"]) for claim in claims[:SOURCES_SHOWN]) + 80,
                place=(claims, rivals),
            )


def value_view(lake: Lake, item: Item) -> View:
    """Each source with the words that state the value, and the values that others state."""
    claims, rivals = item.place
    panels = [_panel(lake, claim) for claim in claims[:SOURCES_SHOWN]]
    told = tuple(f"{value} ({count:,} {'source' if count == 1 else 'sources'})" for value, count in rivals)
    return View(tuple(panels), (("sources", f"{len(_sources(claims)):,}"),), rivals=told)


def _panel(lake: Lake, claim: Row) -> Panel:
    heading = f"{claim['domain'] or claim.get('base') or 'unknown source'}"
    note = ", ".join(filter(None, (claim["url"], claim.get("page_time"))))
    field = claim.get("parent_field")
    if field in ("text", "structured_data") and claim["parents"]:
        parent = row_of(lake, claim["parent_table"], claim["shard"], claim["parents"][0], (field,))
        text, start, end = (parent or {}).get(field) or "", claim["span_start"], claim["span_end"]
        if text[start:end] == claim["quote"]:
            around = Piece(text[max(0, start - AROUND) : start]), Piece(claim["quote"], "mark"), Piece(text[end : end + AROUND])
            return Panel(heading, tuple(piece for piece in around if piece.text), note)
    return Panel(heading, (Piece(claim["quote"], "mark"),), note)


def _stated(lake: Lake, ids: set[str]) -> dict[str, Row]:
    """Claims and statements by id."""
    found: dict[str, Row] = {}
    for manifest in lake.promoted("l4_claims"):
        rows = rows_of(lake, "l4_claims", manifest.shard, ids, CLAIM)
        found |= {key: {**row, "shard": manifest.shard} for key, row in rows.items()}
    for manifest in lake.promoted("l4_statements"):
        for key, row in rows_of(lake, "l4_statements", manifest.shard, ids, STATEMENT).items():
            base = f"{row['base']} {row['base_version']}"
            found[key] = row | {"quote": row["source_value"], "domain": None, "page_time": row["retrieved"], "base": base, "parents": []}
    return found


def _sources(claims: Sequence[Row]) -> set[str]:
    return {str(claim["domain"] or claim.get("base")) for claim in claims}
