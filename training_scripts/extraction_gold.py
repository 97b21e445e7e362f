"""Pages with gold text: reads the sets of the extraction benchmark, scores a text against them, and identifies sites."""

from __future__ import annotations

import glob
import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tldextract
from fastwarc.warc import ArchiveIterator, WarcRecordType
from resiliparse.extract.html2text import extract_plain_text

from tierline.crawl.binary import NotText
from tierline.crawl.charset import decode_text
from tierline.crawl.http import media_type

SHINGLE_WORDS = 4
WORD = re.compile(r"\w+")
CANONICAL = re.compile(r"""<(?:link|meta)[^>]+(?:canonical|og:url|og:site)[^>]+(?:href|content)=["']?https?://([^/"'\s>]+)""", re.I)
FIELDS = {"snippets": "must", "text": "text", "html": "expected_html", "marked-text": "text"}  # kind of gold -> where it stands
MARKS = re.compile(r"^[ \t]*<[hpl]>[ \t]*", re.M | re.I)  # of headings, paragraphs and list items, as CleanEval writes them
_split_domain = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


@dataclass(frozen=True, slots=True)
class GoldPage:
    """A page and what is known of its main text: a gold text, or snippets that it must and must not hold."""

    html: str
    text: str | None
    must: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    site: str = ""
    tags: tuple[str, ...] = ()  # what kind of page it is, by which the benchmark divides a set


def read_gold(path: Path, limit: int | None = None, data: Path | None = None) -> list[GoldPage]:
    """The pages of one set, joined to their gold by the X-Source-Id header of their records, else by their record's id or their URL.

    `path`: <set>.gold.jsonl.gz, beside <set>.warc.gz or <set>.warc. Rows that name a `crawl` have their pages in files of that name,
    anywhere below `data`. A row of a kind that is none, and a row without a page, are told and left out.
    """
    pages: list[GoldPage] = []
    gold = dict(_rows(path))
    crawls = [path.with_name(path.name.replace(".gold.jsonl.gz", suffix)) for suffix in (".warc.gz", ".warc")]
    named = {Path(str(row["crawl"])).name for row in gold.values() if row.get("crawl")}
    crawls += [found for name in sorted(named) if data for found in sorted(data.rglob(glob.escape(name)))]
    for names, html in (found for crawl in crawls if crawl.exists() for found in _pages(crawl)):
        name = next((name for name in names if name in gold), None)
        if name is not None:
            pages.append(_gold_page(html, gold.pop(name)))
    if gold:
        print(f"{path.name}: {len(gold)} of {len(gold) + len(pages)} gold rows have no page", file=sys.stderr)
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


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with gzip.open(path, "rt", encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(filter(str.strip, file), 1):
            try:
                row = json.loads(line)
                kind = row["kind"]
                if not isinstance(row[FIELDS[kind]], list if kind == "snippets" else str):
                    raise TypeError(FIELDS[kind])
                yield str(row.get("id") or row["url"]), row
            except (ValueError, KeyError, TypeError) as error:
                print(f"{path.name}: row {number} is left out: {type(error).__name__}: {error}", file=sys.stderr)


def _gold_page(html: str, row: dict[str, Any]) -> GoldPage:
    site, content = site_of(row.get("url") or "", html, str(row.get("id") or "")), row[FIELDS[row["kind"]]]
    tags = tuple(map(str, row.get("tags") or ()))
    if row["kind"] == "snippets":
        return GoldPage(html, None, tuple(content), tuple(row.get("must_not") or ()), site, tags)
    if row["kind"] == "html":
        content = extract_plain_text(content, main_content=False)
    elif row["kind"] == "marked-text":
        content = MARKS.sub("", content)
    return GoldPage(html, content, site=site, tags=tags)


def _pages(path: Path) -> Iterator[tuple[tuple[str, ...], str]]:
    """(the names by which gold may know it, page)."""
    with path.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response):
            headers = record.http_headers
            _, charset = media_type((headers and headers.get("Content-Type")) or "")
            source = (headers and headers.get("X-Source-Id")) or ""
            names = source, record.headers.get("WARC-Record-ID") or "", record.headers.get("WARC-Target-URI") or ""
            with suppress(NotText):
                yield names, decode_text(record.reader.read(), charset, True)[0]
