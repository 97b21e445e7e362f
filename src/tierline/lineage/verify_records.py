"""Checks what a lake records about itself: its logs, and the checksum of every file of records, replaced ones too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from tierline.advice import command
from tierline.errors import TierlineError
from tierline.lake import Lake, Manifest
from tierline.lake.delta import DeltaFolder
from tierline.lake.file_checks import checksum, checksum_in, place_of, unreadable
from tierline.lake.records import doubled, newest_records
from tierline.lake.reviews import review_id
from tierline.lake.store import manifest_of
from tierline.lineage.mismatch import Mismatch, refuse_shortage
from tierline.lineage.verify_logs import log_mismatches
from tierline.tables import TABLES
from tierline.tables.records import (
    ACTIVITIES,
    CALLS,
    CALLS_TABLE,
    CRAWL_FILES,
    REVIEWS,
    REVIEWS_TABLE,
    TAKEDOWNS,
    TAKEDOWNS_TABLE,
    TOMBSTONES,
    TOMBSTONES_TABLE,
    VERDICTS,
    WAIVERS,
)
from tierline.takedown.purge import purged_files

Row = dict[str, Any]
SCHEMAS = {
    "activities": ACTIVITIES,
    "verdicts": VERDICTS,
    "waivers": WAIVERS,
    REVIEWS_TABLE: REVIEWS,
    CALLS_TABLE: CALLS,
    "crawl_files": CRAWL_FILES,
    TAKEDOWNS_TABLE: TAKEDOWNS,
    TOMBSTONES_TABLE: TOMBSTONES,
}


class Records:
    """The activities of a lake as their own files have them, and what is wrong with these and all other records."""

    def __init__(self, lake: Lake) -> None:
        """Reads every record. `lake` reads damaged files as they are."""
        self._delta = lake.delta
        self.mismatches: list[Mismatch] = []
        self.activities: list[Row] = []
        self.mismatches += log_mismatches(self._delta, (*TABLES, "decisions", *SCHEMAS), _purged(lake))
        for table, schema in SCHEMAS.items():
            self.mismatches += self._verify_files(table, schema)
        if lake.moment is not None:
            self.activities = lake.activity_rows()
        self.mismatches += self._verify_one_each(lake)
        self.activities = newest_records("activities", self.activities)
        self.activities.sort(key=lambda row: (row["stage"], row["shard"]))
        self._by_place = {(row["stage"], row["shard"]): row for row in self.activities}
        self.manifests = {
            (table, row["shard"]): manifest_of(row, table)
            for row in self.activities
            for table in TABLES
            if TABLES[table].stage == row["stage"] and any(output["table"] == table for output in row["outputs"])
        }

    def of(self, table: str) -> list[Manifest]:
        """The manifests of a table, in shard order."""
        return [manifest for (name, _), manifest in self.manifests.items() if name == table]

    def activity(self, stage: str, shard: str) -> Row:
        """The activity that a manifest is of."""
        return self._by_place[stage, shard]

    def _verify_one_each(self, lake: Lake) -> Iterator[Mismatch]:
        with suppress(TierlineError):  # said of its log
            for name, stage, shard in doubled(lake.delta):
                what = f"two records are current, the newer one counts; the next {command('ingest')} removes the other"
                yield Mismatch(f"{name} {stage}/{shard}", what)

    def _verify_files(self, table: str, schema: pa.Schema) -> Iterator[Mismatch]:
        try:
            files = self._delta.files(table)
        except TierlineError:
            return  # said of its log
        for file in files:
            try:
                rows = self._delta.read_files(table, [file], schema).to_pylist()
            except TierlineError as error:
                yield Mismatch.of(place_of(table, file), error)
                continue
            if table == "activities":
                self.activities += rows
            yield from verify_file(self._delta, table, file)
            for row in rows if table == "activities" else []:
                yield from self._verify_replaced(row)
            for row in rows if table == REVIEWS_TABLE else []:
                if row["review_id"] != review_id(row):
                    yield Mismatch(f"{table} {row['review_id']}", f"what it says hashes to {review_id(row)}")

    def _verify_replaced(self, row: Row) -> Iterator[Mismatch]:
        """Those that an activity names as replaced; what was vacuumed is not missed."""
        while row["before"]:
            named = {"activities": row["before"]["activity"], "verdicts": row["before"]["verdict"]}
            before = [(table, file) for table, files in named.items() for file in files if self._delta.has(table, file)]
            for table, file in before:
                yield from verify_file(self._delta, table, file)
            earlier = [file for table, file in before if table == "activities"]
            try:
                rows = self._delta.read_files("activities", earlier, ACTIVITIES).to_pylist()
            except TierlineError as error:
                yield Mismatch.of(place_of("activities", earlier[0]), error)
                return
            if not rows:
                return
            row = rows[0]


def _purged(lake: Lake) -> set[tuple[str, str]]:
    """None where the ledger of takedowns cannot be read, which is said of its table."""
    try:
        return purged_files(lake)
    except (TierlineError, OSError, ValueError, KeyError):
        return set()


def verify_file(delta: DeltaFolder, table: str, file: str) -> Iterator[Mismatch]:
    """Whether a file has the bytes that it was written with, as far as its name tells."""
    expected = checksum_in(file)
    if delta.folder is None or expected is None:
        return
    try:
        found = checksum(delta.folder / table / file)
    except OSError as error:
        refuse_shortage(error)
        yield Mismatch.of(place_of(table, file), unreadable(table, file, error))
        return
    if found != expected:
        yield Mismatch(place_of(table, file), f"file {Path(file).name} was changed: its bytes hash to {found}")
