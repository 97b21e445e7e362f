"""Takes L2 to L3: every document goes through the operations, a model rewrites and asks where it gains most, copies are merged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from tierline.compute.workers import IN_PROCESS, Workers
from tierline.dedup.semantic import Match, Neighbors, near_duplicates
from tierline.editing.faithfulness import FaithfulnessRules
from tierline.lake import StageResult, decision_table
from tierline.lake.external_sort import SortingBuffer, without
from tierline.lake.reviews import Settlements
from tierline.llm import Answered, Completion, ModelClient, Prompt, Sampling
from tierline.operations.answers import JudgedAnswer, judge_answers
from tierline.operations.candidates import Candidate, pick_candidates
from tierline.operations.document import as_document
from tierline.operations.edited import Edited, edit
from tierline.operations.needs import Target
from tierline.operations.operation import Proposer, Verdict
from tierline.operations.prompts import ASK, EDIT, QUESTION_PREFILL
from tierline.operations.registry import PROPOSERS
from tierline.operations.rows import Row, edit_rows, operation_rows
from tierline.operations.rules import EditRules, OperationRules
from tierline.tables import TABLES
from tierline.text.embedding import DIMENSIONS, Embedder
from tierline.text.prose import DATA
from tierline.unforeseen import Lost, held

Value = TypeVar("Value")
Made = tuple[list[Row], list[Row], dict[str, str]]  # rows of edits, rows of operations, the reason by document why it gave none
NEEDED = ("doc_id", "url", "domain", "title", "lane", "text", "language", "tokens", "headings", "license", "usefulness")


@dataclass
class Judged:
    """What became of the candidates: a decision each, and for documents the verdicts on their sentences, their calls and targets."""

    decisions: list[Row] = field(default_factory=list[Row])
    questions: list[tuple[Row, Row]] = field(default_factory=list[tuple[Row, Row]])  # a row of L3 and its decision
    verdicts: dict[str, list[Verdict]] = field(default_factory=lambda: defaultdict(list))
    calls: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    targets: dict[str, dict[tuple[int, int], Target]] = field(default_factory=lambda: defaultdict(dict))
    edits: list[tuple[str, Row]] = field(default_factory=list[tuple[str, Row]])  # a document and the decision of an edit that is part of it

    def of(self, rows: Sequence[Row]) -> OfModel:
        """What edits of these documents need."""
        ids = [row["doc_id"] for row in rows]
        return OfModel(_of(self.verdicts, ids), _of(self.calls, ids), _of(self.targets, ids))


@dataclass(frozen=True, slots=True)
class OfModel:
    """What the model's answers came to, by document: verdicts, calls, and the targets of spans."""

    verdicts: Mapping[str, Sequence[Verdict]]
    calls: Mapping[str, Sequence[str]]
    targets: Mapping[str, Mapping[tuple[int, int], Target]]


def _of(by_document: Mapping[str, Value], ids: Sequence[str]) -> dict[str, Value]:
    return {doc_id: by_document[doc_id] for doc_id in ids if doc_id in by_document}


def refine(
    documents: pa.Table,
    client: ModelClient,
    embedder: Embedder,
    rules: EditRules,
    faithfulness: FaithfulnessRules,
    operations: OperationRules | None = None,
    known: Sequence[Neighbors] = (),
    proposers: Sequence[Proposer] = PROPOSERS,
    reviews: Settlements | None = None,
    workers: Workers = IN_PROCESS,
) -> StageResult:
    """`l3_refined` and `l3_operations` from rows of `l2_selected`; the ledger `l3_edits` holds each passage that the model was asked
    about.

    `known` are L2 documents and rows of L3 that a row must not repeat; its own document does not count. `reviews` outrank the judge: what
    reviewers kept, dropped or wrote instead of an answer of the model holds for all sentences of the passage.
    """
    rows = documents.select([name for name in NEEDED if name in documents.schema.names]).to_pylist()
    done = operations or OperationRules()
    candidates, lost = pick_candidates(rows, rules)
    answers = _ask(candidates, client)
    judged = Judged()
    judge = partial(judge_answers, answers=answers, embedder=embedder, rules=faithfulness, reviews=reviews or Settlements())
    for found in held(judge, candidates):
        _take(found, judged)
    made, tried = (_buffer(name) for name in ("l3_refined", "l3_operations"))
    kept = _Kept()
    work = partial(_edited, embedder=embedder, rules=done, proposers=proposers)
    for found in (one for part in workers.map("edit documents", work, _parts(rows, judged, workers.batch_rows)) for one in part):
        if isinstance(found, Lost):
            lost[found.rows[0]["doc_id"]] = found
            continue
        edits, proposed, refusals = found
        kept.take(edits)
        kept.refusals |= refusals
        made.append(_table("l3_refined", edits))
        tried.append(_table("l3_operations", proposed))
    questions = [row for row, _ in judged.questions]
    kept.take(questions)
    made.append(_table("l3_refined", questions))
    duplicates = kept.duplicates(rules.semantic_similarity_min, known)
    tables = {"l3_refined": without(made.rows(), "passage_id", set(duplicates)), "l3_operations": tried.rows()}
    ledgers = {
        "l3_refined": (documents.num_rows, decision_table(kept.decide(row, lost, duplicates, rules) for row in rows)),
        "l3_edits": (len(candidates), decision_table(_edit_decisions(judged, kept, duplicates, rules))),
    }
    return StageResult(tables, ledgers, client.cost)


def _buffer(table: str) -> SortingBuffer:
    return SortingBuffer(pa.schema(TABLES[table].columns), TABLES[table].order)


def _table(table: str, rows: Sequence[Row]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=pa.schema(TABLES[table].columns))


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


def _take(found: Lost | list[JudgedAnswer], judged: Judged) -> None:
    if isinstance(found, Lost):
        candidate = found.rows[0]
        judged.decisions.append({"row_id": candidate.candidate_id, "related_id": candidate.document["doc_id"]} | found.outcome)
        return
    for one in found:
        doc_id = one.candidate.document["doc_id"]
        if one.question:
            judged.questions.append((one.question, one.decision))
        elif one.verdicts and one.decision["outcome"] == "kept":
            judged.edits.append((doc_id, one.decision))
            judged.calls[doc_id].append(one.call_id)
        else:
            judged.decisions.append(one.decision)
        judged.verdicts[doc_id] += one.verdicts
        spans = {(verdict.operation.start, verdict.operation.end): one.candidate.need.target for verdict in one.verdicts}
        judged.targets[doc_id] |= spans


def _parts(rows: Sequence[Row], judged: Judged, most: int) -> Iterator[tuple[Sequence[Row], OfModel]]:
    for start in range(0, len(rows), most):
        part = rows[start : start + most]
        yield part, judged.of(part)


def _edited(
    part: tuple[Sequence[Row], OfModel], embedder: Embedder, rules: OperationRules, proposers: Sequence[Proposer]
) -> list[Made | Lost]:
    rows, judged = part
    return list(held(partial(_edit, judged=judged, embedder=embedder, rules=rules, proposers=proposers), rows))


def _edit(rows: Sequence[Row], judged: OfModel, embedder: Embedder, rules: OperationRules, proposers: Sequence[Proposer]) -> Made:
    prose = [row for row in rows if row["lane"] != DATA]
    edited = edit([as_document(row) for row in prose], rules, judged.verdicts, proposers)
    refusals = {row["doc_id"]: "operations:data" for row in rows if row["lane"] == DATA}
    refusals |= {one.document.doc_id: reason for one in edited if (reason := one.refusal(rules))}
    chosen: list[Edited] = [one for one in edited if one.document.doc_id not in refusals]
    made = edit_rows(chosen, {row["doc_id"]: row for row in prose}, judged.calls, embedder)
    return made, [row for one in edited for row in operation_rows(one, judged.targets.get(one.document.doc_id, {}))], refusals


class _Kept:
    """What duplicates and decisions need of the rows, without their texts."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.parents: list[str] = []
        self.kinds: list[str] = []
        self.tokens: list[int] = []
        self.refusals: dict[str, str] = {}
        self._vectors: list[np.ndarray[Any, np.dtype[np.float32]]] = []
        self._places: dict[str, list[int]] = defaultdict(list)  # of each document, those of its rows

    def take(self, rows: Sequence[Row]) -> None:
        """These rows come behind those before."""
        for place, row in enumerate(rows, len(self.ids)):
            self._places[row["parents"][0]].append(place)
        self.ids += [row["passage_id"] for row in rows]
        self.parents += [row["parents"][0] for row in rows]
        self.kinds += [row["kind"] for row in rows]
        self.tokens += [row["tokens"] for row in rows]
        self._vectors.append(np.array([row["embedding"] for row in rows], np.float32).reshape(len(rows), DIMENSIONS))

    def duplicates(self, least: float, known: Sequence[Neighbors]) -> dict[str, Match]:
        """Rows that say what an earlier row of L3, or a document other than their own, says."""
        vectors = np.concatenate([np.empty((0, DIMENSIONS), np.float32), *self._vectors])
        family: dict[str, list[str]] = {}
        for passage_id, parent in zip(self.ids, self.parents, strict=True):
            family.setdefault(parent, [parent]).append(passage_id)
        relatives = {passage_id: family[parent] for passage_id, parent in zip(self.ids, self.parents, strict=True)}
        found = [one.near(vectors, least) for one in known]
        ids = [name for names, _ in found for name in names]
        against = np.concatenate([np.empty((0, DIMENSIONS), np.float32), *(near for _, near in found)])
        return near_duplicates(self.ids, vectors, least, ids, against, relatives)

    def decide(self, row: Row, lost: Mapping[str, Lost], duplicates: Mapping[str, Match], rules: EditRules) -> Row:
        """The decision about a document of L2."""
        own = self._places.get(row["doc_id"], [])
        left = [place for place in own if self.ids[place] not in duplicates]
        decided = {"row_id": row["doc_id"], "tokens": sum(self.tokens[place] for place in left) if left else row["tokens"]}
        if row["doc_id"] in lost:
            return decided | lost[row["doc_id"]].outcome
        if left:
            return decided | {"outcome": "kept"}
        if own:
            return decided | merged(duplicates[self.ids[own[0]]], rules)
        return decided | {"outcome": "dropped", "rule": self.refusals.get(row["doc_id"], "operations:none_accepted")}


def merged(match: Match, rules: EditRules) -> Row:
    """The outcome of a row that repeats another one."""
    return {
        "outcome": "merged",
        "rule": "duplicate:semantic",
        "value": match.similarity,
        "threshold": rules.semantic_similarity_min,
        "related_id": match.kept_id,
    }


def _edit_decisions(judged: Judged, kept: _Kept, duplicates: Mapping[str, Match], rules: EditRules) -> list[Row]:
    """One for each passage that the model was asked about."""
    found = list(judged.decisions)
    for row, decision in judged.questions:
        match = duplicates.get(row["passage_id"])
        found.append(decision | {"tokens": row["tokens"]} | (merged(match, rules) if match else {}))
    edits = {parent: passage_id for passage_id, parent, kind in zip(kept.ids, kept.parents, kept.kinds, strict=True) if kind == "edit"}
    for doc_id, decision in judged.edits:
        match = duplicates.get(edits.get(doc_id, ""))
        refused = {"outcome": "dropped", "rule": kept.refusals.get(doc_id, "operations:overlap")}
        found.append(decision | (merged(match, rules) if match else {} if doc_id in edits else refused))
    return found
