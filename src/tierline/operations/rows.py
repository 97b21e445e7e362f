"""Rows of L3's tables from edited documents and answered questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tierline.editing.faithfulness import Judgment
from tierline.llm import Answered, Completion
from tierline.operations.candidates import Candidate
from tierline.operations.edited import Edited
from tierline.operations.needs import TARGETS, Target
from tierline.operations.operation import Operation
from tierline.tables import content_id
from tierline.text.embedding import Embedder
from tierline.text.tokens import count_tokens

Row = dict[str, Any]
CARRIED = ("url", "domain", "language", "license")


def edit_rows(edited: Sequence[Edited], documents: Mapping[str, Row], calls: Mapping[str, Sequence[str]], embedder: Embedder) -> list[Row]:
    """Rows of `l3_refined`, one for each document; `documents` are rows of L2 and `calls` ids of model calls, by doc_id."""
    texts = [one.assembled.text for one in edited]
    sources, made = embedder.embed([one.document.text for one in edited]), embedder.embed(texts)
    similarities = np.sum(sources * made, axis=1)
    tokens = count_tokens(texts)
    rows: list[Row] = []
    for place, one in enumerate(edited):
        source, text, doc_id = one.document.text, texts[place], one.document.doc_id
        rows.append(
            {
                "passage_id": content_id("psg", doc_id, "edit", 0, "", text),
                "parents": [doc_id],
                "kind": "edit",
                **{name: documents[doc_id][name] for name in CARRIED},
                "source_start": 0,
                "source_end": len(source),
                "source_text": source,
                "question": None,
                "text": text,
                "tokens": tokens[place].as_py(),
                "similarity": float(similarities[place]),
                "length_ratio": len(text) / max(1, len(source)),
                "operations": len(one.accepted),
                "changed_word_share": _changed(one),
                "faithfulness": 1.0,
                "call_ids": list(calls.get(doc_id, ())),
                "embedding": made[place].tolist(),
            }
        )
    return rows


def question_row(
    candidate: Candidate,
    answer: Answered[Completion],
    question: str,
    judgment: Judgment,
    similarity: float,
    vector: npt.NDArray[np.float32],
) -> Row:
    """A row of `l3_refined`: a question and the sentence that answers it."""
    document, passage = candidate.document, candidate.passage
    return {
        "passage_id": content_id("psg", document["doc_id"], candidate.kind, passage.start, question, passage.text),
        "parents": [document["doc_id"]],
        "kind": candidate.kind,
        **{name: document[name] for name in CARRIED},
        "source_start": passage.start,
        "source_end": passage.end,
        "source_text": passage.text,
        "question": question,
        "text": passage.text,
        "tokens": count_tokens([passage.text])[0].as_py(),
        "similarity": similarity,
        "length_ratio": judgment.length_ratio,
        "operations": None,
        "changed_word_share": 0.0,
        "faithfulness": judgment.score,
        "call_ids": [answer.call_id],
        "embedding": vector.tolist(),
    }


def operation_rows(edited: Edited, targets: Mapping[tuple[int, int], Target]) -> list[Row]:
    """Rows of `l3_operations`: every operation that was proposed. `targets` are those of a model's operations, by their span."""
    document = edited.document
    places = {id(piece.operation): piece.start for piece in edited.assembled.pieces if piece.operation}
    return [
        {
            "operation_id": operation_id(document.doc_id, verdict.operation),
            "doc_id": document.doc_id,
            "kind": str(verdict.operation.kind),
            "target": str(targets.get((verdict.operation.start, verdict.operation.end), TARGETS[verdict.operation.kind])),
            "start": verdict.operation.start,
            "end": verdict.operation.end,
            "original": verdict.operation.original(document),
            "replacement": verdict.operation.replacement,
            "why": verdict.operation.reason,
            "proposer": verdict.operation.proposer,
            "score": verdict.operation.score,
            "accepted": verdict.accepted,
            "reason": verdict.reason or None,
            "text_start": places.get(id(verdict.operation)) if verdict.accepted else None,
        }
        for verdict in edited.verdicts
    ]


def operation_id(doc_id: str, operation: Operation) -> str:
    """The same in every run that proposes the same."""
    return content_id("opn", doc_id, str(operation.kind), operation.start, operation.end, operation.replacement)


def _changed(edited: Edited) -> float:
    """Share of the words of both texts that operations took out or put in."""
    lost, added = Counter[str](), Counter[str]()
    for operation in edited.accepted:
        before, after = Counter(operation.original(edited.document).split()), Counter(operation.replacement.split())
        lost, added = lost + (before - after), added + (after - before)
    words = len(edited.document.text.split()) + len(edited.assembled.text.split())
    return min(1.0, (sum(lost.values()) + sum(added.values())) / max(1, words))
