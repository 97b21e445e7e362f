"""A form before it is a row: what is asked, what answers it, and where in the document both stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tierline.lake.reviews import Settled

if TYPE_CHECKING:
    from tierline.derived.paper import Paper

Span = tuple[int, int]


class Level(StrEnum):
    """What answering takes."""

    RECALL = "recall"  # one span of one sentence
    COMPREHENSION = "comprehension"  # two sentences together, a reason, a condition, or a whole block
    COMPARISON = "comparison"  # two values of the document against each other
    COMPUTATION = "computation"  # a value that the document does not state


class Kind(StrEnum):
    """Forms that rules build, then those that a model writes."""

    DEFINITION = "definition"
    PURPOSE = "purpose"
    DATE = "date"
    PERSON = "person"
    PLACE = "place"
    NUMBER = "number"
    REASON = "reason"
    CONDITION = "condition"
    LIST = "list"
    PROCEDURE = "procedure"
    CELL = "cell"
    CLOZE = "cloze"
    TRUE_FALSE = "true_false"
    COMPARISON = "comparison"
    ORDER = "order"
    EXERCISE = "exercise"
    GLOSSARY = "glossary"
    TUTORING = "tutoring"
    FREE_QUESTION = "free_question"
    TEXTBOOK = "textbook"
    ENCYCLOPEDIA = "encyclopedia"
    LECTURE = "lecture"
    FREE_TUTORING = "free_tutoring"


WRITTEN = (Kind.FREE_QUESTION, Kind.TEXTBOOK, Kind.ENCYCLOPEDIA, Kind.LECTURE, Kind.FREE_TUTORING)
BUILT = tuple(kind for kind in Kind if kind not in WRITTEN)


@dataclass(frozen=True, slots=True)
class Form:
    """`text` answers `question`. `answers` are spans of the document's text whose words stand in `text`, and `evidence` is the smallest
    span that has all that is needed. `asked` is the question without the words that name the document, "" for a form that several
    questions make up; `sought` are words that another answer would have, where they are others than those of `asked`; `claim` is a
    statement that the form says is true or false; `proposer` names the rule or the model."""

    kind: Kind
    level: Level
    question: str
    text: str
    answers: tuple[Span, ...]
    evidence: Span
    asked: str
    proposer: str
    sought: str = ""
    claim: str = ""
    turns: int = 1


Finder = Callable[["Paper"], Iterator[Form]]
Verifier = Callable[["Paper", Form], str]  # "" or why it is refused


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verifier says, or reviewers in its place (`settled`); `reason` is "" for an accepted form. `proposed` is the form that one
    with a reviewer's own question stands for."""

    form: Form
    reason: str = ""
    settled: Settled | None = None
    proposed: Form | None = None

    @property
    def accepted(self) -> bool:
        """No rule refused it."""
        return not self.reason
