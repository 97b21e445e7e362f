"""Texts that a capable model writes from numbered sentences: parsed, and each sentence judged against those that it says it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from tierline.derived.asking import ask
from tierline.derived.form import WRITTEN, Form, Kind, Level, Span
from tierline.derived.grammar import in_sentence
from tierline.derived.paper import Paper, Sentence, is_dangling, keys_of, normal
from tierline.derived.prompting import PROMPTS
from tierline.derived.rules import DerivedRules
from tierline.editing.faithfulness import FaithfulnessRules, judge_faithfulness
from tierline.llm import Completion
from tierline.operations.questions import judge_question
from tierline.text.bounded_json import parse_json
from tierline.text.embedding import Embedder

SENTENCES_MIN, WORDS_MAX = 5, 350  # of what a model is shown
TOKENS_MAX = 900  # of an answer
STUDENT, TUTOR = "Student: ", "Tutor: "


class State(StrEnum):
    """What came of one answer."""

    OK = "ok"
    REFUSED = "refused"  # the model says that the sentences are no material
    MALFORMED = "malformed"
    UNFINISHED = "unfinished"
    MODEL_ERROR = "model_error"
    UNFAITHFUL = "unfaithful"  # the judge accepts too few of its sentences


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an answer with the sentences that it rests on."""

    role: str
    text: str
    sources: tuple[Sentence, ...]


@dataclass(slots=True)
class Written:
    """What came of one answer: its state, the forms, and the parts that were dropped, each with the rule."""

    state: State
    forms: list[Form] = field(default_factory=list[Form])
    dropped: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


def material(paper: Paper) -> list[Sentence]:
    """The sentences of a document that a model is shown: prose, from its beginning on; none if they are too few for a text."""
    shown: list[Sentence] = []
    words = 0
    for one in paper.plain:
        words += len(one.text.split())
        if words > WORDS_MAX:
            break
        shown.append(one)
    return shown if len(shown) >= SENTENCES_MIN else []


def parse(kind: Kind, answer: Completion, shown: Sequence[Sentence]) -> tuple[State, list[Part]]:
    """The parts of an answer. It is malformed as a whole if a part has another form, or a number that no sentence has."""
    if answer.error:
        return State.MODEL_ERROR, []
    if answer.finish == "length":
        return State.UNFINISHED, []
    try:
        found = parse_json(answer.text)
    except ValueError:
        return State.MALFORMED, []
    items = found.get("parts") if isinstance(found, dict) else None
    if not isinstance(items, list):
        return State.MALFORMED, []
    parts = [_part(kind, item, shown) for item in items]
    if any(part is None for part in parts):
        return State.MALFORMED, []
    return (State.OK, [part for part in parts if part]) if parts else (State.REFUSED, [])


def _part(kind: Kind, item: Any, shown: Sequence[Sentence]) -> Part | None:
    if not isinstance(item, dict) or item.get("role") not in PROMPTS[kind].roles:
        return None
    text, numbers = item.get("text"), item.get("from")
    if not isinstance(text, str) or not text.strip() or not isinstance(numbers, list):
        return None
    if any(type(number) is not int or not 1 <= number <= len(shown) for number in numbers):
        return None
    return Part(item["role"], " ".join(text.split()), tuple(shown[number - 1] for number in dict.fromkeys(numbers)))


def read_written(
    paper: Paper, kind: Kind, answer: Completion, embedder: Embedder, rules: DerivedRules, faithfulness: FaithfulnessRules
) -> Written:
    """Forms of an answer: of a text the sentences that the judge accepts, of questions those that one sentence answers."""
    shown = material(paper)
    state, parts = parse(kind, answer, shown)
    if state != State.OK:
        return Written(state)
    reasons = _judged(paper, parts, embedder, faithfulness)
    made = Written(State.OK, dropped=[(part.text, reason) for part, reason in zip(parts, reasons, strict=True) if reason])
    proposer = f"{kind}-{PROMPTS[kind].version}"
    if kind == Kind.FREE_QUESTION:
        made.forms = _questions(paper, parts, reasons, proposer)
        made.state = State.OK if made.forms else State.UNFAITHFUL
        return made
    said = [part for part in parts if part.role == "sentence"]
    kept = (
        _turns(parts, reasons) if kind == Kind.FREE_TUTORING else [part for part, reason in zip(parts, reasons, strict=True) if not reason]
    )
    told = [part for part in kept if part.role == "sentence"]
    if len(told) < 2 or len(told) < rules.kept_share_min * len(said):
        made.state = State.UNFAITHFUL
        return made
    spans = sorted({(one.start, one.end) for part in told for one in part.sources})
    text = _dialogue(kept) if kind == Kind.FREE_TUTORING else _prose(kept)
    question = PROMPTS[kind].task.format(place=paper.place)
    evidence = spans[0][0], max(end for _, end in spans)
    turns = sum(part.role == "question" for part in kept) or 1
    made.forms = [Form(kind, Level.COMPREHENSION, question, text, tuple(spans), evidence, "", proposer, turns=turns)]
    return made


def _judged(paper: Paper, parts: Sequence[Part], embedder: Embedder, faithfulness: FaithfulnessRules) -> list[str]:
    """Of each part the rule that drops it, "" for none."""
    sources = [" ".join(one.text for one in part.sources) for part in parts]
    vectors = embedder.embed(sources), embedder.embed([part.text for part in parts])
    similarities = np.sum(vectors[0] * vectors[1], axis=1).tolist()
    known = keys_of(paper.text)
    found: list[str] = []
    for part, source, similarity in zip(parts, sources, similarities, strict=True):
        if part.role == "heading":
            found.append("" if keys_of(part.text) <= known and len(part.text) <= 80 else "heading:words")
        elif not part.sources:
            found.append("written:no_source")
        elif part.role == "question":
            found.append(judge_question(source, part.text, faithfulness).rule or "")
        elif part.role == "answer":
            found.append("" if part.text.rstrip(".") in source else "answer:not_in_parent")
        else:
            judged = judge_faithfulness(source, part.text, similarity, faithfulness, document=paper.text, address=paper.document.url)
            found.append(judged.rule or "")
    return found


def _questions(paper: Paper, parts: Sequence[Part], reasons: Sequence[str], proposer: str) -> list[Form]:
    """Each question with the answer behind it, both of one sentence."""
    found: list[Form] = []
    for number in range(len(parts) - 1):
        question, answer = parts[number], parts[number + 1]
        if (question.role, answer.role) != ("question", "answer") or reasons[number] or reasons[number + 1]:
            continue
        if len(answer.sources) != 1 or question.sources != answer.sources or is_dangling(f"X {question.text}"):
            continue
        source, words = answer.sources[0], answer.text.rstrip(".")
        start = source.start + source.text.find(words)
        core = in_sentence(question.text.rstrip("? "))
        if normal(words) in normal(core) or source.text.count(words) != 1:
            continue
        span: Span = start, start + len(words)
        if next(paper.rivals(core, (source.start, source.end)), None):
            continue
        found.append(
            Form(Kind.FREE_QUESTION, Level.RECALL, ask(paper, "", core), words, (span,), (source.start, source.end), core, proposer)
        )
    return found


def _turns(parts: Sequence[Part], reasons: Sequence[str]) -> list[Part]:
    """Questions with the answer behind each, where both are accepted."""
    found: list[Part] = []
    for number in range(len(parts) - 1):
        if (parts[number].role, parts[number + 1].role) == ("question", "sentence") and not reasons[number] and not reasons[number + 1]:
            found += parts[number : number + 2]
    return found


def _dialogue(parts: Sequence[Part]) -> str:
    return "\n".join(f"{STUDENT if part.role == 'question' else TUTOR}{part.text}" for part in parts)


def _prose(parts: Sequence[Part]) -> str:
    """Headings on lines of their own, where a sentence follows; sentences between them as a paragraph."""
    lines: list[str] = []
    for number, part in enumerate(parts):
        if part.role == "heading":
            if number + 1 < len(parts) and parts[number + 1].role == "sentence":
                lines.append(f"## {part.text}")
        elif lines and not lines[-1].startswith("## "):
            lines[-1] += f" {part.text}"
        else:
            lines.append(part.text)
    return "\n\n".join(lines)


def wanted(rules: DerivedRules) -> list[Kind]:
    """The kinds that a model is asked for, in a fixed order."""
    return [kind for kind in WRITTEN if kind in rules.kinds]
