"""What an auditor looks for: facts by what they say, pages by where they are, rows by their words, an output by its longest spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tierline.audit.find import WORDS_MAX, Findings, Place, Texts, find_words
from tierline.audit.index_rows import PAGE_NAMES, STATED_NAMES
from tierline.audit.spans import Origin, find_output
from tierline.audit.words import composed, words_of
from tierline.auditor.rows import Row, read_rows, shown_columns
from tierline.errors import BadInput
from tierline.stages import STAGES

SHOWN = 20  # results on a page
LAST = 10_000  # result that can be reached: a better question finds the others
FACTS, PAGES, WORDS, PHRASE = "facts", "pages", "words", "phrase"
PAGE_TABLE, FACT_TABLE = STAGES[0].name, "l4_facts"
NAMED = {FACTS: (FACT_TABLE, STATED_NAMES), PAGES: (PAGE_TABLE, PAGE_NAMES)}


@dataclass(frozen=True, slots=True)
class Listed:
    """Rows of one table, `first` of `total` the first; `columns` of each."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Place, Row], ...]
    first: int
    total: int


def search_named(texts: Texts, what: str, asked: str, fields: Sequence[tuple[str, str]], first: int) -> Listed:
    """Facts or pages that hold all words asked for in any of their names, and those of `fields`, (name, words) pairs, in this one.
    BadInput without any word."""
    table, names = NAMED[what]
    wanted = [(_words(asked), names), *((_words(words), (name,)) for name, words in fields if name in names)]
    wanted = [(words, own) for words, own in wanted if words]
    if not wanted:
        raise BadInput("holds no words", repr(asked), "give some")
    places, total = texts.places(texts.named(table, wanted), SHOWN, checked_first(first))
    return listing(texts, table, places, first, total)


def listing(texts: Texts, table: str, places: Sequence[Place], first: int, total: int) -> Listed:
    """The rows at these places, as people see them."""
    columns = shown_columns(table)
    read = read_rows(texts.lake, places, columns)
    return Listed(table, tuple(columns), tuple((place, read[place]) for place in places), first, total)


def search_words(texts: Texts, asked: str, is_phrase: bool, first: int) -> Findings:
    """Rows of every tier that hold all these words."""
    return find_words(texts, asked, SHOWN, is_phrase, checked_first(first))


def search_output(texts: Texts, output: str) -> Origin:
    """Where a model's output stands word for word."""
    return find_output(texts, output)


def checked_first(first: int) -> int:
    """BadInput for a number that no page has."""
    if not 0 <= first < LAST:
        raise BadInput(f"only the first {LAST:,} results are listed", str(first), "ask for more words")
    return first


def _words(text: str) -> list[str]:
    found = [one.word for one in words_of(composed(text))]
    if len(found) > WORDS_MAX:
        raise BadInput(f"holds {len(found)} words", repr(text[:80]), f"give {WORDS_MAX} at most")
    return found
