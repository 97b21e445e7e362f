"""Counts tokens with one fixed tokenizer, so that budgets and costs of all tiers have one unit."""

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
TOKENIZER_FILE = ("wordllama", "tokenizers/l2_supercat_tokenizer_config.json")
CHARACTERS_PER_BATCH = 1 << 20  # an encoding takes some 40 bytes per character while it is counted
SPECIAL = ("<s>", "</s>", "<unk>", "▁")  # special to the tokenizer, or taken for a space: a text with one is encoded as a whole
PIECES = 1 << 19  # slots of the table of known pieces, 8 MiB; emptied when half full
PIECES_PER_TEXT = 256  # that are encoded together
PIECE_BYTES = 48  # longer pieces hardly ever recur and are not kept


def count_tokens(texts: Sequence[str]) -> pa.Int64Array:
    """Tokens of each text, without special tokens; shape (len(texts),)."""
    counts = [0] * len(texts)
    batch_of_text = np.cumsum([len(text) for text in texts]) // CHARACTERS_PER_BATCH
    for _, batch in groupby(range(len(texts)), key=batch_of_text.__getitem__):
        indices = list(batch)
        counts[indices[0] : indices[-1] + 1] = _known_pieces().count([texts[index] for index in indices])
    return pa.array(counts, pa.int64())


def encode(texts: Sequence[str]) -> list[Any]:
    """One tokenizers.Encoding a text."""
    return tokenizer().encode_batch_fast(list(texts), add_special_tokens=False)


@cache
def tokenizer() -> Any:
    """The tokenizer, read once per process from the wheel; never from a network."""
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(wheel_file(*TOKENIZER_FILE)))


def wheel_file(package: str, name: str) -> Path:
    """A data file of an installed package, found without importing the package (wordllama's import sets up logging)."""
    found = find_spec(package)
    if not found or not found.submodule_search_locations:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)
    return Path(found.submodule_search_locations[0]) / name


class _KnownPieces:
    """Token counts of pieces seen before. No token of the vocabulary has a space behind a letter, or a line break beside anything,
    so the count of a text is the sum over its pieces and line breaks, and most pieces are words seen a thousand times."""

    def __init__(self) -> None:
        self._keys, self._known, self._stored = np.zeros(PIECES, np.uint64), np.zeros(PIECES, np.int64), 0

    def count(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Tokens of each text."""
        from tierline.text.kernels.pieces import look_up

        # The tokenizer puts a space before a text that is not empty.
        whole = [index for index, text in enumerate(texts) if any(special in text for special in SPECIAL)]
        prepared = [b" " + text.encode("utf-8", "replace") if text else b"" for text in texts]
        for index in whole:
            prepared[index] = b""
        offsets = np.concatenate([[0], np.cumsum([len(one) for one in prepared])]).astype(np.int64)
        joined = b"".join(prepared)
        totals, room = np.zeros(len(texts), np.int64), len(joined) // 2 + len(texts) + 1
        unknown, unknown_keys = np.empty((room, 3), np.int64), np.empty(room, np.uint64)
        data = np.frombuffer(joined, np.uint8)
        missing = look_up(data, offsets, self._keys, self._known, totals, unknown, unknown_keys)
        self._learn(joined, unknown[:missing], unknown_keys[:missing], totals)
        for index, encoded in zip(whole, encode([texts[index] for index in whole]), strict=True):
            totals[index] = len(encoded.ids)
        return totals

    def _learn(self, joined: bytes, unknown: Any, keys: Any, totals: Any) -> None:
        from tierline.text.kernels.pieces import store

        distinct, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        pieces = [joined[start:end].decode() for _, start, end in unknown[first].tolist()]
        counts = _count_pieces(pieces)
        np.add.at(totals, unknown[:, 0], counts[inverse])
        short = np.array([len(piece) <= PIECE_BYTES for piece in pieces], bool)
        if self._stored + int(short.sum()) > PIECES // 2:
            self._known[:], self._stored = 0, 0
        if int(short.sum()) <= PIECES // 2:
            store(distinct[short], counts[short], self._keys, self._known)
            self._stored += int(short.sum())


def _count_pieces(pieces: Sequence[str]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Tokens of each piece, many encoded at a time with line breaks around them."""
    counts: list[np.ndarray[Any, np.dtype[np.int64]]] = [np.empty(0, np.int64)]
    line_break = tokenizer().token_to_id("<0x0A>")
    groups = [pieces[start : start + PIECES_PER_TEXT] for start in range(0, len(pieces), PIECES_PER_TEXT)]
    for encoded in encode([f"\n{line}\n" for line in map("\n".join, groups)]):
        counts.append(np.diff(np.flatnonzero(np.array(encoded.ids) == line_break)) - 1)
    return np.concatenate(counts)


@cache
def _known_pieces() -> _KnownPieces:
    return _KnownPieces()
