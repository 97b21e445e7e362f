"""A document as proposers and verifiers see it: its text, where its lines and sentences are, and what nobody may touch."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

from tierline.editing.passages import sentence_spans
from tierline.knowledge.labels import label_statements
from tierline.knowledge.structured import NO_NAMES
from tierline.knowledge.text import text_statements
from tierline.text.fences import fenced
from tierline.text.redacted import TAG

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_IDENTIFIER = re.compile(r"\b[a-zA-Z]\w{0,60}_\w|\b\w{2,60}\(\)|\b[a-z]{2,30}\.[a-z]{2,30}\(|(?<!\S)--[a-z]{2}|(?<!\S)/[a-z]{2,20}/")
IDENTIFIERS_MIN = 4
STEM = 3  # letters that words of one family share at the least
# Addresses, inline code and formulas: what stands in them is meant letter by letter.
_VERBATIM = re.compile(
    r"(?:https?|ftp)://[^\s<>\"]{1,2000}|www\.[^\s<>\"]{1,2000}|[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,6}"
    r"|`[^`\n]{1,500}`|\$\$[^$]{1,2000}\$\$|\$[^$\n ][^$\n]{0,200}(?<! )\$(?!\d)|\\[(\[].{1,500}?\\[)\]]"
)


@dataclass(frozen=True)
class Document:
    """An L2 document. `text` is what offsets count in; `headings` maps the numbers of its lines that are headings, from 0, to their levels,
    from 1."""

    doc_id: str
    text: str
    language: str = "en"
    url: str = ""
    title: str = ""
    headings: Mapping[int, int] = field(default_factory=dict[int, int])
    lane: str = ""

    @cached_property
    def lines(self) -> list[tuple[int, int]]:
        """(start, end) of each line in order, without its line break."""
        found: list[tuple[int, int]] = []
        start = 0
        for line in self.text.split("\n"):
            found.append((start, start + len(line)))
            start += len(line) + 1
        return found

    @cached_property
    def line_texts(self) -> list[str]:
        """Each line, without its line break."""
        return self.text.split("\n")

    @cached_property
    def code_lines(self) -> list[bool]:
        """Of each line whether it stands in fenced code."""
        return list(fenced(self.line_texts))

    @cached_property
    def filled_lines(self) -> list[int]:
        """The numbers of the lines that are not empty, in order."""
        return [number for number, line in enumerate(self.line_texts) if line and not line.isspace()]

    @cached_property
    def contents(self) -> frozenset[int]:
        """The headings that are lines of a table of contents: they come again further down, and have no text of their own here."""
        last = {self.line_texts[number].strip("¶ "): number for number in sorted(self.headings)}
        following = dict(pairwise(self.filled_lines))
        return frozenset(
            number
            for number in self.headings
            if last[self.line_texts[number].strip("¶ ")] > number and following.get(number, number) in self.headings
        )

    @cached_property
    def evidence(self) -> list[tuple[int, int]]:
        """Spans, in order, of the statements in the text that L4 could take as claims."""
        levels = [{"line": line, "level": level} for line, level in sorted(self.headings.items())]
        stated = [*label_statements(self.text, levels, self.title, NO_NAMES, self.language)]
        stated += text_statements(self.text) if self.language == "en" else ()
        return sorted((one.start, one.end) for one in stated)

    @cached_property
    def copies(self) -> dict[str, tuple[int, frozenset[int]]]:
        """The first and all numbers of the lines that say the same but for case and spaces, by what they say; of lines that stand more than
        once."""
        found: dict[str, list[int]] = {}
        for number, (start, end) in enumerate(self.lines):
            found.setdefault(" ".join(self.text[start:end].split()).lower(), []).append(number)
        return {line: (numbers[0], frozenset(numbers)) for line, numbers in found.items() if line and len(numbers) > 1}

    @cached_property
    def is_technical(self) -> bool:
        """Speaks of code: names that are no words of English are its own, and a missing space or word may be meant."""
        return len(_IDENTIFIER.findall(self.text)) >= IDENTIFIERS_MIN

    @property
    def is_english(self) -> bool:
        """Most rules know English alone."""
        return self.language == "en"

    @cached_property
    def words(self) -> Counter[str]:
        """How often each word stands in the text, as it is written."""
        return Counter(WORD.findall(self.text))

    @cached_property
    def lowered(self) -> Counter[str]:
        """The same without regard to case."""
        found: Counter[str] = Counter()
        for word, count in self.words.items():
            found[word.lower()] += count
        return found

    @cached_property
    def families(self) -> dict[str, list[str]]:
        """The lower-case words that begin with the same letters, by these."""
        found: dict[str, list[str]] = {}
        for word in self.lowered:
            found.setdefault(word[:STEM], []).append(word)
        return found

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """(start, end) of each sentence in order, without the space around it; no sentence goes beyond its line."""
        return [span for start, end in self.lines for span in sentence_spans(self.text, start, end)]

    def line_of(self, place: int) -> int:
        """The number of the line in which a character stands."""
        return bisect_right(self._line_starts, place) - 1

    def sentence_at(self, place: int) -> tuple[int, int]:
        """The sentence in which a character stands, or the last one before it; (0, 0) where there is none."""
        at = bisect_right(self._sentence_starts, place) - 1
        return self.sentences[at] if at >= 0 else (0, 0)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [start for start, _ in self.lines]

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [start for start, _ in self.sentences]

    @cached_property
    def verbatim(self) -> list[tuple[int, int]]:
        """Spans, in order, that mean every letter: fenced code, tables, addresses, inline code, formulas and tags of redaction."""
        lines = [self.text[start:end] for start, end in self.lines]
        found = [
            (start, end)
            for (start, end), line, code in zip(self.lines, lines, fenced(lines), strict=True)
            if code or line.startswith(("|", "    ", "\t"))
        ]
        found += [match.span() for pattern in (_VERBATIM, TAG) for match in pattern.finditer(self.text)]
        merged: list[tuple[int, int]] = []
        for start, end in sorted(found):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    @cached_property
    def _verbatim_starts(self) -> list[int]:
        return [start for start, _ in self.verbatim]

    def is_verbatim(self, start: int, end: int) -> bool:
        """Whether a span touches one of them; an empty span touches only what it stands within."""
        at = bisect_right(self._verbatim_starts, max(start, end - 1)) - 1
        return at >= 0 and self.verbatim[at][1] > start


def as_document(row: Mapping[str, Any]) -> Document:
    """A row of `l2_selected` as the operations see it."""
    headings = {one["line"]: one["level"] for one in row.get("headings") or ()}
    return Document(
        row["doc_id"], row["text"], row["language"] or "", row["url"] or "", row.get("title") or "", headings, row["lane"] or ""
    )
