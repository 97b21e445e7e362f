"""Proposes to drop lines that are noise (menus, buttons, bylines, notices), by a small classifier of lines that ships with the code."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from tierline.operations.document import Document
from tierline.operations.line_features import Lines, read_lines
from tierline.operations.noise_lines import is_listed, is_protected, layout_table, verify_noise
from tierline.operations.operation import Kind, Operation
from tierline.students.features import weighed_features

Floats = npt.NDArray[np.float64]
WEIGHTS = Path(__file__).with_name("noise.npz")
STEPS = (-3, -2, -1, 1, 2, 3)  # the lines around one whose first odds the second model reads
LIMIT, ODDS_LIMIT = 4.0, 8.0
# Log odds that a line needs beside the threshold: a sentence states something more often than a button does, and so does what stands
# between sentences.
PROSE, MIDDLE = 4.0, 3.0
LIST_SHARE, LIST_ODDS = 0.7, 0.01  # of a list's items that must be noise; what the others of such a list count as
PROSE_CHARACTERS = 60
CLOSERS, ENDS = "\"'”’»)]」』 ", ".!?…。！？؟।"
DOCUMENTS_PER_BATCH = 64


@dataclass(frozen=True, eq=False)
class NoiseModel:
    """Log odds that a line is noise, in two passes (auto-context, Tu and Bai 2010, section 2): a linear model over hashed words and
    numbers, then a network that also reads what the first says of the lines around.

    `grams` (2**17, 1); `middle`, `spread` (k,) of the k numbers of a line; `linear` (k,), `bias`; `hidden` (1 + 6 + k, h),
    `hidden_bias` (h,), `output` (h,), `output_bias`; `threshold` in log odds.
    """

    grams: npt.NDArray[np.float32]
    middle: Floats
    spread: Floats
    linear: Floats
    bias: float
    hidden: Floats
    hidden_bias: Floats
    output: Floats
    output_bias: float
    threshold: float
    identity: str = ""

    def odds(self, lines: Lines) -> Floats:
        """Log odds of each line, (n,)."""
        if not lines.texts:
            return np.empty(0)
        surface, sums = weighed_features(lines.texts, self.grams)
        numbers = self.standard(np.hstack([surface, lines.numbers]))
        first = np.clip(sums[:, 0] + numbers @ self.linear + self.bias, -ODDS_LIMIT, ODDS_LIMIT)
        seen = with_context(first, numbers, lines)
        return np.maximum(seen @ self.hidden + self.hidden_bias, 0.0) @ self.output + self.output_bias

    def standard(self, numbers: Floats) -> Floats:
        """Numbers of lines as both models see them."""
        return np.clip((numbers - self.middle) / self.spread, -LIMIT, LIMIT)


def with_context(first: Floats, numbers: Floats, lines: Lines) -> Floats:
    """What the second model reads, (n, 7 + k)."""
    return np.column_stack([first, *(lines.around(first, step) for step in STEPS), numbers])


def save_model(path: Path, model: NoiseModel) -> None:
    """Write the file that `bundled_model` reads: weights of words in steps of 1/127 of the largest, others in half precision."""
    step = float(np.abs(model.grams).max()) / 127
    np.savez_compressed(
        path,
        grams=np.round(model.grams[:, 0] / step).astype(np.int8),
        step=np.float32(step),
        middle=model.middle.astype(np.float32),
        spread=model.spread.astype(np.float32),
        linear=model.linear.astype(np.float16),
        hidden=model.hidden.astype(np.float16),
        hidden_bias=model.hidden_bias.astype(np.float16),
        output=model.output.astype(np.float16),
        alone=np.array([model.bias, model.output_bias, model.threshold]),
    )


def load_model(stored: Mapping[str, npt.NDArray[Any]], identity: str = "") -> NoiseModel:
    """From the arrays that `save_model` wrote."""
    grams = np.ascontiguousarray((stored["grams"].astype(np.float32) * stored["step"])[:, None])
    middle, spread, linear, hidden, hidden_bias, output = (
        stored[name].astype(np.float64) for name in ("middle", "spread", "linear", "hidden", "hidden_bias", "output")
    )
    bias, output_bias, threshold = map(float, stored["alone"])
    return NoiseModel(grams, middle, spread, linear, bias, hidden, hidden_bias, output, output_bias, threshold, identity)


@cache
def bundled_model() -> NoiseModel:
    """The classifier that ships with the code (training_scripts/train_noise.py)."""
    with np.load(WEIGHTS) as stored:
        return load_model(stored, hashlib.sha256(WEIGHTS.read_bytes()).hexdigest())


@dataclass(frozen=True)
class NoiseProposer:
    """Proposes `drop` operations on lines, each with its probability as score, from .9 on: there .98 of the dropped lines and more are
    noise on pages of domains that the classifier has not seen (docs/benchmarks.md)."""

    name: str = "noise-1"
    model: NoiseModel | None = None

    @cached_property
    def _model(self) -> NoiseModel:
        return self.model or bundled_model()

    def propose(self, documents: Sequence[Document]) -> list[list[Operation]]:
        """For each document the lines to drop, in order; a table for layout is one operation."""
        found: list[list[Operation]] = []
        for start in range(0, len(documents), DOCUMENTS_PER_BATCH):
            batch = documents[start : start + DOCUMENTS_PER_BATCH]
            lines = read_lines(batch)
            odds = self._model.odds(lines) - self._model.threshold
            edges = np.searchsorted(lines.document, np.arange(len(batch) + 1))
            for number, document in enumerate(batch):
                own = slice(int(edges[number]), int(edges[number + 1]))
                found.append(self.operations(document, dict(zip(lines.line[own].tolist(), odds[own].tolist(), strict=True))))
        return found

    def operations(self, document: Document, odds: Mapping[int, float]) -> list[Operation]:
        """What to drop of a document where `odds` are the log odds of its lines, above 0 for noise."""
        found: list[Operation] = []
        least = self._model.threshold
        behind = 0  # what the operation before ends with
        for (first, last), score in noise_spans(document, odds).items():
            start, end = _span(document, first, last)
            one = Operation(Kind.DROP, max(start, behind), end, "", "noise", self.name, round(float(expit(score + least)), 4))
            if not verify_noise(document, one):
                found.append(one)
                behind = end
        return found


NOISE = NoiseProposer()


def noise_spans(document: Document, odds: Mapping[int, float]) -> dict[tuple[int, int], float]:
    """(first line, last line) -> log odds, of what is noise, in order; `odds` are of the lines that are not empty, above 0 for noise.

    Noise lies around the prose of a page: between its first and its last sentence a line needs MIDDLE more, and no list is dropped
    there. A list or a table goes as a whole, a list never where text that stays introduces it. A section keeps its only text, and a page
    without prose, such as an index, all lines but those of running heads.
    """
    lines, codes = document.line_texts, document.code_lines
    prose = [number for number in odds if is_prose(lines[number]) and not codes[number]]
    first_prose, last_prose = min(prose, default=0), max(prose, default=0)
    found: dict[tuple[int, int], float] = {}
    previous: int | None = None
    at = 0
    while at < len(lines):
        if at not in odds or codes[at]:
            at += 1
            continue
        inside = first_prose < at < last_prose
        before = previous  # the last line of what stands before
        end = at + 1
        if lines[at].startswith("|"):
            while end < len(lines) and lines[end].startswith("|"):
                end += 1
            filled = [odds[row] for row in range(at, end) if lines[row].strip("|-: ")]
            if layout_table(document, at) == end and filled and min(filled) > 0:
                found[at, end - 1] = min(filled)
        elif is_listed(lines[at]) and at not in document.headings:
            while end < len(lines) and is_listed(lines[end]) and not codes[end] and end not in document.headings:
                end += 1
            own = [odds[row] for row in range(at, end)]
            introduced = before is not None and before not in document.headings and (before, before) not in found
            if prose and not inside and not introduced and sum(score > 0 for score in own) >= LIST_SHARE * len(own):
                found |= {(row, row): max(score, LIST_ODDS) for row, score in zip(range(at, end), own, strict=True)}
        elif prose and not is_protected(lines[at]):
            score = odds[at] - MIDDLE * inside - PROSE * is_prose(lines[at])
            if score > 0:
                found[at, at] = score
        previous = end - 1
        at = end
    return _with_sections(document, odds, found)


def is_prose(line: str) -> bool:
    """A line that holds a sentence of some length, as text does and buttons do not."""
    text = line.strip()
    if text.startswith("|") or is_listed(line):
        return False
    return len(text) >= PROSE_CHARACTERS and text.rstrip(CLOSERS)[-1:] in ENDS


def _with_sections(document: Document, odds: Mapping[int, float], found: dict[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    """The spans without headings, but for those of a table of contents, and without what is the only text under a heading."""
    dropped = {row for first, last in found for row in range(first, last + 1)}
    dropped -= document.headings.keys() - document.contents
    for heading, following in pairwise([*sorted(document.headings), len(document.lines)]):
        text = [row for row in range(heading + 1, following) if row in odds]
        if heading not in dropped and all(row in dropped for row in text):
            dropped -= set(text)
    return {span: score for span, score in found.items() if all(row in dropped for row in range(span[0], span[1] + 1))}


def _span(document: Document, first: int, last: int) -> tuple[int, int]:
    """Lines with the break behind them, or before them where they are the last."""
    start, end = document.lines[first][0], document.lines[last][1]
    if end < len(document.text):
        return start, end + 1
    return (start - 1, end) if start else (start, end)
