"""Hints of tags, class names and roles as bits: the vocabulary of the extractor's features."""

from __future__ import annotations

import re
from functools import lru_cache

# Class and id tokens that name the same part of a page on unrelated sites. A stem matches anywhere in a token.
HINTS: dict[str, str] = {
    "navigation": "nav|menu|tabs|toolbar|topbar|sitemap",
    "breadcrumb": "breadcrumb|crumb|pathway",
    "footer": "foot|colophon|copyright|legal|imprint|impressum",
    "header": "header|masthead|logo|branding|banner|hero",
    "sidebar": "sidebar|aside|rail|column2|secondary|complementary|right|marginal|seiten",
    "widget": "widget|module|gadget|portlet",
    "related": "relat|recommend|teaser|more|similar|latest|popular|trend|mostread|weitere|ahnlich|also|upnext|next|prev|outbrain|taboola",
    "social": "share|sharing|social|facebook|twitter|follow|addtoany|addthis|whatsapp|like",
    "advert": "advert|sponsor|promo|adsense|banner|anzeige|werbung|doubleclick|affiliate|dfp",
    "subscription": "newsletter|subscri|signup|login|signin|register|account|paywall|donate|offer",
    "consent": "cookie|consent|gdpr|privacy|modal|popup|overlay|dialog|alert|notice|tooltip",
    "comment": "comment|disqus|respond|reply|replies|discuss|kommentar",
    "thread": "thread|topic|message|forum|answer|question|bbp|postbody",
    "article": "article|artikel|articulo|beitrag|story|entry|post|blog|recipe|rezept",
    "body": "content|body|text|main|prose|markdown|page|inhalt|primary|single|copy",
    "byline": "author|byline|autor|date|time|meta|publish|profile|user|avatar|vcard|bio",
    "taxonomy": "tag|categor|label|keyword|topics|taxonom",
    "heading": "title|headline|heading|subhead|kicker|dachzeile",
    "summary": "summary|excerpt|lead|intro|abstract|description|standfirst|deck|teasertext",
    "caption": "caption|figure|image|img|photo|foto|gallery|media|video|player|credit|slide|carousel",
    "pager": "pagin|pager|pagenav|wp-page",
    "search": "search|suche|filter|sort|form|input",
    "product": "price|product|cart|shop|rating|review|stars|buy",
    "list": "list|card|item|grid|feed|tile|box|row",
    "hidden": "hidden|invisible|sr-only|screen-reader|visuallyhidden|noprint|hide|collapse",
    "code": "code|highlight|syntax|source|listing|snippet",
    "wiki": "toc|reference|footnote|infobox|navbox|editsection|citation|hatnote|catlinks",
    "advert_slot": r"^ads?$|^adv$|^advt$|^gpt$|^sky$",
}
TAG_HINTS = (
    "article main aside nav header footer form table list item definitions quote figure section address details button heading "
    "paragraph cell link_list pre"
).split()
BITS = {name: number for number, name in enumerate([*HINTS, *(f"<{name}>" for name in TAG_HINTS)])}
_STEM = re.compile("|".join(f"(?P<{name}>{stems})" for name, stems in HINTS.items()))
_TOKEN = re.compile(r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]+")
_TAGS = {
    "article": "article", "main": "main", "aside": "aside", "nav": "nav", "header": "header", "footer": "footer", "form": "form",
    "table": "table", "ul": "list", "ol": "list", "menu": "list", "li": "item", "dl": "definitions", "blockquote": "quote",
    "figure": "figure", "section": "section", "address": "address", "details": "details", "button": "button", "p": "paragraph",
    "td": "cell", "th": "cell", "pre": "pre", "h1": "heading", "h2": "heading", "h3": "heading", "h4": "heading",
}  # fmt: skip
_ROLES = {"main": "main", "navigation": "nav", "banner": "header", "contentinfo": "footer", "complementary": "aside", "article": "article"}
_TAG_MASK = {tag: 1 << BITS[f"<{name}>"] for tag, name in _TAGS.items()}
_ROLE_MASK = {role: 1 << BITS[f"<{name}>"] for role, name in _ROLES.items()}
TABLE, ITEM, DEFINITIONS, HEADING = (1 << BITS[f"<{name}>"] for name in ("table", "item", "definitions", "heading"))


@lru_cache(maxsize=1 << 15)
def _token_mask(token: str) -> int:
    mask = 0
    for match in _STEM.finditer(token):
        mask |= 1 << BITS[match.lastgroup or ""]
    return mask


def tag_mask(tag: str) -> int:
    """The hint that a tag gives by itself, 0 for most."""
    return _TAG_MASK.get(tag, 0)


def role_mask(role: str) -> int:
    """The hint of an element's role, 0 for most."""
    return _ROLE_MASK.get(role, 0)


_MOST_NAMES = 1 << 16


class _Names(dict[str, int]):
    """A plain dict, whose lookup costs a third of that of lru_cache."""

    def __missing__(self, names: str) -> int:
        mask = 0
        for token in _TOKEN.findall(names[:200]):
            mask |= _token_mask(token.lower())
        if len(self) >= _MOST_NAMES:
            self.clear()
        if len(names) <= 200:
            self[names] = mask
        return mask


names_masks = _Names()  # an element's class or id -> its hints
