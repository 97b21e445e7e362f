"""Measures whether sections of manuals begin at the manuals' headings, and cut no code, table or list: on generated documents whose
headings are known, and on real pages against their own h1 to h6."""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import lxml.html
import pyarrow as pa
from fastwarc.warc import ArchiveIterator

from benchmarks.planted_manuals import FORMS, SEED, SHOWN_LEVELS, SUFFIXES, Manual, manuals
from benchmarks.planted_pdfs import by_fonts, outlined, with_numbers
from tierline.crawl.charset import decode_text
from tierline.crawl.extract import clean_text, extract_page
from tierline.crawl.headings import Heading
from tierline.crawl.page_bounds import PageTooLarge
from tierline.filters.batch import clean
from tierline.filters.headings import in_cleaned
from tierline.knowledge import ManualRules, VettedSource, split_manuals
from tierline.pdf import PdfRules, read_pdf
from tierline.tables import TABLES

BUDGETS = {"smoke": 6, "small": 60, "full": 400}  # documents, each in every form; five times as many real pages
CRAWLS = ("crawl/debian-docs/*.warc.gz",)  # real manuals; other crawls hold hardly any
PLACE = "https://docs.example/3.1/"
TAGS = ("h1", "h2", "h3", "h4", "h5", "h6")
KINDS = {"code": "code_blocks", "table": "tables", "list": "lists"}
FOLLOWED_BY = 40  # characters of the text below a heading that must be in the extracted text for the heading to count as main content
PDF_FORMS = {"outlined": ("pdf", outlined), "by_fonts": ("pdf", by_fonts), "with_numbers": ("pdf", with_numbers)}
RULES = ManualRules((VettedSource("https://", "benchmark", "2026-01-01"),))


class Source(NamedTuple):
    """A document before L0: its address, and its text or page."""

    url: str
    content: str | bytes
    kind: str  # html, pdf, or a kind of text


class Section(NamedTuple):
    """What is compared of a section."""

    heading: str
    level: int | None
    text: str


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.manuals", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help=f"a folder with {CRAWLS[0]}; without it the real pages are skipped")
    parser.add_argument("--budget", choices=BUDGETS, default="full")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N sections of real pages, drawn by the seed")
    options = parser.parse_args(arguments)
    size = BUDGETS[options.budget]
    metrics = planted_metrics(list(manuals(size, options.seed)))
    pages = list(real_pages(options.data, 5 * size))
    if pages:
        metrics |= real_metrics(pages)
    for name, value in metrics.items():
        print(f"{name:40} {value:9.4f}")
    for section in random.Random(options.seed).sample([one for page in pages for one in sections(page)], options.show):
        print(f"{'-' * 80}\n[{section.level}] {section.heading}\n{section.text}")
    skipped = [] if pages else ["real"]
    print(json.dumps({"benchmark": "manuals", "data": str(options.data), "metrics": metrics, "skipped": skipped}))
    return 0


def sections(source: Source) -> list[Section]:
    """The sections of a document that came through extraction and cleaning: every filter of L1 and L2 lets it pass."""
    headings: Any = None
    if isinstance(source.content, bytes):
        found = read_pdf(source.content, PdfRules())
        raw, title = found.text, found.title
        headings = [Heading(*place)._asdict() for place in found.headings]
    elif source.kind == "html":
        page = extract_page(source.content)
        raw, headings, title = page.text, [heading._asdict() for heading in page.headings], page.title
    else:
        raw, title = clean_text(source.content), None
    text = clean(raw)
    row: dict[str, Any] = {"doc_id": "doc_1", "url": source.url, "title": title, "text": text, "lane": "prose", "tokens": 1}
    row["headings"] = in_cleaned(headings, raw, text) if headings else headings
    table = pa.Table.from_pylist([row], schema=pa.schema(TABLES["l2_selected"].columns))
    rows = split_manuals(table, RULES).tables["l4_manuals"].to_pylist()
    assert all(text[one["span_start"] : one["span_end"]] == one["text"] for one in rows)
    return [Section(one["heading"], one["level"], one["text"]) for one in rows]


def planted_metrics(documents: Sequence[Manual]) -> dict[str, float]:
    """Precision and recall of headings, in all, by format and by form; what was cut in two; the share of right levels among the right
    headings. What extraction leaves out of a page counts as not found."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for name, (kind, write) in (FORMS | PDF_FORMS).items():
        for manual in documents:
            found = sections(Source(f"{PLACE}{manual.number}{SUFFIXES[kind]}", write(manual), kind))
            count = compared(manual, found, SHOWN_LEVELS.get(name, (1, 2, 3, 4)))
            for group in ("", f"_{kind}", f"_{name}"):
                counts[group] += count
    metrics: dict[str, float] = {}
    for group, count in counts.items():
        metrics |= {
            f"heading_precision{group}": count["right"] / max(1, count["found"]),
            f"heading_recall{group}": count["right"] / max(1, count["present"]),
            f"level_accuracy{group}": count["level"] / max(1, count["right"]),
        }
        metrics |= {f"{name}_cut{group}": float(count[f"{kind}_cut"]) for kind, name in KINDS.items()}
    return metrics | {name: float(counts[""][f"{kind}_present"]) for kind, name in KINDS.items()}


def compared(manual: Manual, found: Sequence[Section], shown: Sequence[int] = (1, 2, 3, 4)) -> Counter[str]:
    """Counts of a document: headings that are there, found and right; parts that are there and that were cut. `shown` are the levels that
    its form gives those of level 1 to 4."""
    wanted = [(plain(one.text), shown[one.level - 1]) for one in manual.headings]
    got = [(plain(one.heading), one.level) for one in found if one.heading]
    count = Counter({"present": len(wanted), "found": len(got)})
    left = Counter(text for text, _ in wanted)
    levels = dict(wanted)
    for text, level in got:
        text = text if text in left else text.lstrip("0123456789")  # the numbers that one form writes before them
        if left[text]:
            left[text] -= 1
            count["right"] += 1
            count["level"] += levels[text] == level
    bodies = [plain(one.text) for one in found]
    whole = "".join(bodies)
    for kind in KINDS:
        for part in manual.of_kind(kind):
            lines = [line for line in map(plain, part.lines) if line]
            if "".join(lines) in whole:  # else extraction left some of it out
                count[f"{kind}_present"] += 1
                count[f"{kind}_cut"] += not any("".join(lines) in body for body in bodies)
    return count


def plain(text: str) -> str:
    """Letters and digits alone, in lower case: what a heading or a block of code is, whatever marks its form adds."""
    return "".join(character for character in text.lower() if character.isalnum())


def real_pages(data: Path, limit: int) -> Iterator[Source]:
    """Pages of the crawls of manuals, up to a number from each file."""
    files = [path for pattern in CRAWLS for path in sorted(data.glob(pattern))]
    for path in files:
        left = limit // len(files)
        with path.open("rb") as file:
            for record in ArchiveIterator(file):
                if not left:
                    break
                http = record.http_headers
                if http is not None and "html" in (http.get("Content-Type") or ""):
                    left -= 1
                    yield Source(record.headers.get("WARC-Target-URI") or "", decode_text(record.reader.read(), None, True)[0], "html")


def real_metrics(pages: Sequence[Source]) -> dict[str, float]:
    """The same against the h1 to h6 that lxml reads. A heading is in the main content if the text below it was extracted: this judges
    the headings and not the extraction. Code is what lxml reads as <pre> and was extracted."""
    count: Counter[str] = Counter()
    for source in pages:
        try:
            found = sections(source)
        except PageTooLarge:
            continue
        tree = lxml.html.document_fromstring(str(source.content).encode("utf-8", "replace"), parser=lxml.html.HTMLParser(encoding="utf-8"))
        bodies = [plain(one.text) for one in found]
        whole = "".join(bodies)
        own = Counter(plain(node.text_content()) for node in tree.iter(*TAGS))
        wanted = Counter(text for text, below in headings_of(tree) if below and below in whole)
        got = Counter(plain(one.heading) for one in found if one.heading)
        edited = Counter({text: number for text, number in got.items() if text in own})
        count["pages"] += 1
        count["sections"] += len(found)
        count["found"] += sum(got.values())
        count["right"] += sum((edited & own).values())
        count["present"] += sum(wanted.values())
        count["hit"] += sum((got & wanted).values())
        for node in tree.iter("pre"):
            code = plain(node.text_content())
            if code and code in whole:
                count["code"] += 1
                count["cut"] += not any(code in body for body in bodies)
    return {
        "heading_precision_real": count["right"] / max(1, count["found"]),
        "heading_recall_real": count["hit"] / max(1, count["present"]),
        "code_blocks_cut_real": float(count["cut"]),
        "code_blocks_real": float(count["code"]),
        "headings_real": float(count["present"]),
        "sections_real": float(count["sections"]),
        "pages_real": float(count["pages"]),
    }


def headings_of(tree: Any) -> Iterator[tuple[str, str]]:
    """Each heading and the beginning of the text between it and the next one; empty where that is too short to be known again."""
    own, below, inside = "", "", False
    for event, node in lxml.etree.iterwalk(tree, events=("start", "end")):
        if not isinstance(node.tag, str) or node.tag in ("script", "style", "head"):
            continue
        if node.tag in TAGS and event == "start":
            if own:
                yield own, below[:FOLLOWED_BY] if len(below) >= FOLLOWED_BY else ""
            own, below, inside = plain(node.text_content()), "", True
        elif node.tag in TAGS:
            inside = False
            below += plain(node.tail or "")
        elif not inside and len(below) < FOLLOWED_BY and node.tag == "p" and event == "start":
            below += plain(node.text_content())
    if own:
        yield own, below[:FOLLOWED_BY] if len(below) >= FOLLOWED_BY else ""


if __name__ == "__main__":
    sys.exit(main())
