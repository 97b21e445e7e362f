"""The band index of prior shards: local sorted runs, derived from `l1_signatures` and rebuilt from it if they are missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tierline.dedup.key_index import KeyIndex
from tierline.dedup.minhash import DedupRules, digest_bytes, index_keys
from tierline.dedup.runs import Numbers
from tierline.errors import BadInput
from tierline.lake import Manifest
from tierline.tables import content_id

LAYOUT = "1"  # of keys and files; another one starts another folder


@dataclass(frozen=True, slots=True)
class Facts:
    """Data about m documents without their texts: text digests of shape (m, 32), signatures of shape (m, permutations)."""

    digests: npt.NDArray[np.uint8]
    signatures: npt.NDArray[np.uint32]


class BandIndex(KeyIndex):
    """A KeyIndex over `l1_signatures`: ids, digests and signatures of documents."""

    def __init__(self, folder: Path, rules: DedupRules, load: Callable[[Manifest, str], Iterable[pa.Array]]) -> None:
        """`load` reads a column of a member's `l1_signatures`, batch by batch."""
        own = folder / content_id("bands", LAYOUT, rules.bands, rules.rows_per_band, rules.shingle_words)
        super().__init__(own, rules.bucket_max, partial(index_keys, rules=rules), ("signatures", "normal"))
        self._rules = rules
        self._load = load

    def facts(self, numbers: Numbers) -> Facts:
        """Of these documents, in their order."""
        facts = Facts(np.empty((len(numbers), 32), np.uint8), np.empty((len(numbers), self._rules.permutations), np.uint32))
        for rows, wanted, member in self._by_member(numbers):
            facts.digests[rows], facts.signatures[rows] = member["digests"][wanted], member["signatures"][wanted]
        return facts

    def _arrays(self, manifest: Manifest) -> dict[str, Iterable[npt.NDArray[Any]]]:
        encoded = (np.array([value.encode() for value in values.to_pylist()], np.bytes_) for values in self._load(manifest, "doc_id"))
        return {
            "ids": [np.concatenate([np.empty(0, "S1"), *encoded])],  # as wide as the longest
            "digests": self._digests(manifest, "text_sha256"),
            "normal": self._digests(manifest, "normal_sha256"),
            "signatures": self._signatures(manifest),
        }

    def _digests(self, manifest: Manifest, column: str) -> Iterator[npt.NDArray[np.uint8]]:
        yield digest_bytes([])
        yield from (digest_bytes(values.to_pylist()) for values in self._load(manifest, column))

    def _signatures(self, manifest: Manifest) -> Iterator[npt.NDArray[np.uint32]]:
        yield np.empty((0, self._rules.permutations), np.uint32)
        for values in self._load(manifest, "signature"):
            signatures = np.frombuffer(b"".join(values.to_pylist()), "<u4")
            if len(signatures) != len(values) * self._rules.permutations:
                raise BadInput(
                    f"signatures were not made with {self._rules.permutations} permutations",
                    f"l1_signatures/{manifest.shard}",
                    "materialize l1_filtered for it again under the recipe's bands, or restore the recipe",
                )
            yield signatures.astype(np.uint32).reshape(len(values), self._rules.permutations)
