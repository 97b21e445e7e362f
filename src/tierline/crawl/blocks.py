"""Cuts a parsed page into blocks, the runs of text between block-level tags, with the hints of the elements around them."""

from __future__ import annotations

import threading
import time
from functools import cache
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
from selectolax.lexbor import LexborHTMLParser

from tierline.crawl import walk_text as run
from tierline.crawl.formulas import formula
from tierline.crawl.lexbor_memory import ATTRIBUTES, TAG, attribute_numbers, read_text, read_word
from tierline.crawl.markup import DEFINITIONS, HEADING, TABLE, names_masks, role_mask, tag_mask
from tierline.crawl.page_bounds import PageTooLarge
from tierline.crawl.rules import PageRules
from tierline.crawl.walk import TOO_MANY, TOO_SHORT, Formulas, add_paths, walk
from tierline.crawl.walk_text import Sheets, Tags

KINDS = ("p", "h1", "h2", "h3", "h4", "li", "td", "th", "pre", "blockquote", "dt", "dd", "figcaption", "div", "summary", "caption", "other")
_KIND = {name: number for number, name in enumerate(KINDS)}
PRE, DD, OTHER = _KIND["pre"], _KIND["dd"], _KIND["other"]
_DEEP = {"h5": len(KINDS), "h6": len(KINDS) + 1}  # the walk tells them apart, the model does not: their kind is h4
BLOCK_TAGS = (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 header hgroup hr legend li main menu nav ol p search section summary table tbody td tfoot th thead "
    "tr ul button label"
).split()
SKIPPED_TAGS = (
    "head style noscript template svg select textarea iframe object embed audio video canvas map datalist noembed noframes applet -comment "
    "rt rp"
).split()
_PRE_TAGS = ("pre", "listing", "xmp", "plaintext")
_ACTION_OF = (
    dict.fromkeys(BLOCK_TAGS, run.BLOCK)
    | dict.fromkeys(SKIPPED_TAGS, run.SKIP)
    | dict.fromkeys(_PRE_TAGS, run.PRE)
    | {
        "a": run.LINK,
        "br": run.BREAK,
        "script": run.SCRIPT,
        "math": run.MATH,
        "span": run.SPAN,
        "img": run.IMAGE,
        "sup": run.RAISED,
        "-text": run.TEXT,
    }
)
BLOCK_FIELDS = ("kind", "owner", "link_chars", "links")
ELEMENT_FIELDS = ("parent", "start", "end", "own", "path")
_ITEM = "[itemscope]:not([itemprop])"
_NUMBERS = 1 << 10  # more than the parser has numbers for tags and attributes
_FORMULA_NODES = "math, img[class][alt], script[type]"
_NOTHING = np.zeros(0, dtype=np.int64)
_NO_FORMULAS = Formulas(_NOTHING, _NOTHING, _NOTHING)
_scratch = threading.local()
_KEPT_BYTES, _KEPT_NODES = 1 << 20, 1 << 15  # some 6 MB per thread; larger pages are rare
Longs = npt.NDArray[np.int64]


class Blocks:
    """A page as two tables: BLOCK_FIELDS for each block, ELEMENT_FIELDS for each block-level element that holds text.

    Both are in document order. An element spans the blocks `start:end`; `parent` is the element around it (the page's own is 0,
    its parent too); `owner` is the innermost element of a block. `own` and `path` are the hints (see markup.py) of the element
    itself and of all down to it.
    """

    __slots__ = (
        "_addresses",
        "_numbers",
        "_queried",
        "deep_headings",
        "elements",
        "has_items",
        "headings",
        "hidden",
        "json_ld",
        "license_links",
        "rows",
        "texts",
        "utf8",
    )

    def __init__(self, utf8: bytes, rows: Longs, elements: Longs, addresses: Longs) -> None:
        self.utf8, self.texts = utf8, _strings(utf8)  # with a separator behind each
        self.rows, self.elements = rows, elements
        self._addresses = addresses  # `mem_id` of each element's node
        self._numbers: dict[int, int] | None = None
        self._queried: dict[str, dict[int, Any]] | None = None
        self.json_ld: list[str] = []
        self.headings: dict[int, int] = {}  # those elements that are h1 to h4 -> their levels
        self.deep_headings: dict[int, int] = {}  # blocks of h5 and h6 -> 5 or 6
        self.has_items = False  # microdata, in an element that holds text
        self.hidden = frozenset[int]()  # `mem_id` of the elements that hide their text
        self.license_links: list[tuple[str, str]] = []  # (rel, href) of links that might name a license

    def tables(self, root: Any) -> dict[int, Any]:
        """The nodes of those elements that are tables, by their numbers, in document order; the root is that of the tree."""
        return self._numbered(root, "table", TABLE)

    def definitions(self, root: Any) -> dict[int, Any]:
        """The same of definition lists."""
        return self._numbered(root, "dl", DEFINITIONS)

    def styles(self, root: Any) -> list[Any]:
        """The nodes of all style sheets in the page."""
        return [*self._nodes(root)["style"].values()]

    def items(self, root: Any) -> list[Any]:
        """The nodes of the items of microdata that are no property, in document order; none where no item holds text."""
        return [*self._nodes(root)[_ITEM].values()] if self.has_items else []

    def _numbered(self, root: Any, tag: str, hint: int) -> dict[int, Any]:
        if not (self.elements[:, 3] & hint).any():
            return {}
        numbers = self.numbers()
        found = {numbers[address]: node for address, node in self._nodes(root)[tag].items() if address in numbers}
        return dict(sorted(found.items(), key=itemgetter(0)))

    def _nodes(self, root: Any) -> dict[str, dict[int, Any]]:
        """What is looked for in all of the tree, by selector and `mem_id`: one query takes as long as another, whatever it is for."""
        if self._queried is None:
            found = self._queried = {
                selector: dict[int, Any]() for selector in ("table", "dl", "style", *([_ITEM] if self.has_items else []))
            }
            for node in root.css(", ".join(found)):
                if node.tag in found:
                    found[node.tag][node.mem_id] = node
                if self.has_items and "itemscope" in (attributes := node.attributes) and "itemprop" not in attributes:
                    found[_ITEM][node.mem_id] = node
        return self._queried

    def numbers(self) -> dict[int, int]:
        """`mem_id` of each element's node -> its number."""
        if self._numbers is None:
            addresses = self._addresses.tolist()
            self._numbers = dict(zip(addresses, range(len(addresses)), strict=True))
        return self._numbers

    def text(self, address: int) -> str:
        """The text of a block-level element whose node has a `mem_id`, in one line; empty where nobody sees any."""
        start, end = self.span(address)
        return " ".join(" ".join(self.texts[start:end]).split())

    def span(self, address: int) -> tuple[int, int]:
        """The blocks of the element whose node has a `mem_id`, (0, 0) where it holds no text."""
        number = self.numbers().get(address)
        if number is None:
            return 0, 0
        return self.elements.item(number, 1), self.elements.item(number, 2)


@cache
def _tags() -> Tags:
    """The parser's own numbers: of tags with what is done at them, their kinds and hints; of attributes."""
    tree: Any = LexborHTMLParser("<!doctype html><p>text<!-- -->")
    ids = {node.tag: node.tag_id for node in tree.root.parent.traverse(include_text=True)}
    ids |= {tag: tree.create_node(tag).tag_id for tag in _ACTION_OF if tag[0] != "-"}
    actions, kinds, attributes = (np.zeros(_NUMBERS, dtype=np.uint8) for _ in range(3))
    kinds[:] = OTHER
    for tag, action in _ACTION_OF.items():
        actions[ids[tag]] = action
    for tag, kind in (_KIND | _DEEP | dict.fromkeys(_PRE_TAGS, PRE)).items():
        if tag in _ACTION_OF:
            kinds[ids[tag]] = kind
    for name, number in attribute_numbers().items():
        if number < _NUMBERS:
            attributes[number] = ATTRIBUTES.index(name) + 1
    masks = np.zeros(_NUMBERS, dtype=np.int64)
    for tag in _ACTION_OF:
        masks[ids[tag]] = tag_mask(tag)
    tags = Tags(actions, kinds, masks, attributes)
    walk(tree.root.mem_id, _NUMBERS, _NO_FORMULAS, tags, _sheets())  # compiled here, where no page's clock runs
    return tags


def cut_blocks(root: Any, rules: PageRules) -> Blocks:
    """Blocks of a lexbor tree. Raises PageTooLarge if there are more nodes, or it takes longer, than the rules allow.

    Where opacity alone hides most of a page's text, scripts fade it in for a reader: it is seen.
    """
    tags, began = _tags(), time.monotonic()
    sheets, formulas, texts, unfaded = _sheets(), _NO_FORMULAS, b"", None
    while True:
        sheets.now[run.SHOWS_FADED] = unfaded is not None
        outcome = walk(root.mem_id, rules.max_tags * 3, formulas, tags, sheets)
        if outcome == TOO_MANY:
            raise PageTooLarge(f"page of more than {rules.max_tags * 3} nodes")
        if time.monotonic() - began > rules.max_page_seconds:
            raise PageTooLarge(f"reading the page took longer than {rules.max_page_seconds} s")
        if outcome == TOO_SHORT:
            sheets = _new_sheets(len(sheets.text) * 4, len(sheets.states) * 4)
        elif sheets.now[run.FORMULAS] and formulas is _NO_FORMULAS:
            formulas, texts = _formulas(root, set(sheets.formulas[: sheets.now[run.FORMULAS]].tolist()))
        elif sheets.now[run.FADED] and unfaded is None:
            unfaded = _found(sheets)
        else:
            break
    del texts  # kept alive while the walk reads it
    if unfaded and sheets.now[run.TEXT_END] <= 2 * len(unfaded.utf8):
        return unfaded
    return _found(sheets)


def _formulas(root: Any, addresses: set[int]) -> tuple[Formulas, bytes]:
    """The texts of the nodes at the addresses, and the memory that holds them."""
    found = sorted((node.mem_id, (formula(node) or "").encode()) for node in root.css(_FORMULA_NODES) if node.mem_id in addresses)
    texts = b"".join(text for _, text in found)
    lengths = np.array([len(text) for _, text in found], dtype=np.int64)
    start = np.frombuffer(texts or b" ", dtype=np.uint8).ctypes.data
    return Formulas(np.array([node for node, _ in found], dtype=np.int64), start + np.cumsum(lengths) - lengths, lengths), texts


def _found(sheets: Sheets) -> Blocks:
    """The output of a walk."""
    now = sheets.now.tolist()
    count, names = now[run.ELEMENTS], _strings(sheets.names[: now[run.NAMES_END]].tobytes())
    elements = sheets.elements[:count].copy()
    if count:
        hints = np.fromiter(map(names_masks.__getitem__, names), dtype=np.int64, count=len(names))
        for number, role, length in sheets.roles[: now[run.ROLES]].tolist():
            elements[number, 3] |= role_mask(read_text(role, length))
        add_paths(elements, sheets.named[: now[run.NAMES]], hints)
    texts, rows = sheets.text[: now[run.TEXT_END]].tobytes(), sheets.blocks[: now[run.BLOCKS]].copy()
    blocks = Blocks(texts, rows, elements, sheets.nodes[:count].copy())
    deep = np.flatnonzero(rows[:, 0] > OTHER)
    if len(deep):
        blocks.deep_headings = dict(zip(deep.tolist(), (rows[deep, 0] - _DEEP["h5"] + 5).tolist(), strict=True))
        rows[deep, 0] = _KIND["h4"]
    heads = np.flatnonzero(elements[:, 3] & HEADING)
    if len(heads):
        numbers = [read_word(address + TAG) for address in sheets.nodes[heads].tolist()]
        blocks.headings = dict(zip(heads.tolist(), _tags().kinds[numbers].tolist(), strict=True))  # h1 is kind 1
    blocks.json_ld = [read_text(at, length) for at, length in sheets.scripts[: now[run.SCRIPTS]].tolist()]
    blocks.has_items = now[run.ITEMS] > 0
    blocks.hidden = frozenset(sheets.hidden[: now[run.HIDDEN]].tolist())
    links = sheets.links[: now[run.LINKS]].tolist()
    blocks.license_links = [(read_text(rel, rel_length), read_text(href, length)) for rel, rel_length, href, length in links]
    return blocks


def _strings(data: bytes) -> list[str]:
    strings = data.decode("utf-8", "replace").split(chr(run.SEPARATOR))
    strings.pop()  # behind the last separator
    return strings


def _sheets() -> Sheets:
    """Memory that this thread reuses: fresh pages from the system cost more than the walk."""
    stored: Sheets | None = getattr(_scratch, "sheets", None)
    if stored is None:
        stored = _scratch.sheets = _new_sheets(_KEPT_BYTES, _KEPT_NODES)
    return stored


def _new_sheets(size: int, nodes: int) -> Sheets:
    def longs(width: int) -> Any:
        return np.empty((nodes, width) if width > 1 else nodes, dtype=np.int64)

    now = np.zeros(run.STATE_SIZE, dtype=np.int64)
    text, names = np.empty(size, dtype=np.uint8), np.empty(size, dtype=np.uint8)
    blocks, elements = longs(len(BLOCK_FIELDS)), longs(len(ELEMENT_FIELDS))
    return Sheets(
        text,
        names,
        longs(1),
        blocks,
        elements,
        longs(1),
        longs(1),
        longs(1),
        longs(1),
        longs(3),
        longs(1),
        longs(4),
        longs(2),
        longs(1),
        now,
    )
