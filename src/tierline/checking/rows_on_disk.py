"""Rows that are written once and then read at random from a memory-mapped file, and a look-up of their numbers by words."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tierline.knowledge.hashed import is_among


class RowsOnDisk:
    """Rows in an Arrow file of a temporary folder, read where they are: what is not looked at takes no memory."""

    def __init__(self, schema: pa.Schema, batches: Iterable[pa.RecordBatch | pa.Table]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tierline-check-")
        path = str(Path(self._folder.name) / "rows.arrow")
        with pa.OSFile(path, "wb") as file, pa.ipc.new_file(file, schema) as writer:
            for batch in batches:
                writer.write(batch)
        self._table: pa.Table = pa.ipc.open_file(pa.memory_map(path)).read_all()

    def __len__(self) -> int:
        return self._table.num_rows

    def column(self, name: str) -> Iterator[Any]:
        """Values of a column, in order."""
        for part in self._table.column(name).chunks:
            yield from part.to_pylist()

    def row(self, number: int) -> dict[str, Any]:
        """One row."""
        return self.rows([number])[0]

    def rows(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """Several, in the order of their numbers here."""
        return self._table.take(pa.array(numbers, pa.int64())).to_pylist() if numbers else []


class Numbers:
    """Finds the numbers of rows by a text: 16 bytes a row, whatever the length of the text.

    Rows are found by a 64-bit hash, so whoever asks compares the text itself too: of 10 million texts two have the same with a
    probability of 3e-6.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        hashes = np.fromiter(map(_hash, texts), np.uint64)
        self._order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[self._order]

    def of(self, text: str) -> list[int]:
        """Numbers of the rows with this text, ascending."""
        wanted = np.uint64(_hash(text))
        first, end = (int(np.searchsorted(self._hashes, wanted, side)) for side in ("left", "right"))
        return self._order[first:end].tolist()

    def holds(self, texts: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Which of the texts some row has."""
        return is_among(np.array([_hash(text) for text in texts], np.uint64), self._hashes)


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
