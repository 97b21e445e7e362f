"""Keyed claims in memory or on disk: keys and text sketches are read as columns, words of the rows that are asked for."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tierline.dedup.runs import Stored
from tierline.knowledge.hashed import Keys, Numbers
from tierline.knowledge.keyed_claims import KEYS, STATED, Sketches
from tierline.knowledge.row_files import parts_of

ROWS_PER_BLOCK = 256  # some 300 KB of words, read at once
_TEXT = "text_sketch"
_BLOCKS = {
    "words": pa.schema([field for field in STATED if field.name != _TEXT]),
    "texts": pa.schema([STATED.field(_TEXT)]),
}
Hashes = npt.NDArray[np.uint32]
Arrays = Mapping[str, Iterable[npt.NDArray[Any]]]


class ClaimRows(Protocol):
    """Rows of KEYED and the text sketches of their pages."""

    def __len__(self) -> int: ...

    @property
    def keys(self) -> pa.Table:
        """Columns of KEYS of all rows."""
        ...

    def take(self, places: Numbers, columns: Sequence[str]) -> pa.Table:
        """Columns of STATED in the rows at these places, which ascend."""
        ...

    @property
    def hashes(self) -> int:
        """How many hashes the sketches have."""
        ...

    def cuts(self, bounds: Hashes) -> list[int]:
        """How many hashes are smaller than each bound."""
        ...

    def sketches(self, first: int, last: int) -> tuple[Hashes, Keys]:
        """(hash, key of the page that has it) in order of hashes, from `first` up to `last`, which is left out."""
        ...


class ClaimTable:
    """In memory."""

    def __init__(self, rows: pa.Table) -> None:
        """From rows of KEYED."""
        self._rows = rows
        found = Sketches()
        found.add(rows)
        self._hashes, self._pages = found.ordered()
        self.hashes = len(self._hashes)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def keys(self) -> pa.Table:
        """As of ClaimRows."""
        return self._rows.select(KEYS.names)

    def take(self, places: Numbers, columns: Sequence[str]) -> pa.Table:
        """As of ClaimRows."""
        return self._rows.select(columns).take(pa.array(places))

    def cuts(self, bounds: Hashes) -> list[int]:
        """As of ClaimRows."""
        return np.searchsorted(self._hashes, bounds).tolist()

    def sketches(self, first: int, last: int) -> tuple[Hashes, Keys]:
        """As of ClaimRows."""
        return self._hashes[first:last], self._pages[first:last]


class ClaimFiles:
    """On disk, as `claim_arrays` are published."""

    def __init__(self, stored: Mapping[str, Stored]) -> None:
        self._stored = stored
        self.hashes = len(stored["hashes"])
        self._rows = int(stored["size"].part(0, 1)[0])
        self._words, self._texts = (_Blocks(stored[name], stored[f"{name}_ends"], schema) for name, schema in _BLOCKS.items())

    def __len__(self) -> int:
        return self._rows

    @property
    def keys(self) -> pa.Table:
        """As of ClaimRows."""
        data = pa.py_buffer(self._stored["keys"].path.read_bytes())
        return pa.Table.from_batches([pa.ipc.read_record_batch(data, KEYS)])

    def take(self, places: Numbers, columns: Sequence[str]) -> pa.Table:
        """As of ClaimRows: block by block, the text sketches apart from all other words."""
        parts = [blocks.take(places) for blocks in (self._words, self._texts) if not blocks.names.isdisjoint(columns)]
        found = {name: part[name] for part in parts for name in part.column_names}
        return pa.table({name: found[name] for name in columns})

    def cuts(self, bounds: Hashes) -> list[int]:
        """As of ClaimRows."""
        return np.searchsorted(self._stored["hashes"].mapped(), bounds).tolist()

    def sketches(self, first: int, last: int) -> tuple[Hashes, Keys]:
        """As of ClaimRows."""
        return self._stored["hashes"].part(first, last), self._stored["pages"].part(first, last)


class _Blocks:
    """Rows in a file of record batches of ROWS_PER_BLOCK rows, the last one of fewer; nothing of it is mapped."""

    def __init__(self, stored: Stored, ends: Stored, schema: pa.Schema) -> None:
        """`ends` are the places behind each batch."""
        self._path, self._schema, self.names = stored.path, schema, frozenset(schema.names)
        self._ends = [0, *ends.part(0, len(ends)).tolist()]

    def take(self, places: Numbers) -> pa.Table:
        """These rows, whose places ascend."""
        blocks, rows = np.divmod(places, ROWS_PER_BLOCK)
        starts = np.flatnonzero(np.diff(blocks, prepend=-1))
        with self._path.open("rb") as file:
            found = [
                self._read(file.fileno(), block).take(pa.array(own))
                for block, own in zip(blocks[starts].tolist(), np.split(rows, starts[1:]), strict=True)
            ]
        return pa.Table.from_batches(found, self._schema)

    def _read(self, file: int, block: int) -> pa.RecordBatch:
        start, end = self._ends[block : block + 2]
        return pa.ipc.read_record_batch(pa.py_buffer(os.pread(file, end - start, start)), self._schema)


class _BlockWriter:
    """Writes such a file."""

    def __init__(self, schema: pa.Schema) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tierline-")
        self._path = Path(self._folder.name) / "blocks"
        self._file = self._path.open("wb")
        self._waiting = schema.empty_table()
        self._ends: list[int] = []

    def append(self, rows: pa.Table) -> None:
        """Take rows, of which only those of an unfinished block are held."""
        self._waiting = pa.concat_tables([self._waiting, rows.select(self._waiting.schema.names)])
        self._write(len(self._waiting) // ROWS_PER_BLOCK * ROWS_PER_BLOCK)

    def arrays(self, name: str) -> Arrays:
        """The file and the ends of its blocks, to publish; nothing can be appended after this."""
        self._write(len(self._waiting))
        self._file.close()
        return {name: self._parts(), f"{name}_ends": [np.array(self._ends, np.int64)]}

    def _write(self, rows: int) -> None:
        for start in range(0, rows, ROWS_PER_BLOCK):
            block = self._waiting.slice(start, min(ROWS_PER_BLOCK, rows - start)).combine_chunks()
            self._file.write(block.to_batches()[0].serialize())
            self._ends.append(self._file.tell())
        self._waiting = self._waiting.slice(rows)

    def _parts(self) -> Iterator[npt.NDArray[np.uint8]]:
        with self._folder:
            yield from parts_of(self._path)


def claim_arrays(keyed: Iterable[pa.Table]) -> Arrays:
    """Rows of KEYED as arrays to publish: words and text sketches in blocks of rows, keys, and hashes in order. Of words only what is given
    at once is held in memory."""
    keys, found = [KEYS.empty_table()], Sketches()
    writers = {name: _BlockWriter(schema) for name, schema in _BLOCKS.items()}
    for rows in keyed:
        keys.append(rows.select(KEYS.names))
        found.add(rows)
        for writer in writers.values():
            writer.append(rows)
    hashes, pages = found.ordered()
    whole = pa.concat_tables(keys)
    data = pa.RecordBatch.from_arrays([column.combine_chunks() for column in whole.columns], schema=KEYS).serialize()
    arrays: dict[str, Iterable[npt.NDArray[Any]]] = {"keys": [np.frombuffer(data, np.uint8)], "size": [np.array([len(whole)])]}
    for name, writer in writers.items():
        arrays |= writer.arrays(name)
    return arrays | {"hashes": [hashes], "pages": [pages]}
