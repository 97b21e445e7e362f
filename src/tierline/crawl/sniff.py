"""Recognizes HTML whose server did not say what it sent."""

from __future__ import annotations

import re

# A byte order mark, white space, comments and an XML declaration may come first; then one of the tags of WHATWG MIME Sniffing, 7.1.
BEFORE = re.compile(r"(?:\ufeff|\s|<!--.*?(?:-->|\Z)|<\?xml.*?(?:\?>|\Z))*", re.I | re.S)
HTML = re.compile(r"<(?:!doctype\s+html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|meta|link)(?=[\s>/])", re.I)
UNTOLD = ("", "*/*")  # no type (WHATWG MIME Sniffing, 5.1)
LANGUAGES = ("html", "php", "asp", "jsp", "cgi")  # what servers write where they name the program that made the page
SNIFFED_CHARACTERS = 1 << 14


def is_open(content_type: str) -> bool:
    """Whether a media type leaves open what the body is."""
    _, _, kind = content_type.partition("/")
    return content_type in UNTOLD or kind == "unknown" or any(name in kind for name in LANGUAGES)


def is_html(text: str) -> bool:
    """Whether the text begins as pages do."""
    start = text[:SNIFFED_CHARACTERS]
    before = BEFORE.match(start)
    return bool(HTML.match(start, before.end() if before else 0))
