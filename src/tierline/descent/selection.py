"""What an auditor asks the descendants of: pages by address, site, license or author, a shard, a row, or what one model or prompt made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import duckdb
import pyarrow as pa

from tierline.descent.scope import KINDS as SCOPES
from tierline.descent.scope import Scope, scope_of
from tierline.errors import BadInput
from tierline.lake import Lake, Manifest
from tierline.sql import readable, view_rows
from tierline.stages import BY_NAME, PREFIX_TABLES, STAGES
from tierline.tables import TABLES

Kind = Literal["url", "domain", "prefix", "document", "license", "author", "shard", "model", "prompt", "row"]
KINDS: tuple[Kind, ...] = get_args(Kind)
PAGES = STAGES[0].name
# Tables whose rows come from outside the lake and name an address or a license there.
ROOTS = tuple(stage.name for stage in STAGES if not stage.parents and {"url", "license"} <= TABLES[stage.name].fields.keys())
BATCH_ROWS = 1 << 14


@dataclass(frozen=True, slots=True)
class Selection:
    """`kind` says what `value` is: a scope of pages (`tierline.descent.scope`), an id of a document or of any other row, a shard, the name
    of a model or the beginning of its digest, or the beginning of a prompt's digest."""

    kind: Kind
    value: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadInput("no such way to select rows", self.kind, f"ways are {', '.join(KINDS)}")
        if not self.value.strip():
            raise BadInput("selects nothing: its value is empty", f"--{self.kind}", "give a value")

    @property
    def scope(self) -> Scope | None:
        """The pages that are meant; None where it is not pages that are selected. BadInput."""
        return scope_of(self.kind, self.value) if self.kind in SCOPES else None


def view_present(database: duckdb.DuckDBPyConnection, lake: Lake, table: str) -> None:
    """Make a relation of a table's present rows, promoted or not."""
    view_manifests(database, lake, table, lake.manifests(table), table)


def view_manifests(database: duckdb.DuckDBPyConnection, lake: Lake, table: str, manifests: Sequence[Manifest], name: str) -> None:
    """Make a relation of this name of rows of a table."""
    view_rows(database, name, lake, table, [file for manifest in manifests for file in lake.files(manifest)], TABLES[table].schema)


def covered(database: duckdb.DuckDBPyConnection, relation: str, key: str, columns: Iterable[str], scope: Scope) -> list[str]:
    """Keys of the rows of a relation with these columns that are within a scope, in the relation's order."""
    names = tuple(columns)
    column = "url" if scope.column == "domain" and "domain" not in names else scope.column
    if column not in names:
        return []
    condition, values = scope.candidates(names)
    found: list[str] = []
    query = f'select "{key}" as own, "{column}" from "{relation}" where {condition}'
    known: dict[str | None, bool] = {}
    for batch in database.sql(query, params=values).to_arrow_reader(BATCH_ROWS):
        for own, value in zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True):
            if len(known) > BATCH_ROWS:
                known.clear()
            if value not in known:
                known[value] = scope.covers({column: value})
            if known[value]:
                found.append(own)
    return found


def selected(database: duckdb.DuckDBPyConnection, lake: Lake, selection: Selection) -> Iterator[tuple[str, pa.Table]]:
    """(table, ids of its selected rows in the column `row_id`), for every table that has any. The tables of ROOTS, and those that an
    id's prefix or a model names, are relations of `database` afterwards."""
    scope = selection.scope
    asked = ((table, "") for table in ROOTS) if scope else _asked(lake, selection)
    for table, condition in asked:
        view_present(database, lake, table)
        key = TABLES[table].key
        with readable(lake.root):
            if scope:
                found = pa.table({"row_id": pa.array(covered(database, table, key, TABLES[table].fields, scope), pa.string())})
            else:
                value = {"value": selection.value} if "$value" in condition else {}
                found = database.sql(f'select "{key}" as row_id from "{table}" where {condition}', params=value).to_arrow_table()
        if found.num_rows:
            yield table, found


def _asked(lake: Lake, selection: Selection) -> Iterator[tuple[str, str]]:
    """(table, SQL condition) pairs of the rows that are selected."""
    kind, value = selection.kind, selection.value
    if kind in ("document", "shard"):
        yield PAGES, "doc_id = $value" if kind == "document" else "shard = $value"
    elif kind == "row":
        for table in _tables_of(value):
            yield table, f'"{TABLES[table].key}" = $value'
    else:
        yield from _made_by(lake, kind, value)


def _tables_of(row_id: str) -> tuple[str, ...]:
    """The first table in graph order of the rows whose ids begin so, and for what only one table holds that one."""
    tables = PREFIX_TABLES.get(row_id.partition("_")[0], ())
    if not tables:
        raise BadInput("is no id of a row", row_id, f"ids begin with {', '.join(f'{prefix}_' for prefix in PREFIX_TABLES)}")
    return tables if TABLES[tables[0]].key != "doc_id" else tables[-1:]


def _made_by(lake: Lake, kind: Kind, value: str) -> Iterator[tuple[str, str]]:
    """Rows of the stages that a model worked for; where rows name their calls, those that do."""
    shards: dict[str, list[str]] = {}
    for row in lake.activity_rows():
        digests = (row["model_digest"],) if kind == "model" else (row["prompt_sha256"],)
        if (kind == "model" and row["model_id"] == value) or any(one and one.startswith(value) for one in digests):
            shards.setdefault(row["stage"], []).append(row["shard"])
    for stage, own in shards.items():
        if stage in BY_NAME:
            listed = ", ".join("'" + shard.replace("'", "''") + "'" for shard in own)
            called = " and len(call_ids) > 0" if "call_ids" in TABLES[stage].fields else ""
            yield stage, f"shard in ({listed}){called}"


def nothing_selected(selection: Selection, known: Iterable[str] = ()) -> BadInput:
    """The error of a selection that no row answers."""
    near = f"; known are {', '.join(known)}" if known else ""
    return BadInput(f"no row of the lake has this {selection.kind}", selection.value, f"`tierline sql` looks for what is there{near}")
