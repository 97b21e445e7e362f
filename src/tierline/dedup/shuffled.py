"""Makes one run of the keys of many members by a partitioned shuffle: nobody sorts or holds more than one range of the keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np

from tierline.compute.workers import Workers
from tierline.dedup.runs import Entries, Keys, publish_run, slice_bounds

Piece = tuple[Keys, Entries]  # ascending keys, and for each the number of its document in the run


def write_shuffled_run(
    folder: Path, name: str, keys: Iterable[tuple[int, Keys]], members: Sequence[str], rows: Sequence[int], per_row: int, workers: Workers
) -> None:
    """The run that `write_run` of each member and `merge_runs` of them all would make. `keys` gives of each member, in order, how many
    documents come before it, and its keys of shape (documents, per_row)."""
    bounds = slice_bounds(sum(rows) * per_row)
    slices = workers.shuffle("sort keys", partial(split_keys, bounds=bounds), merge_pieces, keys, len(bounds) + 1)
    publish_run(folder, name, slices, members, rows)


def split_keys(member: tuple[int, Keys], bounds: Keys) -> list[Piece]:
    """A member's keys by range, each sorted; equal keys in the order of the documents."""
    before, keys = member
    flat = keys.ravel()
    order = np.argsort(flat, kind="stable")
    entries = (before + order // keys.shape[1]).astype(np.uint32)
    cuts = [0, *np.searchsorted(flat[order], bounds).tolist(), len(flat)]
    return [(flat[order[start:end]], entries[start:end]) for start, end in pairwise(cuts)]


def merge_pieces(pieces: Sequence[Piece]) -> Piece:
    """One range of all members, in their order."""
    keys = np.concatenate([keys for keys, _ in pieces])
    order = np.argsort(keys, kind="stable")
    return keys[order], np.concatenate([entries for _, entries in pieces])[order]
