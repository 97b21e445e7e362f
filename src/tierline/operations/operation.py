"""A typed edit of one span of a document, and what proposes and verifies it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Protocol

from tierline.operations.document import Document


class Kind(StrEnum):
    """What an operation does. The order is that in which operations have a claim on a span."""

    DROP = "drop"  # lines or sentences that are no part of the text
    REWRITE = "rewrite"  # a sentence in other words
    DAMAGE = "damage"  # letters that a wrong character set or a machine's reading made
    HYPHEN = "hyphen"  # a word that is cut at the end of a line
    SPACING = "spacing"
    FORM = "form"  # lists, tables and headings as Markdown writes them
    CASE = "case"
    SPELLING = "spelling"
    SPLIT = "split"  # one sentence becomes two
    JOIN = "join"  # what is one sentence on two lines becomes one
    EXPAND = "expand"  # an abbreviation that the document defines, in full
    RESOLVE = "resolve"  # a pronoun or "the company" becomes the name it stands for
    NORMAL = "normal"  # a number, date or unit in its standard form behind what is written
    CITE = "cite"  # the document's own address behind a claim


KINDS = tuple(Kind)
OPERATIONS_MAX = 1_000  # of one rule in one document: verifiers look at the whole of it each time


@dataclass(frozen=True, slots=True)
class Operation:
    """`text[start:end]` of a document becomes `replacement`: "" drops it, `start == end` inserts.

    Offsets count characters of the document's text, from 0. `reason` says in a few words what is wrong there; `proposer` is a name with
    its version ("spelling-1"); `score` in [0, 1] is what a model gives for it, None for rules.
    """

    kind: Kind
    start: int
    end: int
    replacement: str
    reason: str
    proposer: str
    score: float | None = None

    def original(self, document: Document) -> str:
        """The words that it replaces."""
        return document.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided of an operation. `reason` is empty for accepted ones, and else the rule that refused it."""

    operation: Operation
    reason: str = ""

    @property
    def accepted(self) -> bool:
        """It is part of the new text."""
        return not self.reason


class Proposer(Protocol):
    """Finds what could be done with documents. What it finds in one document does not depend on the others of the batch."""

    @property
    def name(self) -> str:
        """With its version: "noise-1"."""
        ...

    def propose(self, documents: Sequence[Document]) -> list[list[Operation]]:
        """For each document its operations, in any order; they may overlap, and need not be right."""
        ...


@dataclass(frozen=True, slots=True)
class Rule:
    """A proposer that looks at one document after another; `languages` are those that it knows, none for all."""

    name: str
    find: Callable[[Document, str], Iterable[Operation]]  # of a document, under the proposer's name
    languages: tuple[str, ...] = ()

    def propose(self, documents: Sequence[Document]) -> list[list[Operation]]:
        """For each document what `find` finds there."""
        known = ((not self.languages or document.language in self.languages, document) for document in documents)
        return [list(islice(self.find(document, self.name), OPERATIONS_MAX)) if is_known else [] for is_known, document in known]


class Verifier(Protocol):
    """Decides about operations of one kind, without knowledge of how they were found."""

    def __call__(self, document: Document, operation: Operation) -> str:
        """Empty if the operation says nothing else than the document, else the rule that it breaks."""
        ...
