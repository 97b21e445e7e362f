"""What a stage recorded for a shard over time: each activity names the record that it replaced."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from tierline.errors import Damaged, LakeUnavailable
from tierline.lake.catalog import Row
from tierline.lake.delta import DeltaFolder
from tierline.lake.format import read_small, write_small
from tierline.tables.records import ACTIVITIES, VERDICTS

RECORDS = {"activities": ACTIVITIES, "verdicts": VERDICTS}  # one row for each stage and shard
NEWEST_BY = {"activities": "ended_at", "verdicts": "judged_at"}
KEPT = "kept.json"
Recorded = tuple[dict[str, Any], list[dict[str, Any]]]  # an activity's row, and the verdict on it, if any


def follow_back(delta: DeltaFolder, row: dict[str, Any], verdicts: list[dict[str, Any]]) -> Iterator[Recorded]:
    """An activity with the verdicts on its stage and shard, then those it replaced, the newest first."""
    while True:
        yield row, [verdict for verdict in verdicts if verdict["digest"] == row["digest"]]
        before = row["before"]
        if not before["activity"]:
            return
        try:
            (earlier,) = newest_records("activities", delta.read_files("activities", before["activity"], ACTIVITIES).to_pylist())
            verdicts = delta.read_files("verdicts", before["verdict"], VERDICTS).to_pylist()
        except LakeUnavailable:
            since = kept_since(delta)
            if since is None or row["ended_at"] > since:
                raise
            return  # a vacuum removed what was replaced before that moment
        row = earlier


def wrote(row: Row, table: str) -> bool:
    """Whether an activity wrote a table: one from before its stage had the table did not."""
    return any(output["table"] == table for output in row["outputs"])


def kept_since(delta: DeltaFolder) -> datetime | None:
    """The earliest moment as of which the lake can be read: what was replaced before, a vacuum has removed. None: all is there."""
    try:
        text = read_small(delta, KEPT)
        if text is None:
            return None
        found = datetime.fromisoformat(json.loads(text)["kept_since"])
        if found.tzinfo is None:
            raise ValueError(f"{found.isoformat()} has no time zone")
        return found
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise LakeUnavailable(f"cannot be read ({error})", f"{delta.root}/{KEPT}", "run `tierline vacuum` after removing it") from error


def keep_since(delta: DeltaFolder, moment: datetime) -> None:
    """Record that a vacuum removes what was replaced before a moment. Raises OSError."""
    write_small(delta, KEPT, json.dumps({"kept_since": moment.isoformat()}) + "\n")


def newest_records(name: str, rows: list[Row]) -> list[Row]:
    """The newest of the records of each stage and shard: there are two only where two wrote at once before commits were conditional."""
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        place = row["stage"], row["shard"]
        if place not in found or found[place][NEWEST_BY[name]] <= row[NEWEST_BY[name]]:
            found[place] = row
    return list(found.values())


def newest_file(delta: DeltaFolder, name: str, files: list[str]) -> tuple[list[str], Row | None]:
    """The file, and row, of the newest of these records of one stage and shard; none if there are none, or none that can be read: the
    history of a shard whose record is damaged begins anew."""
    rows: list[tuple[Row, str]] = []
    for file in files:
        with suppress(Damaged):
            rows.append((delta.read_files(name, [file], RECORDS[name]).to_pylist()[0], file))
    if not rows:
        return [], None
    row, file = max(rows, key=lambda found: (found[0][NEWEST_BY[name]], found[1]))
    return [file], row


def doubled(delta: DeltaFolder) -> list[tuple[str, str, str]]:
    """(table of records, stage, shard) that have two current records, as lakes may from before commits were conditional.

    The newer one counts, and `keep_newest` removes the other.
    """
    return [(name, *place) for name in RECORDS for place in delta.catalog.doubled(name)]


def keep_newest(delta: DeltaFolder) -> list[tuple[str, str, str]]:
    """Leave one current record of each stage and shard; returns those that had two."""
    found = doubled(delta)
    for name, stage, shard in found:
        where = {"stage": stage, "shard": shard}
        files = delta.files(name, where)
        delta.keep_only(name, RECORDS[name], where, newest_file(delta, name, files)[0], files)
    return found
