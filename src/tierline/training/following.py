"""Checks by rule whether a model answers instructions in the form that was asked for, as alignment data has it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from tokenizers import Tokenizer

from tierline.training.model import Decoder
from tierline.training.tokenizer import encode
from tierline.training.train import precision
from tierline.training.windows import END_ID, Tokens

INSTRUCTION = "Answer in one line.\n{prompt}\n"
TOKENS_MAX = 48  # of an answer
TOGETHER = 128  # answers at a time
REPEATED = 4  # tokens: an answer that says as many twice in a row is going round in circles


def answers(model: Decoder, tokenizer: Tokenizer, prompts: Sequence[str], device: str = "cpu") -> list[tuple[str, bool]]:
    """For each prompt the most probable answer, token by token, and whether it came to an end within TOKENS_MAX."""
    model.eval()
    stems = [own[-(model.shape.context - TOKENS_MAX) :] for own in encode(tokenizer, [INSTRUCTION.format(prompt=one) for one in prompts])]
    found: list[tuple[str, bool]] = [("", False)] * len(prompts)
    order = sorted(range(len(stems)), key=lambda number: len(stems[number]))
    for start in range(0, len(order), TOGETHER):
        numbers = order[start : start + TOGETHER]
        for number, tokens in zip(numbers, _continued(model, [stems[number] for number in numbers], device), strict=True):
            ended = END_ID in tokens
            found[number] = (tokenizer.decode(tokens[: tokens.index(END_ID)] if ended else tokens), ended)
    model.train()
    return found


@torch.no_grad()
def _continued(model: Decoder, stems: Sequence[Tokens], device: str) -> list[list[int]]:
    """The most probable tokens behind END and each stem, which come in the order of their lengths. All go on in step: where a stem still
    has a token, that one is read instead of the most probable one."""
    ends = [1 + len(stem) for stem in stems]
    length = min(model.shape.context, ends[-1] + TOKENS_MAX)
    tokens = torch.full((len(stems), length), END_ID)
    given = torch.arange(length) < torch.tensor(ends)[:, None]
    for row, stem in enumerate(stems):
        tokens[row, 1 : ends[row]] = torch.from_numpy(stem.astype(np.int64))
    tokens, given = tokens.to(device), given.to(device)
    seen, first = model.unread(), 0
    for place in range(ends[0], length):
        with precision(device):
            likely = model.logits(model.states(tokens[:, first:place], seen)[:, -1]).argmax(-1)
        tokens[:, place] = torch.where(given[:, place], tokens[:, place], likely)
        first = place
    return [own[end : end + TOKENS_MAX] for own, end in zip(tokens.tolist(), ends, strict=True)]


def follows(answer: str, ended: bool) -> bool:
    """The rule: an answer that ends, stands on one line, says something, and does not repeat itself."""
    words = answer.split()
    circles = any(words[n : n + REPEATED] == words[n + REPEATED : n + 2 * REPEATED] for n in range(len(words) - 2 * REPEATED + 1))
    stutters = any(len(set(words[n : n + REPEATED])) == 1 for n in range(len(words) - REPEATED + 1))
    return ended and bool(words) and "\n" not in answer.strip("\n") and not circles and not stutters
