"""Holds trouble to the record that makes it: what code over records raises, foreseen by nobody, is that record's error alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from tierline.errors import TierlineError

Rows = TypeVar("Rows", bound=Any)
Found = TypeVar("Found")
Decided = tuple[pa.Table, list[dict[str, Any]]]

UNFORESEEN = "unforeseen"  # the rule of decisions about such records
ROWS_PER_BATCH = 256
_SAID = 200  # characters of a reason
_ROOM = 64 << 20  # bytes: a machine that has no more than them left is short of memory, whatever the record asked for
# Absent packages, an unusable lake, a spent budget, full disks: the run fails with its cause, and the next one does the record.
_NOT_OF_A_RECORD = (ImportError, TierlineError, duckdb.IOException, duckdb.OutOfMemoryException)
# A path, an address of any kind, an assignment, a key: what a message quotes and a row must not repeat.
_NOT_REPEATED = re.compile(r"\S*[/\\@=]\S*|\S{41,}")


@dataclass(frozen=True, slots=True)
class Lost:
    """A record whose work raised: rows of length 1, as `held` was given them, and the reason."""

    rows: Any
    reason: str

    @property
    def outcome(self) -> dict[str, Any]:
        """What the decision about it says."""
        return {"outcome": "error", "rule": UNFORESEEN, "detail": self.reason}

    def decision(self, key: str) -> dict[str, Any]:
        """The decision about a row of an Arrow table that is identified by this column."""
        tokens = self.rows["tokens"][0].as_py() if "tokens" in self.rows.schema.names else None
        return {"row_id": self.rows[key][0].as_py(), "tokens": tokens} | self.outcome


def held(work: Callable[[Rows], Found], rows: Rows) -> Iterator[Found | Lost]:
    """What `work` makes of the rows (a list, an Arrow table or batch), in order; where it raises, of each half of them on its own.

    So a record that cannot be worked on is alone in the end, and all others are as without it. What `work` finds of a row must not depend
    on the other rows, nor its effect on how often it is called. Raises what is the machine's trouble and not the record's.
    """
    try:
        found = work(rows)
    except BaseException as error:
        said = reason_of(error)
        if len(rows) <= 1:
            yield Lost(rows, said)
            return
    else:
        yield found
        return
    middle = len(rows) // 2
    yield from held(work, rows[:middle])
    yield from held(work, rows[middle:])


def decide_held(work: Callable[[pa.RecordBatch], Decided], rows: pa.Table, key: str, schema: pa.Schema) -> Decided:
    """What `work` makes of the rows, batch by batch: (rows of this schema, one decision about each row that went in)."""
    parts, decisions = [schema.empty_table()], list[dict[str, Any]]()
    for batch in rows.to_batches(max_chunksize=ROWS_PER_BATCH):
        for found in held(work, batch):
            made, decided = (schema.empty_table(), [found.decision(key)]) if isinstance(found, Lost) else found
            parts.append(made)
            decisions += decided
    return pa.concat_tables(parts), decisions


def reason_of(error: BaseException) -> str:
    """`unforeseen: ValueError: ...` in one line without paths, addresses or keys. Raises the error if it is not a record's."""
    if not _is_of_a_record(error):
        raise error
    said = " ".join(_NOT_REPEATED.sub("…", str(error)).split())
    return f"{UNFORESEEN}: {type(error).__name__}{f': {said}' if said else ''}"[:_SAID].encode("utf-8", "replace").decode()


def _is_of_a_record(error: BaseException) -> bool:
    if isinstance(error, _NOT_OF_A_RECORD):
        return False
    if isinstance(error, OSError):
        return error.errno is None  # without a number it comes from a library that reads bytes, not from the system
    if not (isinstance(error, Exception) or type(error).__name__ == "PanicException"):  # so end libraries that are written in Rust
        return False
    return _has_room()  # a record that asked for too much leaves some; without it a thread, an import, anything may fail


def _has_room() -> bool:
    try:
        return bool(bytearray(_ROOM))
    except MemoryError:
        return False
