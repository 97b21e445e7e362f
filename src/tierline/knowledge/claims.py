"""Collects the statements of pages and passages: a claim is subject, predicate, object and the span that states it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any, ClassVar

import pyarrow as pa

from tierline.config.bounds import Count
from tierline.knowledge.claim_times import timed
from tierline.knowledge.dates import is_false_date
from tierline.knowledge.extraction_methods import MethodRules, Methods
from tierline.knowledge.keys import normal_key
from tierline.knowledge.kinds import PAGE, is_within, kinds_of
from tierline.knowledge.labels import label_statements
from tierline.knowledge.mentions import compared_name
from tierline.knowledge.node_identity import ALIASES, UNKNOWN, Identity
from tierline.knowledge.own_words import digits_of
from tierline.knowledge.owners import owners_of
from tierline.knowledge.page_identity import page_ids
from tierline.knowledge.page_subjects import PageNames, names_of, site_parts, subject_of
from tierline.knowledge.page_times import page_time
from tierline.knowledge.placeholders import is_placeholder
from tierline.knowledge.predicates import predicate_key
from tierline.knowledge.prompted import Asked
from tierline.knowledge.proven import proven_claims
from tierline.knowledge.sketches import number_sketch, text_sketches
from tierline.knowledge.structured import Statement, structured_statements
from tierline.knowledge.subject_columns import object_ids, subject_columns
from tierline.knowledge.text import text_statements
from tierline.knowledge.times import is_after
from tierline.knowledge.unnamed import is_called_after, is_no_label, is_no_value, is_nobody, is_path, names_nothing
from tierline.knowledge.values import read_value
from tierline.knowledge.vocabulary import fits, property_named
from tierline.lake import StageResult
from tierline.tables import TABLES, content_id
from tierline.text.redacted import TAG
from tierline.unforeseen import Decided, decide_held

SCHEMA = pa.schema(TABLES["l4_claims"].columns)
LEFT_OVER = " ,;"  # behind a name or value: of a list that it was cut from
_OF_PERSONS = "creator", "contributor", "editor", "copyright holder"
_TYPED = "date", "number", "identifier"  # of which only the values of one are properties
_OF_PAGE = "doc_id", "text", "structured_data", "url", "fetched_at"


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """Which statements are claims."""

    SECTION: ClassVar[str] = "l4.claims"
    object_characters_max: Count = 120  # a longer value is a description, on which two sources never agree
    subject_characters_max: Count = 120
    ignored_predicates: frozenset[str] = frozenset(
        """url image logo sameas id context type thumbnail thumbnailurl potentialaction target query-input position description
        headline articlebody text reviewbody interactioncount userinteractioncount commentcount mainentityofpage
        breadcrumb itemlistelement contenturl embedurl inlanguage name keywords address email faxnumber openinghours datemodified
        lastreviewed ispartof haspart mainentity articlesection alternativeheadline wordcount answercount upvotecount downvotecount
        isaccessibleforfree isfamilyfriendly requiressubscription accessmode accessmodesufficient expires playertype pagetype section
        subsection vertical appversion videoplayercount caption comment item itemreviewed video associatedmedia identifier productid
        encoding seealso recipeinstructions website""".split()
    )  # the last two thirds are navigation, bookkeeping and furniture of pages, which are no facts


def extract_claims(
    documents: pa.Table, passages: pa.Table, rules: ClaimRules, methods: Methods | None = None, asked: Asked | None = None
) -> StageResult:
    """`l4_claims` from rows of `l2_selected` (structured data and text) and `l3_refined` (edited text), each span checked before it counts;
    `asked` is what a language model was asked about the documents' texts, if it was (prompted.py).

    Each claim carries what tells whether its page was written independently of others: sketches of the page's text and numerals, and
    its owners (sources.py). Those of a passage are of the document that it was made from, and so is the date of the page. A claim about
    what changes has the time that is stated with it (claim_times.py).

    The rows in are documents and passages together; one without statements is dropped with that reason, one that no code here can work
    on is an error. The ledger `l4_extracted` holds each claim: kept, or dropped where its method is not proven for its predicate
    (extraction_methods.py), with the precision that was measured. `methods` are those under the default rules if not given.
    """
    repeated = site_parts(zip(documents["domain"].to_pylist(), documents["title"].to_pylist(), strict=True))
    said = asked or Asked()
    judge = partial(_of_documents, rules=rules, repeated=repeated, prompted=said.statements)
    stated, decisions = decide_held(judge, documents, "doc_id", SCHEMA)
    places = {doc_id: place for place, doc_id in enumerate(documents["doc_id"].to_pylist())} if len(passages) else {}
    edited, more = decide_held(partial(_of_passages, documents=documents, places=places, rules=rules), passages, "passage_id", SCHEMA)
    claims, decided = pa.concat_tables([stated, edited]), [*decisions, *more]
    kept, ledgers = proven_claims(claims, decided, methods or Methods(MethodRules()), said.decisions)
    return StageResult({"l4_claims": kept}, ledgers)


def _of_documents(
    rows: pa.RecordBatch, rules: ClaimRules, repeated: Mapping[str, frozenset[str]], prompted: Mapping[str, Sequence[Statement]]
) -> Decided:
    pages = rows.to_pylist()
    stated = ((row, row["doc_id"], _statements(row, repeated, prompted.get(row["doc_id"], ()))) for row in pages)
    return _claimed(stated, {row["doc_id"]: row for row in pages}, "l2_selected", rules)


def _statements(
    row: dict[str, Any], repeated: Mapping[str, frozenset[str]], prompted: Sequence[Statement]
) -> Iterator[tuple[str, Statement]]:
    """(column, statement) of everything that a document states, its structured data first. What says nothing of its subject's identity is
    about the thing of the page, if it has its name."""
    structured, text = row["structured_data"] or "", row["text"] or ""
    names = names_of(row["title"] or "", structured)
    subject = subject_of(names, row["url"], row["domain"], repeated)
    identity = Identity(page_ids(structured, row["url"])) if subject else UNKNOWN
    for column, one in chain(_stated(row, structured, text, subject, names), (("text", one) for one in prompted)):
        if identity.ids and compared_name(one.subject) == compared_name(subject) and _is_of_page(one):
            continue  # an article called like its topic: its author and dates are not those of the topic
        is_unknown = one.identity is UNKNOWN and identity.ids and compared_name(one.subject) == compared_name(subject)
        yield column, replace(one, identity=identity) if is_unknown else one


def _is_of_page(statement: Statement) -> bool:
    return any(is_within(kind, PAGE) for kind in kinds_of(statement.identity.type))


def _stated(row: dict[str, Any], structured: str, text: str, subject: str, names: PageNames) -> Iterator[tuple[str, Statement]]:
    yield from (("structured_data", one) for one in structured_statements(structured, subject, names))
    yield from (("text", one) for one in label_statements(text, row["headings"] or (), subject, names, row["language"]))
    if row["language"] == "en":
        yield from (("text", one) for one in text_statements(text))


def _of_passages(rows: pa.RecordBatch, documents: pa.Table, places: Mapping[str, int], rules: ClaimRules) -> Decided:
    passages = rows.to_pylist()
    stated = (
        (row, row["passage_id"], (("text", one) for one in (_of_passage(row) if row["language"] == "en" else ()))) for row in passages
    )
    pages = {row["passage_id"]: _document_of(row, documents, places) for row in passages}
    return _claimed(stated, pages, "l3_refined", rules)


def _of_passage(row: dict[str, Any]) -> Iterator[Statement]:
    """What a passage states; of an edit only what its operations made readable: the rest is what its document states itself."""
    before = {_said(one) for one in text_statements(row["source_text"] or "")} if row["kind"] == "edit" else set[tuple[str, str, str]]()
    yield from (one for one in text_statements(row["text"]) if _said(one) not in before)


def _said(statement: Statement) -> tuple[str, str, str]:
    return statement.subject, statement.predicate, statement.object


def _document_of(passage: dict[str, Any], documents: pa.Table, places: Mapping[str, int]) -> dict[str, Any]:
    """The columns of a passage's document that tell about the page; the passage itself where it is of no document here."""
    parent = (passage["parents"] or [None])[0]
    if parent is None or parent not in places:
        return {"doc_id": parent or passage["passage_id"], "text": passage["text"], "structured_data": None, "url": passage["url"]}
    return documents.select([*_OF_PAGE]).slice(places[parent], 1).to_pylist()[0]


def _claimed(
    rows: Iterable[tuple[dict[str, Any], str, Iterable[tuple[str, Statement]]]],
    pages: Mapping[str, dict[str, Any]],
    table: str,
    rules: ClaimRules,
) -> Decided:
    """Claims and decisions of rows, each with its id and its statements by column; `pages` has for each id the page that it is of."""
    claims: dict[str, list[dict[str, Any]]] = {}
    decisions: list[dict[str, Any]] = []
    for row, row_id, statements in rows:
        found = [_claim(row, row_id, table, field, statement, rules) for field, statement in statements]
        decisions.append(_decide(row_id, row["tokens"], found))
        if own := {claim["claim_id"]: claim for claim in found if claim}:
            claims[row_id] = list(own.values())
    values = [[one["object"] for one in own] for own in claims.values()]
    sketches = text_sketches([pages[row_id]["text"] or "" for row_id in claims], values)
    stated: list[dict[str, Any]] = []
    for (row_id, own), sketch in zip(claims.items(), sketches, strict=True):
        columns = _page_columns(pages[row_id], sketch, own)
        stated += [columns | claim for claim in own]
    return pa.Table.from_pylist(stated, schema=SCHEMA), decisions


def _page_columns(page: dict[str, Any], text_sketch: bytes, claims: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What claims say of their page. Numerals of its values are left out: honest pages have the true ones in common."""
    values = {digits_of(claim["object"]) for claim in claims}
    time, kind = page_time(page["structured_data"] or "", page.get("url"), page.get("fetched_at"))
    return {
        "page_id": page["doc_id"],
        "text_sketch": text_sketch,
        "number_sketch": number_sketch(page["text"] or "", values),
        "owners": owners_of(page["structured_data"] or ""),
        "page_time": time,
        "page_time_source": kind,
    }


def _claim(row: dict[str, Any], parent: str, table: str, field: str, statement: Statement, rules: ClaimRules) -> dict[str, Any] | None:
    quote = row[field][statement.start : statement.end]
    label, words, when = timed(statement, row[field], row["language"] or "en")
    subject, predicate, value = statement.subject.strip().rstrip(LEFT_OVER), predicate_key(label), words.strip().rstrip(LEFT_OVER)
    known, method = property_named(predicate), statement.method
    if known and known.name != predicate and 0 < len(value) <= rules.object_characters_max and fits(known, value, row["language"]):
        predicate = known.name
    sizes = 0 < len(subject) <= rules.subject_characters_max and 0 < len(value) <= rules.object_characters_max
    if not sizes or not predicate or predicate.replace(" ", "") in rules.ignored_predicates or value.startswith(("http:", "https:")):
        return None
    if TAG.search(f"{subject} {statement.predicate} {value}"):  # two sources may have had different data there
        return None
    if is_placeholder(subject) or is_placeholder(value) or is_placeholder(predicate) or _is_amount(predicate, row["language"]):
        return None
    if when.get("time") and row.get("fetched_at") and is_after(when["time"] or "", row["fetched_at"].date()):  # a projection
        return None
    if names_nothing(subject, method) or is_no_label(predicate, method, row["language"]) or is_path(value, method):
        return None
    if _says_nothing(subject, predicate, value, statement, row):
        return None
    if not normal_key(subject) or not normal_key(value) or is_false_date(predicate, value, row["language"]):
        return None
    if predicate in ALIASES and compared_name(value) == compared_name(subject):
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
        **subject_columns(subject, statement.identity, row),
        "subject_key": normal_key(subject),
        "object_key": normal_key(value),
        "object_ids": object_ids(statement.of_object, row),
        "value_type": typed.type,
        "value_normal": typed.normal,
        "value_precision": typed.precision,
        "method": statement.method,
        "url": row["url"],
        "domain": row["domain"],
        "language": row["language"],
        **when,
    }


def _says_nothing(subject: str, predicate: str, value: str, statement: Statement, row: dict[str, Any]) -> bool:
    """Whether a value is none of its property, names nobody where a person is asked for, or repeats the subject."""
    known, kind = property_named(predicate), statement.identity.type
    if (predicate in _OF_PERSONS or (known and known.type == "person")) and is_nobody(value):
        return True
    if (kind == "Person" and is_nobody(subject)) or is_no_value(predicate, value, statement.method):
        return True
    if known and known.name == predicate and known.type in _TYPED and statement.method != "text":
        return not any(fits(known, value, language) for language in {row["language"], "en"})
    if known and known.type == "place":  # Luxembourg is the capital of Luxembourg
        return False
    if compared_name(value) in (compared_name(subject), compared_name(f"{subject} {predicate}")):
        return True
    return _is_of_page(statement) and predicate in ("publisher", "copyright holder") and is_called_after(subject, value)


def _is_amount(predicate: str, language: str | None) -> bool:
    """Whether a label is a value itself, as in the rows of a table whose labels stand behind: "47 km" of "to Guadalajara"."""
    return predicate[:1].isdigit() and read_value(predicate, "", language).type == "number"


def _decide(row_id: str, tokens: int, found: list[dict[str, Any] | None]) -> dict[str, Any]:
    if any(found):
        return {"row_id": row_id, "outcome": "kept", "tokens": tokens}
    return {"row_id": row_id, "outcome": "dropped", "rule": "claims:ignored" if found else "claims:none", "tokens": tokens}
