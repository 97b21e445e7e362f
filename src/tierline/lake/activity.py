"""The record of what ran: the identity of one run of one stage on one shard, from which every row's lineage starts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, field, is_dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from tierline.config.bundled import bundled_digests
from tierline.stages import BY_NAME
from tierline.tables import content_id


@dataclass(frozen=True, slots=True)
class Cost:
    """What an activity spent on models: calls made (not served from the store), tokens, wall seconds, money by the recipe's prices."""

    model_calls: int = 0
    stored_calls: int = 0
    prompt_tokens: int = 0
    output_tokens: int = 0
    model_seconds: float = 0.0
    money: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))


def recorded(inputs: Mapping[str, str | None]) -> dict[str, str]:
    """Inputs as activities record them: an empty digest, or None, stands for nothing and is left out."""
    return {name: digest for name, digest in inputs.items() if digest}


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Which model, weights, prompts and engine an activity used."""

    model_id: str
    model_digest: str
    prompt_sha256: str
    engine: str


@dataclass(frozen=True, slots=True)
class Activity:
    """One call of one stage on one shard.

    Its id depends on what decides the result (code, parameters, bundled files, model, prompts, inputs) and on nothing else, so a
    replay has the same id; times and cost are recorded beside it.
    """

    stage: str
    shard: str
    code_version: str
    parameters: str  # canonical JSON
    inputs: dict[str, str]  # "table/shard" -> digest
    model_id: str = ""
    model_digest: str = ""
    prompt_sha256: str = ""
    engine: str = ""
    weights: str = "{}"  # canonical JSON: bundled file -> SHA-256
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)

    @classmethod
    def of(cls, stage: str, shard: str, rules: object, inputs: Mapping[str, str], model: ModelCard | None = None) -> Activity:
        """Start the clock on a declared stage: its code version and bundled files are looked up, `rules` are its parameters
        dataclasses in the order in which it names their sections. Raises BadInput if a bundled file cannot be read."""
        declared = BY_NAME[stage]
        weights = json.dumps(bundled_digests(declared.files))
        return cls._started(stage, shard, declared.code_version, stage_parameters(stage, rules), inputs, model, weights)

    @classmethod
    def begin(
        cls, stage: str, shard: str, code_version: str, rules: object, inputs: Mapping[str, str], model: ModelCard | None = None
    ) -> Activity:
        """The same with the given code version and rules, regardless of the stage's declaration."""
        return cls._started(stage, shard, code_version, canonical_json(rules), inputs, model, "{}")

    @classmethod
    def _started(
        cls, stage: str, shard: str, code_version: str, parameters: str, inputs: Mapping[str, str], model: ModelCard | None, weights: str
    ) -> Activity:
        return cls(
            stage, shard, code_version, parameters, dict(sorted(inputs.items())), **(asdict(model) if model else {}), weights=weights
        )

    @property
    def activity_id(self) -> str:
        """Stable over replays."""
        inputs = [f"{name}={digest}" for name, digest in sorted(self.inputs.items())]
        decided = self.code_version, self.parameters, inputs, self.model_id, self.model_digest, self.prompt_sha256, self.weights
        return content_id("act", self.stage, self.shard, *decided)


def stage_parameters(stage: str, rules: object) -> str:
    """A declared stage's record of its rules: canonical JSON, without the settings that do not decide its rows."""
    without = {section.name: section.without for section in BY_NAME[stage].sections if section.without}
    return canonical_json(rules, without)


def canonical_json(rules: object, without: Mapping[str, Sequence[str]] = MappingProxyType({})) -> str:
    """Parameters as JSON with sorted keys; dataclasses become objects tagged with their class name. `without`: section of the recipe
    -> settings left out."""

    def plain(value: Any) -> Any:
        if is_dataclass(value) and not isinstance(value, type):
            hidden = without.get(str(getattr(value, "SECTION", "")), ())
            return {"rules": type(value).__name__, **{name: item for name, item in asdict(value).items() if name not in hidden}}
        if isinstance(value, (set, frozenset)):
            return sorted(value)
        if isinstance(value, tuple):
            return [plain(item) for item in value]
        raise TypeError(f"parameters hold a {type(value).__name__}, which has no canonical form")

    return json.dumps(plain(rules) if not isinstance(rules, dict) else rules, sort_keys=True, default=plain, ensure_ascii=False)
