"""Cuts lines that a site repeats: those that many different documents of one domain share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from tierline.config.bounds import Count, Natural
from tierline.filters.pair_counter import PairCounter
from tierline.text.domains import registrable_domain
from tierline.text.fences import fenced
from tierline.text.words import Hashes

CODE = re.compile(r"^\s*(```|\||[{}]|\t| {4})")  # fences, Markdown tables, braces, indentation: repetition is their form
BLANK_LINES = re.compile(r"\n{3,}")
_MIX = np.uint64(0x9E3779B97F4A7C15)
CountedLines = tuple[Hashes, np.uint64]


@dataclass(frozen=True, slots=True)
class BoilerplateRules:
    """When a line belongs to the site and not to the page.

    CCNet (Wenzek et al. 2019, section 3.2) drops paragraphs that repeat within a shard whatever their site, RefinedWeb (Penedo
    et al. 2023, section 3.3) cuts lines; here both a number and a share of the domain's documents are required, so that a
    sentence that two pages quote stays.
    """

    SECTION: ClassVar[str] = "l1.boilerplate"
    documents_min: Count = 5  # distinct documents of the domain, within the shard
    share_min: float = 0.3  # of the domain's distinct documents
    line_characters_min: Natural = 20  # shorter lines are headings, names and verse
    line_characters_max: Count = 1_000  # longer ones are text
    cut_share_max: float = 0.5  # of a document's characters: beyond, the document itself is a repetition, and deduplication decides


@dataclass(frozen=True, slots=True)
class Cut:
    """A text without its domain's boilerplate, and how much was cut."""

    text: str
    lines: int
    characters: int


@dataclass(frozen=True, eq=False, slots=True)
class RepeatedLines:
    """The lines that sites repeat, and each site itself, as ascending 64-bit hashes of shape (n,) with the number of documents: all that
    cutting needs, so that it can be handed to other processes."""

    rules: BoilerplateRules
    frequent: Hashes
    counts: npt.NDArray[np.int64]

    def cut(self, texts: Sequence[str], domains: Sequence[str | None]) -> list[Cut]:
        """The texts without boilerplate. A text that would lose too much is left as it is: none becomes empty here."""
        sites = _sites(domains)
        has_site = np.array([bool(domain) for domain in domains], np.bool_)
        # A site of fewer documents cannot repeat a line so often.
        large = np.flatnonzero(has_site & _contained(self.frequent, sites)).tolist()
        found = [Cut(text, 0, 0) for text in texts]
        for place, hashes in zip(large, _hashed([texts[place] for place in large], self.rules), strict=True):
            lines = hashes ^ sites[place]
            repeated = (hashes != 0) & _contained(self.frequent, lines)
            if repeated.any():
                repeated &= self._is_frequent_enough(lines, sites[place])
            if repeated.any():
                found[place] = _without(texts[place], repeated, self.rules)
        return found

    def _is_frequent_enough(self, lines: Hashes, site: np.uint64) -> npt.NDArray[np.bool_]:
        places = np.minimum(np.searchsorted(self.frequent, np.append(lines, site)), max(0, len(self.frequent) - 1))
        counts = self.counts[places]
        return counts[:-1] >= self.rules.share_min * counts[-1]


NO_LINES = RepeatedLines(BoilerplateRules(), np.empty(0, np.uint64), np.empty(0, np.int64))


class DomainLines:
    """Pass 1: in how many distinct documents of its domain each line occurs.

    Memory is bounded: the hashes wait on disk. Documents of equal text count once, and so do documents whose countable lines are
    the same, because a mirrored page tells nothing about its site.
    """

    def __init__(self, rules: BoilerplateRules) -> None:
        self._rules = rules
        self._pairs = PairCounter()  # (a line or the site itself, its document): the site occurs in all its documents

    def add(self, texts: Sequence[str], domains: Sequence[str | None]) -> None:
        """Count a batch."""
        self.add_counted(counted_lines(texts, domains, self._rules))

    def add_counted(self, documents: Iterable[CountedLines]) -> None:
        """Count documents whose lines were hashed elsewhere."""
        for lines, document in documents:
            self._pairs.add(lines, document)

    def repeated(self) -> RepeatedLines:
        """The lines that occur in enough documents; forgets the others, so that nothing can be counted after this."""
        return RepeatedLines(self._rules, *self._pairs.frequent(self._rules.documents_min))


def counted_lines(texts: Sequence[str], domains: Sequence[str | None], rules: BoilerplateRules) -> list[CountedLines]:
    """Of each document that has a site and lines that count: their hashes within the site, with the site's own, and its own."""
    known = [place for place, domain in enumerate(domains) if domain]  # texts without an address are not one site, but of none
    sites = _sites([domains[place] for place in known])
    found: list[CountedLines] = []
    for site, hashes in zip(sites, _hashed([texts[place] for place in known], rules), strict=True):
        lines = np.unique(hashes[hashes != 0]) ^ site
        if len(lines):
            found.append((np.append(lines, site), np.bitwise_xor.reduce(lines * _MIX, initial=site)))
    return found


def _hashed(texts: Sequence[str], rules: BoilerplateRules) -> list[Hashes]:
    """For each text the hash of each line, 0 if the line does not count."""
    lines = [text.split("\n") for text in texts]
    kept = [key for parts in lines for key in _countable(parts, rules)]
    values = _hashes(kept)
    values = np.where(np.array([not key for key in kept], np.bool_), np.uint64(0), values | np.uint64(1))
    ends = np.cumsum([len(parts) for parts in lines])
    return np.split(values, ends[:-1]) if lines else []


def _countable(lines: list[str], rules: BoilerplateRules) -> Iterable[str]:
    """Each line in lower case with single spaces, or "" for one that may not be cut: code, tables, verse, long text."""
    for line, is_code in zip(lines, fenced(lines), strict=True):
        plain = " ".join(line.lower().split())
        is_text = rules.line_characters_min <= len(plain) <= rules.line_characters_max and not is_code and not CODE.match(line)
        yield plain if is_text else ""


def _sites(domains: Sequence[str | None]) -> Hashes:
    """A hash for each registrable domain."""
    return _hashes([registrable_domain(domain) if domain else "" for domain in domains])


def _hashes(strings: Sequence[str]) -> Hashes:
    """A stable 64-bit hash of each string."""
    from pandas.util import hash_array  # in the extra "filters"

    return hash_array(np.array(strings, dtype=object), categorize=True) if strings else np.empty(0, np.uint64)


def _contained(values: Hashes, wanted: Hashes) -> npt.NDArray[np.bool_]:
    if not len(values):
        return np.zeros(len(wanted), np.bool_)
    return values[np.minimum(np.searchsorted(values, wanted), len(values) - 1)] == wanted


def _without(text: str, repeated: npt.NDArray[np.bool_], rules: BoilerplateRules) -> Cut:
    lines = text.split("\n")
    characters = sum(len(line) for line, cut in zip(lines, repeated.tolist(), strict=True) if cut)
    if characters > rules.cut_share_max * max(1, len(text)):
        return Cut(text, 0, 0)
    rest = "\n".join(line for line, cut in zip(lines, repeated.tolist(), strict=True) if not cut)
    return Cut(BLANK_LINES.sub("\n\n", rest).strip(), int(repeated.sum()), characters)
