"""L4's claims of a batch of documents: what their data and text state, each with the exact words that state it."""

from __future__ import annotations

import pyarrow as pa

from tierline.batch.function import batch_function
from tierline.batch.outcomes import each_once, kept_rows
from tierline.knowledge import ClaimRules, extract_claims
from tierline.tables import TABLES

_L2 = TABLES["l2_selected"].columns
WRITES = pa.schema(TABLES["l4_claims"].columns)
NO_PASSAGES = pa.schema(TABLES["l3_refined"].columns).empty_table()
RULES = ClaimRules()


@batch_function(
    reads=pa.schema({"doc_id": _L2["doc_id"], "text": _L2["text"]}),
    may_read=pa.schema(
        {name: kind for name, kind in _L2.items() if name not in ("doc_id", "text", "parents", "embedding")}
        | {"l1_outcome": pa.string(), "l2_outcome": pa.string()}
    ),
    writes=WRITES,
    keeps_rows=False,
)
def claims(batch: pa.Table, rules: ClaimRules = RULES) -> pa.Table:
    """Rows of `l4_claims`, none or many for each document that `filter` and `select` kept, by methods that are proven for their
    predicates. What the titles of a site have in common is told from those in the batch."""
    own = kept_rows(kept_rows(each_once(batch, "claims"), "l1_outcome"), "l2_outcome")
    found = extract_claims(own, NO_PASSAGES, rules).tables["l4_claims"]
    return pa.Table.from_batches(found.to_batches(), WRITES)
