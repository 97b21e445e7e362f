"""MinHash signatures of texts, and the keys under which an engine brings near-duplicates together."""

from __future__ import annotations

import hashlib

import pyarrow as pa

from tierline.batch.function import batch_function
from tierline.dedup.minhash import DedupRules, index_keys
from tierline.dedup.minhash import sign as signed
from tierline.tables import TABLES
from tierline.text.words import split_words

_SIGNATURES = TABLES["l1_signatures"].columns
WRITES = pa.schema(
    {name: _SIGNATURES[name] for name in ("text_sha256", "normal_sha256", "signature")} | {"band_keys": pa.list_(pa.uint64())}
)
RULES = DedupRules()


@batch_function(reads=pa.schema({"text": pa.string()}), writes=WRITES)
def sign(batch: pa.Table, rules: DedupRules = RULES) -> pa.Table:
    """The digests and MinHash signature of each text, as in `l1_signatures`, null where there is no text; and `band_keys`: two texts that
    share one of them may be near-duplicates (`DedupRules` says with which probability), so group by them and compare what meets."""
    texts = batch["text"].to_pylist()
    known = [place for place, text in enumerate(texts) if text]
    digests = [hashlib.sha256(texts[place].encode("utf-8", "replace")).hexdigest() for place in known]
    found = signed(split_words([texts[place] for place in known]), digests, rules)
    keys = index_keys(found.minhash, found.normal, rules)
    table = found.table(pa.chunked_array([pa.nulls(len(known), pa.string())]))
    made = table.select(["text_sha256", "normal_sha256", "signature"]).append_column(
        "band_keys", pa.array(list(keys), pa.list_(pa.uint64()))
    )
    rows = {place: row for row, place in enumerate(known)}
    return made.take(pa.array([rows.get(place) for place in range(len(texts))], pa.int64()))
