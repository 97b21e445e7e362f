"""Cuts vetted manuals into sections: documentation that the recipe approves by name enters L4 as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import pairwise
from typing import Any, ClassVar

import pyarrow as pa

from tierline.lake import StageResult, decision_table
from tierline.tables import TABLES, content_id
from tierline.text.prose import DATA
from tierline.text.tokens import count_tokens
from tierline.unforeseen import Decided, decide_held

SCHEMA = pa.schema(TABLES["l4_manuals"].columns)


@dataclass(frozen=True, slots=True)
class VettedSource:
    """Pages below a URL prefix, approved by a named person or team on a day (YYYY-MM-DD)."""

    prefix: str = ""
    approved_by: str = ""
    approved_on: str = ""
    license: str = ""

    def __post_init__(self) -> None:
        if not self.prefix or not self.approved_by:
            raise ValueError("a vetted source needs prefix and approved_by")
        date.fromisoformat(self.approved_on)


@dataclass(frozen=True, slots=True)
class ManualRules:
    """Which documents are vetted."""

    SECTION: ClassVar[str] = "l4.manuals"
    vetted: tuple[VettedSource, ...] = field(default_factory=tuple[VettedSource, ...])
    section_words_min: int = 20  # a shorter rest joins the section before it
    heading_words_max: int = 10


def split_manuals(documents: pa.Table, rules: ManualRules) -> StageResult:
    """`l4_manuals` from rows of `l2_selected` whose URL is vetted; text[span_start:span_end] is the section."""
    table, decisions = decide_held(partial(_split, rules=rules), documents, "doc_id", SCHEMA)
    return StageResult({"l4_manuals": table}, {"l4_manuals": (documents.num_rows, decision_table(decisions))})


def _split(documents: pa.RecordBatch, rules: ManualRules) -> Decided:
    """(rows of `l4_manuals`, a decision a document)."""
    sections: list[dict[str, Any]] = []
    decisions: list[dict[str, Any]] = []
    for row in documents.to_pylist():
        source = next((source for source in rules.vetted if (row["url"] or "").startswith(source.prefix)), None)
        if source is not None and row["lane"] == DATA:
            decisions.append({"row_id": row["doc_id"], "outcome": "dropped", "rule": "manuals:data", "tokens": row["tokens"]})
            continue
        if source is None:
            decisions.append({"row_id": row["doc_id"], "outcome": "dropped", "rule": "manuals:not_vetted", "tokens": row["tokens"]})
            continue
        decisions.append({"row_id": row["doc_id"], "outcome": "kept", "tokens": row["tokens"]})
        spans = list(_sections(row["text"], rules))
        sections += [_row(row, source, position, heading, start, end) for position, (heading, start, end) in enumerate(spans)]
    counts = count_tokens([section["text"] for section in sections]).to_pylist()
    rows = [section | {"tokens": tokens} for section, tokens in zip(sections, counts, strict=True)]
    return pa.Table.from_pylist(rows, schema=SCHEMA), decisions


def _sections(text: str, rules: ManualRules) -> Iterator[tuple[str, int, int]]:
    """(heading, start, end) of each section, heading line included; together they cover the text except for outer white space."""
    starts: list[tuple[int, str]] = [(0, "")]
    position, previous_is_heading = 0, False
    for line in text.split("\n"):
        stripped = line.strip()
        heading = 0 < len(stripped.split()) <= rules.heading_words_max and stripped[-1] not in ".!?:;,\"')"
        if heading and not previous_is_heading and not stripped.startswith(("-", "*", "|")):
            starts.append((position, stripped))
        previous_is_heading = heading
        position += len(line) + 1
    bounds = [*starts, (len(text), "")]
    pending: tuple[str, int, int] | None = None
    for (start, heading), (end, _) in pairwise(bounds):
        start += len(text[start:end]) - len(text[start:end].lstrip())
        end = start + len(text[start:end].rstrip())
        if start >= end:
            continue
        if pending and len(text[start:end].split()) < rules.section_words_min:
            pending = (pending[0], pending[1], end)
            continue
        if pending:
            yield pending
        pending = (heading, start, end)
    if pending:
        yield pending


def _row(document: dict[str, Any], source: VettedSource, position: int, heading: str, start: int, end: int) -> dict[str, Any]:
    text = document["text"][start:end]
    return {
        "section_id": content_id("sec", document["doc_id"], start, end, text),
        "parents": [document["doc_id"]],
        "url": document["url"],
        "domain": document["domain"],
        "heading": heading or document["title"],
        "position": position,
        "span_start": start,
        "span_end": end,
        "text": text,
        "language": document["language"],
        "license": source.license or document["license"],
        "approved_by": source.approved_by,
        "approved_on": source.approved_on,
    }
