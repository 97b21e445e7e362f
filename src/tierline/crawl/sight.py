"""Says which elements of a page hide their text, and what each shows: values that nobody sees state nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tierline.crawl.blocks import Blocks
from tierline.crawl.value_text import marked, value_text


class Sight:
    """What is seen of a page's elements: whether one is hidden is asked for once for each element around it. Finds those that others
    refer to by their ids, too."""

    def __init__(self, blocks: Blocks, tree: Any, classes: frozenset[str]) -> None:
        self._blocks, self._hidden, self._known, self._tree = blocks, blocks.hidden, dict[int, bool](), tree
        self._by_id: dict[str, Any] | None = None
        self._classes, self._marked = classes, marked(classes)

    def referred(self, ids: str) -> Iterator[Any]:
        """The elements of these ids, each the first of its own."""
        for name in dict.fromkeys(ids.split()):
            if self._by_id is None:
                self._by_id = {}
                for node in self._tree.css("[id]"):
                    self._by_id.setdefault(node.attributes["id"] or "", node)
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
