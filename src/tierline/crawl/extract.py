"""Extracts from an HTML page what the lake stores: main text, title, license, robots rules and structured data."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from selectolax.lexbor import LexborHTMLParser

from tierline.crawl.blocks import Blocks, cut_blocks
from tierline.crawl.headings import Heading
from tierline.crawl.json_ld import is_json_ld
from tierline.crawl.model import Model, shipped_model
from tierline.crawl.page_bounds import bounded_markup
from tierline.crawl.page_dates import note_date
from tierline.crawl.page_rights import HeadRights, names_license, page_rights
from tierline.crawl.render import Rendered, render
from tierline.crawl.rules import PageRules
from tierline.crawl.structured import structured_data
from tierline.crawl.xhtml import as_html, is_xhtml
from tierline.rights.statement import Statement

# Control sequences and operating system commands (ECMA-48, 5.4 and 8.3.89); no longer than any in use.
TERMINAL = re.compile(r"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|\][^\x07\x1b\n]{0,4096}(?:\x07|\x1b\\))")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # not allowed in XML and useless in text
LICENSE_LINK = re.compile(r"(creativecommons\.org/(licenses|publicdomain)|opendatacommons\.org/licenses|gnu\.org/licenses)/", re.I)
# Where the model is unsure of a whole page, as it is of lists and threads, blocks are compared with the best of the page itself.
BEST_TEXT, BEST_SHARE = 300, 0.25  # characters of the most likely blocks, at most this share of the page
UNSURE_SHARE = 0.6  # of their least probability
PAGE_RULES = PageRules()


@dataclass(frozen=True, slots=True)
class Page:
    """The content of a page. `text` is empty if it has no text at all."""

    title: str | None
    text: str
    license: str | None
    robots: str | None
    structured_data: str | None
    headings: list[Heading]  # in order; their lines are those of `text`
    rights: list[Statement]


def extract_page(
    html: str, rules: PageRules = PAGE_RULES, model: Model | None = None, xml: bool = False, utf8: bytes | None = None
) -> Page:
    """Main text block by block, by the shipped model or another one; all text where the model finds none.

    `xml`: the page was served as XHTML; `utf8`: the same page in UTF-8, where it was read from that. Raises PageTooLarge if the markup is
    beyond the rules.
    """
    if (xml or is_xhtml(html)) and (written := as_html(html)) != html:
        html, utf8 = written, None
    tree: Any = LexborHTMLParser(bounded_markup(html.encode("utf-8", "replace") if utf8 is None else utf8, rules))
    if tree.root is None:
        return Page(None, "", None, None, None, [], [])
    head = read_head(tree)
    blocks = cut_blocks(tree.root, rules)
    main = main_text(blocks, head.title or "", model or shipped_model(), tree.root) if blocks.texts else Rendered("", [])
    text = clean_text(main.text)
    structured = structured_data(tree, [*head.scripts, *blocks.json_ld], blocks, head.site, head.dates)
    rights, declared = page_rights(head.rights, blocks.license_links, structured, blocks.texts)
    license = head.license or declared or _license(blocks.license_links)
    return Page(head.title, text, license, head.robots, structured, _headings_in(text, main), rights)


@dataclass(slots=True)
class Head:
    """The statements of <head> about the page."""

    title: str | None = None
    license: str | None = None
    robots: str | None = None
    site: str = ""
    scripts: list[str] = field(default_factory=list[str])  # JSON-LD
    dates: dict[str, str] = field(default_factory=dict[str, str])  # as page_dates.py names them
    rights: HeadRights = field(default_factory=HeadRights)


def read_head(tree: Any) -> Head:
    """Title and name of the site in one line, target of a link rel=license, content of meta name=robots, dates; the first of each;
    scripts with JSON-LD; all that it states of rights."""
    head = Head()
    for node in tree.head.iter() if tree.head else ():
        tag = node.tag
        if tag == "title" and head.title is None:
            head.title = " ".join(CONTROL.sub(" ", node.text()).split()) or None
        elif tag == "script":
            if is_json_ld(node.attributes.get("type")):
                head.scripts.append(node.text())
        elif tag == "link":
            attributes = node.attributes
            head.rights.note_link(attributes)
            if head.license is None and names_license(attributes.get("rel") or ""):
                head.license = attributes.get("href")
        elif tag == "meta":
            attributes = node.attributes
            note_date(attributes, head.dates)
            head.rights.note_meta(attributes)
            if head.robots is None and (attributes.get("name") or "").lower() == "robots":
                head.robots = attributes.get("content")
            elif not head.site and (attributes.get("property") or "").lower() == "og:site_name":
                head.site = " ".join(CONTROL.sub(" ", attributes.get("content") or "").split())
    return head


def main_text(blocks: Blocks, title: str, model: Model, root: Any) -> Rendered:
    """The text and headings of the blocks that the model classifies as main text; the root is that of their tree."""
    probabilities = model.probabilities(blocks, title)
    lengths = np.fromiter(map(len, blocks.texts), np.int64, len(blocks.texts))
    best = np.argsort(-probabilities)
    behind = np.cumsum(lengths[best])
    least = probabilities[best[np.searchsorted(behind, min(BEST_TEXT, BEST_SHARE * behind[-1]))]]
    threshold = min(model.threshold, UNSURE_SHARE * least)
    kept = render(blocks, probabilities >= threshold, root)
    return kept if kept.text else Rendered("\n".join(blocks.texts), [])


def _headings_in(text: str, main: Rendered) -> list[Heading]:
    """The headings at their lines of the cleaned text, which lacks what is empty at the front."""
    if text[:1] == main.text[:1]:
        return main.headings
    before = CONTROL.sub("", main.text)
    cut = before[: len(before) - len(before.lstrip())].count("\n")
    return [Heading(line - cut, level) for line, level in main.headings if line >= cut]


def clean_text(text: str) -> str:
    """Text without control characters, commands to terminals (as logs have them for colors) and outer space."""
    if "\x1b" in text:
        text = TERMINAL.sub("", text)
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _license(links: list[tuple[str, str]]) -> str | None:
    """The first link to a known license."""
    return next((href for _, href in links if LICENSE_LINK.search(href)), None)
