"""Writes a page of XML as HTML, so that the HTML parser reads it as its author meant it: empty elements end where they begin."""

from __future__ import annotations

import html
import re

_START = 2_000  # characters in which a page says what it is
_SAYS_XML = re.compile(r"<\?xml\b|//DTD XHTML |\bxmlns\s*=\s*[\"']http://www\.w3\.org/1999/xhtml", re.I)
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
# Comments and scripts stay as they are; every repetition stops at the next bracket, so that no page takes more than linear time.
_PART = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<!\[CDATA\[(?P<data>.*?)(?:\]\]>|\Z)"
    r"|<(?P<name>[A-Za-z][\w:.-]*+)(?P<attributes>(?:[^<>\"'/]++|\"[^\"<]*+\"|'[^'<]*+'|/(?!>))*+)(?P<empty>/?)>",
    re.S,
)
_RAW = re.compile(r"</(script|style)\s*>", re.I)


def is_xhtml(page: str) -> bool:
    """Whether a page says at its beginning that it is XHTML."""
    return _SAYS_XML.search(page, 0, _START) is not None


def as_html(page: str) -> str:
    """The page with an end tag for each empty element that HTML would leave open, and character data as text."""
    parts: list[str] = []
    done = at = 0
    while match := _PART.search(page, at):
        at = match.end()
        name = (match["name"] or "").lower()
        if match["data"] is not None:
            parts += (page[done : match.start()], html.escape(match["data"], quote=False))
            done = at
        elif match["empty"] and name not in _VOID:
            parts += (page[done : match.start()], f"<{match['name']}{match['attributes']}></{match['name']}>")
            done = at
        elif name in ("script", "style"):
            end = _RAW.search(page, at)
            at = end.end() if end else len(page)
    return "".join((*parts, page[done:]))
