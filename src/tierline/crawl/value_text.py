"""Reads the text of a table cell or property as the value that is meant: raised, struck and hidden text is no part of its number."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from itertools import islice
from typing import Any

from tierline.crawl.blocks import BLOCK_TAGS, SKIPPED_TAGS

_PARTING, _UNSEEN = frozenset(BLOCK_TAGS) | {"br"}, frozenset(SKIPPED_TAGS) | {"script"}
_STRUCK = frozenset(("s", "del", "strike"))
# Classes of Bootstrap, Tailwind, Bulma and Foundation, and of keys for sorting. Tabs and menus have the first ones too, so they count
# within a value alone; and what another class shows on some screens is seen.
_HIDING_CLASSES = frozenset("hidden d-none hide is-hidden display-none invisible sortkey sort-key sort_key sk".split())
_SHOWING_CLASS = re.compile(r"[-:](?:block|inline|flex|grid|table|contents|visible)|show|visible")
_HIDING_RULE = re.compile(r"\{\s*display\s*:\s*none\s*(?:!\s*important\s*)?;?\s*\}", re.I)
_SELECTOR = re.compile(r"(?:\A|[}/;])\s*(?:[a-z]{1,9})?\.([\w-]+)\s*\Z", re.I)
_LONGEST_SELECTOR = 200  # characters
_MOST_RULES = 20  # of one style, each of which is looked for in all of it

_BASE = re.compile(r"(?<![\w.,])(?:10|\d)\Z")  # 10^6; behind one digit nobody can tell, and 2^8 is not 2
_POWERED = re.compile(r"(?<![^\W\d_])(?:[kcdmµμnh]?m|mi|ft|in|yd|[sxyzrnceR])\Z")  # units and variables that are squared
_EXPONENT, _SQUARES = re.compile(r"[-−–+]?\d{1,3}", re.A), {"2": "²", "3": "³"}
_CENTS = re.compile(r"[$€£]\s?[\d.,]{0,12}\d\Z")
_NOTE = re.compile(r"(?:\d|[a-z]|[*†‡§¶#]{1,4})(?:\s?[,;]?\s?(?:\d|[a-z]|[*†‡§¶#]))?", re.A)
_ORDINAL = frozenset("st nd rd th er re me".split())
_CERTAIN_NOTE = re.compile(r"(?:\[[^\[\]]{1,12}\]|\([^()]{1,4}\)|\s|[*†‡§¶#]){1,9}")
_NOTED = re.compile(r"(?:[\d%)]|[^\W\d_]{4}|\d\s?[^\W\d_]{1,3})\Z")  # a number, its unit, or a word
_NUMBERED_ORDINAL = re.compile(r"(?<!\d)\d\d?\Z")


def marked(classes: frozenset[str]) -> str:
    """The selector of elements whose text needs care in a value; `classes` are those that the page's own style hides."""
    return ", ".join(["sup", *sorted(_STRUCK), *(f'[class~="{name}"]' for name in sorted(_HIDING_CLASSES | classes))])


def value_text(element: Any, hidden: Container[int], classes: frozenset[str] = frozenset()) -> str:
    """The text of an element as it is seen, in one line: breaks and blocks part words, styles and scripts are none.

    `hidden` holds the `mem_id` of elements that hide their text, `classes` names that the page's own style hides. Struck text is left out
    where there is other text, a footnote mark behind a number or word too; an exponent is written as one (10^6, km²).
    """
    return _text(element, hidden, classes, _STRUCK) or _text(element, hidden, classes, frozenset())


def _text(element: Any, hidden: Container[int], classes: frozenset[str], left_out: frozenset[str]) -> str:
    parts: list[str] = []
    waiting: list[Any] = list(reversed(list(element.iter(include_text=True))))
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            parts.append(node)
        elif node.tag == "-text":
            parts.append(node.text())
        elif node.tag not in _UNSEEN and node.tag not in left_out and node.mem_id not in hidden and not _is_hidden(node, classes):
            if node.tag == "sup":
                before = "".join(parts[-8:])[-40:]
                parts.append(_raised(before, " ".join(node.text().split()), node.next))
                continue
            between = [" "] if node.tag in _PARTING else []
            waiting += [*between, *reversed(list(node.iter(include_text=True))), *between]
    return " ".join("".join(parts).split())


def _is_hidden(node: Any, classes: frozenset[str]) -> bool:
    names = (node.attributes.get("class") or "").split()
    if _HIDING_CLASSES.isdisjoint(names) and classes.isdisjoint(names):
        return False
    return not any(_SHOWING_CLASS.search(name) for name in names if name not in _HIDING_CLASSES)


def _raised(before: str, mark: str, following: Any) -> str:
    """What is written for a raised mark behind a text."""
    held = before.rstrip()
    if following is not None and following.text().lstrip()[:1] in ("/", "⁄"):  # of a fraction, 5 1/2
        return f" {mark}"
    if not held:
        return mark
    if _CERTAIN_NOTE.fullmatch(mark):
        return ""
    if held == before and _EXPONENT.fullmatch(mark):
        if _CENTS.search(held) and len(mark) == 2 and mark.isdigit():
            return f".{mark}"
        if _POWERED.search(held):
            return _SQUARES.get(mark) or f"^{mark}"
        if _BASE.search(held) or not mark.isdigit() or (len(mark) > 1 and held[-1].isdigit()):
            return f"^{mark}"
    if mark == "e" and _NUMBERED_ORDINAL.search(held):  # 19e siècle
        return mark
    return "" if mark not in _ORDINAL and _NOTE.fullmatch(mark) and _NOTED.search(held) else mark


def styled_away(styles: Sequence[str]) -> frozenset[str]:
    """Classes that the page's own styles hide by a plain rule, `.name{display:none}`, and say nothing else of."""
    names = {name for written in styles for name in islice(_hidden_in(written), _MOST_RULES) if name}
    return frozenset(name for name in names if sum(_mentions(written, name) for written in styles) == 1)


def _mentions(style: str, name: str) -> int:
    """How often a style speaks of a class, and of none whose name goes on behind this one."""
    behind = [rest[:1] for rest in style.split(f".{name}")[1:]]
    return sum(not (letter.isalnum() or letter in ("_", "-")) for letter in behind)


def _hidden_in(style: str) -> Iterator[str | None]:
    """The class of each hiding rule of one class; None for a rule that is for print or narrow screens alone."""
    end = 0
    for rule in _HIDING_RULE.finditer(style):
        if found := _SELECTOR.search(style, max(end, rule.start() - _LONGEST_SELECTOR), rule.start()):
            end = rule.end()
            yield found[1] if style.count("{", 0, rule.start()) == style.count("}", 0, rule.start()) else None
