"""Takes L2 documents to L3: picks passages, has a language model edit them or write questions, keeps what is faithful."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from tierline.dedup.semantic import Match, Neighbors, near_duplicates
from tierline.editing.faithfulness import FUNCTION_WORDS, WORD, FaithfulnessRules, Judgment, judge_faithfulness, names
from tierline.editing.passages import Passage, passages, sentences
from tierline.editing.quantities import quantities
from tierline.lake import StageResult, decision_table
from tierline.llm import Answered, Completion, ModelClient, Prompt, Sampling
from tierline.tables import TABLES, content_id
from tierline.text.embedding import DIMENSIONS, Embedder
from tierline.text.prose import DATA
from tierline.text.tokens import count_tokens
from tierline.unforeseen import Lost, held

EDIT = "Correct the grammar and spelling of this text and make it easy to read. Keep every name, number and date.\n\n{text}"
ASK = """Sentence: The river Danube flows through ten countries.
Question: How many countries does the river Danube flow through?

Sentence: Marie Curie discovered radium in 1898.
Question: What did Marie Curie discover in 1898?

Sentence: {text}"""
QUESTION_PREFILL = "Question:"  # without this the bundled model answers or repeats the sentence


@dataclass(frozen=True, slots=True)
class EditRules:
    """Which passages are refined, and how many; these settings decide the cost of L3."""

    SECTION: ClassVar[str] = "l3.edit"
    languages: tuple[str, ...] = ("en",)  # those that the model writes
    edits_per_shard: int = 24
    questions_per_shard: int = 12
    words_min: int = 25
    words_max: int = 90
    semantic_similarity_min: float = 0.98  # of an accepted passage to an existing one, its own document excepted

    @property
    def prompt_sha256(self) -> str:
        """Identity of the prompts."""
        return hashlib.sha256((EDIT + ASK + QUESTION_PREFILL).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage of a document, and what the model is asked to do with it."""

    kind: str  # edit | qa
    document: dict[str, Any]
    passage: Passage

    @property
    def candidate_id(self) -> str:
        """Known before the model answers, so that a failed answer has a row in the ledger too."""
        return content_id("edit", self.document["doc_id"], self.kind, self.passage.start, self.passage.text)


Judged = tuple[Candidate, dict[str, Any] | None, Judgment | str | Lost]  # with the row of an accepted one


def refine(
    documents: pa.Table,
    client: ModelClient,
    embedder: Embedder,
    rules: EditRules,
    faithfulness: FaithfulnessRules,
    known: Neighbors | None = None,
) -> StageResult:
    """`l3_refined` from rows of `l2_selected`; the ledger `l3_edits` holds each candidate, rejected ones with the reason.

    `known` are L2 documents that a passage must not repeat; its own document does not count.
    """
    rows = documents.to_pylist()
    candidates, lost = pick_candidates(rows, rules)
    answers = _ask(candidates, client)
    judged: list[Judged] = []
    for found in held(partial(_judge, answers=answers, embedder=embedder, rules=faithfulness), candidates):
        judged += [(found.rows[0], None, found)] if isinstance(found, Lost) else found
    accepted = [row for _, row, _ in judged if row is not None]
    duplicates = _duplicates(accepted, rules, known)
    refined = [row for row in accepted if row["passage_id"] not in duplicates]
    edits = [_edit_decision(candidate, row, verdict, duplicates, rules) for candidate, row, verdict in judged]
    tables = {"l3_refined": pa.Table.from_pylist(refined, schema=pa.schema(TABLES["l3_refined"].columns))}
    ledgers = {
        "l3_refined": (documents.num_rows, _document_decisions(rows, lost, candidates, refined, rules)),
        "l3_edits": (len(candidates), decision_table(edits)),
    }
    return StageResult(tables, ledgers, client.cost)


def pick_candidates(rows: Sequence[dict[str, Any]], rules: EditRules) -> tuple[list[Candidate], dict[str, Lost]]:
    """The first passages of the most useful documents, one per document before any gets a second; the documents that no code here can cut
    into passages, by id."""
    ranked = sorted(
        (row for row in rows if row["language"] in rules.languages and row["lane"] != DATA),
        key=lambda row: (-row["usefulness"], row["doc_id"]),
    )
    lost: dict[str, Lost] = {}
    queues: list[list[tuple[Candidate, Candidate | None]]] = []
    for found in held(partial(_cut, rules=rules), ranked):
        if isinstance(found, Lost):
            lost[found.rows[0]["doc_id"]] = found
        else:
            queues += found
    turns = max((len(queue) for queue in queues), default=0)
    ordered = [queue[turn] for turn in range(turns) for queue in queues if turn < len(queue)]
    edits = [edit for edit, _ in ordered[: rules.edits_per_shard]]
    return edits + [question for _, question in ordered if question][: rules.questions_per_shard], lost


def _cut(rows: Sequence[dict[str, Any]], rules: EditRules) -> list[list[tuple[Candidate, Candidate | None]]]:
    """For each document its passages, as candidates for an edit, and for a question where its answer holds a number or a name."""
    return [
        [(Candidate("edit", row, passage), _question(row, passage)) for passage in passages(row["text"], rules.words_min, rules.words_max)]
        for row in rows
    ]


def _question(row: dict[str, Any], passage: Passage) -> Candidate | None:
    answer = _answer(passage)
    return Candidate("qa", row, answer) if quantities(answer.text) or names(answer.text) else None


def _answer(passage: Passage) -> Passage:
    """The sentence of a passage that a question is written for: its first one."""
    text = sentences(passage.text)[0]
    return Passage(passage.start, passage.start + len(text), text)


def _ask(candidates: Sequence[Candidate], client: ModelClient) -> dict[str, Answered[Completion]]:
    found: dict[str, Answered[Completion]] = {}
    for kind, template, prefill, sampling in (
        ("edit", EDIT, "", Sampling(max_tokens=220)),
        ("qa", ASK, QUESTION_PREFILL, Sampling(max_tokens=48, stop=("\n",))),
    ):
        wanted = [candidate for candidate in candidates if candidate.kind == kind]
        answers = client.generate([Prompt(template.format(text=candidate.passage.text), prefill=prefill) for candidate in wanted], sampling)
        found |= {candidate.candidate_id: answer for candidate, answer in zip(wanted, answers, strict=True)}
    return found


def _judge(
    candidates: Sequence[Candidate], answers: dict[str, Answered[Completion]], embedder: Embedder, rules: FaithfulnessRules
) -> list[Judged]:
    texts = [_own_words(answers[candidate.candidate_id].value.text) for candidate in candidates]
    produced, sources = embedder.embed(texts), embedder.embed([candidate.passage.text for candidate in candidates])
    similarities = np.sum(produced * sources, axis=1) if len(candidates) else np.empty(0)
    tokens = count_tokens(
        [candidate.passage.text if candidate.kind == "qa" else text for candidate, text in zip(candidates, texts, strict=True)]
    )
    judged: list[Judged] = []
    for index, (candidate, text) in enumerate(zip(candidates, texts, strict=True)):
        answer, similarity = answers[candidate.candidate_id], float(similarities[index])
        verdict = _verdict(candidate, answer.value, text, similarity, rules)
        row = None
        if isinstance(verdict, Judgment) and verdict.accepted:
            vector = sources[index] if candidate.kind == "qa" else produced[index]
            row = _row(candidate, answer, text, similarity, verdict, tokens[index].as_py(), vector)
        judged.append((candidate, row, verdict))
    return judged


def _verdict(candidate: Candidate, answer: Completion, text: str, similarity: float, rules: FaithfulnessRules) -> Judgment | str:
    """A judgment, or the name of the reason why the answer could not be judged."""
    if answer.error:
        return "model_error"
    if answer.finish == "length":
        return "unfinished"
    if not text:
        return "empty_answer"
    if candidate.kind == "qa":
        return judge_question(candidate.passage.text, text, rules)
    return "unchanged" if text == candidate.passage.text else judge_faithfulness(candidate.passage.text, text, similarity, rules)


def judge_question(sentence: str, question: str, rules: FaithfulnessRules) -> Judgment:
    """A question may not introduce a number or name, must share words with the sentence, and must not give it away."""
    asked = {word.lower() for word in WORD.findall(question)} - FUNCTION_WORDS
    shared = len(asked & {word.lower() for word in WORD.findall(sentence)}) / max(1, len(asked))
    foreign = sorted((quantities(question) - quantities(sentence)) | (names(question) - names(sentence, everywhere=True)))
    ratio = len(question) / max(1, len(sentence))
    if not question.endswith("?") or question.count("?") > 1:
        return Judgment(shared, ratio, "question:form", None, None, question)
    if foreign:
        return Judgment(shared, ratio, "question:new_claims", float(len(foreign)), 0.0, ", ".join(foreign))
    if shared < rules.question_words_shared_min:
        return Judgment(shared, ratio, "question:off_topic", shared, rules.question_words_shared_min, question)
    if shared == 1 and ratio > rules.question_length_ratio_max:
        return Judgment(shared, ratio, "question:repeats_the_answer", ratio, rules.question_length_ratio_max, question)
    return Judgment(shared, ratio)


def _own_words(answer: str) -> str:
    """The edit itself: small models announce it on a separate line, quote it or label it."""
    lines = [line.strip() for line in answer.strip().split("\n") if line.strip()]
    if len(lines) > 1 and lines[0].endswith(":"):
        lines = lines[1:]
    text = " ".join(lines)
    for label in ("Question:", "Answer:", "Text:"):
        text = text.removeprefix(label).strip()
    return text[1:-1].strip() if len(text) > 2 and text[0] == text[-1] == '"' else text


def _row(
    candidate: Candidate, answer: Answered[Completion], text: str, similarity: float, verdict: Judgment, tokens: int, vector: Any
) -> dict[str, Any]:
    document, passage = candidate.document, candidate.passage
    final, question = (passage.text, text) if candidate.kind == "qa" else (text, None)
    before, after = Counter(passage.text.split()), Counter(final.split())
    return {
        "passage_id": content_id("psg", document["doc_id"], candidate.kind, passage.start, question or "", final),
        "parents": [document["doc_id"]],
        "kind": candidate.kind,
        **{name: document[name] for name in ("url", "domain", "language", "license")},
        "source_start": passage.start,
        "source_end": passage.end,
        "source_text": passage.text,
        "question": question,
        "text": final,
        "tokens": tokens,
        "similarity": similarity,
        "length_ratio": verdict.length_ratio,
        "changed_word_share": sum(((before - after) + (after - before)).values()) / max(1, sum((before + after).values())),
        "faithfulness": verdict.score,
        "call_ids": [answer.call_id],
        "embedding": vector.tolist(),
    }


def _duplicates(rows: Sequence[dict[str, Any]], rules: EditRules, known: Neighbors | None) -> dict[str, Match]:
    vectors = np.array([row["embedding"] for row in rows], np.float32).reshape(len(rows), DIMENSIONS)
    family: dict[str, list[str]] = {}
    for row in rows:
        family.setdefault(row["parents"][0], [row["parents"][0]]).append(row["passage_id"])
    relatives = {row["passage_id"]: family[row["parents"][0]] for row in rows}
    similar = known.near(vectors, rules.semantic_similarity_min) if known else ((), None)
    return near_duplicates([row["passage_id"] for row in rows], vectors, rules.semantic_similarity_min, *similar, relatives)


def _edit_decision(
    candidate: Candidate, row: dict[str, Any] | None, verdict: Judgment | str | Lost, duplicates: dict[str, Match], rules: EditRules
) -> dict[str, Any]:
    decided: dict[str, Any] = {"row_id": candidate.candidate_id, "related_id": candidate.document["doc_id"]}
    if isinstance(verdict, Lost):
        return decided | verdict.outcome
    if isinstance(verdict, str):
        outcome = "error" if verdict == "model_error" else "dropped"
        return decided | {"outcome": outcome, "rule": f"edit:{verdict}", "detail": candidate.passage.text}
    if row is None:
        broken = {"rule": verdict.rule, "value": verdict.value, "threshold": verdict.threshold}
        detail = json.dumps({"passage": candidate.passage.text, "found": verdict.detail}, ensure_ascii=False)
        return decided | {"outcome": "dropped", "detail": detail} | broken
    match = duplicates.get(row["passage_id"])
    if match:
        merged = {"outcome": "merged", "rule": "duplicate:semantic", "value": match.similarity, "threshold": rules.semantic_similarity_min}
        return decided | merged | {"related_id": match.kept_id, "tokens": row["tokens"]}
    return decided | {"outcome": "kept", "tokens": row["tokens"]}


def _document_decisions(
    rows: Sequence[dict[str, Any]],
    lost: dict[str, Lost],
    candidates: Sequence[Candidate],
    refined: Sequence[dict[str, Any]],
    rules: EditRules,
) -> pa.Table:
    tried = {candidate.document["doc_id"] for candidate in candidates}
    tokens: Counter[str] = Counter()
    for row in refined:
        tokens[row["parents"][0]] += row["tokens"]
    done = set(tokens)

    def decide(row: dict[str, Any]) -> dict[str, Any]:
        decided = {"row_id": row["doc_id"], "tokens": tokens[row["doc_id"]] if row["doc_id"] in done else row["tokens"]}
        if row["doc_id"] in lost:
            return decided | lost[row["doc_id"]].outcome
        if row["doc_id"] in done:
            return decided | {"outcome": "kept"}
        if row["doc_id"] in tried:
            return decided | {"outcome": "dropped", "rule": "edit:none_accepted"}
        wanted = row["language"] in rules.languages
        return decided | {"outcome": "dropped", "rule": "edit:not_chosen" if wanted else "edit:language", "detail": row["language"]}

    return decision_table([decide(row) for row in rows])
