"""Reads the machine-readable statements of a page: JSON-LD, microdata and data tables, one JSON object per line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from tierline.crawl.blocks import Blocks
from tierline.text.bounded_json import parse_json

MAX_TABLE_CELLS = 5_000  # beyond this a table is a data dump, not evidence
MAX_ITEM_CHARACTERS = 1 << 20  # of one page's microdata: nested properties and properties of several names repeat what is in them
ITEM_CHARACTERS = 16  # of a property beside its value


def structured_data(tree: Any, scripts: Iterable[str], blocks: Blocks) -> str | None:
    """JSON lines from a lexbor tree, its JSON-LD and its blocks, or None: {"kind": "jsonld", "data"}, {"kind": "microdata",
    "data"} or {"kind": "table", "caption", "header", "rows"}, in document order within each kind."""
    found = [*_json_ld(scripts), *(_microdata(tree) if blocks.has_items else ()), *_tables(blocks.tables(tree.root).values())]
    return "\n".join(json.dumps(item, ensure_ascii=False) for item in found) or None


def _json_ld(scripts: Iterable[str]) -> Iterator[dict[str, Any]]:
    for script in scripts:
        try:
            data = parse_json(script, strict=False)
        except ValueError:
            continue  # broken markup is common and is not a statement; data nested beyond all sense is not either
        yield {"kind": "jsonld", "data": data}


def _microdata(tree: Any) -> Iterator[dict[str, Any]]:
    left = [MAX_ITEM_CHARACTERS]
    for item in tree.css("[itemscope]:not([itemprop])"):
        if left[0] < 0:
            return
        yield {"kind": "microdata", "data": _item(item, 0, left)}


def _item(element: Any, depth: int, left: list[int]) -> dict[str, Any]:
    """A schema.org-like object in the form of JSON-LD (HTML Living Standard, 5.2 Encoding microdata)."""
    kind = element.attributes.get("itemtype")
    values: dict[str, list[Any]] = {"@type": [kind.rsplit("/", 1)[-1]]} if kind else {}
    within = element.css("[itemprop], [itemscope]")
    left[0] -= len(within)
    inner = {element.mem_id}  # belongs to an item inside this one
    for child in within:
        if left[0] < 0 or child.mem_id in inner:
            continue
        attributes = child.attributes
        nested = "itemscope" in attributes
        if nested:
            inner.update(node.mem_id for node in child.css("[itemprop], [itemscope]"))
        names = (attributes.get("itemprop") or "").split()
        if names:
            before = left[0]
            value: Any = _item(child, depth + 1, left) if nested and depth < 8 else _value(child, left)
            written = before - left[0] + ITEM_CHARACTERS
            for name in names:
                values.setdefault(name, []).append(value)
                left[0] -= written  # each name writes the value again
                if left[0] < 0:
                    break
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def _value(element: Any, left: list[int]) -> str:
    attributes = element.attributes
    for attribute in ("content", "datetime", "href", "src", "value"):
        if attributes.get(attribute) is not None:
            left[0] -= len(attributes[attribute])
            return attributes[attribute].strip()
    text = _text(element)
    left[0] -= len(text)
    return text


def _tables(tables: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """The tables that have a header row or header column and contain no table: the others are page layout."""
    tables = list(tables)
    layout = _outer(tables)
    for table in tables:
        if table.mem_id in layout:
            continue
        rows = [[cell for cell in row.iter() if cell.tag in ("td", "th")] for row in table.css("tr")]
        rows = [row for row in rows if row]
        if len(rows) < 2 or sum(map(len, rows)) > MAX_TABLE_CELLS:
            continue
        header = [_text(cell) for cell in rows[0]] if all(cell.tag == "th" for cell in rows[0]) else []
        body = rows[1:] if header else rows
        if not header and not all(row[0].tag == "th" for row in rows):
            continue
        caption = table.css_first("caption")
        cells = [[_text(cell) for cell in row] for row in body]
        yield {"kind": "table", "caption": _text(caption) if caption is not None else "", "header": header, "rows": cells}


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


def _text(element: Any) -> str:
    return " ".join(element.text().split())
