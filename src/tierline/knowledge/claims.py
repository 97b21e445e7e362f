"""Collects the statements of pages and passages: a claim is subject, predicate, object and the span that states it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import pyarrow as pa

from tierline.knowledge.keys import normal_key
from tierline.knowledge.own_words import digits_of
from tierline.knowledge.owners import owners_of
from tierline.knowledge.placeholders import is_placeholder
from tierline.knowledge.sketches import number_sketch, text_sketches
from tierline.knowledge.structured import Statement, structured_statements
from tierline.knowledge.text import text_statements
from tierline.knowledge.values import read_value
from tierline.knowledge.years import is_false_date
from tierline.lake import StageResult, decision_table
from tierline.tables import TABLES, content_id
from tierline.text.redacted import TAG
from tierline.unforeseen import Decided, decide_held

SCHEMA = pa.schema(TABLES["l4_claims"].columns)


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """Which statements are claims."""

    SECTION: ClassVar[str] = "l4.claims"
    object_characters_max: int = 120  # a longer value is a description, on which two sources never agree
    subject_characters_max: int = 120
    ignored_predicates: frozenset[str] = frozenset(
        "url image logo sameas id context type thumbnail thumbnailurl potentialaction target query-input position description headline "
        "articlebody text reviewbody mainentityofpage breadcrumb itemlistelement contenturl embedurl inlanguage name keywords".split()
    )


def extract_claims(documents: pa.Table, passages: pa.Table, rules: ClaimRules) -> StageResult:
    """`l4_claims` from rows of `l2_selected` (structured data) and `l3_refined` (edited text), each span checked before it counts.

    Each claim carries what tells whether its page was written independently of others: sketches of the page's text and numerals, and
    its owners (sources.py). Those of a passage are of the document that it was made from.

    The rows in are documents and passages together; one without statements is dropped with that reason, one that no code here can work
    on is an error.
    """
    stated, decisions = decide_held(partial(_of_documents, rules=rules), documents, "doc_id", SCHEMA)
    places = {doc_id: place for place, doc_id in enumerate(documents["doc_id"].to_pylist())} if len(passages) else {}
    edited, more = decide_held(partial(_of_passages, documents=documents, places=places, rules=rules), passages, "passage_id", SCHEMA)
    ledger = len(decisions) + len(more), decision_table([*decisions, *more])
    return StageResult({"l4_claims": pa.concat_tables([stated, edited])}, {"l4_claims": ledger})


def _of_documents(rows: pa.RecordBatch, rules: ClaimRules) -> Decided:
    pages = rows.to_pylist()
    stated = ((row, row["doc_id"], structured_statements(row["structured_data"] or "", row["title"] or "")) for row in pages)
    return _claimed(stated, {row["doc_id"]: row for row in pages}, "l2_selected", "structured_data", rules)


def _of_passages(rows: pa.RecordBatch, documents: pa.Table, places: Mapping[str, int], rules: ClaimRules) -> Decided:
    passages = rows.to_pylist()
    stated = ((row, row["passage_id"], text_statements(row["text"]) if row["language"] == "en" else ()) for row in passages)
    pages = {row["passage_id"]: _document_of(row, documents, places) for row in passages}
    return _claimed(stated, pages, "l3_refined", "text", rules)


def _document_of(passage: dict[str, Any], documents: pa.Table, places: Mapping[str, int]) -> dict[str, Any]:
    """The columns of a passage's document that tell about the page; the passage itself where it is of no document here."""
    parent = (passage["parents"] or [None])[0]
    if parent is None or parent not in places:
        return {"doc_id": parent or passage["passage_id"], "text": passage["text"], "structured_data": None}
    return documents.select(["doc_id", "text", "structured_data"]).slice(places[parent], 1).to_pylist()[0]


def _claimed(
    rows: Iterable[tuple[dict[str, Any], str, Iterable[Statement]]],
    pages: Mapping[str, dict[str, Any]],
    table: str,
    field: str,
    rules: ClaimRules,
) -> Decided:
    """Claims and decisions of rows, each with its id and its statements; `pages` has for each id the page that it is of."""
    claims: dict[str, list[dict[str, Any]]] = {}
    decisions: list[dict[str, Any]] = []
    for row, row_id, statements in rows:
        found = [_claim(row, row_id, table, field, statement, rules) for statement in statements]
        decisions.append(_decide(row_id, row["tokens"], found))
        if own := {claim["claim_id"]: claim for claim in found if claim}:
            claims[row_id] = list(own.values())
    values = [[one["object"] for one in own] for own in claims.values()]
    sketches = text_sketches([pages[row_id]["text"] or "" for row_id in claims], values)
    stated: list[dict[str, Any]] = []
    for (row_id, own), sketch in zip(claims.items(), sketches, strict=True):
        columns = _page_columns(pages[row_id], sketch, own)
        stated += [claim | columns for claim in own]
    return pa.Table.from_pylist(stated, schema=SCHEMA), decisions


def _page_columns(page: dict[str, Any], text_sketch: bytes, claims: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What claims say of their page. Numerals of its values are left out: honest pages have the true ones in common."""
    values = {digits_of(claim["object"]) for claim in claims}
    return {
        "page_id": page["doc_id"],
        "text_sketch": text_sketch,
        "number_sketch": number_sketch(page["text"] or "", values),
        "owners": owners_of(page["structured_data"] or ""),
    }


def predicate_key(name: str) -> str:
    """`foundingDate`, `Founding date` and `founding_date` are one predicate."""
    return re.sub(r"[\s_:-]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)).strip().casefold()


def _claim(row: dict[str, Any], parent: str, table: str, field: str, statement: Statement, rules: ClaimRules) -> dict[str, Any] | None:
    quote = row[field][statement.start : statement.end]
    subject, predicate, value = statement.subject.strip(), predicate_key(statement.predicate), statement.object.strip()
    sizes = 0 < len(subject) <= rules.subject_characters_max and 0 < len(value) <= rules.object_characters_max
    if not sizes or not predicate or predicate.replace(" ", "") in rules.ignored_predicates or value.startswith(("http:", "https:")):
        return None
    if TAG.search(f"{subject} {statement.predicate} {value}"):  # two sources may have had different data there
        return None
    if is_placeholder(subject) or is_placeholder(value) or is_placeholder(predicate):
        return None
    if not normal_key(subject) or not normal_key(value) or is_false_date(predicate, value, row["language"]):
        return None
    typed = read_value(value, predicate, row["language"])
    return {
        "claim_id": content_id("clm", parent, field, statement.start, statement.end, subject, predicate, value),
        "parents": [parent],
        "parent_table": table,
        "parent_field": field,
        "span_start": statement.start,
        "span_end": statement.end,
        "quote": quote,
        "subject": subject,
        "predicate": predicate,
        "object": value,
        "subject_key": normal_key(subject),
        "object_key": normal_key(value),
        "value_type": typed.type,
        "value_normal": typed.normal,
        "value_precision": typed.precision,
        "method": statement.method,
        "url": row["url"],
        "domain": row["domain"],
        "language": row["language"],
    }


def _decide(row_id: str, tokens: int, found: list[dict[str, Any] | None]) -> dict[str, Any]:
    if any(found):
        return {"row_id": row_id, "outcome": "kept", "tokens": tokens}
    return {"row_id": row_id, "outcome": "dropped", "rule": "claims:ignored" if found else "claims:none", "tokens": tokens}
