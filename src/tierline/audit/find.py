"""Finds the rows of every tier and mix that hold given words, and what stands around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tierline.audit.index_rows import CARRIED, INDEXED, original, text_columns
from tierline.audit.text_index import Progress, present_index
from tierline.audit.words import Word, composed, words_of
from tierline.errors import BadInput
from tierline.lake import Lake

AROUND = 60  # characters shown on either side of what was found
WORDS_MAX = 100  # of a question
COPIES_MAX = 1_000  # of a row


@dataclass(frozen=True, slots=True)
class Found:
    """A row that holds the words. `promoted`: whether it may be read; `span` is where in its text, question first, the first of them
    stand, and `around` the text before, of and after it. `copies` are rows of later tables with this very text: (table, id, promoted)."""

    table: str
    row_id: str
    shard: str
    promoted: bool
    span: tuple[int, int]
    around: tuple[str, str, str]
    copies: tuple[tuple[str, str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """The best rows, and how many texts of the tiers hold the words in all."""

    rows: tuple[Found, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Place:
    """A row by its table, shard and place in the table's order."""

    table: str
    shard: str
    row_id: str
    place: int


class Texts:
    """The indexed texts of a lake as they are now."""

    def __init__(self, lake: Lake, progress: Progress = lambda _steps, _label: None) -> None:
        """Brings the index up to date."""
        self.lake = lake
        self._index = present_index(lake, progress)
        self._searcher = self._index.searcher()
        self._promoted: dict[str, set[str]] = {table: {one.shard for one in lake.promoted(table)} for table in INDEXED}

    def is_promoted(self, table: str, shard: str) -> bool:
        """Whether a shard's rows may be read."""
        return shard in self._promoted[table]

    def phrase(self, words: Sequence[str]) -> Any:
        """The query of these words one after the other."""
        import tantivy

        if len(words) == 1:
            return tantivy.Query.term_query(self._index.schema, "text", words[0])
        return tantivy.Query.phrase_query(self._index.schema, "text", list(words))

    def all_of(self, words: Sequence[str]) -> Any:
        """The query of these words in any order."""
        import tantivy

        return tantivy.Query.boolean_query([(tantivy.Occur.Must, self.phrase([word])) for word in dict.fromkeys(words)])

    def holds(self, words: Sequence[str]) -> bool:
        """Whether any text has these words one after the other."""
        return bool(self._searcher.search(self.phrase(words), 1, count=False).hits)

    def named(self, table: str, asked: Iterable[tuple[Sequence[str], Sequence[str]]]) -> Any:
        """The query of a table's rows that are named so: (words, fields) pairs, each word of which is in one of these fields
        (`index_rows.NAMES`); first those of which a field has the words one after the other."""
        import tantivy

        must, should, schema = [self._of_table(table)], list[Any](), self._index.schema
        for words, fields in asked:
            for word in dict.fromkeys(words):
                either = [(tantivy.Occur.Should, tantivy.Query.term_query(schema, field, word)) for field in fields]
                must.append(tantivy.Query.boolean_query(either))
            should += [tantivy.Query.phrase_query(schema, field, list(words)) for field in fields if len(words) > 1]
        parts = [(tantivy.Occur.Must, part) for part in must] + [(tantivy.Occur.Should, part) for part in should]
        return tantivy.Query.boolean_query(parts)

    def row(self, table: str, row_id: str) -> Place | None:
        """Where a row is."""
        import tantivy

        query = [self._of_table(table), tantivy.Query.term_query(self._index.schema, "row", row_id)]
        return next(iter(self.places(tantivy.Query.boolean_query([(tantivy.Occur.Must, part) for part in query]), 1)[0]), None)

    def made_from(self, rows: Iterable[tuple[str, str]], table: str, limit: int, offset: int = 0) -> tuple[list[Place], int]:
        """(rows of a table that name one of these rows, table and id, as what they were made from; how many there are)."""
        import tantivy

        named = tantivy.Query.term_set_query(self._index.schema, "parent", [original(*row) for row in rows])
        query = tantivy.Query.boolean_query([(tantivy.Occur.Must, named), (tantivy.Occur.Must, self._of_table(table))])
        return self.places(query, limit, offset)

    def _of_table(self, table: str) -> Any:
        import tantivy

        return tantivy.Query.const_score_query(tantivy.Query.term_query(self._index.schema, "table", table), 0.0)

    def places(self, query: Any, limit: int, offset: int = 0) -> tuple[list[Place], int]:
        """(the best `limit` rows behind the first `offset`, how many there are)."""
        found = self._searcher.search(query, limit, offset=offset)
        places: list[Place] = []
        for _, address in found.hits:
            one = self._searcher.doc(address).to_dict()
            table, _, shard = one["part"][0].partition("/")
            places.append(Place(table, shard, one["row"][0], one["place"][0]))
        return places, found.count

    def copies(self, table: str, row_id: str) -> list[tuple[str, str, bool]]:
        """(table, id, promoted) of the rows that repeat a row's text, and of those that repeat theirs."""
        import tantivy

        query = tantivy.Query.term_query(self._index.schema, "copy_of", original(table, row_id))
        found: list[tuple[str, str, bool]] = []
        for _, address in self._searcher.search(query, COPIES_MAX, count=False).hits:
            one = self._searcher.doc(address).to_dict()
            other, _, shard = one["part"][0].partition("/")
            found.append((other, one["row"][0], self.is_promoted(other, shard)))
            found += self.copies(other, one["row"][0]) if other in CARRIED else []
        return sorted(dict.fromkeys(found))

    def texts(self, places: Iterable[Place]) -> dict[Place, str]:
        """The searched text of each row, composed; read a row group at a time."""
        by_part: dict[tuple[str, str], list[Place]] = {}
        for one in dict.fromkeys(places):
            by_part.setdefault((one.table, one.shard), []).append(one)
        found: dict[Place, str] = {}
        for (table, shard), own in by_part.items():
            own.sort(key=lambda one: one.place)
            manifest = self.lake.manifest(table, shard)
            rows = [one.place for one in own]
            columns = [list(self.lake.pick(manifest, rows, column)) for column in text_columns(table)]
            found |= {one: composed("\n".join(filter(None, parts))) for one, *parts in zip(own, *columns, strict=True)}
        return found


def find_words(texts: Texts, words: str, limit: int, exact: bool = False, offset: int = 0) -> Findings:
    """Rows that hold all these words, or with `exact` hold them one after the other; best matches first, behind the first `offset`.
    BadInput without any word."""
    asked = [one.word for one in words_of(composed(words))]
    if not asked or len(asked) > WORDS_MAX:
        raise BadInput(f"holds {len(asked)} words", repr(words), f"give 1 to {WORDS_MAX}; `--output FILE` looks for a whole text")
    places, total = texts.places(texts.phrase(asked) if exact else texts.all_of(asked), limit, offset)
    read = texts.texts(places)
    rows = [found_in(texts, one, read[one], _first(words_of(read[one]), asked)) for one in places]
    return Findings(tuple(rows), total)


def found_in(texts: Texts, place: Place, text: str, span: tuple[int, int]) -> Found:
    """The row with what stands around a span of its text."""
    start, end = span
    around = text[max(0, start - AROUND) : start], text[start:end], text[end : end + AROUND]
    promoted = texts.is_promoted(place.table, place.shard)
    return Found(place.table, place.row_id, place.shard, promoted, span, around, tuple(texts.copies(place.table, place.row_id)))


def _first(words: Sequence[Word], asked: Sequence[str]) -> tuple[int, int]:
    """Where the longest beginning of the words asked for stands in a text, as characters."""
    best = (0, 0, 0)
    for number, one in enumerate(words):
        if one.word == asked[0]:
            length = next((n for n, word in enumerate(asked) if number + n >= len(words) or words[number + n].word != word), len(asked))
            if length > best[0]:
                best = (length, one.start, words[number + length - 1].end)
    if best[0]:
        return best[1:]
    first = next(one for one in words if one.word in asked)
    return first.start, first.end
