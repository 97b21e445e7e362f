"""Sorted runs of 64-bit keys on disk: published completely or not at all, searched and merged in bounded memory."""

from __future__ import annotations

import contextlib
import json
import math
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp, mkstemp
from typing import Any

import numpy as np
import numpy.typing as npt

from tierline.config.checksum import file_sha256, file_state

Keys = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]
FAN_IN = 4  # runs of one size that are merged: each key is copied once for each power of four the index grows by
ENTRIES_PER_SLICE = 1 << 20  # entries sorted or merged in memory at a time, at about 80 bytes per entry
UNFINISHED = "unfinished-"
META, STATES = "meta.json", "states.json"
KEYS_PER_READ = 1 << 18  # 3 MB with their entries
SEARCH_FROM = 256  # keys in a run for each one looked up, from which a search of the map is cheaper than reading the run once through
KEYS_PER_SEARCH = 1 << 10  # of a map that is released afterwards: each may bring 64 KB of the file into memory

Entries = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Stored:
    """An array in its own file, whose rows are read on request and do not stay in memory."""

    path: Path
    kind: np.dtype[np.generic]
    shape: tuple[int, ...]

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Numbers) -> npt.NDArray[Any]:
        """These rows, in their order."""
        with self.path.open("rb") as file:
            data = read_rows(file.fileno(), self.kind.itemsize * math.prod(self.shape[1:]), rows)
        return np.frombuffer(data, self.kind).reshape(len(rows), *self.shape[1:])

    def part(self, first: int, last: int) -> npt.NDArray[Any]:
        """Rows from `first` up to `last`, which is left out."""
        width = math.prod(self.shape[1:])
        values = np.fromfile(self.path, self.kind, (last - first) * width, offset=first * width * self.kind.itemsize)
        return values.reshape(last - first, *self.shape[1:])

    def mapped(self) -> npt.NDArray[Any]:
        """The whole array by memory map."""
        return np.memmap(self.path, self.kind, "r", shape=self.shape) if 0 not in self.shape else np.empty(self.shape, self.kind)


def read_rows(file: int, size: int, rows: Numbers) -> bytes:
    """Rows of `size` bytes each of an open file, concatenated; neighbors are read at once."""
    starts = np.flatnonzero(np.diff(rows, prepend=-2) != 1)
    lengths = np.diff(starts, append=len(rows))
    places = zip(rows[starts].tolist(), lengths.tolist(), strict=True)
    return b"".join(os.pread(file, size * length, size * first) for first, length in places)


def publish(folder: Path, name: str, arrays: Mapping[str, Iterable[npt.NDArray[Any]]], meta: Mapping[str, object]) -> None:
    """Publish arrays and their metadata under `folder/name` atomically: a crash leaves nothing under that name.

    An array comes in parts, at least one, which are written in sequence.
    """
    unfinished = Path(mkdtemp(prefix=UNFINISHED, dir=folder))
    _seal(unfinished, folder / name, {key: _written(unfinished / key, parts) for key, parts in arrays.items()}, meta)


def opened(path: Path) -> tuple[dict[str, Stored], dict[str, object]] | None:
    """The arrays and metadata of a published folder; None, and the folder removed, if it is incomplete or not as it was written.

    The arrays are read through for this once for each state of their files, whichever process opens them.
    """
    try:
        said = json.loads((path / META).read_text())
        if said.pop("digest") != _digest(said):
            raise ValueError(f"{path / META} is not as it was written")
        arrays = {key: _stored(path / key, np.dtype(kind), tuple(shape)) for key, (kind, *shape) in said.pop("arrays").items()}
        _check(path, said.pop("checksums"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        shutil.rmtree(path, ignore_errors=True)
        return None
    return arrays, said


@dataclass(frozen=True, slots=True)
class Run:
    """Keys in ascending order and the document of each: a number that counts through the documents of all members.

    `members` names the shards' parts that the run covers, `rows` how many documents each has.
    """

    name: str
    keys: Stored
    entries: Stored
    members: tuple[str, ...]
    rows: tuple[int, ...]

    @classmethod
    def open(cls, path: Path) -> Run | None:
        """The run of this folder, or None if it is incomplete or was changed."""
        found = opened(path)
        if found is None:
            return None
        arrays, meta = found
        members, rows = meta["members"], meta["rows"]
        return cls(path.name, arrays["keys"], arrays["entries"], tuple(members), tuple(rows))  # type: ignore[arg-type]

    @property
    def starts(self) -> Numbers:
        """The first document number of each member."""
        return np.concatenate([[0], np.cumsum(self.rows)[:-1]]).astype(np.int64)

    def find(self, wanted: Keys) -> tuple[Numbers, Entries]:
        """(index into `wanted`, document number) of every entry with one of these keys, which are ascending and unique."""
        parts = self._searched(wanted) if SEARCH_FROM * len(wanted) < len(self.keys) else self._read_through(wanted)
        found = [(np.empty(0, np.int64), np.empty(0, np.uint32)), *parts]
        return np.concatenate([indices for indices, _ in found]), np.concatenate([entries for _, entries in found])

    def _searched(self, wanted: Keys) -> Iterator[tuple[Numbers, Entries]]:
        for start in range(0, len(wanted), KEYS_PER_SEARCH):
            keys, some = self.keys.mapped(), wanted[start : start + KEYS_PER_SEARCH]
            left = np.searchsorted(keys, some)
            counts = np.searchsorted(keys, some, side="right") - left
            places = np.repeat(left - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
            yield np.repeat(np.arange(len(some)), counts) + start, self.entries[places]

    def _read_through(self, wanted: Keys) -> Iterator[tuple[Numbers, Entries]]:
        from tierline.dedup.sorted_keys import match

        indices, places = np.empty((2, KEYS_PER_READ), np.int64)
        for start in range(0, len(self.keys), KEYS_PER_READ):
            end = min(len(self.keys), start + KEYS_PER_READ)
            keys = self.keys.part(start, end)
            first, last = np.searchsorted(wanted, keys[0]), np.searchsorted(wanted, keys[-1], side="right")
            hits = match(keys, wanted[first:last], indices, places)
            yield indices[:hits] + first, self.entries.part(start, end)[places[:hits]]


def write_run(folder: Path, name: str, keys: Keys, member: str) -> None:
    """The run of one member; `keys` has shape (documents, keys a document)."""
    flat = keys.ravel()
    bounds = slice_bounds(len(flat))
    slice_of_key = np.searchsorted(bounds, flat, side="right").astype(np.uint16)

    def slices() -> Iterator[tuple[Keys, Entries]]:
        for number in range(len(bounds) + 1):
            places = np.flatnonzero(slice_of_key == number)
            order = places[np.argsort(flat[places], kind="stable")]
            yield flat[order], (order // keys.shape[1]).astype(np.uint32)

    publish_run(folder, name, slices(), [member], [len(keys)])


def merge_runs(folder: Path, name: str, runs: Sequence[Run], alive: set[str]) -> None:
    """One run with the entries of all, except those of members that are no longer alive."""
    members = [(member, rows) for run in runs for member, rows in zip(run.members, run.rows, strict=True) if member in alive]
    starts = dict(zip([member for member, _ in members], np.cumsum([0, *(rows for _, rows in members)]).tolist(), strict=False))
    moves = [np.array([starts.get(member, -1) for member in run.members], np.int64) for run in runs]
    bounds = slice_bounds(sum(len(run.keys) for run in runs))
    cuts = [[0, *np.searchsorted(run.keys.mapped(), bounds).tolist(), len(run.keys)] for run in runs]

    def slices() -> Iterator[tuple[Keys, Entries]]:
        for number in range(len(bounds) + 1):
            pieces = [_moved(run, cut[number], cut[number + 1], move) for run, cut, move in zip(runs, cuts, moves, strict=True)]
            merged = np.concatenate([piece[0] for piece in pieces])
            order = np.argsort(merged, kind="stable")  # of sorted pieces: a merge, not a sort
            yield merged[order], np.concatenate([piece[1] for piece in pieces])[order]

    publish_run(folder, name, slices(), [member for member, _ in members], [rows for _, rows in members])


def slice_bounds(entries: int) -> Keys:
    """Keys that divide all 64-bit numbers into equal ranges of about ENTRIES_PER_SLICE entries each."""
    slices = max(1, -(-entries // ENTRIES_PER_SLICE))
    return np.array([part * (1 << 64) // slices for part in range(1, slices)], np.uint64)


def _moved(run: Run, first: int, last: int, move: Numbers) -> tuple[Keys, Entries]:
    """Keys and new document numbers of a slice, without the dead."""
    entries = run.entries.part(first, last).astype(np.int64)
    starts = run.starts
    member = np.searchsorted(starts, entries, side="right") - 1
    numbers = entries - starts[member] + move[member]
    living = move[member] >= 0
    return run.keys.part(first, last)[living], numbers[living].astype(np.uint32)


def publish_run(folder: Path, name: str, slices: Iterator[tuple[Keys, Entries]], members: Sequence[str], rows: Sequence[int]) -> None:
    """A run of these sorted slices, in the order of their ranges."""
    unfinished = Path(mkdtemp(prefix=UNFINISHED, dir=folder))
    length = 0
    with (unfinished / "keys").open("wb") as keys_file, (unfinished / "entries").open("wb") as entries_file:
        for keys, entries in slices:
            keys.tofile(keys_file)
            entries.tofile(entries_file)
            length += len(keys)
    _seal(unfinished, folder / name, {"keys": ("<u8", length), "entries": ("<u4", length)}, {"members": members, "rows": rows})


def _written(path: Path, parts: Iterable[npt.NDArray[Any]]) -> tuple[str | int, ...]:
    """Type and shape of the written array."""
    rows, part = 0, np.empty(0)
    with path.open("wb") as file:
        for part in parts:
            np.ascontiguousarray(part).tofile(file)
            rows += len(part)
    return (part.dtype.str, rows, *part.shape[1:])


def _seal(unfinished: Path, target: Path, arrays: Mapping[str, Sequence[str | int]], meta: Mapping[str, object]) -> None:
    """Sync a written folder to the disk, then rename it. If the name is taken, the same content is there already.

    `arrays` gives type and shape of each file.
    """
    said = {"arrays": arrays, "checksums": {name: file_sha256(unfinished / name) for name in arrays}, **meta}
    (unfinished / META).write_text(json.dumps(said | {"digest": _digest(said)}))
    _note_states(unfinished, arrays)
    for path in unfinished.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    try:
        unfinished.rename(target)
    except OSError:
        shutil.rmtree(unfinished)
        if not target.exists():
            raise


def _digest(said: Mapping[str, object]) -> str:
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _check(path: Path, checksums: Mapping[str, str]) -> None:
    """ValueError if a file is not as it was written. States are a note that nothing depends on: a wrong one has the file read again."""
    try:
        known = json.loads((path / STATES).read_text())
    except (OSError, ValueError):
        known = {}
    changed = [name for name in checksums if not isinstance(known, dict) or known.get(name) != file_state(path / name)]
    for name in changed:
        if file_sha256(path / name) != checksums[name]:
            raise ValueError(f"{path / name} is not as it was written")
    if changed:
        with contextlib.suppress(OSError):  # a folder that cannot be written is read through each time
            _note_states(path, checksums)


def _note_states(path: Path, names: Iterable[str]) -> None:
    text = json.dumps({name: file_state(path / name) for name in names})
    handle, unfinished = mkstemp(dir=path, prefix=UNFINISHED)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    Path(unfinished).replace(path / STATES)


def _stored(path: Path, kind: np.dtype[np.generic], shape: tuple[int, ...]) -> Stored:
    if path.stat().st_size != kind.itemsize * math.prod(shape):
        raise ValueError(f"{path} is not as long as it was")
    return Stored(path, kind, shape)
