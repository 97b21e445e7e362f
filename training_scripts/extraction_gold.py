"""Pages with gold text: reads the sets of the extraction benchmark, scores a text against them, and identifies sites."""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tldextract
from fastwarc.warc import ArchiveIterator, WarcRecordType
from resiliparse.extract.html2text import extract_plain_text

from tierline.crawl.http import declared_charset, decode_text

SHINGLE_WORDS = 4
WORD = re.compile(r"\w+")
CANONICAL = re.compile(r"""<(?:link|meta)[^>]+(?:canonical|og:url|og:site)[^>]+(?:href|content)=["']?https?://([^/"'\s>]+)""", re.I)
_split_domain = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


@dataclass(frozen=True, slots=True)
class GoldPage:
    """A page and what is known of its main text: a gold text, or snippets that it must and must not hold."""

    html: str
    text: str | None
    must: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    site: str = ""


def read_gold(path: Path, limit: int | None = None) -> list[GoldPage]:
    """The pages of one set, joined to their gold by the X-Source-Id header of their records."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        gold = {row["id"]: row for row in map(json.loads, file)}
    pages = [
        _gold_page(html, gold[source])
        for source, html in _pages(path.with_name(path.name.replace(".gold.jsonl", ".warc")))
        if source in gold
    ]
    if len(pages) < len(gold):
        print(f"{path.name}: {len(gold) - len(pages)} of {len(gold)} gold rows have no page", file=sys.stderr)
    return pages[:limit]


def site_of(url: str, html: str, source: str) -> str:
    """The registrable domain of a page; where the URL is a placeholder, of its canonical link, else what the page is called."""
    host = _split_domain(url).top_domain_under_public_suffix
    if not host:
        named = CANONICAL.search(html)
        host = _split_domain(named.group(1)).top_domain_under_public_suffix if named else ""
    return host or source.rstrip("0123456789").rstrip("-")


def snippet_counts(page: GoldPage, text: str) -> tuple[float, float, float]:
    """(snippets rightly there, wrongly there, missing)."""
    present = sum(snippet in text for snippet in page.must)
    return present, sum(snippet in text for snippet in page.must_not), len(page.must) - present


def shingle_shares(gold: str, text: str) -> tuple[float, float, float]:
    """(right, wrong, missing) shares of all shingles of one page; they add up to 1, or to 0 if both texts are empty."""
    true, seen = shingles(gold), shingles(text)
    right = (true & seen).total()
    wrong, missed = seen.total() - right, true.total() - right
    whole = max(1, right + wrong + missed)
    return right / whole, wrong / whole, missed / whole


def page_counts(page: GoldPage, text: str) -> tuple[float, float, float]:
    """(right, wrong, missing) of one page, by the kind of its gold."""
    return snippet_counts(page, text) if page.text is None else shingle_shares(page.text, text)


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Runs of SHINGLE_WORDS words with their counts; of a shorter text the whole."""
    words = WORD.findall(text)
    size = max(1, min(SHINGLE_WORDS, len(words)))
    return Counter(tuple(words[start : start + size]) for start in range(len(words) - size + 1))


def _gold_page(html: str, row: dict[str, Any]) -> GoldPage:
    site = site_of(row.get("url") or "", html, row["id"])
    if row["kind"] == "snippets":
        return GoldPage(html, None, tuple(row["must"]), tuple(row["must_not"]), site)
    text = row["text"] if row["kind"] == "text" else extract_plain_text(row["expected_html"], main_content=False)
    return GoldPage(html, text, site=site)


def _pages(path: Path) -> Iterator[tuple[str, str]]:
    with path.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response):
            headers = record.http_headers
            charset = declared_charset(headers.get("Content-Type") or "")
            yield headers.get("X-Source-Id") or "", decode_text(record.reader.read(), charset, True)[0]
