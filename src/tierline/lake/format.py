"""Which format a lake is in: a number in one small file at its root, so that code neither misreads nor mixes lakes of another format.

Format 1 is that of lakes from before there was such a file. What each later one changed stands in `migrations`, which `tierline upgrade`
follows. A column that is merely added needs no new format: it reads as null if a file lacks it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Protocol

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from pyarrow.fs import FileSystem

from tierline.config.regular_file import read_regular
from tierline.errors import LakeUnavailable
from tierline.lake.durable import replace_file
from tierline.lake.heads import Heads
from tierline.lake.place import what_to_check

FORMAT = 2
FILE = "tierline.json"
HEADS = "heads"
COMMITS = "commits"
UPGRADE = "tierline-format"  # the application in whose name an upgrade commits
FIRST_TABLES = ("activities", "crawl_files", "llm_calls")  # a lake begins with one of these
_current: set[str] = set()  # roots that this process has found to be in this format


class Root(Protocol):
    """Where a lake is (a DeltaFolder). `folder` is its place on a local disk, None elsewhere."""

    root: str
    storage_options: dict[str, str] | None

    @property
    def folder(self) -> Path | None: ...
    def uri(self, name: str) -> str: ...
    def root_filesystem(self) -> FileSystem: ...


def check_format(lake: Root) -> None:
    """LakeUnavailable if the lake is not in this code's format; one small read for each lake and process."""
    if lake.root in _current:
        return
    found = lake_format(lake)
    if found is None:
        return  # nothing was ever written
    if found > FORMAT:
        raise LakeUnavailable(f"this lake has format {found}, this tierline reads format {FORMAT}", lake.root, "install a newer tierline")
    if found < FORMAT:
        raise LakeUnavailable(f"this lake has format {found}, this tierline reads format {FORMAT}", lake.root, "run `tierline upgrade`")
    _current.add(lake.root)


def lake_format(lake: Root) -> int | None:
    """The lake's format; None if nothing was ever written. LakeUnavailable if that cannot be told."""
    where = f"{lake.root}/{FILE}"
    try:
        text = read_small(lake, FILE)
        if text is None:
            old = any(DeltaTable.is_deltatable(lake.uri(name), lake.storage_options) for name in FIRST_TABLES)
            if old and _is_later(lake):
                raise LakeUnavailable("is missing, and this lake is of a later format than 1", where, f'restore it: {{"format": {FORMAT}}}')
            return 1 if old else None
    except (OSError, ValueError, DeltaError) as error:
        raise LakeUnavailable(f"cannot be read ({error})", where, what_to_check(lake.root, "check the path and its permissions")) from error
    try:
        said: Any = json.loads(text)
        found = said["format"]
        if type(found) is not int or found < 1:  # true is an int too
            raise ValueError(f"format {found!r}")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise LakeUnavailable(f"does not say a lake's format ({error})", where, 'restore it: {"format": N}') from None
    return found


def _is_later(lake: Root) -> bool:
    """Whether activities have a column that no lake of format 1 had; an upgrade alone does not add it."""
    place = lake.uri("activities")
    if not DeltaTable.is_deltatable(place, lake.storage_options):
        return False
    return any(field.name == "weights" for field in DeltaTable(place, storage_options=lake.storage_options).schema().fields)


def is_other_folder(lake: Root) -> bool:
    """Whether a local folder holds something, and no lake. LakeUnavailable, OSError."""
    if lake.folder is None or lake_format(lake) is not None:
        return False
    with os.scandir(lake.folder) as entries:
        return any(not entry.name.startswith(("_", ".")) for entry in entries)


def write_format(lake: Root, number: int = FORMAT) -> None:
    """Record that the lake is in this format. Raises OSError."""
    write_small(lake, FILE, json.dumps({"format": number}) + "\n")


def begin_format(lake: Root) -> None:
    """Record the format before a lake's first table is created. Raises LakeUnavailable, OSError."""
    check_format(lake)
    if lake_format(lake) is None:
        if lake.folder is not None:
            Heads(lake.folder).begin()
        write_small(lake, FILE, json.dumps({"format": FORMAT} | ({HEADS: True, COMMITS: True} if lake.folder is not None else {})) + "\n")


def has_heads(lake: Root) -> bool:
    """Whether the lake was begun with a record of its tables' seals (`tierline.lake.heads`). Raises LakeUnavailable, OSError."""
    return _says(lake, HEADS)


def has_commits(lake: Root) -> bool:
    """Whether the lake was begun with a log of its commits (`tierline.lake.commit_log`). Raises LakeUnavailable, OSError."""
    return _says(lake, COMMITS)


def _says(lake: Root, name: str) -> bool:
    return lake_format(lake) is not None and bool(json.loads(read_small(lake, FILE) or "{}").get(name))


def read_small(lake: Root, name: str) -> str | None:
    """A small file of the lake, None if there is none. Raises OSError."""
    try:
        if lake.folder is not None:
            return read_regular(lake.folder / name).decode("utf-8")
        with lake.root_filesystem().open_input_file(name) as file:
            return file.read().decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None


def write_small(lake: Root, name: str, text: str) -> None:
    """Write a small file of the lake atomically. Raises OSError."""
    if lake.folder is not None:
        replace_file(lake.folder / name, text.encode())
        return
    data = text.encode("utf-8")
    # delta-rs's stream needs the whole content in one buffer of Arrow.
    with lake.root_filesystem().open_output_stream(name, buffer_size=len(data) + 1) as file:
        file.write(data)
