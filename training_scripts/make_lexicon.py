"""Makes src/tierline/editing/lexicon.npz: `python -m training_scripts.make_lexicon --data DIR`.

The words of WordNet 3.0 and their irregular forms, as hashes, so that a judge of edits knows a misspelled word from a rare one; and the
pairs of words whose first meaning is the same.
"""

import argparse
import tarfile
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tierline.editing.inflection import LEXICON, word_hash

WORDNET = "kb/wordnet-3.0.tar.xz"
OUTPUT = Path(__file__).parents[1] / "src/tierline/editing" / LEXICON


def words(path: Path) -> set[str]:
    """Lemmas of one word, in lower case, and the irregular forms of `*.exc`."""
    found: set[str] = set()
    with tarfile.open(path) as archive:
        for member in archive:
            name = Path(member.name).name
            if not ((name.startswith("index.") and name != "index.sense") or name.endswith(".exc")):
                continue
            file = archive.extractfile(member)
            for line in file.read().decode("utf-8").splitlines() if file else ():
                if not line.startswith(" "):  # the license
                    found |= {word for word in line.split(" ")[: 1 if name.startswith("index.") else 2] if word.isalpha()}
    return found


class Entry(NamedTuple):
    """A lemma in one part of speech: its meanings, most frequent first, and how many of them WordNet's authors met in texts."""

    lemma: str
    part: str
    synsets: list[str]
    met: int


def entries(path: Path) -> list[Entry]:
    """Lemmas of one word of `index.*` (wndb(5WN): lemma pos synset_cnt p_cnt [ptr_symbol...] sense_cnt tagsense_cnt synset_offset...)."""
    found: list[Entry] = []
    with tarfile.open(path) as archive:
        for member in sorted(archive, key=lambda one: one.name):
            file = archive.extractfile(member) if Path(member.name).name.startswith("index.") else None
            for line in file.read().decode("utf-8").splitlines() if file else ():
                fields = line.split()
                if not line.startswith(" ") and fields[0].isalpha() and fields[0].isascii() and len(fields[0]) > 2:
                    pointers = int(fields[3])
                    found.append(Entry(fields[0], fields[1], fields[6 + pointers :], int(fields[5 + pointers])))
    return found


def synonyms(path: Path) -> list[int]:
    """Pairs of lemmas that share their first meaning, each in the part of speech in which it has most meanings that were met in texts."""
    met: dict[str, int] = defaultdict(int)
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    listed = entries(path)
    for entry in listed:
        met[entry.lemma] = max(met[entry.lemma], entry.met)
    for entry in listed:
        if entry.met and entry.met == met[entry.lemma]:
            found[entry.part, entry.synsets[0]].append(entry.lemma)
    pairs = (sorted(map(word_hash, pair)) for lemmas in found.values() for pair in combinations(lemmas, 2))
    return sorted({first << 32 | second for first, second in pairs})


def main() -> None:
    """Writes the file."""
    parser = argparse.ArgumentParser(prog="training_scripts.make_lexicon", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help=f"a folder with {WORDNET}")
    path = parser.parse_args().data / WORDNET
    hashes = np.unique(np.array([word_hash(word) for word in words(path)], np.uint32))
    pairs = np.array(synonyms(path), np.uint64)
    np.savez_compressed(OUTPUT, words=hashes, synonyms=pairs)
    print(f"{len(hashes)} words, {len(pairs)} pairs, {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
