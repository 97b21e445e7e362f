"""Cuts each pool's documents into windows of tokens that any arm can draw, each traceable to its rows."""

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

    def row_passes(self, counts: Indices) -> Indices:
        """How often a token of each row was read at most, from how often each window was."""
        ...

    @property
    def ids(self) -> tuple[str, ...]:
        """Its rows, in order."""
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

    def row_passes(self, counts: Indices) -> Indices:
        """How often a token of each row was read at most, (rows,), from how often each window was, (windows,)."""
        padded = np.append(counts, 0)
        ends = np.append(self.starts[1:], self.length)
        first = np.minimum(self.starts // self.context, len(counts))
        last = np.minimum((ends - 1) // self.context + 1, len(counts) + 1)
        return np.maximum.reduceat(padded, np.stack([first, np.maximum(last, first + 1).clip(max=len(counts))], 1).ravel())[::2]


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
class Pools:
    """Window sources by pool; a window's global number is its pool's offset plus its own."""

    sources: Mapping[str, WindowSource]

    @property
    def offsets(self) -> dict[str, int]:
        """Pool -> the global number of its first window."""
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
        """Pool and row behind a token of a window, by global number."""
        pool = max((start, name) for name, start in self.offsets.items() if start <= number and len(self.sources[name]))[1]
        return pool, self.sources[pool].row_at(number - self.offsets[pool], offset)

    def passes(self, numbers: Indices) -> dict[str, float]:
        """Pool -> how often its windows were read on average, of those that were read at all."""
        found: dict[str, float] = {}
        for name, start in self.offsets.items():
            own = numbers[(numbers >= start) & (numbers < start + len(self.sources[name]))]
            if own.size:
                found[name] = own.size / len(self.sources[name])
        return found

    def most_passes(self, numbers: Indices) -> int:
        """How often a token of the row that was read most was read, over all pools that the row, or another tier's version with its id,
        is in."""
        found: dict[str, int] = {}
        for name, start in self.offsets.items():
            source = self.sources[name]
            own = numbers[(numbers >= start) & (numbers < start + len(source))] - start
            if own.size:
                for row, count in zip(source.ids, source.row_passes(np.bincount(own, minlength=len(source))).tolist(), strict=True):
                    found[row] = found.get(row, 0) + count
        return max(found.values(), default=0)


class Draw:
    """Draws windows phase after phase: within a pool every window comes once before one comes again, in a new order each time, and a
    pool that was read `passes_max` times gives no more."""

    def __init__(self, pools: Pools, passes_max: float, seed: Sequence[int], taken: Mapping[str, int] | None = None) -> None:
        """`taken` windows of each pool, from the beginning of its orders, were drawn before."""
        self._pools, self._most, self._seed = pools, passes_max, list(seed)
        self._taken = dict(taken or {})
        self._orders: dict[tuple[str, int], Indices] = {}

    def branch(self) -> Draw:
        """A draw that goes on from here, apart from this one."""
        return Draw(self._pools, self._most, self._seed, self._taken)

    def take(self, weights: Mapping[str, float], count: int, phase: int) -> Indices:
        """`count` global window numbers, each of a pool chosen by weight. Fewer are a prefix of more.

        BadInput if a pool with a weight is empty, or if none can give more.
        """
        names, sources = sorted(weights), self._pools.sources
        empty = [name for name in names if name not in sources or not len(sources[name])]
        if empty or not names:
            raise BadInput("the pool has no training rows", ", ".join(empty), "give rows of it or take it out of the recipe's phases")
        chance = np.random.default_rng([*self._seed, phase, 0]).random(count)
        picks, offsets, done = np.empty(count, np.int64), self._pools.offsets, 0
        left = {name: self._left(name) for name in names}
        while done < count:  # each turn draws until a pool has no more to give, and the next one goes on without it
            open_ = [name for name in names if left[name] > 0]
            if not open_:
                have = sum(int(self._most * len(sources[name])) for name in names)
                raise BadInput(
                    f"{', '.join(names)} have {have} windows in {self._most:g} passes, and more are wanted",
                    "training recipe",
                    "lower tokens or give more text",
                )
            bounds = np.cumsum([weights[name] for name in open_])
            owners = np.searchsorted(bounds, chance[done:] * bounds[-1], side="right")
            places = [np.flatnonzero(owners == number) for number in range(len(open_))]
            ends = [own[left[name] - 1] + 1 for name, own in zip(open_, places, strict=True) if len(own) >= left[name]]
            end = int(min(ends, default=len(owners)))
            for name, own in zip(open_, places, strict=True):
                own = own[own < end]
                picks[done + own] = offsets[name] + self._next(name, len(own))
                left[name] -= len(own)
            done += end
        return picks

    def _left(self, name: str) -> int:
        """How many windows a pool can still give, at most."""
        most = self._most * len(self._pools.sources[name])
        return int(most) - self._taken.get(name, 0) if np.isfinite(most) else np.iinfo(np.int64).max

    def _next(self, name: str, count: int) -> Indices:
        """A pool's next windows."""
        size, taken = len(self._pools.sources[name]), self._taken.get(name, 0)
        self._taken[name] = taken + count
        found, indices = np.empty(count, np.int64), taken + np.arange(count)
        for epoch in np.unique(indices // size).tolist():
            if (name, epoch) not in self._orders:
                self._orders[name, epoch] = np.random.default_rng([*self._seed, names_number(name), epoch]).permutation(size)
            own = indices // size == epoch
            found[own] = self._orders[name, epoch][indices[own] % size]
        return found


def names_number(name: str) -> int:
    """A stable number for a pool's name, for seeding."""
    return int.from_bytes(name.encode(), "big")
