"""Stores a shard's model answers: in the lake's table `llm_calls`, and before that in the shard's journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO, Self
from urllib.parse import quote

import pyarrow as pa

from tierline.lake import Lake
from tierline.llm.batch import checked_row
from tierline.llm.journal import Journal
from tierline.llm.rules import CallRules
from tierline.tables.records import CALLS, CALLS_TABLE

ROWS_PER_COMMIT = 1024  # most rows of a journal before they move into the lake


class CallStore:
    """The calls of one shard; append-only. Opening it moves the answers of a dead run into the lake.

    A call that failed is asked again by later runs until it has failed `tries` times; then its failure is the record, so that a
    rerun of the shard asks nothing.
    """

    def __init__(self, lake: Lake, shard: str, rules: CallRules | None = None) -> None:
        """LakeUnavailable if the journal cannot be written, or another process holds it for too long."""
        rules = rules or CallRules()
        self.lake, self.shard = lake, shard
        self._tries, self._waiting = rules.tries, 0
        self._journal = Journal.of(lake.journals / f"{quote(shard, safe='')}.jsonl", rules.lock_seconds)
        self._answers: dict[str, str] = {}
        self._failures: Counter[str] = Counter()
        self._failed: dict[str, str] = {}
        try:
            self.flush_journal()
            columns = ["call_id", "state", "response"]
            self._know(lake.delta.read(CALLS_TABLE, CALLS, {"shard": shard}, columns).to_pylist())
        except BaseException:
            self._journal.close()
            raise

    @property
    def journal(self) -> BinaryIO:
        """The file into which answers are written as they come."""
        return self._journal.file

    def get(self, call_id: str) -> str | None:
        """The stored answer as JSON, or None if the call has to be made."""
        if call_id in self._answers:
            return self._answers[call_id]
        return self._failed[call_id] if self._failures[call_id] >= self._tries else None

    def put(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Register rows that were written to the journal."""
        self._know(rows)
        self._waiting += len(rows)
        if self._waiting >= ROWS_PER_COMMIT:
            self.flush_journal()

    def flush_journal(self) -> None:
        """Append the journal's rows to the lake, in one commit. Rows that a crash left in both are in the lake once; a line that is no
        row is set aside."""
        rows = self._journal.rows(checked_row)
        if rows:
            stored = self.lake.delta.read(CALLS_TABLE, CALLS, {"shard": self.shard}, ["call_id", "called_at"]).to_pylist()
            known = {(row["call_id"], row["called_at"]) for row in stored}
            new = [row for row in rows if (row["call_id"], row["called_at"]) not in known]
            if new:
                self.lake.delta.append(CALLS_TABLE, pa.Table.from_pylist(new, schema=CALLS), ["shard"])
        self._journal.clear()
        self._waiting = 0

    def close(self) -> None:
        """Move everything into the lake and release the shard's calls for the next run."""
        try:
            self.flush_journal()
        finally:
            self._journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _know(self, rows: Sequence[Mapping[str, Any]]) -> None:
        for row in rows:
            if row["state"] == "ok":
                self._answers[row["call_id"]] = row["response"]
            else:
                self._failures[row["call_id"]] += 1
                self._failed[row["call_id"]] = row["response"]


def to_ask_again(lake: Lake, activity_id: str, shard: str, tries: int, before: datetime) -> int:
    """How many calls of an activity have no answer, were last made before a moment, and may be made again."""
    columns = ["call_id", "activity_id", "state", "called_at"]
    answered, failures, last = set[str](), Counter[str](), dict[str, datetime]()
    for row in lake.delta.read(CALLS_TABLE, CALLS, {"shard": shard}, columns).sort_by("called_at").to_pylist():
        if row["state"] == "ok":
            answered.add(row["call_id"])
        elif row["activity_id"] == activity_id:
            failures[row["call_id"]] += 1
            last[row["call_id"]] = row["called_at"]
    return sum(call not in answered and number < tries and last[call] < before for call, number in failures.items())
