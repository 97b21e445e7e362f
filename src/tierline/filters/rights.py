"""Gathers what is stated about each document and drops those that the recipe does not let through: the first step of L1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from tierline.rights.rules import RightsRules
from tierline.rights.site_files import SiteFiles
from tierline.rights.statement import Statement, statement_of
from tierline.tables import TABLES, content_id

SCHEMA = pa.schema(TABLES["l1_rights"].columns)


@dataclass(frozen=True, slots=True)
class Rights:
    """The recipe's rules, and the files of the sites that a shard's documents are from."""

    rules: RightsRules = field(default_factory=lambda: RightsRules(forbid=()))
    sites: SiteFiles = field(default_factory=SiteFiles)

    def of(self, row: Mapping[str, Any]) -> list[Statement]:
        """All that is stated about a row of `l0_raw`: by itself, to everybody or to a crawler that the recipe names, and by its site."""
        own = [statement_of(one) for one in row["rights"] or ()]
        return [*filter(self.rules.addresses, own), *self.sites.statements(row["url"], row["fetched_at"])]

    def decision(self, row: Mapping[str, Any], statements: list[Statement]) -> dict[str, Any] | None:
        """The decision on a document that is not let through; None for any other."""
        refusal = self.rules.terms.refusal(statements)
        if refusal is None:
            return None
        said = refusal.statement
        reason = {"detail": str(said), "related_id": said.stated_by} if said else {"detail": "no required license is stated"}
        return {"row_id": row["doc_id"], "outcome": "dropped", "rule": refusal.rule} | reason


def rights_table(stated: Iterable[tuple[Mapping[str, Any], list[Statement]]]) -> pa.Table:
    """Rows of `l1_rights` from (row of `l0_raw`, its statements)."""
    rows = (
        one.row() | {"statement_id": _id(row["doc_id"], one), "doc_id": row["doc_id"], "domain": row["domain"]}
        for row, statements in stated
        for one in statements
    )
    return pa.Table.from_pylist(list({row["statement_id"]: row for row in rows}.values()), schema=SCHEMA)


def _id(doc_id: str, statement: Statement) -> str:
    said = (statement.kind, statement.value or "", statement.agent, statement.stated_in, statement.stated_by or "")
    return content_id("rgt", doc_id, *said)
