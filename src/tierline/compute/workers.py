"""Maps a function over the batches of a stage: the one thing that a stage leaves to whoever does its work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Protocol, TypeVar

from tierline.compute.packed import pack, unpack
from tierline.unforeseen import Lost, held

Part = TypeVar("Part")
Made = TypeVar("Made")
Piece = TypeVar("Piece")
Rows = TypeVar("Rows", bound=Any)

PIECES_IN_MEMORY = 64 << 20  # bytes; those of a larger shuffle are written to a file, which has no name


class Workers(Protocol):
    """Those who work on batches. `work` and what it returns can be pickled, and what it makes of a part depends on that part alone.

    `batch_rows` is how many rows a part should have at most; what is made of a row does not depend on the others of its part.
    """

    @property
    def batch_rows(self) -> int: ...

    def map(self, name: str, work: Callable[[Part], Made], parts: Iterable[Part]) -> Iterator[Made]:
        """What `work` makes of each part, in the order of the parts, of which no more are taken than are being worked on. Raises what
        `work` raises. `name` says to people what is done, and differs between the works of one stage."""
        ...

    def shuffle(
        self, name: str, split: Callable[[Part], list[Piece]], merge: Callable[[list[Piece]], Made], parts: Iterable[Part], ranges: int
    ) -> Iterator[Made]:
        """What `merge` makes of the first pieces of all parts, then of the second ones, and so on: `split` makes as many pieces of a part
        as there are ranges. Pieces are in the order of their parts."""
        ...


class InProcess:
    """Works in this process, on one part after the other."""

    batch_rows = 256

    def map(self, name: str, work: Callable[[Part], Made], parts: Iterable[Part]) -> Iterator[Made]:
        """As Workers.map."""
        return map(work, parts)

    def shuffle(
        self, name: str, split: Callable[[Part], list[Piece]], merge: Callable[[list[Piece]], Made], parts: Iterable[Part], ranges: int
    ) -> Iterator[Made]:
        """As Workers.shuffle. Pieces beyond PIECES_IN_MEMORY wait on disk."""
        places: list[list[tuple[int, int]]] = [[] for _ in range(ranges)]
        with SpooledTemporaryFile(PIECES_IN_MEMORY) as pieces:
            for part in parts:
                for of_range, piece in zip(places, split(part), strict=True):
                    packed = pack(piece)
                    of_range.append((pieces.tell(), len(packed)))
                    pieces.write(packed)
            for of_range in places:
                yield merge([_piece_at(pieces, *place) for place in of_range])


def _piece_at(pieces: IO[bytes], start: int, length: int) -> Any:
    pieces.seek(start)
    return unpack(pieces.read(length))


IN_PROCESS = InProcess()


def batched(items: Iterable[Part], size: int) -> Iterator[list[Part]]:
    """The items, so many at a time; the last ones may be fewer."""
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch


def each_held(workers: Workers, name: str, work: Callable[[Rows], Made], parts: Iterable[Rows]) -> Iterator[Made | Lost]:
    """As `held`, of each part: where a record makes trouble, its part is halved by the worker that has it."""
    for found in workers.map(name, partial(_all_held, work), parts):
        yield from found


def _all_held(work: Callable[[Rows], Made], rows: Rows) -> list[Made | Lost]:
    return list(held(work, rows))
