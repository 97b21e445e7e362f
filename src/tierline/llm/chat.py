"""What all engines with a chat interface share: messages from a prompt, choices from first-token probabilities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tierline.llm.model import Prompt


def chat_messages(prompt: Prompt) -> list[dict[str, str]]:
    """A prompt as chat messages; a prefill is the beginning of the assistant's own."""
    messages = [{"role": "system", "content": prompt.system}] if prompt.system else []
    messages.append({"role": "user", "content": prompt.user})
    return [*messages, {"role": "assistant", "content": prompt.prefill}] if prompt.prefill else messages


def first_token_probabilities(top: Sequence[dict[str, Any]], choices: Sequence[str]) -> tuple[float, ...]:
    """For each choice the log-probability of its most probable first token, with or without a space before it; else -inf."""
    found = dict.fromkeys(choices, -math.inf)
    for token in top:
        for choice in choices:
            if token["token"].strip() and choice.startswith(token["token"].strip()):
                found[choice] = max(found[choice], token["logprob"])
    return tuple(found.values())
