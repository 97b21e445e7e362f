"""What people decided about documents, in place of what the thresholds and the judges of L2 did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from tierline.lake.reviews import DROP, Settlements

# A person may overrule an opinion, but not make a copy of a benchmark harmless, nor select what has no scores. Toxic text would have the
# gate refuse its whole shard: there the threshold is to be changed.
FIXED = ("l2:contaminated", "l2:not_scored", "l2:toxic")


def with_reviews(selection: pa.Table, documents: pa.Table, reviews: Settlements) -> pa.Table:
    """The rows of the mart (doc_id, outcome, rule, value, threshold) with a column `detail`: documents (doc_id, text_sha256) of which
    reviews settled whether they are kept have the review as their rule."""
    digests = dict(zip(documents["doc_id"].to_pylist(), documents["text_sha256"].to_pylist(), strict=True)) if len(reviews) else {}
    schema = selection.schema.append(pa.field("detail", pa.string()))
    return pa.Table.from_pylist([_decided(row, digests.get(row["doc_id"]), reviews) for row in selection.to_pylist()], schema=schema)


def _decided(row: Mapping[str, Any], digest: str | None, reviews: Settlements) -> dict[str, Any]:
    found = reviews.on(row["doc_id"], digest)
    if found is None or row["rule"] in FIXED:
        return {**row, "detail": None}
    outcome = "dropped" if found.verdict == DROP else "kept"
    return {**row, "outcome": outcome, **found.named, "value": None, "threshold": None}
