"""The walk forward: from selected rows to every row of every table that was made from them, in DuckDB, whose memory is bounded.

A row descends from another one if it names it among its `parents`, or among those that it has `lost`; a row of a side table if it names
the row's id in the column of that name; and a document's row if a row about the same document decided it, as its scores decide whether it
is selected. Tables are taken in graph order, so that each is read once, and of tables of single shards only shards in which a parent was
reached. Rows count whether they are promoted or not: what is refused is there all the same.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from tierline.descent.selection import Selection, nothing_selected, selected, view_manifests, view_present
from tierline.lake import Lake, Manifest
from tierline.sql import readable
from tierline.stages import STAGES, stage_of
from tierline.tables import TABLES

MEMORY = "1GB"  # of DuckDB; what needs more waits on disk
BATCH_ROWS = 1 << 16
NAMED = ("parent_table", "source_table")  # columns in which a row names the table of its parents
LISTS = ("parents", "lost")  # columns that name the rows that a row was made from, and those that it was made from once
REACHED = pa.schema([("row_id", pa.string()), ("shard", pa.string()), ("tokens", pa.int64())])


@dataclass(frozen=True, slots=True)
class Count:
    """Rows of a table that descend from the selection, with their tokens (0 where the table counts none); `promoted` rows may be read."""

    table: str
    rows: int
    tokens: int
    promoted: int
    shards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """What descends from a selection. Each table reached has a relation `reach_<table>` in `database` (REACHED, and `doc_id` where the
    table has one). Open only within `walk`. `selection` is None where rows were named."""

    lake: Lake
    selection: Selection | None
    database: duckdb.DuckDBPyConnection
    tables: tuple[str, ...]

    def view(self, *tables: str) -> None:
        """Make relations of all present rows of these tables, where they are none yet."""
        for table in tables:
            if not self.database.execute("select 1 from duckdb_views() where view_name = ?", [table]).fetchall():
                view_present(self.database, self.lake, table)

    def ids(self, table: str) -> Iterator[pa.RecordBatch]:
        """Columns `row_id`, `shard` and `tokens` of the reached rows of a table, a batch at a time; nothing for a table not reached."""
        if table in self.tables:
            rows = self.database.sql(f'select row_id, shard, tokens from "reach_{table}" order by shard, row_id')
            yield from rows.to_arrow_reader(BATCH_ROWS)

    def shards(self, table: str) -> list[str]:
        """The shards of a table that hold reached rows."""
        if table not in self.tables:
            return []
        return [shard for (shard,) in self.database.execute(f'select distinct shard from "reach_{table}" order by shard').fetchall()]

    def counts(self) -> list[Count]:
        """One for each table reached, in graph order."""
        found: list[Count] = []
        for table in self.tables:
            promoted = {manifest.shard for manifest in self.lake.promoted(table)}
            query = f'select shard, count(*), coalesce(sum(tokens), 0)::bigint from "reach_{table}" group by shard order by shard'
            rows = self.database.execute(query).fetchall()
            kept = sum(count for shard, count, _ in rows if shard in promoted)
            found.append(Count(table, sum(row[1] for row in rows), sum(row[2] for row in rows), kept, tuple(row[0] for row in rows)))
        return found


@contextmanager
def walk(lake: Lake, selection: Selection) -> Generator[Reach]:
    """The descendants of a selection, itself included. BadInput if it selects nothing; LakeUnavailable; Damaged."""
    with _database() as database:
        chosen = dict(selected(database, lake, selection))
        if not chosen:
            raise nothing_selected(selection)
        yield _reach(database, lake, chosen, selection)


@contextmanager
def walk_from(lake: Lake, rows: Mapping[str, Sequence[str]], states: Callable[[str], Sequence[Manifest]] | None = None) -> Generator[Reach]:
    """The descendants of given rows, by table and id, these included; ids that no row has reach nothing. `states`: the rows of a table
    that are looked at, if not the present ones."""
    with _database() as database:
        chosen = {table: pa.table({"row_id": pa.array(ids, pa.string())}) for table, ids in rows.items()}
        yield _reach(database, lake, chosen, None, states)


def parents_of(table: str, row: Mapping[str, Any]) -> set[str]:
    """Ids of the rows that a row was made from, or was once."""
    named = (row[name] for name in links_of(table))
    return {parent for one in named if one for parent in ([one] if isinstance(one, str) else one)}


def links_of(table: str) -> tuple[str, ...]:
    """The columns in which a table's rows name what they were made from."""
    fields = TABLES[table].fields
    keys = dict.fromkeys(TABLES[parent].key for parent in stage_of(table).parents)
    return tuple(name for name in LISTS if name in fields) or tuple(key for key in keys if key in fields)


@contextmanager
def _database() -> Generator[duckdb.DuckDBPyConnection]:
    with tempfile.TemporaryDirectory(prefix="tierline-") as folder:
        config: dict[str, str | bool | int | float | list[str]] = {"memory_limit": MEMORY, "temp_directory": folder}
        with duckdb.connect(config=config) as database:
            database.execute("load parquet; set parquet_metadata_cache = true")  # a footer is asked for up to three times
            yield database


def _reach(
    database: duckdb.DuckDBPyConnection,
    lake: Lake,
    chosen: dict[str, pa.Table],
    selection: Selection | None,
    states: Callable[[str], Sequence[Manifest]] | None = None,
) -> Reach:
    with readable(lake.root):
        reached = _walk(database, lake, chosen, states or lake.manifests)
    return Reach(lake, selection, database, reached)


def _walk(
    database: duckdb.DuckDBPyConnection, lake: Lake, chosen: dict[str, pa.Table], states: Callable[[str], Sequence[Manifest]]
) -> tuple[str, ...]:
    """Fills `reach_<table>` for every table; gives those that have rows."""
    seen: dict[str, frozenset[str]] = {}
    for table in (table for stage in STAGES for table in stage.tables):
        linked = _linked(table, seen)
        if not linked and table not in chosen:
            continue
        manifests = states(table)
        if table not in chosen and all(stage_of(name).per_shard for name in (table, *linked)):
            near = frozenset[str]().union(*(seen[name] for name in linked))
            manifests = [one for one in manifests if one.shard in near]
        view_manifests(database, lake, table, manifests, f"walked_{table}")
        if table in chosen:
            database.register("chosen", chosen[table])
        database.execute(_reaching(table, linked, table in chosen))
        shards = database.execute(f'select distinct shard from "reach_{table}"').fetchall()
        if shards:
            seen[table] = frozenset(shard for (shard,) in shards)
    return tuple(seen)


def _linked(table: str, seen: Mapping[str, object]) -> dict[str, str]:
    """Reached tables that a row of the table may descend from, with the column that names what it would; none where there can be none."""
    if not links_of(table):
        return {}
    stage = stage_of(table)
    made_from = dict.fromkeys(stage.parents or stage.reads, "row_id")
    if not _named(table):  # else it is drawn or quoted from the rows that it names, whatever decided on others
        made_from = {read: "doc_id" for read in stage.reads if "doc_id" in TABLES[read].fields} | made_from
    return {name: column for name, column in made_from.items() if name in seen}


def _named(table: str) -> str:
    """The column in which the table's rows name the table of their `parents`, or ""."""
    fields = TABLES[table].fields
    return next((name for name in NAMED if name in fields and "parents" in fields), "")


def _reaching(table: str, linked: Mapping[str, str], is_chosen: bool) -> str:
    """SQL that makes `reach_<table>` of the chosen rows and of those that are linked with a row reached before."""
    spec, walked = TABLES[table], f"walked_{table}"
    tokens = "tokens" if "tokens" in spec.fields else "0"
    columns = [f'"{spec.key}" as row_id', "shard", f"{tokens}::bigint as tokens", *(["doc_id"] if "doc_id" in spec.fields else [])]
    parts = (
        [f'select {", ".join(columns)} from "{walked}" semi join chosen on chosen.row_id = "{walked}"."{spec.key}"'] if is_chosen else []
    )
    if linked:
        named = _named(table)
        links = " union all ".join(
            f"select {', '.join(columns)}, {f'unnest({link})' if link in LISTS else link} as parent"
            f'{f", {named} as parent_table" if named else ""} from "{walked}"'
            for link in links_of(table)
        )
        parents = " union all ".join(
            f"""select '{name}' as parent_table, {column} as parent from "reach_{name}\"""" for name, column in linked.items()
        )
        using = "parent, parent_table" if named else "parent"
        parts.append(f"select * exclude ({using}) from ({links}) semi join ({parents}) using ({using})")
    return f'create temp table "reach_{table}" as select distinct * from ({" union all ".join(parts)})'
