"""Reads the machine-readable statements of a page: JSON-LD, microdata, RDFa, data tables and definition lists, a JSON object per line."""

from __future__ import annotations

import itertools
import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tierline.crawl.blocks import Blocks
from tierline.crawl.formulas import image_tex
from tierline.crawl.hiding import READ_ALOUD_CLASSES
from tierline.crawl.json_ld import read_json_ld
from tierline.crawl.lexbor_memory import may_have_typeof
from tierline.crawl.rdfa import read_rdfa
from tierline.crawl.sight import Sight
from tierline.crawl.table_grid import Cell, Row, table_rows
from tierline.crawl.value_text import marked, styled_away, value_text

MAX_TABLE_CELLS = 5_000  # beyond this a table is a data dump, not evidence
MAX_ITEM_CHARACTERS = 1 << 20  # of one page's microdata: nested properties and properties of several names repeat what is in them
ITEM_CHARACTERS = 16  # of a property beside its value
LINKED_MAX = 0.9  # share of a table's characters; with more in links it is navigation
_REFERENCES = re.compile(r"(?:\s?\[(?:[a-z]{1,4}\s?)?\w{1,3}\]){1,9}\Z")  # [1], [a], [note 2]; bounded, to be linear
_READ_ALOUD = ", ".join(f".{name}" for name in READ_ALOUD_CLASSES)
_JSON = json.JSONEncoder(ensure_ascii=False).encode
_DAYS_MIN, _DAYS_MAX = 20, 31  # of a calendar
_BULLETS = "•·–-◦"  # before the label of a row that belongs to the row above it
MAX_NAME_CHARACTERS = 200  # of a heading or a site's name; a longer one names nothing


def structured_data(
    tree: Any, scripts: Iterable[str], blocks: Blocks, site: str = "", dates: Mapping[str, str] | None = None
) -> str | None:
    """JSON lines from a lexbor tree, its JSON-LD, its blocks, the name of its site and the dates of its <meta>, or None.

    First {"kind": "page", "heading", "site"}, the page's h1 and the name of its site, by which its title is understood. Then {"kind":
    "jsonld", "data"}, {"kind": "microdata", "data"}, {"kind": "rdfa", "data"} and {"kind": "table", "caption", "header", "rows"}, in
    document order within each kind, definition lists last. A table has the numbers of its columns of "row_headers", where that is not
    the first alone, and of "groups", whose cells cover several rows, where it has any; one without caption and header has the "heading"
    that it stands under. A definition list is a table with the "form" of "definitions". Last {"kind": "meta", "data"} with the words of
    "published" and "modified".

    What nobody sees states nothing, unless it is in an attribute.
    """
    tables = blocks.tables(tree.root)
    has_rdfa = may_have_typeof(tree.root.parent.mem_id) and tree.css_first("[typeof]") is not None
    is_seen = tables or blocks.has_items or has_rdfa
    classes = styled_away([style.text() for style in blocks.styles(tree.root)]) if is_seen else frozenset[str]()
    headings = _Headings(blocks)
    found = [
        *_page(headings.first, site),
        *({"kind": "jsonld", "data": data} for script in scripts for data in read_json_ld(script)),
        *(_microdata(blocks.items(tree.root), Sight(blocks, tree, classes)) if blocks.has_items else ()),
        *({"kind": "rdfa", "data": data} for data in (read_rdfa(tree, Sight(blocks, tree, classes)) if has_rdfa else ())),
        *_tables(tables, blocks, classes, headings),
        *_definitions(blocks, tree.root, headings),
        *([{"kind": "meta", "data": dates}] if dates else []),
    ]
    return "\n".join(map(_JSON, found)) or None


class _Headings:
    """The headings of a page: its first h1, and the nearest one before a block."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._starts: list[list[int]] | None = None

    @property
    def first(self) -> str:
        """The words of the first h1; "" where the page has none."""
        levels = self._blocks.headings.items()
        return next((self._words(*self._blocks.elements[number, 1:3].tolist()) for number, level in levels if level == 1), "")

    def above(self, block: int) -> str:
        """The words of the last heading before a block; "" before the first."""
        starts = self._starts
        if starts is None:
            starts = self._starts = self._blocks.elements[[*self._blocks.headings], 1:3].tolist()
        place = bisect_left(starts, [block])
        return self._words(*starts[place - 1]) if place else ""

    def _words(self, start: int, end: int) -> str:
        return " ".join(" ".join(self._blocks.texts[start:end]).split())


def _page(heading: str, site: str) -> Iterator[dict[str, Any]]:
    named = {name: words for name, words in (("heading", heading), ("site", site)) if words and len(words) <= MAX_NAME_CHARACTERS}
    if named:
        yield {"kind": "page"} | named


def _microdata(items: Iterable[Any], sight: Sight) -> Iterator[dict[str, Any]]:
    left = [MAX_ITEM_CHARACTERS]
    for item in items:
        if left[0] < 0:
            return
        yield {"kind": "microdata", "data": _item(item, 0, left, sight)}


def _item(element: Any, depth: int, left: list[int], sight: Sight) -> dict[str, Any]:
    """A schema.org-like object in the form of JSON-LD (HTML Living Standard, 5.2 Encoding microdata), with what its `itemref` names."""
    kind = element.attributes.get("itemtype")
    values: dict[str, list[Any]] = {"@type": [kind.rsplit("/", 1)[-1]]} if kind else {}
    if own := (element.attributes.get("itemid") or "").strip():
        values["@id"] = [own]
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


def _value(element: Any, left: list[int], sight: Sight) -> str:
    attributes = element.attributes
    for attribute in ("content", "datetime", "href", "src", "value"):
        if attributes.get(attribute) is not None:
            left[0] -= len(attributes[attribute])
            return attributes[attribute].strip()
    text = sight.text(element)
    left[0] -= len(text)
    return text


def _tables(tables: Mapping[int, Any], blocks: Blocks, classes: frozenset[str], headings: _Headings) -> Iterator[dict[str, Any]]:
    """The tables that are data: with a header row or a column of labels, and no page layout, navigation or calendar."""
    selector = marked(classes)
    layout = _outer([*tables.values()])
    for number, table in tables.items():
        if (
            table.mem_id in layout
            or table.attributes.get("role") in ("presentation", "none")
            or _is_linked(blocks, [blocks.elements[number, 1:3].tolist()])
        ):
            continue
        rows = table_rows(table, blocks.hidden, MAX_TABLE_CELLS)
        if rows and len(rows) > 1 and (len(rows[0].places) == 2 or table.css_first("th, thead") is not None):  # others state nothing
            caption = table.css_first("caption")
            texts = {cell.mem_id: value_text(cell, blocks.hidden, classes) for cell in _cells_around(table.css(selector))}
            is_box = "infobox" in (table.attributes.get("class") or "")
            about = blocks.text(caption.mem_id) if caption is not None else ""
            yield from (_under(found, headings, blocks, table) for found in _sections(rows, about, blocks, texts, is_box))


def _under(table: dict[str, Any], headings: _Headings, blocks: Blocks, node: Any) -> dict[str, Any]:
    """The table with the heading above it, where nothing else says what it is about."""
    heading = headings.above(blocks.span(node.mem_id)[0]) if not table["caption"] and not table["header"] else ""
    return table | ({"heading": heading} if heading and len(heading) <= MAX_NAME_CHARACTERS else {})


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


def _sections(rows: list[Row], caption: str, blocks: Blocks, values: dict[int, str], is_box: bool) -> Iterator[dict[str, Any]]:
    """A table for each of its headers. A row of one cell is a title: of the table at its beginning, else of a part of it, whose rows
    with a bullet are named by it ("Area • Total").

    Without a header, all cells of the first column are labels: header cells, or of two columns those in bold or of an infobox.
    `values` has the texts of those cells, by `mem_id`, whose value is not simply what is seen.
    """
    header: list[list[str]] = []
    body: list[list[Cell | None]] = []
    parts: list[str] = []
    part = ""
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
        labels = [row[0] for row in body]
        stated = bool(header) or all(cell is not None and cell.is_header for cell in labels)
        if not stated and len(body[0]) == 2:
            stated = is_box or all(cell is not None and (cell.is_header or _is_bold(cell.node)) for cell in labels)
        for row, title in zip(cells, () if header else parts, strict=bool(not header)):
            if title and row[0] and row[0][0] in _BULLETS and row[0].lstrip(f"{_BULLETS} \u00a0")[:1].isalpha():
                row[0] = f"{title} {row[0]}"
        if body and len(cells[0]) > 1 and stated and not _is_calendar(cells):
            names = [" ".join(dict.fromkeys(filter(None, column))) for column in zip(*header, strict=True)]
            yield {"kind": "table", "caption": caption, "header": names, "rows": cells} | (_columns(body) if header else {})

    for row in rows:
        filled = {cell.column: cell for cell in row.places if cell is not None and text(cell)}
        if not filled or row.part == "tfoot":
            continue
        if len(filled) == 1 and all(cell is None or cell.columns > 1 for cell in row.places):
            title = text(next(iter(filled.values())))
            if not header and not body and not caption:
                caption = title
            else:
                part = title
        elif row.part == "thead" or (len(filled) > 1 and all(cell.is_header for cell in filled.values())):
            if body:
                yield from section()
                header, body, parts = [], [], []
            header.append([text(cell) for cell in row.places])
        else:
            body.append(row.places)
            parts.append(part)
    yield from section()


def _is_bold(cell: Any) -> bool:
    """Whether all of a cell's text is in bold."""
    inner = [node for node in cell.iter(include_text=True) if node.tag != "-text" or node.text().strip()]
    return len(inner) == 1 and inner[0].tag in ("b", "strong")


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
    found = _REFERENCES.search(text) if text[-1:] == "]" else None
    return text[: found.start()] if found and found.start() and cell.css_first("sup") is not None else text


def _is_linked(blocks: Blocks, spans: Iterable[Sequence[int]]) -> bool:
    """Whether the text of the blocks in some spans is hardly more than links."""
    linked = whole = 0
    for start, end in spans:
        linked += sum(blocks.rows[start:end, 2].tolist())
        whole += sum(map(len, blocks.texts[start:end]))
    return linked > LINKED_MAX * whole


def _is_calendar(rows: list[list[str]]) -> bool:
    """Whether the cells count up the days of a month."""
    days = [int(text) for row in rows for text in row if text.isdecimal() and len(text) < 3]
    steps = sum(after - before == 1 for before, after in itertools.pairwise(days))
    return len(days) >= _DAYS_MIN and max(days) <= _DAYS_MAX and steps >= 0.8 * (len(days) - 1)


def _definitions(blocks: Blocks, root: Any, headings: _Headings) -> Iterator[dict[str, Any]]:
    """Definition lists of two definitions or more, as tables without header: a term beside each of its definitions."""
    for node in blocks.definitions(root).values():
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
        if len(rows) > 1 and not _is_linked(blocks, [blocks.span(term.mem_id) for term in node.css("dt")]):  # a table of contents
            yield _under({"kind": "table", "form": "definitions", "caption": "", "header": [], "rows": rows}, headings, blocks, node)


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
