"""Finds a row by its id and follows its parents, tier by tier, down to the crawl file's bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from tierline.errors import BadInput
from tierline.lake import WHOLE_LAKE, Lake, Manifest
from tierline.lake.row_places import RowPlaces
from tierline.sql import readable, view_rows
from tierline.stages import PREFIX_TABLES, STAGES, stage_of
from tierline.tables import TABLES
from tierline.tables.records import DECISIONS


@dataclass(frozen=True, slots=True)
class Node:
    """A row and its parents. `row` lacks vectors; an L0 row has no parents: its address is in the row.

    `contamination` of an L1 row are its matches with benchmarks; rows made from it inherit its leaks. `decisions` of the traced row are
    those of the stages after it that did not keep it: rows of DECISIONS. `rights` of an L0 row are what its own record and its site state
    of its use: rows with the columns of a statement.
    """

    table: str
    row_id: str
    row: dict[str, Any]
    activity: dict[str, Any]
    parents: tuple[Node, ...]
    contamination: tuple[dict[str, Any], ...] = ()
    decisions: tuple[dict[str, Any], ...] = ()
    rights: tuple[dict[str, Any], ...] = ()

    @property
    def shard(self) -> str:
        """The row's shard."""
        return str(self.row["shard"])

    @property
    def leaks(self) -> list[dict[str, Any]]:
        """Benchmark items copied by the row or by an ancestor of it, each match once."""
        found = {match["match_id"]: match for node in self.walk() for match in node.contamination if match["verdict"] == "leak"}
        return list(found.values())

    def walk(self) -> Iterator[Node]:
        """This node and every ancestor, depth first, a shared one as often as it is reached."""
        yield self
        for parent in self.parents:
            yield from parent.walk()


def trace(lake: Lake, row_id: str, of: str = "", near: str = "") -> Node:
    """The row with this id as the promoted tables hold it, and all its ancestors. BadInput if there is none, with who refused it.

    `of` names its table, where several hold rows with the id; it is looked for in the shard `near` first."""
    rows = _Rows(lake)
    for table in (of,) if of else PREFIX_TABLES.get(row_id.split("_", 1)[0], ()):
        if rows.find(table, row_id, near) is not None:
            found = _node(rows, table, row_id, {})
            return replace(found, decisions=tuple(rows.decisions(row_id, (found.shard, WHOLE_LAKE))))
    refused = rows.decisions(row_id, [shard for _, shard in rows.activities()])
    prefixes = ", ".join(f"{prefix}_" for prefix in PREFIX_TABLES)
    why = "; ".join(map(": ".join, map(told, refused)))
    raise BadInput("no promoted row has this id", row_id, why or f"ids begin with {prefixes}; `tierline sql l4_fact_sources` lists facts")


def trace_all(lake: Lake, row_ids: Iterable[str]) -> list[Node]:
    """The traces of the promoted rows among these; others, and those that have lost a parent, are passed over."""
    found: list[Node] = []
    known: dict[tuple[str, str], Node] = {}
    rows = _Rows(lake)
    for row_id in row_ids:
        tables = PREFIX_TABLES.get(row_id.split("_", 1)[0], ())
        table = next((table for table in tables if rows.find(table, row_id) is not None), None)
        with suppress(BadInput):
            found += [_node(rows, table, row_id, known)] if table else []
    return found


def told(decision: Mapping[str, Any]) -> tuple[str, str]:
    """(who decided, what by which rule and value) of a row that was not kept, in one line."""
    numbers = [f", {name} {decision[name]:.6g}" for name in ("value", "threshold") if decision[name] is not None]
    by = f" by {decision['rule']}" if decision["rule"] else ""
    detail = f"; {decision['detail']}" if decision["detail"] else ""
    return decision["stage"], f"{decision['outcome']}{by}{''.join(numbers)}{detail}"


def _node(rows: _Rows, table: str, row_id: str, known: dict[tuple[str, str], Node], near: str = "") -> Node:
    if (table, row_id) in known:
        return known[table, row_id]
    row = rows.find(table, row_id, near)
    if row is None:
        raise BadInput(f"a parent in {table} is not promoted any more", row_id, "run the stages after it again, or `tierline verify`")
    near = str(row["shard"] if stage_of(table).per_shard else row.get("source_shard") or "")
    named = parents_of(table, row)
    if len(named) > 1:
        rows.fetch(named, near)
    parents = tuple(_node(rows, parent_table, parent, known, near) for parent_table, parent in named)
    shard = str(row["shard"])
    matches = tuple(rows.of_document("l1_contamination", row_id, shard)) if table == "l1_filtered" else ()
    rights = (*(row["rights"] or ()), *rows.of_site(row_id, shard)) if table == "l0_raw" else ()
    known[table, row_id] = Node(table, row_id, row, rows.activity(table, shard), parents, matches, rights=rights)
    return known[table, row_id]


def parents_of(table: str, row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(table, id) of each parent: the row's own table of parents where it names one, else the stage's."""
    declared = stage_of(table).parents
    if "parents" not in row:  # a side table names one row of its stage's parents by that row's key
        return [(parent, str(row[TABLES[parent].key])) for parent in declared if row[TABLES[parent].key] is not None]
    named = row.get("parent_table") or row.get("source_table")
    return [(str(named or _table_of(str(parent), declared)), str(parent)) for parent in row["parents"] or ()] if declared else []


def _table_of(row_id: str, declared: tuple[str, ...]) -> str:
    """Which of the tables holds a row: the one whose ids begin so, else the first."""
    prefix = row_id.partition("_")[0]
    return next((table for table in declared if TABLES[table].id_prefix == prefix), declared[0])


class _Rows:
    """Looks single rows up in the promoted files, each by its place (`tierline.lake.row_places`)."""

    def __init__(self, lake: Lake) -> None:
        self._lake, self._places = lake, RowPlaces(lake)
        self._promoted: dict[str, list[Manifest]] = {}
        self._fetched: dict[tuple[str, str], dict[str, Any]] = {}
        self._activities: dict[tuple[str, str], dict[str, Any]] = {}

    def find(self, table: str, row_id: str, near: str = "") -> dict[str, Any] | None:
        """The row without vectors, or None; looked for in the shard `near` first."""
        if (table, row_id) not in self._fetched:
            self.fetch([(table, row_id)], near)
        return self._fetched.get((table, row_id))

    def fetch(self, named: Iterable[tuple[str, str]], near: str) -> None:
        """Read the rows of these (table, id) pairs, those of a row group at once, so that `find` has them."""
        wanted: dict[str, list[str]] = {}
        for table, row_id in named:
            wanted.setdefault(table, []).append(row_id)
        for table, ids in wanted.items():
            promoted = self._present(table)
            for manifests in ([one for one in promoted if one.shard == near], promoted):
                missing = {row_id for row_id in ids if (table, row_id) not in self._fetched}
                if missing and manifests:
                    self._fetched |= {(table, row[TABLES[table].key]): row for row in self._read(manifests, missing)}

    def of_document(self, table: str, doc_id: str, shard: str) -> list[dict[str, Any]]:
        """The rows of a document's shard that name the document, in the order of their keys."""
        manifests = [one for one in self._present(table) if one.shard == shard and one.rows]
        parts = [self._lake.delta.dataset(table, one.files, TABLES[table].schema) for one in manifests]
        found = [row for part in parts for row in part.to_table(filter=ds.field("doc_id") == doc_id).to_pylist()]
        return sorted(found, key=lambda row: row[TABLES[table].key])

    def of_site(self, doc_id: str, shard: str) -> list[dict[str, Any]]:
        """What a document's site states of it, as L1 knew it."""
        return [row for row in self.of_document("l1_rights", doc_id, shard) if row["stated_by"]]

    def _present(self, table: str) -> list[Manifest]:
        if table not in self._promoted:
            self._promoted[table] = self._lake.promoted(table)
        return self._promoted[table]

    def _read(self, manifests: list[Manifest], ids: set[str]) -> Iterator[dict[str, Any]]:
        """Rows with one of the ids, without vectors."""
        spec = TABLES[manifests[0].table]
        columns = pa.schema([field for field in spec.schema if field.name != "embedding"])
        for manifest, places in self._places.find(manifests, ids):
            for part in self._lake.delta.take(manifest.table, manifest.files, places, columns):
                yield from (row for row in part.to_pylist() if row[spec.key] in ids)

    def decisions(self, row_id: str, shards: Iterable[str]) -> list[dict[str, Any]]:
        """What was decided on a row by the ledgers of these shards that did not keep it, in graph order."""
        ledgers = [ledger for stage in STAGES for ledger in (stage.name, *stage.ledgers)]
        files = [file for shard in dict.fromkeys(shards) for ledger in ledgers for file in self._lake.ledger_files(ledger, shard)]
        with duckdb.connect() as database, readable(self._lake.root):
            view_rows(database, "decisions", self._lake, "decisions", files, DECISIONS)
            query = "select * from decisions where row_id = ? and outcome <> 'kept'"
            found = database.sql(query, params=[row_id]).to_arrow_table().to_pylist()
        return sorted(found, key=lambda row: ledgers.index(row["stage"]))

    def activities(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The newest activity of every stage and shard."""
        if not self._activities:
            self._activities = {(row["stage"], row["shard"]): row for row in self._lake.activities().to_pylist()}
        return self._activities

    def activity(self, table: str, shard: str) -> dict[str, Any]:
        """The activity that wrote the rows of this shard."""
        return self._lake.activity(TABLES[table].stage, shard) or {}
