"""Changes to the files of a lake behind its back: bytes, rows, logs and seals."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.tampering.lake import CRAWL, SHARD, Rows, SignedLake
from tierline.lake import Lake

Tamper = Callable[[SignedLake], object]


def files(signed: SignedLake, table: str, **where: str) -> list[Path]:
    """The current files of a partition."""
    return [signed.path / table / file for file in Lake(str(signed.path)).delta.files(table, where or None)]


def log(signed: SignedLake, table: str) -> list[Path]:
    """The entries of a table's log, the oldest first."""
    return sorted((signed.path / table / "_delta_log").glob("*.json"))


def rows(table: str, change: Callable[[Rows], Rows], **where: str) -> Tamper:
    """Write a file again with other rows."""

    def tamper(signed: SignedLake) -> None:
        file = files(signed, table, **where)[0]
        stored = pq.read_table(file, partitioning=None)
        pq.write_table(pa.Table.from_pylist(change(stored.to_pylist()), schema=stored.schema), file)

    return tamper


def edit(table: str, column: str, value: Any, **where: str) -> Tamper:
    """Another value in the first row of a file."""
    return rows(table, lambda own: [own[0] | {column: value}, *own[1:]], **where)


def flip(table: str, place: float, **where: str) -> Tamper:
    """Flip a bit of a byte at this share of a file's length."""
    return lambda signed: flip_bit(files(signed, table, **where)[0], place)


def flip_bit(file: Path, place: float) -> None:
    """The same of a file."""
    data = bytearray(file.read_bytes())
    data[int(place * (len(data) - 1))] ^= 4
    file.write_bytes(data)


def with_file(table: str, change: Callable[[Path], object], **where: str) -> Tamper:
    """Change the first file of a partition."""
    return lambda signed: change(files(signed, table, **where)[0])


def with_entry(table: str, place: int, change: Callable[[Path], object]) -> Tamper:
    """Change an entry of a log."""
    return lambda signed: change(log(signed, table)[place])


def with_path(path: str, change: Callable[[Path], object]) -> Tamper:
    """Change a file or folder of the lake."""
    return lambda signed: change(signed.path / path)


def with_crawl(change: Callable[[Path], object]) -> Tamper:
    """Change the crawl file."""
    return lambda signed: change(signed.folder / CRAWL)


def roll_back(table: str, entries: int) -> Tamper:
    """Remove the newest entries of a log, as an older copy of it would lack them."""
    return lambda signed: [entry.unlink() for entry in log(signed, table)[-entries:]]


def cut(table: str, entries: int) -> Tamper:
    """The same, and the lines about them in the table's seal."""

    def tamper(signed: SignedLake) -> None:
        roll_back(table, entries)(signed)
        keep_lines(signed.path / "_seals" / table, slice(-entries))

    return tamper


def keep_lines(file: Path, kept: slice) -> None:
    """Remove the other lines of a file."""
    file.write_text("".join(file.read_text().splitlines(True)[kept]))


def gone(*tables: str) -> Tamper:
    """Remove tables with their seals."""

    def tamper(signed: SignedLake) -> None:
        for table in tables:
            shutil.rmtree(signed.path / table)
            (signed.path / "_seals" / table).unlink()

    return tamper


def append(table: str, form: bool, engine: str = "tierline", add: bool = False, remove: bool = True, **where: str) -> Tamper:
    """An entry after the newest one that removes a current file of a partition or, with `add`, one that was replaced becomes current."""

    def tamper(signed: SignedLake) -> None:
        present = Lake(str(signed.path)).delta.files(table, where)
        actions: list[dict[str, Any]] = [{"commitInfo": {"engineInfo": engine, "operation": "WRITE"}}] if form else []
        gone = present[:1] if remove else []
        actions += [{"remove": {"path": path.replace("%", "%25"), "deletionTimestamp": 0, "dataChange": True}} for path in gone]
        if add:
            named = [json.loads(line).get("add") for entry in log(signed, table) for line in entry.read_text().splitlines()]
            folder = present[0].rsplit("/", 1)[0]
            actions += [{"add": one} for one in named if one and one["path"].startswith(folder) and one["path"] not in present][:1]
        _commit(signed, table, actions)

    return tamper


def smuggle(table: str, **where: str) -> Tamper:
    """A further file of rows, named by an entry of its own as another engine commits it."""

    def tamper(signed: SignedLake) -> None:
        present = files(signed, table, **where)[0]
        extra = present.with_name("part-smuggled.parquet")
        shutil.copyfile(present, extra)
        path = extra.relative_to(signed.path / table).as_posix()
        add = {"path": path, "partitionValues": where, "size": extra.stat().st_size, "modificationTime": 0, "dataChange": True}
        _commit(signed, table, [{"commitInfo": {"engineInfo": "delta-rs:1", "operation": "WRITE"}}, {"add": add}])

    return tamper


def swap(signed: SignedLake) -> None:
    """Put a shard's earlier activity in the place of its present one."""
    present = files(signed, "activities", stage="l1_filtered", shard=SHARD)[0]
    (earlier,) = [file for file in present.parent.glob("*.parquet") if file != present]
    shutil.copyfile(earlier, present)


def special(path: Path) -> None:
    """Put a pipe in the place of a file: whoever opens it to read waits for a writer."""
    path.unlink()
    os.mkfifo(path)


def forge_path(entry: Path) -> None:
    """Let an entry name another file."""
    entry.write_text(entry.read_text().replace("part-", "part_"))


def empty(file: Path) -> None:
    """Nothing is left in it."""
    file.write_bytes(b"")


def no_text(file: Path) -> None:
    """Bytes that are no UTF-8."""
    file.write_bytes(b"\xff\xfe")


def shorten(file: Path) -> None:
    """Its end is missing."""
    file.write_bytes(file.read_bytes()[:-9])


def _commit(signed: SignedLake, table: str, actions: list[dict[str, Any]]) -> None:
    entries = log(signed, table)
    entries[-1].with_name(f"{len(entries):020d}.json").write_text("".join(f"{json.dumps(action)}\n" for action in actions))
