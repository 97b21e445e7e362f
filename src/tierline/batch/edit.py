"""L3's operations on a batch of documents: proposed by rules, each decided by its verifier, the rest of the text byte for byte."""

from __future__ import annotations

from functools import partial
from typing import Any

import pyarrow as pa

from tierline.batch.function import batch_function
from tierline.batch.outcomes import decided, each_once, outcome_columns
from tierline.operations.document import Document
from tierline.operations.edited import Edited
from tierline.operations.edited import edit as edited
from tierline.operations.refine import as_document
from tierline.operations.rules import OperationRules
from tierline.tables import TABLES
from tierline.text.prose import DATA
from tierline.text.tokens import count_tokens
from tierline.unforeseen import Lost, held

_L2, _OPERATIONS = TABLES["l2_selected"].columns, TABLES["l3_operations"].columns
_SAID = ("kind", "start", "end", "original", "replacement", "why", "proposer")
OPERATION = pa.struct([pa.field(name, _OPERATIONS[name]) for name in _SAID])
WRITES = pa.schema(
    [
        *((name, _L2[name]) for name in ("text", "tokens")),
        pa.field("source_text", _L2["text"]),
        pa.field("operations", pa.list_(OPERATION)),
        *outcome_columns("l3"),
    ]
)
RULES = OperationRules()


@batch_function(
    reads=pa.schema({"doc_id": _L2["doc_id"], "text": _L2["text"]}),
    may_read=pa.schema(
        {name: _L2[name] for name in ("language", "url", "title", "headings", "lane", "tokens")}
        | {"l1_outcome": pa.string(), "l2_outcome": pa.string()}
    ),
    writes=WRITES,
)
def edit(batch: pa.Table, rules: OperationRules = RULES) -> pa.Table:
    """`l3_outcome`: `kept` where accepted operations changed the document (`operations` lists them, by their place in `source_text`),
    otherwise `dropped` with the reason, and the text as it was; null for rows that `filter` or `select` did not keep.

    No language model is asked: those operations alone are proposed that rules and the classifier of noise lines find.
    """
    rows = batch.to_pylist()
    own = [
        row
        for row in each_once(batch, "edit").to_pylist()
        if row["text"] and all(row[f"{tier}_outcome"] in (None, "kept") for tier in ("l1", "l2"))
    ]
    documents = [as_document(row) for row in own if row["lane"] != DATA]
    found: dict[str, dict[str, Any]] = {}
    for some in held(partial(edited, rules=rules), documents):
        if isinstance(some, Lost):
            found[some.rows[0].doc_id] = decided("l3", some.outcome)
            continue
        found |= {one.document.doc_id: _columns(one, rules) for one in some}
    unedited = {row["doc_id"]: decided("l3", {"outcome": "dropped", "rule": "operations:data"}) for row in own if row["lane"] == DATA}
    texts = [{"text": row["text"], "tokens": row["tokens"]} | (unedited | found).get(row["doc_id"], {}) for row in rows]
    changed = [row for row in texts if row.get("operations")]
    for row, tokens in zip(changed, count_tokens([row["text"] for row in changed]).to_pylist(), strict=True):
        row["tokens"] = tokens
    return pa.Table.from_pylist(texts, schema=WRITES)


def _columns(one: Edited, rules: OperationRules) -> dict[str, Any]:
    if refusal := one.refusal(rules):
        return decided("l3", {"outcome": "dropped", "rule": refusal})
    document: Document = one.document
    operations = [
        {
            "kind": str(each.kind), "start": each.start, "end": each.end, "original": each.original(document),
            "replacement": each.replacement, "why": each.reason, "proposer": each.proposer,
        }
        for each in one.accepted
    ]  # fmt: skip
    return {"text": one.assembled.text, "source_text": document.text, "operations": operations} | decided("l3", {"outcome": "kept"})
