"""The metric of the claim, fixed before any run: bits per byte in three equal parts, the held-out web beside it, and accuracies."""

from __future__ import annotations

import lzma
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from tierline.errors import BadInput
from tierline.training.corpus import Corpus, overlap_shares
from tierline.training.evaluate import Batch, HeldOut, answer_span, lay_out, lay_out_texts, log_probabilities
from tierline.training.following import answers, follows
from tierline.training.model import Decoder
from tierline.training.questions import Question, chance
from tierline.training.recipe import Measuring
from tierline.training.tokenizer import encode

K, WORKS, OUTSIDE, ANSWERS, WEB = "K", "works", "outside", "answers", "web"
PARTS = (WORKS, OUTSIDE, ANSWERS)  # of K, each weighing the same; a part without texts is left out, and the registration says so
MEANING = {
    K: "knowledge: the mean of its parts",
    WORKS: "held-out books and reference works",
    OUTSIDE: "a source that is in no tier (Wikipedia articles)",
    ANSWERS: "right answers to benchmark questions",
    WEB: "held-out web",
}
OUTSIDE_FILE = "text/wikitext2-valid.txt.xz"  # below the data folder
ARTICLE = re.compile(r"\n = ([^=\n]{1,200}) = \n")
CHARACTERS_MIN = 200  # of an article


@dataclass(frozen=True, eq=False, slots=True)
class Metric:
    """What every model is measured on, laid out once. A unit is a text or a right answer: its bits are kept, so that intervals can
    resample units as well as seeds."""

    texts: HeldOut  # parts "works", "outside" and "web:<domain>"
    questions: tuple[Question, ...]
    choices: tuple[Batch, ...]
    sizes: tuple[int, ...]  # bytes of each choice, with the space before it
    instructions: tuple[str, ...]
    overlapping: dict[str, int]  # kind -> what was left out because training rows have most of its words

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of K that have something to measure."""
        return tuple(part for part in PARTS if (self.questions if part == ANSWERS else part in self.texts.parts))

    @property
    def chances(self) -> dict[str, float]:
        """Accuracy by guessing, by benchmark."""
        names = sorted({question.set for question in self.questions})
        return {f"accuracy:{name}": chance([one for one in self.questions if one.set == name]) for name in names}

    @property
    def bytes_of_units(self) -> dict[str, list[float]]:
        """Part -> UTF-8 bytes of each unit; web domains are parts of their own."""
        found = {name: self.texts.bytes_of_text[own].tolist() for name, own in self.texts.parts.items()}
        if self.questions:
            found[ANSWERS] = [float(self.sizes[place]) for place in self._gold]
        return found

    def measure(self, model: Decoder, tokenizer: Tokenizer, device: str = "cpu") -> dict[str, Any]:
        """{"scores": name -> number, "bits": part -> bits of each unit}."""
        of_texts = self.texts.bits(model, device)
        bits = {name: of_texts[own].tolist() for name, own in self.texts.parts.items()}
        scores: dict[str, float] = {}
        if self.questions:
            logs = log_probabilities(model, self.choices, len(self.sizes), device)
            bits[ANSWERS] = (-logs[self._gold] / math.log(2)).tolist()
            scores |= self._accuracies(logs)
        if self.instructions:
            said = answers(model, tokenizer, self.instructions, device)
            scores["following"] = float(np.mean([follows(text, ended) for text, ended in said]))
        return {"scores": combined(bits, self.bytes_of_units) | scores, "bits": bits}

    @property
    def _gold(self) -> list[int]:
        starts = np.cumsum([0, *(len(question.choices) for question in self.questions)])
        return [int(start) + question.gold for start, question in zip(starts, self.questions, strict=False)]

    def _accuracies(self, logs: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, float]:
        """Each set's share of questions whose right answer has the highest log-probability per byte, the length-normalized accuracy that
        lm-evaluation-harness calls acc_norm; ties count as wrong unless the right answer comes first."""
        right: dict[str, list[bool]] = {}
        place = 0
        for question in self.questions:
            own = slice(place, place + len(question.choices))
            place = own.stop
            right.setdefault(f"accuracy:{question.set}", []).append(int(np.argmax(logs[own] / np.array(self.sizes[own]))) == question.gold)
        return {name: float(np.mean(values)) for name, values in right.items()}


def combined(bits: dict[str, list[float]], sizes: dict[str, list[float]]) -> dict[str, float]:
    """Bits per byte of every part, of K and of the web: means over their parts with equal weights."""
    parts = {name: float(np.sum(own) / np.sum(sizes[name])) for name, own in bits.items()}
    found = {name: parts[name] for name in PARTS if name in parts}
    domains = {name: value for name, value in parts.items() if name.startswith(f"{WEB}:")}
    whole = {K: float(np.mean(list(found.values())))}
    return whole | found | ({WEB: float(np.mean(list(domains.values())))} if domains else {}) | domains


def make_metric(
    corpus: Corpus, tokenizer: Tokenizer, context: int, rules: Measuring, questions: Sequence[Question], outside: Sequence[str]
) -> Metric:
    """From held-out rows, questions, and texts of a source that is in no tier; what training rows have most of is left out."""
    training = corpus.training["text"].to_pylist()
    said = [f"{one.prompt} {one.choices[one.gold]}" for one in questions]
    clean = overlap_shares([*said, *outside], training) <= rules.overlap_max if said or outside else np.zeros(0, bool)
    asked = [one for one, own in zip(questions, clean, strict=False) if own]
    kept = [one for one, own in zip(outside, clean[len(said) :], strict=True) if own]
    rows = corpus.heldout.select(["domain", "text"]).to_pylist()
    parts = {WORKS: [row["text"] for row in rows if row["domain"] in rules.works], OUTSIDE: kept}
    parts |= {f"{WEB}:{name}": [row["text"] for row in rows if row["domain"] == name] for name in rules.guard}
    texts = lay_out_texts(
        {name: own for name, own in parts.items() if own}, tokenizer, context, rules.tokens_per_document, rules.tokens_per_part
    )
    stems = encode(tokenizer, [question.prompt for question in asked])
    spans = [
        answer_span(stem, ending, context)
        for stem, question in zip(stems, asked, strict=True)
        for ending in encode(tokenizer, [f" {choice}" for choice in question.choices])
    ]
    sizes = tuple(len(choice.encode("utf-8", "replace")) + 1 for question in asked for choice in question.choices)
    instructions: dict[str, list[str]] = {}
    for question in asked:
        instructions.setdefault(question.set, []).append(question.prompt)
    prompts = tuple(prompt for own in instructions.values() for prompt in own[: rules.instructions_max])
    left_out = {WORKS: corpus.overlapping, OUTSIDE: len(outside) - len(kept), ANSWERS: len(questions) - len(asked)}
    return Metric(texts, tuple(asked), lay_out(spans), sizes, prompts, left_out)


def read_outside(data: str | Path) -> list[str]:
    """The articles of the source that is in no tier, below a data folder; none if the folder lacks it. BadInput if it is broken."""
    path = Path(data) / OUTSIDE_FILE
    if not path.is_file():
        return []
    try:
        text = lzma.decompress(path.read_bytes()).decode("utf-8")
    except (OSError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot be read ({error})", str(path)) from None
    pieces = ARTICLE.split(text)  # what stands before the first title, then titles and texts in turns
    return [body.strip() for body in pieces[2::2] if len(body.strip()) >= CHARACTERS_MIN]
