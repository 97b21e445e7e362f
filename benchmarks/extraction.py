"""Measures quality and speed of main-text extraction against trafilatura and resiliparse on pages with gold text."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from resiliparse.extract.html2text import extract_plain_text
from trafilatura import extract

from tierline.crawl.extract import extract_page
from training_scripts.extraction_folds import FOLDS, Judges
from training_scripts.extraction_gold import GoldPage, page_counts, read_gold

SETS = ("trafilatura", "scrapinghub", "readability")
SUFFIX = ".gold.jsonl.gz"
BUNDLED = Path(__file__).with_name("gold")  # judgments of pages that stay in the crawl files below --data
TURNS = {"smoke": 1, "small": 3, "full": 5}
SMOKE_PAGES = 5
ENGINES = ("tierline", "trafilatura", "resiliparse")


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line; the engines take turns on the same pages in this process.

    A page of a site that the shipped model learned from is judged by the model of its fold, which did not.
    """
    parser = argparse.ArgumentParser(prog="benchmarks.extraction", description=__doc__)
    parser.add_argument("--data", required=True, help="a folder with <set>.warc.gz and <set>.gold.jsonl.gz, at any depth")
    parser.add_argument("--budget", choices=TURNS, default="full")
    options = parser.parse_args(arguments)
    data = Path(options.data)
    paths = sorted(data.rglob(f"*{SUFFIX}")) or parser.error(f"no *{SUFFIX} below {data}; name a folder that holds gold sets")
    gold = {path.name.removesuffix(SUFFIX): path for path in (*sorted(BUNDLED.glob(f"*{SUFFIX}")), *paths)}
    limit = SMOKE_PAGES if options.budget == "smoke" else None
    sets = {name: pages for name, path in gold.items() if (pages := read_gold(path, limit, data))}
    if not sets:
        parser.error(f"no gold set below {options.data} has a page; each needs its <set>.warc.gz beside it")
    metrics = measure(sets, TURNS[options.budget])
    for name, value in metrics.items():
        print(f"{name:40} {value:9.3f}")
    skipped = [name for name in (*SETS, *(name for name in gold if name not in SETS)) if name not in sets]
    print(json.dumps({"benchmark": "extraction", "data": options.data, "metrics": metrics, "skipped": skipped}))
    return 0


def measure(sets: dict[str, list[GoldPage]], turns: int) -> dict[str, float]:
    """F1, precision and recall of every engine on every set, the spread over folds of sites, and pages a second over all sets
    (medians of `turns` interleaved turns)."""
    pages = [page for one in sets.values() for page in one]
    judges = Judges()
    engines: dict[str, Callable[[GoldPage], str]] = {
        "tierline": lambda page: extract_page(page.html, model=judges.model(page.site)).text,
        "trafilatura": lambda page: extract(page.html, fast=True) or "",
        "resiliparse": lambda page: extract_plain_text(page.html, main_content=True),
    }
    seconds: dict[str, list[float]] = {engine: [] for engine in ENGINES}
    texts: dict[str, list[str]] = {}
    for _ in range(turns):
        for engine, work in engines.items():
            began = time.perf_counter()
            texts[engine] = [_text(work, page) for page in pages]
            seconds[engine].append(time.perf_counter() - began)
    metrics: dict[str, float] = {}
    for engine in ENGINES:
        rest = iter(texts[engine])
        for name, one in sets.items():
            metrics |= scores(name, "" if engine == "tierline" else f"_by_{engine}", [(page, next(rest)) for page in one], judges)
    speeds = {engine: len(pages) / statistics.median(times) for engine, times in seconds.items()}
    return metrics | {
        "pages_per_s": speeds["tierline"],
        "pages_per_s_by_trafilatura": speeds["trafilatura"],
        "pages_per_s_by_resiliparse": speeds["resiliparse"],
        "speed_vs_trafilatura": speeds["tierline"] / speeds["trafilatura"],
    }


def _text(work: Callable[[GoldPage], str], page: GoldPage) -> str:
    """Nothing where an engine gives up, whatever it raises."""
    try:
        return work(page)
    except Exception:
        return ""


def scores(name: str, by: str, pairs: Sequence[tuple[GoldPage, str]], judges: Judges) -> dict[str, float]:
    """The metrics of one engine on one set and on its pages of each tag; for Tierline also the lowest and highest F1 over folds."""
    counts = [page_counts(page, text) for page, text in pairs]
    right, wrong, missed = (max(1e-9, sum(column)) for column in zip(*counts, strict=True))
    found = {
        f"f1_{name}{by}": f1(counts),
        f"precision_{name}{by}": right / (right + wrong),
        f"recall_{name}{by}": right / (right + missed),
        f"pages_{name}": float(len(pairs)),
    }
    for tag in sorted({tag for page, _ in pairs for tag in page.tags}):
        found[f"f1_{name}_{tag}{by}"] = f1([one for one, (page, _) in zip(counts, pairs, strict=True) if tag in page.tags])
    folds = [judges.fold(page.site) for page, _ in pairs]
    by_fold = [f1([one for one, where in zip(counts, folds, strict=True) if where == fold]) for fold in range(FOLDS) if fold in folds]
    if not by and by_fold:
        found |= {f"f1_{name}_fold_min": min(by_fold), f"f1_{name}_fold_max": max(by_fold)}
        found[f"unseen_share_{name}"] = folds.count(None) / len(folds)
    return found


def f1(counts: Sequence[tuple[float, float, float]]) -> float:
    """F1 over a set. Snippets are pooled, as trafilatura's own evaluation does; against a gold text each page counts alike, by
    multisets of 4-word shingles, as article-extraction-benchmark does."""
    right, wrong, missed = (sum(column) for column in zip(*counts, strict=True))
    return 2 * right / max(1e-9, 2 * right + wrong + missed)


if __name__ == "__main__":
    sys.exit(main())
