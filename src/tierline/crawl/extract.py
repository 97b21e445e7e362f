"""From an HTML page to what the lake keeps of it: main text, title, licence, robots rules and structured data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from selectolax.lexbor import LexborHTMLParser

from tierline.crawl.blocks import Blocks, cut_blocks
from tierline.crawl.model import Model, shipped_model
from tierline.crawl.page_bounds import PageRules, check_markup
from tierline.crawl.render import render
from tierline.crawl.structured import structured_data

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # not allowed in XML and of no use in text
LICENCE_LINK = re.compile(r"(creativecommons\.org/(licenses|publicdomain)|opendatacommons\.org/licenses|gnu\.org/licenses)/", re.I)
SHORT_TEXT = 200  # characters; where less would be kept, the model is unsure of the page and its best blocks are taken
UNSURE_SHARE = 0.6  # of the best block's probability
PAGE_RULES = PageRules()


@dataclass(frozen=True, slots=True)
class Page:
    """What was found in a page. `text` is empty where it has no text at all."""

    title: str | None
    text: str
    licence: str | None
    robots: str | None
    structured_data: str | None


def extract_page(html: str, rules: PageRules = PAGE_RULES, model: Model | None = None) -> Page:
    """Main text block by block, by the shipped model or another one; all text where the model finds none.

    Raises PageTooLarge where the markup is beyond the rules.
    """
    source = html.encode("utf-8", "replace")
    check_markup(source, rules)
    tree: Any = LexborHTMLParser(source)
    if tree.root is None:
        return Page(None, "", None, None, None)
    title = page_title(tree)
    blocks = cut_blocks(tree.root, rules)
    text = main_text(blocks, title or "", model or shipped_model()) if blocks.texts else ""
    return Page(title, clean_text(text), _licence(tree, source), _robots(tree, source), structured_data(tree, source))


def main_text(blocks: Blocks, title: str, model: Model) -> str:
    """The text of the blocks that the model takes for main text."""
    probabilities = model.probabilities(blocks, title)
    lengths = np.array([len(text) for text in blocks.texts])
    threshold = model.threshold
    if lengths[probabilities >= threshold].sum() < SHORT_TEXT:
        threshold = min(threshold, UNSURE_SHARE * probabilities[lengths >= min(40, lengths.max())].max())
    return render(blocks, probabilities >= threshold) or "\n".join(blocks.texts)


def clean_text(text: str) -> str:
    """Text without control characters and outer space."""
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def page_title(tree: Any) -> str | None:
    """The text of <title>, in one line."""
    node = tree.head.css_first("title") if tree.head else None
    return (" ".join(CONTROL.sub(" ", node.text()).split()) or None) if node is not None else None


def _licence(tree: Any, source: bytes) -> str | None:
    if b"icense" in source or b"LICENSE" in source:
        for link in tree.css('a[rel~="license" i][href], link[rel~="license" i][href]'):
            return link.attributes["href"]
    if b"licenses/" in source or b"publicdomain/" in source:
        for link in tree.css('a[href*="licenses/" i], a[href*="publicdomain/" i]'):
            if LICENCE_LINK.search(link.attributes["href"] or ""):
                return link.attributes["href"]
    return None


def _robots(tree: Any, source: bytes) -> str | None:
    if b"obots" in source or b"ROBOTS" in source:
        for tag in tree.css('meta[name="robots" i][content]'):
            return tag.attributes["content"]
    return None
