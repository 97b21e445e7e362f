"""Makes one run of the keys of many members by a partitioned shuffle: nobody holds more than the keys of one part or of one range."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tierline.compute.workers import Workers
from tierline.dedup.runs import Entries, Keys, publish_run, slice_bounds

Part = tuple[int, Sequence[npt.NDArray[Any]]]  # the number of its first document in the run, and what keys are made of
Piece = tuple[Keys, Entries]  # ascending keys, and for each the number of its document in the run


def write_shuffled_run(
    folder: Path,
    name: str,
    parts: Iterable[Part],
    hashed: Callable[..., Keys],
    members: Sequence[str],
    rows: Sequence[int],
    per_row: int,
    workers: Workers,
) -> None:
    """The run that `write_run` of each member and `merge_runs` of them all would make. `parts` are of the members in order, and `hashed`
    makes keys of shape (documents, per_row) of a part's arrays."""
    bounds = slice_bounds(sum(rows) * per_row)
    slices = workers.shuffle("sort keys", partial(split_keys, hashed=hashed, bounds=bounds), merge_pieces, parts, len(bounds) + 1)
    publish_run(folder, name, slices, members, rows)


def split_keys(part: Part, hashed: Callable[..., Keys], bounds: Keys) -> list[Piece]:
    """A part's keys by range, each sorted; equal keys in the order of the documents."""
    before, arrays = part
    keys = hashed(*arrays)
    flat = keys.ravel()
    order = np.argsort(flat, kind="stable")
    entries = (before + order // keys.shape[1]).astype(np.uint32)
    cuts = [0, *np.searchsorted(flat[order], bounds).tolist(), len(flat)]
    return [(flat[order[start:end]], entries[start:end]) for start, end in pairwise(cuts)]


def merge_pieces(pieces: Sequence[Piece]) -> Piece:
    """One range of all parts, in their order."""
    keys = np.concatenate([keys for keys, _ in pieces])
    order = np.argsort(keys, kind="stable")
    return keys[order], np.concatenate([entries for _, entries in pieces])[order]
