"""Evaluates a model: bits per byte of held-out texts, and how often the right answer is its most probable one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch.nn import functional

from tierline.training.corpus import Corpus
from tierline.training.model import Decoder
from tierline.training.questions import Question
from tierline.training.recipe import Measuring
from tierline.training.tokenizer import encode
from tierline.training.train import precision
from tierline.training.windows import END_ID, Tokens

TOKENS_PER_BATCH = 8_192
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Span:
    """Tokens; those from `start` on are predicted from the ones before them."""

    tokens: Tokens
    start: int


@dataclass(frozen=True, eq=False, slots=True)
class HeldOut:
    """The held-out rows that are measured: their spans, bytes, and which of them make up which part of the score."""

    spans: tuple[Span, ...]
    row_of_span: npt.NDArray[np.int64]
    bytes_of_row: Floats
    parts: Mapping[str, npt.NDArray[np.int64]]  # "domain:<name>" (the headline's), "tier:<name>" -> rows


def held_out(corpus: Corpus, tokenizer: Tokenizer, context: int, rules: Measuring) -> HeldOut:
    """Rows of each domain (the best version of each source) and of each tier, up to a number of tokens; a row may be in two parts.
    Long rows are cut to their beginning."""
    rows = corpus.heldout.to_pylist()
    whole = encode(tokenizer, [row["text"] for row in rows])
    tokens = [own[: rules.tokens_per_document] for own in whole]
    wanted: dict[str, list[int]] = {}
    for name in sorted({f"domain:{row['domain']}" for row in rows} | {f"tier:{row['tier']}" for row in rows}):
        kind, value = name.split(":", 1)
        own = [n for n, row in enumerate(rows) if row[kind] == value and (kind == "tier" or corpus.heldout_best[n])]
        wanted[name] = _up_to(own, tokens, rules.tokens_per_part)
    chosen = sorted({row for own in wanted.values() for row in own})
    place = {row: number for number, row in enumerate(chosen)}
    spans: list[Span] = []
    owner: list[int] = []
    sizes = np.zeros(len(chosen))
    for row in chosen:
        pieces = list(_spans(tokens[row], context))
        spans += pieces
        owner += [place[row]] * len(pieces)
        text = rows[row]["text"] if len(whole[row]) == len(tokens[row]) else tokenizer.decode(tokens[row].tolist())
        sizes[place[row]] = len(text.encode("utf-8", "replace"))
    parts = {name: np.array([place[row] for row in own], np.int64) for name, own in wanted.items() if own}
    return HeldOut(tuple(spans), np.array(owner, np.int64), sizes, parts)


def thinned(heldout: HeldOut, share: float) -> HeldOut:
    """A sample of the rows of each domain, for the points of a curve; tiers are left out."""
    parts = {name: own[: max(1, math.ceil(share * len(own)))] for name, own in heldout.parts.items() if name.startswith("domain:")}
    kept = np.unique(np.concatenate(list(parts.values())))
    place = {int(row): number for number, row in enumerate(kept)}
    chosen = [n for n, row in enumerate(heldout.row_of_span) if int(row) in place]
    owner = np.array([place[int(heldout.row_of_span[n])] for n in chosen], np.int64)
    spans = tuple(heldout.spans[n] for n in chosen)
    renumbered = {name: np.array([place[int(row)] for row in own], np.int64) for name, own in parts.items()}
    return HeldOut(spans, owner, heldout.bytes_of_row[kept], renumbered)


def bits_per_byte(model: Decoder, heldout: HeldOut, device: str = "cpu") -> dict[str, float]:
    """Each part's bits per byte, sum over its rows of -log2 P(text) / sum of UTF-8 bytes (Gao et al. 2020, arXiv 2101.00027, section
    3.1), and `bits_per_byte`: the mean over domains with equal weights."""
    bits = -np.array(log_probabilities(model, heldout.spans, device)) / math.log(2)
    of_row = np.bincount(heldout.row_of_span, bits, minlength=len(heldout.bytes_of_row))
    scores = {name: float(of_row[own].sum() / heldout.bytes_of_row[own].sum()) for name, own in heldout.parts.items()}
    domains = [score for name, score in scores.items() if name.startswith("domain:")]
    return {"bits_per_byte": float(np.mean(domains)), **scores}


def accuracies(model: Decoder, tokenizer: Tokenizer, questions: Sequence[Question], device: str = "cpu") -> dict[str, float]:
    """Each set's share of questions whose right answer has the highest log-probability per byte, the length-normalized accuracy that
    lm-evaluation-harness calls acc_norm; ties count as wrong unless the right answer comes first."""
    stems = encode(tokenizer, [question.prompt for question in questions])
    endings = encode(tokenizer, [f" {choice}" for question in questions for choice in question.choices])
    spans = [_answer(stems[number], ending, model.shape.context) for number, ending in _paired(questions, endings)]
    scores, position = log_probabilities(model, spans, device), 0
    right: dict[str, list[bool]] = {}
    for question in questions:
        lengths = [len(choice.encode("utf-8", "replace")) + 1 for choice in question.choices]
        own = np.array(scores[position : position + len(lengths)]) / np.array(lengths)
        position += len(lengths)
        right.setdefault(question.set, []).append(int(np.argmax(own)) == question.gold)
    return {name: float(np.mean(values)) for name, values in right.items()}


@torch.no_grad()
def log_probabilities(model: Decoder, spans: Sequence[Span], device: str = "cpu") -> list[float]:
    """Natural-log probability of each span's tokens from its start on, given those before; (spans,)."""
    model.eval()
    found = [0.0] * len(spans)
    for batch in _batches(spans):
        length = max(len(spans[number].tokens) for number in batch)
        tokens = np.full((len(batch), length), END_ID, np.int64)
        counted = np.zeros((len(batch), length - 1), bool)
        for place, number in enumerate(batch):
            span = spans[number]
            tokens[place, : len(span.tokens)] = span.tokens
            counted[place, span.start - 1 : len(span.tokens) - 1] = True
        rows = torch.from_numpy(tokens).to(device)
        with precision(device):
            logits = model(rows[:, :-1])
        losses = functional.cross_entropy(logits.float().transpose(1, 2), rows[:, 1:], reduction="none").cpu().double().numpy()
        for place, number in enumerate(batch):
            found[number] = -float(losses[place][counted[place]].sum())
    model.train()
    return found


def _batches(spans: Sequence[Span]) -> Iterator[list[int]]:
    """Spans of like length together."""
    batch: list[int] = []
    for number in sorted(range(len(spans)), key=lambda number: (len(spans[number].tokens), number)):
        if batch and len(spans[number].tokens) * (len(batch) + 1) > TOKENS_PER_BATCH:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def _spans(tokens: Tokens, context: int) -> Iterator[Span]:
    """A document as spans of up to `context` predicted tokens; the first follows END, each later one follows the last token before it."""
    whole = np.concatenate([np.array([END_ID], np.uint16), tokens])
    for start in range(0, len(tokens), context):
        yield Span(whole[start : start + context + 1], 1)


def _answer(stem: Tokens, ending: Tokens, context: int) -> Span:
    """The ending after as much of the stem's end as the context holds."""
    tokens = np.concatenate([np.array([END_ID], np.uint16), stem, ending])[-(context + 1) :]
    return Span(tokens, max(1, len(tokens) - len(ending)))


def _paired(questions: Sequence[Question], endings: Sequence[Tokens]) -> Iterator[tuple[int, Tokens]]:
    numbers = (number for number, question in enumerate(questions) for _ in question.choices)
    return zip(numbers, endings, strict=True)


def _up_to(rows: Sequence[int], tokens: Sequence[Tokens], most: int) -> list[int]:
    """Rows spread evenly over the order, until they have `most` tokens."""
    order = np.random.default_rng(len(rows)).permutation(len(rows))
    chosen: list[int] = []
    count = 0
    for place in order:
        if count >= most:
            break
        if len(tokens[rows[place]]):
            chosen.append(rows[place])
            count += len(tokens[rows[place]])
    return chosen
