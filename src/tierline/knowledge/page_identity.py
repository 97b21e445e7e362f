"""Finds out which thing a page is about, where its address or its structured data names it by an identifier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tierline.knowledge.identifiers import identifier_at, is_telling, scheme_of
from tierline.knowledge.node_values import local_name
from tierline.knowledge.page_nodes import is_page, nodes_of
from tierline.text.bounded_json import object_of

_NAMED_BY = "mainentity", "sameas"
ITEMS_MAX = 16


def page_ids(lines: str, url: str | None) -> tuple[str, ...]:
    """Identifiers of what a page is about, sorted: that of its own address, if it is a page of a registry or encyclopedia, and those that
    the page's own object gives as `mainEntity` or `sameAs`, as Wikipedia's do. None of a scheme of which it gives two.

    `lines` is a value of `l0_raw.structured_data`.
    """
    found = {one for line in lines.split("\n") for address in _of_line(line) if (one := identifier_at(address))}
    if url and (own := identifier_at(url)):
        found.add(own)
    schemes = Counter(scheme_of(one) for one in found)
    return tuple(sorted(one for one in found if schemes[scheme_of(one)] < 2 or not is_telling(one)))


def _of_line(line: str) -> Iterator[str]:
    if not any(name in line.casefold() for name in _NAMED_BY):
        return
    for node in nodes_of(object_of(line).get("data")):
        if is_page(node):
            for name, value in node.items():
                if local_name(name).casefold() in _NAMED_BY:
                    yield from _addresses(value)


def _addresses(value: Any) -> Iterator[str]:
    for one in (value if isinstance(value, list) else [value])[:ITEMS_MAX]:
        address = one.get("@id") if isinstance(one, dict) else one
        if isinstance(address, str):
            yield address
