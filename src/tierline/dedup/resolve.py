"""Decides which of several duplicates stays: the one that the recipe's rule puts first; every other one names it."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tierline.compute.workers import batched
from tierline.dedup.compare import TEXTS_PER_BATCH, ShingleSets, Texts, jaccard, shingle_sets
from tierline.dedup.index import Facts
from tierline.dedup.matches import EXACT, MINHASH, Matches
from tierline.dedup.minhash import DedupRules, estimated_similarity, index_keys
from tierline.dedup.runs import Keys, Numbers
from tierline.dedup.stored import DOCUMENTS_PER_BLOCK, Signed, keys_of
from tierline.text.words import Hashes

PAIRS_PER_BLOCK = 1 << 15  # whose signatures are held at a time


class EarlierDocuments(Protocol):
    """The kept documents of prior shards, each under a number: the smaller one is earlier."""

    @property
    def inputs(self) -> dict[str, str]:
        """These documents as an activity's inputs: name -> digest."""
        ...

    def alike(self, keys: Keys, rules: DedupRules) -> tuple[Numbers, Numbers]:
        """(row of `keys`, number) of every document that shares a key with one of them; unique, in order."""
        ...

    def facts(self, numbers: Numbers) -> Facts:
        """Text digests and signatures of these documents."""
        ...

    def ids(self, numbers: Numbers) -> list[str]:
        """Ids of these documents."""
        ...

    def shard(self, number: int) -> str:
        """The shard of this document."""
        ...

    def texts(self, numbers: Numbers) -> Iterator[tuple[int, str]]:
        """(number, text) of these documents, in an order that suits the store, for comparing them word by word."""
        ...


class NoDocuments:
    """The prior documents of the first shard: none."""

    inputs: dict[str, str] = {}  # noqa: RUF012 - never changed

    def alike(self, keys: Keys, rules: DedupRules) -> tuple[Numbers, Numbers]:
        """No pairs."""
        return np.empty(0, np.int64), np.empty(0, np.int64)

    def facts(self, numbers: Numbers) -> Facts:
        """Nothing."""
        return Facts(np.empty((0, 32), np.uint8), np.empty((0, 0), np.uint32))

    def ids(self, numbers: Numbers) -> list[str]:
        """None."""
        return []

    def shard(self, number: int) -> str:
        """There is none."""
        raise LookupError(number)

    def texts(self, numbers: Numbers) -> Iterator[tuple[int, str]]:
        """No texts."""
        return iter(())


def resolve_duplicates(documents: pa.Table, texts: Texts, signed: Signed, earlier: EarlierDocuments, rules: DedupRules) -> pa.Table:
    """Rows of `l1_duplicates`, one for each removed document, in the order of `documents`.

    `documents` has doc_id, fetched_at and tokens, in any order: which one stays depends on these columns, not on the order.
    A text equal to a kept one is removed as `exact`. Any other document is compared with kept ones that share a band or the
    normal digest with it, and removed as `minhash` if the true Jaccard similarity of the shingle sets reaches
    `similarity_min`. The most similar one is named; among equally similar ones the earliest, and one of a prior shard before any
    of the same. So every removal names an existing document, and none is decided by an estimate.
    """
    order = precedence(documents, rules)
    leader = _leaders(signed.exact, order)
    distinct = order[leader[order] == order]
    matches = Matches(len(order))
    _Earlier(earlier, rules).match(distinct, signed, texts, matches)
    _match_within(distinct, signed, texts, rules, matches)
    matches.follow(leader)
    return matches.table(documents["doc_id"], earlier.ids, earlier.shard)


def repeats_earlier(signed: Signed, texts: Texts, earlier: EarlierDocuments, rules: DedupRules) -> bool:
    """Whether any of the signed documents repeats one of a prior shard."""
    positions = np.arange(len(signed.exact))
    matches = Matches(len(positions))
    _Earlier(earlier, rules).match(positions, signed, texts, matches)
    return bool(matches.found.any())


def precedence(documents: pa.Table, rules: DedupRules) -> Numbers:
    """Positions of the documents, the one that stays before those that repeat it."""
    first = ("fetched_at", "ascending") if rules.keep == "first_seen" else ("tokens", "descending")
    return pc.sort_indices(documents, sort_keys=[first, ("doc_id", "ascending")]).to_numpy().astype(np.int64)


def _leaders(digests: npt.NDArray[np.uint8], order: Numbers) -> Numbers:
    """For each position the first one in `order` with an equal digest; `digests` has shape (n, 32)."""
    words = np.ascontiguousarray(digests[order]).view(np.uint64)
    alike = np.lexsort(words.T)  # stable, so that equal ones stay in order
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = (words[alike[1:]] != words[alike[:-1]]).any(axis=1)
    leader = np.empty(len(order), np.int64)
    leader[order[alike]] = order[alike[is_first]][np.cumsum(is_first) - 1]
    return leader


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Positions, numbers of earlier documents and estimated similarities, all of shape (pairs,)."""

    positions: Numbers
    numbers: Numbers
    estimates: npt.NDArray[np.float64]

    def chosen(self, rows: Numbers | npt.NDArray[np.bool_]) -> _Pairs:
        """These pairs only."""
        return _Pairs(self.positions[rows], self.numbers[rows], self.estimates[rows])

    def joined(self, other: _Pairs) -> _Pairs:
        """These pairs and the others."""
        return _Pairs(
            np.concatenate([self.positions, other.positions]),
            np.concatenate([self.numbers, other.numbers]),
            np.concatenate([self.estimates, other.estimates]),
        )

    def best(self, most: int) -> _Pairs:
        """For each position the pairs with the best estimates, among equal ones the earlier document's; by position."""
        ordered = self.chosen(np.lexsort((self.numbers, -self.estimates, self.positions)))
        rank = np.arange(len(ordered.positions)) - np.searchsorted(ordered.positions, ordered.positions)
        return ordered.chosen(rank < most)


class _Earlier:
    """Matches with documents of prior shards: these always stay, so all comparisons can be made at once."""

    def __init__(self, earlier: EarlierDocuments, rules: DedupRules) -> None:
        self._earlier, self._rules = earlier, rules

    def match(self, distinct: Numbers, signed: Signed, texts: Texts, matches: Matches) -> None:
        """Add the matches of these positions to `matches`."""
        for start in range(0, len(distinct), DOCUMENTS_PER_BLOCK):
            block = distinct[start : start + DOCUMENTS_PER_BLOCK]
            rows, numbers = self._earlier.alike(index_keys(signed.minhash[block], signed.normal[block], self._rules), self._rules)
            self._match_block(block[rows], numbers, signed, texts, matches)

    def _match_block(self, positions: Numbers, numbers: Numbers, signed: Signed, texts: Texts, matches: Matches) -> None:
        pairs = _Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
        for start in range(0, len(positions), PAIRS_PER_BLOCK):
            mine, others = positions[start : start + PAIRS_PER_BLOCK], numbers[start : start + PAIRS_PER_BLOCK]
            asked, row = np.unique(mine, return_inverse=True)
            known, place = np.unique(others, return_inverse=True)
            facts = self._earlier.facts(known)
            estimates = estimated_similarity(signed.minhash[asked][row], facts.signatures[place])
            equal = (signed.exact[mine] == facts.digests[place]).all(axis=1)
            for pair in np.flatnonzero(equal).tolist():
                if not matches.has(int(mine[pair])):
                    matches.put(int(mine[pair]), int(others[pair]), EXACT, 1.0, 1.0, is_earlier=True)
            near = ~equal & (estimates >= self._rules.similarity_min - self._rules.estimate_slack)
            more = _Pairs(mine[near], others[near], estimates[near])
            pairs = pairs.joined(more).best(self._rules.comparisons_max)
        pairs = pairs.chosen(~matches.found[pairs.positions])
        for position, (similarity, number, estimate) in self._compared(pairs, texts).items():
            matches.put(position, number, MINHASH, estimate, similarity, is_earlier=True)

    def _compared(self, pairs: _Pairs, texts: Texts) -> dict[int, tuple[float, int, float]]:
        """Position -> (similarity, number, estimate) of its best match."""
        own = ShingleSets(texts, np.unique(pairs.positions), self._rules.shingle_words)
        pairs = pairs.chosen(np.argsort(pairs.numbers, kind="stable"))
        best: dict[int, tuple[float, int, float]] = {}
        for number, other in self._sets(np.unique(pairs.numbers)):
            first, last = np.searchsorted(pairs.numbers, [number, number + 1])
            for position, estimate in zip(pairs.positions[first:last].tolist(), pairs.estimates[first:last].tolist(), strict=True):
                similarity = jaccard(own[position], other)
                before = best.get(position, (self._rules.similarity_min, number, 0.0))
                if (similarity, -number) >= (before[0], -before[1]):
                    best[position] = (similarity, number, estimate)
        return best

    def _sets(self, numbers: Numbers) -> Iterator[tuple[int, Hashes]]:
        for batch in batched(self._earlier.texts(numbers), TEXTS_PER_BATCH):
            yield from zip(
                (number for number, _ in batch), shingle_sets([text for _, text in batch], self._rules.shingle_words), strict=True
            )


class _Buckets:
    """Which documents share a key, and which of them were kept so far: the first `bucket_max` of each bucket.

    Flat arrays: if all documents share keys, lists would take kilobytes per document.
    """

    def __init__(self, keys: Keys, bucket_max: int) -> None:
        """Overwrites `keys`, of shape (n, keys a document): from here on they are the buckets, -1 for a key that nobody shares."""
        self.buckets = keys.view(np.int64)
        sizes = [np.empty(0, np.int64)]
        known = 0
        for column in range(keys.shape[1]):  # documents meet in the same column only
            _, inverse, counts = np.unique(keys[:, column], return_inverse=True, return_counts=True)
            shared = counts > 1
            self.buckets[:, column] = np.where(shared, known + np.cumsum(shared) - 1, -1)[inverse]
            sizes.append(counts[shared])
            known += int(shared.sum())
        room = np.minimum(np.concatenate(sizes), bucket_max)
        ends = np.cumsum(room)
        self._starts, self._ends, self._filled = array("q", (ends - room).tobytes()), array("q", ends.tobytes()), array("q")
        self._filled.extend(self._starts)
        self._members = array("q", bytes(8 * int(room.sum())))

    def members(self, buckets: list[int]) -> list[int]:
        """All documents entered into these buckets, ascending."""
        return sorted({row for bucket in buckets for row in self._members[self._starts[bucket] : self._filled[bucket]]})

    def enter(self, row: int, buckets: list[int]) -> None:
        """Record that the document of this row stays."""
        for bucket in buckets:
            place = self._filled[bucket]
            if place < self._ends[bucket]:
                self._members[place] = row
                self._filled[bucket] = place + 1


def _match_within(distinct: Numbers, signed: Signed, texts: Texts, rules: DedupRules, matches: Matches) -> None:
    """Matches between documents of the shard itself: each against those kept before it.

    A bucket holds kept documents only, so a cluster of thousands costs one comparison per document.
    """
    buckets = _Buckets(keys_of(distinct, signed.minhash, signed.normal, rules), rules.bucket_max)
    met = np.flatnonzero((buckets.buckets >= 0).any(axis=1) & ~matches.found[distinct])
    sets = ShingleSets(texts, distinct[met], rules.shingle_words)
    for row in met.tolist():
        mine = [bucket for bucket in buckets.buckets[row].tolist() if bucket >= 0]
        position = int(distinct[row])
        others = buckets.members(mine)
        if others:
            positions = distinct[others]
            estimates = estimated_similarity(signed.minhash[positions], signed.minhash[distinct[row : row + 1]])
            near = np.flatnonzero(estimates >= rules.similarity_min - rules.estimate_slack)
            near = near[np.argsort(-estimates[near], kind="stable")][: rules.comparisons_max].tolist()
            compared = [(jaccard(sets[int(positions[one])], sets[position]), -others[one], float(estimates[one])) for one in near]
            similarity, negative, estimate = max(compared, default=(0.0, 0, 0.0))
            if similarity >= rules.similarity_min:
                matches.put(position, int(distinct[-negative]), MINHASH, estimate, similarity)
                continue
        buckets.enter(row, mine)
