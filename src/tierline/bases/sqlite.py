"""Rows of a table or query of SQLite, opened for reading alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from tierline.errors import BadInput


def sqlite_rows(file: IO[bytes], reader: Any) -> Iterator[tuple[str, Any]]:
    """(table and number of the row, {column: value}). BadInput if there is no such table, or the query cannot be run."""
    path = Path(str(file.name))
    if not (reader.rows or reader.query):
        raise BadInput("SQLite needs a table or a query", do="add `rows: TABLE` or `query: SELECT ...` to the mapping")
    quoted = '"' + reader.rows.replace('"', '""') + '"'
    query = reader.query or f"select * from {quoted}"
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        database.text_factory = lambda stored: stored.decode("utf-8", "replace")
        try:
            cursor = database.execute(query)
            if cursor.description is None:
                raise BadInput("the query gives no rows", do="write a SELECT")
            names = [column[0] for column in cursor.description]
            for number, values in enumerate(cursor, 1):
                yield f"{reader.rows or 'query'} row {number}", dict(zip(names, values, strict=True))
        except sqlite3.Error as error:
            tables = [name for (name,) in _tables(database)]
            raise BadInput(f"{error}; its tables are {', '.join(tables) or 'none'}", do="mend `rows` or `query` in the mapping") from None


def _tables(database: sqlite3.Connection) -> list[tuple[str]]:
    try:
        return database.execute("select name from sqlite_master where type in ('table', 'view') order by name").fetchall()
    except sqlite3.Error:
        return []
