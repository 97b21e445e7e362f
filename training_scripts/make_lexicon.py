"""Makes src/tierline/editing/lexicon.npz: `python -m training_scripts.make_lexicon --data DIR`.

The words of WordNet 3.0 and their irregular forms, as hashes, so that a judge of edits knows a misspelled word from a rare one.
"""

import argparse
import tarfile
from pathlib import Path

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


def main() -> None:
    """Writes the file."""
    parser = argparse.ArgumentParser(prog="training_scripts.make_lexicon", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help=f"a folder with {WORDNET}")
    hashes = np.unique(np.array([word_hash(word) for word in words(parser.parse_args().data / WORDNET)], np.uint32))
    np.savez_compressed(OUTPUT, words=hashes)
    print(f"{len(hashes)} words, {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
