"""Reads statements from structured data (JSON-LD, microdata, tables), with the span of each in the stored JSON lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tierline.knowledge.json_spans import Value, read_spans
from tierline.knowledge.table_subjects import is_rank, subject_column
from tierline.text.bounded_json import MAX_DEPTH, parse_json

_LANGUAGE = re.compile(r"(?:[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,6}|@none)$")  # a key of a language map (JSON-LD 1.1, 4.6.2)
_CONTAINERS = "@list", "@set", "@value"
_COLUMNS = "row_headers", "groups"
_UNITS = "unitText", "currency", "unitCode"


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that `subject` has `predicate` `object`, in the characters from `start` to `end`."""

    subject: str
    predicate: str
    object: str
    start: int
    end: int
    method: str  # jsonld | microdata | table | text


def structured_statements(lines: str, title: str) -> Iterator[Statement]:
    """Every statement of an `l0_raw.structured_data` value; `title` names what a table without caption is about."""
    offset = 0
    for line in lines.split("\n"):
        try:
            parsed = parse_json(line, MAX_DEPTH + 2) if line else None
        except ValueError:  # older code redacted values so that a line was no JSON any more
            parsed = None
        if isinstance(parsed, dict):
            item: dict[str, Value] = read_spans(line, offset).data
            kind = item["kind"].data if "kind" in item else None
            if kind == "table":
                yield from _table(item, title)
            elif isinstance(kind, str) and "data" in item:
                yield from _Page(item["data"], kind).statements()
        offset += len(line) + 1


class _Page:
    """One line of JSON-LD or microdata; nodes of one that others refer to by `@id` are known by it."""

    def __init__(self, data: Value, method: str) -> None:
        self._data, self._method = data, method
        self._names: dict[str, str] = {}
        self._find_names(data)

    def _find_names(self, value: Value) -> None:
        if isinstance(value.data, list | dict):
            for inner in value.data.values() if isinstance(value.data, dict) else value.data:
                self._find_names(inner)
        if isinstance(value.data, dict) and "@id" in value.data and (name := _name(value)):
            self._names.setdefault(str(value.data["@id"].data), name)

    def statements(self) -> Iterator[Statement]:
        """All of them, in the order of the text."""
        yield from self._of(self._data)

    def _of(self, value: Value) -> Iterator[Statement]:
        """The properties of every object that has a name, depth first."""
        if isinstance(value.data, list):
            for item in value.data:
                yield from self._of(item)
        elif isinstance(value.data, dict) and not _is_a(value, "PropertyValue"):  # which says nothing without what it belongs to
            subject = _name(value)
            for key, inner in value.data.items():
                if not key.startswith("@"):
                    yield from self._property(subject, local_name(key), inner)
                elif key == "@graph" or key in _CONTAINERS:
                    yield from self._of(inner)

    def _property(self, subject: str | None, predicate: str, value: Value) -> Iterator[Statement]:
        for item in _items(value):
            spoken = _spoken(item)
            if spoken is not None:
                if subject:
                    yield Statement(subject, predicate, spoken, *_quoted(item), self._method)
                continue
            if not isinstance(item.data, dict):
                continue
            if predicate == "additionalProperty" or _is_a(item, "PropertyValue"):
                named, measured = _name(item) or _text(item, "propertyID"), _measured(item)
                if subject and named and measured:
                    yield Statement(subject, named, measured, item.start, item.end, self._method)
                continue
            if _is_a(item, "QuantitativeValue") or _is_a(item, "MonetaryAmount"):
                measured = _measured(item)
                if subject and measured:
                    yield Statement(subject, predicate, measured, item.start, item.end, self._method)
                continue
            other = _name(item) or self._names.get(str(item.data["@id"].data) if "@id" in item.data else "")
            if other and subject:
                name = _field(item, "name")
                end = _first(name).end if name else item.end
                yield Statement(
                    subject, predicate, other, item.key_start if item.key_start < item.start else value.key_start, end, self._method
                )
            yield from self._of(item)


def _items(value: Value) -> list[Value]:
    """The values of a property: of a list or container each, of a language map each, of anything else itself."""
    if isinstance(value.data, list):
        return [inner for item in value.data for inner in _items(item)]
    if isinstance(value.data, dict):
        for container in _CONTAINERS[:2]:
            if container in value.data:
                return _items(value.data[container])
        if value.data and all(_LANGUAGE.match(key) for key in value.data) and all(_is_plain(one) for one in value.data.values()):
            return [inner for item in value.data.values() for inner in _items(item)]
    return [value]


def _is_plain(value: Value) -> bool:
    return isinstance(value.data, str) or (isinstance(value.data, list) and all(isinstance(item.data, str) for item in value.data))


def _spoken(value: Value) -> str | None:
    """A plain value or value object as text; None for anything else."""
    data = value.data
    if isinstance(data, dict):
        return _spoken(data["@value"]) if "@value" in data and not isinstance(data["@value"].data, dict) else None
    if isinstance(data, str):
        return data
    return json.dumps(data) if isinstance(data, int | float) and not isinstance(data, bool) else None


def _quoted(value: Value) -> tuple[int, int]:
    inner = value.data["@value"] if isinstance(value.data, dict) else value
    return inner.start, inner.end


def _field(item: Value, name: str) -> Value | None:
    """A property of an object, whatever the form of its key."""
    return item.data.get(name) or next((value for key, value in item.data.items() if key[:1] != "@" and local_name(key) == name), None)


def _first(value: Value) -> Value:
    """Of several values the one in English, else the first."""
    items = _items(value)
    english = [item for item in items if isinstance(item.data, dict) and "@language" in item.data and item.data["@language"].data == "en"]
    if isinstance(value.data, dict) and "en" in value.data:
        english = _items(value.data["en"])
    return (english or items or [value])[0]


def _text(item: Value, name: str) -> str | None:
    value = _field(item, name)
    return _spoken(_first(value)) if value else None


def _name(item: Value) -> str | None:
    """The name of an object; of several the one in English, else the first."""
    value = _field(item, "name") if isinstance(item.data, dict) else None
    name = _first(value) if value else None
    return _spoken(name) or None if name and not isinstance(name.data, int | float) else None


def _is_a(item: Value, kind: str) -> bool:
    return "@type" in item.data and any(local_name(str(one.data)) == kind for one in _items(item.data["@type"]))


def _measured(item: Value) -> str | None:
    """The value of a property-value pair or a quantity, with its unit; None where it has none."""
    value = _text(item, "value")
    unit = next(filter(None, (_text(item, name) for name in _UNITS)), None)
    return f"{value} {unit}" if value and unit else value


def _table(item: dict[str, Value], title: str) -> Iterator[Statement]:
    """With a header row each cell states its column of what names its row; else each row of two cells a property of the page."""
    header = [name.data for name in item["header"].data] if "header" in item else []
    rows: list[list[Value]] = [row.data for row in item["rows"].data] if "rows" in item else []
    if header:
        yield from _rows(header, rows, [[column.data for column in item[name].data] if name in item else [] for name in _COLUMNS])
        return
    about = (item["caption"].data if "caption" in item else "") or title
    for cells in rows:
        if len(cells) == 2 and cells[1].data and cells[1].data != cells[0].data:
            yield Statement(about, cells[0].data, cells[1].data, cells[0].start, cells[1].end, "table")


def _rows(header: list[str], rows: list[list[Value]], columns: list[list[int]]) -> Iterator[Statement]:
    texts = [[cell.data for cell in row] for row in rows]
    named = subject_column(header, texts, *columns)
    if named is None:
        return
    ranks = [is_rank(name, [row[column] for row in texts if column < len(row) and row[column]]) for column, name in enumerate(header)]
    for cells in rows:
        if named >= len(cells):
            continue
        subject = cells[named]
        for predicate, is_count, cell in zip(header, ranks, cells, strict=False):
            if cell is not subject and cell.data and cell.data != subject.data and not (is_count and named):
                start, end = min(subject.start, cell.start), max(subject.end, cell.end)
                yield Statement(subject.data, predicate, cell.data, start, end, "table")


def local_name(name: str) -> str:
    """The last part of a full or compact IRI (JSON-LD 1.1, 3.1 and 4.1.5); any other name as it is."""
    path = name[max(name.rfind("/"), name.rfind("#")) + 1 :]
    prefix, colon, local = path.partition(":")
    if colon and (path != name or not prefix[:1].isalpha() or not prefix.replace("-", "_").isidentifier()):
        return name
    found = local if colon else path
    return found if found and ":" not in found else name
