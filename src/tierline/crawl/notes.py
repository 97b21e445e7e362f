"""What this machine has to remember between two looks at an inbox, in a small database beside the lake's other derived data.

Losing it costs one more look: what was taken in is in the lake.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import TypeVar

from tierline.errors import LakeUnavailable
from tierline.lake import Lake
from tierline.lake.catalog import is_broken

FILE = "arrivals.sqlite"
WAIT_SECONDS = 30.0
Answer = TypeVar("Answer")


class Notes:
    """Name -> value, by kind. Methods raise LakeUnavailable if the database cannot be used."""

    def __init__(self, lake: Lake) -> None:
        self._path = lake.cache_dir / FILE

    def of(self, kind: str) -> dict[str, str]:
        """All notes of a kind."""
        return self._ask(lambda database: _read(database, kind)) if self._path.exists() else {}

    def swap(self, kind: str, now: Mapping[str, str]) -> dict[str, str]:
        """Replace all notes of a kind; returns those from before. Only differences are written."""
        if not now and not self._path.exists():
            return {}  # nothing to remember makes no folder

        def swap(database: sqlite3.Connection) -> dict[str, str]:
            before = _read(database, kind)
            added = ((kind, name, value) for name, value in now.items() if before.get(name) != value)
            database.executemany("delete from notes where kind = ? and name = ?", ((kind, name) for name in before.keys() - now.keys()))
            database.executemany("insert or replace into notes values (?, ?, ?)", added)
            return before

        return self._ask(swap)

    def put(self, kind: str, name: str, value: str | None) -> None:
        """One note; None takes it away."""
        if value is None:
            if self._path.exists():
                self._ask(lambda database: database.execute("delete from notes where kind = ? and name = ?", (kind, name)))
            return
        self._ask(lambda database: database.execute("insert or replace into notes values (?, ?, ?)", (kind, name, value)))

    def _ask(self, question: Callable[[sqlite3.Connection], Answer]) -> Answer:
        for last in (False, True):
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with closing(sqlite3.connect(self._path, WAIT_SECONDS)) as database, database:
                    database.execute(
                        "create table if not exists notes (kind text, name text, value text, primary key (kind, name)) without rowid"
                    )
                    return question(database)
            except sqlite3.DatabaseError as error:
                if last or not is_broken(error):
                    raise LakeUnavailable(f"cannot be used ({error})", str(self._path), "check the folder and its free space") from error
                self._path.unlink(missing_ok=True)
            except OSError as error:
                raise LakeUnavailable(f"cannot be written ({error.strerror})", str(self._path), "check the folder") from error
        raise AssertionError("the second try returns or raises")


def _read(database: sqlite3.Connection, kind: str) -> dict[str, str]:
    return dict(database.execute("select name, value from notes where kind = ? order by name", (kind,)).fetchall())
