"""Asks a language model how useful a sample of documents is; what it says is kept word for word."""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import pyarrow as pa

from tierline.document import TABLES, content_id
from tierline.lake import StageResult, decision_table
from tierline.llm import Answered, Asker, Choice, Prompt
from tierline.scoring.sampling import preference

CHOICES = ("A", "B")
LENGTH_BUCKETS = ((300, "short"), (1_000, "medium"), (math.inf, "long"))  # tokens

QUESTION = """Read this extract from a web page.

{text}

Would a student learn something from it?
A. {first}
B. {second}"""
USEFUL, USELESS = "Yes, it explains or tells something worth knowing.", "No, it is advertising, small talk or empty words."


@dataclass(frozen=True, slots=True)
class AnnotateRules:
    """Which documents are judged and how."""

    SECTION: ClassVar[str] = "l2.annotate"
    sample_per_shard: int = 40  # two questions each; enough for a student with a few hundred features over some shards
    characters: int = 700  # of each document that the model reads; its quality shows early
    scale: str = "usefulness"

    @property
    def prompt_sha256(self) -> str:
        """Identity of the prompt."""
        return hashlib.sha256("\n".join((QUESTION, USEFUL, USELESS, *CHOICES)).encode()).hexdigest()


def annotate(documents: pa.Table, asker: Asker, rules: AnnotateRules) -> StageResult:
    """`l2_annotations` for a stratified sample of `l1_filtered` rows; a document that is not sampled is dropped as such.

    The question is asked in both orders of its answers and the probabilities averaged, since small models prefer a letter to
    an answer (Zheng et al. 2023, arXiv 2309.03882). A score is in [0, 1]; without two usable answers there is none.
    """
    rows = documents.select(["doc_id", "domain", "language", "tokens", "text"]).to_pylist()
    strata = {row["doc_id"]: stratum(row) for row in rows}
    sample = draw_sample(strata, rules.sample_per_shard, preference(documents))
    texts = {row["doc_id"]: row["text"][: rules.characters] for row in rows if row["doc_id"] in sample}
    prompts = [prompt for doc_id in sample for prompt in both_orders(texts[doc_id])]
    answers = asker.choose(prompts, CHOICES)
    found = [_annotation(doc_id, strata[doc_id], answers[2 * index], answers[2 * index + 1], rules) for index, doc_id in enumerate(sample)]
    states = {row["doc_id"]: row["parse_state"] for row in found}
    tables = {"l2_annotations": pa.Table.from_pylist(found, schema=pa.schema(TABLES["l2_annotations"].columns))}
    decisions = decision_table(_decision(row["doc_id"], row["tokens"], states.get(row["doc_id"])) for row in rows)
    return StageResult(tables, {"l2_annotations": (documents.num_rows, decisions)}, asker.cost)


def stratum(row: dict[str, Any]) -> str:
    """Language and length: what scores differ by for reasons of their own."""
    return f"{row['language']}/{next(name for limit, name in LENGTH_BUCKETS if row['tokens'] < limit)}"


def draw_sample(strata: dict[str, str], size: int, preference: Sequence[str] = ()) -> list[str]:
    """Ids, one from each stratum in turn, within a stratum the preferred first, else in the order of a hash: no seed, and stable as
    documents come."""
    queues: dict[str, list[str]] = defaultdict(list)
    for doc_id in preference or sorted(strata, key=lambda doc_id: hashlib.sha256(doc_id.encode()).digest()):
        queues[strata[doc_id]].append(doc_id)
    drawn: list[str] = []
    turn = 0
    while len(drawn) < min(size, len(strata)):
        drawn += [queues[name][turn] for name in sorted(queues) if turn < len(queues[name])]
        turn += 1
    return drawn[:size]


def both_orders(text: str) -> tuple[Prompt, Prompt]:
    """The question with "useful" as A, then as B."""
    prefill = "The answer is"  # the next token is then the letter itself
    return (
        Prompt(QUESTION.format(text=text, first=USEFUL, second=USELESS), prefill=prefill),
        Prompt(QUESTION.format(text=text, first=USELESS, second=USEFUL), prefill=prefill),
    )


def _annotation(doc_id: str, stratum: str, straight: Answered[Choice], turned: Answered[Choice], rules: AnnotateRules) -> dict[str, Any]:
    shares = [_share(straight.value, 0), _share(turned.value, 1)]
    known = [share for share in shares if share is not None]
    failed = straight.value.error or turned.value.error
    return {
        "annotation_id": content_id("ann", doc_id, rules.scale, [straight.call_id, turned.call_id]),
        "doc_id": doc_id,
        "parents": [doc_id],
        "scale": rules.scale,
        "stratum": stratum,
        "score": sum(known) / 2 if len(known) == 2 else None,
        "parse_state": "ok" if len(known) == 2 else "model_error" if failed else "no_choice",
        "raw_output": json.dumps([asdict(straight.value), asdict(turned.value)]),
        "call_ids": [straight.call_id, turned.call_id],
    }


def _share(choice: Choice, index: int) -> float | None:
    """Probability of one choice among both; None where the model named neither."""
    weights = [math.exp(value) for value in choice.log_probabilities]
    return weights[index] / sum(weights) if weights and sum(weights) > 0 else None


def _decision(doc_id: str, tokens: int, state: str | None) -> dict[str, Any]:
    if state == "ok":
        return {"row_id": doc_id, "outcome": "kept", "tokens": tokens}
    if state is None:
        return {"row_id": doc_id, "outcome": "dropped", "rule": "not_sampled", "tokens": tokens}
    return {"row_id": doc_id, "outcome": "error", "rule": state, "tokens": tokens}
