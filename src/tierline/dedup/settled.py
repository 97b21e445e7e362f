"""Whether a shard's L1 still stands beside the earlier shards: runs may end in another order than shards were registered in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tierline.dedup.earlier import COLUMNS, LakeDocuments
from tierline.dedup.minhash import DedupRules, Signatures
from tierline.dedup.resolve import matches_earlier
from tierline.errors import NotPromoted, NotWritten
from tierline.lake import Lake

EARLIER = "l1_signatures/earlier"


def settled(lake: Lake, shard: str, earlier_shards: Sequence[str], rules: DedupRules) -> bool:
    """False where the shard's promoted L1 keeps what an earlier shard keeps now, or gave way to a document that is kept no more.

    Only a shard that was resolved against other states of the earlier shards than those promoted now is looked at closer. One
    that is not promoted, or not written, has nothing to settle. Earlier shards are never changed by the answer.
    """
    try:
        manifest = lake.manifest("l1_filtered", shard)
        signed, signatures = lake.read_promoted("l1_signatures", shard, COLUMNS)
    except (NotWritten, NotPromoted):
        return True
    earlier = LakeDocuments(lake, earlier_shards)
    if manifest.inputs.get(EARLIER) == earlier.inputs.get(EARLIER) or signatures.activity_id != manifest.activity_id:
        return True
    return not _gave_way_to_nothing(lake, shard) and not _repeats(lake, shard, signed.to_pylist(), earlier, rules)


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


def _repeats(lake: Lake, shard: str, rows: list[dict[str, object]], earlier: LakeDocuments, rules: DedupRules) -> bool:
    ids = [str(row["doc_id"]) for row in rows]
    minhash = np.array([np.frombuffer(row["signature"], "<u4") for row in rows], np.uint32).reshape(len(rows), -1)  # pyright: ignore
    if len(rows) and minhash.shape[1] != rules.permutations:
        return False  # the recipe has changed since; only a new run can compare
    signed = Signatures(minhash, [str(row["text_sha256"]) for row in rows], [str(row["normal_sha256"]) for row in rows])
    documents = lake.read_promoted("l1_filtered", shard, ["doc_id"])[1]

    def texts(positions: Sequence[int]) -> list[str]:
        wanted = sorted({ids[position] for position in positions})
        found = dict(lake.pick(documents, "doc_id", wanted, "text"))
        return [found[ids[position]] for position in positions]

    return bool(len(rows) and matches_earlier(signed, texts, earlier, rules))
