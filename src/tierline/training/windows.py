"""Cuts each tier's documents into windows of tokens that any arm can draw, each traceable to its rows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from tierline.errors import BadInput

Tokens = npt.NDArray[np.uint16]
Indices = npt.NDArray[np.int64]
END_ID = 0  # the token behind each document


class WindowSource(Protocol):
    """The interface of packed text for training: windows by number, and the row behind a token."""

    def __len__(self) -> int: ...

    def read(self, numbers: Indices) -> npt.NDArray[np.int64]:
        """Tokens (numbers, context + 1); a window's last token is the next one's first."""
        ...

    def row_at(self, number: int, offset: int) -> str:
        """The row that token `offset` of a window is of."""
        ...


@dataclass(frozen=True, eq=False, slots=True)
class PackedTokens:
    """Documents in sequence, each followed by END, cut into windows of `context` + 1 tokens. `stream` is empty if only the
    rows behind the windows are requested."""

    stream: Tokens
    length: int  # of the stream
    starts: Indices  # of each row in the stream, ascending
    ids: tuple[str, ...]
    context: int

    def __len__(self) -> int:
        return max(0, (self.length - 1) // self.context)

    def read(self, numbers: Indices) -> npt.NDArray[np.int64]:
        """Tokens (numbers, context + 1)."""
        return self.stream[numbers[:, None] * self.context + np.arange(self.context + 1)].astype(np.int64)

    def row_at(self, number: int, offset: int) -> str:
        """The row that token `offset` of a window is of."""
        return self.ids[int(np.searchsorted(self.starts, number * self.context + offset, side="right")) - 1]


def pack(ids: Sequence[str], tokens: Sequence[Tokens], context: int, seed: int, end: int) -> PackedTokens:
    """Packs rows in an order that depends on the seed and each row's id alone."""
    order = _order(ids, seed)
    pieces = [np.append(tokens[row], np.uint16(end)) for row in order]
    laid_out = _laid_out(ids, [len(own) for own in tokens], context, order)
    return replace(laid_out, stream=np.concatenate([np.empty(0, np.uint16), *pieces]))


def lay_out(ids: Sequence[str], lengths: Sequence[int], context: int, seed: int) -> PackedTokens:
    """The places where `pack` puts rows of these lengths, without their tokens."""
    return _laid_out(ids, lengths, context, _order(ids, seed))


def _laid_out(ids: Sequence[str], lengths: Sequence[int], context: int, order: Sequence[int]) -> PackedTokens:
    ends = np.cumsum([0, *(lengths[row] + 1 for row in order)], dtype=np.int64)
    return PackedTokens(np.empty(0, np.uint16), int(ends[-1]), ends[:-1], tuple(ids[row] for row in order), context)


def _order(ids: Sequence[str], seed: int) -> list[int]:
    return sorted(range(len(ids)), key=lambda row: hashlib.sha256(f"{seed}\x00{ids[row]}".encode()).digest())


@dataclass(frozen=True, slots=True)
class Tiers:
    """Window sources by tier; a window's global number is its tier's offset plus its own."""

    sources: Mapping[str, WindowSource]

    @property
    def offsets(self) -> dict[str, int]:
        """Tier -> the global number of its first window."""
        names = sorted(self.sources)
        ends = np.cumsum([0, *(len(self.sources[name]) for name in names)])
        return {name: int(start) for name, start in zip(names, ends, strict=False)}

    def read(self, numbers: Indices) -> npt.NDArray[np.int64]:
        """Windows by global number, (numbers, context + 1)."""
        names, starts = zip(*sorted(self.offsets.items(), key=lambda pair: pair[1]), strict=True)
        found: list[Any] = [None] * len(numbers)
        owners = np.searchsorted(np.array(starts), numbers, side="right") - 1
        for owner in np.unique(owners):
            places = np.flatnonzero(owners == owner)
            windows = self.sources[names[owner]].read(numbers[places] - starts[owner])
            for place, window in zip(places, windows, strict=True):
                found[place] = window
        return np.stack(found)

    def row_at(self, number: int, offset: int) -> tuple[str, str]:
        """Tier and row behind a token of a window, by global number."""
        tier = max((start, name) for name, start in self.offsets.items() if start <= number)[1]
        return tier, self.sources[tier].row_at(number - self.offsets[tier], offset)


def draw(tiers: Tiers, weights: Mapping[str, float], count: int, epochs_max: float, seed: Sequence[int]) -> Indices:
    """`count` global window numbers: each belongs to a tier chosen by weight, and within a tier every window comes once before one comes
    again, in a new order each time. Fewer windows are a prefix of more.

    A tier that was used `epochs_max` times gives no more; BadInput if no tier can give more, or if one with a weight is empty.
    """
    names = sorted(weights)
    empty = [name for name in names if name not in tiers.sources or not len(tiers.sources[name])]
    if empty or not names:
        raise BadInput("the tier has no training rows", ", ".join(empty), "give rows of it or take it out of the recipe's phases")
    chance = np.random.default_rng([*seed, 0]).random(count)
    taken, picks = dict.fromkeys(names, 0), np.empty(count, np.int64)
    orders: dict[tuple[str, int], Indices] = {}
    offsets = tiers.offsets
    for place in range(count):
        left = [name for name in names if taken[name] < epochs_max * len(tiers.sources[name])]
        if not left:
            raise BadInput(
                f"{', '.join(names)} have {sum(taken.values())} windows at {epochs_max} epochs, and {count} are wanted",
                "training recipe",
                "lower tokens, raise epochs_max or give more text",
            )
        bounds = np.cumsum([weights[name] for name in left])
        name = left[int(np.searchsorted(bounds, chance[place] * bounds[-1], side="right"))]
        size = len(tiers.sources[name])
        epoch, index = divmod(taken[name], size)
        if (name, epoch) not in orders:
            orders[name, epoch] = np.random.default_rng([*seed, 1 + names_number(name), epoch]).permutation(size)
        picks[place] = offsets[name] + orders[name, epoch][index]
        taken[name] += 1
    return picks


def names_number(name: str) -> int:
    """A stable number for a tier's name, for seeding."""
    return int.from_bytes(name.encode(), "big")
