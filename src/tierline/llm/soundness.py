"""Says which answers are none: a probability above 1, a text that no table can hold, a count that nothing could have come to.

A failed parse is a state of the call, never a score. Every engine's answers pass here before they become records.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tierline.llm.model import Choice, Completion, Likelihood, Representation

ROUNDING = 1e-3  # by which an engine's log-probability may exceed 0
SUM_ROUNDING = 0.02  # by which probabilities of exclusive words may exceed 1 together: 20 of them in numbers of 8 bits (bfloat16)
CHARACTERS_PER_TOKEN = 128  # the longest tokens of known vocabularies are runs of so many spaces
OWN_WORDS = 16_384  # tokens that a server may add to a prompt: its template, a provider's system prompt
COUNT_SLACK = 16  # tokens that a server may count beyond what was asked for: those that end an answer
ERROR_CHARACTERS = 500

Value = Completion | Choice | Likelihood | Representation


def sound(request: Mapping[str, Any], value: Value) -> Value:
    """The answer, or in its place the state that says why it is none; tokens that can be true stay counted."""
    why = value.error or _fault(request, value)
    if not why:
        return value
    error = writable(why)[:ERROR_CHARACTERS]
    if isinstance(value, Completion):
        counts = {name: _possible(getattr(value, name)) for name in ("prompt_tokens", "output_tokens")}
        return replace(value, text="", finish="error", error=error, log_probabilities=(), **counts)
    if isinstance(value, Choice):
        return replace(value, text="", finish="error", error=error, log_probabilities=(), prompt_tokens=_possible(value.prompt_tokens))
    if isinstance(value, Likelihood):
        return replace(value, log_probability=0.0, tokens=0, error=error)
    return replace(value, vector=(), tokens=_possible(value.tokens), error=error)


def no_probability(values: Iterable[float], unreported: bool = False) -> str:
    """Why one of the values is no natural log of a probability; empty if all are. -inf stands for one that was not reported."""
    for value in values:
        if not (value <= ROUNDING and (unreported or value > -math.inf)):
            return f"{value} is no log-probability"
    return ""


def no_distribution(values: Iterable[float]) -> str:
    """Why these are not natural logs of the probabilities of words that exclude each other; empty if they are. -inf as above."""
    listed = list(values)
    total = math.fsum(math.exp(min(value, 1.0)) for value in listed)
    too_much = f"probabilities of exclusive words that sum to {total:.6g}" if total > 1 + SUM_ROUNDING else ""
    return no_probability(listed, unreported=True) or too_much


def writable(text: str) -> str:
    """The text without what no table can hold."""
    return text.encode(errors="replace").decode().replace("\0", "")


def _fault(request: Mapping[str, Any], value: Value) -> str:
    if isinstance(value, Completion):
        most = int(request["sampling"]["max_tokens"])
        counts = _no_count(request, value.prompt_tokens) or _no_count({}, value.output_tokens, 2 * most)
        return counts or no_probability(value.log_probabilities) or _no_text(value.text, most * CHARACTERS_PER_TOKEN)
    if isinstance(value, Choice):
        longest = max(map(len, request["choices"]))
        return (
            _no_count(request, value.prompt_tokens)
            or no_distribution(value.log_probabilities)
            or _no_text(value.text, longest + COUNT_SLACK)
        )
    if isinstance(value, Likelihood):
        return _no_count({}, value.tokens, int(request["max_tokens"])) or no_probability([value.log_probability])
    return _no_count(request, value.tokens) or ("" if all(map(math.isfinite, value.vector)) else "a vector with numbers that are none")


def _no_count(request: Mapping[str, Any], count: int, most: int = OWN_WORDS) -> str:
    """Why this is no number of tokens; a token is at least a byte."""
    most += COUNT_SLACK + (len(json.dumps(request)) if request else 0)
    return "" if 0 <= count <= most else f"a usage of {'less than no' if count < 0 else f'more than {most:,}'} tokens"


def _no_text(text: str, most: int) -> str:
    if len(text) > most:
        return f"{len(text):,} characters, more than the tokens that were asked for can hold ({most:,})"
    return "" if writable(text) == text else "a text with a lone surrogate or a NUL character"


def _possible(count: int) -> int:
    """A count that a table can hold and that lowers no sum."""
    return count if 0 <= count < 1 << 40 else 0
