"""Judges texts with a linear probe on the language model's hidden states, which hold more than the model's answers tell."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, softmax

from tierline.judges.judge import Judgment
from tierline.llm import Answered, ModelClient, Representation
from tierline.students.out_of_fold import known_rows

Floats = npt.NDArray[np.float64]
BUNDLED = Path(__file__).with_name("probe.npz")


@dataclass(frozen=True, eq=False, slots=True)
class Probe:
    """A linear classifier for each set of labeled texts, and a gate that gives the similarity of a text to each set.

    `heads`, (sets, width), and `heads_bias`, (sets,), give the log odds of "useful" by each set's labels, classes of equal size;
    `gate` and `gate_bias` the logits of the sets. `model_sha256` and `tokens` say how the vectors must be made. A text that the
    probe was trained on gets its score from probes that had not seen it: `known_keys`, sorted, and `known_scores`.
    """

    model_sha256: str
    tokens: int
    sets: tuple[str, ...]
    heads: Floats
    heads_bias: Floats
    gate: Floats
    gate_bias: Floats
    known_keys: npt.NDArray[np.uint64]
    known_scores: Floats

    def score(self, vectors: Floats) -> Floats:
        """Probability of "useful" in [0, 1], (n,), of `vectors` (n, width): the heads' probabilities weighted by the gate.

        A mixture of experts (Jacobs et al. 1991, "Adaptive mixtures of local experts"): labels of different sets mean different
        things, and one classifier for all learns what distinguishes the sets rather than what is good.
        """
        shares = softmax(vectors @ self.gate.T + self.gate_bias, axis=1)
        return (shares * expit(vectors @ self.heads.T + self.heads_bias)).sum(axis=1)

    def held_out(self, texts: Sequence[str]) -> Floats:
        """The score of each text that the probe was trained on, by probes that were not; NaN for all others."""
        rows, places = known_rows(texts, self.known_keys)
        found = np.full(len(texts), np.nan)
        found[rows] = self.known_scores[places]
        return found

    @property
    def identity(self) -> str:
        """SHA-256 of all its arrays."""
        digest = hashlib.sha256()
        for field in fields(self):
            value: Any = getattr(self, field.name)
            digest.update(value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
        return digest.hexdigest()

    def save(self, path: Path) -> None:
        """Write the file that `load_probe` reads."""
        values = {field.name: np.asarray(getattr(self, field.name)) for field in fields(self)}
        single = {name: value.astype(np.float32) if value.dtype == np.float64 else value for name, value in values.items()}
        np.savez_compressed(path, allow_pickle=False, **single)


@dataclass(frozen=True, slots=True)
class ProbeJudge:
    """A Judge by a probe of the client's own model; `model_id` is for people to read. With another model it gives no score."""

    probe: Probe
    model_id: str

    @property
    def name(self) -> str:
        """See Judge."""
        return f"probe/{self.model_id}@{self.probe.identity[:8]}"

    @property
    def identity(self) -> str:
        """See Judge."""
        return self.probe.identity

    def judge(self, texts: Sequence[str], client: ModelClient) -> list[Judgment]:
        """One judgment per text, from one call, or from none if the probe was trained on the text; `state` is "other_model" if the
        client's model is not the probe's."""
        if client.card("").model_digest != self.probe.model_sha256:
            return [Judgment(None, "other_model", "{}", (), 0) for _ in texts]
        known = self.probe.held_out(texts).tolist()
        unknown = [text for text, score in zip(texts, known, strict=True) if math.isnan(score)]
        answers = iter(client.represent(unknown, self.probe.tokens))
        return [self._judgment(next(answers)) if math.isnan(score) else _held_out(score) for score in known]

    def _judgment(self, answer: Answered[Representation]) -> Judgment:
        if answer.value.error:
            return Judgment(None, "model_error", json.dumps({"error": answer.value.error}), (answer.call_id,), 1)
        score = float(self.probe.score(np.array([answer.value.vector], np.float64))[0])
        return Judgment(score, "ok", json.dumps({"score": round(score, 6), "tokens": answer.value.tokens}), (answer.call_id,), 1)


def _held_out(score: float) -> Judgment:
    return Judgment(score, "ok", json.dumps({"score": round(score, 6), "held_out": True}), (), 0)


@cache
def bundled_probe() -> Probe:
    """The probe of the bundled model, which ships with the code (training_scripts/train_probe.py)."""
    with np.load(BUNDLED) as stored:
        return load_probe(stored)


def load_probe(stored: Mapping[str, npt.NDArray[Any]]) -> Probe:
    """From the arrays that `Probe.save` wrote."""
    values: dict[str, Any] = {name: stored[name] for name in stored}
    values |= {"model_sha256": str(stored["model_sha256"]), "tokens": int(stored["tokens"]), "sets": tuple(stored["sets"].tolist())}
    wide = {name: value.astype(np.float64) for name, value in values.items() if getattr(value, "dtype", None) == np.float32}
    return Probe(**(values | wide))
