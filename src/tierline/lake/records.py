"""What a stage recorded for a shard over time: each activity names the record that it replaced."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tierline.lake.delta import DeltaFolder
from tierline.tables.records import ACTIVITIES, VERDICTS

Recorded = tuple[dict[str, Any], list[dict[str, Any]]]  # an activity's row, and the verdict on it, if any


def follow_back(delta: DeltaFolder, row: dict[str, Any], verdicts: list[dict[str, Any]]) -> Iterator[Recorded]:
    """An activity with the verdicts on its stage and shard, then those it replaced, the newest first."""
    while True:
        yield row, [verdict for verdict in verdicts if verdict["digest"] == row["digest"]]
        before = row["before"]
        if not before["activity"]:
            return
        (row,) = delta.read_files("activities", before["activity"], ACTIVITIES).to_pylist()
        verdicts = delta.read_files("verdicts", before["verdict"], VERDICTS).to_pylist()
