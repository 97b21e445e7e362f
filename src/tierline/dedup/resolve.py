"""Decides which of several alike documents stays: the one that the recipe's rule puts first; every other one names it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tierline.dedup.compare import TEXTS_PER_BATCH, ShingleSets, Texts, jaccard, shingle_sets
from tierline.dedup.index import Facts
from tierline.dedup.minhash import DedupRules, Signatures, digest_bytes, estimated_similarity, index_keys
from tierline.dedup.runs import Keys, Numbers
from tierline.words import Hashes

DOCUMENTS_PER_BLOCK = 1 << 14  # of a shard, looked up among the earlier ones at a time
PAIRS_PER_BLOCK = 1 << 15  # whose signatures are held at a time


class EarlierDocuments(Protocol):
    """The kept documents of earlier shards, each under a number: the smaller one is earlier."""

    @property
    def inputs(self) -> dict[str, str]:
        """What they were, as an activity's inputs: name -> digest."""
        ...

    def alike(self, keys: Keys, rules: DedupRules) -> tuple[Numbers, Numbers]:
        """(row of `keys`, number) of every document that shares a key with one of them; unique, in order."""
        ...

    def facts(self, numbers: Numbers) -> Facts:
        """Ids, text digests and signatures of these documents."""
        ...

    def shard(self, number: int) -> str:
        """The shard of this document."""
        ...

    def texts(self, numbers: Numbers) -> Iterator[tuple[int, str]]:
        """(number, text) of these documents, in an order that suits the store, for comparing them word by word."""
        ...


class NoDocuments:
    """What stands before the first shard: nothing."""

    inputs: dict[str, str] = {}  # noqa: RUF012 - never changed

    def alike(self, keys: Keys, rules: DedupRules) -> tuple[Numbers, Numbers]:
        """No pairs."""
        return np.empty(0, np.int64), np.empty(0, np.int64)

    def facts(self, numbers: Numbers) -> Facts:
        """Nothing."""
        return Facts([], np.empty((0, 32), np.uint8), np.empty((0, 0), np.uint32))

    def shard(self, number: int) -> str:
        """There is none."""
        raise LookupError(number)

    def texts(self, numbers: Numbers) -> Iterator[tuple[int, str]]:
        """No texts."""
        return iter(())


def resolve_duplicates(
    documents: pa.Table, texts: Texts, signed: Signatures, earlier: EarlierDocuments, rules: DedupRules
) -> dict[str, dict[str, Any]]:
    """Removed doc_id -> its row of `l1_duplicates`.

    `documents` has doc_id, fetched_at and tokens, in any order: which one stays depends on these columns, not on the order.
    A text equal to a kept one is removed as `exact`. Any other document is compared with kept ones that share a band or the
    normal digest with it and removed as `minhash` where the true Jaccard similarity of the shingle sets reaches
    `similarity_min`; the most similar one is named, of equally similar ones the earliest, one of an earlier shard before any
    of the same. So every removal names a document that is there, and none is decided by an estimate.
    """
    order = precedence(documents, rules)
    ids: list[str] = documents["doc_id"].to_pylist()
    first: dict[str, int] = {}
    for position in order:
        first.setdefault(signed.exact[position], position)
    distinct = list(first.values())
    keys = index_keys(signed.minhash[distinct], digest_bytes([signed.normal[position] for position in distinct]), rules)
    sharing = _sharing(keys)
    matches = _Earlier(earlier, rules).matches(distinct, keys, signed, texts)
    matches |= _matches_within(distinct, sharing, matches, ids, signed, texts, rules)
    removed: dict[str, dict[str, Any]] = {}
    for position in order:
        leader = first[signed.exact[position]]
        if leader in matches:
            removed[ids[position]] = {"doc_id": ids[position], **matches[leader]}
        elif leader != position:
            removed[ids[position]] = {"doc_id": ids[position], **_row(ids[leader], None, "exact", 1.0, 1.0)}
    return removed


def matches_earlier(signed: Signatures, texts: Texts, earlier: EarlierDocuments, rules: DedupRules) -> dict[int, dict[str, Any]]:
    """Position -> the row of `l1_duplicates` (but for `doc_id`) of every document that repeats one of an earlier shard."""
    keys = index_keys(signed.minhash, digest_bytes(signed.normal), rules)
    return _Earlier(earlier, rules).matches(list(range(len(signed.exact))), keys, signed, texts)


def precedence(documents: pa.Table, rules: DedupRules) -> list[int]:
    """Positions of the documents, the one that stays before those that repeat it."""
    first = ("fetched_at", "ascending") if rules.keep == "first_seen" else ("tokens", "descending")
    return pc.sort_indices(documents, sort_keys=[first, ("doc_id", "ascending")]).to_pylist()


def _row(kept: str, shard: str | None, method: str, estimate: float, similarity: float) -> dict[str, Any]:
    return {"kept_doc_id": kept, "kept_shard": shard, "method": method, "estimated_similarity": estimate, "similarity": similarity}


class _Earlier:
    """Matches with documents of earlier shards: these always stay, so all comparisons can be made at once."""

    def __init__(self, earlier: EarlierDocuments, rules: DedupRules) -> None:
        self._earlier = earlier
        self._rules = rules

    def matches(self, distinct: list[int], keys: Keys, signed: Signatures, texts: Texts) -> dict[int, dict[str, Any]]:
        """Position -> what `l1_duplicates` says of it, for every document that an earlier shard holds already."""
        found: dict[int, dict[str, Any]] = {}
        for start in range(0, len(distinct), DOCUMENTS_PER_BLOCK):
            rows, numbers = self._earlier.alike(keys[start : start + DOCUMENTS_PER_BLOCK], self._rules)
            positions = np.array(distinct, np.int64)[rows + start]
            found |= self._block(positions, numbers, signed, texts)
        return found

    def _block(self, positions: Numbers, numbers: Numbers, signed: Signatures, texts: Texts) -> dict[int, dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        pairs: list[tuple[int, int, float]] = []  # position, number, estimate
        names: dict[int, str] = {}
        for start in range(0, len(positions), PAIRS_PER_BLOCK):
            mine, others = positions[start : start + PAIRS_PER_BLOCK], numbers[start : start + PAIRS_PER_BLOCK]
            known, place = np.unique(others, return_inverse=True)
            facts = self._earlier.facts(known)
            estimates = estimated_similarity(signed.minhash[mine], facts.signatures[place])
            equal = (digest_bytes([signed.exact[position] for position in mine.tolist()]) == facts.digests[place]).all(axis=1)
            for pair in np.flatnonzero(equal | (estimates >= self._rules.similarity_min - self._rules.estimate_slack)).tolist():
                position, number = int(mine[pair]), int(others[pair])
                names[number] = facts.ids[place[pair]]
                if equal[pair]:
                    found.setdefault(position, _row(names[number], self._earlier.shard(number), "exact", 1.0, 1.0))
                else:
                    pairs.append((position, number, float(estimates[pair])))
        for position, (similarity, number, estimate) in self._compared(pairs, found, texts).items():
            found[position] = _row(names[number], self._earlier.shard(number), "minhash", estimate, similarity)
        return found

    def _compared(
        self, pairs: list[tuple[int, int, float]], found: dict[int, dict[str, Any]], texts: Texts
    ) -> dict[int, tuple[float, int, float]]:
        """Position -> (similarity, number, estimate) of its best match among the pairs with the best estimates."""
        chosen: dict[int, list[tuple[int, float]]] = {}  # number -> its pairs
        taken: dict[int, int] = {}
        for position, number, estimate in sorted(pairs, key=lambda pair: (pair[0], -pair[2], pair[1])):
            if position not in found and taken.get(position, 0) < self._rules.comparisons_max:
                taken[position] = taken.get(position, 0) + 1
                chosen.setdefault(number, []).append((position, estimate))
        own = ShingleSets(texts, sorted(taken), self._rules.shingle_words)
        best: dict[int, tuple[float, int, float]] = {}
        for number, other in self._sets(np.array(sorted(chosen), np.int64)):
            for position, estimate in chosen[number]:
                similarity = jaccard(own[position], other)
                before = best.get(position, (self._rules.similarity_min, number, 0.0))
                if (similarity, -number) >= (before[0], -before[1]):
                    best[position] = (similarity, number, estimate)
        return best

    def _sets(self, numbers: Numbers) -> Iterator[tuple[int, Hashes]]:
        found = self._earlier.texts(numbers)
        while batch := list(islice(found, TEXTS_PER_BATCH)):
            yield from zip(
                (number for number, _ in batch), shingle_sets([text for _, text in batch], self._rules.shingle_words), strict=True
            )


def _sharing(keys: Keys) -> npt.NDArray[np.int64]:
    """The bucket of each document and key, -1 where no other document is in it; shape of `keys`."""
    _, inverse, counts = np.unique(keys.ravel(), return_inverse=True, return_counts=True)
    return np.where(counts[inverse] > 1, inverse, -1).reshape(keys.shape)


def _matches_within(
    distinct: list[int],
    sharing: npt.NDArray[np.int64],
    before: dict[int, dict[str, Any]],
    ids: list[str],
    signed: Signatures,
    texts: Texts,
    rules: DedupRules,
) -> dict[int, dict[str, Any]]:
    """Matches between documents of the shard itself: each against those kept before it.

    A bucket holds kept documents only, so a cluster of thousands costs one comparison a document.
    """
    met = [row for row in np.flatnonzero((sharing >= 0).any(axis=1)).tolist() if distinct[row] not in before]
    sets = ShingleSets(texts, [distinct[row] for row in met], rules.shingle_words)
    buckets: dict[int, list[int]] = {}
    found: dict[int, dict[str, Any]] = {}
    for row in met:
        mine = [bucket for bucket in sharing[row].tolist() if bucket >= 0]
        position = distinct[row]
        others = sorted({other for bucket in mine for other in buckets.get(bucket, ())})
        if others:
            positions = [distinct[other] for other in others]
            estimates = estimated_similarity(signed.minhash[positions], signed.minhash[position])
            near = np.flatnonzero(estimates >= rules.similarity_min - rules.estimate_slack)
            near = near[np.argsort(-estimates[near], kind="stable")][: rules.comparisons_max].tolist()
            compared = [(jaccard(sets[positions[one]], sets[position]), -others[one], float(estimates[one])) for one in near]
            similarity, negative, estimate = max(compared, default=(0.0, 0, 0.0))
            if similarity >= rules.similarity_min:
                found[position] = _row(ids[distinct[-negative]], None, "minhash", estimate, similarity)
                continue
        for bucket in mine:
            held = buckets.setdefault(bucket, [])
            if len(held) < rules.bucket_max:
                held.append(row)
    return found
