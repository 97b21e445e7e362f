"""Delta's transaction log, one commit at a time: what a commit added and removed, and on a local disk the next commit itself.

delta-rs reads the whole list of files to open a table and again to write to it: at 15,000 files 0.1 s and 0.5 s (measured). A lake
commits some fifty times per shard, so those costs would grow with every shard. Here a commit is one small file read or written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import time_ns
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import AddAction
from pyarrow.fs import FileSystem, FileType

from tierline.config.regular_file import read_regular
from tierline.lake.durable import sync_folder, unfinished_file

LOG = "_delta_log"
OWN_ENGINE = "tierline"  # what the lake's own commits on a local disk name as their writer
AS_READ = CommitProperties(max_commit_retries=0)  # delta-rs commits on top of the version it has read, or not at all


@dataclass(slots=True)
class Commit:
    """Files that a commit added and removed, relative to the table, and the schema as Delta's JSON where it set one."""

    added: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])
    schema: str | None = None


class DeltaLog:
    """The log of one table. `filesystem` is rooted at the table, `folder` is its place on a local disk, if it has one."""

    def __init__(self, filesystem: FileSystem, folder: Path | None) -> None:
        self._filesystem, self._folder = filesystem, folder

    def stamp(self, version: int) -> str | None:
        """Distinguishes this commit from another one with its number in a recreated lake; None if there is none."""
        if self._folder:
            try:
                status = os.stat(f"{self._folder}/{_name(version)}")  # noqa: PTH116 -- asked before every answer: a Path takes twice as long
            except OSError:
                return None
            return f"{status.st_size}-{status.st_mtime_ns}"
        info = self._filesystem.get_file_info(_name(version))
        return f"{info.size}-{info.mtime_ns}" if info.type == FileType.File else None

    def exists(self) -> bool:
        """Whether anything was ever committed, even if the first commits were cleaned up after a checkpoint."""
        return self.stamp(0) is not None or self.last_checkpoint() >= 0

    def read(self, version: int) -> Commit:
        """One commit. Raises OSError if it is not there."""
        lines = self._content(_name(version)).decode().splitlines()
        commit = Commit()
        for action in (json.loads(line) for line in lines if line.strip()):
            if "add" in action:
                commit.added.append(unquote(action["add"]["path"]))
            elif "remove" in action:
                commit.removed.append(unquote(action["remove"]["path"]))
            elif "metaData" in action:
                commit.schema = action["metaData"]["schemaString"]
        return commit

    def write(self, version: int, added: Sequence[AddAction], removed: Sequence[str], where: Mapping[str, str]) -> bool:
        """Commit under this number: atomically, durably, and only if the number is free. Local disks only."""
        assert self._folder is not None, "an object store's commits are written by delta-rs"
        mode, now = ("Overwrite" if where else "Append"), time_ns() // 1_000_000
        told = {"timestamp": now, "operation": "WRITE", "operationParameters": {"mode": mode}, "engineInfo": OWN_ENGINE}
        actions: list[dict[str, Any]] = [{"commitInfo": told}, *({"add": _added(action)} for action in added)]
        actions += [{"remove": _removed(path, now, where)} for path in removed]
        content = "".join(f"{json.dumps(action)}\n" for action in actions).encode()
        try:
            with unfinished_file(self._folder / LOG, content) as unfinished:
                (self._folder / _name(version)).hardlink_to(unfinished)
        except FileExistsError:
            return False
        sync_folder(self._folder / LOG)
        return True

    def last_checkpoint(self) -> int:
        """Version of the newest checkpoint; -1 without one."""
        try:
            return int(json.loads(self._content(f"{LOG}/_last_checkpoint"))["version"])
        except (OSError, ValueError, KeyError, TypeError):
            return -1

    def refuse_special(self) -> None:
        """Raises OSError if something else than a file or folder stands in the log, for which delta-rs would wait; one look at it."""
        with suppress(FileNotFoundError, NotADirectoryError):
            if self._folder and any(not (entry.is_file() or entry.is_dir()) for entry in os.scandir(self._folder / LOG)):
                raise OSError("an entry of its log is no regular file")

    def _content(self, name: str) -> bytes:
        if self._folder:
            return read_regular(self._folder / name)
        with self._filesystem.open_input_file(name) as file:
            return file.read()


def commit_once(table: DeltaTable, actions: list[Any], schema: pa.Schema, keys: list[str]) -> bool:
    """Commit on top of the version that `table` was read at; False if there is a newer one."""
    try:
        table.create_write_transaction(actions, "append", schema, keys, commit_properties=AS_READ)
    except CommitFailedError:
        return False
    return True


def _name(version: int) -> str:
    return f"{LOG}/{version:020d}.json"


def _logged(path: str) -> str:
    """A path as the log has it: a URI, whose own escapes are escaped once more."""
    return path.replace("%", "%25")


def _added(action: AddAction) -> dict[str, Any]:
    return {
        "path": _logged(action.path),
        "partitionValues": dict(action.partition_values),
        "size": action.size,
        "modificationTime": action.modification_time,
        "dataChange": True,
        "stats": action.stats,
    }


def _removed(path: str, now: int, where: Mapping[str, str]) -> dict[str, Any]:
    said = {"path": _logged(path), "deletionTimestamp": now, "dataChange": True}
    return said | {"extendedFileMetadata": False, "partitionValues": dict(where)}
