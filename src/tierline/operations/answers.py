"""Judges what the model answered: an edit sentence by sentence, a question as a whole; reviewers outrank the judge."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tierline.editing.faithfulness import FaithfulnessRules, Judgment
from tierline.editing.reviewed import final_text, overruled, settled_edit
from tierline.lake.reviews import Settled, Settlements
from tierline.llm import Answered, Completion
from tierline.operations.candidates import Candidate
from tierline.operations.document import as_document
from tierline.operations.operation import Verdict
from tierline.operations.prompts import own_words
from tierline.operations.questions import judge_question
from tierline.operations.reviewed import overruled_operation
from tierline.operations.rewriting import judged_rewrites
from tierline.operations.rows import Row, question_row
from tierline.text.embedding import Embedder

Answers = Mapping[str, Answered[Completion]]
Sentence = tuple[Verdict, Judgment | None]  # of an edit, with what the judge said of it, if it was asked


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """What became of one candidate: its decision for the ledger, and the row of an accepted question or the verdicts on the sentences that
    an edit changed."""

    candidate: Candidate
    decision: Row
    call_id: str
    question: Row | None = None
    verdicts: tuple[Verdict, ...] = ()


def judge_answers(
    candidates: Sequence[Candidate], answers: Answers, embedder: Embedder, rules: FaithfulnessRules, reviews: Settlements
) -> list[JudgedAnswer]:
    """One for each candidate, in their order; `answers` by the candidates' ids."""
    written = [own_words(answers[candidate.candidate_id].value.text) for candidate in candidates]
    pairs = list(zip(candidates, written, strict=True))
    settled = [settled_edit(reviews, one.candidate_id, one.passage.text, text) for one, text in pairs]
    texts = [final_text(text, review) for text, review in zip(written, settled, strict=True)]
    usable = [not _unusable(one, answers[one.candidate_id].value, text) for one, text in zip(candidates, texts, strict=True)]
    asked = [row for row, one in enumerate(candidates) if usable[row] and one.kind == "edit"]
    rewritten = judged_rewrites(
        [(as_document(candidates[row].document), candidates[row].passage, texts[row]) for row in asked], embedder, rules
    )
    sentences = dict(zip(asked, rewritten, strict=True))
    questions = [row for row, one in enumerate(candidates) if usable[row] and one.kind == "qa"]
    sources, made = (
        dict(zip(questions, embedder.embed([of[row] for row in questions]), strict=True))
        for of in ([candidate.passage.text for candidate in candidates], texts)
    )
    found: list[JudgedAnswer] = []
    for row, candidate in enumerate(candidates):
        answer = answers[candidate.candidate_id]
        decided: Row = {"row_id": candidate.candidate_id, "related_id": candidate.document["doc_id"]}
        if not usable[row]:
            reason = _unusable(candidate, answer.value, texts[row])
            outcome = {"outcome": "error" if reason == "model_error" else "dropped", "rule": f"edit:{reason}"}
            found.append(JudgedAnswer(candidate, decided | outcome | {"detail": _detail(candidate)}, answer.call_id))
        elif candidate.kind == "qa":
            judgment = overruled(judge_question(candidate.passage.text, texts[row], rules), settled[row])
            told = {"edit": written[row]}
            outcome = _kept(candidate, told) if judgment.accepted else _refused(candidate, judgment, told)
            outcome |= _by_reviewers(candidate, told, settled[row])
            similarity = float(np.dot(sources[row], made[row]))
            made_of = question_row(candidate, answer, texts[row], judgment, similarity, sources[row]) if judgment.accepted else None
            found.append(JudgedAnswer(candidate, decided | outcome, answer.call_id, made_of))
        else:
            own = [(overruled_operation(verdict, settled[row]), judgment) for verdict, judgment in sentences[row]]
            told = {"edit": written[row], "start": candidate.passage.start, "sentences": [_sentence(*one) for one in own]}
            outcome = _edit_outcome(candidate, own, told) | _by_reviewers(candidate, told, settled[row])
            found.append(JudgedAnswer(candidate, decided | outcome, answer.call_id, verdicts=tuple(verdict for verdict, _ in own)))
    return found


def _unusable(candidate: Candidate, answer: Completion, text: str) -> str:
    """Why an answer cannot be judged; "" if it can."""
    if answer.error:
        return "model_error"
    if answer.finish == "length":
        return "unfinished"
    if not text:
        return "empty_answer"
    return "unchanged" if candidate.kind == "edit" and text == candidate.passage.text else ""


def _edit_outcome(candidate: Candidate, sentences: Sequence[Sentence], told: Mapping[str, Any]) -> Row:
    """Kept if one of the changed sentences stands, or none was changed."""
    if any(verdict.accepted for verdict, _ in sentences) or not sentences:
        return _kept(candidate, told)
    for _, judgment in sentences:
        if judgment and not judgment.accepted:
            return _refused(candidate, judgment, told)
    rule = f"edit:{sentences[0][0].reason.partition(':')[2]}"
    return {"outcome": "dropped", "rule": rule, "detail": _detail(candidate, **told)}


def _sentence(verdict: Verdict, judgment: Judgment | None) -> Row:
    """Where it stands in the document, what the model wrote in its place, and the rule and words that refused it."""
    operation = verdict.operation
    told: Row = {"start": operation.start, "end": operation.end, "edit": operation.replacement, "rule": verdict.reason}
    return told | (_words(judgment) if verdict.reason and judgment and not judgment.accepted else {})


def _words(judgment: Judgment) -> Row:
    return {"found": judgment.detail, "changes": [asdict(change) for change in judgment.changes]}


def _kept(candidate: Candidate, told: Mapping[str, Any]) -> Row:
    return {"outcome": "kept", "detail": _detail(candidate, **told)}


def _refused(candidate: Candidate, judgment: Judgment, told: Mapping[str, Any]) -> Row:
    detail = _detail(candidate, **told, **_words(judgment))
    return {"outcome": "dropped", "rule": judgment.rule, "value": judgment.value, "threshold": judgment.threshold, "detail": detail}


def _by_reviewers(candidate: Candidate, told: Mapping[str, Any], found: Settled | None) -> Row:
    """Rule and detail of a decision that rests on a review."""
    return {"rule": found.named["rule"], "detail": _detail(candidate, **told, review=found.named["detail"])} if found else {}


def _detail(candidate: Candidate, **more: Any) -> str:
    told = {"kind": candidate.kind, "passage": candidate.passage.text}
    told |= {"target": str(candidate.need.target), "need": round(candidate.need.amount, 3)}
    return json.dumps(told | more, ensure_ascii=False)
