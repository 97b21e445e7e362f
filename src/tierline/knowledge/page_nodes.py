"""Finds in a page's structured data the objects that are the page itself or its site, and nothing that the page is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tierline.knowledge.node_values import local_name

_PAGE_TYPES = "page", "website", "article", "blogposting"  # ends of types that are the page itself
_NOT_PAGES = frozenset({"scholarlyarticle", "medicalscholarlyarticle"})  # whose publisher and date are not those of the page


def nodes_of(value: Any) -> Iterator[dict[str, Any]]:
    """Every object, the outer before the inner one."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting += reversed(one.values())
        elif isinstance(one, list):
            waiting += reversed(one)


def is_page(node: dict[str, Any]) -> bool:
    """Whether an object is of a type of pages."""
    kinds = node.get("@type")
    names = {local_name(kind).casefold() for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)}
    return any(name.endswith(_PAGE_TYPES) for name in names - _NOT_PAGES)
