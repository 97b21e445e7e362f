"""Picks what a language model is asked about: the passages where an edit gains most for its tokens, and sentences with facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tierline.editing.faithfulness import names
from tierline.editing.passages import Passage, passages, sentences
from tierline.editing.quantities import quantities
from tierline.operations.needs import Need, Target, needs_of
from tierline.operations.rules import EditRules
from tierline.tables import content_id
from tierline.text.prose import DATA
from tierline.unforeseen import Lost, held

NO_NEED = Need(0.0, Target.NONE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage of a document, what the model is asked to do with it, and what for."""

    kind: str  # edit | qa
    document: dict[str, Any]
    passage: Passage
    need: Need = NO_NEED

    @property
    def candidate_id(self) -> str:
        """Known before the model answers, so that a failed answer has a row in the ledger too."""
        return content_id("edit", self.document["doc_id"], self.kind, self.passage.start, self.passage.text)

    @property
    def gain(self) -> float:
        """What an edit can gain per word that the model reads and writes: a useful document's need counts more."""
        return (self.document["usefulness"] or 0.0) * self.need.amount / max(1, len(self.passage.text.split()))


def pick_candidates(rows: Sequence[dict[str, Any]], rules: EditRules) -> tuple[list[Candidate], dict[str, Lost]]:
    """Edits by what they gain, none where nothing is wrong, and questions about the most useful documents; one for each document before
    any gets a second. Beside them the documents that no code here can cut into passages, by id."""
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
    edits = [sorted((edit for edit, _ in queue if edit.gain > 0), key=lambda edit: (-edit.gain, edit.passage.start)) for queue in queues]
    edits.sort(key=lambda queue: (-queue[0].gain, queue[0].document["doc_id"]) if queue else (0.0, ""))
    questions = [[question for _, question in queue if question] for queue in queues]
    return _in_turn(edits)[: rules.edits_per_shard] + _in_turn(questions)[: rules.questions_per_shard], lost


def _in_turn(queues: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    turns = max((len(queue) for queue in queues), default=0)
    return [queue[turn] for turn in range(turns) for queue in queues if turn < len(queue)]


def _cut(rows: Sequence[dict[str, Any]], rules: EditRules) -> list[list[tuple[Candidate, Candidate | None]]]:
    """For each document its passages, as candidates for an edit, and for a question where its answer holds a number or a name."""
    cut = [list(passages(row["text"], rules.words_min, rules.words_max)) for row in rows]
    needs = iter(needs_of([passage.text for found in cut for passage in found]))
    return [
        [(Candidate("edit", row, passage, next(needs)), _question(row, passage)) for passage in found]
        for row, found in zip(rows, cut, strict=True)
    ]


def _question(row: dict[str, Any], passage: Passage) -> Candidate | None:
    answer = _answer(passage)
    return Candidate("qa", row, answer) if quantities(answer.text) or names(answer.text) else None


def _answer(passage: Passage) -> Passage:
    """The sentence of a passage that a question is written for: its first one."""
    text = sentences(passage.text)[0]
    return Passage(passage.start, passage.start + len(text), text)
