"""Keeps rows out of mixes by what is stated about the documents that they rest on, at any number of steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tierline.lake import Lake, Manifest
from tierline.lineage.inherit import descendants
from tierline.rights.licenses import license_statement
from tierline.rights.rules import RightsTerms
from tierline.rights.statement import Statement, statement_of
from tierline.tables import TABLES
from tierline.tables.spec import STATEMENT

RESERVED, NOT_PERMITTED = "mix:reserved", "mix:not_permitted"
DOCUMENTS, STATEMENTS, BASES = "l1_filtered", "l1_rights", "l4_statements"


@dataclass(frozen=True, slots=True)
class Reserved:
    """Row ids by table with a source that is forbidden, or that lacks what is required, and the tables that say so."""

    forbidden: Mapping[str, set[str]]
    lacking: Mapping[str, set[str]]
    manifests: tuple[Manifest, ...]

    def rules(self, table: str, row_ids: pa.ChunkedArray) -> pa.Array:
        """For each row of a table the rule that keeps it out, or null."""
        marked = [pc.is_in(row_ids, value_set=pa.array(sorted(ids[table]), pa.string())) for ids in (self.forbidden, self.lacking)]
        return pc.case_when(pc.make_struct(*marked), pa.scalar(RESERVED), pa.scalar(NOT_PERMITTED))


def read_reserved(lake: Lake, terms: RightsTerms, tables: Sequence[str]) -> Reserved:
    """From the statements that L1 knew of each document. Of several sources each has to meet the terms. A statement of a knowledge base
    is under the license of its mapping; feedback of people is under their consent, and no terms apply to it."""
    documents, stated = lake.promoted(DOCUMENTS), lake.promoted(STATEMENTS)
    forbid, require = RightsTerms(terms.forbid), RightsTerms((), terms.require)
    forbidden: set[str] = set()
    permitted: set[str] = set()
    for doc_id, statements in _by_document(lake, stated):
        if forbid.refusal(statements):
            forbidden.add(doc_id)
        if require and not require.refusal(statements):
            permitted.add(doc_id)
    lacking = {row_id for row_id in _ids(lake, documents) if row_id not in permitted} if require else set[str]()
    lacking |= _bases(lake, require) if require else set()
    return Reserved(descendants(lake, forbidden, tables), descendants(lake, lacking, tables), (*documents, *stated))


def _by_document(lake: Lake, manifests: Sequence[Manifest]) -> Iterator[tuple[str, list[Statement]]]:
    """Each document of which something is stated, a shard at a time."""
    for manifest in manifests:
        found: dict[str, list[Statement]] = {}
        for row in lake.read_manifest(manifest, ["doc_id", *STATEMENT]).to_pylist():
            found.setdefault(row["doc_id"], []).append(statement_of(row))
        yield from found.items()


def _ids(lake: Lake, manifests: Sequence[Manifest]) -> Iterator[str]:
    for manifest in manifests:
        yield from lake.read_manifest(manifest, ["doc_id"])["doc_id"].to_pylist()


def _bases(lake: Lake, require: RightsTerms) -> set[str]:
    """Statements of knowledge bases whose license is not among those required."""
    key = TABLES[BASES].key

    def lacks(row: Mapping[str, Any]) -> bool:
        said = [license_statement(row["license"], "record")] if row["license"] else []
        return require.refusal(said) is not None

    rows = (row for one in lake.promoted(BASES) for row in lake.read_manifest(one, [key, "license"]).to_pylist())
    return {row[key] for row in rows if lacks(row)}
