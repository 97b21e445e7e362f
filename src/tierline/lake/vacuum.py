"""Removes the files that no record names any more: what crashes left, and what was replaced longer ago than is to be remembered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pyarrow.fs import FileInfo, FileSelector, FileType

from tierline.errors import BadInput, LakeUnavailable
from tierline.lake.catalog import Row
from tierline.lake.delta_log import LOG
from tierline.lake.durable import UNFINISHED
from tierline.lake.format import lake_format
from tierline.lake.locks import only_vacuum
from tierline.lake.records import KEPT, Recorded, follow_back, keep_since, kept_since
from tierline.lake.store import Lake
from tierline.lake.time_travel import newest_commit
from tierline.tables import TABLES
from tierline.tables.records import RECORD_COLUMNS

KEEP = timedelta(days=30)
GRACE = timedelta(hours=24)  # a file that is younger may be that of a commit that has not ended
OWN = (*TABLES, *RECORD_COLUMNS)  # folders with files that records name


@dataclass(frozen=True, slots=True)
class Vacuumed:
    """What was removed, or would be: files relative to the lake, and their bytes; `kept_since` is the earliest moment of --as-of."""

    files: tuple[str, ...]
    bytes: int
    kept_since: datetime


def vacuum(lake: Lake, keep: timedelta = KEEP, grace: timedelta = GRACE, dry_run: bool = False, last_promoted: bool = True) -> Vacuumed:
    """Remove every file that is older than `grace` and that is named neither by a table's current version nor by an activity that
    was current within `keep`, as its output or as its input. `last_promoted`: nor by the activity that was promoted last, while others
    came after it. Runs may go on meanwhile, another vacuum may not. Raises LakeUnavailable, BadInput."""
    if lake_format(lake.delta) is None:
        raise BadInput("holds nothing yet", lake.root, "check the path: only a lake is vacuumed")
    with nullcontext() if dry_run else only_vacuum(lake):
        return _vacuum(lake, keep, grace, dry_run, last_promoted)


def _vacuum(lake: Lake, keep: timedelta, grace: timedelta, dry_run: bool, last_promoted: bool) -> Vacuumed:
    since = _horizon(lake, keep)
    files = lake.delta.root_filesystem()
    try:
        if not dry_run:
            keep_since(lake.delta, since)
        old = _time_of_files(lake, dry_run) - grace
        found = [one for one in _data_files(lake) if one.mtime is None or one.mtime <= old]  # before the records are read
        named = _named(lake, since, last_promoted)
        removed = [one for one in found if one.path not in named]
        if not dry_run:
            for one in removed:
                with suppress(FileNotFoundError):  # no lock keeps vacuums of two machines apart
                    files.delete_file(one.path)
    except OSError as error:
        raise LakeUnavailable(f"cannot be vacuumed ({error})", lake.root, "check its permissions, then vacuum again") from error
    return Vacuumed(tuple(one.path for one in removed), sum(one.size or 0 for one in removed), since)


def _horizon(lake: Lake, keep: timedelta) -> datetime:
    """The earliest moment that stays readable, which does not come back. Nothing was replaced after the newest commit: a clock that is
    ahead moves the horizon no further than to there."""
    since = max(filter(None, (datetime.now(UTC) - keep, kept_since(lake.delta))))
    return min(filter(None, (since, newest_commit(lake))))


def _time_of_files(lake: Lake, dry_run: bool) -> datetime:
    """The time by which files are dated, which a file just written tells: the clock of this machine may be ahead of those of the others
    that write here, and what they have just written would look old."""
    written = None if dry_run else lake.delta.root_filesystem().get_file_info(KEPT).mtime
    return written or datetime.now(UTC)


def _data_files(lake: Lake) -> Iterator[FileInfo]:
    """Data files of tables, whoever names them, and files that were never finished."""
    for one in lake.delta.root_filesystem().get_file_info(FileSelector("", recursive=True)):
        table, _, rest = one.path.partition("/")
        if one.type != FileType.File:
            continue
        if one.base_name.startswith(UNFINISHED) or (table in OWN and one.extension == "parquet" and not rest.startswith(LOG)):
            yield one


def _named(lake: Lake, since: datetime, last_promoted: bool) -> set[str]:
    """Files that stay: current ones, those of activities that were current since then, and those that hold what these had read."""
    named = {f"{table}/{file}" for table in OWN for file in lake.delta.files(table)}
    waived = {(row["stage"], row["shard"], row["digest"]) for row in lake.waiver_rows()}
    verdicts = {(row["stage"], row["shard"]): row for row in lake.verdicts().to_pylist()}
    chains = [list(_chain(lake, row, verdicts.get((row["stage"], row["shard"])))) for row in lake.activity_rows()]
    read = {one for chain in chains for row, _ in chain[: _within(chain, since)] for one in _inputs(row)}
    for chain in chains:
        promoted = (number for number, recorded in enumerate(chain) if last_promoted and _passed(recorded, waived))
        kept = {*range(_within(chain, since)), next(promoted, 0)}  # what was promoted last may be read although others came after it
        kept |= _newest_with(read, chain)
        for number in kept:
            outputs = chain[number][0]["outputs"]
            named |= {f"{output['table'].partition('/')[0]}/{file}" for output in outputs for file in output["files"]}
        for row, _ in chain[: max(kept)]:  # the records that lead to them
            named |= {f"activities/{file}" for file in row["before"]["activity"]}
            named |= {f"verdicts/{file}" for file in row["before"]["verdict"]}
    return named


def _chain(lake: Lake, row: Row, verdict: Row | None) -> Iterator[Recorded]:
    return follow_back(lake.delta, row, [verdict] if verdict else [])


def _within(chain: list[Recorded], since: datetime) -> int:
    """How many of a chain's activities were current since then: those written later, and the one that was there at that moment."""
    later = sum(row["ended_at"] > since for row, _ in chain)
    return min(len(chain), later + 1)


def _newest_with(read: set[tuple[str, str]], chain: list[Recorded]) -> set[int]:
    """Where in a chain each of the outputs stands that others have read: rows that were written again are kept once, the newest ones."""
    first: dict[tuple[str, str], int] = {}
    for number, (row, _) in enumerate(chain):
        for output in read & set(_outputs(row)):
            first.setdefault(output, number)
    return set(first.values())


def _passed(recorded: Recorded, waived: set[tuple[str, str, str]]) -> bool:
    row, verdicts = recorded
    return any(verdict["passed"] for verdict in verdicts) or (row["stage"], row["shard"], row["digest"]) in waived


def _inputs(row: Row) -> Iterator[tuple[str, str]]:
    """(table/shard, digest) of what an activity read."""
    read: dict[str, Any] = json.loads(row["inputs"])
    yield from read.items()


def _outputs(row: Row) -> Iterator[tuple[str, str]]:
    for output in row["outputs"]:
        yield f"{output['table']}/{row['shard']}", output["digest"]
