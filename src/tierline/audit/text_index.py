"""The full-text index of a lake: which rows hold which words, by tantivy; derived from the tables, and brought up to date shard by shard.

It holds the words of rows and their places, and no text. A row that repeats the text of its parent (a document of L2, a row of a mix) is
indexed by the parent alone, and found through it. What was removed from the lake stays in segments until they are merged: a
takedown discards the whole index.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
from filelock import FileLock

from tierline.audit.words import ANALYZER, PATTERN, analyzer, composed
from tierline.config.checksum import file_sha256, file_state
from tierline.lake import Lake, Manifest
from tierline.stages import STAGES, stage_of
from tierline.tables import TABLES

VERSION = f"2 {PATTERN}"  # of what is indexed, and how
FOLDER, STATE = "find", "state.json"
HEAP_BYTES, THREADS = 192 << 20, 2  # of tantivy's writer
Progress = Callable[[int, str], None]


def carries_text_of(table: str) -> str:
    """The table of whose rows this table's rows hold the very text, under the same id; "" if its texts are its own."""
    fields = TABLES[table].fields
    for parent in stage_of(table).parents:
        same = fields["text"].description == TABLES[parent].fields["text"].description if "text" in TABLES[parent].fields else False
        if same and TABLES[parent].key == TABLES[table].key and fields["text"].sources == (f"{parent}.text",):
            return parent
    return ""


# Tables of a tier with texts of their own, and those whose rows repeat the texts of others.
TEXTS = tuple(stage.name for stage in STAGES if TABLES[stage.name].tier and "text" in TABLES[stage.name].fields)
SEARCHED = tuple(table for table in TEXTS if not carries_text_of(table))
CARRIED = {table: parent for table in TEXTS if (parent := carries_text_of(table))}
MIXES = tuple(stage.name for stage in STAGES if stage.phase)
INDEXED = (*SEARCHED, *CARRIED, *MIXES)


def index_folder(lake: Lake) -> Path:
    """Where the index of a lake is kept."""
    return lake.cache_dir / FOLDER


def discard_index(lake: Lake) -> None:
    """Remove it, so that nothing of the rows is left in it; the next search makes it anew."""
    with _locked(lake):
        shutil.rmtree(index_folder(lake), ignore_errors=True)


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
    """Index the texts of a table's shard, question and text of a row as one."""
    import tantivy

    if manifest.table not in SEARCHED:
        _add_copies(writer, lake, part, manifest)
        return
    key, place = TABLES[manifest.table].key, 0
    for batch in lake.stream(manifest, [key, *text_columns(manifest.table)]):
        for row_id, text in zip(batch.column(key).to_pylist(), texts(batch), strict=True):
            if text:
                writer.add_document(tantivy.Document(part=part, row=row_id, place=place, text=text))
            place += 1


def _add_copies(writer: Any, lake: Lake, part: str, manifest: Manifest) -> None:
    """Index the rows of a shard by those whose text they repeat."""
    import tantivy

    key = TABLES[manifest.table].key
    carried = CARRIED.get(manifest.table)
    for batch in lake.stream(manifest, [key, "parents", *([] if carried else ["source_table"])]):
        tables = [carried] * len(batch) if carried else batch.column("source_table").to_pylist()
        for row_id, table, parents in zip(batch.column(key).to_pylist(), tables, batch.column("parents").to_pylist(), strict=True):
            for parent in parents or ():
                writer.add_document(tantivy.Document(part=part, row=row_id, copy_of=original(str(table), parent)))


def original(table: str, row_id: str) -> str:
    """How a row is named by those that repeat its text."""
    return f"{table}/{row_id}"


def text_columns(table: str) -> list[str]:
    """The columns whose words are searched."""
    return [name for name in ("question", "text") if name in TABLES[table].fields]


def texts(batch: pa.RecordBatch) -> Iterator[str]:
    """The searched text of each row: what it asks, if it does, and what it says."""
    columns = [batch.column(name).to_pylist() for name in batch.schema.names if name in ("question", "text")]
    return (composed("\n".join(filter(None, row))) for row in zip(*columns, strict=True))


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", tokenizer_name=ANALYZER, index_option="position")
    builder.add_text_field("part", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("copy_of", tokenizer_name="raw", index_option="basic")
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
