"""Which stages no longer follow from what is configured: another model, prompt, threshold, student or anchor set than they record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tierline.errors import NotWritten
from tierline.lake import ALL, Lake, last_promoted
from tierline.lake.activity import canonical_json
from tierline.tables import TABLES, content_id

# What a stage's result feeds, within L2 and above: it runs again when the stage does.
FEEDS: dict[str, tuple[str, ...]] = {
    "l2_anchors": ("l2_reliability",),
    "l2_annotations": ("l2_student",),
    "l2_reliability": ("l2_student", "l2_scores", "review_queue"),
    "l2_student": ("l2_scores",),
    "l2_scores": ("l2_selected", "review_queue"),
    "l2_selected": ("l2_selection_diff", "l3_refined", "l4_claims", "l4_manuals"),
    "l2_selection_diff": (),
    "review_queue": (),
    "l3_refined": ("l4_claims",),
    "l4_claims": (),
    "l4_manuals": (),
}
SHARED = ("l2_anchors", "l2_reliability", "l2_student")  # one for all shards


@dataclass(frozen=True, slots=True)
class Identity:
    """What decides a stage's result beside its inputs in the lake, as activities record it. `inputs`: outside the lake."""

    parameters: str
    model_digest: str = ""
    prompt_sha256: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(cls, rules: object, model_digest: str = "", prompt_sha256: str = "", inputs: Mapping[str, str] | None = None) -> Identity:
        """`rules`: the stage's parameters, as its activity begins with them."""
        return cls(canonical_json(rules), model_digest, prompt_sha256, inputs or {})


@dataclass(frozen=True, slots=True)
class Stale:
    """A stage that has to run again; `want` names the step from what is recorded to what is configured."""

    stage: str
    shard: str
    want: str
    why: str

    @property
    def stages(self) -> tuple[str, ...]:
        """The stage and all that it feeds, each once."""
        found: dict[str, None] = {}
        waiting = [self.stage]
        while waiting:
            stage = waiting.pop(0)
            found[stage] = None
            waiting += [fed for fed in FEEDS[stage] if fed not in found]
        return tuple(found)


def stale_stages(lake: Lake, stage: str, configured: Identity) -> list[Stale]:
    """Every shard of the stage whose record differs from what is configured, or that was made from rows that are no longer the
    promoted ones; in shard order. A shard that was never written is not stale but new."""
    current = _Current(lake)
    found: list[Stale] = []
    for row in sorted(lake.activities(stage).to_pylist(), key=lambda row: row["shard"]):
        inputs: dict[str, str] = json.loads(row["inputs"])
        differing = [name for name in inputs if current.digest(name) not in (None, inputs[name])]
        wanted = {name: current.digest(name) or "" for name in differing}
        reasons = [*_differing(row, configured, inputs), *(f"other rows of {name}" for name in differing)]
        if reasons:
            parts = [configured.parameters, configured.model_digest, configured.prompt_sha256]
            external = [f"{name}={digest}" for name, digest in sorted((wanted | dict(configured.inputs)).items())]
            want = content_id("want", stage, row["shard"], parts, external, row["activity_id"], row["ended_at"].isoformat())
            found.append(Stale(stage, row["shard"], want, ", ".join(reasons)))
    return found


def replaced_inputs(lake: Lake, stage: str, shard: str) -> list[str]:
    """Which of a stage's inputs are no longer the promoted rows; none where the stage was never written."""
    try:
        inputs, current = lake.manifest(stage, shard).inputs, _Current(lake)
    except NotWritten:
        return []
    return [name for name, digest in inputs.items() if current.digest(name) not in (None, digest)]


def _differing(row: Mapping[str, Any], configured: Identity, inputs: Mapping[str, str]) -> Iterable[str]:
    for column, name in (("parameters", "thresholds"), ("model_digest", "another model"), ("prompt_sha256", "other prompts")):
        if row[column] != getattr(configured, column):
            yield name
    for name, digest in configured.inputs.items():
        if inputs.get(name) != digest:
            yield f"other {name.split('/')[0]}"


class _Current:
    """Digests of what a stage would read now."""

    def __init__(self, lake: Lake) -> None:
        self._lake, self._known = lake, dict[str, str | None]()
        self._promoted: dict[str, dict[str, str]] = {}

    def digest(self, name: str) -> str | None:
        """Of "table/shard": the promoted rows, for a table of all shards those promoted last; None where the lake cannot say."""
        if name not in self._known:
            self._known[name] = self._look_up(*name.split("/", 1))
        return self._known[name]

    def _look_up(self, table: str, shard: str) -> str | None:
        if table not in TABLES:
            return None
        if shard == ALL:
            state = last_promoted(self._lake, table, ALL)
            return state.manifest.digest if state else None
        if table not in self._promoted:
            self._promoted[table] = {manifest.shard: manifest.digest for manifest in self._lake.promoted(table)}
        return self._promoted[table].get(shard)
