"""The one comparison behind every rerun: what a stage's activity recorded against what it would record now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tierline.crawl.registry import CrawlRegistry
from tierline.freshness.configuration import Configuration, Identity, rule_names
from tierline.lake import Lake, recorded
from tierline.lake.waivers import Key, is_end, newest
from tierline.llm.rules import CallRules
from tierline.llm.store import to_ask_again
from tierline.stages import STAGES, WHOLE_LAKE, Stage, stage_of
from tierline.tables import content_id

STUDENT = "l2_student"
SHOWN = 12  # characters of a digest
NEVER_RUN, NOT_JUDGED, OTHER_BOUNDS, DAMAGED = "never run", "not judged", "gate", "damaged file"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: its name ("l1.filter.language_confidence_min", "model", "input l0_raw/a"), the recorded and the new value."""

    what: str
    old: str = ""
    new: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.old or 'none'} -> {self.new or 'none'}" if self.old or self.new else self.what


@dataclass(frozen=True, slots=True)
class OutOfDate:
    """A stage of a shard that has to run again, and why. `waits_for`: tables that it reads and that are not promoted, because of which it
    cannot run yet."""

    stage: Stage
    shard: str
    changes: tuple[Change, ...]
    waits_for: tuple[str, ...]
    recorded: str  # names the activity and verdict that were compared

    @property
    def fingerprint(self) -> str:
        """Identifies the step from the recorded to the configured state, so that it is requested once."""
        return content_id("target", self.stage.name, self.shard, self.recorded, [str(change) for change in self.changes])

    @property
    def never_run(self) -> bool:
        """Whether no run has finished the stage yet."""
        return self.changes[0].what == NEVER_RUN

    @property
    def why(self) -> str:
        """For people, in one line."""
        return "; ".join(map(str, self.changes))


def out_of_date(lake: Lake, configuration: Configuration, stage: Stage, shard: str) -> tuple[Change, ...]:
    """Every difference between the record of a stage's shard and the one that per run would make now; none if it is up to date."""
    return _Survey(lake, configuration).changes(stage, shard)


def survey(
    lake: Lake, configuration: Configuration, stages: Sequence[Stage] = STAGES, asked_before: datetime | None = None
) -> list[OutOfDate]:
    """Every stage of every registered shard that is out of date, in graph order, then in order of registration.

    `asked_before`: calls of a model that could not be used count only if they were made before this moment (now); whoever runs what
    this finds gives one, so that no run asks at once again.
    """
    looked, shards = _Survey(lake, configuration, asked_before), CrawlRegistry(lake).shards()
    found: list[OutOfDate] = []
    for stage in stages:
        looked.look_at(stage)
        for shard in shards if stage.per_shard else [WHOLE_LAKE]:
            if changes := looked.changes(stage, shard):
                found.append(OutOfDate(stage, shard, changes, looked.missing(stage, shard), looked.recorded(stage, shard)))
    return found


def wanted_inputs(lake: Lake, configuration: Configuration, stage: Stage, shard: str) -> dict[str, str]:
    """The inputs that a run of the stage would record now, those of prior shards left out."""
    looked = _Survey(lake, configuration)
    found: dict[str, str] = {}
    for table in configuration.reads(stage):
        found |= looked.wanted_of(stage, shard, table)
    return found | recorded(configuration.external(stage, lake, shard))


@dataclass(frozen=True, slots=True)
class _Records:
    """What the lake holds of the shards of one stage, each by shard."""

    stage: str
    activities: Mapping[str, Mapping[str, Any]]
    verdicts: Mapping[str, Mapping[str, Any]]
    damages: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, lake: Lake, stage: str, shard: str | None = None) -> _Records:
        """Of all shards, or of one."""
        if shard is None:
            activities, verdicts = lake.activity_rows(stage), lake.verdict_rows(stage)
        else:
            activities, verdicts = ([row] if row else [] for row in (lake.activity(stage, shard), lake.verdict(stage, shard)))
        return cls(stage, _by_shard(activities), _by_shard(verdicts), lake.damages(stage, shard))


def _by_shard(rows: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {row["shard"]: row for row in rows}


class _Survey:
    """A view of the lake at one moment: promoted states and records are looked up once for each table and stage."""

    def __init__(self, lake: Lake, configuration: Configuration, asked_before: datetime | None = None) -> None:
        self._lake, self._configuration = lake.readable(), configuration
        self._asked_before = asked_before or datetime.now(UTC)
        self._digests: dict[str, dict[str, str]] = {}
        self._rows: dict[str, dict[str, int]] = {}
        self._waivers: dict[str, dict[Key, dict[str, Any]]] = {}
        self._records: _Records | None = None

    def look_at(self, stage: Stage) -> None:
        """Look up the records of all shards of a stage at once, which costs a fifth of one shard after another."""
        self._records = _Records.of(self._lake, stage.name)

    def changes(self, stage: Stage, shard: str) -> tuple[Change, ...]:
        """See out_of_date."""
        records = self._records_of(stage, shard)
        row, verdict = records.activities.get(shard), records.verdicts.get(shard)
        broken = [Change(f"{DAMAGED} {file}") for file in records.damages.get(shard, ())]
        if row is None:
            return tuple(broken) or (Change(NEVER_RUN),)
        differing = [*broken, *_identity_changes(row, self._configuration.identity(stage)), *self._input_changes(stage, shard, row)]
        if verdict is None or verdict["digest"] != row["digest"]:
            differing.append(Change(NOT_JUDGED))
        elif verdict["suite_sha256"] != self._configuration.suite(stage):
            differing.append(Change(OTHER_BOUNDS, verdict["suite_sha256"][:SHOWN], self._configuration.suite(stage)[:SHOWN]))
        elif not verdict["passed"]:
            differing += self._waiver_changes(verdict)
            differing += self._unanswered(stage, row)
        return tuple(differing)

    def _unanswered(self, stage: Stage, row: Mapping[str, Any]) -> Iterator[Change]:
        """What a gate refused may be the fault of a server whose answers could not be used: they are asked for again, up to a number of
        tries. Looked for where a gate refused alone, because all answers of a shard are read for it."""
        if stage.model:
            tries = self._configuration.recipe.rules(CallRules).tries
            if calls := to_ask_again(self._lake, row["activity_id"], row["shard"], tries, self._asked_before):
                yield Change(f"{calls} calls of the model without an answer that could be used")

    def _waiver_changes(self, verdict: Mapping[str, Any]) -> Iterator[Change]:
        """A waiver that was given, or has ended, since the gate last looked: it looks again, so that its check says so."""
        stage, today = verdict["stage"], self._lake.today()
        if stage not in self._waivers:
            self._waivers[stage] = newest(self._lake.waiver_rows(stage))
        given = self._waivers[stage].get((stage, verdict["shard"], verdict["digest"]))
        if given is None:
            return
        last = f"ended by {given['who']}" if is_end(given) else f"{given['who']} until {given['until']}"
        if given["created_at"] > verdict["judged_at"]:
            yield Change("waiver", "", last)
        elif given["until"] < today and verdict["judged_at"].date() <= given["until"]:
            yield Change("waiver", last, "ended")

    def _records_of(self, stage: Stage, shard: str) -> _Records:
        if self._records is None or self._records.stage != stage.name:
            return _Records.of(self._lake, stage.name, shard)
        return self._records

    def missing(self, stage: Stage, shard: str) -> tuple[str, ...]:
        """Tables that the stage reads and that have no promoted rows for it."""
        tables = [table for table in self._configuration.reads(stage) if table != STUDENT]
        if stage.phase is not None or (not stage.per_shard and not stage.accumulates):
            tables = [table for table in tables if not stage_of(table).per_shard]  # made from whatever exists, even nothing
        return tuple(table for table in tables if not self.wanted_of(stage, shard, table))

    def recorded(self, stage: Stage, shard: str) -> str:
        """Names what was compared."""
        records = self._records_of(stage, shard)
        row, verdict = records.activities.get(shard), records.verdicts.get(shard)
        parts = [f"{row['activity_id']} {row['ended_at'].isoformat()}" if row else "", verdict["judged_at"].isoformat() if verdict else ""]
        return " ".join(parts)

    def _input_changes(self, stage: Stage, shard: str, row: Mapping[str, Any]) -> Iterator[Change]:
        recorded: dict[str, str] = json.loads(row["inputs"])
        wanted: dict[str, str] = {}
        for table in self._configuration.reads(stage):
            wanted |= self.wanted_of(stage, shard, table)
        if stage.accumulates:
            yield from self._growth(stage, recorded, wanted)
        else:
            for name in sorted(wanted.keys() - recorded.keys()):
                yield Change(f"input {name}", "", wanted[name])
        fans_in = {table for table in self._configuration.reads(stage) if stage_of(table).per_shard and not stage.per_shard}
        for name in sorted(recorded):
            if name in wanted and wanted[name] != recorded[name]:
                yield Change(f"input {name}", recorded[name], wanted[name])
            elif name not in wanted and name.partition("/")[0] in fans_in:
                yield Change(f"input {name}", recorded[name], "")
        for name, digest in self._configuration.external(stage, self._lake, shard).items():
            if digest is not None and recorded.get(name, "") != digest:
                yield Change(f"input {name}", recorded.get(name, ""), digest)

    def _growth(self, stage: Stage, recorded: Mapping[str, str], wanted: Mapping[str, str]) -> Iterator[Change]:
        """New shards alone: once there is enough more to learn from, or anything where the gate refused what was learned last."""
        verdict = self._lake.verdict(stage.name, WHOLE_LAKE)
        factor = self._configuration.growth(stage) if verdict and verdict["passed"] else 1.0
        prefix = f"{stage.accumulates}/"
        self._promoted(stage.accumulates)
        rows = self._rows[stage.accumulates]
        known = sum(rows.get(name.removeprefix(prefix), 0) for name in recorded if name.startswith(prefix))
        now = sum(rows.get(name.removeprefix(prefix), 0) for name in wanted if name.startswith(prefix))
        if now > known and now >= factor * max(1, known):
            yield Change(f"rows of {stage.accumulates}", str(known), str(now))

    def wanted_of(self, stage: Stage, shard: str, table: str) -> dict[str, str]:
        """The inputs that a run would record of one table that it reads."""
        if table == STUDENT:
            return dict(self._student())
        digests = self._promoted(table)
        if not stage_of(table).per_shard:
            return {f"{table}/{WHOLE_LAKE}": digests[WHOLE_LAKE]} if digests else {}
        if stage.per_shard:
            return {f"{table}/{shard}": digests[shard]} if shard in digests else {}
        return {f"{table}/{name}": digest for name, digest in digests.items()}

    def _student(self) -> Mapping[str, str]:
        if STUDENT not in self._digests:
            self._digests[STUDENT] = dict(self._configuration.student(self._lake))
        return self._digests[STUDENT]

    def _promoted(self, table: str) -> dict[str, str]:
        """Shard -> digest of the promoted rows, those that a run would read now: a refused state hides the one before it."""
        if table not in self._digests:
            manifests = self._lake.promoted(table)
            self._digests[table] = {manifest.shard: manifest.digest for manifest in manifests}
            self._rows[table] = {manifest.shard: manifest.rows for manifest in manifests}
        return self._digests[table]


def _identity_changes(row: Mapping[str, Any], now: Identity) -> Iterator[Change]:
    if row["code_version"] != now.code_version:
        yield Change("code", row["code_version"], now.code_version)
    if row["parameters"] != now.parameters:
        yield from _rule_changes(json.loads(row["parameters"]), json.loads(now.parameters))
    if (row["weights"] or "{}") != now.weights:
        yield from _file_changes(json.loads(row["weights"] or "{}"), json.loads(now.weights))
    if row["model_digest"] != now.model_digest:
        yield Change("model", row["model_digest"][:SHOWN], now.model_digest[:SHOWN])
    if row["prompt_sha256"] != now.prompt_sha256:
        yield Change("prompts", row["prompt_sha256"][:SHOWN], now.prompt_sha256[:SHOWN])


def _file_changes(recorded: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Change]:
    if recorded:
        yield from _differences("file ", *({name: digest[:SHOWN] for name, digest in files.items()} for files in (recorded, now)))
    else:
        yield Change("bundled files", "not recorded", f"{len(now)} files")


def _rule_changes(recorded: Any, now: Any) -> Iterator[Change]:
    """Setting by setting; parameters are one object tagged with its dataclass, or a list of them."""
    names = rule_names()
    old, new = _by_class(recorded), _by_class(now)
    for kind in [*new, *(kind for kind in old if kind not in new)]:
        section = names.get(kind, kind)
        if kind in old and kind in new:
            yield from _differences(f"{section}.", old[kind], new[kind])
        else:
            yield Change(section, "not recorded" if kind in new else "recorded", "followed" if kind in new else "not followed")


def _by_class(parameters: Any) -> dict[str, dict[str, Any]]:
    objects = parameters if isinstance(parameters, list) else [parameters]
    return {one["rules"]: {name: value for name, value in one.items() if name != "rules"} for one in objects if isinstance(one, dict)}


def _differences(prefix: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in [*new, *(name for name in old if name not in new)]:
        if old.get(name) != new.get(name):
            yield Change(prefix + name, _short(old.get(name)), _short(new.get(name)))


def _short(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
