"""Scores the toxicity of a document with a small linear classifier whose weights ship with the code, for L1 and L2."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from tierline.text import toxicity_kernel as kernel

WEIGHTS = "toxicity.npz"  # written by training_scripts/train_toxicity.py
CHUNK_WORDS = 60  # the length of its training texts: comments and sentences
WORST_CHUNKS = 3  # a document is as toxic as its worst passages, not as its average passage
SPACE = re.compile(r"\s+")
# Disguises of words: repeated letters, digits and signs for letters, letters spaced out.
DRAWN_OUT = re.compile(r"(\S)\1{2,}")
SIGNS = re.compile(r"(?<=[a-z])[@$013!]{1,3}(?=[a-z])|(?<!\S)[@$](?=[a-z])")
SPACED_OUT = re.compile(r"(?<!\w)[a-z](?:[ .*_-][a-z]){2,20}(?!\w)")
QUOTED = re.compile(r"[\"“„«][^\"“”„«»\n]{2,200}[\"”“»]")  # a quotation is not the text's own statement
LETTERS = str.maketrans("@$013!", "asoiei")


class Toxicity:
    """Probability of insult, threat or hate in [0, 1]; trained on English, near its prior elsewhere."""

    def __init__(self) -> None:
        self._weights, self._intercept, digest = _load()
        self.model_id = f"toxicity-linear-{digest[:12]}"

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Shape (len(texts),): the mean over a document's worst passages of 60 words."""
        chunks = [_chunks(plain(text)) for text in texts]
        flat = [chunk for own in chunks for chunk in own]
        if not flat:
            return np.zeros(len(texts))
        scores = 1 / (1 + np.exp(-kernel.passage_scores(*_join(flat), self._weights) - self._intercept))
        ends = np.cumsum([len(own) for own in chunks])
        return np.array(
            [
                float(np.sort(scores[end - len(own) : end])[-WORST_CHUNKS:].mean()) if own else 0.0
                for own, end in zip(chunks, ends, strict=True)
            ]
        )


def plain(text: str) -> str:
    """Lower case, without quotations unless there is nothing else, with the usual disguises of words undone."""
    said = QUOTED.sub(" ", text)
    text = DRAWN_OUT.sub(r"\1\1", (said if 2 * len(said) > len(text) or len(said.split()) > 3 else text).lower())
    text = SIGNS.sub(lambda match: match.group().translate(LETTERS), text)
    return SPACED_OUT.sub(lambda match: "".join(one for one in match.group() if one.isalpha()), text)


def feature_matrix(passages: Sequence[str]) -> csr_matrix:
    """What the classifier sees, shape (passages, 2**18): hashed words, pairs of words and groups of 3 to 5 letters, each over the
    root of their number."""
    return toxicity_features([plain(passage) for passage in passages])


def toxicity_features(texts: Sequence[str], more: int = 0) -> csr_matrix:
    """Shape (texts, 2**18): hashed words, pairs of words and groups of 3 to 5 letters of texts in lower case, each over the root of
    their number and `more`."""
    found, stops = kernel.list_features(*_join(texts))
    counts = np.diff(stops, prepend=0)
    values = np.repeat(1 / np.sqrt(np.maximum(1, counts + more)), counts)
    return csr_matrix((values, found.astype(np.int64), np.concatenate([[0], stops])), shape=(len(texts), kernel.FEATURES))


def _chunks(text: str) -> list[str]:
    words = SPACE.split(text.strip())
    starts = range(0, max(1, len(words) - CHUNK_WORDS // 3), CHUNK_WORDS)  # a short rest gets no chunk of its own
    return [" ".join(words[start : start + CHUNK_WORDS]) for start in starts] if words != [""] else []


def _join(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    encoded = [text.encode("utf-8", "ignore") for text in texts]
    lengths = np.array([len(one) for one in encoded], np.int64)
    ends = np.cumsum(lengths)
    return np.frombuffer(b"".join(encoded), np.uint8), ends - lengths, ends


@cache
def _load() -> tuple[npt.NDArray[np.float64], float, str]:
    path = files("tierline.text") / WEIGHTS
    with path.open("rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
        file.seek(0)
        stored = np.load(file)
        return stored["weights"].astype(np.float64), float(stored["intercept"]), digest
