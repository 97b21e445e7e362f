"""Turns a data folder's textbooks, dictionaries and knowledge bases into crawl files, and names who vetted them."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

from tierline.crawl import find_crawl_files
from tierline.errors import BadInput
from tierline.knowledge.manuals import VettedSource
from training_scripts.dictionaries import read_dictd, read_wordnet
from training_scripts.knowledge_pages import read_countries, read_country_codes, read_elements, read_elements_dictionary

Record = dict[str, Any]
APPROVED_ON = "2026-11-25"
TAGS = re.compile(r"<[^>]*>")
SENTENCE_WORDS = 8


@dataclass(frozen=True, slots=True)
class Reference:
    """One collection below the data folder, how it is read, and where its documents stand. A collection that somebody approves of is
    vetted: L4 takes its sections as they are. Of the others L4 takes what independent ones agree on."""

    name: str
    domain: str  # what training measures apart
    path: str
    read: Callable[[Path, str], Iterator[Record]]
    prefix: str  # of the addresses of its documents
    license: str
    approved_by: str = ""
    by_book: bool = False  # its addresses go on with the name of a book, and each is a work of its own

    @property
    def vetted(self) -> VettedSource | None:
        """What the recipe of the tiers says of it."""
        return VettedSource(self.prefix, self.approved_by, APPROVED_ON, self.license) if self.approved_by else None


def read_textbooks(path: Path, prefix: str) -> Iterator[Record]:
    """A record a section of a book."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for section in map(json.loads, lines):
            address = f"{prefix}{section['book']}/pages/{section['module']}"
            yield {"id": section["module"], "url": address, "title": section["title"], "text": f"{section['title']}\n\n{section['text']}"}


def read_factbook(path: Path, prefix: str) -> Iterator[Record]:
    """A record a country: each field of several words as a sentence behind its heading; lone figures and names are left out."""
    with tarfile.open(path) as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            file = archive.extractfile(member)
            if file is None or not member.name.endswith(".json"):
                continue
            fields: dict[str, Any] = json.loads(file.read())
            told = ((heading.strip(), unescape(TAGS.sub(" ", words)).strip().rstrip(".")) for heading, words in _field_texts(fields))
            text = "\n\n".join(f"{heading}: {words}." for heading, words in told if len(words.split()) >= SENTENCE_WORDS)
            name = member.name.removeprefix("factbook/").removesuffix(".json")
            yield {"url": f"{prefix}{name}", "title": name, "text": text}


def _field_texts(fields: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for heading, value in fields.items():
        if isinstance(value, dict):
            yield from _field_texts(value, above if heading == "text" else heading)
        elif isinstance(value, str):
            yield (above if heading == "text" else heading), value


REFERENCES = (
    Reference(
        "textbooks",
        "textbooks",
        "text/openstax.jsonl.gz",
        read_textbooks,
        "https://openstax.org/books/",
        "https://creativecommons.org/licenses/by/4.0/",
        "OpenStax",
        by_book=True,
    ),
    Reference(
        "reference",
        "reference",
        "kb/factbook.tar.xz",
        read_factbook,
        "https://www.cia.gov/the-world-factbook/",
        "public domain",
        "The World Factbook",
    ),
    Reference(
        "foldoc",
        "reference",
        "text/debian-dicts/foldoc.dict.txt.gz",
        read_dictd,
        "https://foldoc.org/",
        "https://www.gnu.org/licenses/fdl-1.3.html",
        "Free On-line Dictionary of Computing",
    ),
    Reference(
        "jargon",
        "reference",
        "text/debian-dicts/jargon.dict.txt.gz",
        read_dictd,
        "http://catb.org/jargon/",
        "public domain",
        "The Jargon File",
    ),
    Reference(
        "wordnet",
        "reference",
        "kb/wordnet-3.0.tar.xz",
        read_wordnet,
        "https://wordnet.princeton.edu/",
        "https://wordnet.princeton.edu/license-and-commercial-use",
        "WordNet",
    ),
    Reference(
        "countries",
        "facts",
        "kb/countries/dist/countries.json",
        read_countries,
        "https://github.com/mledoze/countries/",
        "https://opendatacommons.org/licenses/odbl/1-0/",
    ),
    Reference(
        "country-codes",
        "facts",
        "kb/country-codes/data/country-codes.csv",
        read_country_codes,
        "https://datahub.io/core/country-codes/",
        "https://opendatacommons.org/licenses/pddl/1-0/",
    ),
    Reference(
        "periodic-table",
        "facts",
        "kb/periodic-table/PeriodicTableJSON.json",
        read_elements,
        "https://github.com/Bowserinator/Periodic-Table-JSON/",
        "https://creativecommons.org/licenses/by-sa/3.0/",
    ),
    Reference(
        "elements",
        "facts",
        "text/debian-dicts/elements.dict.txt.gz",
        read_elements_dictionary,
        "http://www.miranda.org/~jkominek/elements/",
        "public domain",
    ),
)


def crawl_files(data: Path, patterns: tuple[str, ...]) -> list[str]:
    """The folder's crawl files, in place. BadInput if no pattern matches."""
    found = sorted({name for pattern in patterns for path in data.glob(pattern) for name in find_crawl_files(str(path))})
    if not found:
        raise BadInput("no crawl file", str(data), f"the recipe looks for {', '.join(patterns)}")
    return found


def write_references(data: Path, most: int, folder: Path) -> list[str]:
    """One JSONL crawl file for each collection that the data folder has, with at most so many records, chosen by a hash of their
    address; in the order of the collection."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(reference, data / reference.path, most, folder) for reference in REFERENCES if (data / reference.path).is_file()]


def _write(reference: Reference, source: Path, most: int, folder: Path) -> str:
    records = [
        {"id": record["url"].removeprefix(reference.prefix)} | record | {"license": reference.license}
        for record in reference.read(source, reference.prefix)
    ]
    ranked = sorted(records, key=lambda record: hashlib.sha256(record["url"].encode()).hexdigest())
    wanted = {record["url"] for record in ranked[:most]}
    lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records if record["url"] in wanted)
    target = folder / f"{reference.name}.jsonl"
    target.write_text("".join(lines), "utf-8")
    return str(target)
