"""Computes the metrics of a lake: rows and their reasons, time and cost of stages and models, gates, drift, arrivals."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from tierline.crawl.address import local_path, remote_errors, remote_file
from tierline.crawl.listing import look_at
from tierline.crawl.registry import CrawlRegistry
from tierline.freshness import survey
from tierline.freshness.configuration import Configuration
from tierline.freshness.report import refused
from tierline.lake import Lake
from tierline.sql import Models

SHARDS_WITH_DRIFT = 50  # the newest: each shard is a time series of its own
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched: a lake by its SQL models, the configuration that it is compared with (None: it is not), the inbox ("": none)."""

    lake: Lake
    models: Models
    configuration: Configuration | None = None
    inbox: str = ""


def families(watched: Watched) -> Iterator[Metric]:
    """Every metric of this moment. Raises LakeUnavailable."""
    lake, models = watched.lake, watched.models
    yield from _rows(models.run(lake, "tier_flow").to_pylist())
    yield from _stages(models.run(lake, "stage_cost").to_pylist(), models.run(lake, "stage_rates").to_pylist(), lake)
    yield from _models(models.run(lake, "model_cost").to_pylist())
    yield from _waiting(watched)
    yield from _drift(models.run(lake, "shard_drift").to_pylist(), CrawlRegistry(lake).shards())


def _rows(flow: Sequence[Row]) -> Iterator[Metric]:
    labels = ("stage", "outcome", "rule")
    rows = GaugeMetricFamily("tierline_rows", "Rows that the lake holds decisions about, by what became of them.", labels=labels)
    tokens = GaugeMetricFamily("tierline_tokens", "Tokens of these rows.", labels=labels, unit="")
    for row in flow:
        named = (row["stage"], row["outcome"], row["rule"] or "")
        rows.add_metric(named, row["row_count"])
        tokens.add_metric(named, row["tokens"])
    yield from (rows, tokens)


def _stages(costs: Sequence[Row], rates: Sequence[Row], lake: Lake) -> Iterator[Metric]:
    seconds = GaugeMetricFamily("tierline_stage_seconds", "Wall time of the newest runs of a stage, over all shards.", labels=("stage",))
    waited = GaugeMetricFamily("tierline_stage_model_seconds", "Part of it that waited for a language model.", labels=("stage",))
    taken = GaugeMetricFamily("tierline_stage_rows_in", "Rows that went into these runs.", labels=("stage",))
    ended = GaugeMetricFamily("tierline_stage_last_commit_timestamp_seconds", "When a stage last wrote rows.", labels=("stage",))
    for row in costs:
        seconds.add_metric((row["stage"],), row["seconds"])
        waited.add_metric((row["stage"],), row["model_seconds"])
    counted, newest = Tally[str](), dict[str, float]()
    for row in rates:
        counted[row["stage"]] += row["rows_in"]
    for row in lake.activities().select(["stage", "ended_at"]).to_pylist():
        newest[row["stage"]] = max(newest.get(row["stage"], 0.0), row["ended_at"].timestamp())
    for stage in sorted(counted):
        taken.add_metric((stage,), counted[stage])
    for stage in sorted(newest):
        ended.add_metric((stage,), newest[stage])
    yield from (seconds, waited, taken, ended)


_CALLS = {
    "calls": ("tierline_model_calls", "Calls of language models that were ever made."),
    "failed": ("tierline_model_calls_failed", "Calls that ended with an error."),
    "retries": ("tierline_model_retries", "Further attempts of calls."),
    "prompt_tokens": ("tierline_model_prompt_tokens", "Tokens that models read."),
    "output_tokens": ("tierline_model_output_tokens", "Tokens that models wrote."),
    "seconds": ("tierline_model_seconds", "Wall time of the calls."),
    "money": ("tierline_model_money", "What the calls cost, in the currency of the recipe's prices."),
}


def _models(costs: Sequence[Row]) -> Iterator[Metric]:
    for column, (name, said) in _CALLS.items():
        totals: dict[tuple[str, str], float] = {}
        for row in costs:
            key = row["stage"], row["model"] or ""
            totals[key] = totals.get(key, 0.0) + (row[column] or 0.0)
        family = CounterMetricFamily(name, said, labels=("stage", "model"))
        for key in sorted(totals):
            family.add_metric(key, totals[key])
        yield family


def _waiting(watched: Watched) -> Iterator[Metric]:
    """What waits for somebody or something: refused shards, stages that are out of date, files in the inbox."""
    lake = watched.lake
    gates = GaugeMetricFamily(
        "tierline_refused_shards", "Shards whose newest rows a gate refused, or a waiver does not cover.", labels=("stage",)
    )
    for stage, count in sorted(Tally(stage for stage, _, _ in refused(lake)).items()):
        gates.add_metric((stage,), count)
    yield gates
    if watched.configuration is not None:
        stale = GaugeMetricFamily("tierline_out_of_date_shards", "Shards for which a stage is to be run again.", labels=("stage", "waits"))
        found = Tally((one.stage.name, "yes" if one.waits_for else "no") for one in survey(lake, watched.configuration))
        for key, count in sorted(found.items()):
            stale.add_metric(key, count)
        yield stale
    registry = CrawlRegistry(lake)
    shards = GaugeMetricFamily("tierline_shards", "Shards that are registered.")
    shards.add_metric((), len(registry.shards()))
    yield shards
    if watched.inbox:
        yield from _arrivals(watched.inbox, registry)


def _arrivals(inbox: str, registry: CrawlRegistry) -> Iterator[Metric]:
    look = look_at(inbox)
    pending = registry.unknown(look.files)
    files = GaugeMetricFamily(
        "tierline_inbox_files", "Files in the inbox that are not registered: complete or still growing, or ignored.", labels=("state",)
    )
    files.add_metric(("pending",), len(pending))
    files.add_metric(("ignored",), len(look.ignored))
    yield files
    ages = [age for address in pending if (age := _age(address)) is not None]
    oldest = GaugeMetricFamily("tierline_inbox_lag_seconds", "Time since the oldest file that is not registered came; 0 without one.")
    oldest.add_metric((), max(ages, default=0.0))
    yield oldest


def _age(address: str) -> float | None:
    """Seconds since a file came: a local one may have the time of writing of its origin, so its inode's change counts. None where its
    store does not say."""
    path = local_path(address)
    try:
        if path is not None:
            came = path.stat().st_ctime
        else:
            with remote_errors():
                filesystem, name = remote_file(address)
                came = filesystem.modified(name).timestamp()
    except OSError:
        return None
    return max(0.0, datetime.now(UTC).timestamp() - came)


def _drift(drift: Sequence[Row], shards: Sequence[str]) -> Iterator[Metric]:
    family = GaugeMetricFamily(
        "tierline_shard_drift", "Population stability index of a shard against all others, of the newest shards.", labels=("shard", "kind")
    )
    newest = set(shards[-SHARDS_WITH_DRIFT:])
    totals: dict[tuple[str, str], float] = {}
    for row in drift:
        if row["shard"] in newest:
            totals[row["shard"], row["kind"]] = totals.get((row["shard"], row["kind"]), 0.0) + row["stability"]
    for key in sorted(totals):
        family.add_metric(key, totals[key])
    yield family
