"""What stays out: every record that is read is compared with the takedowns in force, by its address, its bytes and its words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tierline.dedup.minhash import DedupRules, Signatures, digest_bytes, estimated_similarity, index_keys, sign
from tierline.descent.scope import KINDS, Scope
from tierline.lake.store import Lake
from tierline.stages import TAKEN_DOWN, WHOLE_LAKE
from tierline.tables import content_id
from tierline.tables.records import TOMBSTONES, TOMBSTONES_TABLE
from tierline.takedown.ledger import PLACE
from tierline.text.words import split_words

PAYLOAD, TEXT, CLAIM = "payload", "text", "claim"
SAME_BYTES, NEAR = "the same bytes", "the same words"
# The signatures outlive every recipe, so they follow no setting of it. No text is kept to compare: a pair counts by its estimated
# similarity, from where L1 would call it a near-duplicate; one of Jaccard 0.5 is estimated so high once in 10^8 (112 permutations).
RULES = DedupRules()
WORDS_MIN = 20  # of a text that is compared by its words: shorter ones, such as "404 Not Found", are many pages' own
COMPARED = ("url", "domain", "license", "payload_sha256", "text", "structured_data")  # columns of `l0_raw`
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Withheld:
    """That a record is not kept: the takedown because of which, and what it shares with it."""

    takedown_id: str
    by: str

    @property
    def rule(self) -> str:
        """The rule of its decision."""
        return f"takedown:{self.takedown_id}"


class Tombstones:
    """Rows of `tombstones`, arranged for looking records up in them."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        rows = sorted(rows, key=lambda row: (row["takedown_id"], row["kind"], row["value"]))
        self._scopes = [(row["takedown_id"], Scope(row["kind"], row["value"])) for row in rows if row["kind"] in KINDS]
        self._payloads = {row["value"]: row["takedown_id"] for row in rows if row["kind"] == PAYLOAD}
        texts = [row for row in rows if row["kind"] == TEXT]
        self._owners = [row["takedown_id"] for row in texts]
        self._normal = digest_bytes([row["value"] for row in texts])
        self._minhash = np.frombuffer(b"".join(row["signature"] for row in texts), "<u4").reshape(len(texts), RULES.permutations)
        keys = index_keys(self._minhash, self._normal, RULES).ravel()
        order = np.argsort(keys, kind="stable")
        self._keys, self._of_key = keys[order], (order // (RULES.bands + 1)).astype(np.int64)
        self.claims = frozenset(row["value"] for row in rows if row["kind"] == CLAIM)
        kept = [f"{row['takedown_id']} {row['kind']} {row['value']}" for row in rows]
        self.digest = content_id("tombstones", kept) if kept else ""

    def __bool__(self) -> bool:
        return bool(self.digest)

    @classmethod
    def of(cls, lake: Lake) -> Tombstones:
        """Those in force in a lake."""
        files = tuple(lake.delta.files(TOMBSTONES_TABLE, PLACE))
        if _READ.get(lake.root, ((), None))[0] != files:
            _READ[lake.root] = files, cls(lake.delta.read_files(TOMBSTONES_TABLE, files, TOMBSTONES).to_pylist())
        return _READ[lake.root][1] if files else cls()

    def withheld(self, rows: Sequence[Row]) -> list[Withheld | None]:
        """For each of these rows of `l0_raw` why it is not kept; None for one that is."""
        found = [self._by_address(row) for row in rows]
        if self._owners:
            open_ones = [place for place, row in enumerate(rows) if found[place] is None and row.get("text")]
            for place, owner in zip(open_ones, self._alike([rows[place]["text"] for place in open_ones]), strict=True):
                found[place] = Withheld(owner, NEAR) if owner else None
        return found

    def _by_address(self, row: Row) -> Withheld | None:
        for takedown_id, scope in self._scopes:
            if scope.covers(row):
                return Withheld(takedown_id, str(scope))
        owner = self._payloads.get(row.get("payload_sha256") or "")
        return Withheld(owner, SAME_BYTES) if owner else None

    def _alike(self, texts: Sequence[str]) -> list[str]:
        """For each text the takedown that removed one with the same words, or nearly; empty without one."""
        signatures, counts = signed(texts)
        keys = index_keys(signatures.minhash, signatures.normal, RULES)
        first, last = np.searchsorted(self._keys, keys), np.searchsorted(self._keys, keys, side="right")
        owners = [""] * len(texts)
        for place in np.flatnonzero((last > first).any(axis=1) & (counts >= WORDS_MIN)).tolist():
            spans = zip(first[place].tolist(), last[place].tolist(), strict=True)
            met = np.unique(np.concatenate([self._of_key[start:end] for start, end in spans]))
            alike = estimated_similarity(self._minhash[met], signatures.minhash[place]) >= RULES.similarity_min
            alike |= (self._normal[met] == signatures.normal[place]).all(axis=1)
            if alike.any():
                owners[place] = self._owners[int(met[np.argmax(alike)])]
        return owners


def signed(texts: Sequence[str]) -> tuple[Signatures, npt.NDArray[np.int64]]:
    """(signatures, words) of texts of `l0_raw`."""
    words = split_words(texts)
    digests = [sha256(text.encode("utf-8", "replace")).hexdigest() for text in texts]
    return sign(words, digests, RULES), np.array([len(one.hashes) for one in words], np.int64)


def tombstones_of(takedown_id: str, scopes: Iterable[Scope], rows: Iterable[Row], claims: Iterable[str]) -> pa.Table:
    """Rows of `tombstones`: the scopes, the bytes and words of the rows of `l0_raw` that they cover, and ids of claims."""
    found: dict[tuple[str, str], bytes | None] = {(scope.kind, scope.value): None for scope in scopes}
    texts: list[str] = []
    for row in rows:
        if row["payload_sha256"]:
            found[PAYLOAD, row["payload_sha256"]] = None
        texts += [row["text"]] if row["text"] else []
    signatures, counts = signed(texts)
    for place in np.flatnonzero(counts >= WORDS_MIN).tolist():
        found[TEXT, signatures.normal[place].tobytes().hex()] = signatures.minhash[place].astype("<u4").tobytes()
    found |= {(CLAIM, claim): None for claim in claims}
    kept = [{"takedown_id": takedown_id, "kind": kind, "value": value, "signature": said, **PLACE} for (kind, value), said in found.items()]
    return pa.Table.from_pylist(sorted(kept, key=lambda row: (row["kind"], row["value"])), schema=TOMBSTONES)


def takedown_inputs(lake: Lake, stage: str, shard: str) -> dict[str, str]:
    """What an activity of a stage that compares its rows with takedowns records of them; "" for nothing.

    A takedown makes only what it reaches out of date: where no present row is to be left out, what was recorded stands. A shard that
    was never read records those in force.
    """
    name, row = f"{TAKEN_DOWN}/{shard}", lake.readable().activity(stage, shard)
    recorded = str(json.loads(row["inputs"]).get(name, "")) if row else ""
    tombstones = Tombstones.of(lake)
    if row and (not tombstones or recorded == tombstones.digest or not _reaches(lake, tombstones, stage, shard)):
        return {name: recorded}
    return {name: tombstones.digest if tombstones and (row or shard != WHOLE_LAKE) else ""}


def _reaches(lake: Lake, tombstones: Tombstones, stage: str, shard: str) -> bool:
    table = "l0_raw" if shard != WHOLE_LAKE else "l4_values"
    if not lake.manifests(table):
        return False
    manifest = lake.manifest(table, shard)

    def look() -> bool:
        columns = [*(COMPARED if table == "l0_raw" else ("parents", "lost"))]
        for batch in lake.stream(manifest, columns):
            rows = batch.to_pylist()
            if any(tombstones.withheld(rows)) if table == "l0_raw" else any(rests_on(row, tombstones.claims) for row in rows):
                return True
        return False

    return bool(lake.fact(content_id("takedown", stage, tombstones.digest, manifest.digest), look))


def rests_on(row: Row, claims: frozenset[str]) -> bool:
    """Whether a row of `l4_values` names one of these claims, present or lost."""
    return not claims.isdisjoint((*(row["parents"] or ()), *(row["lost"] or ())))


_READ: dict[str, tuple[tuple[str, ...], Tombstones]] = {}  # root of a lake -> files, and what they hold
