"""Cuts a parsed page into blocks, the runs of text between block-level tags, in one walk over its nodes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from tierline.crawl.formulas import formula
from tierline.crawl.markup import attribute_mask, tag_mask
from tierline.crawl.page_bounds import PageRules, PageTooLarge

KINDS = ("p", "h1", "h2", "h3", "h4", "li", "td", "th", "pre", "blockquote", "dt", "dd", "figcaption", "div", "summary", "caption", "other")
_KIND = {name: number for number, name in enumerate(KINDS)} | {"h5": 4, "h6": 4}
PRE, OTHER = _KIND["pre"], _KIND["other"]
_BLOCK_TAGS = (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 header hgroup hr legend li main menu nav ol p search section summary table tbody td tfoot th thead "
    "tr ul button label"
).split()
_SKIPPED_TAGS = (
    "head style noscript template svg select textarea iframe object embed audio video canvas map datalist noembed noframes applet -comment "
    "rt rp"
).split()
_PRE_TAGS = ("pre", "listing", "xmp", "plaintext")
_BLOCK, _SKIP, _LINK, _BREAK, _PRE, _FORMULA, _SCRIPT = range(1, 8)
_ACTION_OF = (
    dict.fromkeys(_BLOCK_TAGS, _BLOCK)
    | dict.fromkeys(_SKIPPED_TAGS, _SKIP)
    | dict.fromkeys(_PRE_TAGS, _PRE)
    | {"a": _LINK, "br": _BREAK}
    | {"script": _SCRIPT}
    | dict.fromkeys(("math", "span", "img"), _FORMULA)
)


def _tag_ids() -> dict[str, int]:
    """The parser's own numbers of the tags: comparing them is cheaper than making strings."""
    tree: Any = LexborHTMLParser("<!doctype html><p>text<!-- -->")
    ids = {node.tag: node.tag_id for node in tree.root.parent.traverse(include_text=True)}
    return ids | {tag: tree.create_node(tag).tag_id for tag in _ACTION_OF if tag[0] != "-"}


_TAG_IDS = _tag_ids()
_TEXT, _COMMENT = _TAG_IDS["-text"], _TAG_IDS["-comment"]
_TABLE = _TAG_IDS["table"]
_TAG_MASKS = {_TAG_IDS[tag]: mask for tag in _ACTION_OF if tag[0] != "-" and (mask := tag_mask(tag))}
_KIND_OF = {_TAG_IDS[tag]: kind for tag, kind in _KIND.items() if tag in _TAG_IDS}
_ACTIONS = {_TAG_IDS[tag]: action for tag, action in _ACTION_OF.items()}
BLOCK_FIELDS = ("kind", "owner", "link_chars", "links")
ELEMENT_FIELDS = ("parent", "start", "end", "own", "path")
_WIDTH, _END, _PATH = len(ELEMENT_FIELDS), 2, 4
_IN_LINK, _LEVEL = 1, 1  # the state of an open node: its depth in block-level elements, shifted, and whether it is in a link
_HIDDEN_NODE = -1
_CLOCK_EVERY = 4096  # nodes between two looks at the clock
BREAK = "\ue000"  # a <br> while white space is collapsed: a private-use character


class Blocks:
    """A page as two flat lists: BLOCK_FIELDS for each block, ELEMENT_FIELDS for each block-level element that holds text.

    Both are in document order. An element spans the blocks `start:end`; `parent` is the element around it (the page's own is 0,
    its parent too); `owner` is the innermost element of a block. `own` and `path` are the hints (see markup.py) of the element
    itself and of all down to it.
    """

    __slots__ = ("block_rows", "element_rows", "has_items", "licence_links", "nodes", "scripts", "tables", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.nodes: list[Any] = []
        self.tables: list[Any] = []
        self.scripts: list[Any] = []  # with JSON-LD
        self.has_items = False  # microdata
        self.licence_links: list[tuple[str, str]] = []  # (rel, href) of links that might name a licence
        self.block_rows: list[int] = []
        self.element_rows: list[int] = []


class _Run:
    """The text since the last block boundary, and the open block-level elements; the first `known` of them are recorded."""

    __slots__ = ("blocks", "buffer", "link_chars", "links", "numbers", "stack")

    def __init__(self, blocks: Blocks, root: Any) -> None:
        self.blocks = blocks
        self.buffer: list[str] = []
        self.link_chars = self.links = 0
        self.stack, self.numbers = [root], list[int]()

    def flush(self) -> None:
        """Make a block of the buffered text, if it is more than white space."""
        buffer = self.buffer
        text = (buffer[0] if len(buffer) == 1 else "".join(buffer)).strip()
        buffer.clear()
        if "  " in text or not text.isprintable():  # line feeds, no-break spaces and the like are not printable
            text = " ".join(text.split())
            if BREAK in text:
                text = "\n".join([line for part in text.split(BREAK) if (line := part.strip())])
        if text:
            self.add(text, _KIND_OF.get(self.stack[-1].tag_id, OTHER))
        self.link_chars = self.links = 0

    def add(self, text: str, kind: int) -> None:
        """Record a block and those open elements that had no text before it."""
        blocks, numbers, stack = self.blocks, self.numbers, self.stack
        for depth in range(len(numbers), len(stack)):
            self.record(stack[depth])
        blocks.texts.append(text)
        blocks.block_rows.extend((kind, numbers[-1], self.link_chars, self.links))

    def record(self, node: Any) -> None:
        """Record an open element."""
        blocks, numbers, tag, attributes = self.blocks, self.numbers, node.tag_id, node.attributes
        own = path = _TAG_MASKS.get(tag, 0) | attribute_mask(attributes) if attributes else _TAG_MASKS.get(tag, 0)
        parent, rows = 0, blocks.element_rows
        if tag == _TABLE:
            blocks.tables.append(node)
        if "itemscope" in attributes:
            blocks.has_items = True
        if numbers:
            parent = numbers[-1]
            path |= rows[parent * _WIDTH + _PATH]
        numbers.append(len(blocks.nodes))
        blocks.nodes.append(node)
        rows.extend((parent, len(blocks.texts), 0, own, path))

    def close_to(self, depth: int) -> None:
        """Close the block-level elements below a depth."""
        del self.stack[depth:]
        numbers = self.numbers
        while len(numbers) > depth:
            self.blocks.element_rows[numbers.pop() * _WIDTH + _END] = len(self.blocks.texts)


def cut_blocks(root: Any, rules: PageRules) -> Blocks:
    """Blocks of a lexbor tree. Raises PageTooLarge where there are more nodes, or it takes longer, than the rules allow."""
    run = _Run(Blocks(), root)
    states, stack, buffer = {root.parent.mem_id: 1 << _LEVEL}, run.stack, run.buffer
    for part in _in_parts(root, rules):
        for node in part:
            state = states[node.parent.mem_id]
            tag = node.tag_id
            if state < 0:
                if tag != _TEXT:
                    states[node.mem_id] = state
                continue
            if state >> _LEVEL < len(stack):
                if buffer:
                    run.flush()
                run.close_to(state >> _LEVEL)
            if tag == _TEXT:
                text = node.text_content
                if buffer and not (text[0].isspace() or buffer[-1][-1].isspace()):
                    buffer.append(_space_before(node))
                buffer.append(text)
                if state & _IN_LINK:
                    run.link_chars += len(text)
                continue
            action = _ACTIONS.get(tag)
            if action == _BLOCK:
                if buffer:
                    run.flush()
                stack.append(node)
                state += 1 << _LEVEL
            elif action == _LINK:
                attributes = node.attributes
                href = attributes.get("href")
                if href is not None:
                    run.links += 1
                    state |= _IN_LINK
                    if "rel" in attributes or "licenses/" in href or "publicdomain/" in href:
                        run.blocks.licence_links.append((attributes.get("rel") or "", href))
            elif action:
                state = _special(action, node, state, run)
            states[node.mem_id] = state
    if buffer:
        run.flush()
    run.close_to(0)
    return run.blocks


def _in_parts(root: Any, rules: PageRules) -> Iterator[Iterator[Any]]:
    """The nodes in document order, cut where the bounds are looked at."""
    deadline, nodes = time.monotonic() + rules.max_page_seconds, root.traverse(include_text=True, skip_empty=True)
    for count in range(0, rules.max_tags * 3, _CLOCK_EVERY):
        first = next(nodes, None)
        if first is None:
            return
        if count and time.monotonic() > deadline:
            raise PageTooLarge(f"reading the page took longer than {rules.max_page_seconds} s")
        yield chain((first,), islice(nodes, _CLOCK_EVERY - 1))
    if next(nodes, None) is not None:
        raise PageTooLarge(f"page of more than {rules.max_tags * 3} nodes")


def _space_before(node: Any) -> str:
    """The white space between a text and the one before it, which stands in a node of its own."""
    while True:
        before = node.prev
        while before is not None:
            text = before.text(deep=True) if before.tag_id != _COMMENT else ""
            if text:
                return " " if text[-1].isspace() else ""
            before = before.prev
        node = node.parent
        if node is None or (_ACTIONS.get(node.tag_id) == _BLOCK):
            return ""


def _special(action: int, node: Any, state: int, run: _Run) -> int:
    """What a break, formula, preformatted text or skipped element adds to the running text; the state of its subtree."""
    buffer = run.buffer
    if action == _BREAK:
        if buffer and buffer[-1] == BREAK:
            run.flush()
        elif buffer:
            buffer.append(BREAK)
        return state
    if action == _PRE:
        if buffer:
            run.flush()
        text = preformatted(node)
        if text:
            run.stack.append(node)
            run.add(text, PRE)
            run.close_to(len(run.stack) - 1)
        return _HIDDEN_NODE
    if action in (_SCRIPT, _FORMULA):
        if action == _SCRIPT and node.attributes.get("type") == "application/ld+json":
            run.blocks.scripts.append(node)
        text = formula(node)
        if text is None:
            return state
        if text and text not in buffer[-2:]:  # Wikipedia's image repeats the MathML before it
            buffer.append(text)
    return _HIDDEN_NODE


def preformatted(node: Any) -> str:
    """The text of a <pre> with its lines; a block-level element or <br> within begins a line of its own."""
    pieces: list[str] = []
    for child in node.traverse(include_text=True):
        if child.tag_id == _TEXT:
            pieces.append(child.text_content)
        elif child.tag == "br" or (_ACTIONS.get(child.tag_id) == _BLOCK and pieces and not pieces[-1].endswith("\n")):
            pieces.append("\n")
    return "\n".join(line.rstrip() for line in "".join(pieces).replace("\xa0", " ").strip("\n").splitlines()).rstrip()
