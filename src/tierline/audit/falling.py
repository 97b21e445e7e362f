"""Which facts would fall if their reached evidence went, and which would stand: verified again where that is cheap, else counted."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

from tierline.descent.walk import Reach
from tierline.lake import WHOLE_LAKE, Lake
from tierline.sql import readable
from tierline.tables import TABLES

VERIFIED_CLAIMS = 3_000  # of the things whose facts are reached; more are counted: verification takes about a millisecond for each
STAGE, EVIDENCE = "l4_facts", "l4_sources"
SOURCES_MIN = "independent_sources_min"


@dataclass(frozen=True, slots=True)
class FactAfter:
    """A fact that rests on what is selected. `sources_left` are the independent ones that would still state it, of those that do."""

    fact_id: str
    text: str
    sources: int
    sources_left: int
    stands: bool


@dataclass(frozen=True, slots=True)
class FactsAfter:
    """Every reached fact, those that would fall first. `judged`: whether what would be left was verified again, or its sources counted,
    which takes no account of contradictions and of sources that the lost ones had joined."""

    facts: tuple[FactAfter, ...]
    needed: int
    judged: Literal["verified again", "counted"]

    @property
    def falling(self) -> int:
        """How many would fall."""
        return sum(not fact.stands for fact in self.facts)


def facts_after(lake: Lake, reach: Reach) -> FactsAfter | None:
    """What would become of the reached facts; None if none is."""
    if STAGE not in reach.tables:
        return None
    activity = lake.activity(STAGE, WHOLE_LAKE) or {}
    needed = sources_needed(activity.get("parameters") or "[]")
    with readable(lake.root):
        _view_evidence_left(lake, reach)
        rows = _counted(reach, needed)
        claims = _claims_of_things(lake, reach)
        kept = None if claims is None else _verified(lake, claims, needed)
        if kept is not None:
            left = reach.database.sql("select fact_id, coalesce(claim_id, statement_id) as id from evidence_left").fetchall()
            standing = {fact for fact, evidence in left if evidence in kept}
            rows = [(*row[:4], row[0] in standing) for row in rows]
    found = [FactAfter(*row) for row in rows]
    return FactsAfter(
        tuple(sorted(found, key=lambda one: (one.stands, one.fact_id))), needed, "counted" if kept is None else "verified again"
    )


def sources_needed(parameters: str) -> int:
    """How many independent sources a fact needed when the facts were verified, by the activity's parameters."""

    def values(found: Any) -> Iterable[int]:
        items = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
        for name, value in items:
            if name == SOURCES_MIN and isinstance(value, int):
                yield value
            yield from values(value)

    return next(iter(values(json.loads(parameters))), 2)


def _view_evidence_left(lake: Lake, reach: Reach) -> None:
    """`evidence_left`: the evidence of reached facts that is not reached itself."""
    reach.view(STAGE, EVIDENCE)
    taken = f'and source_id not in (select row_id from "reach_{EVIDENCE}")' if EVIDENCE in reach.tables else ""
    columns = "fact_id, claim_id, statement_id, source"
    query = f'select {columns} from "{EVIDENCE}" where fact_id in (select row_id from "reach_{STAGE}") {taken}'
    reach.database.execute(f"create temp table evidence_left as {query}")


def _counted(reach: Reach, needed: int) -> list[tuple[str, str, int, int, bool]]:
    """Fields of FactAfter: a fact stands if enough sources are left, or a statement of a base for which somebody vouched."""
    query = f"""
        with still as (
            select fact_id, count(distinct source) as sources, count(statement_id) as statements from evidence_left group by fact_id
        )
        select fact.fact_id, fact.text, fact.independent_sources, coalesce(least(still.sources, fact.independent_sources), 0),
               coalesce(still.sources >= {needed} or (fact.vouched_by is not null and still.statements > 0), false)
        from "{STAGE}" as fact semi join "reach_{STAGE}" as reached on reached.row_id = fact.fact_id
        left join still on still.fact_id = fact.fact_id
    """
    return [(row[0], row[1] or "", row[2] or 0, row[3], row[4]) for row in reach.database.sql(query).fetchall()]


def _claims_of_things(lake: Lake, reach: Reach) -> tuple[pa.Table, pa.Table] | None:
    """The claims and statements left about every thing of which a fact is reached; None if they are many or hold no values."""
    database, things = reach.database, f'select entity from "{STAGE}" where fact_id in (select row_id from "reach_{STAGE}")'
    if "l4_values" not in reach.tables:
        return None
    reach.view("l4_values")
    database.execute(f"create temp table near as select distinct unnest(parents) as id from l4_values where entity in ({things})")
    if database.sql("select count(*) from near").fetchall()[0][0] > VERIFIED_CLAIMS:
        return None
    return _left(lake, reach, "l4_claims"), _left(lake, reach, "l4_statements")


def _left(lake: Lake, reach: Reach, table: str) -> pa.Table:
    reach.view(table)
    key = TABLES[table].key
    taken = f'and "{key}" not in (select row_id from "reach_{table}")' if table in reach.tables else ""
    promoted = ", ".join("'" + one.shard.replace("'", "''") + "'" for one in lake.promoted(table)) or "''"
    query = f'select * from "{table}" where "{key}" in (select id from near) and shard in ({promoted}) {taken} order by "{key}"'
    return reach.database.sql(query).to_arrow_table().cast(TABLES[table].schema)


def _verified(lake: Lake, claims: tuple[pa.Table, pa.Table], needed: int) -> set[str] | None:
    """The claims and statements that still are the evidence of a fact; None where verification is not installed."""
    try:
        from tierline.knowledge import FactRules, verify_facts
        from tierline.lake.reviews import settlements
    except ModuleNotFoundError:  # an extra: reading a lake needs none
        return None
    result = verify_facts(claims[0], FactRules(needed), claims[1], reviews=settlements(lake, STAGE, WHOLE_LAKE))
    facts = (
        pa.table(result.tables[STAGE])
        if isinstance(result.tables[STAGE], pa.Table)
        else pa.Table.from_batches(result.tables[STAGE].to_batches())
    )
    return {claim for parents in facts["parents"].to_pylist() for claim in parents}
