"""Cuts vetted manuals into sections: documentation that the recipe approves by name enters L4 as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, ClassVar

import pyarrow as pa

from tierline.config.bounds import Natural
from tierline.knowledge.sections import Section, cut_sections
from tierline.knowledge.text_headings import marks
from tierline.lake import StageResult, decision_table
from tierline.lake.reviews import DROP, Settled, Settlements
from tierline.lake.signed_approvals import SignedApprovals
from tierline.proof import ROOT_KEY
from tierline.tables import TABLES, content_id
from tierline.text.domains import path_of
from tierline.text.prose import DATA
from tierline.text.tokens import count_tokens
from tierline.unforeseen import Decided, decide_held

SCHEMA = pa.schema(TABLES["l4_manuals"].columns)
# The rules of a page that was approved with another text, until a day, or without the signature that is asked for.
CHANGED, ENDED, UNSIGNED = "manuals:changed", "manuals:approval_ended", "manuals:unsigned"
LAPSED = frozenset({CHANGED, ENDED, UNSIGNED})  # someone has to look at the page again
DIGEST = re.compile(r"[0-9a-f]{64}")
VERSION = re.compile(r"v?\d{1,4}(?:\.\d{1,4}){1,3}(?:[a-z]{1,4}\d{0,3})?", re.A)


@dataclass(frozen=True, slots=True)
class VettedSource:
    """Pages below a URL prefix, approved by a named person or team on a day (YYYY-MM-DD): as they were by then. What is known to have been
    fetched later is no text that they have seen.

    With `sha256` (values of `l2_selected.text_sha256`) the approval is of these texts alone, also of files that have no URL, where the
    prefix is empty; it lapses for a page below the prefix whose text is another one now. With `valid_until` (YYYY-MM-DD) it ends with that
    day, UTC.
    """

    prefix: str = ""
    approved_by: str = ""
    approved_on: str = ""
    license: str = ""
    product: str = ""  # what the manual describes, and in which version; where empty, what the page itself says
    version: str = ""
    sha256: tuple[str, ...] = ()
    valid_until: str = ""

    def __post_init__(self) -> None:
        if not (self.prefix or self.sha256) or not self.approved_by:
            raise ValueError("a vetted source needs prefix or sha256, and approved_by")
        if self.valid_until and date.fromisoformat(self.valid_until) < date.fromisoformat(self.approved_on):
            raise ValueError(f"a vetted source is approved on {self.approved_on}, after the end of its approval")
        date.fromisoformat(self.approved_on)
        wrong = next((digest for digest in self.sha256 if not DIGEST.fullmatch(digest)), None)
        if wrong is not None:
            raise ValueError(f"sha256 of a vetted source: {wrong!r} is no 64 hex digits in lower case")

    def names(self, url: str | None) -> bool:
        """Whether a page of this address is below the prefix."""
        return (url or "").startswith(self.prefix)

    def has_ended(self, today: date) -> bool:
        """Whether the last day of the approval is over."""
        return bool(self.valid_until) and date.fromisoformat(self.valid_until) < today

    def approves(self, document: Mapping[str, Any]) -> bool:
        """Whether this page (row of `l2_selected`) with this text is approved."""
        if self.sha256:
            return self.names(document["url"]) and document["text_sha256"] in self.sha256
        fetched = document["fetched_at"]
        return self.names(document["url"]) and (fetched is None or fetched.date() <= date.fromisoformat(self.approved_on))


@dataclass(frozen=True, slots=True)
class ManualRules:
    """Which documents are vetted."""

    SECTION: ClassVar[str] = "l4.manuals"
    vetted: tuple[VettedSource, ...] = field(default_factory=tuple[VettedSource, ...])
    section_words_min: Natural = 0  # a section of fewer, heading included, joins the one before it

    def ended(self, today: date) -> tuple[str, ...]:
        """The approvals that are over, each by its last day, prefix and texts."""
        over = [source for source in self.vetted if source.has_ended(today)]
        return tuple(sorted(" ".join((source.valid_until, source.prefix, *source.sha256)) for source in over))


def split_manuals(
    documents: pa.Table,
    rules: ManualRules,
    today: date | None = None,
    reviews: Settlements | None = None,
    signed: SignedApprovals | None = None,
) -> StageResult:
    """`l4_manuals` from rows of `l2_selected` whose URL is vetted; text[span_start:span_end] is the section. A review or a signature can
    approve the present text of a page below a vetted prefix; a review can drop a page. Where signatures are asked for, what nobody has
    signed is not approved.

    `today`: the day by which approvals end; by default the present one, UTC.
    """
    today = today or datetime.now(UTC).date()
    judge = partial(_split, rules=rules, today=today, reviews=reviews or Settlements(), signed=signed or SignedApprovals())
    table, decisions = decide_held(judge, documents, "doc_id", SCHEMA)
    return StageResult({"l4_manuals": table}, {"l4_manuals": (documents.num_rows, decision_table(decisions))})


def _split(documents: pa.RecordBatch, rules: ManualRules, today: date, reviews: Settlements, signed: SignedApprovals) -> Decided:
    """(rows of `l4_manuals`, a decision a document)."""
    sections: list[dict[str, Any]] = []
    decisions: list[dict[str, Any]] = []
    for row in documents.to_pylist():
        reviewed = reviews.on(row["doc_id"], row["text_sha256"])
        approving = [source for source in rules.vetted if source.approves(row)]
        source = _approved(row, rules, reviewed) if reviewed else next((one for one in approving if not one.has_ended(today)), None)
        unsigned, source = source, _signed(row, rules, source, reviewed, signed)
        if source is not None and row["lane"] == DATA:
            decisions.append({"row_id": row["doc_id"], "outcome": "dropped", "rule": "manuals:data", "tokens": row["tokens"]})
            continue
        if source is None:
            refusal = reviewed.named if reviewed and reviewed.verdict == DROP else _refusal(row, rules, approving, unsigned, signed)
            decisions.append({"row_id": row["doc_id"], "outcome": "dropped", "tokens": row["tokens"]} | refusal)
            continue
        named = reviewed.named if reviewed else {}
        decisions.append({"row_id": row["doc_id"], "outcome": "kept", "tokens": row["tokens"]} | named)
        found = cut_sections(row["text"], marks(row["text"], row["headings"], row["url"]), rules.section_words_min)
        sections += [_row(row, source, position, section) for position, section in enumerate(found)]
    counts = count_tokens([section["text"] for section in sections]).to_pylist()
    rows = [section | {"tokens": tokens} for section, tokens in zip(sections, counts, strict=True)]
    return pa.Table.from_pylist(rows, schema=SCHEMA), decisions


def _approved(document: dict[str, Any], rules: ManualRules, reviewed: Settled) -> VettedSource | None:
    """The approval of this very text by reviewers, in the place of one of its page that has lapsed or ended."""
    vetted = _scope(document, rules)
    if reviewed.verdict == DROP or vetted is None:
        return None
    return replace(vetted, approved_by=", ".join(reviewed.reviewers), approved_on=reviewed.day, valid_until="")


def _signed(
    document: dict[str, Any], rules: ManualRules, source: VettedSource | None, reviewed: Settled | None, signed: SignedApprovals
) -> VettedSource | None:
    """The approval with its signature, which can stand alone; without one only where none is asked for."""
    signature = signed.on(document["text_sha256"])
    if signature is None:
        return None if signed.asked_for else source
    vetted = source or _scope(document, rules)
    if vetted is None or (reviewed and reviewed.verdict == DROP):
        return None
    return replace(vetted, approved_by=signature.name, approved_on=signature.day, valid_until=signature.until)


def _scope(document: dict[str, Any], rules: ManualRules) -> VettedSource | None:
    """What the recipe says of this page, whatever its text is now: license, product, version."""
    naming = (one for one in rules.vetted if one.approves(document) or (one.prefix and one.names(document["url"])))
    return next(naming, None)


def _refusal(
    document: dict[str, Any], rules: ManualRules, ended: Sequence[VettedSource], unsigned: VettedSource | None, signed: SignedApprovals
) -> dict[str, Any]:
    """Why a document is no manual: it was never approved, not with this text, no longer, or not by a signature."""
    if unsigned is not None:
        why = signed.fault or f"no registered key has signed this text, which {ROOT_KEY} asks for"
        return {"rule": UNSIGNED, "detail": f"{unsigned.approved_by} approved it on {unsigned.approved_on}, but {why}"}
    if ended:
        last = max(ended, key=lambda source: source.valid_until)
        return {"rule": ENDED, "detail": f"{last.approved_by} approved it until {last.valid_until}"}
    lapsed = next((source for source in rules.vetted if source.prefix and source.names(document["url"])), None)
    if lapsed is None:
        return {"rule": "manuals:not_vetted"}
    if lapsed.sha256:
        return {"rule": CHANGED, "detail": f"not among the texts that {lapsed.approved_by} approved on {lapsed.approved_on}"}
    fetched = f"{document['fetched_at']:%Y-%m-%d}"
    return {"rule": CHANGED, "detail": f"fetched on {fetched}, after {lapsed.approved_by} approved what was there on {lapsed.approved_on}"}


def _row(document: dict[str, Any], source: VettedSource, position: int, section: Section) -> dict[str, Any]:
    text = document["text"][section.start : section.end]
    product, version = stated_version(document["title"], document["url"])
    return {
        "section_id": content_id("sec", document["doc_id"], section.start, section.end, text),
        "parents": [document["doc_id"]],
        "url": document["url"],
        "domain": document["domain"],
        "title": document["title"],
        "product": source.product or product,
        "version": source.version or version,
        "heading": section.heading,
        "level": section.level,
        "path": section.path,
        "position": position,
        "span_start": section.start,
        "span_end": section.end,
        "text": text,
        "language": document["language"],
        "license": source.license or document["license"],
        "approved_by": source.approved_by,
        "approved_on": source.approved_on,
        "valid_until": source.valid_until or None,
    }


def stated_version(title: str | None, url: str | None) -> tuple[str | None, str | None]:
    """(product, version) as a page states them: in the form of Sphinx's titles, "Install — Lock 3.1 documentation", or the version alone
    as a part of the address, "/en/3.1/"."""
    *_, tail = re.split(" [\u2014\u2013-] ", title or "")
    *product, version = tail.removesuffix(" documentation").split() or [""]
    if product and tail.endswith(" documentation") and VERSION.fullmatch(version):
        return " ".join(product), version.removeprefix("v")
    parts = path_of(url).split("/")
    return None, next((part.removeprefix("v") for part in parts[:-1] if VERSION.fullmatch(part)), None)
