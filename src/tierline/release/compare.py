"""What differs between two releases, table by table, and why each row came, went or moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from tierline.display import TextTable
from tierline.release.rows import ROWS, listed_tables
from tierline.stages import BY_NAME

ADDED, REMOVED, MOVED = "added", "removed", "moved"
ROWS_PER_BATCH = 8192
WORDS_SHOWN = 60  # of a setting's value


@dataclass(frozen=True, slots=True)
class Change:
    """Rows of a table that came, went or moved for one reason; `example` is one of them."""

    table: str
    change: str
    cause: str
    rows: int
    tokens: int
    example: str


def compare(before: Path, after: Path, earlier: Mapping[str, Any], later: Mapping[str, Any]) -> list[Change]:
    """Of two folders with their records, in graph order, the largest change of a table first.

    A row that rests on one that changed has its cause; any other that of its stage: code, settings, weights, model, or other inputs. A row
    of a mix is what was drawn, wherever it stands in the order; it has moved where the same text is drawn from another table.
    """
    causes: dict[tuple[str, str, str], str] = {}  # change, table, id -> cause
    found: list[Change] = []
    for table in listed_tables():
        own: Counter[tuple[str, str]] = Counter()
        tokens: Counter[tuple[str, str]] = Counter()
        examples: dict[tuple[str, str], str] = {}
        for change, row in _changed_rows(before, after, table):
            cause = _inherited(causes, change, table, row) or _own_cause(earlier, later, BY_NAME[table].name, row["shard"], change)
            if change != MOVED:
                causes[change, table, row["id"]] = cause
            own[change, cause] += 1
            tokens[change, cause] += row["tokens"] or 0
            examples.setdefault((change, cause), row["id"])
        found += [Change(table, *key, count, tokens[key], examples[key]) for key, count in own.most_common()]
    return found


def changes_table(changes: list[Change]) -> TextTable:
    """For people."""
    heads = "table", "rows", "", "tokens", "because", "such as"
    rows = [(one.table, f"{one.rows:,}", one.change, f"{one.tokens:,}", one.cause, one.example) for one in changes]
    return TextTable(heads, rows, frozenset({2, 4, 5}))


def _changed_rows(before: Path, after: Path, table: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(change, row) in order of ids."""
    one, other = (folder / ROWS / f"{table}.parquet" for folder in (before, after))
    drawn = BY_NAME[table].phase is not None
    with duckdb.connect() as database:
        for name, path in (("earlier", one), ("later", other)):
            database.execute(f"create view {name} as {_listed(path, drawn)}")
        text = "doc_id" if drawn else "id"  # the same text may be drawn from several tables
        yield from ((ADDED, row) for row in _rows(database, f"select * from later anti join earlier using ({text}) order by id"))
        yield from ((REMOVED, row) for row in _rows(database, f"select * from earlier anti join later using ({text}) order by id"))
        if drawn:
            moved = "select * from (select * from later anti join earlier using (id)) semi join earlier using (doc_id) order by id"
            yield from ((MOVED, row) for row in _rows(database, moved))


def _listed(path: Path, drawn: bool) -> str:
    """SQL: id, shard, parents, tokens of a list of rows; of a mix what was drawn, once."""
    if not path.is_file():
        return (
            "select null::varchar as id, null::varchar as shard, []::varchar[] as parents, 0::bigint as tokens, null as doc_id where false"
        )
    source = "read_parquet('" + str(path).replace("'", "''") + "')"
    if not drawn:
        return f"select id, shard, parents, tokens from {source}"
    named = "source_table || '/' || doc_id as id, any_value(shard) as shard, [doc_id] as parents, sum(tokens)::bigint as tokens, doc_id"
    return f"select {named} from {source} group by source_table, doc_id"


def _rows(database: duckdb.DuckDBPyConnection, query: str) -> Iterator[dict[str, Any]]:
    reader: pa.RecordBatchReader = database.sql(query).to_arrow_reader(ROWS_PER_BATCH)
    for batch in reader:
        yield from batch.to_pylist()


def _inherited(causes: Mapping[tuple[str, str, str], str], change: str, table: str, row: Mapping[str, Any]) -> str | None:
    """The cause of a row that this one rests on, if it changed alike."""
    held = (causes.get((change, parent, one)) for parent in BY_NAME[table].parents for one in row["parents"] or ())
    return next(filter(None, held), None)


def _own_cause(earlier: Mapping[str, Any], later: Mapping[str, Any], stage: str, shard: str, change: str) -> str:
    one, other = _activity(earlier, stage, shard), _activity(later, stage, shard)
    if one is None or other is None:
        which = "not released before" if one is None else "not released any more"
        return f"{stage}/{shard} was {which}"
    said = [f"code {one['code_version']} → {other['code_version']}"] if one["code_version"] != other["code_version"] else []
    said += _settings(one["parameters"], other["parameters"])
    said += [f"{name} is another file" for name in _differing(one["weights"], other["weights"])]
    if one["model"] != other["model"]:
        said.append(f"model {_model(one)} → {_model(other)}")
    if not said:
        kinds = dict.fromkeys(name.partition("/")[0] for name in _differing(one["inputs"], other["inputs"]))
        said = [f"other {', '.join(kinds)}"] if kinds else ["no input of its stage differs"]
    return f"{stage}: {'; '.join(said)}"


def _activity(release: Mapping[str, Any], stage: str, shard: str) -> dict[str, Any] | None:
    return next((one for one in release["activities"].values() if (one["stage"], one["shard"]) == (stage, shard)), None)


def _model(activity: Mapping[str, Any]) -> str:
    return f"{activity['model']['model_id']} {activity['model']['model_digest'][:8]}" if activity["model"] else "none"


def _differing(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> list[str]:
    one, other = one or {}, other or {}
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def _settings(one: Any, other: Any, path: str = "") -> list[str]:
    """`path: before → after` of every setting that differs."""
    if isinstance(one, dict) and isinstance(other, dict):
        named = ((name, f"{path}.{name}".lstrip(".")) for name in _differing(one, other))
        return [line for name, place in named for line in _settings(one.get(name), other.get(name), place)]
    if one == other:
        return []
    return [f"{path or 'settings'} {str(one)[:WORDS_SHOWN]} → {str(other)[:WORDS_SHOWN]}"]
