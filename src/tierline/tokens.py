"""Counts tokens with one fixed tokenizer, so that budgets and costs of all tiers are in one unit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

# Ships in the wordllama wheel: the 32k-piece SentencePiece vocabulary of Llama 2, which has byte pieces for every script.
TOKENIZER_ID = "wordllama/l2_supercat"
CHARACTERS_PER_BATCH = 1 << 20  # an encoding takes some 40 bytes a character while it is counted


def count_tokens(texts: Sequence[str]) -> pa.Int64Array:
    """Tokens of each text, without special tokens; shape (len(texts),)."""
    counts: list[int] = []
    ends = np.cumsum([len(text) for text in texts]) // CHARACTERS_PER_BATCH
    for _, batch in groupby(range(len(texts)), key=ends.__getitem__):
        counts += [len(encoded.ids) for encoded in encode([texts[index] for index in batch])]
    return pa.array(counts, pa.int64())


def encode(texts: Sequence[str]) -> list[Any]:
    """One tokenizers.Encoding a text."""
    return tokenizer().encode_batch_fast(list(texts), add_special_tokens=False)


@cache
def tokenizer() -> Any:
    """The tokenizer, read once a process from the wheel; never from a network."""
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(wheel_file("wordllama", "tokenizers/l2_supercat_tokenizer_config.json")))


def wheel_file(package: str, name: str) -> Path:
    """A data file of an installed package, found without importing the package (wordllama's import sets up logging)."""
    found = find_spec(package)
    assert found and found.submodule_search_locations, f"{package} is a dependency"
    return Path(found.submodule_search_locations[0]) / name
