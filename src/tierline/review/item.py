"""What a reviewer is asked about, and what it is worth to ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tierline.review.rules import ReviewingRules
from tierline.tables import content_id

DOCUMENT, EDIT, FORM, FACT, MANUAL, ANSWER = "document", "edit", "form", "fact", "manual", "answer"
KINDS = (DOCUMENT, EDIT, FORM, FACT, MANUAL, ANSWER)
COMPARED = (EDIT, FORM, ANSWER)  # a text, and what is made of it
QUESTIONS = {
    DOCUMENT: "May this document be trained on?",
    EDIT: "Does the edit say what the original says, and read no worse?",
    FORM: "Do the marked words answer the question, and is it one to learn from?",
    FACT: "Is this value right?",
    MANUAL: "Is the present text of this page approved?",
    ANSWER: "Is this answer right, and one to learn from?",
}


@dataclass(frozen=True, slots=True)
class Item:
    """A row with what a reviewer would be shown of it.

    `disagreement` in [0, 1]: how likely a person's decision changes something. `tokens` of the row itself; `fan_out`: rows that rest on
    one of its kind in this lake, itself included. `characters` have to be read. `is_urgent`: it comes before all others, because
    rows are missing until somebody has answered. `is_writable`: reviewers may put their own words in its place. `place` names where its
    text lies, for who shows it.
    """

    kind: str
    stage: str
    shard: str
    row_id: str
    row_digest: str
    title: str
    url: str
    judged: str  # outcome and rule of the pipeline's decision
    reasons: tuple[str, ...]
    disagreement: float
    tokens: int
    fan_out: float
    characters: int
    is_urgent: bool = False
    is_writable: bool = False
    place: tuple[Any, ...] = field(default=(), compare=False)

    @property
    def item_id(self) -> str:
        """Names the row and its content."""
        return content_id("item", self.stage, self.shard, self.row_id, self.row_digest)

    @property
    def stake(self) -> float:
        """Expected tokens that a decision changes: disagreement x tokens x fan-out."""
        return self.disagreement * self.tokens * self.fan_out

    def seconds(self, rules: ReviewingRules) -> float:
        """Expected time of a reviewer."""
        return rules.seconds_per_answer + 60 * self.characters / rules.characters_per_minute

    def value(self, rules: ReviewingRules) -> float:
        """Expected tokens that a second of a reviewer changes: the order of the queue."""
        return self.stake / self.seconds(rules)


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a text: plain, or `mark` (evidence), `aside` (around it), `del` (only in the original), `ins` (only in the edit)."""

    text: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One text of an item below its heading."""

    heading: str
    pieces: tuple[Piece, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the original and what was proposed in its place: whether that stands (None: it was not changed), else why not."""

    before: tuple[Piece, ...]
    after: tuple[Piece, ...] = ()
    stands: bool | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """What is shown of an item: texts side by side, and facts about it. `proposed`: the text that one's own would begin from, which is
    named by `own`. `rivals`: values that others state. `more`: text behind the last panel, for who asks for it. `sentences`: what became
    of a proposal that was judged sentence by sentence; they take the place of its panels."""

    panels: tuple[Panel, ...]
    facts: tuple[tuple[str, str], ...] = ()
    proposed: str = ""
    rivals: tuple[str, ...] = ()
    more: str = ""
    own: str = "Your own text"
    sentences: tuple[Sentence, ...] = ()


def marked(text: str, spans: tuple[tuple[int, int], ...]) -> tuple[Piece, ...]:
    """The text with these spans (ascending, apart) as evidence."""
    pieces: list[Piece] = []
    end = 0
    for start, stop in spans:
        pieces += [Piece(text[end:start]), Piece(text[start:stop], "mark")]
        end = stop
    return tuple(piece for piece in (*pieces, Piece(text[end:])) if piece.text)
