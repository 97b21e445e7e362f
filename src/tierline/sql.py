"""Runs the SQL models of dbt_like_sql over promoted files, in an in-memory DuckDB that locks nothing."""

from __future__ import annotations

import atexit
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pyarrow as pa
import yaml

from tierline.config.bundled import folder
from tierline.errors import BadInput, LakeUnavailable
from tierline.lake import Lake
from tierline.stages import stage_rows
from tierline.tables import TABLES
from tierline.tables.records import ACTIVITIES, CALLS, CALLS_TABLE, DECISIONS, STAGES, VERDICTS

READ_RECORDS = "read_records"  # rows of L0 as they were last read, promoted or not: a refused shard is where one looks for what is wrong
RECORDS = {
    "activities": ACTIVITIES,
    "decisions": DECISIONS,
    CALLS_TABLE: CALLS,
    READ_RECORDS: TABLES["l0_raw"].schema,
    "stages": STAGES,
    "verdicts": VERDICTS,
}  # what the lake says about its own tables
Variables = Mapping[str, float | str]


@dataclass(frozen=True, slots=True)
class Model:
    """One .sql file and what its .yml says: grain, columns, and tests with given and expected rows."""

    name: str
    template: str
    description: str
    grain: tuple[str, ...]
    columns: dict[str, str]
    variables: dict[str, float | str]
    tests: tuple[dict[str, Any], ...]
    path: Path


@dataclass(slots=True)
class _Held:
    """Rows that DuckDB asks for each time that it reads them, so that others can take their place beneath a query that is prepared."""

    rows: pa.Table

    def __arrow_c_schema__(self) -> object:
        return self.rows.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.rows.__arrow_c_stream__(requested_schema)


class Models:
    """Every model below a folder. BadInput if a model has no .yml or refers to nothing known."""

    def __init__(self, root: Path) -> None:
        self._models = {path.stem: _load(path) for path in sorted(root.glob("*/*.sql"))}
        self._jinja = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
        self._templates: dict[str, jinja2.Template] = {}

    @property
    def names(self) -> list[str]:
        """In alphabetical order."""
        return list(self._models)

    def get(self, name: str) -> Model:
        """One model; BadInput if there is none of that name."""
        if name not in self._models:
            raise BadInput("no such SQL model", name, f"known are {', '.join(self._models)}")
        return self._models[name]

    def render(self, name: str, variables: Variables | None = None) -> tuple[str, list[str]]:
        """(SQL with ref() and source() replaced by relation names, the names it refers to in order)."""
        model, references = self.get(name), dict[str, None]()
        values = model.variables | dict(variables or {})

        def refer(kind: Mapping[str, Any]) -> Any:
            def relation(target: str) -> str:
                if target not in kind:
                    raise BadInput(f"refers to {target!r}, which is not known", f"model {name}")
                references[target] = None
                return target

            return relation

        def var(key: str) -> str:
            if key not in values:
                raise BadInput(f"needs the variable {key!r}", f"model {name}")
            value = values[key]
            return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)

        if name not in self._templates:
            self._templates[name] = self._jinja.from_string(model.template)
        sql = self._templates[name].render(ref=refer(self._models), source=refer(TABLES | RECORDS), var=var)
        return sql.strip().rstrip(";"), list(references)

    def run(self, lake: Lake, name: str, variables: Variables | None = None, shards: Sequence[str] | None = None) -> pa.Table:
        """The model's rows over the promoted shards of every table it reaches (of those named in `shards`, if any)."""
        self.get(name)
        with duckdb.connect() as database, readable(lake.root):
            self._build(database, name, variables, lambda table: register_source(database, lake, table, shards))
            return database.sql(f"select * from {name}").to_arrow_table()

    def run_on(self, given: Mapping[str, Any], name: str, variables: Variables | None = None) -> pa.Table:
        """The model's rows over given Arrow tables or datasets: what its tests run on. A table not given is empty."""
        given = {"stages": _declared_stages(), **given}
        with duckdb.connect() as database:
            self._build(
                database, name, variables, lambda table: database.register(table, given.get(table, source_schema(table).empty_table()))
            )
            return database.sql(f"select * from {name}").to_arrow_table()

    def schema(self, name: str) -> pa.Schema:
        """The model's columns, with the types that it gives on empty tables; it is not run."""
        with self._on_empty_tables(name, None) as database:
            return database.sql(f"select * from {name} limit 0").to_arrow_table().schema

    def prepare(self, name: str, variables: Variables | None = None) -> Callable[[Mapping[str, pa.Table]], pa.Table]:
        """The model as a function of tables held in memory, for one that runs on batch after batch: it is built only once.

        Not to be called from several threads at a time. A table not given is what it was the time before, at first empty.
        """
        held: dict[str, _Held] = {}
        database = duckdb.connect(config={"threads": 1})

        def register(table: str) -> None:
            held[table] = _Held(source_schema(table).empty_table())
            database.register(table, held[table])

        self._build(database, name, variables, register)
        database.execute("pragma disable_optimizer")  # a plan that was optimized is made anew each time, which takes longest of all
        database.execute(f"prepare model as select * from {name}")

        def run(given: Mapping[str, pa.Table]) -> pa.Table:
            for table, rows in given.items():
                held[table].rows = rows.select(held[table].rows.column_names)
            return database.sql("execute model").to_arrow_table()

        return run

    def column_lineage(self, name: str) -> dict[str, list[tuple[str, str]]]:
        """Column -> (lake table, column) pairs that it is computed from, through every model in between."""
        from sqlglot.lineage import lineage

        order = self._order(name)
        rendered = {model: self.render(model)[0] for model in order if model in self._models}
        schema = {table: {field.name: "text" for field in source_schema(table)} for table in order if table not in self._models}
        sources = {model: sql for model, sql in rendered.items() if model != name}
        roots: Any = lineage(None, rendered[name], schema=schema, sources=sources, dialect="duckdb")  # of all columns, in one go
        found: dict[str, list[tuple[str, str]]] = {}
        for column in self.get(name).columns:
            leaves = {(_table_of(node), node.name.rsplit(".", 1)[-1].strip('"')) for node in roots[column].walk() if not node.downstream}
            found[column] = sorted(leaf for leaf in leaves if leaf[0] in schema and leaf[1] in schema[leaf[0]])
        return found

    def sources(self, name: str) -> list[str]:
        """The lake tables that a model reaches, records of the lake about itself left out."""
        return [table for table in self._order(name) if table in TABLES]

    def _order(self, name: str) -> list[str]:
        """Everything the model reaches, what is referred to first, itself last."""
        order: list[str] = []
        if name in self._models:
            for reference in self.render(name)[1]:
                order += [found for found in self._order(reference) if found not in order]
        return [*order, name]

    def _on_empty_tables(self, name: str, variables: Variables | None) -> duckdb.DuckDBPyConnection:
        database = duckdb.connect(config={"threads": 1})
        self._build(database, name, variables, lambda table: database.register(table, source_schema(table).empty_table()))
        return database

    def _build(self, database: duckdb.DuckDBPyConnection, name: str, variables: Variables | None, register: Any) -> None:
        for relation in self._order(name):
            if relation in self._models:
                sql, references = self.render(relation, variables)
                database.execute(f"create {'view' if references else 'table'} {relation} as {sql}")  # what reads nothing stays the same
            else:
                register(relation)


@cache  # of the process: DuckDB complains at its end of what is still open then
def bundled_model(name: str, variables: tuple[tuple[str, float | str], ...]) -> Callable[[Mapping[str, pa.Table]], pa.Table]:
    """`prepare` of a model that ships with the code, once in a process for the same variables."""
    return Models(folder("dbt_like_sql")).prepare(name, dict(variables))


atexit.register(bundled_model.cache_clear)


def _declared_stages() -> pa.Table:
    return pa.Table.from_pylist(stage_rows(), schema=STAGES)


def source_schema(table: str) -> pa.Schema:
    """Columns of a lake table as models see them."""
    return RECORDS[table] if table in RECORDS else TABLES[table].schema


def register_source(database: duckdb.DuckDBPyConnection, lake: Lake, table: str, shards: Sequence[str] | None = None) -> None:
    """Make a relation of a lake table's promoted rows, or of one of the lake's records. Local files are scanned in place."""
    if table == "activities":
        database.register(table, lake.activities())
        return
    if table == "verdicts":
        database.register(table, lake.verdicts())
        return
    if table == "stages":
        database.register(table, _declared_stages())
        return
    schema, name = source_schema(table), table
    stored = "l0_raw" if table == READ_RECORDS else table
    if table == READ_RECORDS:
        files = [file for manifest in lake.manifests(stored) if shards is None or manifest.shard in shards for file in lake.files(manifest)]
    elif table == CALLS_TABLE:
        files = lake.call_files()
        if lake.moment:  # the table is only ever appended to
            name = "calls_ever"
    else:
        files = lake.decision_files() if table == "decisions" else lake.promoted_files(table, None if shards is None else list(shards))
    view_rows(database, name, lake, stored, files, schema)
    if name != table and lake.moment:
        until = int(lake.moment.timestamp() * 1e6)
        database.execute(f"create view {table} as select * from {name} where epoch_us(called_at) <= {until}")


@contextmanager
def readable(root: str) -> Generator[None]:
    """Around queries of the lake's files: LakeUnavailable in one line where a file is gone or broken."""
    try:
        yield
    except duckdb.Error as error:
        if isinstance(error, duckdb.BinderException | duckdb.ParserException | duckdb.CatalogException | duckdb.OutOfMemoryException):
            raise  # nothing that is wrong with the lake
        said = str(error).strip().split("\n", 1)[0]
        do = "`tierline verify` names every file that is; write their shards again"
        raise LakeUnavailable(f"a file cannot be read ({said})", root, do) from error


def view_rows(database: duckdb.DuckDBPyConnection, name: str, lake: Lake, table: str, files: Sequence[str], schema: pa.Schema) -> None:
    """Make a relation of files of one of the lake's tables, by their URIs. Local files are scanned in place; for an object store
    DuckDB would need an extension from the network, so Arrow reads them."""
    if files and lake.delta.folder is None:
        database.register(name, lake.delta.dataset(table, [file.removeprefix(lake.delta.uri(table) + "/") for file in files], schema))
    else:
        _view_files(database, name, [file.removeprefix("file://") for file in files], schema)


def _view_files(database: duckdb.DuckDBPyConnection, name: str, files: Sequence[str], schema: pa.Schema) -> None:
    """Make a relation of Parquet files of the lake: DuckDB reads the columns that a query needs, a row group at a time.

    It has the columns of the schema, null if a file was written before its table had one.
    """
    if not files:
        database.register(name, schema.empty_table())
        return
    database.register(f"{name}_columns", schema.empty_table())
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    options = "hive_partitioning = true, hive_types_autocast = false, union_by_name = true"
    columns = ", ".join(f'"{column}"' for column in schema.names)
    written = f'select * from "{name}_columns" union all by name select * from read_parquet([{listed}], {options})'
    database.execute(f'create view "{name}" as select {columns} from ({written})')


def _load(path: Path) -> Model:
    described = path.with_suffix(".yml")
    if not described.is_file():
        raise BadInput("a SQL model needs a .yml with its grain and columns", str(path))
    facts = yaml.load(described.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # in C a tenth of the time
    return Model(
        path.stem,
        path.read_text("utf-8"),
        facts["description"],
        tuple(facts["grain"]),
        dict(facts["columns"]),
        dict(facts.get("variables", {})),
        tuple(facts.get("tests", ())),
        path,
    )


def _table_of(node: Any) -> str:
    return re.sub(r'"', "", getattr(node.expression, "name", "") or "") or re.sub(r"\..*", "", node.name)
