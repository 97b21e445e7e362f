"""Keyed claims in memory or on disk: keys and text sketches are read as columns, words of the rows that are asked for."""

from __future__ import annotations

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
from tierline.knowledge.row_files import parts_of, stream_of

ROWS_PER_BLOCK = 256  # some 400 KB of words, read at once
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

    def __len__(self) -> int:
        return self._rows

    @property
    def keys(self) -> pa.Table:
        """As of ClaimRows."""
        with pa.OSFile(str(self._stored["keys"].path)) as file, pa.ipc.open_stream(file) as reader:
            return reader.read_all()

    def take(self, places: Numbers, columns: Sequence[str]) -> pa.Table:
        """As of ClaimRows: block by block."""
        blocks, rows = np.divmod(places, ROWS_PER_BLOCK)
        starts = np.flatnonzero(np.diff(blocks, prepend=-1))
        with self._opened(columns) as file:
            found = [
                file.get_batch(block).take(pa.array(own)).select(list(columns))
                for block, own in zip(blocks[starts].tolist(), np.split(rows, starts[1:]), strict=True)
            ]
        return pa.Table.from_batches(found, pa.schema([STATED.field(name) for name in columns]))

    def cuts(self, bounds: Hashes) -> list[int]:
        """As of ClaimRows."""
        return np.searchsorted(self._stored["hashes"].mapped(), bounds).tolist()

    def sketches(self, first: int, last: int) -> tuple[Hashes, Keys]:
        """As of ClaimRows."""
        return self._stored["hashes"].part(first, last), self._stored["pages"].part(first, last)

    def _opened(self, columns: Sequence[str]) -> pa.ipc.RecordBatchFileReader:
        options = pa.ipc.IpcReadOptions(included_fields=[STATED.get_field_index(name) for name in columns])
        return pa.ipc.open_file(pa.OSFile(str(self._stored["rows"].path)), options=options)


def claim_arrays(keyed: Iterable[pa.Table]) -> Arrays:
    """Rows of KEYED as arrays to publish: words in blocks of rows, keys, sketches in order of their hashes. Of the words only what is
    given at once is held in memory."""
    folder = tempfile.TemporaryDirectory(prefix="tierline-")
    path = Path(folder.name) / "rows.arrow"
    keys, found, waiting = [KEYS.empty_table()], Sketches(), STATED.empty_table()
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, STATED) as writer:
        for table in keyed:
            keys.append(table.select(KEYS.names))
            found.add(table)
            waiting = pa.concat_tables([waiting, table.select(STATED.names)])
            if full := len(waiting) // ROWS_PER_BLOCK * ROWS_PER_BLOCK:
                writer.write_table(waiting.slice(0, full).combine_chunks(), ROWS_PER_BLOCK)
                waiting = waiting.slice(full)
        if len(waiting):
            writer.write_table(waiting.combine_chunks())
    hashes, pages = found.ordered()
    of_all = pa.concat_tables(keys)

    def words() -> Iterator[npt.NDArray[np.uint8]]:
        with folder:
            yield from parts_of(path)

    return {"rows": words(), "keys": stream_of(of_all), "hashes": [hashes], "pages": [pages], "size": [np.array([len(of_all)])]}
