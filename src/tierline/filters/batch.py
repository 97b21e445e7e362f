"""Judges a batch of raw rows one document at a time: clean, measure once, apply the rules, redact."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from tierline.filters.boilerplate import BLANK_LINES, RepeatedLines
from tierline.filters.data_cells import data_cells, stated_properties
from tierline.filters.headings import in_cleaned, in_redacted
from tierline.filters.language import identify_batch
from tierline.filters.pii import find, tagged
from tierline.filters.profanity import profanity_signals
from tierline.filters.rights import Rights, rights_table
from tierline.filters.rules import FilterRules, broken_rule, judge
from tierline.filters.signals import BOILERPLATE, signal_table, signals, split_documents
from tierline.filters.structured_pii import redact_lines
from tierline.tables import TABLES
from tierline.text.prose import prose
from tierline.text.tokens import count_tokens
from tierline.text.words import Words, split_words

CARRIED = ("doc_id", "url", "domain", "fetched_at", "license", "title", "lane", "boilerplate_lines", "boilerplate_characters")
NO_RIGHTS = Rights()
PROSE_CHARACTERS = 200  # with less prose than this, the language is that of the whole text


@dataclass(frozen=True, slots=True)
class Measured:
    """Measurements of a batch of n readable documents before any threshold: cleaned texts, the languages in each with their
    shares, words (None for a text that the rules saw only a part of), rows of `l1_signals`."""

    texts: list[str]
    language_shares: list[list[dict[str, Any]]]
    words: list[Words | None]
    signals: pa.Table


@dataclass(frozen=True, slots=True)
class FilteredBatch:
    """One batch after the rules: passing documents (rows of `l1_filtered`) and their words, the signals of those that were measured, the
    statements about the rights of all readable ones, and the decisions on all rows that did not pass."""

    documents: pa.Table
    words: list[Words]
    signals: pa.Table
    rights: pa.Table
    decisions: list[dict[str, Any]]


def filter_batch(raw: pa.RecordBatch | pa.Table, rules: FilterRules, repeated: RepeatedLines, rights: Rights = NO_RIGHTS) -> FilteredBatch:
    """Apply the rules to a batch of rows of `l0_raw`: the part of L1 that looks at one document at a time. `repeated` holds the
    lines that the shard's sites repeat; they are cut before anything is measured. What is reserved is not measured."""
    readable, decisions = _readable(raw.to_pylist())
    stated = [(row, rights.of(row)) for row in readable]
    refused = {row["doc_id"]: decision for row, said in stated if (decision := rights.decision(row, said))}
    decisions += refused.values()
    readable = [row for row in readable if row["doc_id"] not in refused]
    cuts = repeated.cut([clean(row["text"]) for row in readable], [row["domain"] for row in readable])
    for row, cut in zip(readable, cuts, strict=True):
        row |= {"boilerplate_lines": cut.lines, "boilerplate_characters": cut.characters}
    data = [data_cells(row["structured_data"]) for row in readable]
    properties = [stated_properties(row["structured_data"]) for row in readable]
    measured = measure([row["doc_id"] for row in readable], [cut.text for cut in cuts], data, properties)
    judged = judge(measured.signals, rules)
    broken = {doc_id: broken_rule(row) for doc_id, row in judged.items() if row["outcome"] != "kept"}
    tokens = measured.signals["tokens"].to_pylist()
    decisions += [
        {"row_id": row["doc_id"], "outcome": "dropped", "tokens": count} | broken[row["doc_id"]]
        for row, count in zip(readable, tokens, strict=True)
        if row["doc_id"] in broken
    ]
    passed = [index for index, row in enumerate(readable) if row["doc_id"] not in broken]
    for row in readable:
        row["lane"] = judged[row["doc_id"]]["lane"]
    documents, words = _redacted([readable[index] for index in passed], measured, passed)
    return FilteredBatch(documents, words, measured.signals, rights_table(stated), decisions)


def measure(doc_ids: list[str], texts: list[str], data: list[int] | None = None, stated: Sequence[Set[str]] | None = None) -> Measured:
    """All inputs of the rules, from cleaned texts; nothing is decided here. `data` are the cells of well-formed data in each page, and
    `stated` the properties of which each says the values in attributes.

    The rules look at prose: tables and definition lists are left out of what they count, and of nothing else.
    """
    proses = [prose(text, own) for text, own in zip(texts, stated or [frozenset[str]()] * len(texts), strict=True)]
    identified = identify_batch([text if len(text) >= PROSE_CHARACTERS else whole for text, whole in zip(proses, texts, strict=True)])
    languages = identified.language
    batch = split_documents(proses, languages)
    words = [None if proses[index] is not text else batch[index] for index, text in enumerate(texts)]
    lowered = [low if part is whole else whole.lower() for low, part, whole in zip(batch.lowered, proses, texts, strict=True)]
    columns = signals(batch, languages, profanity_signals(texts, languages, lowered)) | {
        "language": pa.array(languages, pa.string()),
        "language_confidence": pa.array(identified.confidence, pa.float64()),
        "tokens": count_tokens(texts),
        "unspaced_share": pa.array(batch.unspaced_share),
        "data_cell_count": pa.array(data or [0] * len(texts), pa.float64()),
    }
    shares = [identified.rows(index) for index in range(len(texts))]
    return Measured(texts, shares, words, signal_table(doc_ids, columns))


def clean(text: str) -> str:
    """Text in normal form C, with line feeds alone between lines, without the lines that C4 removes (section 2.2): those about
    JavaScript and about cookies and policies.

    C4 also removes lines without terminal punctuation; headings, lists and tables are kept here, and FineWeb's share of
    punctuated lines judges the page instead (Penedo et al. 2024, section 3.6).
    """
    text = text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)
    lines = [line.rstrip() for line in text.splitlines()]
    if _may_hold_boilerplate(text):
        lines = [line for line in lines if not _is_boilerplate(line)]
    cleaned = "\n".join(lines).strip()
    return BLANK_LINES.sub("\n\n", cleaned) if "\n\n\n" in cleaned else cleaned


def _may_hold_boilerplate(text: str) -> bool:
    """Whether a line may be removed: decided by words of which each such line holds one. Bytes become lower case in a tenth of the time;
    of letters beyond ASCII only the sign of kelvins becomes one of these words'."""
    lowered = text.encode("utf-8", "replace").lower()
    return any(word in lowered for word in (b"javascript", b"cookie", b"terms of use", b"privacy policy")) or "\u212a" in text


def _is_boilerplate(line: str) -> bool:
    lowered = line.lower()
    if "javascript" in lowered and any(word in lowered for word in ("enable", "disabled", "requires", "browser")):
        return True
    return len(line) < 300 and any(phrase in lowered for phrase in BOILERPLATE)


def _readable(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    readable: list[dict[str, Any]] = []
    decisions: list[dict[str, Any]] = []
    for row in rows:
        if row["status"] == "ok":
            readable.append(row)
        elif row["status"] == "error":
            decisions.append({"row_id": row["doc_id"], "outcome": "error", "rule": "unreadable", "detail": row["error"]})
        else:
            decisions.append({"row_id": row["doc_id"], "outcome": "dropped", "rule": f"no_text:{row['status']}", "detail": row["error"]})
    return readable, decisions


def _redacted(rows: list[dict[str, Any]], measured: Measured, passed: list[int]) -> tuple[pa.Table, list[Words]]:
    """Rows of `l1_filtered` without personal data, and the words of their texts, split again only where a text was changed or not yet split
    as a whole."""
    known = measured.signals.select(["language", "language_confidence", "tokens"]).take(pa.array(passed, pa.int64())).to_pylist()
    cleaned = [measured.texts[index] for index in passed]
    spans = [find(text, judged["language"]) for text, judged in zip(cleaned, known, strict=True)]
    redacted = [tagged(text, found) for text, found in zip(cleaned, spans, strict=True)]
    headings = [
        in_redacted(in_cleaned(row["headings"], row["text"], text), text, found) if row["headings"] else row["headings"]
        for row, text, found in zip(rows, cleaned, spans, strict=True)
    ]
    structured = [
        redact_lines(row["structured_data"], judged["language"]) if row["structured_data"] else (None, 0)
        for row, judged in zip(rows, known, strict=True)
    ]
    changed = [place for place, found in enumerate(spans) if found]
    for place, tokens in zip(changed, count_tokens([redacted[place] for place in changed]).to_pylist(), strict=True):
        known[place]["tokens"] = tokens
    split = [None if spans[place] else measured.words[index] for place, index in enumerate(passed)]
    again = iter(split_words([text for text, words in zip(redacted, split, strict=True) if words is None]))
    words = [next(again) if one is None else one for one in split]
    languages = [measured.language_shares[index] for index in passed]
    kept = [
        {name: row[name] for name in CARRIED}
        | judged
        | {
            "parents": [row["doc_id"]],
            "language_shares": shares,
            "text": text,
            "structured_data": data,
            "headings": lines,
            "text_sha256": hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(),
            "pii_redactions": len(found) + more,
        }
        for row, judged, shares, text, found, (data, more), lines in zip(
            rows, known, languages, redacted, spans, structured, headings, strict=True
        )
    ]
    return pa.Table.from_pylist(kept, schema=pa.schema(TABLES["l1_filtered"].columns)), words
