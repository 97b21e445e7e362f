"""Writes and maps token files in Megatron-LM's indexed format, so that trainers that support it read a mix without conversion."""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from tierline.errors import BadInput

# NVIDIA/Megatron-LM, megatron/core/datasets/indexed_dataset.py: little-endian throughout. Magic (9 bytes), version (uint64), type code
# (uint8), sequences (uint64), documents + 1 (uint64); then lengths in tokens (int32), byte offsets (int64), and for each document the
# sequence it begins with, closed by the number of sequences (int64).
MAGIC, VERSION = b"MMIDIDX\x00\x00", 1
HEADER = struct.Struct("<9sQBQQ")
TYPE_CODES: dict[np.dtype[Any], int] = {np.dtype(np.int32): 4, np.dtype(np.uint16): 8}
VOCABULARY_OF_UINT16 = 65_500  # the same file's DType.optimal_dtype
Tokens = np.ndarray[Any, np.dtype[Any]]


def token_type(vocabulary: int) -> np.dtype[Any]:
    """How Megatron stores token ids below `vocabulary`."""
    return np.dtype(np.uint16 if vocabulary < VOCABULARY_OF_UINT16 else np.int32)


class IndexedWriter:
    """Appends documents to `<prefix>.bin`; closing it writes `<prefix>.idx`. Holds four bytes per document."""

    def __init__(self, prefix: Path, vocabulary: int) -> None:
        self._index, self._type = prefix.with_suffix(".idx"), token_type(vocabulary)
        self._lengths = array("i")
        self._file = prefix.with_suffix(".bin").open("wb")

    def __enter__(self) -> IndexedWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self._file.close()
        if kind is None:
            self._write_index()

    def add(self, tokens: Tokens) -> None:
        """One document, its end-of-text token included; shape (tokens,)."""
        self._file.write(tokens.astype(self._type).tobytes())
        self._lengths.append(len(tokens))

    def _write_index(self) -> None:
        lengths = np.frombuffer(self._lengths, np.int32) if self._lengths else np.empty(0, np.int32)
        ends = np.cumsum(lengths, dtype=np.int64) * self._type.itemsize
        with self._index.open("wb") as file:
            file.write(HEADER.pack(MAGIC, VERSION, TYPE_CODES[self._type], len(lengths), len(lengths) + 1))
            file.write(lengths.tobytes())
            file.write(np.concatenate([np.zeros(1, np.int64), ends])[: len(lengths)].tobytes())
            file.write(np.arange(len(lengths) + 1, dtype=np.int64).tobytes())


@dataclass(frozen=True, slots=True)
class IndexedTokens:
    """All tokens as one stream of shape (tokens,), and the byte at which each document begins, shape (documents,): mapped, not read."""

    tokens: Tokens
    pointers: Tokens

    def document_at(self, position: int) -> int:
        """The document that holds the token at this position of the stream."""
        # Bisected in place: the index is not aligned for its integers, and numpy's own search would copy all of it first.
        return bisect_right(self.pointers, position * self.tokens.itemsize) - 1

    def starts(self, first: int, last: int) -> Tokens:
        """Positions at which the documents first..last (included) begin."""
        return np.array(self.pointers[first : last + 1]) // self.tokens.itemsize


def map_indexed(prefix: Path) -> IndexedTokens:
    """Files that IndexedWriter wrote. BadInput if they are cut off or something else."""
    index, data = prefix.with_suffix(".idx"), prefix.with_suffix(".bin")
    try:
        head = index.open("rb").read(HEADER.size)
        magic, version, code, sequences, documents = HEADER.unpack(head)
    except (OSError, struct.error):
        raise BadInput("is missing or cut off", str(index), "export the mix again") from None
    kind = next((kind for kind, known in TYPE_CODES.items() if known == code), None)
    whole = HEADER.size + 12 * sequences + 8 * documents
    if (magic, version) != (MAGIC, VERSION) or kind is None or documents != sequences + 1 or index.stat().st_size != whole:
        raise BadInput("is no index of token documents", str(index), "export the mix again")
    if not sequences:
        return IndexedTokens(np.empty(0, kind), np.empty(0, np.int64))
    lengths = np.memmap(index, np.int32, "r", HEADER.size, (sequences,))
    pointers = np.memmap(index, np.int64, "r", HEADER.size + 4 * sequences, (sequences,))
    if not data.is_file() or data.stat().st_size != int(pointers[-1]) + int(lengths[-1]) * kind.itemsize:
        raise BadInput("does not hold the tokens that its index names", str(data), "export the mix again")
    return IndexedTokens(np.memmap(data, kind, "r"), pointers)
