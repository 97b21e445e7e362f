"""Finds where a model's output comes from: its longest spans that stand word for word in rows, and what else was made from their pages.

Every span of at least SEED + STRIDE - 1 words holds a seed, SEED words from a place that is a multiple of STRIDE. Seeds that stand in the
index are extended there, by doubling and halving steps, until no row has the longer phrase; where that ends, the next span is the longest
one that another row holds beyond that place. No row's text is read for that, and no limit on rows can hide the longest one. Case,
punctuation and white space do not count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from tierline.audit.find import Found, Texts, found_in
from tierline.audit.words import Word, composed, words_of
from tierline.descent.selection import view_present
from tierline.descent.walk import Count, walk_from
from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.lineage.trace import trace_all
from tierline.sql import readable
from tierline.tables import TABLES

SEED, STRIDE = 6, 3
SHORTEST = SEED + STRIDE - 1  # words of a span that is found for sure
OUTPUT_WORDS = 20_000
ROWS_OF_SPAN = 10  # shown of the rows that hold a span
TRACED = 20  # rows whose pages are looked up by a trace
PAGES = "l0_raw"


@dataclass(frozen=True, slots=True)
class Span:
    """Words of the output, from number `first` to before `last`, that rows hold in this order; no row holds one more on either side.
    `text` is how the output writes them, `rows` those that hold them, of `total`; most words of a promoted row first."""

    first: int
    last: int
    text: str
    rows: tuple[Found, ...]
    total: int

    @property
    def words(self) -> int:
        """Its length."""
        return self.last - self.first


@dataclass(frozen=True, slots=True)
class Source:
    """A page that spans come from: its document, address and place in the crawl file."""

    doc_id: str
    url: str | None
    source_uri: str
    source_offset: int
    source_length: int


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an output comes from. `covered` of its `words` are in spans, the longest of which comes first. `sources` are pages behind
    their rows; `beyond` is every row that was made from these pages: rewritten ones too, whose words are others."""

    words: int
    covered: int
    spans: tuple[Span, ...]
    sources: tuple[Source, ...]
    beyond: tuple[Count, ...]


def find_output(texts: Texts, output: str, shortest: int = SHORTEST) -> Origin:
    """The origin of a model's output in the lake. BadInput for one with fewer words than a span has, or with too many."""
    text = composed(output)
    words = words_of(text)
    if shortest < SHORTEST:
        raise BadInput(f"spans of {shortest} words are too short to be found for sure", "--words", f"give {SHORTEST} or more")
    if not SHORTEST <= len(words) <= OUTPUT_WORDS:
        raise BadInput(
            f"the output has {len(words)} words", "--output", f"give {SHORTEST} to {OUTPUT_WORDS}; `tierline find WORDS` finds fewer"
        )
    found = maximal_spans([one.word for one in words], texts.holds, shortest)
    spans = sorted((_span(texts, text, words, *one) for one in found), key=lambda span: (-span.words, span.first))
    covered = {number for span in spans for number in range(span.first, span.last)}
    sources = _sources(texts.lake, spans)
    beyond: tuple[Count, ...] = ()
    if sources:
        with walk_from(texts.lake, {PAGES: [source.doc_id for source in sources]}) as reach:
            beyond = tuple(reach.counts())
    return Origin(len(words), len(covered), tuple(spans), tuple(sources), beyond)


def maximal_spans(words: Sequence[str], holds: Callable[[Sequence[str]], bool], shortest: int = SHORTEST) -> list[tuple[int, int]]:
    """(first, last) of every span of at least `shortest` words that some row holds and that no row holds with one more word on either
    side; in order. `shortest` is at least SHORTEST. Asks `holds` about O(log) phrases for each."""

    def extended(first: int, last: int) -> int:
        return last + _longest(lambda more: holds(words[first : last + more]), len(words) - last)

    found: list[tuple[int, int]] = []
    seed = lowest = 0  # where a span that is not known yet begins at the earliest
    while seed + SEED <= len(words):
        if not holds(words[seed : seed + SEED]):
            seed += STRIDE
            continue
        first = seed - _longest(lambda more, seed=seed: holds(words[seed - more : seed + SEED]), min(seed - lowest, STRIDE - 1))
        last = extended(first, seed + SEED)
        while True:
            if last - first >= shortest:
                found.append((first, last))
            latest = last + 1 - shortest  # a span that ends behind this one and is long enough begins here, or before
            if last == len(words) or latest <= first or not holds(words[latest : last + 1]):
                break
            begin = latest - _longest(lambda more, at=latest, end=last + 1: holds(words[at - more : end]), latest - first - 1)
            first, last = begin, extended(begin, last + 1)
        lowest = max(first + 1, last + 2 - shortest)
        seed = -(-lowest // STRIDE) * STRIDE
    return found


def _longest(holds: Callable[[int], bool], limit: int) -> int:
    """The largest number up to `limit` for which it holds, where it holds for all smaller ones, and for 0."""
    low, step = 0, 1
    while low + step <= limit and holds(low + step):
        low, step = low + step, step * 2
    high = min(limit, low + step - 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def _span(texts: Texts, text: str, words: Sequence[Word], first: int, last: int) -> Span:
    asked = [one.word for one in words[first:last]]
    places, total = texts.places(texts.phrase(asked), ROWS_OF_SPAN)
    read = texts.texts(places)
    rows = [found_in(texts, one, read[one], _phrase_in(words_of(read[one]), asked)) for one in places]
    return Span(first, last, text[words[first].start : words[last - 1].end], tuple(sorted(rows, key=lambda row: not row.promoted)), total)


def _phrase_in(words: Sequence[Word], asked: Sequence[str]) -> tuple[int, int]:
    """Characters at which a text holds the words one after the other."""
    own = [one.word for one in words]
    start = next(number for number in range(len(own)) if own[number : number + len(asked)] == list(asked))
    return words[start].start, words[start + len(asked) - 1].end


def _sources(lake: Lake, spans: Iterable[Span]) -> list[Source]:
    """The pages behind the rows of the spans: of documents themselves, of other rows those that a trace leads to."""
    rows = dict.fromkeys((row.table, row.row_id) for span in spans for row in span.rows)
    pages = {row_id for table, row_id in rows if TABLES[table].key == TABLES[PAGES].key}
    made = [row_id for table, row_id in rows if TABLES[table].key != TABLES[PAGES].key]
    pages |= {one.row_id for node in trace_all(lake, made[:TRACED]) for one in node.walk() if one.table == PAGES}
    if not pages:
        return []
    with duckdb.connect() as database, readable(lake.root):
        view_present(database, lake, PAGES)
        columns = "doc_id, url, source_uri, source_offset, source_length"
        query = f"select {columns} from {PAGES} semi join wanted using (doc_id) order by url, doc_id"
        database.register("wanted", pa.table({"doc_id": sorted(pages)}))
        return [Source(*row) for row in database.sql(query).fetchall()]
