"""Finds rows of prior shards by 64-bit keys: local sorted runs, derived from promoted tables and rebuilt wherever they are missing."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from filelock import FileLock

from tierline.compute.workers import IN_PROCESS, Workers
from tierline.dedup.runs import FAN_IN, UNFINISHED, Keys, Numbers, Run, Stored, merge_runs, opened, publish, write_run
from tierline.dedup.shuffled import write_shuffled_run
from tierline.errors import BadInput
from tierline.lake import Manifest
from tierline.tables import content_id

DOCUMENTS_PER_PART = 1 << 14  # whose keys are made at a time: 16 MB of vectors
ROW_BITS = 32  # a document's number is its shard's place among the earlier ones, then its row: the smaller one is earlier


class KeyIndex(ABC):
    """Finds documents of prior shards by their keys, at a cost that depends on the query and not on the size of the corpus.

    Each promoted state of a shard is a member: what is known of its documents, written once under a name that depends on the
    state's content digest. Runs hold the members' keys; small ones are merged into larger ones (O'Neil et al. 1996, The
    log-structured merge-tree). A lookup counts only the members it is given, so entries of a shard that was written again,
    quarantined, or registered later are never seen; merging forgets those that no current state needs.
    """

    def __init__(self, folder: Path, bucket_max: int, hashed: Callable[..., Keys], keyed: Sequence[str]) -> None:
        """`folder` is of this kind of keys alone; of a key that many documents share, the first `bucket_max` count.

        `hashed` makes keys of shape (documents, keys a document) of the arrays named `keyed`, here or in a worker's process.
        """
        self._folder, self._bucket_max, self._hashed, self._keyed = folder, bucket_max, hashed, keyed
        self._members: list[Manifest] = []
        self._runs: list[tuple[Run, Numbers]] = []  # each with the places of its members among those covered, -1 for others
        self._opened: dict[str, dict[str, Stored]] = {}

    @abstractmethod
    def _arrays(self, manifest: Manifest) -> Mapping[str, Iterable[npt.NDArray[Any]]]:
        """What to keep of a member, `ids` among it; each array in parts."""

    def cover(self, members: Sequence[Manifest], alive: Sequence[Manifest], workers: Workers = IN_PROCESS) -> None:
        """Make these members searchable, in this order; `alive` are all states that may still be requested.

        The cost depends on what is new since the last call by any process, plus an occasional merge. Where there is much, as on a new
        host, workers of a cluster hash and sort it; one process merges run by run instead, which takes less memory.
        """
        self._members = list(members)
        places = {_name(member): place for place, member in enumerate(members)}
        self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / "lock"):
            for unfinished in self._folder.glob(f"{UNFINISHED}*"):
                shutil.rmtree(unfinished, ignore_errors=True)
            runs = [run for path in sorted(self._folder.glob("run_*")) if (run := Run.open(path))]
            covered = {member for run in runs for member in run.members}
            new = [(one, name) for one, name in zip(self._members, places, strict=True) if name not in covered]
            living = {_name(one) for one in alive} if new else set[str]()
            if workers is not IN_PROCESS and len(new) >= FAN_IN:
                runs, new = self._merged([*runs, self._shuffled_run(new, workers)], living), []
            for manifest, name in new:
                runs = self._merged([*runs, self._new_run(manifest, name)], living)
            self._runs = [(run, np.array([places.get(member, -1) for member in run.members], np.int64)) for run in runs]

    def find(self, keys: Keys) -> tuple[Numbers, Numbers]:
        """(row of `keys`, number of a covered document) for every two that share a key; pairs unique and in order.

        `keys` has shape (n, keys a document). If many documents share a key, the first `bucket_max` count.
        """
        wanted, inverse = np.unique(keys.ravel(), return_inverse=True)
        found = [_find_in(run, places, wanted) for run, places in self._runs]
        key = np.concatenate([np.empty(0, np.int64), *(one[0] for one in found)])
        number = np.concatenate([np.empty(0, np.int64), *(one[1] for one in found)])
        order = np.lexsort((number, key))
        key, number = key[order], number[order]
        first = np.searchsorted(key, key)
        near = np.arange(len(key)) - first < self._bucket_max
        key, number = key[near], number[near]
        return _pairs(inverse, keys.shape, key, number)

    def ids(self, numbers: Numbers) -> list[str]:
        """Of these documents, in their order."""
        ids: list[str] = [""] * len(numbers)
        for rows, wanted, member in self._by_member(numbers):
            for row, value in zip(rows.tolist(), member["ids"][wanted].tolist(), strict=True):
                ids[row] = value.decode()
        return ids

    def _by_member(self, numbers: Numbers) -> Iterator[tuple[Numbers, Numbers, dict[str, Stored]]]:
        """(places in `numbers`, rows of the member, its arrays) of each member that has some of them."""
        places = numbers >> ROW_BITS
        order = np.argsort(places, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(places[order])) + 1) if len(order) else []:
            yield rows, numbers[rows] & ((1 << ROW_BITS) - 1), self._member(self._members[int(places[rows[0]])])

    def _member(self, manifest: Manifest) -> dict[str, Stored]:
        """The member's arrays; rebuilt from the lake if they are not on this disk."""
        name = _name(manifest)
        if name not in self._opened:
            path = self._folder / name
            found = opened(path) if path.exists() else None
            if found is None:
                publish(self._folder, name, self._arrays(manifest), {"shard": manifest.shard})
                found = opened(path)
            if found is None:
                raise BadInput("cannot be read back", str(path), "check the disk and its free space")
            self._opened[name] = found[0]
        return self._opened[name]

    def _new_run(self, manifest: Manifest, name: str) -> Run:
        keys = np.concatenate([self._hashed(*arrays) for _, arrays in self._parts(manifest)])
        return self._run(content_id("run", [name]), lambda target: write_run(self._folder, target, keys, name))

    def _shuffled_run(self, new: Sequence[tuple[Manifest, str]], workers: Workers) -> Run:
        names, rows = [name for _, name in new], [len(self._member(manifest)["ids"]) for manifest, _ in new]
        befores = np.cumsum([0, *rows]).tolist()
        parts = (
            (before + start, arrays) for before, (manifest, _) in zip(befores, new, strict=False) for start, arrays in self._parts(manifest)
        )
        nothing = (self._member(new[0][0])[name].part(0, 0) for name in self._keyed)
        per_row = self._hashed(*nothing).shape[1]
        write = partial(write_shuffled_run, parts=parts, hashed=self._hashed, members=names, rows=rows, per_row=per_row, workers=workers)
        return self._run(content_id("run", names), lambda target: write(self._folder, target))

    def _parts(self, manifest: Manifest) -> Iterator[tuple[int, list[npt.NDArray[Any]]]]:
        """(first document, what keys are made of), part by part; one without documents where the member has none."""
        member = self._member(manifest)
        rows = len(member["ids"])
        for start in range(0, max(1, rows), DOCUMENTS_PER_PART):
            yield start, [member[name].part(start, min(rows, start + DOCUMENTS_PER_PART)) for name in self._keyed]

    def _merged(self, runs: list[Run], alive: set[str]) -> list[Run]:
        """Runs with at most three of one order of magnitude (to base four)."""
        while True:
            sizes: dict[int, list[Run]] = {}
            for run in runs:
                sizes.setdefault(max(1, len(run.keys)).bit_length() // 2, []).append(run)
            crowd = next((group for group in sizes.values() if len(group) >= FAN_IN), None)
            if crowd is None:
                return runs
            covered = [member for run in crowd for member in run.members if member in alive]
            merged = self._run(content_id("run", covered), lambda target, crowd=crowd: merge_runs(self._folder, target, crowd, alive))
            runs = [run for run in runs if run not in crowd] + [merged]
            for run in crowd:
                if run.name != merged.name:
                    shutil.rmtree(self._folder / run.name, ignore_errors=True)  # processes that have it open keep it
            for dead in {member for run in crowd for member in run.members} - alive:
                shutil.rmtree(self._folder / dead, ignore_errors=True)

    def _run(self, name: str, write: Callable[[str], None]) -> Run:
        write(name)
        run = Run.open(self._folder / name)
        if run is None:
            raise BadInput("cannot be read back", str(self._folder / name), "check the disk and its free space")
        return run


def _find_in(run: Run, places: Numbers, wanted: Keys) -> tuple[Numbers, Numbers]:
    """(key, number) of the run's entries that have one of the keys, of members that have a place."""
    key, entry = run.find(wanted)
    starts = run.starts
    member = np.searchsorted(starts, entry, side="right") - 1
    counted = places[member] >= 0
    numbers = (places[member] << ROW_BITS) + entry - starts[member]
    return key[counted], numbers[counted]


def _pairs(inverse: Numbers, shape: tuple[int, ...], key: Numbers, number: Numbers) -> tuple[Numbers, Numbers]:
    """Every (row, number) whose row has the key, once."""
    left, right = np.searchsorted(key, inverse), np.searchsorted(key, inverse, side="right")
    counts = right - left
    rows = np.repeat(np.arange(len(inverse)) // shape[1], counts)
    numbers = number[np.repeat(left - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())]
    order = np.lexsort((numbers, rows))
    rows, numbers = rows[order], numbers[order]
    new = np.ones(len(rows), bool)
    new[1:] = (rows[1:] != rows[:-1]) | (numbers[1:] != numbers[:-1])
    return rows[new], numbers[new]


def _name(manifest: Manifest) -> str:
    return content_id("member", manifest.shard, manifest.digest)
