"""Sorted runs of 64-bit keys on disk: published whole or not at all, looked up and merged in bounded memory."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]
FAN_IN = 4  # runs of one size that are merged: each key is copied once for each power of four the index grows by
ENTRIES_PER_SLICE = 1 << 20  # what a merge holds in memory at a time, at about 80 bytes an entry
UNFINISHED = "unfinished-"
KEYS_PER_READ = 1 << 18  # 3 MB with their entries
SEARCH_FROM = 256  # keys in a run for each one looked up, from which a search of the map is cheaper than reading the run once through


@dataclass(frozen=True, slots=True)
class Stored:
    """An array in a file of its own, of which rows are read as they are asked for: what was read does not stay in memory."""

    path: Path
    kind: np.dtype[np.generic]
    shape: tuple[int, ...]

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Numbers) -> npt.NDArray[np.generic]:
        """These rows, in their order."""
        with self.path.open("rb") as file:
            data = read_rows(file.fileno(), self.kind.itemsize * int(np.prod(self.shape[1:])), rows)
        return np.frombuffer(data, self.kind).reshape(len(rows), *self.shape[1:])

    def whole(self) -> npt.NDArray[np.generic]:
        """All of it by memory map."""
        return np.memmap(self.path, self.kind, "r", shape=self.shape) if 0 not in self.shape else np.empty(self.shape, self.kind)


def read_rows(file: int, size: int, rows: Numbers) -> bytes:
    """Rows of `size` bytes each of an open file, one behind the other; neighbours are read at once."""
    starts = np.flatnonzero(np.diff(rows, prepend=-2) != 1)
    lengths = np.diff(starts, append=len(rows))
    places = zip(rows[starts].tolist(), lengths.tolist(), strict=True)
    return b"".join(os.pread(file, size * length, size * first) for first, length in places)


def publish(folder: Path, name: str, arrays: Mapping[str, npt.NDArray[np.generic]], meta: Mapping[str, object]) -> None:
    """Put arrays and what is known of them under `folder/name`, all at once: a crash leaves nothing under that name."""
    unfinished = Path(mkdtemp(prefix=UNFINISHED, dir=folder))
    for key, values in arrays.items():
        np.ascontiguousarray(values).tofile(unfinished / key)
    seal(unfinished, folder / name, {key: (values.dtype.str, *values.shape) for key, values in arrays.items()}, meta)


def seal(unfinished: Path, target: Path, arrays: Mapping[str, Sequence[str | int]], meta: Mapping[str, object]) -> None:
    """Bring a written folder to the disk, then to its name. Where the name is taken, the same thing is there already.

    `arrays` says of each file its type and shape.
    """
    (unfinished / "meta.json").write_text(json.dumps({"arrays": arrays, **meta}))
    for path in unfinished.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    try:
        unfinished.rename(target)
    except OSError:
        shutil.rmtree(unfinished)
        if not target.exists():
            raise


def opened(path: Path) -> tuple[dict[str, Stored], dict[str, object]] | None:
    """The arrays of a published folder and its meta; None, and the folder gone, where it is not whole."""
    try:
        meta = json.loads((path / "meta.json").read_text())
        arrays = {key: _stored(path / key, np.dtype(kind), tuple(shape)) for key, (kind, *shape) in meta.pop("arrays").items()}
    except (OSError, ValueError, KeyError):
        shutil.rmtree(path, ignore_errors=True)
        return None
    return arrays, meta


@dataclass(frozen=True, slots=True)
class Run:
    """Keys in ascending order and the document of each: a number that counts through the documents of all members.

    `members` names the shards' parts that the run covers, `rows` how many documents each has.
    """

    path: Path
    keys: Keys
    entries: npt.NDArray[np.uint32]
    members: tuple[str, ...]
    rows: tuple[int, ...]

    @classmethod
    def open(cls, path: Path) -> Run | None:
        """The run of this folder, or None where it is not whole."""
        found = opened(path)
        if found is None:
            return None
        arrays, meta = found
        members, rows = meta["members"], meta["rows"]
        keys, entries = (arrays[name].whole() for name in ("keys", "entries"))
        return cls(path, keys, entries, tuple(members), tuple(rows))  # type: ignore[arg-type]

    @property
    def name(self) -> str:
        """Of its folder."""
        return self.path.name

    @property
    def starts(self) -> Numbers:
        """The first document number of each member."""
        return np.concatenate([[0], np.cumsum(self.rows)[:-1]]).astype(np.int64)

    def find(self, wanted: Keys) -> tuple[Numbers, npt.NDArray[np.uint32]]:
        """(index into `wanted`, document number) of every entry with one of these keys, which are ascending and unique."""
        if SEARCH_FROM * len(wanted) < len(self.keys):
            return _hits(self.keys, self.entries, wanted, np.searchsorted(self.keys, wanted))
        from tierline.kernels.sorted_keys import first_places

        found = [(np.empty(0, np.int64), np.empty(0, np.uint32))]
        with (self.path / "keys").open("rb") as keys_file, (self.path / "entries").open("rb") as entries_file:
            for _ in range(0, len(self.keys), KEYS_PER_READ):
                keys = np.fromfile(keys_file, np.uint64, KEYS_PER_READ)
                entries = np.fromfile(entries_file, np.uint32, KEYS_PER_READ)
                first, last = np.searchsorted(wanted, keys[0]), np.searchsorted(wanted, keys[-1], side="right")
                places = np.empty(last - first, np.int64)
                first_places(keys, wanted[first:last], places)
                near, numbers = _hits(keys, entries, wanted[first:last], places)
                found.append((near + first, numbers))
        return np.concatenate([near for near, _ in found]), np.concatenate([numbers for _, numbers in found])


def _hits(keys: Keys, entries: npt.NDArray[np.uint32], wanted: Keys, left: Numbers) -> tuple[Numbers, npt.NDArray[np.uint32]]:
    """(index into `wanted`, entry) of all keys that are wanted; `left` is where each would stand first. There is a key."""
    hit = np.flatnonzero(keys[np.minimum(left, len(keys) - 1)] == wanted)
    left = left[hit]
    counts = np.searchsorted(keys, wanted[hit], side="right") - left
    before = np.cumsum(counts) - counts
    positions = np.repeat(left - before, counts) + np.arange(counts.sum())
    return np.repeat(hit, counts), entries[positions]


def write_run(folder: Path, name: str, keys: Keys, member: str) -> None:
    """The run of one member; `keys` has shape (documents, keys a document)."""
    order = np.argsort(keys.ravel(), kind="stable")
    entries = (order // keys.shape[1]).astype(np.uint32)
    publish(folder, name, {"keys": keys.ravel()[order], "entries": entries}, {"members": [member], "rows": [len(keys)]})


def merge_runs(folder: Path, name: str, runs: Sequence[Run], alive: set[str]) -> None:
    """One run with the entries of all, less those of members that are no longer alive."""
    members = [(member, rows) for run in runs for member, rows in zip(run.members, run.rows, strict=True) if member in alive]
    starts = dict(zip([member for member, _ in members], np.cumsum([0, *(rows for _, rows in members)]).tolist(), strict=False))
    moves = [np.array([starts.get(member, -1) for member in run.members], np.int64) for run in runs]
    total = sum(len(run.keys) for run in runs)
    slices = max(1, -(-total // ENTRIES_PER_SLICE))
    bounds = [part * (1 << 64) // slices for part in range(1, slices)]
    cuts = [[0, *np.searchsorted(run.keys, np.array(bounds, np.uint64)).tolist(), len(run.keys)] for run in runs]
    unfinished = Path(mkdtemp(prefix=UNFINISHED, dir=folder))
    length = 0
    with (unfinished / "keys").open("wb") as keys, (unfinished / "entries").open("wb") as entries:
        for part in range(slices):
            pieces = [_moved(run, cut[part], cut[part + 1], move) for run, cut, move in zip(runs, cuts, moves, strict=True)]
            merged = np.concatenate([piece[0] for piece in pieces])
            order = np.argsort(merged, kind="stable")  # of sorted pieces: a merge, not a sort
            merged[order].tofile(keys)
            np.concatenate([piece[1] for piece in pieces])[order].tofile(entries)
            length += len(order)
    meta = {"members": [member for member, _ in members], "rows": [rows for _, rows in members]}
    seal(unfinished, folder / name, {"keys": ("<u8", length), "entries": ("<u4", length)}, meta)


def _moved(run: Run, first: int, last: int, move: Numbers) -> tuple[Keys, npt.NDArray[np.uint32]]:
    """Keys and new document numbers of a slice, without the dead."""
    entries = np.asarray(run.entries[first:last]).astype(np.int64)
    starts = run.starts
    member = np.searchsorted(starts, entries, side="right") - 1
    numbers = entries - starts[member] + move[member]
    living = move[member] >= 0
    return np.asarray(run.keys[first:last])[living], numbers[living].astype(np.uint32)


def _stored(path: Path, kind: np.dtype[np.generic], shape: tuple[int, ...]) -> Stored:
    if path.stat().st_size != kind.itemsize * int(np.prod(shape)):
        raise ValueError(f"{path} is not as long as it was")
    return Stored(path, kind, shape)
