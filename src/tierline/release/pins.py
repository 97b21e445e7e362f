"""What a release pins: every promoted table by its digest, and of each what made it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

import tierline
from tierline.advice import command
from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.stages import STAGES

FORMAT = "tierline release 1"


def pinned(lake: Lake, name: str, lake_id: str) -> dict[str, Any]:
    """The record of a release, but for its files: the same whenever it is made of the same rows.

    `as_of` is when the newest of the pinned activities ended. BadInput if no mix is promoted.
    """
    manifests = [manifest for stage in STAGES for table in stage.tables for manifest in lake.promoted(table)]
    activities = {row["activity_id"]: row for row in lake.activity_rows()}
    made_by = {manifest.activity_id: activities[manifest.activity_id] for manifest in manifests}
    if not any(manifest.table == stage.name for manifest in manifests for stage in STAGES if stage.phase):
        raise BadInput("has no promoted mix", lake.root, f"`tierline flow` says what is missing; {command('refresh')} runs it")
    return {
        "format": FORMAT,
        "name": name,
        "lake": lake_id,
        "as_of": max(row["ended_at"] for row in made_by.values()).astimezone(UTC).isoformat(),
        "tierline": tierline.__version__,
        "tables": [
            {"table": one.table, "shard": one.shard, "rows": one.rows, "digest": one.digest, "activity": one.activity_id}
            for one in manifests
        ],
        "activities": {identifier: _activity(row) for identifier, row in sorted(made_by.items())},
        "gates": [_gate(lake, row) for row in made_by.values()],
    }


def models_of(release: Mapping[str, Any]) -> list[tuple[str, str, list[str]]]:
    """(name, SHA-256 of its weights, stages that asked it) of every model."""
    found: dict[tuple[str, str], set[str]] = {}
    for one in release["activities"].values():
        if one["model"]:
            found.setdefault((one["model"]["model_id"], one["model"]["model_digest"]), set()).add(one["stage"])
    return [(name, digest, sorted(stages)) for (name, digest), stages in sorted(found.items())]


def _activity(row: dict[str, Any]) -> dict[str, Any]:
    model = {name: row[name] for name in ("model_id", "model_digest", "prompt_sha256", "engine")} if row["model_id"] else None
    parsed = {name: json.loads(row[name] or "null") for name in ("parameters", "weights", "inputs")}
    return {"stage": row["stage"], "shard": row["shard"], "code_version": row["code_version"], **parsed, "model": model}


def _gate(lake: Lake, row: dict[str, Any]) -> dict[str, Any]:
    """The verdict on an activity's rows, and the waiver where it let them through."""
    verdict = lake.verdict(row["stage"], row["shard"]) or {}
    said: dict[str, Any] = {"stage": row["stage"], "shard": row["shard"], "suite_sha256": verdict.get("suite_sha256"), "passed": True}
    if verdict.get("passed"):
        return said
    given = [one for one in lake.waiver_rows(row["stage"]) if one["shard"] == row["shard"] and one["digest"] == row["digest"]]
    waiver = max(given, key=lambda one: one["created_at"], default=None)
    told = {name: str(waiver[name]) for name in ("who", "why", "until")} if waiver else None
    return said | {"passed": False, "failures": list(verdict.get("failures") or ()), "waiver": told}
