"""Finds benchmark questions and passages in texts: word n-grams by hash in sorted arrays, each hit verified by its words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tierline.filters.benchmark_items import Item
from tierline.text.words import CHARACTERS_PER_WORD, UNSPACED_SHARE, Hashes, ngram_hashes, plain_words, split_words

# Sentence ends: the last sentence of a question is the actual question, whatever text it quotes before.
SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|\n+")
PUNCTUATION = re.compile(r"[^\w\s]|_")
_ASCII = bytes(byte if chr(byte).isalnum() or chr(byte).isspace() or byte > 127 else 32 for byte in range(256))
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Part:
    """A question, or a passage (`ask_start` -1), as words. `items` are those it belongs to, `passage` the part it is about."""

    items: tuple[Item, ...]
    words: list[str]
    gram: int  # words in one n-gram of it: fewer than the index's size where the question is short
    ask_start: int
    passage: int
    answers: tuple[tuple[str, ...], ...]
    choices: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Verified n-grams of one part in one text: for each its word position in the text and in the part, and its hash."""

    part: int
    text_positions: Longs
    part_positions: Longs
    hashes: Hashes


class BenchmarkIndex:
    """N-grams of `size` words of every question and passage; in scripts without spaces of as many characters as make such words.

    An n-gram that more than `template_questions` distinct questions (or passages) share identifies none of them ("which of
    the following statements is") and is left out.
    """

    def __init__(self, items: Sequence[Item], size: int, short_size: int, template_questions: int) -> None:
        self.parts = _Parts(items, size, short_size).found
        self.too_short = len({item.question for item in items}) - sum(part.ask_start >= 0 for part in self.parts)
        hashed = split_words([" ".join(part.words) for part in self.parts])
        grams = [ngram_hashes(words.hashes, part.gram) for words, part in zip(hashed, self.parts, strict=True)]
        hashes = np.concatenate([np.empty(0, np.uint64), *grams])
        owners = np.repeat(np.arange(len(grams)), [len(found) for found in grams])
        positions = np.concatenate([np.empty(0, np.int64), *(np.arange(len(found)) for found in grams)])
        frequent = _frequent(hashes, owners, template_questions)
        order = np.argsort(hashes, kind="stable")
        order = order[~frequent[order]]
        self._hashes, self._owners, self._positions = hashes[order], owners[order], positions[order]
        self.sizes = sorted({part.gram for part in self.parts})
        self._spaced_sizes = [gram for gram in self.sizes if gram <= size]
        self._note_seen()

    def _note_seen(self) -> None:
        """One bit of the hash's upper end for each n-gram sorts out nearly every word of a text before the arrays are searched."""
        self._shift = np.uint64(64 - max(16, (16 * len(self._hashes) + 1).bit_length()))
        self._seen = np.zeros(1 << int(np.uint64(64) - self._shift), np.bool_)
        self._seen[self._hashes >> self._shift] = True

    def __getstate__(self) -> dict[str, Any]:
        """What another process looks texts up with, 37 bytes for each n-gram instead of 87: its parts have no items."""
        parts = [(" ".join(one.words), one.gram, one.ask_start, one.passage, one.answers, one.choices) for one in self.parts]
        return {name: value for name, value in vars(self).items() if name != "_seen"} | {"parts": parts}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.parts = [Part((), words.split(" "), *others) for words, *others in state["parts"]]
        self._note_seen()

    def __len__(self) -> int:
        return len(self._hashes)

    def find(self, texts: Sequence[str]) -> Iterator[tuple[int, list[str], list[Found]]]:
        """(number of the text, its words, matches) for each text with a match; overlaps included."""
        blanked = [blank_punctuation(text) for text in texts]
        split = split_words(blanked)
        words = _PlainWords(blanked)
        hits: dict[int, dict[int, list[tuple[int, int, Any]]]] = {}
        everywhere = {number: found.hashes for number, found in enumerate(split)}
        self._match(words, everywhere, self._spaced_sizes, hits)
        unspaced = {number: found.hashes for number, found in enumerate(split) if found.unspaced_share}
        self._match(words, unspaced, [size for size in self.sizes if size not in self._spaced_sizes], hits)
        for text in sorted(hits):
            yield text, words[text], [_found(owner, found) for owner, found in sorted(hits[text].items())]

    def _match(
        self, words: _PlainWords, chosen: dict[int, Hashes], sizes: Sequence[int], hits: dict[int, dict[int, list[tuple[int, int, Any]]]]
    ) -> None:
        """Add every verified n-gram of the chosen texts (number -> hashes of the words); they are looked up as one run of words."""
        numbers = list(chosen)
        flat = np.concatenate([np.empty(0, np.uint64), *chosen.values()])
        ends = np.cumsum([len(hashes) for hashes in chosen.values()])
        for size in sizes:
            grams = ngram_hashes(flat, size)
            places = np.flatnonzero(self._seen[grams >> self._shift])
            low, high = np.searchsorted(self._hashes, grams[places], "left"), np.searchsorted(self._hashes, grams[places], "right")
            for place, first, last in zip(*(array[low < high].tolist() for array in (places, low, high)), strict=True):
                number = int(np.searchsorted(ends, place, "right"))
                text, position = numbers[number], place - (int(ends[number - 1]) if number else 0)
                gram = words[text][position : position + size]  # shorter than size where it would cross into the next text
                for entry in range(first, last):
                    owner, start = int(self._owners[entry]), int(self._positions[entry])
                    part = self.parts[owner]
                    if part.gram == size and part.words[start : start + size] == gram:
                        hits.setdefault(text, {}).setdefault(owner, []).append((position, start, self._hashes[entry]))


class _PlainWords:
    """The words of texts as strings, split on first use: few texts of a corpus match anything."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._words: dict[int, list[str]] = {}

    def __getitem__(self, number: int) -> list[str]:
        if number not in self._words:
            self._words[number] = plain_words(self._texts[number])
        return self._words[number]


def blank_punctuation(text: str) -> str:
    """Each punctuation mark as one space (Brown et al. 2020, appendix C, leave it out), so that offsets stay those of the text."""
    return text.encode("ascii").translate(_ASCII).decode("ascii") if text.isascii() else PUNCTUATION.sub(" ", text)


def _found(owner: int, hits: list[tuple[int, int, Any]]) -> Found:
    text_positions, part_positions, hashes = zip(*sorted(hits), strict=True)
    return Found(owner, np.array(text_positions), np.array(part_positions), np.array(hashes, np.uint64))


class _Parts:
    """Equal questions about equal passages are one part, equal passages too; passages first, in order of first appearance."""

    def __init__(self, items: Sequence[Item], size: int, short_size: int) -> None:
        self.found: list[Part] = []
        self._size, self._short_size = size, short_size
        strings = {text for item in items for text in (item.question, item.passage, *item.answers, *item.choices)}
        ordered = sorted(strings | {sentence for item in items for sentence in SENTENCE.split(item.question)})
        blanked = [blank_punctuation(text) for text in ordered]
        self._words = dict(zip(ordered, map(plain_words, blanked), strict=True))
        self._unspaced = dict(zip(ordered, (words.unspaced_share for words in split_words(blanked)), strict=True))
        questions: dict[tuple[str, str], list[Item]] = {}
        passages: dict[str, list[Item]] = {}
        for item in items:
            questions.setdefault((item.question, item.passage), []).append(item)
            if item.passage:
                passages.setdefault(item.passage, []).append(item)
        numbers: dict[str, int] = {}
        for passage, about in passages.items():
            gram, words = self._gram(passage), self._words[passage]
            if len(words) >= gram:
                numbers[passage] = len(self.found)
                self.found.append(Part(tuple(about), words, gram, -1, -1, (), ()))
        for (question, passage), same in questions.items():
            self._add_question(question, tuple(same), numbers.get(passage, -1))

    def _add_question(self, question: str, same: tuple[Item, ...], passage: int) -> None:
        words, gram = self._words[question], self._gram(question)
        if len(words) * self._size < self._short_size * gram:
            return
        answers, choices = ({self._start(text) for item in same for text in texts(item)} for texts in (_answers, _choices))
        ask_start = self._ask_start(question, gram)
        self.found.append(
            Part(same, words, min(gram, len(words)), ask_start, passage, tuple(sorted(answers - {()})), tuple(sorted(choices - {()})))
        )

    def _gram(self, text: str) -> int:
        """Words of an n-gram of this text."""
        return self._size * (CHARACTERS_PER_WORD if self._unspaced[text] > UNSPACED_SHARE else 1)

    def _start(self, text: str) -> tuple[str, ...]:
        return tuple(self._words[text][: self._gram(text)])

    def _ask_start(self, question: str, gram: int) -> int:
        """Word position at which the last sentences begin that together have at least an n-gram's words."""
        asked = 0
        for sentence in reversed(SENTENCE.split(question)):
            asked += len(self._words[sentence])
            if asked >= gram:
                break
        return max(0, len(self._words[question]) - asked)


def _answers(item: Item) -> tuple[str, ...]:
    return item.answers


def _choices(item: Item) -> tuple[str, ...]:
    return item.choices


def _frequent(hashes: Hashes, owners: Longs, most: int) -> npt.NDArray[np.bool_]:
    """Which n-grams occur in more than `most` parts."""
    if not len(hashes):
        return np.zeros(0, np.bool_)
    order = np.lexsort((owners, hashes))
    values, holders = hashes[order], owners[order]
    first = np.ones(len(values), np.bool_)
    first[1:] = (values[1:] != values[:-1]) | (holders[1:] != holders[:-1])
    shared, counts = np.unique(values[first], return_counts=True)
    return np.isin(hashes, shared[counts > most])
