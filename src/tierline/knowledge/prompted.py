"""Asks a language model for statements as JSON under a schema, and keeps only those whose every span stands in the text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import pyarrow as pa
import yaml

from tierline.config.bounds import Count, Natural
from tierline.config.recipe import build
from tierline.knowledge.sentence_subjects import is_named
from tierline.knowledge.structured import Statement
from tierline.knowledge.text import DOUBTED
from tierline.knowledge.vocabulary import VOCABULARY, fits
from tierline.llm import Answered, Completion, ModelClient, Prompt, Sampling
from tierline.tables import content_id
from tierline.text.bounded_json import parse_json
from tierline.text.fences import fenced
from tierline.unforeseen import UNFORESEEN, Lost, held

METHOD = "prompt"
STATES = ("ok", "model_error", "unfinished", "no_json", "wrong_form", UNFORESEEN)
FIELDS = ("subject", "property", "value", "quote")
TOKENS_MAX = 600  # of an answer
LANGUAGE = "en"  # of the prompt and of the forms by which an answer is checked
_NO_PROSE = ("|", "- ", ": ", "#", ">", "    ")  # what lines of tables, lists, definitions, headings, quotations and code begin with
_FILE = Path(__file__).parent / "prompts" / "statements.yaml"


@dataclass(frozen=True, slots=True)
class PromptedRules:
    """How many paragraphs a language model is asked about; none unless the recipe says so, for no precision of the method was measured:
    its claims count once `l4.methods.always` names it."""

    SECTION: ClassVar[str] = "l4.prompted"
    calls_per_shard: Natural = 0
    words_min: Count = 25  # of a paragraph
    words_max: Count = 200

    @property
    def prompt_sha256(self) -> str:
        """Identity of the prompt; empty if nothing is asked."""
        return load_prompt().identity if self.calls_per_shard else ""


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


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of the paragraphs of a shard: statements by document, at their places in its text, and decisions about answers of which
    something does not count."""

    statements: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict[str, tuple[Statement, ...]])
    decisions: tuple[dict[str, Any], ...] = ()


def ask_documents(documents: pa.Table, client: ModelClient, rules: PromptedRules) -> Asked:
    """One call for each of so many paragraphs of rows of `l2_selected`: the first of every English document, then the second, and so on.
    Raises what the client raises: a model that cannot be reached, or a budget that is spent, ends the stage, and a rerun continues."""
    places = list(islice(_paragraphs(documents, rules), rules.calls_per_shard))
    statements: dict[str, tuple[Statement, ...]] = {}
    decisions: list[dict[str, Any]] = []
    answers = prompted_statements([text for _, _, text in places], client)
    for (doc_id, start, _), found in zip(places, answers, strict=True):
        moved = tuple(replace(one, start=one.start + start, end=one.end + start) for one in found.statements)
        statements[doc_id] = statements.get(doc_id, ()) + moved
        if found.state != "ok" or found.refused:
            rule = found.state if found.state != "ok" else "refused"
            detail = ", ".join(f"{reason}: {count}" for reason, count in sorted(found.refused.items())) or None
            said = {"row_id": content_id("asked", doc_id, start), "related_id": doc_id, "outcome": "dropped"}
            decisions.append(said | {"rule": f"claims:prompt_{rule}", "detail": detail})
    return Asked({doc_id: own for doc_id, own in statements.items() if own}, tuple(decisions))


def _paragraphs(documents: pa.Table, rules: PromptedRules) -> Iterator[tuple[str, int, str]]:
    """(document, start in its text, paragraph) in turns over the documents, which take turns by their ids."""
    columns = (documents[name].to_pylist() for name in ("doc_id", "language", "text"))
    rows = sorted((doc_id, text or "") for doc_id, language, text in zip(*columns, strict=True) if language == LANGUAGE)
    left = [(doc_id, _paragraphs_of(text, rules)) for doc_id, text in rows]
    while left:
        going: list[tuple[str, Iterator[tuple[int, str]]]] = []
        for doc_id, own in left:
            found = next(own, None)
            if found is not None:
                yield doc_id, *found
                going.append((doc_id, own))
        left = going


def _paragraphs_of(text: str, rules: PromptedRules) -> Iterator[tuple[int, str]]:
    lines, start = text.split("\n"), 0
    for line, is_code in zip(lines, fenced(lines), strict=True):
        if not is_code and not line.startswith(_NO_PROSE) and rules.words_min <= len(line.split()) <= rules.words_max:
            yield start, line
        start += len(line) + 1


@cache
def load_prompt() -> StatementPrompt:
    """The prompt that ships with the code."""
    return build(StatementPrompt, yaml.safe_load(_FILE.read_text("utf-8")), str(_FILE))


def prompted_statements(texts: Sequence[str], client: ModelClient) -> list[Prompted]:
    """One result for each English text, such as a paragraph, in order, of one call each; without schemas an engine gives errors."""
    prompt = load_prompt()
    answers = client.generate([prompt.render(text) for text in texts], Sampling(max_tokens=TOKENS_MAX, json_schema=prompt.schema))
    return [_held(text, answer) for text, answer in zip(texts, answers, strict=True)]


def _held(text: str, answer: Answered[Completion]) -> Prompted:
    """What an answer states; where no code here can work on it, that is its state."""
    (found,) = held(lambda rows: [read_answer(*one) for one in rows], [(text, answer.value, answer.call_id)])
    return Prompted(UNFORESEEN, (), {}, answer.call_id) if isinstance(found, Lost) else found[0]


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
