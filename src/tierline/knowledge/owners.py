"""Reads who publishes a page from its structured data, so that several sites of one owner can count as one source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from tierline.knowledge.keys import name_form
from tierline.knowledge.node_values import local_name
from tierline.knowledge.page_nodes import is_page, nodes_of
from tierline.text.bounded_json import object_of
from tierline.text.domains import registrable_domain

OWNERS_MAX = 16  # of one page
KEY_CHARACTERS_MAX = 200
_PUBLISHED = "publisher", "copyrightholder", "sourceorganization"
_NAME_WORDS_MIN = 2  # "Admin", "News" and "WordPress" are the names of many


def owners_of(lines: str) -> list[str]:
    """Keys of the owners that an `l0_raw.structured_data` value states for its page, sorted: the registrable domain of an owner's site,
    an address of its own elsewhere (`facebook.com/acme`), or `name:` and its name.

    Only publisher, copyright holder and source organization of the page itself or of its site count: a book on the page has a publisher,
    too.
    """
    found = {key for line in lines.split("\n") for key in _of_line(line)}
    return sorted(key for key in found if len(key) <= KEY_CHARACTERS_MAX)[:OWNERS_MAX]


def _of_line(line: str) -> Iterator[str]:
    if not any(name in line.casefold() for name in _PUBLISHED):
        return
    nodes = list(nodes_of(object_of(line).get("data")))
    by_id = {node["@id"]: node for node in reversed(nodes) if isinstance(node.get("@id"), str) and len(node) > 1}
    for node in nodes:
        if is_page(node):
            for name, value in node.items():
                if local_name(name).casefold() in _PUBLISHED:
                    for owner in value if isinstance(value, list) else [value]:
                        yield from _keys(owner, by_id)


def _keys(owner: Any, by_id: dict[str, dict[str, Any]]) -> Iterator[str]:
    """The keys of one owner: an object, its id or its name."""
    if isinstance(owner, dict):
        owner = by_id.get(owner["@id"], owner) if isinstance(owner.get("@id"), str) else owner
        for name, is_site in (("@id", True), ("url", True), ("sameAs", False)):
            for address in _strings(owner.get(name)):
                yield from _address(address, is_site)
        for name in _strings(owner.get("name"))[:1]:
            yield from _name(name)
    elif isinstance(owner, str):
        yield from _address(owner, is_site=True) if owner.startswith(("http:", "https:")) else _name(owner)


def _strings(value: Any) -> list[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def _name(name: str) -> Iterator[str]:
    form = name_form(name)
    if len(form.split()) >= _NAME_WORDS_MIN:
        yield f"name:{form}"


def _address(address: str, is_site: bool) -> Iterator[str]:
    """An address without a path is a site, which is nobody's where many have their profiles."""
    try:
        parts = urlsplit(address.strip())
        host = parts.hostname or ""
    except ValueError:
        return
    path = parts.path.rstrip("/")
    if parts.scheme in ("http", "https") and host and (path or is_site):
        yield f"{registrable_domain(host)}{path.casefold()}"
