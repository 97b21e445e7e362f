"""Texts with known copies and edits, made from real passages by seeded edits, so that any number of documents is reproducible."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

SEED = 20240613
PASSAGE_WORDS = 220
SENTENCES = (6, 14)  # of one made document
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
COPIED, EDITED = 0.1, 0.1  # shares of a shard's documents that repeat an earlier one


@dataclass(frozen=True, slots=True)
class Sources:
    """Real texts: `passages` of about 220 words, `revisions` (old, new) of the same text."""

    passages: list[str]
    revisions: list[tuple[str, str]]


def read_sources(data: Path, limit: int) -> Sources:
    """Passages of DATA/text and DATA/labels/neardup, up to `limit` of each; revisions where a row has `old` and `new`."""
    passages: list[str] = []
    revisions: list[tuple[str, str]] = []
    for path in sorted([*(data / "text").glob("*.jsonl.gz"), *(data / "labels" / "neardup").glob("*.jsonl.gz")]):
        cut: list[str] = []
        for row in _rows(path):
            if row.get("old") and row.get("new"):
                revisions.append((row["old"], row["new"]))
            elif row.get("text"):
                words = row["text"].split()
                cut += [" ".join(words[start : start + PASSAGE_WORDS]) for start in range(0, len(words), PASSAGE_WORDS)]
        passages += evenly([passage for passage in cut if len(passage) > 200], limit)
    return Sources(passages, evenly(revisions, limit))


def evenly(items: Sequence, limit: int) -> list:
    """Up to `limit` items from everywhere in the sequence, in order."""
    return list(items) if len(items) <= limit else [items[number * len(items) // limit] for number in range(limit)]


def labeled_documents(sources: Sources) -> list[str]:
    """Documents of every degree of set_similarity: passages, one edited copy of each with 0 to 30 changes, both sides of each revision.

    In a seeded order, so that copies stand before and after what they were made from.
    """
    rng = np.random.default_rng(SEED)
    documents = [*sources.passages, *(side for pair in sources.revisions for side in pair)]
    documents += [edited(passage, int(rng.integers(0, 12)), rng) for passage in sources.passages]
    return [documents[place] for place in rng.permutation(len(documents))]


def edited(text: str, changes: int, rng: np.random.Generator) -> str:
    """The text with words replaced, left out or doubled at `changes` random places."""
    words = text.split()
    for place in rng.integers(0, len(words), changes).tolist():
        kind = int(rng.integers(0, 3))
        if kind == 0:
            words[place] = f"w{int(rng.integers(0, 1 << 20))}"
        elif kind == 1:
            words[place] = ""
        else:
            words[place] += f" {words[place]}"
    return " ".join(filter(None, words))


class MadeCorpus:
    """Any number of documents: each is a seeded choice of real sentences, or repeats an earlier one, near or far."""

    def __init__(self, sources: Sources) -> None:
        sentences = [sentence for passage in sources.passages for sentence in SENTENCE_END.split(passage)]
        self._sentences = [sentence for sentence in sentences if sentence.count(" ") >= 8]

    def shard(self, number: int, documents: int) -> Iterator[str]:
        """The documents of one shard; what it repeats lies anywhere in the shards before it."""
        rng = np.random.default_rng((SEED, number))
        for place in range(documents):
            earlier = number * documents + place
            kind = rng.random()
            if earlier and kind < COPIED + EDITED:
                source = self._fresh(int(rng.integers(0, earlier)))
                yield source if kind < COPIED else edited(source, 1 + int(rng.integers(0, 5)), rng)
            else:
                yield self._fresh(earlier)

    def _fresh(self, number: int) -> str:
        rng = np.random.default_rng((SEED, 1, number))
        chosen = rng.integers(0, len(self._sentences), rng.integers(*SENTENCES))
        return " ".join(self._sentences[place] for place in chosen.tolist())


def _rows(path: Path) -> Iterator[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, islice(file, 20_000))
