"""Turns the rows of knowledge bases into statements: each value of a mapped column is one, or gets a reason why not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from tierline.bases import KnowledgeBase, Reader, Row, read_rows
from tierline.bases.cells import Cell, cells
from tierline.bases.mapping import BaseFile, ColumnRule
from tierline.compute.workers import batched
from tierline.errors import BadInput
from tierline.knowledge.identifiers import identifier_of
from tierline.knowledge.keys import normal_key
from tierline.knowledge.numerals import Quantity
from tierline.knowledge.placeholders import is_placeholder
from tierline.knowledge.times import of_value, read_time
from tierline.knowledge.values import read_value
from tierline.knowledge.vocabulary import MONEY, VOCABULARY, Property, fits, property_named
from tierline.lake import StageResult, decision_table
from tierline.lake.external_sort import SortingBuffer
from tierline.lake.result import ledger_buffer
from tierline.tables import TABLES, content_id
from tierline.unforeseen import ROWS_PER_BATCH, Lost, held

NAMING_THINGS = "wikidata", "turtle", "ntriples"  # formats whose values may be things with ids
SCHEMA = pa.schema(TABLES["l4_statements"].columns)
CELL_CHARACTERS_MAX = 1_000  # of a value; a longer one is a description
CODE = " code"  # ends the names of properties whose values may look like words for nothing: NA is Namibia, nan Min Nan Chinese
SAID = 80  # characters of a value in the reason against it


@dataclass
class _Names:
    """Of which things a base states a property, by the key of their name and the property: which names several things share."""

    ids: dict[tuple[str, str, str], str] = field(default_factory=dict[tuple[str, str, str], str])
    shared: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def add(self, name: str, own: str, predicates: Iterable[str]) -> None:
        """A thing of this name and id, `scheme:value`; without one a name stands for one thing, and ids of two schemes say nothing."""
        key, scheme = normal_key(name), own.partition(":")[0]
        for predicate in predicates if own else ():
            if self.ids.setdefault((key, predicate, scheme), own) != own:
                self.shared.add((key, predicate))

    def has_several(self, name: str, predicate: str) -> bool:
        """Whether things that differ have this name and this property."""
        return (normal_key(name), predicate) in self.shared


@dataclass(frozen=True)
class _Place:
    """The file that rows are read from, and the properties of its columns. `seen` are the columns that any row had a value in."""

    base: KnowledgeBase
    rule: BaseFile
    path: Path
    sha256: str
    properties: dict[str, Property]
    names: _Names
    wide: _Names  # of names with what they lie within
    seen: set[str] = field(default_factory=set[str])

    @cached_property
    def reader(self) -> Reader:
        """How its rows are found."""
        return self.base.reader(self.rule)

    @cached_property
    def reader_json(self) -> str:
        """The same for the table."""
        return self.reader.to_json()

    def rows(self) -> Iterator[Row]:
        """All rows, from the first."""
        return read_rows(self.path, self.reader)


def state_bases(bases: Sequence[KnowledgeBase]) -> StageResult:
    """`l4_statements` of knowledge bases. The rows that go in are the values of mapped columns, and rows of a base without any.

    A value must be of its property's type, in a unit of its kind; a number without unit has the one that the mapping names, and a single
    point in it begins decimals. BadInput for what is wrong with a mapping: a predicate that the vocabulary does not have, a column that no
    row has, a file that cannot be read.
    """
    for base in bases:
        for rule, _, _ in base.files:
            _properties(base, rule)  # before hours are spent on reading
    rows, ledger = SortingBuffer(SCHEMA, TABLES["l4_statements"].order), ledger_buffer()
    decided = 0
    for base in bases:
        for place in _places(base):
            for batch in batched(place.rows(), ROWS_PER_BATCH):
                for found in held(partial(_of_rows, place=place), batch):
                    decided += _write([_lost(found, place)] if isinstance(found, Lost) else found, rows, ledger)
            _refuse_absent_columns(place)
    return StageResult({"l4_statements": rows.rows()}, {"l4_statements": (decided, ledger.rows())})


def _write(outcomes: list[dict[str, Any]], rows: SortingBuffer, ledger: SortingBuffer) -> int:
    """Takes statements and decisions into their buffers; how many were decided."""
    stated = [one for one in outcomes if "predicate" in one]
    kept = [{"row_id": one["statement_id"], "outcome": "kept"} for one in stated]
    rows.append(pa.Table.from_pylist(stated, schema=SCHEMA))
    ledger.append(decision_table([*kept, *(one for one in outcomes if "predicate" not in one)]))
    return len(outcomes)


def _lost(lost: Lost, place: _Place) -> dict[str, Any]:
    """The decision on a row that no code here could work on."""
    (row,) = lost.rows
    return _against(_row_id(row, place), "", row, place, None) | lost.outcome


def _properties(base: KnowledgeBase, rule: BaseFile) -> dict[str, Property]:
    """The property of each column. BadInput for a predicate that is none, a time that is none, and a unit of another kind."""
    found: dict[str, Property] = {}
    for column, one in rule.columns.items():
        known, where = property_named(one.predicate), f"{base.where}: {rule.path}: columns.{column}"
        if known is None:
            near = difflib.get_close_matches(one.predicate.casefold(), VOCABULARY, 3, 0.5)
            raise BadInput(
                f"the vocabulary has no property {one.predicate!r}",
                where,
                f"did you mean {' or '.join(near)}?" if near else "docs/knowledge-bases.md says where its properties are",
            )
        if one.as_of and read_time(one.as_of, base.mapping.language) is None:
            raise BadInput(f"as_of: {one.as_of!r} is no time", where, "write it as 2020, 2020-07 or 2020-07-01")
        if one.unit and not fits(known, f"1 {one.unit}", base.mapping.language, as_data=True):
            raise BadInput(
                f"unit: {one.unit!r} is no unit of {known.name}", where, f"its unit is {known.unit}" if known.unit else "leave it out"
            )
        found[column] = known
    return found


def _places(base: KnowledgeBase) -> list[_Place]:
    """The files of a base, after a first pass over the names in them."""
    names, wide = _Names(), _Names()
    places = [_Place(base, rule, path, digest, _properties(base, rule), names, wide) for rule, path, digest in base.files]
    for place in places:
        if place.rule.ids:
            for row in place.rows():
                subject = _first(row.data, place.rule.subject)
                own = next(iter(_ids(row.data, place.rule)), "")
                predicates = {known.name for known in place.properties.values()}
                names.add(subject, own, predicates)
                wide.add(_within(subject, row.data, place.rule), own, predicates)
    return places


def _of_rows(rows: Sequence[Row], place: _Place) -> list[dict[str, Any]]:
    return [outcome for row in rows for outcome in _of_row(row, place)]


def _row_id(row: Row, place: _Place) -> str:
    return content_id("stm", place.base.source, place.sha256, row.number)


def _of_row(row: Row, place: _Place) -> Iterator[dict[str, Any]]:
    """Statements, which have a `predicate`, and decisions against values or the row."""
    said = False
    subject = "" if row.error else _first(row.data, place.rule.subject)
    if not row.error:
        place.seen.update(path for path in place.rule.paths if path not in place.seen and any(True for _ in cells(row.data, path)))
    for column, rule in place.rule.columns.items() if _is_name(subject) else ():
        values = [(cell.text, part) for cell in cells(row.data, column) for part in _parts(cell, rule.separator)]
        for number, (whole, cell) in enumerate(values):
            said = True
            found = _state(row, place, column, number, cell, subject)
            yield found | {"source_value": whole} if "predicate" in found else found
    if not said:
        rule, detail = (
            ("bases:unreadable", row.error) if row.error else ("bases:no_value", None) if _is_name(subject) else ("bases:no_subject", None)
        )
        yield _against(_row_id(row, place), rule, row, place, detail)


def _parts(cell: Cell, separator: str) -> list[Cell]:
    """The values of a cell that holds several."""
    if not separator:
        return [cell]
    parts = filter(None, map(str.strip, cell.text.split(separator)))
    return [Cell(part, cell.unit, cell.time, cell.language, cell.is_former) for part in parts]


def _state(row: Row, place: _Place, column: str, number: int, cell: Cell, subject: str) -> dict[str, Any]:
    """The statement that a value makes, or the decision against it."""
    base, rule, known = place.base, place.rule.columns[column], place.properties[column]
    own_id = content_id("stm", base.source, place.sha256, row.number, column, number, known.name)
    language = cell.language or rule.language or base.mapping.language
    value, time, why = _timed(row, cell, rule, known, language)
    if why:
        return _against(own_id, "bases:time", row, place, why)
    if value.casefold().startswith(tuple(map(str.casefold, rule.ignore))):
        return _against(own_id, "bases:ignored", row, place, f"{column}: {value[:SAID]!r}")
    if (is_placeholder(value) and not known.name.endswith(CODE)) or len(value) > CELL_CHARACTERS_MAX:
        return _against(own_id, "bases:no_value", row, place, f"{column}: {value[:SAID]!r}")
    if cell.is_former and known.changes != "yes":
        return _against(own_id, "bases:former", row, place, f"{column}: {value[:SAID]!r} holds no more")
    read = read_value(value, known.name, language, True)
    if isinstance(read.meaning, Quantity) and not read.meaning.unit and known.type == "number":
        value = f"{value} {cell.unit or rule.unit}".strip()
        read = read_value(value, known.name, language, True)
        if known.unit not in ("", "°") and isinstance(read.meaning, Quantity) and not read.meaning.unit:
            what = "currency" if known.unit == MONEY else f"unit of the kind of {known.unit}"
            return _against(own_id, "bases:unit", row, place, f"{column}: {value[:SAID]!r} has no {what}")
    if not fits(known, value, language, as_data=True):
        return _against(own_id, "bases:type", row, place, f"{column}: {value[:SAID]!r} is no {known.type} as {known.name} has it")
    if is_shared := place.names.has_several(subject, known.name):
        subject = _within(subject, row.data, place.rule)
        is_shared = place.wide.has_several(subject, known.name)
    mapping = base.mapping
    return {
        "statement_id": own_id,
        "parents": [],
        "base": mapping.name,
        "base_version": mapping.version,
        "license": mapping.license,
        "retrieved": mapping.retrieved,
        "url": mapping.url or None,
        "derived_from": list(mapping.derived_from),
        "vouched_by": base.vouched_by,
        "vouched_on": mapping.vouched_on if base.vouched_by else None,
        "lapsed": base.lapsed or None,
        "source_uri": str(place.path),
        "source_sha256": place.sha256,
        "source_reader": place.reader_json,
        "source_row": row.number,
        "source_address": row.address,
        "source_column": column,
        "subject": subject,
        "subject_key": normal_key(subject),
        "subject_type": place.rule.subject_type or None,
        "subject_ids": _ids(row.data, place.rule),
        "subject_shared": is_shared,
        "aliases": list(dict.fromkeys(one.text for path in place.rule.aliases for one in cells(row.data, path))),
        "predicate": known.name,
        "object": value,
        "object_ids": _object_ids(cell, place),
        "value_type": read.type,
        "value_normal": read.normal,
        "value_precision": read.precision,
        "language": language,
        "time": time,
    }


def _timed(row: Row, cell: Cell, rule: ColumnRule, known: Property, language: str) -> tuple[str, str | None, str]:
    """(value without its time, when it holds, why the time cannot be read). What never changes has no time."""
    if known.changes != "yes":
        return cell.text, None, ""
    written = cell.time or (_first(row.data, rule.time) if rule.time else "") or rule.as_of
    if written:
        time = written if "/" in written and cell.time else read_time(written, language)
        return cell.text, time, "" if time else f"{rule.time or 'time'}: {written[:SAID]!r} is no time"
    if rule.time:
        return cell.text, None, f"{rule.time}: the row names no time"
    value, time = of_value(cell.text, language) or (cell.text, None)
    return value, time, ""


def _first(data: Any, path: str) -> str:
    return next((cell.text for cell in cells(data, path)), "")


def _is_name(subject: str) -> bool:
    return bool(normal_key(subject)) and not is_placeholder(subject)


def _within(subject: str, data: Any, rule: BaseFile) -> str:
    """`Paris, Texas, United States`: the name with what the thing lies within."""
    outer = dict.fromkeys(text for path in rule.within if (text := _first(data, path)) and not is_placeholder(text) and text != subject)
    return ", ".join((subject, *outer))


def _ids(data: Any, rule: BaseFile) -> list[str]:
    """`wikidata:Q183`; of an id that is an address, what is behind its last slash."""
    found = ((scheme, cell.text.rstrip("/").rpartition("/")[2]) for scheme, path in rule.ids.items() for cell in cells(data, path))
    return [f"{scheme}:{own}" for scheme, own in found if any(map(str.isalnum, own))]


def _object_ids(cell: Cell, place: _Place) -> list[str]:
    """The identifier of a value that is an item of Wikidata, or a thing of RDF that a registry names."""
    found = identifier_of("wikidata", cell.id) if cell.id and place.reader.format in NAMING_THINGS else None
    return [found] if found else []


def _against(own_id: str, rule: str, row: Row, place: _Place, detail: str | None) -> dict[str, Any]:
    where = f"{place.path.name} {row.address}"
    return {"row_id": own_id, "outcome": "dropped", "rule": rule, "detail": f"{where}: {detail}" if detail else where}


def _refuse_absent_columns(place: _Place) -> None:
    """BadInput for the first column that no row has a value in."""
    absent = next((path for path in place.rule.paths if path not in place.seen), None)
    if absent is None:
        return
    present = next((list(row.data) for row in place.rows() if isinstance(row.data, dict)), [])
    near = difflib.get_close_matches(absent, map(str, present), 3, 0.5) or list(map(str, present))[:8]
    raise BadInput(
        f"no row of {place.path.name} has a value at {absent!r}" if present else f"{place.path.name} has no readable row",
        place.base.where,
        f"its rows have {', '.join(near)}" if near else "mend `rows` or `format`",
    )
