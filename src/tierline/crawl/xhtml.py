"""Writes a page of XML as HTML, so that the HTML parser reads it as its author meant it: empty elements end where they begin."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

_START = 2_000  # characters in which a page says what it is
_SIGNS = "<?xml", "//dtd xhtml ", "http://www.w3.org/1999/xhtml"
_SAYS_XML = re.compile(r"<\?xml\b|//dtd xhtml |\bxmlns\s*=\s*[\"']http://www\.w3\.org/1999/xhtml")
_VOID = "area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr"
# Every repetition stops at the next bracket, so that no page takes more than linear time.
_ATTRIBUTES = r"(?:[^<>\"'/]++|\"[^\"<]*+\"|'[^'<]*+'|/(?!>))*+"
_EMPTY = rf"<(?P<name>(?!(?i:{_VOID})[\s/])[A-Za-z][\w:.-]*+)(?P<attributes>{_ATTRIBUTES})/>"
_RAW = rf"<(?i:script|style)(?![\w:.-]){_ATTRIBUTES}>"
# What is written anew, and what is passed over because markup within it is none: comments, scripts and styles. What ends with a sign of
# several characters is passed over up to the first of these at a time: three times as fast as `.*?`.
_PART = re.compile(
    rf"{_EMPTY}"
    r"|<!\[CDATA\[(?P<data>[^\]]*+(?:\](?!\]>)[^\]]*+)*+)(?:\]\]>)?"
    r"|<!--[^-]*+(?:-(?!->)[^-]*+)*+(?:-->)?"
    rf"|{_RAW}[^<]*+(?:<(?!/(?i:script|style)\s*>)[^<]*+)*+(?:</(?i:script|style)\s*>)?"
)
_EMPTY_ELEMENT, _RAW_ELEMENT = re.compile(_EMPTY), re.compile(_RAW)


def is_xhtml(page: str) -> bool:
    """Whether a page says at its beginning that it is XHTML."""
    start = page[:_START].lower()
    return any(sign in start for sign in _SIGNS) and _SAYS_XML.search(start) is not None


def as_html(page: str) -> str:
    """The page with an end tag for each empty element that HTML would leave open, and character data as text."""
    return _PART.sub(_written, page) if _may_change(page) else page


def _may_change(page: str) -> bool:
    """Whether the page has an empty element anywhere, or character data that does not begin in a script or style: most have neither."""
    empty = any(_EMPTY_ELEMENT.match(page, start) for start in _tags_before("/>", page))
    return empty or not all(_RAW_ELEMENT.match(page, start) for start in _tags_before("<![CDATA[", page))


def _tags_before(sign: str, page: str) -> Iterator[int]:
    """Where the last tag before each sign begins, 0 if there is none; nothing for further signs behind the same tag."""
    behind = 0
    while (at := page.find(sign, behind)) >= 0:
        start = page.rfind("<", behind, at)
        if start >= 0 or not behind:
            yield max(start, 0)
        behind = at + len(sign)


def _written(part: re.Match[str]) -> str:
    if part["name"] is not None:
        return f"<{part['name']}{part['attributes']}></{part['name']}>"
    return part[0] if part["data"] is None else html.escape(part["data"], quote=False)
