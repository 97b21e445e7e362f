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


def unique_ids(batch: pa.Table, name: str) -> list[str]:
    """The ids of a batch's rows. BadInput if one is null or comes twice."""
    ids = batch["doc_id"].to_pylist()
    if None in ids:
        raise BadInput("doc_id is null in a row", name, "give every document an id")
    if len(set(ids)) < len(ids):
        seen: set[str] = set()
        twice = next(one for one in ids if one in seen or seen.add(one))
        raise BadInput(f"doc_id {twice!r} comes twice", name, "ids of documents are unique")
    return ids
