"""Reads a page's RDFa in the terms of schema.org as items in the form of JSON-LD (RDFa Core 1.1, section 7.5; HTML+RDFa 1.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tierline.crawl.sight import Sight

MAX_CHARACTERS = 1 << 20  # of one page's items: a property inside another one repeats what is in it
MAX_DEPTH = 8  # of items in each other
PROPERTY_CHARACTERS = 16  # of a property beside its value
_SCHEMA = "http://schema.org/", "https://schema.org/", "http://www.schema.org/", "https://www.schema.org/"
_DRAWN = "[typeof], [property], [about], [resource], [vocab], [prefix]"
_MARKUP_TYPES = "XMLLiteral", "HTML"  # of literals that are markup

Item = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class _Scope:
    """What holds within an element: the item that properties belong to, or None; the vocabulary; the prefixes; how deep the item is."""

    item: Item | None
    vocabulary: str
    prefixes: dict[str, str]
    depth: int

    def term(self, word: str) -> str | None:
        """A word's name at schema.org; None for those of other vocabularies and for words without one."""
        prefix, colon, local = word.partition(":")
        if not colon:
            whole = self.vocabulary + word
        elif local.startswith("//"):
            whole = word
        else:
            whole = self.prefixes.get(prefix.casefold(), "") + local
        return next((whole[len(start) :] for start in _SCHEMA if whole.startswith(start)), None) or None

    def terms(self, words: str | None) -> list[str]:
        """The names of several words."""
        return [found for word in (words or "").split() if (found := self.term(word))]


_OUTSIDE = _Scope(None, "", {"schema": _SCHEMA[0]}, 0)  # the prefix is in the initial context of RDFa


def read_rdfa(tree: Any, sight: Sight) -> Iterator[dict[str, Any]]:
    """The items of a lexbor tree that are no values of others, in document order; a property that is stated once is no list.

    Elements of another vocabulary begin an item that is not read, so that what is in it is said of nothing else. Of `rel` and `rev`
    nothing is read.
    """
    reader = _Reader(sight)
    for node in tree.css(_DRAWN):
        reader.read(node)
        if reader.left < 0:
            break
    for item in reader.items:
        if any(name[0] != "@" for name in item):
            yield _plain(item)


class _Reader:
    """Elements one after the other in document order, so that the scope of those around each is known."""

    def __init__(self, sight: Sight) -> None:
        self.items: list[Item] = []
        self.left = MAX_CHARACTERS
        self._sight = sight
        self._scopes: dict[int, _Scope] = {}  # `mem_id` of every element that was looked at -> the scope within
        self._by_id: dict[str, tuple[Item, int]] = {}  # with their depths

    def read(self, node: Any) -> None:
        """Add what an element states."""
        if node.mem_id in self._scopes:  # the parser lists an element once for each attribute that it has
            return
        attributes = node.attributes
        around = self._around(node.parent)
        prefixes = _prefixes(attributes.get("prefix"))
        scope = _Scope(
            around.item,
            around.vocabulary if "vocab" not in attributes else _closed(attributes["vocab"] or ""),
            around.prefixes | prefixes if prefixes else around.prefixes,
            around.depth,
        )
        properties = scope.terms(attributes.get("property"))
        if "about" in attributes or ("resource" in attributes and "property" not in attributes):
            scope = self._begun(attributes.get("about") or attributes.get("resource"), scope)
        elif "typeof" in attributes:
            item: Item | None = {}
            if "property" not in attributes:
                self.items.append(item)
            elif scope.item is not None and properties and scope.depth < MAX_DEPTH:
                self._state(scope.item, properties, item, 0)
            else:
                item = None
            named = attributes.get("resource") or attributes.get("href") or attributes.get("src")
            if item is not None and named:
                item["@id"] = [named]
                self._by_id.setdefault(named, (item, scope.depth + 1))
            scope = _Scope(item, scope.vocabulary, scope.prefixes, scope.depth + 1)
            properties = []
        if "typeof" in attributes and scope.item is not None:
            kinds = scope.terms(attributes["typeof"])
            if kinds:
                scope.item.setdefault("@type", []).extend(kinds)
            elif attributes["typeof"]:
                scope = _Scope(None, scope.vocabulary, scope.prefixes, scope.depth)
        self._scopes[node.mem_id] = scope
        if properties and scope.item is not None and (value := self._value(node, scope)):
            self._state(scope.item, properties, value, len(value) if isinstance(value, str) else 0)

    def _around(self, node: Any) -> _Scope:
        path: list[int] = []
        found = _OUTSIDE
        while node is not None:
            known = self._scopes.get(node.mem_id)
            if known is not None:
                found = known
                break
            path.append(node.mem_id)
            node = node.parent
        self._scopes |= dict.fromkeys(path, found)
        return found

    def _begun(self, name: str | None, scope: _Scope) -> _Scope:
        """The scope of an item that is named, and may have been before."""
        if (name or "") not in self._by_id:
            self.items.append({"@id": [name]} if name else {})
            self._by_id[name or ""] = self.items[-1], 1
        item, depth = self._by_id[name or ""]
        return _Scope(item, scope.vocabulary, scope.prefixes, depth)

    def _state(self, item: Item, properties: list[str], value: Any, characters: int) -> None:
        for name in dict.fromkeys(properties):
            self.left -= characters + PROPERTY_CHARACTERS
            if self.left < 0:
                return
            item.setdefault(name, []).append(value)

    def _value(self, node: Any, scope: _Scope) -> str | dict[str, Any]:
        """What an element says: its content, the time or the address that it names, or its text as it is seen."""
        attributes = node.attributes
        for name in ("content", "datetime"):
            if attributes.get(name) is not None:
                return attributes[name].strip()
        kind = attributes.get("datatype")
        if kind is None:
            address = next((attributes[name] for name in ("resource", "href", "src") if attributes.get(name)), None)
            if address is not None:
                return {"@id": address.strip()}
        elif kind.rpartition(":")[2] in _MARKUP_TYPES:
            return ""
        return self._sight.text(node)


def _closed(vocabulary: str) -> str:
    """A vocabulary's address, with the sign at its end that many leave out."""
    vocabulary = vocabulary.strip()
    return vocabulary if not vocabulary or vocabulary.endswith(("/", "#")) else f"{vocabulary}/"


def _prefixes(words: str | None) -> dict[str, str]:
    """`schema: http://schema.org/ dc: ...` by prefix (RDFa Core 1.1, section 5)."""
    parts = (words or "").split()
    return {name[:-1].casefold(): address for name, address in zip(parts[::2], parts[1::2], strict=False) if name.endswith(":")}


def _plain(item: Item) -> dict[str, Any]:
    """The item with single values for lists of one, and the items in it too."""
    found: dict[str, Any] = {}
    for name, values in item.items():
        plain = [_plain(value) if isinstance(value, dict) and not isinstance(value.get("@id"), str) else value for value in values]
        found[name] = plain[0] if len(plain) == 1 else plain
    return found
