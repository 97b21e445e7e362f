"""What English words there are, how frequent they are, which ones stand beside each other, and which are names."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from tierline.editing.english import FUNCTION_WORDS
from tierline.editing.inflection import is_known
from tierline.text.tokens import tokenizer

if TYPE_CHECKING:
    from symspellpy import SymSpell

WORDS = "frequency_dictionary_en_82_765.txt"  # of symspellpy: Google Books' counts of SCOWL's words
PAIRS = "frequency_bigramdictionary_en_243_342.txt"
# Words that are names of months, persons or countries as well: their case says what they are.
_ALSO_NAMES = frozenset(
    """may march august china turkey polish japan jersey bill mark rose grace jack frank will smith baker mason hunter dean drew grant
    art gene ray rob sue pat ken victor pearl ruby amber dawn hope faith joy april june summer autumn bush rice brown black white green
    gray young king price stone woods cook fisher miller carter cooper potter bishop abbey chase chuck cliff dale dick don earl guy jean
    lance mike nick norm peg penny randy rich robin rod rusty sally sandy skip stew ted tom tony trey wade wally""".split()
)
_PIECE = re.compile(r"[a-z]{2,40}")


@cache
def spelling() -> SymSpell:
    """Words that are one letter more, less, other or exchanged apart (Garbe's symmetric delete), and pairs of neighbors. A second to load
    and 100 MB: only for processes that edit."""
    from symspellpy import SymSpell  # in the extra "scoring"

    found = SymSpell(max_dictionary_edit_distance=1)
    folder = files("symspellpy")
    found.load_dictionary(str(folder.joinpath(WORDS)), 0, 1)
    found.load_bigram_dictionary(str(folder.joinpath(PAIRS)), 0, 2)
    return found


def frequency(word: str) -> int:
    """How often a lower-case word stands in Google Books; 0 for one that the dictionary lacks."""
    return spelling().words.get(word, 0)


def pair_frequency(first: str, second: str) -> int:
    """How often two lower-case words stand beside each other; 0 for a pair that is no frequent one."""
    return spelling().bigrams.get(f"{first} {second}", 0)


@cache
def is_word(word: str) -> bool:
    """A lower-case word that WordNet or the frequency dictionary has, or a form of one."""
    return is_known(word) or frequency(word) > 0


@cache
def is_common(word: str) -> bool:
    """A lower-case word that people write in lower case: a function word, or one that the tokenizer has so in one piece and that is no
    name as well."""
    if word in _ALSO_NAMES:
        return False
    if word in FUNCTION_WORDS:
        return True
    return bool(_PIECE.fullmatch(word)) and f"▁{word}" in _pieces() and frequency(word) > 0


@cache
def _pieces() -> frozenset[str]:
    return frozenset(piece for piece in tokenizer().get_vocab() if piece.startswith("▁"))
