"""Puts a document together from accepted operations, so that what none of them touches stays byte for byte."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from tierline.operations.operation import KINDS, Operation, Verdict

OVERLAPS = "overlap"  # another operation has this span


@dataclass(frozen=True, slots=True)
class Piece:
    """`assembled[start:end]` comes from `source[source_start:source_end]`: letter by letter, or by `operation` where there is one."""

    start: int
    end: int
    source_start: int
    source_end: int
    operation: Operation | None = None


@dataclass(frozen=True)
class Assembled:
    """A text and the pieces that it is made of, in order and without gaps in either text. Offsets count characters."""

    text: str
    pieces: tuple[Piece, ...]

    @cached_property
    def _starts(self) -> list[int]:
        return [piece.start for piece in self.pieces]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the source that a span of this text comes from: exact within untouched text, and as long as an operation's span
        where it reaches into what one wrote."""
        if not self.pieces:
            return 0, 0
        first = self.pieces[max(0, bisect_right(self._starts, start) - 1)]
        last = self.pieces[max(0, bisect_right(self._starts, max(start, end - 1)) - 1)]
        begins = first.source_start if first.operation else first.source_start + start - first.start
        ends = last.source_end if last.operation else last.source_start + end - last.start
        return begins, max(begins, ends)

    def pieces_of(self, start: int, end: int) -> list[Piece]:
        """The pieces that a span of this text is made of; those that dropped something within it are among them."""
        return [piece for piece in self.pieces if piece.start < end and (piece.end > start or piece.start == piece.end >= start)]


def chosen(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The same verdicts in the order of their spans, with those refused that overlap an operation of more right.

    More right has what was not refused, then the kind that comes first in `Kind`, the longer span, the earlier place. Two insertions at one
    place overlap; one at the edge of another operation's span does not.
    """
    ranked = sorted(
        (verdict for verdict in verdicts if verdict.accepted),
        key=lambda verdict: (KINDS.index(verdict.operation.kind), verdict.operation.start - verdict.operation.end, *_place(verdict)),
    )
    taken: list[tuple[int, int]] = []
    decided = [verdict for verdict in verdicts if not verdict.accepted]
    for verdict in ranked:
        span = (verdict.operation.start, verdict.operation.end)
        at = bisect_right(taken, span)
        if any(_overlap(span, other) for other in taken[max(0, at - 1) : at + 1]):
            decided.append(Verdict(verdict.operation, OVERLAPS))
        else:
            taken.insert(at, span)
            decided.append(verdict)
    return sorted(decided, key=_place)


def _place(verdict: Verdict) -> tuple[int, int, int, str, str]:
    operation = verdict.operation
    return operation.start, operation.end, KINDS.index(operation.kind), operation.proposer, operation.replacement


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    if one == other:
        return True
    return max(one[0], other[0]) < min(one[1], other[1]) or any(
        outer[0] < inner[0] == inner[1] < outer[1] for inner, outer in ((one, other), (other, one))
    )


def assemble(text: str, operations: Sequence[Operation]) -> Assembled:
    """The text with these operations done. ValueError if one lies outside of the text or two overlap."""
    parts: list[str] = []
    pieces: list[Piece] = []
    at = length = 0
    for operation in sorted(operations, key=lambda operation: (operation.start, operation.end)):
        if not at <= operation.start <= operation.end <= len(text):
            raise ValueError(f"operation at {operation.start}:{operation.end} overlaps another or lies outside of {len(text)} characters")
        if operation.start > at:
            pieces.append(Piece(length, length + operation.start - at, at, operation.start))
            parts.append(text[at : operation.start])
            length += operation.start - at
        pieces.append(Piece(length, length + len(operation.replacement), operation.start, operation.end, operation))
        parts.append(operation.replacement)
        length, at = length + len(operation.replacement), operation.end
    if at < len(text):
        pieces.append(Piece(length, length + len(text) - at, at, len(text)))
        parts.append(text[at:])
    return Assembled("".join(parts), tuple(pieces))
