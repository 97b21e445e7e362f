"""What differs between a text and its edit, word by word, for showing both side by side."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from tierline.review.item import Piece

_PIECES = re.compile(r"\s+|\w+|[^\w\s]")
WORDS_MAX = 2_000  # of both texts; longer ones are shown as wholly different, because comparing takes time with their product


def compared(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The pieces of both texts; those that only one of them has are `del` and `ins`."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    if len(old) + len(new) > 2 * WORDS_MAX:
        return (Piece(before, "del"),), (Piece(after, "ins"),)
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, start, stop, begin, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        equal = tag == "equal"
        if stop > start:
            left.append(Piece("".join(old[start:stop]), "" if equal else "del"))
        if end > begin:
            right.append(Piece("".join(new[begin:end]), "" if equal else "ins"))
    return tuple(left), tuple(right)
