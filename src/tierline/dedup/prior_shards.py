"""The promoted documents of prior shards as deduplication needs them: found by index, read only as far as requested."""

from __future__ import annotations

from bisect import bisect
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from itertools import islice

import numpy as np
import pyarrow as pa

from tierline.compute.workers import IN_PROCESS, Workers
from tierline.dedup.index import BandIndex, Facts
from tierline.dedup.key_index import ROW_BITS
from tierline.dedup.minhash import DedupRules
from tierline.dedup.runs import Keys, Numbers
from tierline.errors import LawBroken
from tierline.lake import Lake, Manifest
from tierline.tables.ids import frame, framed_id

DOCUMENTS_PER_READ = 1024
READS_AHEAD, READ_AHEAD_THREADS = 8, 2
EARLIER = "l1_signatures/earlier"  # the input that represents all of them


class PriorStates:
    """States of `l1_signatures` as the input of an activity, with one more at the cost of little but a hash of their bytes."""

    def __init__(self, signatures: Iterable[Manifest] = ()) -> None:
        self._states: list[str] = []  # in order
        self._frames: list[bytes] = []
        for one in signatures:
            self.add(one)

    def add(self, signatures: Manifest) -> None:
        """One more."""
        state = f"{signatures.shard}={signatures.digest}"
        place = bisect(self._states, state)
        self._states.insert(place, state)
        self._frames.insert(place, frame(state))

    @property
    def inputs(self) -> dict[str, str]:
        """One digest over all of them; empty if there are none."""
        return {EARLIER: framed_id("dig", self._frames)} if self._frames else {}


class LakeDocuments:
    """Kept documents of the given shards, as far as they are promoted now; an EarlierDocuments.

    The promoted states are looked up once, at construction, and every row is read from exactly the files that were judged.
    """

    def __init__(self, lake: Lake, shards: Sequence[str]) -> None:
        self.workers: Workers = IN_PROCESS  # those who make the index where it is not there
        order = {shard: number for number, shard in enumerate(shards)}
        self._lake = lake
        lake.refuse_damaged("l1_filtered", shards)  # others may be about to be written again
        self._alive = lake.readable().promoted_pairs("l1_signatures", "l1_filtered")
        mine = sorted((pair for pair in self._alive if pair[0].shard in order), key=lambda pair: order[pair[0].shard])
        self._signatures = [signatures for signatures, _ in mine]
        self._documents = [documents for _, documents in mine]
        self._covered = self._signatures
        self._indexes: dict[DedupRules, BandIndex] = {}

    def before(self, shard: str) -> LakeDocuments:
        """Those of the shards before this one, which must be among them; the index of all serves them."""
        earlier = copy(self)
        place = [signatures.shard for signatures in self._signatures].index(shard)
        earlier._signatures, earlier._documents = self._signatures[:place], self._documents[:place]
        return earlier

    @property
    def inputs(self) -> dict[str, str]:
        """One digest over all of them."""
        return PriorStates(self._signatures).inputs

    def alike(self, keys: Keys, rules: DedupRules) -> tuple[Numbers, Numbers]:
        """(row of `keys`, number) of every document that shares a key with one of them; unique, in order."""
        rows, numbers = self._index(rules).find(keys)
        own = numbers >> ROW_BITS < len(self._signatures)
        return rows[own], numbers[own]

    def facts(self, numbers: Numbers) -> Facts:
        """Text digests and signatures of these documents."""
        (index,) = self._indexes.values()
        return index.facts(numbers)

    def ids(self, numbers: Numbers) -> list[str]:
        """Ids of these documents."""
        if not len(numbers):
            return []
        (index,) = self._indexes.values()
        return index.ids(numbers)

    def shard(self, number: int) -> str:
        """The shard of this document."""
        return self._signatures[number >> ROW_BITS].shard

    def texts(self, numbers: Numbers) -> Iterator[tuple[int, str]]:
        """(number, text), shard by shard.

        The next few shards are read while the caller compares.
        """
        places = numbers >> ROW_BITS
        order = np.argsort(numbers, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(places[order])) + 1) if len(order) else []
        reads = (group[start : start + DOCUMENTS_PER_READ] for group in groups for start in range(0, len(group), DOCUMENTS_PER_READ))
        with ThreadPoolExecutor(READ_AHEAD_THREADS) as readers:
            ahead = deque(readers.submit(self._texts, numbers[rows]) for rows in islice(reads, READS_AHEAD))
            while ahead:
                yield from ahead.popleft().result()
                ahead.extend(readers.submit(self._texts, numbers[rows]) for rows in islice(reads, 1))

    def _texts(self, numbers: Numbers) -> list[tuple[int, str]]:
        """Texts of documents of one shard: both tables have the same documents in the same order, so a row's number is enough."""
        place = int(numbers[0]) >> ROW_BITS
        documents, signatures = self._documents[place], self._signatures[place]
        if documents.rows != signatures.rows:
            raise LawBroken(f"has {signatures.rows} rows for {documents.rows} documents", f"l1_signatures/{signatures.shard}")
        ordered = np.sort(numbers)
        texts = self._lake.pick(documents, (ordered & ((1 << ROW_BITS) - 1)).tolist(), "text")
        return list(zip(ordered.tolist(), texts, strict=True))

    def _column(self, manifest: Manifest, name: str) -> Iterator[pa.Array]:
        return (batch.column(0) for batch in self._lake.stream(manifest, [name]))

    def _index(self, rules: DedupRules) -> BandIndex:
        if rules not in self._indexes:
            index = BandIndex(self._lake.cache_dir / "dedup", rules, self._column)
            index.cover(self._covered, [signatures for signatures, _ in self._alive], self.workers)
            self._indexes.clear()  # of all that were made from these by `before`, too
            self._indexes[rules] = index
        return self._indexes[rules]
