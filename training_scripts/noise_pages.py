"""Lines that are labeled as noise or not: pages of a data folder as L2 would have them, and four sources of labels for their lines."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from fastwarc.warc import ArchiveIterator, WarcRecordType

from tierline.crawl.binary import NotText
from tierline.crawl.charset import decode_text
from tierline.crawl.extract import extract_page
from tierline.crawl.find import find_crawl_files
from tierline.crawl.http import media_type
from tierline.crawl.read import read_shard
from tierline.crawl.rules import ReadRules
from tierline.dedup.minhash import DedupRules
from tierline.dedup.resolve import NoDocuments
from tierline.filters.batch import clean
from tierline.filters.filter import filter_shard
from tierline.filters.headings import in_cleaned
from tierline.filters.language import identify_batch
from tierline.filters.rules import FilterRules
from tierline.operations.document import Document, as_document
from training_scripts.extraction_folds import Judges
from training_scripts.extraction_gold import GoldPage, read_gold
from training_scripts.noise_markup import CONTENT, NOISE, UNKNOWN, markup_labels, normal

SETS = ("trafilatura", "scrapinghub", "readability")
MANUALS = "docs.example"  # hosts of documentation, one a package: its markup says what is navigation
HAND = Path(__file__).parents[1] / "benchmarks" / "gold" / "noise-lines.jsonl.gz"
SPLIT = "noise-2"  # of four salts the one under which both sides have manuals of each tool that wrote them
IN_GOLD, OUT_OF_GOLD = 0.7, 0.1  # shares of a line's 4-word shingles that its page's gold text has
WEIGHTS = {"hand": 3.0, "gold": 1.0, "markup": 1.0, "markup-content": 0.3}


@dataclass(frozen=True, slots=True)
class Page:
    """A document, the page it is of (its URL, or the digest of its HTML), and the HTML where labels are read from it."""

    document: Document
    page: str
    site: str
    html: str = ""
    gold: GoldPage | None = None

    @property
    def group(self) -> str:
        """What is held out as a whole: a domain, or the manuals of one project in all languages."""
        if self.site.endswith(MANUALS):
            return "-".join(self.site.split(".")[0].split("-")[:2])
        return self.site

    @property
    def number(self) -> int:
        """Of its group: by its name alone."""
        return int(hashlib.sha256((SPLIT + self.group).encode()).hexdigest()[:8], 16)

    @property
    def is_held_out(self) -> bool:
        """A third of the groups: the shipped classifier has not seen them."""
        return self.number % 3 == 0


@dataclass(slots=True)
class Labels:
    """Of n lines: NOISE, CONTENT or UNKNOWN, a weight, and where the label is from ("" where there is none)."""

    values: npt.NDArray[np.int8]
    weights: npt.NDArray[np.float64]
    sources: npt.NDArray[np.str_]
    stale: int = field(default=0)  # labels by hand whose line is not there any more


def crawl_pages(data: Path) -> list[Page]:
    """Every document of DATA/crawl that passes L1, as one shard, with the HTML of manuals."""
    files = find_crawl_files(f"{data / 'crawl'}/**/*.gz")
    raw = read_shard(files, ReadRules()).tables["l0_raw"]
    kept = filter_shard(raw, FilterRules(), DedupRules(), NoDocuments()).tables["l1_filtered"]
    rows = [row for batch in kept.to_batches() for row in batch.to_pylist()]
    wanted = {row["url"] for row in rows if (row["domain"] or "").endswith(MANUALS)}
    html = dict(page for path in files if ".warc" in path for page in _responses(path, wanted))
    return [
        Page(
            as_document(row),
            row["url"] or row["doc_id"],
            row["domain"] or "",
            html.get(row["url"], ""),
        )
        for row in sorted(rows, key=lambda row: row["doc_id"])
    ]


def gold_pages(data: Path) -> list[Page]:
    """The pages of the extraction sets, extracted by models that have not seen their sites, as the crawl's are."""
    judges = Judges()
    found: list[Page] = []
    for name in SETS:
        path = data / "extraction" / f"{name}.gold.jsonl.gz"
        for page in read_gold(path, None, data) if path.exists() else ():
            digest = hashlib.sha256(page.html.encode("utf-8", "replace")).hexdigest()[:16]
            read = extract_page(page.html, model=judges.model(page.site))
            text = clean(read.text)
            lines = [{"line": heading.line, "level": heading.level} for heading in read.headings]
            headings = {heading["line"]: heading["level"] for heading in in_cleaned(lines, read.text, text)}
            document = Document(f"{name}-{digest}", text, "", "", read.title or "", headings)
            found.append(Page(document, f"sha256:{digest}", page.site, gold=page))
    languages = identify_batch([page.document.text[:3000] for page in found]).language
    return [_in_language(page, language) for page, language in zip(found, languages, strict=True)]


def line_labels(pages: Sequence[Page], hand: Path = HAND) -> Labels:
    """Labels of the lines that are not empty, of all pages in order: by hand, else by a gold text, else by a manual's markup."""
    verdicts = read_hand(hand)
    values: list[int] = []
    weights: list[float] = []
    sources: list[str] = []
    used: set[tuple[str, str, int]] = set()
    for page in pages:
        lines = [line for line in page.document.text.split("\n") if line and not line.isspace()]
        weak, source = _weak_labels(page, lines)
        seen = Counter[str]()
        for line, label in zip(lines, weak, strict=True):
            key = (page.page, line_digest(line), seen[line_digest(line)])
            seen[key[1]] += 1
            if key in verdicts:
                used.add(key)
                label = {"noise": NOISE, "content": CONTENT}.get(verdicts[key], UNKNOWN)
            where = "hand" if key in verdicts else source if label != UNKNOWN else ""
            values.append(label)
            sources.append(where)
            weights.append(WEIGHTS.get("markup-content" if where == "markup" and label == CONTENT else where, 0.0))
    known = {page.page for page in pages}
    stale = sum(key[0] in known for key in verdicts.keys() - used)
    return Labels(np.array(values, np.int8), np.array(weights), np.array(sources, "U8"), stale)


def read_hand(path: Path) -> dict[tuple[str, str, int], str]:
    """(page, digest of a line, how many equal lines stand before it) -> noise, content or unclear."""
    if not path.exists():
        return {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return {(row["page"], row["line"], row.get("copy", 0)): row["verdict"] for row in rows}


def line_digest(line: str) -> str:
    """By which labels name a line."""
    return hashlib.sha256(line.strip().encode("utf-8", "replace")).hexdigest()[:16]


def _weak_labels(page: Page, lines: Sequence[str]) -> tuple[list[int], str]:
    if page.gold is not None and page.gold.text is not None:
        return _gold_labels(page.gold.text, lines), "gold"
    if page.html:
        return markup_labels(page.document, page.html), "markup"
    return [UNKNOWN] * len(lines), ""


def _gold_labels(gold: str, lines: Sequence[str]) -> list[int]:
    """By the words that a line shares with the gold text; between the two shares nothing is said."""
    whole = normal(gold)
    words = whole.split()
    known = set(zip(words, words[1:], words[2:], words[3:], strict=False))
    found: list[int] = []
    for line in lines:
        key = normal(line)
        own = key.split()
        shingles = list(zip(own, own[1:], own[2:], own[3:], strict=False))
        share = sum(one in known for one in shingles) / len(shingles) if shingles else float(f" {key} " in f" {whole} ")
        found.append(UNKNOWN if not own else CONTENT if share > IN_GOLD else NOISE if share < OUT_OF_GOLD else UNKNOWN)
    return found


def _in_language(page: Page, language: str) -> Page:
    document = page.document
    named = Document(document.doc_id, document.text, language, document.url, document.title, document.headings)
    return Page(named, page.page, page.site, gold=page.gold)


def pages_by_group(pages: Sequence[Page]) -> dict[str, list[Page]]:
    """The pages of each group."""
    found: dict[str, list[Page]] = defaultdict(list)
    for page in pages:
        found[page.group].append(page)
    return dict(found)


def _responses(path: str, wanted: set[str]) -> Iterator[tuple[str, str]]:
    """(URL, HTML) of the responses that are wanted."""
    with open(path, "rb") as file, suppress(OSError, ValueError):
        for record in ArchiveIterator(file, record_types=WarcRecordType.response):
            url = record.headers.get("WARC-Target-URI") or ""
            if url in wanted:
                _, charset = media_type((record.http_headers and record.http_headers.get("Content-Type")) or "")
                with suppress(NotText):
                    yield url, decode_text(record.reader.read(), charset, True)[0]
