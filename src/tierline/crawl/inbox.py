"""Takes in the files of an inbox once they have arrived completely, and says of every other file why it is not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tierline.crawl.address import canonical, is_remote
from tierline.crawl.listing import Look, below, look_at
from tierline.crawl.measure import size_in
from tierline.crawl.notes import Notes
from tierline.crawl.registry import CrawlRegistry, PackRules
from tierline.lake import Lake

FILES_PER_LOOK = 10_000  # taken in at once: a look has to end within the minute that a sensor's tick may take
SHARDS_PER_LOOK = 50  # begun at once: Dagster creates a run for each, a second or so each, and lets no other sensor look meanwhile
READ_PER_LOOK = 1 << 30  # bytes whose digest is computed in one look; of further files it is computed by their shard's run
IGNORED, FAILED = "ignored", "failed"  # kinds of notes that others show
_SEEN, _MISSING, _TAKING, _LOOKS = "seen", "missing", "taking", "looks"


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What a look led to. `number` has to come back at the next look, as a sign that the runs of `shards` were asked for.

    `ignored`, `missing` and `moved` name each file once, in the look that found it.
    """

    number: int
    shards: tuple[str, ...]
    growing: tuple[str, ...]
    ignored: Mapping[str, str]
    missing: tuple[str, ...]
    moved: Mapping[str, str]
    forgotten: tuple[str, ...]
    waiting: int = 0


class Inbox:
    """A folder or prefix where crawls arrive. A file counts as complete once two looks in a row find it the same."""

    def __init__(self, lake: Lake, root: str) -> None:
        self._lake, self._root = lake, root
        self._registry, self._notes = CrawlRegistry(lake), Notes(lake)

    def take_in(self, rules: PackRules, *, forget_missing: bool = False, known: int | None = None) -> Arrivals:
        """Register what has arrived or changed since; `known` is the number of the last look whose runs were asked for.

        `forget_missing`: let go of files that came this way and that two looks miss, unless the inbox is empty, which may be a disk that
        is not mounted. BadInput if the inbox cannot be listed.
        """
        look = look_at(self._root)
        pending = self._registry.unknown(look.files)
        before, faulty = self._notes.swap(_SEEN, pending), self._notes.of(IGNORED)
        settled = sorted((address for address, stamp in pending.items() if before.get(address) == stamp), key=lambda a: (a in faulty, a))
        batch = settled[: _next_files([size_in(pending[address]) for address in settled], rules)]
        number, unasked = self._unasked(known)
        if batch:  # noted first: if this process dies before the runs are asked for, the next look asks for them
            number = self._begin(number, batch)
        intake = self._registry.take_in(batch, rules, unread_bytes=READ_PER_LOOK, dropped=True, revive=False)
        ignored = look.ignored | {address: f"{why}: check its permissions" for address, why in intake.refused.items()}
        named = self._notes.swap(IGNORED, ignored)
        missing = self._missing(look)
        missed = self._notes.swap(_MISSING, dict.fromkeys(missing, ""))
        gone = [address for address in missing if address in missed and self._came(address)] if forget_missing and look.files else []
        if gone:
            number = self._begin(number, [*batch, *gone])
            self._registry.forget(gone, awaited=True)
        shards = {*intake.shards, *self._shards_of([*unasked, *gone])}
        return Arrivals(
            number,
            tuple(shard for shard in self._registry.shards() if shard in shards),
            tuple(address for address in pending if address not in set(settled)),
            {address: why for address, why in ignored.items() if named.get(address) != why},
            tuple(address for address in missing if address not in missed),
            intake.moved,
            tuple(gone),
            len(settled) - len(batch),
        )

    def _missing(self, look: Look) -> list[str]:
        """Registered files below the inbox that are not there."""
        hidden, remote = tuple(below(folder) for folder in look.unseen), is_remote(self._root)
        found = [(row["uri"], canonical(row["uri"])) for row in self._registry.rows() if row["forgotten_at"] is None]
        return [
            uri
            for uri, address in found
            if address.startswith(look.prefix)
            and (look.prefix or not address.startswith("/"))
            and is_remote(address) == remote
            and address not in look.files
            and address not in look.ignored
            and not address.startswith(hidden)
        ]

    def _came(self, address: str) -> bool:
        """Whether a file came through the inbox, and was not registered by a person or another program."""
        row = self._registry.find(address)
        return row is not None and bool(row["dropped"])

    def _unasked(self, known: int | None) -> tuple[int, list[str]]:
        """The number of the last look that took something in, and its files if their runs may never have been asked for."""
        number = int(self._notes.of(_LOOKS).get("last", "0"))
        return number, [] if known == number else list(self._notes.of(_TAKING))

    def _begin(self, number: int, addresses: list[str]) -> int:
        self._notes.swap(_TAKING, dict.fromkeys(addresses, ""))
        self._notes.swap(_LOOKS, {"last": str(number + 1)})
        return number + 1

    def _shards_of(self, addresses: list[str]) -> Iterator[str]:
        for address in addresses:
            if row := self._registry.find(address):
                yield row["shard"]


def _next_files(sizes: Sequence[int], rules: PackRules) -> int:
    """How many of these files a look takes in: whole shards, as if all were packed at once."""
    shards, filled = 0, 0
    for number, size in enumerate(sizes[:FILES_PER_LOOK]):
        if number == 0 or filled + size > rules.shard_bytes:
            if shards == SHARDS_PER_LOOK:
                return number
            shards, filled = shards + 1, 0
        filled += size
    return min(len(sizes), FILES_PER_LOOK)
