"""Reads the machine-readable statements of a page: JSON-LD, microdata, data tables and definition lists, one JSON object per line."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tierline.crawl.blocks import Blocks
from tierline.crawl.formulas import image_tex
from tierline.crawl.hiding import READ_ALOUD_CLASSES
from tierline.crawl.json_ld import read_json_ld
from tierline.crawl.table_grid import Cell, Row, table_rows
from tierline.crawl.value_text import marked, styled_away, value_text

MAX_TABLE_CELLS = 5_000  # beyond this a table is a data dump, not evidence
MAX_ITEM_CHARACTERS = 1 << 20  # of one page's microdata: nested properties and properties of several names repeat what is in them
ITEM_CHARACTERS = 16  # of a property beside its value
LINKED_MAX = 0.9  # share of a table's characters; with more in links it is navigation
_REFERENCES = re.compile(r"(?:\s?\[(?:[a-z]{1,4}\s?)?\w{1,3}\]){1,9}\Z")  # [1], [a], [note 2]; bounded, to be linear
_READ_ALOUD = ", ".join(f".{name}" for name in READ_ALOUD_CLASSES)
_DAYS_MIN, _DAYS_MAX = 20, 31  # of a calendar


def structured_data(tree: Any, scripts: Iterable[str], blocks: Blocks) -> str | None:
    """JSON lines from a lexbor tree, its JSON-LD and its blocks, or None: {"kind": "jsonld", "data"}, {"kind": "microdata",
    "data"} or {"kind": "table", "caption", "header", "rows"}, in document order within each kind, definition lists last.
    A table has the numbers of its columns of "row_headers", where that is not the first alone, and of "groups", whose cells cover several
    rows, where it has any.

    What nobody sees states nothing, unless it is in an attribute.
    """
    tables = blocks.tables(tree.root)
    classes = styled_away(tree) if tables or blocks.has_items else frozenset[str]()
    found = [
        *({"kind": "jsonld", "data": data} for script in scripts for data in read_json_ld(script)),
        *(_microdata(tree, blocks, classes) if blocks.has_items else ()),
        *_tables(tables, blocks, classes),
        *_definitions(blocks, tree.root),
    ]
    return "\n".join(json.dumps(item, ensure_ascii=False) for item in found) or None


def _microdata(tree: Any, blocks: Blocks, classes: frozenset[str]) -> Iterator[dict[str, Any]]:
    left = [MAX_ITEM_CHARACTERS]
    sight = _Sight(blocks, tree, classes)
    for item in tree.css("[itemscope]:not([itemprop])"):
        if left[0] < 0:
            return
        yield {"kind": "microdata", "data": _item(item, 0, left, sight)}


class _Sight:
    """Says whether an element or one around it hides its text, each of which is asked for once, and finds those that others refer to."""

    def __init__(self, blocks: Blocks, tree: Any, classes: frozenset[str]) -> None:
        self._blocks, self._hidden, self._known, self._tree = blocks, blocks.hidden, dict[int, bool](), tree
        self._by_id: dict[str, Any] | None = None
        self._classes, self._marked = classes, marked(classes)

    def referred(self, ids: str) -> Iterator[Any]:
        """The elements of these ids, each the first of its own."""
        if self._by_id is None:
            self._by_id = {}
            for node in self._tree.css("[id]"):
                self._by_id.setdefault(node.attributes["id"] or "", node)
        for name in dict.fromkeys(ids.split()):
            if name in self._by_id:
                yield self._by_id[name]

    def is_hidden(self, node: Any) -> bool:
        """Whether nobody sees the element's text."""
        if not self._hidden:
            return False
        path: list[int] = []
        found = False
        while node is not None and not found:
            known = self._known.get(node.mem_id)
            if known is not None:
                found = known
                break
            path.append(node.mem_id)
            found, node = node.mem_id in self._hidden, node.parent
        self._known |= dict.fromkeys(path, found)
        return found

    def text(self, element: Any) -> str:
        """The element's text as it is seen, in one line: breaks and blocks part words, styles and scripts are none."""
        if self.is_hidden(element):
            return ""
        found = self._blocks.text(element.mem_id)
        if found and element.css_first(self._marked) is None:
            return found
        return value_text(element, self._hidden, self._classes)


def _item(element: Any, depth: int, left: list[int], sight: _Sight) -> dict[str, Any]:
    """A schema.org-like object in the form of JSON-LD (HTML Living Standard, 5.2 Encoding microdata), with what its `itemref` names."""
    kind = element.attributes.get("itemtype")
    values: dict[str, list[Any]] = {"@type": [kind.rsplit("/", 1)[-1]]} if kind else {}
    within = element.css("[itemprop], [itemscope]")
    for other in sight.referred(element.attributes.get("itemref") or ""):
        within += [*([other] if "itemprop" in other.attributes else []), *other.css("[itemprop], [itemscope]")]
    left[0] -= len(within)
    inner = {element.mem_id}  # belongs to an item inside this one, or was looked at
    for child in within:
        if left[0] < 0 or child.mem_id in inner:
            continue
        inner.add(child.mem_id)
        attributes = child.attributes
        nested = "itemscope" in attributes
        if nested:
            inner.update(node.mem_id for node in child.css("[itemprop], [itemscope]"))
        names = (attributes.get("itemprop") or "").split()
        if names:
            before = left[0]
            value: Any = _item(child, depth + 1, left, sight) if nested and depth < 8 else _value(child, left, sight)
            if value == "" and sight.is_hidden(child):
                continue
            written = before - left[0] + ITEM_CHARACTERS
            for name in names:
                values.setdefault(name, []).append(value)
                left[0] -= written  # each name writes the value again
                if left[0] < 0:
                    break
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def _value(element: Any, left: list[int], sight: _Sight) -> str:
    attributes = element.attributes
    for attribute in ("content", "datetime", "href", "src", "value"):
        if attributes.get(attribute) is not None:
            left[0] -= len(attributes[attribute])
            return attributes[attribute].strip()
    text = sight.text(element)
    left[0] -= len(text)
    return text


def _tables(tables: Mapping[int, Any], blocks: Blocks, classes: frozenset[str]) -> Iterator[dict[str, Any]]:
    """The tables that are data: with a header row or header column, and no page layout, navigation or calendar."""
    selector = marked(classes)
    layout = _outer([*tables.values()])
    for number, table in tables.items():
        if (
            table.mem_id in layout
            or table.attributes.get("role") in ("presentation", "none")
            or _is_linked(blocks, range(*blocks.elements[number, 1:3].tolist()))
        ):
            continue
        rows = table_rows(table, blocks.hidden, MAX_TABLE_CELLS)
        if rows and len(rows) > 1:
            caption = table.css_first("caption")
            texts = {cell.mem_id: value_text(cell, blocks.hidden, classes) for cell in _cells_around(table.css(selector))}
            yield from _sections(rows, blocks.text(caption.mem_id) if caption is not None else "", blocks, texts)


def _cells_around(nodes: Iterable[Any]) -> Iterator[Any]:
    """The cells that elements of one table stand in, each once, but those with formulas."""
    found: set[int] = set()
    for node in nodes:
        cell = node.parent
        while cell is not None and cell.tag not in ("td", "th", "table"):
            cell = cell.parent
        if cell is not None and cell.tag != "table" and cell.mem_id not in found:
            found.add(cell.mem_id)
            if cell.css_first("math, script") is None and not any(image_tex(image.attributes) for image in cell.css("img[class][alt]")):
                yield cell


def _sections(rows: list[Row], caption: str, blocks: Blocks, values: dict[int, str]) -> Iterator[dict[str, Any]]:
    """A table for each of its headers. A row of one cell is a title: of the table at its beginning, else of a part of it.

    `values` has the texts of those cells, by `mem_id`, whose value is not simply what is seen.
    """
    header: list[list[str]] = []
    body: list[list[Cell | None]] = []
    texts: dict[int, str] = {}

    def text(cell: Cell | None) -> str:
        if cell is None:
            return ""
        if cell.node.mem_id not in texts:
            number = cell.node.mem_id
            seen = blocks.text(number) if cell.is_hidden or number not in values else values[number]
            texts[number] = _without_references(cell.node, seen) or (_read_aloud(cell.node) if cell.is_header else "")
        return texts[cell.node.mem_id]

    def section() -> Iterator[dict[str, Any]]:
        cells = [[text(cell) for cell in row] for row in body]
        stated = bool(header) or all(row[0] is not None and row[0].is_header for row in body)
        if body and len(cells[0]) > 1 and stated and not _is_calendar(cells):
            names = [" ".join(dict.fromkeys(filter(None, column))) for column in zip(*header, strict=True)]
            yield {"kind": "table", "caption": caption, "header": names, "rows": cells} | (_columns(body) if header else {})

    for row in rows:
        filled = {cell.column: cell for cell in row.places if cell is not None and text(cell)}
        if not filled or row.part == "tfoot":
            continue
        if len(filled) == 1 and all(cell is None or cell.columns > 1 for cell in row.places):
            if not header and not body:
                caption = caption or text(next(iter(filled.values())))
        elif row.part == "thead" or (len(filled) > 1 and all(cell.is_header for cell in filled.values())):
            if body:
                yield from section()
                header, body = [], []
            header.append([text(cell) for cell in row.places])
        else:
            body.append(row.places)
    yield from section()


def _columns(body: list[list[Cell | None]]) -> dict[str, list[int]]:
    """Which columns hold row headers alone, if there are others than the first, and which hold cells that cover several rows."""
    columns = list(zip(*body, strict=True))
    headers = [number for number, cells in enumerate(columns) if all(cell is not None and cell.is_header for cell in cells)]
    groups = [
        number
        for number, cells in enumerate(columns)
        if len(columns) > 2 and any(above is not None and above is cell for above, cell in itertools.pairwise(cells))
    ]
    return ({"row_headers": headers} if headers not in ([], [0]) else {}) | ({"groups": groups} if groups else {})


def _read_aloud(header: Any) -> str:
    """What a header without text that is seen says to screen readers, which names its column for those who see its cells."""
    found = header.css_first(_READ_ALOUD)
    return " ".join(found.text().split()) if found is not None else ""


def _without_references(cell: Any, text: str) -> str:
    """The text of a cell without raised marks in brackets at its end, which are footnotes."""
    found = _REFERENCES.search(text)
    return text[: found.start()] if found and found.start() and cell.css_first("sup") is not None else text


def _is_linked(blocks: Blocks, numbers: Sequence[int]) -> bool:
    """Whether the text of some blocks is hardly more than links."""
    return sum(blocks.rows[numbers, 2].tolist()) > LINKED_MAX * sum(len(blocks.texts[number]) for number in numbers)


def _is_calendar(rows: list[list[str]]) -> bool:
    """Whether the cells count up the days of a month."""
    days = [int(text) for row in rows for text in row if text.isdecimal() and len(text) < 3]
    steps = sum(after - before == 1 for before, after in itertools.pairwise(days))
    return len(days) >= _DAYS_MIN and max(days) <= _DAYS_MAX and steps >= 0.8 * (len(days) - 1)


def _definitions(blocks: Blocks, root: Any) -> Iterator[dict[str, Any]]:
    """Definition lists of two definitions or more, as tables without header: a term beside each of its definitions."""
    for node in blocks.definitions(root).values():
        spans = [blocks.span(term.mem_id) for term in node.css("dt")]
        if _is_linked(blocks, [block for start, end in spans for block in range(start, end)]):  # a table of contents
            continue
        rows: list[list[str]] = []
        terms: list[str] = []
        defined = False
        for child in (inner for outer in node.iter() for inner in (outer.iter() if outer.tag == "div" else (outer,))):
            if child.tag == "dt":
                terms, defined = [*([] if defined else terms), blocks.text(child.mem_id)], False
            elif child.tag == "dd":
                rows += [[term, blocks.text(child.mem_id)] for term in terms]
                defined = True
        rows = [row for row in rows if all(row)][:MAX_TABLE_CELLS]
        if len(rows) > 1:
            yield {"kind": "table", "caption": "", "header": [], "rows": rows}


def _outer(tables: list[Any]) -> set[int]:
    """`mem_id` of those that contain another: each is asked for the nearest table above it, since asking for all below takes
    quadratic time where they are nested."""
    known, outer = {table.mem_id for table in tables}, set[int]()
    for table in tables:
        node = table.parent
        while node is not None and node.mem_id not in known:
            node = node.parent
        if node is not None:
            outer.add(node.mem_id)
    return outer
