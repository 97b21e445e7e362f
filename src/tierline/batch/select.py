"""L2's thresholds on a batch of scored documents: the SQL that the pipeline runs, without its comparison with other documents."""

from __future__ import annotations

import pyarrow as pa

from tierline.batch.function import batch_function
from tierline.batch.outcomes import SAID, each_once, kept_rows, outcome_columns
from tierline.selection.rules import SelectRules
from tierline.sql import bundled_model, source_schema
from tierline.tables import TABLES

MART = "l2_selection"
_L1, _SCORES = TABLES["l1_filtered"].columns, TABLES["l2_scores"].columns
_SCORED = ("usefulness", "student", "perplexity", "toxicity", "injection_spans")
RULES = SelectRules()


@batch_function(
    reads=pa.schema({"doc_id": _L1["doc_id"], "usefulness": _SCORES["usefulness"]}),
    may_read=pa.schema(
        {name: _L1[name] for name in ("lane", "language", "tokens", "domain")}
        | {name: _SCORES[name] for name in _SCORED if name != "usefulness"}
        | {"l1_outcome": pa.string()}
    ),
    writes=outcome_columns("l2"),
)
def select(batch: pa.Table, rules: SelectRules = RULES) -> pa.Table:
    """`l2_outcome` by marts/l2_selection.sql: `kept`, `dropped` with the threshold that it misses, or `quarantined` where a text addresses
    its judge; null for rows that `filter` did not keep. Leaked benchmark questions and documents of one meaning are not looked for."""
    own = kept_rows(each_once(batch, "select"), "l1_outcome")
    apply = bundled_model(MART, tuple(rules.variables.items()))
    found = apply({"l1_filtered": _as_stored(own, "l1_filtered"), "l2_scores": _as_stored(own, "l2_scores")})
    said = {row["doc_id"]: row for row in found.to_pylist()}
    rows = [{f"l2_{name}": said.get(doc_id, {}).get(name) for name in SAID} for doc_id in batch["doc_id"].to_pylist()]
    return pa.Table.from_pylist(rows, schema=outcome_columns("l2"))


def _as_stored(rows: pa.Table, table: str) -> pa.Table:
    schema = source_schema(table)
    columns = {field.name: rows[field.name] if field.name in rows.column_names else pa.nulls(len(rows), field.type) for field in schema}
    return pa.table(columns).cast(schema)
