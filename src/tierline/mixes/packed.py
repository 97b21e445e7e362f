"""Reads an exported mix like a trainer: windows of tokens by number, a resumable stream, and the row behind any position."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from tierline.config.checksum import file_sha256
from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.mixes.contract import check_documents, check_documents_now
from tierline.mixes.indexed import Tokens, map_indexed

MANIFEST, TOKENS, DOCUMENTS = "manifest.json", "tokens", "documents.parquet"
STREAM = (f"{TOKENS}.bin", f"{TOKENS}.idx", DOCUMENTS)


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive windows of the stream.

    `tokens` has shape (windows, length + 1): a window's last token is only a target, and is the next window's first.
    `documents` has the same shape: the number of the document that each token is of, for attention that stops at its borders.
    `positions` has shape (windows,): where in the stream each window begins.
    """

    number: int
    tokens: Tokens
    documents: Tokens
    positions: Tokens


@dataclass(frozen=True, slots=True)
class StreamState:
    """The position of a stream of batches: the mix, the shape, and the next batch. Plain values, so that any checkpoint can hold it."""

    mix: str
    windows: int
    length: int
    next_batch: int


class PackedMix:
    """A mix that `tierline export` wrote. The order of its tokens is the order of training; nothing is shuffled here.

    Opening it reads every file once and refuses files that differ from the manifest and rows that break the contract (BadInput);
    `check=False` leaves that out, for the second and further processes on one machine. With the lake at hand it also refuses a mix that
    draws on rows that are quarantined, changed, removed or contaminated by now (NotPromoted, BadInput). Tokens stay on disk.
    """

    def __init__(self, folder: str | Path, check: bool = True, lake: Lake | None = None) -> None:
        self.folder = Path(folder)
        self.manifest = read_manifest(self.folder)
        if check:
            check_files(self.folder, self.manifest)
            check_documents(self.folder / DOCUMENTS, self.manifest["contract"])
        if lake:
            check_documents_now(self.folder / DOCUMENTS, self.manifest, lake)
        self._indexed = map_indexed(self.folder / TOKENS)
        self._documents: pq.ParquetFile | None = None
        self._group_ends: Tokens = np.empty(0, np.int64)

    def __len__(self) -> int:
        """Tokens, the end of each document counted."""
        return len(self._indexed.tokens)

    @property
    def digest(self) -> str:
        """Of tokens and documents: two mixes with the same digest are the same stream."""
        return str(self.manifest["digest"])

    @property
    def documents(self) -> int:
        """How many there are, repeats counted."""
        return len(self._indexed.pointers)

    def batches(self, windows: int, length: int) -> int:
        """How many whole batches of that shape the mix holds; a rest at the end is in none."""
        return (len(self) - 1) // length // windows

    def batch(self, number: int, windows: int, length: int) -> Batch:
        """Batch `number`, from 0, of `windows` windows of `length` tokens. BadInput if the mix ends before it."""
        if not 0 <= number < self.batches(windows, length):
            held = f"the mix holds {self.batches(windows, length)} batches of {windows} x {length} tokens"
            raise BadInput(f"there is no batch {number}: {held}", str(self.folder), "train on fewer tokens, or export a larger mix")
        first = number * windows * length
        positions = first + np.arange(windows, dtype=np.int64) * length
        taken = positions[:, None] + np.arange(length + 1)
        stretch = slice(first, first + windows * length + 1)
        return Batch(number, self._indexed.tokens[stretch][taken - first], self._owners(stretch)[taken - first], positions)

    def stream(self, windows: int, length: int, state: StreamState | None = None) -> MixStream:
        """Batches in order, from the first or from a state. BadInput if the state belongs to another stream."""
        if state is None:
            return MixStream(self, StreamState(self.digest, windows, length, 0))
        if (state.mix, state.windows, state.length) != (self.digest, windows, length):
            ask = f"this one is mix {self.digest[:12]} in {windows} x {length}"
            found = f"the state is of mix {state.mix[:12]} in {state.windows} x {state.length} tokens"
            raise BadInput(f"{found}, {ask}", str(self.folder), "resume on the mix and batch shape that the state was taken on")
        return MixStream(self, state)

    def row_at(self, position: int) -> str:
        """Id of the mix's row to which the token at this position of the stream belongs."""
        return str(self.document_at(position)["row_id"])

    def document_at(self, position: int) -> dict[str, Any]:
        """That row without its text: where it came from, where its tokens begin. BadInput if the stream ends before."""
        if not 0 <= position < len(self):
            raise BadInput(f"there is no position {position}: the mix holds {len(self)} tokens", str(self.folder))
        return self._document(self._indexed.document_at(position))

    def _document(self, number: int) -> dict[str, Any]:
        if self._documents is None:
            self._documents = pq.ParquetFile(self.folder / DOCUMENTS)
            groups = range(self._documents.num_row_groups)
            self._group_ends = np.cumsum([self._documents.metadata.row_group(group).num_rows for group in groups])
        group = int(np.searchsorted(self._group_ends, number, side="right"))
        before = int(self._group_ends[group - 1]) if group else 0
        return self._documents.read_row_group(group, use_threads=False).slice(number - before, 1).to_pylist()[0]

    def _owners(self, stretch: slice) -> Tokens:
        """The document of each token of a stretch; shape (tokens of the stretch,)."""
        first, last = self._indexed.document_at(stretch.start), self._indexed.document_at(stretch.stop - 1)
        starts = self._indexed.starts(first, last)
        return first + np.searchsorted(starts, np.arange(stretch.start, stretch.stop), side="right") - 1


class MixStream(Iterator[Batch]):
    """Iterates over batches; `state()` at any moment is where to continue."""

    def __init__(self, mix: PackedMix, state: StreamState) -> None:
        self._mix, self._state, self._next = mix, state, state.next_batch

    def __next__(self) -> Batch:
        if self._next >= self._mix.batches(self._state.windows, self._state.length):
            raise StopIteration
        batch = self._mix.batch(self._next, self._state.windows, self._state.length)
        self._next += 1
        return batch

    def state(self) -> StreamState:
        """Where to continue: the batch after the last one returned."""
        return replace(self._state, next_batch=self._next)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of an exported mix; BadInput if the folder has none."""
    try:
        return json.loads((folder / MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        raise BadInput("is no exported mix: it has no manifest.json", str(folder), "`tierline export PHASE` writes one") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"cannot be read ({error})", str(folder / MANIFEST), "export the mix again") from None


def check_files(folder: Path, manifest: dict[str, Any]) -> None:
    """BadInput at the first file that is missing or does not match its SHA-256 in the manifest."""
    for name, said in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            raise BadInput("is missing", str(path), "export the mix again")
        found = file_sha256(path)
        if found != said["sha256"]:
            raise BadInput(f"hashes to {found[:12]}, the manifest says {said['sha256'][:12]}", str(path), "export the mix again")
    if manifest["digest"] != stream_digest(manifest["files"]):
        raise BadInput("its digest is not that of the files it names", str(folder / MANIFEST), "export the mix again")


def stream_digest(files: dict[str, dict[str, Any]]) -> str:
    """One digest of the data of a stream of batches, from the SHA-256 of its files."""
    listed = "\n".join(f"{files[name]['sha256']}  {name}" for name in STREAM)
    return hashlib.sha256(listed.encode()).hexdigest()
