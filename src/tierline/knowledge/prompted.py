"""Asks a language model for statements as JSON under a schema, and keeps only those whose every span stands in the text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tierline.config.recipe import build
from tierline.knowledge.sentence_subjects import is_named
from tierline.knowledge.structured import Statement
from tierline.knowledge.text import DOUBTED
from tierline.knowledge.vocabulary import VOCABULARY, fits
from tierline.llm import Completion, ModelClient, Prompt, Sampling
from tierline.text.bounded_json import parse_json

METHOD = "prompt"
STATES = ("ok", "model_error", "unfinished", "no_json", "wrong_form")
FIELDS = ("subject", "property", "value", "quote")
TOKENS_MAX = 600  # of an answer
_FILE = Path(__file__).parent / "prompts" / "statements.yaml"


@dataclass(frozen=True, slots=True)
class StatementPrompt:
    """The prompt file."""

    version: int
    properties_max: int
    template: str

    @property
    def identity(self) -> str:
        """sha256 of the file's content and the schema."""
        return hashlib.sha256((repr(sorted(asdict(self).items())) + self.schema).encode()).hexdigest()

    @property
    def schema(self) -> str:
        """The JSON schema of an answer."""
        fields: dict[str, Any] = {name: {"type": "string"} for name in FIELDS} | {"property": {"enum": sorted(VOCABULARY)}}
        item = {"type": "object", "properties": fields, "required": [*FIELDS], "additionalProperties": False}
        found = {"type": "array", "items": item, "maxItems": self.properties_max}
        whole = {"type": "object", "properties": {"statements": found}, "required": ["statements"], "additionalProperties": False}
        return json.dumps(whole, sort_keys=True)

    def render(self, text: str) -> Prompt:
        """The prompt for a text, between marks that no text can contain, since they are a hash of it."""
        mark = f"[{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:16]}]"
        return Prompt(self.template.format(mark=mark, text=text))


class Prompted(NamedTuple):
    """What came of one text: a state, the statements whose spans were found, how many were refused by reason, and the call."""

    state: str
    statements: tuple[Statement, ...]
    refused: dict[str, int]
    call_id: str


@cache
def load_prompt() -> StatementPrompt:
    """The prompt that ships with the code."""
    return build(StatementPrompt, yaml.safe_load(_FILE.read_text("utf-8")), str(_FILE))


def prompted_statements(texts: Sequence[str], client: ModelClient) -> list[Prompted]:
    """One result for each English text, such as a paragraph, in order, of one call each; without schemas an engine gives errors."""
    prompt = load_prompt()
    answers = client.generate([prompt.render(text) for text in texts], Sampling(max_tokens=TOKENS_MAX, json_schema=prompt.schema))
    return [read_answer(text, answer.value, answer.call_id) for text, answer in zip(texts, answers, strict=True)]


def read_answer(text: str, answer: Completion, call_id: str = "") -> Prompted:
    """What an answer states of its text: statements with the place of their quote, each checked; the rest is counted by reason."""
    state, items = _parsed(answer)
    kept: list[Statement] = []
    refused: dict[str, int] = {}
    for item in items:
        found = _checked(text, item)
        if isinstance(found, str):
            refused[found] = refused.get(found, 0) + 1
        elif found not in kept:
            kept.append(found)
    return Prompted(state, tuple(kept), refused, call_id)


def _parsed(answer: Completion) -> tuple[str, list[Any]]:
    if answer.error:
        return "model_error", []
    if answer.finish == "length":
        return "unfinished", []
    try:
        found = parse_json(answer.text)
    except ValueError:
        return "no_json", []
    items = found.get("statements") if isinstance(found, dict) else None
    return ("ok", items) if isinstance(items, list) else ("wrong_form", [])


def _checked(text: str, item: Any) -> Statement | str:
    """A statement, or why it is refused: every one of its words must stand in the text where it says so."""
    if not isinstance(item, dict) or any(not isinstance(item.get(name), str) or not item[name].strip() for name in FIELDS):
        return "wrong_form"
    subject, name, value, quote = (item[field].strip() for field in FIELDS)
    known, start = VOCABULARY.get(name), text.find(quote)
    if known is None:
        return "unknown_property"
    if start < 0:
        return "quote_not_in_text"
    if subject not in quote or value not in quote:
        return "not_in_quote"
    if DOUBTED.search(quote):
        return "doubted"
    if subject == value or not is_named(subject, known.name.startswith(("birth", "death"))) or not fits(known, value, "en"):
        return "no_property_of_a_name"
    return Statement(subject, known.name, value, start, start + len(quote), METHOD)
