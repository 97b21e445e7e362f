"""Turns interactions into rows of L3: corrections that no fact refutes, and answers that people rated highly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from tierline.compute.workers import batched
from tierline.feedback.rules import LOW_RATING, REFUTED, FeedbackRules
from tierline.interactions import Interaction, Line, Unreadable, read_interaction, read_lines
from tierline.knowledge.text import sentences
from tierline.lake import StageResult, decision_table
from tierline.lake.external_sort import SortingBuffer
from tierline.lake.result import ledger_buffer
from tierline.lake.reviews import DROP, EDIT, Settled, Settlements
from tierline.tables import TABLES, content_id
from tierline.text.tokens import count_tokens
from tierline.unforeseen import ROWS_PER_BATCH, Lost, held

TABLE = TABLES["l3_feedback"]
SCHEMA = pa.schema(TABLE.columns)
CORRECTION, ANSWER = "correction", "answer"
WORDS = ("kind", "question", "text", "model")  # of a line that waits for a person
NO_CONSENT, NOT_RATED, GENERATION, SAID_BEFORE = "feedback:no_consent", "feedback:not_rated", "feedback:generation", "feedback:said_before"
SHORT, LONG, UNREADABLE, CONTAMINATED = "feedback:short", "feedback:long", "feedback:unreadable", "feedback:contaminated"
Verdicts = Callable[[Sequence[str]], Sequence[Mapping[str, Any]]]  # rows with `verdict` and `fact_id`, one a statement
Leaks = Callable[[pa.Table], set[str]]  # of texts (columns doc_id, domain, text, tokens) those that copy a benchmark
Outcome = tuple[dict[str, Any] | None, dict[str, Any]]  # a row, or none; the decision on its line


def refine_feedback(
    files: Iterable[Path], rules: FeedbackRules, verdicts: Verdicts, leaks: Leaks, reviews: Settlements | None = None
) -> StageResult:
    """`l3_feedback` of files of interactions, a decision a line.

    Without consent nothing of a line is kept, not even in the ledger. Personal data is replaced as in L1. A correction counts as written
    by a person, an answer as a model's; what copies a benchmark is dropped. What a fact refutes a sentence of, and an answer that was rated
    low, wait for a person, with their words in the ledger: `reviews` keep them, drop them, or put a correction in their place. What is said
    twice is kept once, the first time in order of files and lines. BadInput for a file that cannot be read.
    """
    rows, ledger, decided = SortingBuffer(SCHEMA, TABLE.order), ledger_buffer(), 0
    known: dict[str, str] = {}
    for path in files:
        for batch in batched(read_lines(path), ROWS_PER_BATCH):
            for found in held(partial(_of_lines, rules=rules, verdicts=verdicts, leaks=leaks, reviews=reviews or Settlements()), batch):
                outcomes = [(None, _lost(found))] if isinstance(found, Lost) else found
                kept = [_once(row, decision, known) for row, decision in outcomes]
                rows.append(pa.Table.from_pylist([row for row, _ in kept if row], schema=SCHEMA))
                ledger.append(decision_table(decision for _, decision in kept))
                decided += len(kept)
    return StageResult({"l3_feedback": rows.rows()}, {"l3_feedback": (decided, ledger.rows())})


def _once(row: dict[str, Any] | None, decision: dict[str, Any], known: dict[str, str]) -> Outcome:
    if row is None or known.setdefault(row["feedback_id"], decision["row_id"]) == decision["row_id"]:
        return row, decision
    return None, decision | {"outcome": "merged", "rule": SAID_BEFORE, "related_id": row["feedback_id"]}


def _lost(lost: Lost) -> dict[str, Any]:
    (line,) = lost.rows
    return {"row_id": line.line_id} | lost.outcome


def _of_lines(lines: Sequence[Line], rules: FeedbackRules, verdicts: Verdicts, leaks: Leaks, reviews: Settlements) -> list[Outcome]:
    outcomes = [_of_line(line, rules, reviews) for line in lines]
    counts = count_tokens([row["text"] if row else "" for row, _ in outcomes]).to_pylist()
    outcomes = [(row and row | {"tokens": tokens}, decision) for (row, decision), tokens in zip(outcomes, counts, strict=True)]
    outcomes = _without_leaks(outcomes, leaks)
    stated = [(place, text) for place, (row, _) in enumerate(outcomes) for text in _statements(row)]
    said = verdicts([text for _, text in stated]) if stated else []
    supported: dict[int, set[str]] = {}
    for (place, _), verdict in zip(stated, said, strict=True):
        row, decision = outcomes[place]
        if row and verdict["verdict"] == "refuted" and not decision.get("detail"):  # where people have decided, it names their review
            against = {"outcome": "quarantined", "rule": REFUTED, "related_id": verdict["fact_id"], "tokens": row["tokens"]}
            outcomes[place] = None, decision | against | {"detail": _words(row)}
        elif verdict["verdict"] == "supported" and verdict["fact_id"]:
            supported.setdefault(place, set()).add(verdict["fact_id"])
    return [(row and row | {"supported_by": sorted(supported.get(place, ()))}, said) for place, (row, said) in enumerate(outcomes)]


def _without_leaks(outcomes: Sequence[Outcome], leaks: Leaks) -> list[Outcome]:
    rows = [row for row, _ in outcomes if row]
    asked = {
        "doc_id": [row["feedback_id"] for row in rows],
        "domain": [""] * len(rows),
        "text": [f"{row['question']}\n{row['text']}" for row in rows],
        "tokens": [row["tokens"] for row in rows],
    }
    schema = pa.schema({"doc_id": pa.string(), "domain": pa.string(), "text": pa.string(), "tokens": pa.int64()})
    leaking = leaks(pa.Table.from_pydict(asked, schema)) if rows else set[str]()
    against = {"outcome": "dropped", "rule": CONTAMINATED}
    return [
        (None, decision | against | {"tokens": row["tokens"]}) if row and row["feedback_id"] in leaking else (row, decision)
        for row, decision in outcomes
    ]


def _statements(row: Mapping[str, Any] | None) -> list[str]:
    """The sentences of an English text: claims are checked in English."""
    if row is None or row["language"] != "en":
        return []
    return [line[start:end] for line in row["text"].split("\n") for start, end in sentences(line) if end > start]


def _of_line(line: Line, rules: FeedbackRules, reviews: Settlements) -> Outcome:
    decision = {"row_id": line.line_id}
    if line.cut:
        return None, decision | {"outcome": "dropped", "rule": LONG}
    try:
        found = read_interaction(line.data)
    except Unreadable as error:
        return None, decision | {"outcome": "error", "rule": UNREADABLE, "detail": f"line {line.number} of {Path(line.uri).name}: {error}"}
    if not found.consent:
        return None, decision | {"outcome": "dropped", "rule": NO_CONSENT}
    kind, said = (CORRECTION, found.correction) if found.correction else (ANSWER, found.answer)
    if settled := reviews.on(line.line_id, line.line_id):
        return _reviewed(found, kind, said, line, rules, settled)
    against = _against(found, kind, said, rules)
    if against is None:
        return _row(found, kind, said, line), decision | {"outcome": "kept"}
    waits = {"detail": _words(_row(found, kind, said, line))} if against["rule"] == LOW_RATING else {}
    return None, decision | against | waits


def _reviewed(found: Interaction, kind: str, said: str, line: Line, rules: FeedbackRules, settled: Settled) -> Outcome:
    """What people decided about a line; how long a text is, and of which generation, is not theirs to decide."""
    named = {"row_id": line.line_id} | settled.named
    if settled.verdict == DROP:
        return None, named | {"outcome": "dropped"}
    if settled.verdict == EDIT:
        kind, said = CORRECTION, settled.text or ""
    against = _of_size(found, said, rules) or (_of_generation(found, rules) if kind == ANSWER else None)
    return (None, named | against) if against else (_row(found, kind, said, line), named | {"outcome": "kept"})


def _words(row: Mapping[str, Any]) -> str:
    """What a reviewer is shown of a line that waits, without personal data."""
    return json.dumps({name: row[name] for name in WORDS}, ensure_ascii=False)


def _against(found: Interaction, kind: str, said: str, rules: FeedbackRules) -> dict[str, Any] | None:
    """Why an interaction teaches nothing, or None."""
    if (size := _of_size(found, said, rules)) or kind == CORRECTION:
        return size
    if found.rating is None:
        return {"outcome": "dropped", "rule": NOT_RATED}
    if found.rating < rules.rating_min:  # a correction in its place is a person's, of whatever generation the answer is
        return {"outcome": "quarantined", "rule": LOW_RATING, "value": found.rating, "threshold": rules.rating_min}
    return _of_generation(found, rules)


def _of_size(found: Interaction, said: str, rules: FeedbackRules) -> dict[str, Any] | None:
    if len(said) > rules.characters_max or len(found.prompt) > rules.characters_max:
        return {"outcome": "dropped", "rule": LONG, "value": float(max(len(said), len(found.prompt))), "threshold": rules.characters_max}
    if len(said.split()) < rules.words_min:
        return {"outcome": "dropped", "rule": SHORT, "value": len(said.split()), "threshold": rules.words_min}
    return None


def _of_generation(found: Interaction, rules: FeedbackRules) -> dict[str, Any] | None:
    if found.generation <= rules.generations_max:
        return None
    return {"outcome": "dropped", "rule": GENERATION, "value": found.generation, "threshold": rules.generations_max}


def _row(found: Interaction, kind: str, said: str, line: Line) -> dict[str, Any]:
    from tierline.filters.language import identify  # settings are read without what these need
    from tierline.filters.pii import redact

    language = found.language or identify(said)[0]
    (question, in_question), (text, in_text) = redact(found.prompt, language), redact(said, language)
    is_model = kind == ANSWER
    return {
        "feedback_id": content_id("fbk", kind, question, text),
        "parents": [],
        "kind": kind,
        "question": question,
        "text": text,
        "language": language,
        "origin": "model" if is_model else "person",
        "model": found.model or None,
        "generation": found.generation if is_model else 0,
        "rating": found.rating,
        "said_at": found.time,
        "consent": found.consent,
        "redactions": in_question + in_text,
        "source_uri": line.uri,
        "source_line": line.number,
        "source_offset": line.offset,
        "source_length": len(line.data),
        "line_sha256": line.sha256,
    }
