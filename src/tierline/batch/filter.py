"""L1's rules on a batch of documents: cleaned, measured, judged and without personal data; nothing is compared with other documents."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import pyarrow as pa

from tierline.batch.function import as_table, batch_function
from tierline.batch.outcomes import decided, each_once, outcome_columns
from tierline.errors import BadInput
from tierline.filters import BoilerplateRules, FilterRules
from tierline.filters.batch import clean, filter_batch
from tierline.filters.boilerplate import NO_LINES, DomainLines, RepeatedLines
from tierline.filters.rights import Rights
from tierline.rights.rules import RightsRules
from tierline.tables import TABLES
from tierline.unforeseen import Lost, held

_L0, _L1 = TABLES["l0_raw"].columns, TABLES["l1_filtered"].columns
_REPLACED = ("text", "structured_data", "headings")  # by their cleaned and redacted forms
DOCUMENT = pa.schema({name: kind for name, kind in _L1.items() if name in _REPLACED or (name not in _L0 and name != "parents")})
_OF_SIGNALS = ("language", "language_confidence", "tokens")  # known of dropped documents too
_MEASURED = [pa.field(name, kind) for name, kind in TABLES["l1_signals"].columns.items() if name not in (*_L1, "doc_id")]
WRITES = pa.schema([*DOCUMENT, *outcome_columns("l1"), pa.field("l1_signals", pa.struct(_MEASURED))])
RULES, BOILERPLATE, RIGHTS = FilterRules(), BoilerplateRules(), RightsRules()


@batch_function(
    reads=pa.schema({"doc_id": _L0["doc_id"], "text": _L0["text"]}),
    may_read=pa.schema({name: kind for name, kind in _L0.items() if name not in ("doc_id", "text")}),
    writes=WRITES,
)
def filter(batch: pa.Table, rules: FilterRules = RULES, repeated: RepeatedLines = NO_LINES, rights: RightsRules = RIGHTS) -> pa.Table:
    """Each document's language, tokens and signals, and by the rules of `FilterRules` its `l1_outcome`: `kept`, or `dropped` with the first
    rule that it breaks, the value and the threshold.

    The text of a kept document is the cleaned one without personal data; that of others stays as it was. A row without a text, or
    with a `status` that is not `ok`, is dropped as such. `repeated` are lines that sites repeat (`repeated_lines`);
    `rights` says which statements of the row's own page and response (`rights`) keep it out: reservations, by default.
    """
    own = each_once(batch, "filter")
    status = ["ok" if said == "ok" or (said is None and text) else said or "empty" for said, text in _states(own)]
    rows = own.set_column(own.schema.get_field_index("status"), "status", pa.array(status, pa.string()))
    documents: dict[str, dict[str, Any]] = {}
    signals: dict[str, dict[str, Any]] = {}
    decisions: dict[str, dict[str, Any]] = {}
    for found in held(partial(filter_batch, rules=rules, repeated=repeated, rights=Rights(rights)), rows):
        if isinstance(found, Lost):
            one = found.decision("doc_id")
            decisions[one["row_id"]] = one
            continue
        documents |= {row["doc_id"]: row for row in found.documents.to_pylist()}
        signals |= {row["doc_id"]: row for row in found.signals.to_pylist()}
        decisions |= {row["row_id"]: row for row in found.decisions}
    return pa.Table.from_pylist(
        [
            {name: row[name] for name in _REPLACED}
            | {name: signals.get(doc_id, {}).get(name) for name in _OF_SIGNALS}
            | documents.get(doc_id, {})
            | decided("l1", decisions.get(doc_id, {"outcome": "kept"}))
            | {"l1_signals": signals.get(doc_id)}
            for doc_id, row in zip(batch["doc_id"].to_pylist(), batch.select([*_REPLACED]).to_pylist(), strict=True)
        ],
        schema=WRITES,
    )


def repeated_lines(batches: Iterable[Any], rules: BoilerplateRules = BOILERPLATE) -> RepeatedLines:
    """The lines that sites repeat over all of these documents (columns `text` and `domain`), for `filter`: they can be handed to other
    processes. Memory is bounded: what is counted waits on disk."""
    lines = DomainLines(rules)
    for batch in batches:
        rows = as_table(batch, "repeated_lines")
        if missing := {"text", "domain"} - set(rows.column_names):
            raise BadInput(f"the column {min(missing)!r} is missing", "repeated_lines", "it reads text and domain")
        known = [(text, domain) for text, domain in zip(rows["text"].to_pylist(), rows["domain"].to_pylist(), strict=True) if text]
        lines.add([clean(text) for text, _ in known], [domain for _, domain in known])
    return lines.repeated()


def _states(batch: pa.Table) -> Iterable[tuple[str | None, str | None]]:
    return zip(batch["status"].to_pylist(), batch["text"].to_pylist(), strict=True)
