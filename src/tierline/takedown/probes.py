"""Proves absence: pieces of what is removed, and of nothing that stays, are searched for in the bytes of every file."""

from __future__ import annotations

import gzip
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.fs import FileSelector, FileSystem, FileType

from tierline.lake import Lake

PIECE = 32  # characters: whatever shows 63 characters of a removed line in one run shows a whole piece
SHORTEST = 20  # characters of a line that is searched for as a whole
MOST = 200_000  # pieces; of more text every n-th piece is searched for, and the certificate says so
BLOCK = 8 << 20  # bytes of a file at a time
OVERLAP = 8 * PIECE  # bytes of a block that are read again with the next one: more than any piece in any spelling


class Probes:
    """Finds pieces of text in bytes, in one pass over them whatever their number (Aho and Corasick 1975)."""

    def __init__(self, pieces: Sequence[str]) -> None:
        import ahocorasick

        self.pieces = list(pieces)
        self._automaton: Any = ahocorasick.Automaton()
        for number, piece in enumerate(self.pieces):
            for spelling in _spellings(piece):
                self._automaton.add_word(spelling, number)
        if self.pieces:
            self._automaton.make_automaton()

    def in_bytes(self, data: bytes) -> set[int]:
        """Numbers of the pieces that these bytes hold."""
        return {number for _, number in self._automaton.iter(data.decode("latin-1"))} if self.pieces else set()

    def in_text(self, text: str) -> bool:
        """Whether a text holds one."""
        return bool(self.in_bytes(text.encode("utf-8", "replace")))

    def in_file(self, path: Path) -> int:
        """How many of the pieces a file holds. Raises OSError."""
        found: set[int] = set()
        for data in _readings(path):
            found |= self.in_bytes(data)
        return len(found)

    def in_folder(self, folder: Path, left_out: Iterable[Path] = ()) -> tuple[dict[str, int], int, int]:
        """(file -> number of pieces in it, files searched, bytes searched) of a folder, links not followed."""
        hits: dict[str, int] = {}
        files = size = 0
        out = [path.absolute() for path in left_out]
        for path in sorted(folder.absolute().rglob("*")):
            if path.is_symlink() or not path.is_file() or any(path.is_relative_to(one) for one in out):
                continue
            files, size = files + 1, size + path.stat().st_size
            if count := self.in_file(path):
                hits[str(path)] = count
        return hits, files, size

    def in_store(self, store: FileSystem, root: str) -> tuple[dict[str, int], int, int]:
        """The same of every file below an object store's root, each of which is copied to this machine for as long as it is searched.
        Raises OSError."""
        hits: dict[str, int] = {}
        files = size = 0
        for one in store.get_file_info(FileSelector("", recursive=True)):
            if one.type != FileType.File:
                continue
            try:
                source = store.open_input_stream(one.path)
            except FileNotFoundError:
                continue  # the mark of an empty folder, as some stores list it, or a file that is gone by now
            with source, tempfile.NamedTemporaryFile(suffix=Path(one.path).suffix) as copy:
                shutil.copyfileobj(source, copy, BLOCK)
                copy.flush()
                files, size = files + 1, size + (one.size or 0)
                if count := self.in_file(Path(copy.name)):
                    hits[f"{root}/{one.path}"] = count
        return hits, files, size


def in_lake(lake: Lake, probes: Probes) -> tuple[dict[str, int], int, int]:
    """As `Probes.in_folder`, of a lake without what takedowns keep; of one on an object store also of what this machine has of it."""
    if lake.delta.folder is not None:
        return probes.in_folder(lake.delta.folder, [lake.takedowns])
    found = [probes.in_store(lake.delta.root_filesystem(), lake.root), *map(probes.in_folder, (lake.cache_dir, lake.journals))]
    return {path: count for one in found for path, count in one[0].items()}, sum(one[1] for one in found), sum(one[2] for one in found)


def pieces_of(removed: Iterable[str], stays: Iterable[str]) -> list[str]:
    """Pieces of the removed texts that none of the others holds, at most MOST of them, spread evenly."""
    pieces = list(dict.fromkeys(piece for text in removed for piece in _cut(text)))
    known = Probes(pieces)
    shared: set[int] = set()
    for text in stays:
        shared |= known.in_bytes(text.encode("utf-8", "replace"))
    own = [piece for number, piece in enumerate(pieces) if number not in shared]
    return own[:: -(-len(own) // MOST)] if own else []


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a row, at any depth; of JSON, the texts that it holds too."""
    if isinstance(value, str):
        yield value
        if value[:1] in "{[" and value:
            for line in value.splitlines():
                try:
                    yield from texts_in(json.loads(line))
                except (ValueError, RecursionError):
                    break
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_in(item)


def _cut(text: str) -> Iterator[str]:
    """Its lines in pieces of PIECE characters, the last one from the line's end."""
    for line in text.splitlines():
        line = line.strip()
        if SHORTEST <= len(line) < PIECE:
            yield line
        for start in range(0, len(line) - PIECE + 1, PIECE):
            yield line[start : start + PIECE]
        if len(line) > PIECE and len(line) % PIECE:
            yield line[-PIECE:]


def _spellings(piece: str) -> set[str]:
    """As UTF-8, and in JSON with and without escapes, once and within another JSON; each byte as a character."""
    once = {json.dumps(piece, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    twice = {json.dumps(one)[1:-1] for one in once}
    return {one.encode("utf-8", "replace").decode("latin-1") for one in {piece, *once, *twice}}


def _readings(path: Path) -> Iterator[bytes]:
    """What a file holds, a block at a time: its bytes, and what is compressed in them."""
    try:
        if path.suffix == ".parquet":
            yield from _of_parquet(path)
        elif path.suffix == ".gz":
            with gzip.open(path) as file:
                yield from _blocks(file)
        elif path.suffix in (".npz", ".zip"):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    with archive.open(name) as file:
                        yield from _blocks(file)
    except (EOFError, zipfile.BadZipFile, pa.ArrowInvalid, gzip.BadGzipFile):
        pass  # as it is, then
    with path.open("rb") as file:
        yield from _blocks(file)


def _blocks(file: Any) -> Iterator[bytes]:
    tail = b""
    while data := file.read(BLOCK):
        yield tail + data
        tail = data[-OVERLAP:]


def _of_parquet(path: Path) -> Iterator[bytes]:
    with pq.ParquetFile(path, pre_buffer=False) as opened:
        for batch in opened.iter_batches(1024, use_threads=False):
            for column in batch.columns:
                yield from _of_array(column)


def _of_array(array: pa.Array) -> Iterator[bytes]:
    """The texts and bytes of a column, at any depth."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        yield from _of_array(array.dictionary)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield from _of_array(array.flatten())
    elif pa.types.is_struct(kind):
        for field in array.flatten():
            yield from _of_array(field)
    elif any(is_kind(kind) for is_kind in (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)):
        yield (array.buffers()[2] or pa.py_buffer(b"")).to_pybytes()
