"""What an auditor asks the descendants of: pages by address, site, license or author, a shard, a row, or what one model or prompt made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

import duckdb
import pyarrow as pa

from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.lineage.trace import PREFIX_TABLES
from tierline.sql import readable, view_rows
from tierline.stages import BY_NAME, STAGES
from tierline.tables import TABLES

Kind = Literal["url", "domain", "prefix", "document", "license", "author", "shard", "model", "prompt", "row"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# Tables whose rows come from outside the lake and name an address or a license there.
ROOTS = tuple(stage.name for stage in STAGES if not stage.parents and {"url", "license"} <= TABLES[stage.name].fields.keys())
AUTHOR_KEYS = frozenset(("author", "creator"))  # schema.org's properties, and Dublin Core's; of nested objects the name counts
_HOST = r"regexp_extract(url, '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]*)', 1)"
ADDRESSED: dict[Kind, str] = {  # SQL on a column `url`
    "url": "url = $value",
    "prefix": "starts_with(url, $value)",
    "domain": f"lower({_HOST}) = lower($value) or ends_with(lower({_HOST}), '.' || lower($value))",
}
_CONDITIONS: dict[Kind, str] = {**ADDRESSED, "license": "lower(trim(license)) = lower(trim($value))"}


@dataclass(frozen=True, slots=True)
class Selection:
    """`kind` says what `value` is: an address as the crawl wrote it; a host, with those below it; what addresses begin with; an id of a
    document or of any other row; a license as declared; an author that the page's data names; a shard; the name, or the beginning of the
    digest, of a model; the beginning of a prompt's digest."""

    kind: Kind
    value: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadInput("no such way to select rows", self.kind, f"ways are {', '.join(KINDS)}")
        if not self.value.strip():
            raise BadInput("selects nothing: its value is empty", f"--{self.kind}", "give a value")


def view_present(database: duckdb.DuckDBPyConnection, lake: Lake, table: str) -> None:
    """Make a relation of a table's present rows, promoted or not."""
    files = [file for manifest in lake.manifests(table) for file in lake.files(manifest)]
    view_rows(database, table, lake, table, files, TABLES[table].schema)


def selected(database: duckdb.DuckDBPyConnection, lake: Lake, selection: Selection) -> Iterator[tuple[str, pa.Table]]:
    """(table, ids of its selected rows in the column `row_id`), for every table that has any. The tables of ROOTS, and those that an
    id's prefix or a model names, are relations of `database` afterwards."""
    for table, condition in _asked(lake, selection):
        view_present(database, lake, table)
        key = TABLES[table].key
        with readable(lake.root):
            if selection.kind == "author":
                found = _by_author(database, table, selection.value)
            else:
                value = {"value": selection.value} if "$value" in condition else {}
                found = database.sql(f'select "{key}" as row_id from "{table}" where {condition}', params=value).to_arrow_table()
        if found.num_rows:
            yield table, found


def _asked(lake: Lake, selection: Selection) -> Iterator[tuple[str, str]]:
    """(table, SQL condition) pairs of the rows that are selected."""
    kind, value = selection.kind, selection.value
    if kind in _CONDITIONS:
        yield from ((table, _CONDITIONS[kind]) for table in ROOTS)
    elif kind == "author":
        yield from ((table, "") for table in ROOTS if "structured_data" in TABLES[table].fields)
    elif kind in ("document", "shard"):
        yield STAGES[0].name, "doc_id = $value" if kind == "document" else "shard = $value"
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


def _by_author(database: duckdb.DuckDBPyConnection, table: str, name: str) -> pa.Table:
    """Ids of the pages whose structured data names an author so; case and white space do not count."""
    wanted = _plain(name)
    query = f"""select "{TABLES[table].key}", structured_data from "{table}" where contains(lower(structured_data), $word)"""
    rows = database.execute(query, {"word": max(wanted.split(), key=len)})
    found: list[str] = []
    while batch := rows.fetchmany(256):
        found += [row_id for row_id, data in batch if wanted in map(_plain, authors(data))]
    return pa.table({"row_id": pa.array(found, pa.string())})


def authors(structured_data: str) -> Iterator[str]:
    """Names of authors and creators in a page's structured data, as it writes them."""
    for line in structured_data.split("\n"):
        try:
            yield from _authors(json.loads(line), False)
        except (ValueError, RecursionError):  # what no reader of this project wrote
            continue


def _authors(value: Any, is_author: bool) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _authors(item, is_author)
    elif isinstance(value, dict):
        for key, item in value.items():
            named = key.rpartition("/")[2].rpartition(":")[2].lower()
            yield from _authors(item, named in AUTHOR_KEYS or (is_author and named == "name"))
    elif is_author and isinstance(value, str):
        yield value


def _plain(name: str) -> str:
    return " ".join(name.lower().split())


def nothing_selected(selection: Selection, known: Iterable[str] = ()) -> BadInput:
    """The error of a selection that no row answers."""
    near = f"; known are {', '.join(known)}" if known else ""
    return BadInput(f"no row of the lake has this {selection.kind}", selection.value, f"`tierline sql` looks for what is there{near}")
