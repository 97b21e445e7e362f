"""Checks whether each shard's L1 still agrees with the prior shards, since runs may end in another order than registration."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from tierline.dedup.minhash import DedupRules, Signatures, digest_bytes
from tierline.dedup.prior_shards import EARLIER, LakeDocuments, PriorStates
from tierline.dedup.resolve import repeats_earlier
from tierline.dedup.stored import SignatureFile
from tierline.errors import NotPromoted, NotWritten
from tierline.lake import Lake, Manifest
from tierline.lake.activity import canonical_json
from tierline.tables import content_id


def unreconciled(lake: Lake, shards: Sequence[str], rules: DedupRules) -> list[str]:
    """Those of `shards` (all, in order of registration) whose promoted L1 does not agree with the prior shards.

    Such a shard keeps a document that a prior one keeps now, or dropped one in favor of a document that is no longer kept.
    Only shards resolved against other states of the prior shards than those promoted now are examined. A shard that is not promoted has
    nothing to reconcile and does not count as a prior shard.
    """
    promoted = {documents.shard: (signatures, documents) for signatures, documents in lake.promoted_pairs("l1_signatures", "l1_filtered")}
    before = PriorStates()
    chain, found = canonical_json(rules), list[str]()
    all_documents = cache(lambda: LakeDocuments(lake, shards))
    for shard in shards:
        if shard not in promoted:
            continue
        signatures, documents = promoted[shard]

        def stands(shard: str = shard, signatures: Manifest = signatures, documents: Manifest = documents) -> bool:
            recorded = {name: digest for name, digest in documents.inputs.items() if name == EARLIER}
            if recorded == before.inputs:
                return True
            earlier = all_documents().before(shard)
            return not _gave_way_to_nothing(lake, shard) and not _repeats(lake, signatures, documents, earlier, rules)

        # Each state of a shard is looked at once beside the states before it, which `chain` stands for.
        chain = content_id("chain", chain, shard, signatures.stage_digest, documents.activity_id)
        if not lake.fact(chain, stands):
            found.append(shard)
        before.add(signatures)
    return found


def _gave_way_to_nothing(lake: Lake, shard: str) -> bool:
    removed = lake.read_promoted("l1_duplicates", shard, ["kept_doc_id", "kept_shard"])[0].to_pylist()
    named: dict[str, set[str]] = {}
    for row in removed:
        if row["kept_shard"]:
            named.setdefault(row["kept_shard"], set()).add(row["kept_doc_id"])
    for other, ids in named.items():
        try:
            kept = lake.read_promoted("l1_signatures", other, ["doc_id"])[0]["doc_id"].to_pylist()
        except (NotWritten, NotPromoted):
            return True
        if not ids <= set(kept):
            return True
    return False


def _repeats(lake: Lake, signatures: Manifest, documents: Manifest, earlier: LakeDocuments, rules: DedupRules) -> bool:
    signed = SignatureFile(rules)
    for rows in lake.stream(signatures, ["text_sha256", "normal_sha256", "signature"]):
        minhash = np.frombuffer(b"".join(rows.column("signature").to_pylist()), "<u4")
        if len(minhash) != rows.num_rows * rules.permutations:
            return False  # signed by another recipe: only a new run can compare
        digests = [digest_bytes(rows.column(name).to_pylist()) for name in ("text_sha256", "normal_sha256")]
        signed.append(Signatures(minhash.reshape(rows.num_rows, rules.permutations), *digests))

    def texts(positions: Sequence[int]) -> list[str]:
        ordered = sorted(positions)  # of either table: both hold the same documents in the same order
        found = dict(zip(ordered, lake.pick(documents, ordered, "text"), strict=True))
        return [found[position] for position in positions]

    return repeats_earlier(signed, texts, earlier, rules)
