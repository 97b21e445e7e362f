"""What a check asks a model: the pipeline's own judge, probe, perplexity and edit, on texts that are the same everywhere."""

from __future__ import annotations

import difflib
import hashlib
import json
import math
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tierline.judges.injection import escape
from tierline.judges.probe import bundled_probe
from tierline.judges.scales import load_scale
from tierline.lake import Lake
from tierline.llm import CachedModelClient, CallStore, LanguageModel, Prompt, Sampling
from tierline.operations.prompts import EDIT, own_words

SCALE = "educational_value"
PERPLEXITY_TOKENS, EDIT_TOKENS = 128, 96
# Four that explain something, two that sell, two whose spelling an edit mends. Ours, so that they can be published and never change.
TEXTS = (
    "A lock lifts a boat from one level of a canal to the next. The lower gates close behind it, water runs in from above through "
    "openings in the upper gates, and the boat rises with it. When both sides stand equally high, the upper gates open without "
    "effort, because nothing presses on them any more. A lock of ordinary size uses about two hundred cubic meters for each boat.",
    "Bread rises because yeast eats sugar and gives off carbon dioxide, which the dough holds in small bubbles. Kneading makes the "
    "proteins of flour join into long threads; without them the gas would escape, and the loaf would be flat. Warm dough rises "
    "fast, cold dough slowly, which is why a loaf that stood in a cellar overnight tastes of more.",
    "A tree grows one ring each year, wide in wet years and narrow in dry ones. Where the pattern of wide and narrow rings of an old "
    "beam is the same as that of a living tree, the year in which the beam was cut can be counted. Series of this kind reach back "
    "more than ten thousand years, and they are what other ways of dating are checked against.",
    "The tide follows the moon, because water on the near side is pulled more than the earth as a whole, and water on the far side "
    "less. So there are two high tides a day, about fifty minutes later each day than the day before. At new and full moon the "
    "sun pulls along the same line, and the difference between high and low water is greatest.",
    "BEST PRICES!!! Buy now, limited offer, only today! Click here and save 70% on watches, bags and shoes. Free shipping worldwide. "
    "Best quality, best price, best service. Click here now! Subscribe, share and win a prize. Do not miss this deal! Buy now!",
    "Home | About | Products | Contact | Login | Register | Cart (0) | Terms | Privacy | Cookies | Newsletter | Sitemap | Back to top "
    "| Next page | Previous page | Share on social media | Print this page | Copyright all rights reserved | Powered by shop engine",
    "The bridge have been build in 1894 by two engineer and it carry the railway over the river to the old harbour. Befor that peoples "
    "had to took the ferry, wich was slow and did not went in winter when the river was full of ice.",
    "Me and my brother was walking to the market when we seen a old man who sell honey. He say that his bees makes the most good honey "
    "of the hole valley, becaus the flowers there is not like nowhere else.",
)
EDITED = TEXTS[-2:]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a model says of TEXTS: the judge's log odds of the best level against the worst, in both orders of the levels; the probe's
    score, and nats per token (each empty where a server does not give them); edits of EDITED."""

    judged: list[float]
    probed: list[float]
    nats: list[float]
    edits: list[str]


@dataclass(frozen=True, slots=True)
class Gap:
    """How far answers are from stored ones: the largest difference of each kind, and the least likeness of two edits (1: the same)."""

    judged: float
    probed: float
    nats: float
    edits: float


# Largest gap that rounding explains: other kernels add in another order, GPUs compute in bfloat16. Bounds by judgment: only runs of
# llama.cpp on CPUs were compared. The judge's log odds of these questions span less than 1, so that its bound finds gross faults alone.
TOLERANCE = Gap(judged=0.5, probed=0.1, nats=0.1, edits=0.5)


def digest() -> str:
    """Of everything that is asked: stored answers to other questions compare with nothing."""
    asked = [TEXTS, load_scale(SCALE).identity, bundled_probe().identity, EDIT, PERPLEXITY_TOKENS, EDIT_TOKENS]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def ask(model: LanguageModel) -> Answers:
    """Every question, through the same client as a run's. RuntimeError names the first that the model did not answer."""
    probe = bundled_probe()
    with (
        tempfile.TemporaryDirectory(prefix="tierline-check-") as folder,
        CachedModelClient(model, CallStore(Lake(folder), "check")) as client,
    ):
        choices = [answer.value for answer in client.choose(_judged(), load_scale(SCALE).choices)]
        likelihoods = [answer.value for answer in client.likelihood(TEXTS, PERPLEXITY_TOKENS)]
        completions = [answer.value for answer in client.generate(_edits(), Sampling(max_tokens=EDIT_TOKENS))]
        vectors = [answer.value for answer in client.represent(TEXTS, probe.tokens)] if model.engine != "endpoint" else []
    if model.engine == "endpoint" and all(value.error for value in likelihoods):  # many servers tell nothing of a prompt's own tokens
        likelihoods = []
    for kind, values in (("judge", choices), ("perplexity", likelihoods), ("edit", completions), ("probe", vectors)):
        if failed := [value.error for value in values if value.error]:
            raise RuntimeError(f"{kind}: {failed[0]}")
    odds = [choice.log_probabilities[-1] - choice.log_probabilities[0] for choice in choices]
    if not all(map(math.isfinite, odds)):
        raise RuntimeError("judge: a letter that may be chosen is not among the likeliest words")
    probed = probe.score(np.array([value.vector for value in vectors], np.float64)) if vectors else []
    return Answers(
        [round(value, 6) for value in odds],
        [round(float(score), 6) for score in probed],
        [round(-value.log_probability / value.tokens, 6) for value in likelihoods],
        [own_words(value.text) for value in completions],
    )


def compare(answers: Answers, stored: Answers) -> Gap:
    """The gap between answers of two machines; 0 for what one of them has not."""
    likeness = [
        difflib.SequenceMatcher(None, one.split(), other.split()).ratio() for one, other in zip(answers.edits, stored.edits, strict=True)
    ]
    probed = list(zip(answers.probed, stored.probed, strict=True)) if answers.probed and stored.probed else []
    return Gap(
        _largest(zip(answers.judged, stored.judged, strict=True)),
        _largest(probed),
        _largest(zip(answers.nats, stored.nats, strict=True)) if answers.nats and stored.nats else 0.0,
        round(min(likeness), 3),
    )


def beyond(gap: Gap) -> list[str]:
    """What is further from the stored answers than the tolerance, in words."""
    found = [
        f"{kind}: differs by {getattr(gap, kind)}, at most {getattr(TOLERANCE, kind)} is rounding"
        for kind in ("judged", "probed", "nats")
        if getattr(gap, kind) > getattr(TOLERANCE, kind)
    ]
    return found + ([f"edits: are alike by {gap.edits}, at least {TOLERANCE.edits} is expected"] if gap.edits < TOLERANCE.edits else [])


def speeds(model: LanguageModel, prompts: int, tokens: int) -> tuple[float, float]:
    """Tokens read and written in a second, with `prompts` prompts at once, `tokens` written for each. No two prompts begin alike, so
    that none is in a cache; the median of three rounds, the first of which also warms up."""
    rounds: list[tuple[float, float]] = []
    for number in range(3):
        asked = [Prompt(f"{number}.{index}: {TEXTS[index % len(TEXTS)]}\n\nGo on.") for index in range(prompts)]
        began = time.perf_counter()
        chosen = model.choose([Prompt(f"?{prompt.user}\nA. Yes\nB. No", prefill="The answer is") for prompt in asked], ("A", "B"))
        read = sum(choice.prompt_tokens for choice in chosen) / (time.perf_counter() - began)
        began = time.perf_counter()
        written = model.generate(asked, Sampling(max_tokens=tokens))
        rounds.append((read, sum(answer.output_tokens for answer in written) / (time.perf_counter() - began)))
    read, written = zip(*rounds, strict=True)
    return statistics.median(read), statistics.median(written)


def _judged() -> list[Prompt]:
    scale = load_scale(SCALE)
    return [scale.render(escape(text), reverse) for text in TEXTS for reverse in (False, True)]


def _edits() -> list[Prompt]:
    return [Prompt(EDIT.format(text=text)) for text in EDITED]


def _largest(pairs: Any) -> float:
    return round(max((abs(one - other) for one, other in pairs), default=0.0), 6)


def answers_of(stored: dict[str, Sequence[Any]]) -> Answers:
    """From what is stored as JSON."""
    return Answers(**{name: list(values) for name, values in stored.items()})
