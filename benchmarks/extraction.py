"""How good and how fast main text is found: Tierline's extractor beside trafilatura and resiliparse on pages with gold text."""

from __future__ import annotations

import argparse
import gzip
import json
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastwarc.warc import ArchiveIterator, WarcRecordType
from resiliparse.extract.html2text import extract_plain_text
from trafilatura import extract

from tierline.crawl.extract import extract_page
from tierline.crawl.http import declared_charset, decode_text

SETS = ("trafilatura", "scrapinghub", "readability")
TURNS = {"smoke": 1, "small": 3, "full": 5}
SMOKE_PAGES = 5
SHINGLE_WORDS = 4
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class GoldPage:
    """A page and what is known of its main text: a gold text, or snippets that it must and must not hold."""

    html: str
    text: str | None
    must: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()


ENGINES: dict[str, Callable[[str], str]] = {
    "tierline": lambda html: extract_page(html).text,
    "trafilatura": lambda html: extract(html, fast=True) or "",
    "resiliparse": lambda html: extract_plain_text(html, main_content=True),
}


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line; the engines take turns on the same pages in this process."""
    parser = argparse.ArgumentParser(prog="benchmarks.extraction", description=__doc__)
    parser.add_argument("--data", required=True, help="a folder with <set>.warc.gz and <set>.gold.jsonl.gz, at any depth")
    parser.add_argument("--budget", choices=TURNS, default="small")
    options = parser.parse_args(arguments)
    gold = {path.name.removesuffix(".gold.jsonl.gz"): path for path in sorted(Path(options.data).rglob("*.gold.jsonl.gz"))}
    if not gold:
        parser.error(f"no *.gold.jsonl.gz below {options.data}; name a folder that holds gold sets")
    limit = SMOKE_PAGES if options.budget == "smoke" else None
    sets = {name: read_gold(path, limit) for name, path in gold.items()}
    metrics = measure(sets, TURNS[options.budget])
    for name, value in metrics.items():
        print(f"{name:36} {value:9.3f}")
    skipped = [name for name in SETS if name not in sets]
    print(json.dumps({"benchmark": "extraction", "data": options.data, "metrics": metrics, "skipped": skipped}))
    return 0


def measure(sets: dict[str, list[GoldPage]], turns: int) -> dict[str, float]:
    """F1 of every engine on every set; pages a second over all sets, medians of `turns` interleaved turns."""
    pages = [page for one in sets.values() for page in one]
    seconds: dict[str, list[float]] = {engine: [] for engine in ENGINES}
    texts: dict[str, list[str]] = {}
    for _ in range(turns):
        for engine, work in ENGINES.items():
            began = time.perf_counter()
            texts[engine] = [work(page.html) for page in pages]
            seconds[engine].append(time.perf_counter() - began)
    metrics: dict[str, float] = {}
    for engine in ENGINES:
        rest = iter(texts[engine])
        for name, one in sets.items():
            metrics[f"f1_{name}" + ("" if engine == "tierline" else f"_by_{engine}")] = f1([(page, next(rest)) for page in one])
    speeds = {engine: len(pages) / statistics.median(times) for engine, times in seconds.items()}
    return metrics | {
        "pages_per_s": speeds["tierline"],
        "pages_per_s_by_trafilatura": speeds["trafilatura"],
        "pages_per_s_by_resiliparse": speeds["resiliparse"],
        "speed_vs_trafilatura": speeds["tierline"] / speeds["trafilatura"],
    }


def f1(pairs: Sequence[tuple[GoldPage, str]]) -> float:
    """F1 over a set. Snippets are pooled, as trafilatura's own evaluation does; against a gold text each page counts alike, by
    multisets of 4-word shingles, as article-extraction-benchmark does."""
    found = wrong = missed = 0.0
    for page, text in pairs:
        one = snippet_counts(page, text) if page.text is None else shingle_shares(page.text, text)
        found, wrong, missed = found + one[0], wrong + one[1], missed + one[2]
    return 2 * found / max(1e-9, 2 * found + wrong + missed)


def snippet_counts(page: GoldPage, text: str) -> tuple[float, float, float]:
    """(snippets rightly there, wrongly there, missing)."""
    present = sum(snippet in text for snippet in page.must)
    return present, sum(snippet in text for snippet in page.must_not), len(page.must) - present


def shingle_shares(gold: str, text: str) -> tuple[float, float, float]:
    """(right, wrong, missing) shares of all shingles of one page; they add up to 1, or to 0 where both texts are empty."""
    true, seen = _shingles(gold), _shingles(text)
    right = (true & seen).total()
    wrong, missed = seen.total() - right, true.total() - right
    whole = max(1, right + wrong + missed)
    return right / whole, wrong / whole, missed / whole


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


def _gold_page(html: str, row: dict[str, Any]) -> GoldPage:
    if row["kind"] == "snippets":
        return GoldPage(html, None, tuple(row["must"]), tuple(row["must_not"]))
    return GoldPage(html, row["text"] if row["kind"] == "text" else extract_plain_text(row["expected_html"], main_content=False))


def _pages(path: Path) -> Iterator[tuple[str, str]]:
    with path.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response):
            headers = record.http_headers
            charset = declared_charset(headers.get("Content-Type") or "")
            yield headers.get("X-Source-Id") or "", decode_text(record.reader.read(), charset, True)[0]


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = WORD.findall(text)
    size = max(1, min(SHINGLE_WORDS, len(words)))
    return Counter(tuple(words[start : start + size]) for start in range(len(words) - size + 1))


if __name__ == "__main__":
    sys.exit(main())
