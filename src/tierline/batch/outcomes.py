"""The columns by which a function says what became of each row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tierline.errors import BadInput
from tierline.tables import DECISION_COLUMNS

SAID = ("outcome", "rule", "value", "threshold", "detail")


def outcome_columns(tier: str) -> pa.Schema:
    """`l1_outcome`, `l1_rule` and so on: `kept`, `dropped`, `quarantined` or `error`; the rule that decided against the row, null for one
    that is kept; its value and threshold."""
    return pa.schema({f"{tier}_{name}": DECISION_COLUMNS[name] for name in SAID})


def decided(tier: str, decision: Mapping[str, Any]) -> dict[str, Any]:
    """A decision in these columns."""
    return {f"{tier}_{name}": decision.get(name) for name in SAID}


def kept_rows(batch: pa.Table, outcome: str) -> pa.Table:
    """The rows that an earlier function kept; all where it did not run."""
    return batch.filter(pc.equal(pc.fill_null(batch[outcome], "kept"), "kept"))


def each_once(batch: pa.Table, name: str) -> pa.Table:
    """The first row of each id: copies of one page have one id, and what is found of one holds for all. BadInput if an id is null, or if
    rows with the same id differ in what is read."""
    ids = batch["doc_id"].to_pylist()
    if None in ids:
        raise BadInput("doc_id is null in a row", name, "give every document an id")
    places: dict[str, int] = {}
    for row, doc_id in enumerate(ids):
        first = places.setdefault(doc_id, row)
        if first < row and batch.slice(first, 1).to_pylist() != batch.slice(row, 1).to_pylist():
            raise BadInput(f"doc_id {doc_id!r} comes twice, and the rows differ", name, "ids of documents are unique")
    return batch if len(places) == len(ids) else batch.take(pa.array(places.values(), pa.int64()))
