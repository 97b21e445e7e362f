"""The prompt files: what a model is asked to write from numbered sentences, as JSON under a schema."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from tierline.config.recipe import build
from tierline.derived.form import WRITTEN, Kind
from tierline.llm import Prompt

ROLES = ("heading", "sentence", "question", "answer")
_FOLDER = Path(__file__).parent / "prompts"


@dataclass(frozen=True, slots=True)
class WrittenPrompt:
    """One prompt file. `roles` are what parts of an answer may be; `task` is the question of the row, with `{place}` for the document."""

    version: int
    roles: tuple[str, ...]
    task: str
    template: str

    @property
    def schema(self) -> str:
        """The JSON schema of an answer: parts in order, each with the numbers of the sentences that it rests on."""
        numbers = {"type": "array", "items": {"type": "integer"}, "maxItems": 3}
        fields: dict[str, Any] = {"role": {"enum": list(self.roles)}, "text": {"type": "string"}, "from": numbers}
        item = {"type": "object", "properties": fields, "required": ["role", "text", "from"], "additionalProperties": False}
        parts = {"type": "array", "items": item, "maxItems": 24}
        whole = {"type": "object", "properties": {"parts": parts}, "required": ["parts"], "additionalProperties": False}
        return json.dumps(whole, sort_keys=True)

    def render(self, place: str, sentences: Sequence[str]) -> Prompt:
        """The prompt for these sentences, between marks that no text can contain, since they are a hash of it."""
        listed = "\n".join(f"{number}. {text}" for number, text in enumerate(sentences, 1))
        mark = f"[{hashlib.sha256(listed.encode('utf-8', 'replace')).hexdigest()[:16]}]"
        return Prompt(self.template.format(place=place, mark=mark, sentences=listed))


def _read(kind: Kind) -> WrittenPrompt:
    where = f"prompts/{kind}.yaml"
    return build(WrittenPrompt, yaml.safe_load((_FOLDER / f"{kind}.yaml").read_text("utf-8")), where)


PROMPTS: dict[Kind, WrittenPrompt] = {kind: _read(kind) for kind in WRITTEN}
PROMPTS_SHA256 = hashlib.sha256(
    json.dumps([[kind, asdict(prompt), prompt.schema] for kind, prompt in PROMPTS.items()]).encode()
).hexdigest()
