"""Proves what a catalog's database answers: a mark of every row, and for every partition how many rows there are and their marks' sum.

One wrong byte leaves a valid database with a wrong row, or hides a row from the index by which it is looked up. Neither agrees with
marks and sums, which are stored elsewhere; and checking them costs as much as the answer, not as much as the database.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from hashlib import blake2b

ANY = "\0"  # in the place of a stage or shard: a name that none can have, as no folder can
BYTES = 6  # of a mark, so that the sum of a hundred million of them is an integer of SQLite
SCHEMA = """
create table if not exists sums (
    name text, kind text, stage text, shard text, rows int, total int, primary key (name, kind, stage, shard)
) without rowid;
"""


class Unsound(sqlite3.DatabaseError):
    """What the database holds does not agree with itself."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


def mark(*values: object) -> int:
    """A number that these values have and hardly any others."""
    return int.from_bytes(blake2b("\0".join(map(str, values)).encode(), digest_size=BYTES).digest())


def expect(found: int, stored: int) -> None:
    """Raises Unsound if a row has not the mark that is stored with it."""
    if found != stored:
        raise Unsound("a row is not as it was written")


def add(database: sqlite3.Connection, name: str, kind: str, stage: str, shard: str, marked: int, rows: int = 1) -> None:
    """Count a row of a partition; a removed one with `rows` -1 and its mark."""
    keys = {(one, other) for one in (stage, ANY) for other in (shard, ANY)}
    database.executemany(
        "insert into sums values (?, ?, ?, ?, ?, ?) on conflict do update set rows = rows + excluded.rows, total = total + excluded.total",
        [(name, kind, one, other, rows, rows * marked) for one, other in keys],
    )


def forget(database: sqlite3.Connection, name: str, kind: str) -> None:
    """Start again for one table."""
    database.execute("delete from sums where name = ? and kind = ?", (name, kind))


def check(database: sqlite3.Connection, name: str, kind: str, where: dict[str, str] | None, marks: Iterable[int]) -> None:
    """Raises Unsound unless these are the marks of all rows of the partition, or of all rows without one."""
    if ANY in (where or {}).values():
        return  # nobody has this name, so there is nothing to count
    key = name, kind, (where or {}).get("stage", ANY), (where or {}).get("shard", ANY)
    found = list(marks)
    sums = database.execute("select rows, total from sums where name = ? and kind = ? and stage = ? and shard = ?", key).fetchone()
    if (len(found), sum(found)) != (sums or (0, 0)):
        raise Unsound("rows are missing, or are not those that were written")
