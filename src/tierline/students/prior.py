"""The student's starting point: a linear model of labeled sets over letter groups, words and surface, shipped with the code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, softmax

from tierline.students.linear import Floats, LinearModel, Standard
from tierline.students.out_of_fold import known_rows

BUNDLED = Path(__file__).with_name("prior.npz")


@dataclass(frozen=True, eq=False, slots=True)
class Prior:
    """For each set of labeled texts, the calibrated log odds of "useful" by its labels, and the similarity of a text to that set.

    `model` has 2 * len(sets) columns: log odds first, then the logits of the set_similarity. A text that it was trained on is read as
    by models that had not seen it: `known_keys`, sorted, and `known_odds` (keys, 2 * len(sets)).
    """

    sets: tuple[str, ...]
    model: LinearModel
    known_keys: npt.NDArray[np.uint64]
    known_odds: npt.NDArray[np.float32]
    identity: str

    def held_out(self, texts: Sequence[str], odds: Floats) -> Floats:
        """`odds` of the texts, with those of training texts replaced by held-out ones."""
        rows, places = known_rows(texts, self.known_keys)
        found = odds.copy()
        found[rows] = self.known_odds[places]
        return found

    def read(self, texts: Sequence[str], languages: Sequence[str]) -> tuple[Floats, Floats]:
        """(probability of "useful", (n,); set_similarity to each set, (n, len(sets)), rows sum to 1)."""
        return self.opinion(self.held_out(texts, self.model.odds(texts, languages)))

    def opinion(self, odds: Floats) -> tuple[Floats, Floats]:
        """As `read`, from the columns of `model`: a mixture of experts (Jacobs et al. 1991, "Adaptive mixtures of local experts"),
        because labels of different sets mean different things."""
        size = len(self.sets)
        shares = softmax(odds[:, size : 2 * size], axis=1) if len(odds) else np.empty((0, size))
        return (shares * expit(odds[:, :size])).sum(axis=1), shares

    def set_similarity(self, shares: Floats, names: Iterable[str]) -> dict[str, Floats]:
        """The similarity of each text to each of these sets; a set that is unknown here is as likely as any."""
        columns = {name: shares[:, row] for row, name in enumerate(self.sets)}
        return {name: columns.get(name, np.full(len(shares), 1 / len(self.sets))) for name in names}


def save_prior(path: Path, model: LinearModel, sets: Sequence[str], known_keys: npt.NDArray[np.uint64], known_odds: Floats) -> None:
    """Write the file that `bundled_prior` reads: weights in steps of 1/127 of each column's largest."""
    steps = np.abs(model.grams).max(axis=0) / 127
    np.savez_compressed(
        path,
        sets=np.array(sets),
        languages=np.array(model.standard.languages),
        middle=model.standard.middle,
        spread=model.standard.spread,
        grams=np.round(model.grams / steps).astype(np.int8),
        steps=steps.astype(np.float32),
        numbers=model.numbers.astype(np.float32),
        bias=model.bias,
        known_keys=known_keys,
        known_odds=known_odds.astype(np.float16),
    )


@cache
def bundled_prior() -> Prior:
    """The prior that ships with the code (training_scripts/train_prior.py)."""
    with np.load(BUNDLED) as stored:
        return load_prior(stored, hashlib.sha256(BUNDLED.read_bytes()).hexdigest())


def load_prior(stored: Mapping[str, npt.NDArray[Any]], identity: str) -> Prior:
    """From the arrays that `save_prior` wrote."""
    standard = Standard(stored["middle"], stored["spread"], tuple(stored["languages"].tolist()))
    grams = stored["grams"].astype(np.float32) * stored["steps"]
    model = LinearModel(standard, np.ascontiguousarray(grams), stored["numbers"].astype(np.float64), stored["bias"])
    return Prior(tuple(stored["sets"].tolist()), model, stored["known_keys"], stored["known_odds"].astype(np.float32), identity)
