"""Reads dictionaries in the formats of dictd and WordNet: one record per entry, and only long entries as training texts."""

from __future__ import annotations

import gzip
import re
import string
import tarfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

Record = dict[str, Any]
DIGITS = {sign: value for value, sign in enumerate(string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/")}
PARTS_OF_SPEECH = {"n": "noun", "v": "verb", "a": "adjective", "s": "adjective", "r": "adverb"}
SYNSET = re.compile(r"^\d{8} \d\d (\w) [0-9a-f]{2} (\S+) .*? \| (.*?)\s*$", re.MULTILINE)


def read_dictd(path: Path, prefix: str) -> Iterator[Record]:
    """Entries of NAME.dict.txt.gz, at the places that NAME.index.gz beside it names: headword, offset and length in dictd's base 64."""
    text = gzip.decompress(path.read_bytes())
    index = gzip.decompress(path.with_name(path.name.replace(".dict.txt.gz", ".index.gz")).read_bytes())
    places: dict[tuple[int, int], str] = {}
    for line in index.decode("utf-8", "replace").splitlines():
        headword, start, length = line.split("\t")[:3]
        if not headword.startswith("00-database"):
            places.setdefault((_number(start), _number(length)), headword)
    for (start, length), headword in sorted(places.items()):
        entry = text[start : start + length].decode("utf-8", "replace").strip()
        paragraphs = (" ".join(part.split()) for part in re.split(r"\n\s*\n", re.sub(r"[{}]", "", entry)))
        yield {"url": f"{prefix}{quote(headword)}", "title": headword, "text": "\n\n".join(paragraphs)}


def read_wordnet(path: Path, prefix: str) -> Iterator[Record]:
    """One record per word that heads several sets of synonyms: what it means in each, with WordNet's examples."""
    meanings: dict[str, list[str]] = defaultdict(list)
    with tarfile.open(path) as archive:
        for name in sorted(name for name in archive.getnames() if "/data." in name):
            file = archive.extractfile(name)
            for kind, word, gloss in SYNSET.findall(file.read().decode("utf-8", "replace") if file else ""):
                meanings[re.sub(r"\(\w+\)$", "", word).replace("_", " ")].append(f"As {PARTS_OF_SPEECH[kind]}: {gloss}.")
    for word, own in sorted(meanings.items()):
        if len(own) > 1:
            yield {"url": f"{prefix}{quote(word)}", "title": word, "text": "\n".join([word, *own])}


def _number(digits: str) -> int:
    value = 0
    for digit in digits:
        value = value * 64 + DIGITS[digit]
    return value
