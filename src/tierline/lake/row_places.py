"""Where rows are, by their ids: a compact index of each shard, so that a row is found without reading the others of a large lake.

It is derived: made of a shard's ids when first asked for, kept under the digest of its rows, and made again where it is lost or damaged.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt

from tierline.lake.manifest import Manifest
from tierline.lake.store import Lake
from tierline.tables import TABLES

FOLDER = "places"  # of the lake's derived data
SUM_BYTES = 4  # a checksum of the rest stands first
Keys = npt.NDArray[np.uint32]


class RowPlaces:
    """Places of rows in the tables of a lake. What was read once is held: 8 bytes for each row of a table that was asked for."""

    def __init__(self, lake: Lake) -> None:
        self._lake, self._folder = lake, lake.cache_dir / FOLDER
        self._known: dict[tuple[str, str], tuple[Keys, Keys]] = {}
        self._written: set[str] = set()  # tables whose indexes of states that are gone are still to be removed

    def find(self, manifests: Iterable[Manifest], ids: Iterable[str]) -> list[tuple[Manifest, list[int]]]:
        """(manifest, places in its stored order, ascending) of the rows of one table that may have one of the ids: all that do, and one in
        billions that does not. LakeUnavailable, Damaged."""
        asked = np.unique(_keys(ids))
        found: list[tuple[Manifest, list[int]]] = []
        for manifest in manifests:
            keys, places = self._index(manifest)
            first, last = np.searchsorted(keys, asked), np.searchsorted(keys, asked, side="right")
            own = sorted(place for start, end in zip(first.tolist(), last.tolist(), strict=True) for place in places[start:end].tolist())
            if own:
                found.append((manifest, own))
        self._forget_others()
        return found

    def _index(self, manifest: Manifest) -> tuple[Keys, Keys]:
        name = manifest.table, manifest.digest
        if name not in self._known:
            path = self._folder / f"{manifest.table}-{manifest.digest}"
            held = _read(path, manifest.rows)
            if held is None:
                held = self._made(manifest)
                self._write(path, held)
                self._written.add(manifest.table)
            self._known[name] = held
        return self._known[name]

    def _made(self, manifest: Manifest) -> tuple[Keys, Keys]:
        spec = TABLES[manifest.table]
        stored = self._lake.delta.stream_files(manifest.table, manifest.files, spec.schema, [spec.key])
        keys = np.concatenate([np.empty(0, np.uint32), *(_keys(batch.column(0).to_pylist()) for batch in stored)])
        order = np.argsort(keys, kind="stable").astype(np.uint32)
        return keys[order], order

    def _write(self, path: Path, held: tuple[Keys, Keys]) -> None:
        content = b"".join(part.astype("<u4").tobytes() for part in held)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f".{path.name}-{os.getpid()}")
            unfinished.write_bytes(crc32(content).to_bytes(SUM_BYTES, "little") + content)
            unfinished.replace(path)
        except OSError:  # a disk that is full or cannot be written to: it is made again
            return

    def _forget_others(self) -> None:
        while self._written:
            table = self._written.pop()
            present = {f"{table}-{manifest.digest}" for manifest in self._lake.manifests(table)}
            for path in self._folder.glob(f"{table}-*"):
                if path.name not in present:
                    with contextlib.suppress(OSError):
                        path.unlink(missing_ok=True)


def _keys(ids: Iterable[str | None]) -> Keys:
    return np.fromiter((crc32((one or "").encode()) for one in ids), np.uint32)


def _read(path: Path, rows: int) -> tuple[Keys, Keys] | None:
    """None where it is not whole."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if len(content) != SUM_BYTES + 8 * rows or int.from_bytes(content[:SUM_BYTES], "little") != crc32(content[SUM_BYTES:]):
        return None
    both = np.frombuffer(content, np.dtype("<u4"), offset=SUM_BYTES)
    return both[:rows], both[rows:]
