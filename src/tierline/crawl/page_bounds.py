"""Bounds a page's markup before it is parsed: markup that makes an HTML parser quadratic becomes an error row, not a hung run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from tierline.crawl.rules import PageRules
from tierline.errors import TierlineError
from tierline.text.kernels.compiled import compiled

# Elements that the parser reopens in every paragraph until they are closed (WHATWG HTML, 13.2.4.3), except <a>, which never nests.
_FORMATTING = frozenset(("b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"))
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_CLOSED_BY_NEXT = frozenset("a p li dd dt option optgroup tr td th tbody thead tfoot rp rt body html head frame".split())
_TAG = re.compile(rb"<(/?)([a-zA-Z][^\s/>]{0,20})")
# One that nobody closes takes all the rest of the page, as in a browser; sought anew from each, the time would be quadratic.
_RAW_TEXT = re.compile(rb"<(script|style|textarea|title|xmp)\b.*?(?:</\1|\Z)|<!--.*?(?:-->|\Z)", re.I | re.S)
_LESS, _SLASH = b"</"
Vector = np.ndarray[Any, Any]
# The first two bytes of a formatting element's name (of a single letter, with what may follow it) -> a number for that name.
_NAMES = np.zeros((256, 256), dtype=np.uint8)
for _number, _name in enumerate(sorted(_FORMATTING), 1):
    for _second in (_name[1] + _name[1].upper()) if len(_name) > 1 else "> /\t\n\f\r":
        _NAMES[[ord(_name[0]), ord(_name[0].upper())], ord(_second)] = _number
_MANY_TAGS = 12_000  # endlessly nested in each other they take half a second
SMALL_PAGE = 150_000  # bytes; with one tag's attributes all over it takes a second


class PageTooLarge(TierlineError):
    """A page beyond the bounds; the message says which."""


def bounded_markup(html: bytes, rules: PageRules) -> bytes:
    """The page, as it may be parsed; PageTooLarge if it may not.

    Costs almost nothing on ordinary pages: only pages that could be harmful are counted exactly. In a script, a style sheet or a
    comment that holds what would be a tag of too many attributes, each `<` becomes a space: there it begins no tag, and where this
    only looks like a script no parser meets it.
    """
    data = np.frombuffer(html, dtype=np.uint8)
    tags = count_byte(data, _LESS)
    if tags > 2 * rules.max_tags:  # each element has a start and an end
        raise PageTooLarge(f"page of more than {rules.max_tags} tags")
    crowded = tags * tags >= 4 * rules.max_reopened  # with half of them unclosed formatting and half paragraphs, beyond the bound
    if not tags or not (crowded or len(html) >= SMALL_PAGE):
        return html
    wide, unclosed = _survey(html, rules)
    if len(html) >= SMALL_PAGE and wide:
        html = _without_crowded_raw_text(html, wide, rules)
    if crowded and (tags > _MANY_TAGS or unclosed * tags > rules.max_reopened):
        _check_nesting(html, rules)
    return html


@compiled
def count_byte(data: Vector, wanted: int) -> int:
    """How often a byte occurs."""
    count = 0
    for place in range(len(data)):
        count += data[place] == wanted
    return count


def _survey(html: bytes, rules: PageRules) -> tuple[list[int], int]:
    """(where tags begin that may have too many attributes, at most how many formatting elements are open at once)."""
    most = rules.max_attributes * 4  # bytes
    wide = np.empty(len(html) // most + 1, np.int64)
    count, unclosed = survey(np.frombuffer(html, dtype=np.uint8), _NAMES, len(_FORMATTING), most, wide)
    return wide[:count].tolist(), unclosed


@compiled
def survey(data: Vector, names: Vector, formatting: int, most: int, wide: Vector) -> tuple[int, int]:
    """(how many tags start more than `most` bytes before the next or the end, which are written to `wide`; at most how many formatting
    elements are open at once, each name for itself)."""
    running, lowest, deepest = np.zeros(formatting + 1, np.int64), np.zeros(formatting + 1, np.int64), np.zeros(formatting + 1, np.int64)
    count, last, end = 0, -1, len(data)
    for place in range(end):
        if data[place] != _LESS:
            continue
        if last >= 0 and place - last > most:
            wide[count] = last
            count += 1
        last = place
        if place >= end - 3:
            continue
        closing = data[place + 1] == _SLASH
        at = place + 2 if closing else place + 1
        name = names[data[at], data[at + 1]]
        if name:
            running[name] += -1 if closing else 1
            lowest[name] = min(lowest[name], running[name])
            deepest[name] = max(deepest[name], running[name] - lowest[name])
    if last >= 0 and end - last > most:
        wide[count] = last
        count += 1
    return count, deepest.sum()


def _without_crowded_raw_text(html: bytes, wide: list[int], rules: PageRules) -> bytes:
    """The page without any `<` in raw text that holds tags of too many attributes, all among the `wide`; PageTooLarge if there are
    others."""
    if not (crowded := list(_crowded_tags(html, wide, rules))):
        return html

    def mended(raw: re.Match[bytes]) -> bytes:
        if not any(raw.start() < place < raw.end() for place in crowded):
            return raw[0]
        end = raw[0].rfind(b"</") if raw[1] else len(raw[0])
        return raw[0][:1] + raw[0][1:end].replace(b"<", b" ") + raw[0][end:]

    html = _RAW_TEXT.sub(mended, html)
    if list(_crowded_tags(html, _survey(html, rules)[0], rules)):
        raise PageTooLarge(f"tag of more than {rules.max_attributes} attributes")
    return html


def _crowded_tags(html: bytes, wide: list[int], rules: PageRules) -> Iterator[int]:
    """Where tags of too many attributes begin."""
    end = 0
    for start in wide:
        if 0 <= start < end or not html[start + 1 : start + 2].isalpha():  # within the tag before it, or none
            continue
        end = html.find(b">", start)
        tag = html[start:end] if end >= 0 else html[start : start + 1] + html[start + 1 :].partition(b"<")[0]
        if len(tag) > rules.max_attributes * 4 and len(re.sub(rb'"[^"]*"|\'[^\']*\'', b"", tag).split()) > rules.max_attributes:
            yield start


def _check_nesting(html: bytes, rules: PageRules) -> None:
    """Track the open elements roughly as a parser does: a name is open as often as it was opened and not closed."""
    depth = deepest = reopened = 0
    unclosed: Counter[str] = Counter()
    formatting = 0
    for closing, raw in _TAG.findall(_RAW_TEXT.sub(b"", html)):
        name = raw.decode("latin-1").lower()
        if name in _VOID:
            continue
        if name in _CLOSED_BY_NEXT:
            reopened += 0 if closing else formatting
            continue
        if not closing:
            unclosed[name] += 1
            depth += 1
            deepest = max(deepest, depth)
            if name in _FORMATTING:
                formatting += 1
            else:
                reopened += formatting
        elif unclosed[name]:
            unclosed[name] -= 1
            depth -= 1
            if name in _FORMATTING:
                formatting -= 1
        if deepest > rules.max_depth or reopened > rules.max_reopened:
            break
    if deepest > rules.max_depth:
        raise PageTooLarge(f"markup nested more than {rules.max_depth} deep")
    if reopened > rules.max_reopened:
        raise PageTooLarge("unclosed formatting that every paragraph would repeat")
