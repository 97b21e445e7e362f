"""What changed between two texts, by lines and within changed lines by words: what an auditor sees between one tier and the next."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

MOST_CHARACTERS = 200_000  # of both texts: beyond, comparing takes longer than reading
MOST_WORDS = 8_000  # with the spaces between, of two stretches of changed lines that are compared word by word
CONTEXT = 80  # characters that are shown on either side of a change
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


class Piece(NamedTuple):
    """A stretch of text that both have, or only the one before or after. `left_out` characters are missing in the middle of a long one."""

    kind: Literal["same", "removed", "added"]
    text: str
    left_out: int = 0


def changes(before: str, after: str) -> list[Piece] | None:
    """The pieces of which both texts consist, in order; None if they are too long to compare."""
    if len(before) + len(after) > MOST_CHARACTERS:
        return None
    pieces: list[Piece] = []
    for kind, old, new in _compared(before.splitlines(True), after.splitlines(True)):
        words = _WORDS.findall(old), _WORDS.findall(new)
        if kind == "replace" and len(words[0]) + len(words[1]) <= MOST_WORDS:
            for inner, removed, added in _compared(*words):
                pieces += _pieces(inner, removed, added)
        else:
            pieces += _pieces(kind, old, new)
    return _joined(pieces)


def shown(pieces: Sequence[Piece]) -> list[Piece]:
    """The same with little of what did not change."""
    found: list[Piece] = []
    for number, piece in enumerate(pieces):
        head = CONTEXT if number else 0
        tail = CONTEXT if number + 1 < len(pieces) else 0
        if piece.kind == "same" and len(piece.text) > head + tail:
            left = piece.text[:head], piece.text[len(piece.text) - tail :]
            found += [Piece("same", left[0], len(piece.text) - head - tail), Piece("same", left[1])]
        else:
            found.append(piece)
    return [piece for piece in found if piece.text or piece.left_out]


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """What both begin and end with is not searched for: most of two long texts."""
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    inner = old[head : len(old) - tail], new[head : len(new) - tail]
    yield "equal", "".join(old[:head]), "".join(old[:head])
    for kind, a, b, c, d in SequenceMatcher(None, *inner).get_opcodes():
        yield kind, "".join(inner[0][a:b]), "".join(inner[1][c:d])
    yield "equal", "".join(old[len(old) - tail :]), "".join(old[len(old) - tail :])


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    """With how many items both begin."""
    return next((number for number, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), min(len(old), len(new)))


def _pieces(kind: str, old: str, new: str) -> Iterator[Piece]:
    if kind == "equal":
        yield from [Piece("same", old)] if old else []
        return
    if old:
        yield Piece("removed", old)
    if new:
        yield Piece("added", new)


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    found: list[Piece] = []
    for piece in pieces:
        if found and found[-1].kind == piece.kind:
            found[-1] = Piece(piece.kind, found[-1].text + piece.text)
        else:
            found.append(piece)
    return found
