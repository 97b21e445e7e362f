"""Runs proposers and verifiers over documents and says what became of each operation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tierline.operations.assemble import Assembled, assemble, chosen
from tierline.operations.document import Document
from tierline.operations.operation import Kind, Operation, Proposer, Verdict
from tierline.operations.registry import PROPOSERS, VERIFIERS
from tierline.operations.rules import OperationRules

NOT_ASKED_FOR = "not_asked_for"  # the recipe leaves its kind out


@dataclass(frozen=True)
class Edited:
    """A document, the verdict on each operation that was proposed, in the order of their spans, and the text of the accepted ones."""

    document: Document
    verdicts: tuple[Verdict, ...]

    @cached_property
    def accepted(self) -> tuple[Operation, ...]:
        """The operations that are done."""
        return tuple(verdict.operation for verdict in self.verdicts if verdict.accepted)

    @cached_property
    def assembled(self) -> Assembled:
        """The new text, with its map back."""
        return assemble(self.document.text, self.accepted)

    @property
    def counts(self) -> Counter[Kind]:
        """Accepted operations by kind."""
        return Counter(operation.kind for operation in self.accepted)

    def refusal(self, rules: OperationRules) -> str:
        """Why the document becomes no row of L3; "" if it does."""
        if not self.accepted:
            return "operations:none_accepted"
        if all(operation.kind in rules.added_alone for operation in self.accepted) and not self._is_restored(rules):
            return "operations:added_alone"
        dropped = sum(operation.end - operation.start for operation in self.accepted if operation.kind == Kind.DROP)
        if dropped > rules.dropped_share_max * len(self.document.text) or not self.assembled.text.strip():
            return "operations:little_left"
        return ""

    def _is_restored(self, rules: OperationRules) -> bool:
        """Whether the text has its structure back: enough headings, items and tables, and one every so many characters."""
        restored = self.counts[Kind.FORM]
        return 0 < rules.restored_min <= restored and len(self.document.text) <= restored * rules.restored_characters


def edit(
    documents: Sequence[Document],
    rules: OperationRules,
    verified: Mapping[str, Sequence[Verdict]] | None = None,
    proposers: Sequence[Proposer] = PROPOSERS,
) -> list[Edited]:
    """Every document with the verdicts on what the proposers found in it. `verified` are verdicts reached elsewhere, by doc_id."""
    found = [proposer.propose(documents) for proposer in proposers]
    return [
        Edited(document, tuple(chosen([*(verified or {}).get(document.doc_id, ()), *_judged(document, [of[row] for of in found], rules)])))
        for row, document in enumerate(documents)
    ]


def _judged(document: Document, proposed: Sequence[Sequence[Operation]], rules: OperationRules) -> list[Verdict]:
    """One verdict on each operation; equal ones of several proposers count once, as the first one's."""
    known: dict[tuple[str, int, int, str], Verdict] = {}
    for operation in (one for operations in proposed for one in operations):
        key = (operation.kind, operation.start, operation.end, operation.replacement)
        if key not in known:
            known[key] = Verdict(operation, _reason(document, operation, rules))
    return list(known.values())


def _reason(document: Document, operation: Operation, rules: OperationRules) -> str:
    if operation.kind not in rules.kinds:
        return NOT_ASKED_FOR
    if not 0 <= operation.start <= operation.end <= len(document.text):
        return "outside"
    if operation.original(document) == operation.replacement:
        return "unchanged"
    return VERIFIERS[operation.kind](document, operation)
