"""What ran: the identity of one call of one stage on one shard, from which every row's lineage starts."""

from __future__ import annotations

import json
from dataclasses import asdict, astuple, dataclass, field, is_dataclass
from datetime import UTC, datetime
from typing import Any

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

    Its id depends on what decides the result (code, parameters, model, prompts, inputs) and on nothing else, so a replay
    has the same id; times and cost are recorded beside it.
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
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)

    @classmethod
    def begin(
        cls, stage: str, shard: str, code_version: str, rules: object, inputs: dict[str, str], model: ModelCard | None = None
    ) -> Activity:
        """Start the clock on a stage; `rules` is its frozen parameters dataclass (or a tuple of several)."""
        return cls(stage, shard, code_version, canonical_json(rules), dict(sorted(inputs.items())), **(asdict(model) if model else {}))

    @property
    def activity_id(self) -> str:
        """Stable over replays."""
        inputs = [f"{name}={digest}" for name, digest in sorted(self.inputs.items())]
        return content_id(
            "act", self.stage, self.shard, self.code_version, self.parameters, inputs, self.model_id, self.model_digest, self.prompt_sha256
        )


def canonical_json(rules: object) -> str:
    """Parameters as JSON with sorted keys; dataclasses become objects tagged with their class name."""

    def plain(value: Any) -> Any:
        if is_dataclass(value) and not isinstance(value, type):
            return {"rules": type(value).__name__, **asdict(value)}
        if isinstance(value, (set, frozenset)):
            return sorted(value)
        if isinstance(value, tuple):
            return [plain(item) for item in value]
        raise TypeError(f"parameters hold a {type(value).__name__}, which has no canonical form")

    return json.dumps(plain(rules) if not isinstance(rules, dict) else rules, sort_keys=True, default=plain, ensure_ascii=False)
