"""Labels lines of a manual's page by its markup: what stands only in elements for navigation is noise, what stands elsewhere is not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from tierline.operations.document import Document
from tierline.text.fences import fenced

NOISE, CONTENT, UNKNOWN = 1, 0, -1
_BOTH = 2  # it stands in navigation and elsewhere
_WORD = re.compile(r"\w+")
_NAVIGATION = "nav|navi|navbar|navigation|navheader|navfooter|menu|{}sphinxsidebar|footer|breadcrumbs?|pager|toolbar|toc|topnav|subnav"
_CLASSES, _CLASSES_OF_BOOKS = (re.compile(rf"(?:^|[-_ ])(?:{_NAVIGATION.format(more)})(?:$|[-_ ])", re.I) for more in ("sidebar|", ""))
_BOOK = re.compile(r"DocBook|Publican|titlepage")  # tools that call a box within the text a sidebar
_TAGS, _ROLES = {"nav", "footer", "aside"}, {"navigation", "contentinfo", "banner", "search", "complementary"}
_BLOCKS = frozenset(
    "p div li td th dt dd h1 h2 h3 h4 h5 h6 section article ul ol tr table pre blockquote figcaption form label summary header body main "
    "dl br hr nav footer aside".split()
)
_UNSEEN = {"script", "style", "noscript", "template", "-comment"}
SHARE_MAX = 0.5  # of a page's text: what holds more is no navigation, whatever it is called
DEPTH_MAX = 200
LONG = 40  # characters: a longer line that no element has as a whole is text


def markup_labels(document: Document, html: str) -> list[int]:
    """NOISE, CONTENT or UNKNOWN for each line of the document that is not empty."""
    navigation, elsewhere = _strings(html)
    lines = document.text.split("\n")
    codes = list(fenced(lines))
    wanted = [number for number, line in enumerate(lines) if line and not line.isspace()]
    keys = [normal(lines[number]) for number in wanted]
    found = [_label(lines[number], key, navigation, elsewhere) for number, key in zip(wanted, keys, strict=True)]
    counts, last = Counter(keys), {key: place for place, key in enumerate(keys)}
    for place, (number, key) in enumerate(zip(wanted, keys, strict=True)):
        if found[place] == NOISE and codes[number]:
            found[place] = UNKNOWN
        elif found[place] == _BOTH:  # a table of contents repeats headings that follow
            repeats = counts[key] > 1 and last[key] != place and number not in document.headings
            found[place] = NOISE if repeats else UNKNOWN if counts[key] == 1 else CONTENT
    _join_tables(found, [lines[number] for number in wanted])
    return found


def normal(text: str) -> str:
    """Its words in lower case, by which lines are compared."""
    return " ".join(_WORD.findall(text.lower()))


def _label(line: str, key: str, navigation: set[str], elsewhere: set[str]) -> int:
    if line.startswith("|"):
        cells = [cell for cell in map(normal, line.strip("| ").split("|")) if cell]
        if cells and all(cell in navigation and cell not in elsewhere for cell in cells):
            return NOISE
        return CONTENT if any(cell in elsewhere for cell in cells) else UNKNOWN
    if not key:
        return UNKNOWN
    if key in navigation:
        return _BOTH if key in elsewhere else NOISE
    return CONTENT if key in elsewhere or len(key) >= LONG else UNKNOWN


def _join_tables(found: list[int], lines: Sequence[str]) -> None:
    """A table for layout is navigation as a whole: its title is a heading too, its ruler has no words."""
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and lines[end].startswith("|"):
            end += 1
        filled = [found[row] for row in range(start, end) if lines[row].strip("|- :")]
        if NOISE in filled and (start == 0 or CONTENT not in filled):
            found[start:end] = [NOISE] * (end - start)
        start = max(end, start + 1)


def _strings(html: str) -> tuple[set[str], set[str]]:
    """(texts of blocks in navigation, texts of blocks elsewhere), in normal form."""
    tree: Any = LexborHTMLParser(html)
    strings: tuple[set[str], set[str]] = set(), set()
    if tree.body is None:
        return strings
    classes = _CLASSES_OF_BOOKS if _BOOK.search(html) else _CLASSES
    whole = len(tree.body.text()) + 1
    parts: list[str] = []

    def flush(inside: bool) -> None:
        if text := normal("".join(parts)):
            strings[not inside].add(text)
        parts.clear()

    def walk(node: Any, inside: bool, depth: int) -> None:
        for child in node.iter(include_text=True):
            if child.tag == "-text":
                parts.append(child.text(deep=False))
                continue
            if child.tag in _UNSEEN or depth > DEPTH_MAX:
                continue
            within = inside or _is_navigation(child, classes, whole)
            breaks = child.tag in _BLOCKS or within != inside
            if breaks:
                flush(inside)
            walk(child, within, depth + 1)
            if breaks:
                flush(within)

    walk(tree.body, False, 0)
    flush(False)
    return strings


def _is_navigation(node: Any, classes: re.Pattern[str], whole: int) -> bool:
    attributes = node.attributes
    named = node.tag in _TAGS or (attributes.get("role") or "") in _ROLES
    named = named or (node.tag in _BLOCKS and bool(classes.search(attributes.get("class") or "")))
    return named and (node.tag == "nav" or len(node.text()) < SHARE_MAX * whole)
