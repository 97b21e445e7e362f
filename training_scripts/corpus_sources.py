"""Turns a data folder's textbooks and reference texts into crawl files, and says who vetted them."""

from __future__ import annotations

import gzip
import hashlib
import json
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tierline.crawl import find_crawl_files
from tierline.errors import BadInput
from tierline.knowledge.manuals import VettedSource

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reference:
    """One collection below the data folder, how it is read, and what the recipe of the tiers says of it."""

    name: str
    path: str
    read: Callable[[Path, VettedSource], Iterator[Record]]
    vetted: VettedSource


def read_textbooks(path: Path, vetted: VettedSource) -> Iterator[Record]:
    """A record a section of a book."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for section in map(json.loads, lines):
            address = f"{vetted.prefix}{section['book']}/pages/{section['module']}"
            text = f"{section['title']}\n\n{section['text']}"
            yield {"id": section["module"], "url": address, "title": section["title"], "text": text, "licence": vetted.licence}


def read_factbook(path: Path, vetted: VettedSource) -> Iterator[Record]:
    """A record a country: each field under its heading, fields without words left out."""
    with tarfile.open(path) as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            file = archive.extractfile(member)
            if file is None or not member.name.endswith(".json"):
                continue
            fields: dict[str, Any] = json.loads(file.read())
            text = "\n\n".join(f"{heading}\n{words}" for heading, words in _field_texts(fields) if len(words.split()) > 2)
            name = member.name.removeprefix("factbook/").removesuffix(".json")
            yield {"id": name, "url": f"{vetted.prefix}{name}", "title": name, "text": text, "licence": vetted.licence}


def _field_texts(fields: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for heading, value in fields.items():
        if isinstance(value, dict):
            yield from _field_texts(value, above if heading == "text" else heading)
        elif isinstance(value, str):
            yield (above if heading == "text" else heading), value


REFERENCES = (
    Reference(
        "textbooks",
        "text/openstax.jsonl.gz",
        read_textbooks,
        VettedSource(
            "https://openstax.org/books/",
            "OpenStax",
            "2026-11-25",
            "https://creativecommons.org/licenses/by/4.0/",
        ),
    ),
    Reference(
        "reference",
        "kb/factbook.tar.xz",
        read_factbook,
        VettedSource("https://www.cia.gov/the-world-factbook/", "The World Factbook", "2026-11-25", "public domain"),
    ),
)


def crawl_files(data: Path, patterns: tuple[str, ...]) -> list[str]:
    """The folder's crawl files, in place. BadInput where no pattern matches."""
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
    records = list(reference.read(source, reference.vetted))
    ranked = sorted(records, key=lambda record: hashlib.sha256(record["url"].encode()).hexdigest())
    wanted = {record["url"] for record in ranked[:most]}
    lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records if record["url"] in wanted)
    target = folder / f"{reference.name}.jsonl"
    target.write_text("".join(lines), "utf-8")
    return str(target)
