"""Evaluates a model: the log-probability of texts and answers, in batches that are laid out once for all models."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch.nn import functional

from tierline.training.model import Decoder
from tierline.training.tokenizer import encode
from tierline.training.train import precision
from tierline.training.windows import END_ID, Tokens

TOKENS_PER_BATCH = 8_192
Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Span:
    """Tokens; those from `start` on are predicted from the ones before them."""

    tokens: Tokens
    start: int


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """Spans of like length: their numbers, their tokens behind each other's padding, and which tokens count, (spans, length - 1)."""

    numbers: Rows
    tokens: npt.NDArray[np.int64]
    counted: npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class HeldOut:
    """Texts that are measured: their spans in batches, the text of each span, the bytes of each text, and which texts make up a part."""

    batches: tuple[Batch, ...]
    text_of_span: Rows
    bytes_of_text: Floats
    parts: Mapping[str, Rows]

    def bits(self, model: Decoder, device: str = "cpu") -> Floats:
        """-log2 P of each text, (texts,)."""
        found = -log_probabilities(model, self.batches, len(self.text_of_span), device) / math.log(2)
        return np.bincount(self.text_of_span, found, minlength=len(self.bytes_of_text)).astype(np.float64)

    def bits_per_byte(self, model: Decoder, device: str = "cpu") -> dict[str, float]:
        """Each part's bits per byte: sum over its texts of -log2 P(text) / sum of UTF-8 bytes (Gao et al. 2020, arXiv 2101.00027, section
        3.1)."""
        bits = self.bits(model, device)
        return {name: float(bits[own].sum() / self.bytes_of_text[own].sum()) for name, own in self.parts.items()}


def lay_out_texts(parts: Mapping[str, Sequence[str]], tokenizer: Tokenizer, context: int, per_text: int, per_part: int) -> HeldOut:
    """The beginnings of texts, up to a number of tokens of each text and of each part; a part's texts are taken in an order that is drawn
    once. A span follows END or the token before it."""
    spans: list[Span] = []
    owner: list[int] = []
    sizes: list[int] = []
    rows: dict[str, Rows] = {}
    for name, texts in parts.items():
        order: list[int] = np.random.default_rng(len(texts)).permutation(len(texts)).tolist()
        count, first = 0, len(sizes)
        for place in order:
            if count >= per_part:
                break
            (whole,) = encode(tokenizer, [texts[place]])
            own = whole[:per_text]
            if not len(own):
                continue
            pieces = list(_spans(own, context))
            spans += pieces
            owner += [len(sizes)] * len(pieces)
            text = texts[place] if len(own) == len(whole) else tokenizer.decode(own.tolist())
            sizes.append(len(text.encode("utf-8", "replace")))
            count += len(own)
        if len(sizes) > first:
            rows[name] = np.arange(first, len(sizes))
    return HeldOut(lay_out(spans), np.array(owner, np.int64), np.array(sizes, np.float64), rows)


def lay_out(spans: Sequence[Span]) -> tuple[Batch, ...]:
    """Spans of like length together, padded with END."""
    return tuple(_batch(spans, numbers) for numbers in _groups(spans))


@torch.no_grad()
def log_probabilities(model: Decoder, batches: Sequence[Batch], spans: int, device: str = "cpu") -> Floats:
    """Natural-log probability of each span's tokens from its start on, given those before; (spans,). Only where a token counts is the
    vocabulary scored."""
    model.eval()
    found = np.zeros(spans)
    for batch in batches:
        tokens, counted = torch.from_numpy(batch.tokens).to(device), torch.from_numpy(batch.counted).to(device)
        with precision(device):
            logits = model.logits(model.states(tokens[:, :-1])[counted])
        losses = functional.cross_entropy(logits.float(), tokens[:, 1:][counted], reduction="none").cpu().double().numpy()
        found[batch.numbers] = -np.bincount(np.nonzero(batch.counted)[0], losses, minlength=len(batch.numbers))
    model.train()
    return found


def answer_span(stem: Tokens, ending: Tokens, context: int) -> Span:
    """The ending after as much of the stem's end as the context holds."""
    tokens = np.concatenate([np.array([END_ID], np.uint16), stem, ending])[-(context + 1) :]
    return Span(tokens, max(1, len(tokens) - len(ending)))


def _batch(spans: Sequence[Span], numbers: Sequence[int]) -> Batch:
    length = max(len(spans[number].tokens) for number in numbers)
    tokens = np.full((len(numbers), length), END_ID, np.int64)
    counted = np.zeros((len(numbers), length - 1), bool)
    for place, number in enumerate(numbers):
        span = spans[number]
        tokens[place, : len(span.tokens)] = span.tokens
        counted[place, span.start - 1 : len(span.tokens) - 1] = True
    return Batch(np.array(numbers, np.int64), tokens, counted)


def _groups(spans: Sequence[Span]) -> Iterator[list[int]]:
    group: list[int] = []
    for number in sorted(range(len(spans)), key=lambda number: (len(spans[number].tokens), number)):
        if group and len(spans[number].tokens) * (len(group) + 1) > TOKENS_PER_BATCH:
            yield group
            group = []
        group.append(number)
    if group:
        yield group


def _spans(tokens: Tokens, context: int) -> Iterator[Span]:
    """A document as spans of up to `context` predicted tokens; the first follows END, each later one follows the last token before it."""
    whole = np.concatenate([np.array([END_ID], np.uint16), tokens])
    for start in range(0, len(tokens), context):
        yield Span(whole[start : start + context + 1], 1)
