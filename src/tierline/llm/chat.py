"""Shared code of all engines with a chat interface: messages from a prompt, choices from first-token probabilities."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from tierline.llm.model import Prompt

DECIMALS = 4  # of a stored log-probability: far finer than the difference between two engines
FINISHED = ("stop", "length")  # finish reasons of a real answer, unlike a content filter or a tool call


class SharedToken(ValueError):
    """Two choices that a model's first token cannot distinguish."""


def chat_messages(prompt: Prompt) -> list[dict[str, str]]:
    """A prompt as chat messages; a prefill is the beginning of the assistant's message."""
    messages = [{"role": "system", "content": prompt.system}] if prompt.system else []
    messages.append({"role": "user", "content": prompt.user})
    return [*messages, {"role": "assistant", "content": prompt.prefill}] if prompt.prefill else messages


def first_tokens(tokenize: Callable[[str], Sequence[int]], choices: Sequence[str]) -> list[set[int]]:
    """For each choice the tokens that it may begin with: its own first one, and the first one after a space.

    `tokenize` adds no special tokens. Raises SharedToken if two choices may begin with the same token.
    """
    space = {tokenize(" ")[0]}  # a choice whose space is a separate token is identified by its second token only
    found = [{tokenize(choice)[0], tokenize(" " + choice)[0]} - space for choice in choices]
    for index, tokens in enumerate(found):
        for other in range(index):
            if not tokens or tokens & found[other]:
                raise _shared(choices[other], choices[index])
    return found


def token_probabilities(reported: Mapping[int, float], tokens: Sequence[set[int]]) -> tuple[float, ...]:
    """For each choice the log of the summed probability of its tokens, from the reported log-probabilities; -inf if none was reported."""
    return tuple(log_sum([reported[token] for token in own if token in reported]) for own in tokens)


def text_probabilities(reported: Sequence[tuple[str, float]], choices: Sequence[str]) -> tuple[float, ...]:
    """The same if only the texts of tokens are known: the longest reported beginning of a choice counts as its first token.

    Raises SharedToken if two choices have the same longest beginning.
    """
    values: list[float] = []
    beginnings: dict[str, str] = {}
    for choice in choices:
        fitting = [(text.strip(), value) for text, value in reported if text.strip() and choice.startswith(text.strip())]
        longest = max((text for text, _ in fitting), key=len, default="")
        if longest and longest in beginnings:
            raise _shared(beginnings[longest], choice)
        beginnings[longest] = choice
        values.append(log_sum([value for text, value in fitting if text == longest]))
    return tuple(values)


def likeliest(choices: Sequence[str], log_probabilities: Sequence[float]) -> str:
    """The choice that a greedy answer restricted to the choices would give: they differ in their first tokens, so these decide. Empty
    if no probability is known."""
    best = max(range(len(choices)), key=log_probabilities.__getitem__)
    return choices[best] if log_probabilities[best] > -math.inf else ""


def log_sum(values: Sequence[float]) -> float:
    """Log of the sum of probabilities given as logs; -inf for none. Rounded to DECIMALS, like every stored value."""
    top = max(values, default=-math.inf)
    return top if top == -math.inf else round(min(0.0, top + math.log(math.fsum(math.exp(value - top) for value in values))), DECIMALS)


def _shared(one: str, other: str) -> SharedToken:
    return SharedToken(f"the choices {one!r} and {other!r} begin with the same token for this model: let them differ in their first letter")
