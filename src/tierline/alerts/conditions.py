"""What is alarming about a lake now, each condition as a function of what the lake has recorded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tierline.alerts.rules import AlertRules
from tierline.crawl import CrawlRegistry
from tierline.crawl.registry import TABLE
from tierline.gates import sentence
from tierline.lake import Lake, standing
from tierline.llm.budget import Budget, Spent, spent_by_stage
from tierline.stages import BY_NAME
from tierline.tables.records import CRAWL_FILES, VERDICTS

READING = "l0_raw"


@dataclass(frozen=True, slots=True)
class Alarm:
    """`subject` is what the alarm is about, `state` how it stands: another state of one subject is told again."""

    subject: str
    state: str
    text: str


def quarantined(lake: Lake) -> list[Alarm]:
    """Every stage and shard whose current rows its gate has refused, and that no waiver in force lets through."""
    alarms: list[Alarm] = []
    for stage in BY_NAME:
        judged = lake.delta.catalog.digests("verdicts", VERDICTS, {"stage": stage})
        for shard in sorted(shard for shard, (_, passed) in judged.items() if not passed and lake.activity(stage, shard)):
            found = standing(lake, stage, shard)
            if found.verdict is not None and not found.promoted:
                alarms.append(Alarm(f"{stage}/{shard}", found.verdict["digest"], sentence(found)))
    return alarms


def unreadable(lake: Lake, rules: AlertRules) -> list[Alarm]:
    """Shards of which more records than the bound cannot be read although the gate let them pass; of others `quarantined` tells."""
    alarms: list[Alarm] = []
    for row in lake.delta.records("verdicts", VERDICTS, {"stage": READING}):
        share = _observed(row, "error_share")
        if row["passed"] and share is not None and share > rules.error_share_max:
            text = f"{row['shard']}: {share:.1%} of its records cannot be read, more than {rules.error_share_max:.1%}"
            alarms.append(Alarm(row["shard"], row["digest"], text))
    return alarms


def stale(lake: Lake, rules: AlertRules, now: datetime) -> list[Alarm]:
    """One alarm if no crawl file was new or changed for longer than the bound. A lake without any says nothing."""
    last = max((row["changed_at"] or row["registered_at"] for row in lake.delta.records(TABLE, CRAWL_FILES)), default=None)
    if last is None or now - last <= timedelta(hours=rules.crawl_hours):
        return []
    return [
        Alarm("crawl", last.isoformat(), f"no crawl file has arrived or changed since {last:%Y-%m-%d %H:%M} UTC ({_hours(now - last)})")
    ]


def overspent(lake: Lake, budget: Budget, rules: AlertRules) -> list[Alarm]:
    """Limits of the model budget of which the share is spent, or all."""
    if not budget.given:
        return []
    by_stage = spent_by_stage(lake)
    alarms: list[Alarm] = []
    for stage, limits in budget.limits.items():
        parts = by_stage.values() if not stage else [by_stage.get(stage, Spent())]
        for what in ("money", "tokens", "calls"):
            limit, spent = getattr(limits, what), sum(getattr(part, what) for part in parts)
            where = f"llm.budget.{f'stages.{stage}.' if stage else ''}{what}"
            if limit is not None and spent >= limit:
                alarms.append(Alarm(where, "reached", f"{where} is reached: {spent:,.6g} of {limit:,.6g}; runs that need the model stop"))
            elif limit is not None and spent >= rules.budget_share * limit:
                text = f"{where}: {spent / limit:.0%} is spent, {spent:,.6g} of {limit:,.6g}"
                alarms.append(Alarm(where, "near", text))
    return alarms


def unprocessed(lake: Lake, files: Iterable[str]) -> list[str]:
    """Those of the inbox's files that no shard has read as the registry knows them now."""
    registry = CrawlRegistry(lake)
    read = {row["shard"]: json.loads(row["inputs"]).get(f"{TABLE}/{row['shard']}") for row in lake.activity_rows(READING)}
    done = {shard for shard in registry.shards() if read.get(shard) == registry.digest(shard)}
    rows = [(uri, registry.find(uri)) for uri in files]
    return [uri for uri, row in rows if row is None or (row["forgotten_at"] is None and row["shard"] not in done)]


def waiting(since: Mapping[str, float], rules: AlertRules, now: datetime) -> list[Alarm]:
    """One alarm for each file that has waited longer than the bound; `since`: file -> when it was first seen, in seconds."""
    alarms: list[Alarm] = []
    for uri, first in since.items():
        waited = now - datetime.fromtimestamp(first, UTC)
        if waited > timedelta(hours=rules.inbox_hours):
            alarms.append(Alarm(uri, "waiting", f"{uri} has waited in the inbox for {_hours(waited)}"))
    return alarms


def _observed(verdict: Mapping[str, Any], metric: str) -> float | None:
    found = (result["observed"] for result in json.loads(verdict["results"]) if result["metric"] == metric)
    return next((float(value) for value in found if value is not None), None)


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:,.0f} h"
