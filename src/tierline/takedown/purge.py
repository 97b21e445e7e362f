"""Removes what no stage rewrites: calls of models, journals, reviews, derived data, and the files of rows that were replaced."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

from tierline.lake import Lake
from tierline.lake.catalog_rows import partition
from tierline.lake.vacuum import vacuum
from tierline.llm.journal import DAMAGED
from tierline.llm.store import CallStore
from tierline.stages import SHARED, WHOLE_LAKE
from tierline.tables.records import CALLS, CALLS_TABLE, REVIEWS, REVIEWS_TABLE
from tierline.takedown.ledger import PURGE, Takedown, record_event, takedowns
from tierline.takedown.probes import Probes
from tierline.takedown.work import Work

Row = dict[str, Any]
NOW = timedelta(0)


def purge(lake: Lake, takedown: Takedown, work: Work, probes: Probes) -> dict[str, int]:
    """Everything in the lake's folder that still holds a removed text although the stages have run again; how many records of each table
    went. The past of the lake goes too: `--as-of` reaches back to now. Nobody else may write to the lake meanwhile."""
    _empty_journals(lake, probes)
    calls, rows = set(work.calls), set(work.rows)

    def is_call(row: Row) -> bool:
        return row["call_id"] in calls or any(probes.in_text(row[name] or "") for name in ("request", "response"))

    def is_review(row: Row) -> bool:
        return row["row_id"] in rows or any(probes.in_text(row[name] or "") for name in ("text", "reason", "comment"))

    gone = {
        CALLS_TABLE: _take_away(lake, takedown, CALLS_TABLE, CALLS, is_call),
        REVIEWS_TABLE: _take_away(lake, takedown, REVIEWS_TABLE, REVIEWS, is_review),
    }
    vacuum(lake, NOW, NOW, last_promoted=False)
    lake.delta.records(REVIEWS_TABLE, REVIEWS)  # the catalog lets go of rows when it is asked
    _clear_derived(lake.cache_dir)
    return gone


def outdated(lake: Lake, work: Work) -> list[str]:
    """ "stage/shard" of the rows that were not made again although what they were made from has changed, as where a gate refused that: they
    may tell what is gone. What all shards share (a scorer) holds none of their rows."""
    rows = [row for row in lake.activity_rows() if row["stage"] not in SHARED]
    present = {f"{output['table']}/{row['shard']}": output["digest"] for row in rows for output in row["outputs"]}
    shards = {*work.shards, WHOLE_LAKE}
    found: list[str] = []
    for row in rows:
        read: dict[str, str] = json.loads(row["inputs"])
        if row["shard"] in shards and any(name in present and present[name] != digest for name, digest in read.items()):
            found.append(f"{row['stage']}/{row['shard']}")
    return found


def purged_files(lake: Lake) -> set[tuple[str, str]]:
    """(table, file) of records that proven takedowns have taken away: nobody else may."""
    bodies = (one.body for found in takedowns(lake) if not found.fault for one in found.events if one.event == PURGE)
    return {(body["table"], file) for body in bodies for file in body["removed"]}


def compact(database: Path) -> None:
    """Make an SQLite database's file hold what its tables hold, and nothing of what was deleted. Raises sqlite3.Error."""
    with closing(sqlite3.connect(database, timeout=60, isolation_level=None)) as opened:
        opened.execute("pragma wal_checkpoint(truncate)")
        opened.execute("vacuum")
        opened.execute("pragma wal_checkpoint(truncate)")


def is_database(path: Path) -> bool:
    """Whether a file is one of SQLite's."""
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def _empty_journals(lake: Lake, probes: Probes) -> None:
    """Answers of runs that died go into the table of calls first; lines that could not be read are nobody's."""
    for path in sorted(lake.journals.glob("*.jsonl")):
        CallStore(lake, unquote(path.stem)).close()
    for path in lake.journals.glob(f"*{DAMAGED}"):
        if probes.in_file(path):
            path.unlink()


def _take_away(lake: Lake, takedown: Takedown, table: str, schema: pa.Schema, is_gone: Callable[[Row], bool]) -> int:
    """Rewrite the partitions that hold such records. What is about to be replaced is written down first, so that `verify` knows it."""
    count = 0
    for stage, shard in sorted({partition(file) for file in lake.delta.files(table)}):
        where = {name: value for name, value in (("stage", stage), ("shard", shard)) if value}
        while True:
            files = lake.delta.files(table, where)
            rows = lake.delta.read_files(table, files, schema)
            kept = rows.filter(pa.array([not is_gone(row) for row in rows.to_pylist()], pa.bool_())).combine_chunks()
            lost = rows.num_rows - kept.num_rows
            if not lost:
                break
            record_event(lake, takedown.takedown_id, PURGE, {"table": table, "removed": files, "records": lost})
            if kept.num_rows:
                is_done = lake.delta.replace_if(table, kept, where, files)
            else:
                is_done = lake.delta.keep_only(table, schema, where, [], files)
            if is_done:
                count += lost
                break
    return count


def _clear_derived(folder: Path) -> None:
    """Everything in it is made again when it is needed. Databases stay, which other processes may have open: without what was deleted."""
    for path in sorted(folder.iterdir()) if folder.exists() else []:
        if path.is_dir():
            shutil.rmtree(path)
        elif is_database(path):
            compact(path)
        elif not path.name.endswith(("-wal", "-shm")):
            path.unlink()
