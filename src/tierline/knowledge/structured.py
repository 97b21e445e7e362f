"""Reads statements from structured data (JSON-LD, microdata, RDFa, tables), with the span of each in the stored JSON lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tierline.knowledge.json_spans import Value, read_spans
from tierline.knowledge.kinds import PAGE, is_within, kinds_of
from tierline.knowledge.mentions import compared_name
from tierline.knowledge.node_identity import UNKNOWN, Identity, identity_of
from tierline.knowledge.node_times import node_time
from tierline.knowledge.node_values import (
    CONTAINERS,
    field_of,
    first_of,
    fullest_of,
    is_a,
    items_of,
    local_name,
    measured,
    name_of,
    quoted,
    spoken,
    text_of,
)
from tierline.knowledge.page_subjects import NO_NAMES, PageNames, named_by_caption, subject_under
from tierline.knowledge.predicates import predicate_key
from tierline.knowledge.table_subjects import is_rank, subject_column
from tierline.knowledge.table_times import time_column
from tierline.knowledge.unnamed import is_name_of_page
from tierline.knowledge.vocabulary import changes
from tierline.text.bounded_json import object_of

DEFINITIONS = "definitions"  # `form` of a definition list among the tables of `l0_raw.structured_data`
_COLUMNS = "row_headers", "groups"
_UNNAMED = "Comment", "UserComments", "ImageObject"  # whose names are headlines and captions of no thing
_WHERE = "addressCountry", "addressRegion"
_SEVERAL = re.compile(r"[•◦][^•◦]{0,80}[•◦]|[•◦]\s{0,4}\d")  # a label of several lines, or of a value


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that `subject` has `predicate` `object`, in the characters from `start` to `end`."""

    subject: str
    predicate: str
    object: str
    start: int
    end: int
    method: str  # one of extraction_methods.METHODS
    time: str = ""  # words of a date that stand beside it, and what that date is: `column`, `property`, or `modified`, `published` of
    time_source: str = ""  # the object that has the property
    identity: Identity = UNKNOWN  # what the page says of which thing the subject is
    of_object: Identity = UNKNOWN  # and the value, where that is a thing


def structured_statements(lines: str, subject: str, names: PageNames = NO_NAMES) -> Iterator[Statement]:
    """Every statement of an `l0_raw.structured_data` value; `subject` is what the page is about, and with it a table without caption
    under a heading that names nothing else; "" where that is not known."""
    offset = 0
    for line in lines.split("\n"):
        if object_of(line):
            item: dict[str, Value] = read_spans(line, offset).data
            kind = item["kind"].data if "kind" in item else None
            if kind == "table":
                yield from _table(item, subject, names)
            elif isinstance(kind, str) and kind != "meta" and "data" in item:
                yield from _Page(item["data"], kind, subject, names).statements()
        offset += len(line) + 1


class _Page:
    """One line of JSON-LD or microdata; nodes of one that others refer to by `@id` are known by it."""

    def __init__(self, data: Value, method: str, about: str, page: PageNames) -> None:
        self._data, self._method = data, method
        self._about, self._page = about, page
        self._named: dict[str, tuple[str, Identity]] = {}
        self._find_named(data)

    def _find_named(self, value: Value) -> None:
        if isinstance(value.data, list | dict):
            for inner in value.data.values() if isinstance(value.data, dict) else value.data:
                self._find_named(inner)
        if isinstance(value.data, dict) and "@id" in value.data and (name := name_of(value)):
            self._named.setdefault(str(value.data["@id"].data), (name, identity_of(value)))

    def statements(self) -> Iterator[Statement]:
        """All of them, in the order of the text."""
        yield from self._of(self._data)

    def _of(self, value: Value) -> Iterator[Statement]:
        """The properties of every object that has a name, depth first."""
        if isinstance(value.data, list):
            for item in value.data:
                yield from self._of(item)
        elif isinstance(value.data, dict) and not is_a(value, "PropertyValue"):  # which says nothing without what it belongs to
            subject = self._subject(value)
            identity = identity_of(value) if subject else UNKNOWN
            time = node_time(value.data)
            for key, inner in value.data.items():
                if not key.startswith("@"):
                    for stated in self._property(subject, identity, local_name(key), inner):
                        is_own = stated.subject == subject and time and not stated.time
                        yield replace(stated, time=time[0], time_source=time[1]) if is_own and time else stated
                elif key == "@graph" or key in CONTAINERS:
                    yield from self._of(inner)

    def _subject(self, value: Value) -> str | None:
        """What the properties of an object are about: its name, unless that is none of it."""
        name = None if any(is_a(value, kind) for kind in _UNNAMED) else name_of(value)
        is_page = name and "@type" in value.data and not is_a(value, "WebSite") and is_type_of_page(value)
        return None if name and is_page and not is_name_of_page(name, self._about, self._page) else name

    def _property(self, subject: str | None, identity: Identity, predicate: str, value: Value) -> Iterator[Statement]:
        for item in fullest_of(value):
            said = spoken(item)
            if said is not None:
                if subject:
                    yield Statement(subject, predicate, said, *quoted(item), self._method, identity=identity)
                continue
            if not isinstance(item.data, dict):
                continue
            if predicate == "additionalProperty" or is_a(item, "PropertyValue"):
                named, amount = name_of(item) or text_of(item, "propertyID"), measured(item)
                if subject and named and amount:
                    time = node_time(item.data) or ("", "")
                    yield Statement(subject, named, amount, item.start, item.end, "property_value", *time, identity)
                continue
            if is_a(item, "QuantitativeValue") or is_a(item, "MonetaryAmount"):
                amount = measured(item)
                if subject and amount:
                    time = node_time(item.data) or ("", "")
                    yield Statement(subject, predicate, amount, item.start, item.end, self._method, *time, identity)
                continue
            if subject and is_a(item, "PostalAddress") and not name_of(item):
                yield from self._place(subject, identity, item)
            known, told = self._named.get(str(item.data["@id"].data) if "@id" in item.data else "", ("", UNKNOWN))
            other = name_of(item) or known
            if other and subject:
                thing = identity_of(item)
                name = field_of(item, "name")
                end = first_of(name).end if name else item.end
                start = item.key_start if item.key_start < item.start else value.key_start
                of_object = thing if thing.ids or compared_name(other) != compared_name(known) else told
                yield Statement(subject, predicate, other, start, end, self._method, identity=identity, of_object=of_object)
            yield from self._of(item)

    def _place(self, subject: str, identity: Identity, address: Value) -> Iterator[Statement]:
        """Where a place is, of its address: country and region tell it from others of its name. A street and a number are no facts."""
        if any(is_within(kind, "place") for kind in kinds_of(identity.type)):
            for name in _WHERE:
                value = field_of(address, name)
                said = spoken(first_of(value)) if value else None
                if value and said:
                    yield Statement(subject, name, said, *quoted(first_of(value)), self._method, identity=identity)


def is_type_of_page(value: Value) -> bool:
    """Whether an object is of a type of pages, such as `NewsArticle`."""
    return any(is_within(kind, PAGE) for one in items_of(value.data["@type"]) for kind in kinds_of(str(one.data)))


def _table(item: dict[str, Value], subject: str, names: PageNames) -> Iterator[Statement]:
    """With a header row each cell states its column of what names its row; else each row of two cells a property of its caption or of
    the page, which is what captions such as "Key facts" are about, too."""
    caption, heading = (str(item[name].data) if name in item else "" for name in ("caption", "heading"))
    about = named_by_caption(caption, subject) or subject_under(caption or heading, subject, names) or caption
    header = [name.data for name in item["header"].data] if "header" in item else []
    rows: list[list[Value]] = [row.data for row in item["rows"].data] if "rows" in item else []
    if header:
        columns = [[column.data for column in item[name].data] if name in item else [] for name in _COLUMNS]
        yield from _rows(header, rows, columns, about)
        return
    method = "definition" if "form" in item and item["form"].data == DEFINITIONS else "infobox"
    for cells in rows:
        if about and len(cells) == 2 and not _SEVERAL.search(cells[0].data) and cells[1].data and cells[1].data != cells[0].data:
            yield Statement(about, cells[0].data, cells[1].data, cells[0].start, cells[1].end, method)


def _rows(header: list[str], rows: list[list[Value]], columns: list[list[int]], about: str) -> Iterator[Statement]:
    """Where a row is named by its time alone, what changes over time is stated of what the table is about."""
    texts = [[cell.data for cell in row] for row in rows]
    named = subject_column(header, texts, *columns)
    if named is None:
        return
    ranks = [is_rank(name, [row[column] for row in texts if column < len(row) and row[column]]) for column, name in enumerate(header)]
    timed = time_column(header, texts)
    for cells in rows:
        if named >= len(cells):
            continue
        subject = cells[named]
        time = (cells[timed].data, "column") if timed is not None and timed < len(cells) and cells[timed].data else ("", "")
        for predicate, is_count, cell in zip(header, ranks, cells, strict=False):
            if cell is not subject and cell.data and cell.data != subject.data and not (is_count and named):
                start, end = min(subject.start, cell.start), max(subject.end, cell.end)
                is_series = named == timed and about and changes(predicate_key(predicate))
                yield Statement(about if is_series else subject.data, predicate, cell.data, start, end, "table", *time)
