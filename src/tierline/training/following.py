"""Checks by rule whether a model answers instructions in the form that was asked for, as alignment data has it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from tokenizers import Tokenizer

from tierline.training.model import Decoder
from tierline.training.tokenizer import encode
from tierline.training.train import precision
from tierline.training.windows import END_ID

INSTRUCTION = "Answer in one line.\n{prompt}\n"
TOKENS_MAX = 48  # of an answer
REPEATED = 4  # tokens: an answer that says as many twice in a row is going round in circles


@torch.no_grad()
def answers(model: Decoder, tokenizer: Tokenizer, prompts: Sequence[str], device: str = "cpu") -> list[tuple[str, bool]]:
    """For each prompt the most probable answer, token by token, and whether it came to an end within TOKENS_MAX."""
    model.eval()
    stems = [own[-(model.shape.context - TOKENS_MAX) :] for own in encode(tokenizer, [INSTRUCTION.format(prompt=one) for one in prompts])]
    found: list[tuple[str, bool]] = [("", False)] * len(prompts)
    by_length: dict[int, list[int]] = {}
    for number, stem in enumerate(stems):
        by_length.setdefault(len(stem), []).append(number)
    for _, numbers in sorted(by_length.items()):
        said = torch.from_numpy(np.stack([np.append(np.int64(END_ID), stems[number].astype(np.int64)) for number in numbers])).to(device)
        first = said.shape[1]
        for _ in range(min(TOKENS_MAX, model.shape.context - first)):
            with precision(device):
                said = torch.cat([said, model.logits(model.states(said)[:, -1]).argmax(-1, keepdim=True)], 1)
        for number, tokens in zip(numbers, said[:, first:].cpu().tolist(), strict=True):
            ended = END_ID in tokens
            found[number] = (tokenizer.decode(tokens[: tokens.index(END_ID)] if ended else tokens), ended)
    model.train()
    return found


def follows(answer: str, ended: bool) -> bool:
    """The rule: an answer that ends, stands on one line, says something, and does not repeat itself."""
    words = answer.split()
    circles = any(words[n : n + REPEATED] == words[n + REPEATED : n + 2 * REPEATED] for n in range(len(words) - 2 * REPEATED + 1))
    stutters = any(len(set(words[n : n + REPEATED])) == 1 for n in range(len(words) - REPEATED + 1))
    return ended and bool(words) and "\n" not in answer.strip("\n") and not circles and not stutters
