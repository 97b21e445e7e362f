"""The full-text index of a lake: which rows hold which words, by tantivy; derived from the tables, and brought up to date shard by shard.

It holds the words of rows and their places, and no text. A row that repeats the text of its parent (a document of L2, a row of a mix) is
indexed by the parent alone, and found through it. It also holds what each row was made from, so that what was made from a row is found
without reading tables. What was removed from the lake stays in segments until they are merged: a
takedown discards the whole index.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock

from tierline.audit.index_rows import INDEXED, NAMES, columns_of, fields_of
from tierline.audit.words import ANALYZER, PATTERN, analyzer
from tierline.config.checksum import file_sha256, file_state
from tierline.lake import Lake, Manifest

VERSION = f"3 {PATTERN}"  # of what is indexed, and how
FOLDER, STATE = "find", "state.json"
HEAP_BYTES, THREADS = 192 << 20, 2  # of tantivy's writer
Progress = Callable[[int, str], None]


def index_folder(lake: Lake) -> Path:
    """Where the index of a lake is kept."""
    return lake.cache_dir / FOLDER


def discard_index(lake: Lake) -> None:
    """Remove it, so that nothing of the rows is left in it; the next search makes it anew."""
    with _locked(lake):
        shutil.rmtree(index_folder(lake), ignore_errors=True)


def waiting_parts(lake: Lake) -> list[tuple[str, int]]:
    """(table and shard, rows) that the next search would index first; of a damaged index all."""
    state = _sound_state(index_folder(lake)) if index_folder(lake).is_dir() else None
    known: dict[str, str] = state["parts"] if state else {}
    found = {f"{one.table}/{one.shard}": one for table in INDEXED for one in lake.manifests(table)}
    gone = [(part, 0) for part in known if part not in found]
    return [(part, one.rows) for part, one in found.items() if known.get(part) != one.digest] + gone


def present_index(lake: Lake, progress: Progress = lambda _steps, _label: None) -> Any:
    """The index of all present rows, promoted or not: what was committed since the last time is indexed first, shard by shard. One that
    is damaged, or of another version, is made anew."""
    manifests = {f"{one.table}/{one.shard}": one for table in INDEXED for one in lake.manifests(table)}
    wanted = {part: one.digest for part, one in manifests.items()}
    with _locked(lake):
        folder, state = index_folder(lake), _sound_state(index_folder(lake))
        if state is None:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            state = {"parts": {}}
        index = _opened(folder)
        known: dict[str, str] = state["parts"]
        stale = [part for part in known if wanted.get(part) != known[part]]
        new = [part for part in wanted if known.get(part) != wanted[part]]
        if stale or new:
            writer = index.writer(HEAP_BYTES, THREADS)
            for part in {*stale, *new}:  # new ones too: an earlier attempt may have committed them before it could say so
                writer.delete_documents_by_term("part", part)
            for part in new:
                _add(writer, lake, part, manifests[part])
                progress(1, part)
            writer.commit()
            writer.wait_merging_threads()
            _write_state(folder, wanted)
            index.reload()
        return index


def _add(writer: Any, lake: Lake, part: str, manifest: Manifest) -> None:
    """Index the rows of a table's shard, each with its place in the table's order."""
    import tantivy

    place = 0
    for batch in lake.stream(manifest, columns_of(manifest.table)):
        for fields in fields_of(manifest.table, batch):
            writer.add_document(tantivy.Document(part=part, table=manifest.table, place=place, **fields))
            place += 1


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", tokenizer_name=ANALYZER, index_option="position")
    for name in NAMES:
        builder.add_text_field(name, tokenizer_name=ANALYZER, index_option="position")
    builder.add_text_field("part", stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("table", "copy_of", "parent"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("row", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("place", stored=True)
    return builder.build()


def _opened(folder: Path) -> Any:
    import tantivy

    index = tantivy.Index(_schema(), str(folder))
    index.register_tokenizer(ANALYZER, analyzer())
    return index


@contextmanager
def _locked(lake: Lake) -> Generator[None]:
    lake.cache_dir.mkdir(parents=True, exist_ok=True)
    with FileLock(lake.cache_dir / f"{FOLDER}.lock"):
        yield


def _files(folder: Path) -> list[Path]:
    """The files whose content decides what is found."""
    return sorted(path for path in folder.iterdir() if path.is_file() and path.name != STATE and path.suffix != ".lock")


def _write_state(folder: Path, parts: dict[str, str]) -> None:
    """What is indexed, and the checksum of every file with the stamp for which it holds. Appears whole."""
    known = _read(folder)["files"] if (folder / STATE).is_file() else {}
    files: dict[str, list[str]] = {}
    for path in _files(folder):
        stamp = file_state(path)
        before = known.get(path.name)
        files[path.name] = before if before and before[0] == stamp else [stamp, file_sha256(path)]
    fresh = folder / f"{STATE}.new"
    fresh.write_text(json.dumps({"version": VERSION, "parts": parts, "files": files}), "utf-8")
    fresh.replace(folder / STATE)


def _sound_state(folder: Path) -> dict[str, Any] | None:
    """The state of an index of this version whose files are those that were written; None for any other. A file is hashed again if its
    size or its times have changed."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        state = _read(folder)
        files = {path.name: path for path in _files(folder)}
        sound = state["version"] == VERSION and set(state["files"]) <= set(files) and isinstance(state["parts"], dict)
        if sound and all(
            file_state(files[name]) == stamp or file_sha256(files[name]) == digest for name, (stamp, digest) in state["files"].items()
        ):
            return state
    return None


def _read(folder: Path) -> dict[str, Any]:
    return json.loads((folder / STATE).read_text("utf-8"))
