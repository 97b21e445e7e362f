"""A corpus for the training benchmark, made from a data folder in a minute: crawled pages through L0-L2, textbooks, facts."""

from __future__ import annotations

import gzip
import json
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tierline.crawl import ReadRules, read_shard
from tierline.dedup import DedupRules
from tierline.dedup.resolve import NoDocuments
from tierline.errors import BadInput
from tierline.filters import FilterRules, filter_shard
from tierline.scoring.perplexity import bundled_model
from tierline.scoring.select import SelectRules
from tierline.toxicity import Toxicity
from tierline.training.corpus import SCHEMA

WARC_FOLDERS = ("extraction", "crawl/debian-docs")
TEXTBOOKS = "text/openstax.jsonl.gz"
WORDNET = "kb/wordnet-3.0.tar.xz"
SOFTWARE_HOST = "docs.example"  # hosts of the software documentation begin or end with it
LANGUAGE = "en"
KEPT_SHARE = 0.5  # of L1, the less surprising part, becomes L2
SCIENCE = ("anatomy", "astronomy", "chemistry", "physics", "microbiology", "statistics")
HISTORY = ("history", "life-liberty")
GLOSS = re.compile(r"^(\d{8}) \d\d (\w) \w\w (\S+) .*? \| (.*?)\s*$")
PARTS_OF_SPEECH = {"n": "noun", "v": "verb"}
PASSAGE_CHARACTERS = 4_000
Row = dict[str, Any]


def build_corpus(data: Path, most: int | None = None) -> pa.Table:
    """Rows of tierline.training.corpus.SCHEMA. BadInput where the folder has no crawl files. Of these the
    smallest are read, up to `most` bytes.

    L0 is what reading gives, L1 what filtering keeps, L2 the less surprising half of it by n-gram perplexity among what the toxicity
    classifier lets through, L3 textbook sections (reviewed by people), L4 dictionary glosses as facts. It stands in for a lake whose
    L3 and L4 a language model made, which takes hours; `--lake` and `--corpus` take those.
    """
    found = sorted((path.stat().st_size, str(path)) for folder in WARC_FOLDERS for path in (data / folder).glob("*.warc.gz"))
    ends = np.cumsum([size for size, _ in found])
    files = sorted(path for (_, path), end in zip(found, ends, strict=True) if most is None or end <= max(most, found[0][0]))
    if not files:
        raise BadInput("no crawl file", str(data), f"expected *.warc.gz below {' or '.join(WARC_FOLDERS)}")
    rows = [*crawled(files), *textbooks(data / TEXTBOOKS), *glosses(data / WORDNET)]
    return pa.Table.from_pylist([{name: row.get(name) for name in SCHEMA.names} for row in rows], schema=SCHEMA)


def crawled(files: list[str]) -> Iterator[Row]:
    """L0, L1 and L2 versions of crawled pages."""
    raw = read_shard(files, ReadRules()).tables["l0_raw"]
    rules = FilterRules(languages=(LANGUAGE,))
    kept = filter_shard(raw, rules, DedupRules(), NoDocuments()).tables["l1_filtered"]
    raw = raw.filter(pc.greater(pc.coalesce(pc.utf8_length(raw["text"]), 0), 0))
    yield from _pages(raw, "L0")
    yield from _pages(kept, "L1")
    texts, languages = kept["text"].to_pylist(), kept["language"].to_pylist()
    surprise = np.nan_to_num(bundled_model().perplexity(texts, languages), nan=np.inf)
    mild = np.asarray(Toxicity().score(texts)) <= SelectRules().toxicity_max
    yield from _pages(kept.filter(pa.array(mild & (surprise <= np.quantile(surprise, KEPT_SHARE)))), "L2")


def textbooks(path: Path) -> Iterator[Row]:
    """Passages of textbook sections as L3."""
    if not path.is_file():
        return
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for section in map(json.loads, lines):
            for number, passage in enumerate(_passages(section["text"])):
                address = f"https://openstax.example/{section['book']}/{section['module']}"
                yield {
                    "id": f"{section['book']}/{section['module']}/{number}",
                    "text": passage,
                    "tier": "L3",
                    "domain": _subject(section["book"]),
                    "url": address,
                    "phase": "midtrain",
                }


def glosses(path: Path) -> Iterator[Row]:
    """Dictionary glosses of nouns and verbs as L4 facts: what a word means is its object."""
    if not path.is_file():
        return
    with tarfile.open(path) as archive:
        for name in sorted({"wordnet/data.noun", "wordnet/data.verb"} & set(archive.getnames())):
            for line in archive.extractfile(name) or ():
                found = GLOSS.match(line.decode("utf-8", "replace"))
                if not found:
                    continue
                number, kind, word, gloss = found.groups()
                meaning = gloss.split(";")[0].strip()
                yield {
                    "id": f"wordnet/{kind}{number}",
                    "text": f"{word.replace('_', ' ')} ({PARTS_OF_SPEECH[kind]}): {meaning}.",
                    "tier": "L4",
                    "domain": "dictionary",
                    "phase": "alignment",
                    "predicate": f"means, {PARTS_OF_SPEECH[kind]}",
                    "object": meaning,
                }


def _pages(table: pa.Table, tier: str) -> Iterator[Row]:
    for row in table.select(["doc_id", "text", "url", "domain"]).to_pylist():
        domain = "software" if SOFTWARE_HOST in (row["domain"] or "") else "web"
        yield {"id": row["doc_id"], "text": row["text"], "tier": tier, "domain": domain, "url": row["url"], "phase": "pretrain"}


def _passages(text: str) -> Iterator[str]:
    """Whole paragraphs, up to PASSAGE_CHARACTERS together."""
    passage = ""
    for paragraph in text.split("\n\n"):
        if passage and len(passage) + len(paragraph) > PASSAGE_CHARACTERS:
            yield passage
            passage = ""
        passage = f"{passage}\n\n{paragraph}" if passage else paragraph
    if passage:
        yield passage


def _subject(book: str) -> str:
    if any(word in book for word in SCIENCE):
        return "science"
    return "history" if any(word in book for word in HISTORY) else "society"
