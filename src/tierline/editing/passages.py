"""Cuts documents into passages that a small model can rewrite in one answer, with the exact span of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”)]*\s+(?=[\"'“(]?[^\W\d_a-z])")


@dataclass(frozen=True, slots=True)
class Passage:
    """`text == document[start:end]`."""

    start: int
    end: int
    text: str


def passages(document: str, words_min: int, words_max: int) -> Iterator[Passage]:
    """Paragraphs of prose between the two lengths; a longer one is cut to its first sentences that fit."""
    start = 0
    for line in document.split("\n"):
        text = _leading_sentences(line, words_max)
        if words_min <= len(text.split()) <= words_max and text.rstrip("\"'”)")[-1:] in ".!?":
            offset = start + len(line) - len(line.lstrip())
            yield Passage(offset, offset + len(text), text)
        start += len(line) + 1


def sentences(text: str) -> list[str]:
    """The text's sentences, each exactly as it stands there."""
    return [part for part in SENTENCE_END.split(text.strip()) if part]


def sentence_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """(start, end) of each sentence in `text[start:end]`, in order, without the space around it; closing quotation marks belong to it."""
    at = start
    for match in SENTENCE_END.finditer(text, start, end):
        yield from _trimmed(text, at, match.start() + len(match[0].rstrip()))
        at = match.end()
    yield from _trimmed(text, at, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    part = text[start:end]
    if part.strip():
        yield start + len(part) - len(part.lstrip()), start + len(part.rstrip())


def _leading_sentences(line: str, words_max: int) -> str:
    stripped = line.strip()
    if len(stripped.split()) <= words_max:
        return stripped
    end = 0
    for match in SENTENCE_END.finditer(stripped):
        if len(stripped[: match.start()].split()) > words_max:
            break
        end = match.start() + len(match[0].rstrip()) - len(match[0].rstrip().lstrip("\"'”)")) if match[0].strip() else match.start()
    return stripped[:end]
