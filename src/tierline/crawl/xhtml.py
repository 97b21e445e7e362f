"""Writes a page of XML as HTML, so that the HTML parser reads it as its author meant it: empty elements end where they begin."""

from __future__ import annotations

import html
import re

_START = 2_000  # characters in which a page says what it is
_SAYS_XML = re.compile(r"<\?xml\b|//DTD XHTML |\bxmlns\s*=\s*[\"']http://www\.w3\.org/1999/xhtml", re.I)
_VOID = "area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr"
# Every repetition stops at the next bracket, so that no page takes more than linear time.
_ATTRIBUTES = r"(?:[^<>\"'/]++|\"[^\"<]*+\"|'[^'<]*+'|/(?!>))*+"
# What is written anew, and what is passed over because markup within it is none: comments, scripts and styles.
_PART = re.compile(
    rf"<(?P<name>(?!(?i:{_VOID})[\s/])[A-Za-z][\w:.-]*+)(?P<attributes>{_ATTRIBUTES})/>"
    r"|<!\[CDATA\[(?P<data>.*?)(?:\]\]>|\Z)"
    r"|<!--.*?(?:-->|\Z)"
    rf"|<(?i:script|style)(?![\w:.-]){_ATTRIBUTES}>.*?(?:</(?i:script|style)\s*>|\Z)",
    re.S,
)


def is_xhtml(page: str) -> bool:
    """Whether a page says at its beginning that it is XHTML."""
    return _SAYS_XML.search(page, 0, _START) is not None


def as_html(page: str) -> str:
    """The page with an end tag for each empty element that HTML would leave open, and character data as text."""
    return _PART.sub(_written, page)


def _written(part: re.Match[str]) -> str:
    if part["name"] is not None:
        return f"<{part['name']}{part['attributes']}></{part['name']}>"
    return part[0] if part["data"] is None else html.escape(part["data"], quote=False)
