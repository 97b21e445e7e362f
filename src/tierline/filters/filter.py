"""Takes a shard's raw rows through cleaning, the rules and deduplication, with one named decision for each."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from tierline.dedup.minhash import DedupRules, Signatures, sign
from tierline.dedup.resolve import EarlierDocuments, resolve_duplicates
from tierline.document import TABLES
from tierline.filters.language import UNKNOWN, identify
from tierline.filters.pii import redact
from tierline.filters.rules import FilterRules, first_broken
from tierline.filters.signals import BOILERPLATE, signals
from tierline.lake import StageResult, decision_table
from tierline.tokens import count_tokens
from tierline.words import Words, split_words

ROWS_PER_BATCH = 256
CARRIED = ("doc_id", "url", "domain", "fetched_at", "licence", "title", "structured_data")
UNSPACED_SHARE = 0.5  # from here on a text counts as written without spaces
BLANK_LINES = re.compile(r"\n{3,}")


def filter_shard(raw: pa.Table, rules: FilterRules, dedup: DedupRules, earlier: EarlierDocuments) -> StageResult:
    """`l1_filtered`, `l1_duplicates` and `l1_signatures` from all rows of a shard of `l0_raw`, one decision a row.

    A row without text is dropped as `no_text`, an unreadable one stays an error. Of the others the first broken rule decides.
    What passes is compared with itself and with `earlier` shards; the earlier document wins.
    """
    kept: list[dict[str, Any]] = []
    decisions: list[dict[str, Any]] = []
    signatures: list[Signatures] = []
    for batch in raw.to_batches(max_chunksize=ROWS_PER_BATCH):
        passed, words = _pass_rules(batch.to_pylist(), rules, decisions)
        kept += passed
        signatures.append(sign(words, [row["text_sha256"] for row in passed], dedup))
    documents = _documents(kept)
    signed = Signatures.concat(signatures, dedup)
    duplicates = resolve_duplicates(documents, signed, earlier, dedup)
    decisions += _merged(documents, duplicates, dedup)
    unique = pa.array([index for index, doc_id in enumerate(documents["doc_id"].to_pylist()) if doc_id not in duplicates], pa.int64())
    decisions += [{"row_id": kept[index]["doc_id"], "outcome": "kept", "tokens": kept[index]["tokens"]} for index in unique.to_pylist()]
    tables = {
        "l1_filtered": documents.take(unique),
        "l1_signatures": signed.table(documents["doc_id"]).take(unique),
        "l1_duplicates": pa.Table.from_pylist(list(duplicates.values()), schema=pa.schema(TABLES["l1_duplicates"].columns)),
    }
    return StageResult(tables, {"l1_filtered": (raw.num_rows, decision_table(decisions))})


def clean(text: str) -> str:
    """Text without the lines that C4 removes (section 2.2): those about JavaScript and about cookies and policies.

    C4 also removes lines without terminal punctuation; headings, lists and tables are kept here, and FineWeb's share of
    punctuated lines judges the page instead (Penedo et al. 2024, section 3.6).
    """
    lines = (line.rstrip() for line in text.split("\n"))
    return BLANK_LINES.sub("\n\n", "\n".join(line for line in lines if not _is_boilerplate(line))).strip()


def _is_boilerplate(line: str) -> bool:
    lowered = line.lower()
    if "javascript" in lowered and any(word in lowered for word in ("enable", "disabled", "requires", "browser")):
        return True
    return len(line) < 300 and any(phrase in lowered for phrase in BOILERPLATE)


def _pass_rules(
    rows: list[dict[str, Any]], rules: FilterRules, decisions: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[Words]]:
    readable: list[dict[str, Any]] = []
    for row in rows:
        if row["status"] == "ok":
            readable.append(row)
        elif row["status"] == "error":
            decisions.append({"row_id": row["doc_id"], "outcome": "error", "rule": "unreadable", "detail": row["error"]})
        else:
            decisions.append({"row_id": row["doc_id"], "outcome": "dropped", "rule": f"no_text:{row['status']}", "detail": row["error"]})
    texts = [clean(row["text"]) for row in readable]
    tokens = count_tokens(texts).to_pylist()
    passed: list[dict[str, Any]] = []
    for row, text, words, token_count in zip(readable, texts, split_words(texts), tokens, strict=True):
        language, confidence = identify(text)
        found = signals(text, words, language)
        verdict = next(_broken(found, language, confidence, words, rules), None)
        if verdict:
            decisions.append({"row_id": row["doc_id"], "outcome": "dropped", "tokens": token_count} | verdict)
        else:
            passed.append({name: row[name] for name in CARRIED} | _cleaned(row, text, language, confidence, token_count, found))
    return passed, split_words([row["text"] for row in passed])


def _broken(found: dict[str, float], language: str, confidence: float, words: Words, rules: FilterRules) -> Iterator[dict[str, Any]]:
    if language == UNKNOWN or confidence < rules.language_confidence_min:
        yield {"rule": "language:unknown", "value": confidence, "threshold": rules.language_confidence_min, "detail": language}
    if rules.languages and language not in rules.languages:
        yield {"rule": "language:unwanted", "value": confidence, "detail": language}
    broken = first_broken(found, language, words.unspaced_share > UNSPACED_SHARE, rules)
    if broken:
        rule, threshold = broken
        yield {"rule": rule.name, "value": found[rule.signal], "threshold": threshold}


def _cleaned(row: dict[str, Any], text: str, language: str, confidence: float, tokens: int, found: dict[str, float]) -> dict[str, Any]:
    redacted, count = redact(text)
    structured, more = redact(row["structured_data"]) if row["structured_data"] else (None, 0)
    return {
        "parents": [row["doc_id"]],
        "text": redacted,
        "structured_data": structured,
        "text_sha256": hashlib.sha256(redacted.encode("utf-8", "replace")).hexdigest(),
        "language": language,
        "language_confidence": confidence,
        "tokens": tokens if not count else count_tokens([redacted])[0].as_py(),
        "pii_redactions": count + more,
        "signals": found,
    }


def _documents(kept: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(kept, schema=pa.schema(TABLES["l1_filtered"].columns))


def _merged(documents: pa.Table, duplicates: dict[str, dict[str, Any]], dedup: DedupRules) -> Iterator[dict[str, Any]]:
    for doc_id, tokens in zip(documents["doc_id"].to_pylist(), documents["tokens"].to_pylist(), strict=True):
        if doc_id in duplicates:
            duplicate = duplicates[doc_id]
            yield {
                "row_id": doc_id,
                "outcome": "merged",
                "rule": f"duplicate:{duplicate['method']}",
                "value": duplicate["similarity"],
                "threshold": 1.0 if duplicate["method"] == "exact" else dedup.similarity_min,
                "related_id": duplicate["kept_doc_id"],
                "detail": duplicate["kept_shard"],
                "tokens": tokens,
            }
