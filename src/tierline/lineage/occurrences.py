"""What happened in a lake, in order of time: activities, verdicts of gates, and stages that failed; all of it as the ledger has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tierline.lake import Lake
from tierline.lake.records import follow_back


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An activity that ended, the verdict on one, or a failure (`error`). `activity`: its row of ACTIVITIES, of a failure what is known:
    stage, shard, activity_id. `at`: when it was recorded."""

    at: datetime
    activity: dict[str, Any]
    verdict: dict[str, Any] | None = None
    error: str = ""


def occurrences(lake: Lake, since: datetime | None = None) -> list[Occurrence]:
    """All that the lake still tells of after a moment, the oldest first: what was replaced since the last vacuum, and of failures those
    that no later success has made up for. Raises LakeUnavailable."""
    found = [one for row in lake.activity_rows() for one in _of_shard(lake, row, since)] + list(_failures(lake))
    later = [one for one in found if since is None or one.at > since]
    return sorted(later, key=lambda one: (one.at, one.activity["stage"], one.activity["shard"], one.verdict is not None))


def _of_shard(lake: Lake, row: dict[str, Any], since: datetime | None) -> Iterator[Occurrence]:
    """The present activity of a stage's shard and those that it replaced, as far back as needed."""
    verdict, later = lake.verdict(row["stage"], row["shard"]), None
    for activity, verdicts in follow_back(lake.delta, row, [verdict] if verdict else []):
        made = activity["activity_id"], activity["started_at"]
        if made != later:  # else it was only recorded once more (`tierline log rows`)
            yield Occurrence(activity["ended_at"], activity)
            yield from (Occurrence(one["judged_at"], activity, one) for one in verdicts)
        later = made
        if since is not None and activity["ended_at"] <= since:
            return


def _failures(lake: Lake) -> Iterator[Occurrence]:
    from tierline.crawl.inbox import FAILED  # imports readers of crawl files, which counts and traces do without
    from tierline.crawl.notes import Notes

    for shard, note in sorted(Notes(lake).of(FAILED).items()):
        told = json.loads(note)
        known = {"stage": told["stage"], "shard": shard, "activity_id": told["activity"]}
        yield Occurrence(datetime.fromisoformat(told["at"]), known, error=told["error"])
