"""Reads what a page states for machines: JSON-LD, microdata and data tables, one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

MAX_TABLE_CELLS = 5_000  # beyond this a table is a data dump, not evidence


def structured_data(tree: Any) -> str | None:
    """JSON lines from an lxml tree, or None: {"kind": "jsonld", "data"}, {"kind": "microdata", "data"} or
    {"kind": "table", "caption", "header", "rows"}, in document order within each kind."""
    found = [*_json_ld(tree), *_microdata(tree), *_tables(tree)]
    return "\n".join(json.dumps(item, ensure_ascii=False) for item in found) or None


def _json_ld(tree: Any) -> Iterator[dict[str, Any]]:
    for script in tree.xpath('.//script[@type="application/ld+json"]'):
        try:
            data = json.loads(script.text or "", strict=False)
        except (json.JSONDecodeError, RecursionError):
            continue  # broken markup is common and states nothing
        yield {"kind": "jsonld", "data": data}


def _microdata(tree: Any) -> Iterator[dict[str, Any]]:
    for item in tree.xpath(".//*[@itemscope and not(@itemprop)]"):
        yield {"kind": "microdata", "data": _item(item, depth=0)}


def _item(element: Any, depth: int) -> dict[str, Any]:
    """A schema.org-like object, as JSON-LD would say it (HTML Living Standard, 5.2 Encoding microdata)."""
    data: dict[str, Any] = {"@type": element.get("itemtype", "").rsplit("/", 1)[-1]} if element.get("itemtype") else {}
    pending = list(element)
    while pending:
        child = pending.pop(0)
        if not isinstance(child.tag, str):
            continue
        names = child.get("itemprop", "").split()
        nested = child.get("itemscope") is not None
        if names:
            value = _item(child, depth + 1) if nested and depth < 8 else _value(child)
            for name in names:
                data[name] = [*_as_list(data[name]), value] if name in data else value
        if not nested:
            pending[:0] = list(child)
    return data


def _value(element: Any) -> str:
    for attribute in ("content", "datetime", "href", "src", "value"):
        if element.get(attribute) is not None:
            return element.get(attribute).strip()
    return _text(element)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _tables(tree: Any) -> Iterator[dict[str, Any]]:
    """Tables that have a header row or a header column, and no table within: the others lay out a page."""
    for table in tree.iter("table"):
        if table.find(".//table") is not None:
            continue
        rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
        rows = [row for row in rows if row]
        if len(rows) < 2 or sum(map(len, rows)) > MAX_TABLE_CELLS:
            continue
        header = [_text(cell) for cell in rows[0]] if all(cell.tag == "th" for cell in rows[0]) else []
        body = rows[1:] if header else rows
        if not header and not all(row[0].tag == "th" for row in rows):
            continue
        caption = table.find(".//caption")
        cells = [[_text(cell) for cell in row] for row in body]
        yield {"kind": "table", "caption": _text(caption) if caption is not None else "", "header": header, "rows": cells}


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())
