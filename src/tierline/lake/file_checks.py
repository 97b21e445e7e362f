"""Refuses a Parquet file whose bytes are not those that were written: its name holds their checksum, so whatever names it proves it."""

from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from tierline.advice import command
from tierline.config.checksum import file_sha256, file_state
from tierline.errors import Damaged, LakeUnavailable

DIGITS = 32  # of the checksum, as content digests have
DAMAGED = "damaged "  # before the state of a file in which it was found damaged
ONLY_COPIES = ("llm_calls", "crawl_files", "waivers", "reviews")  # records that no rerun writes again
NAMED = re.compile(rf"-([0-9a-f]{{{DIGITS}}})\.parquet$")


class Memory(Protocol):
    """Keeps a state for each file between processes (a Catalog)."""

    def checked(self, file: str) -> str | None: ...
    def note_checked(self, file: str, state: str) -> None: ...


def checksum(path: Path) -> str:
    """What the name of a file with these bytes holds. Raises OSError."""
    return file_sha256(path)[:DIGITS]


def named(path: str, found: str) -> str:
    """The name of a file with this checksum: `part-1.parquet` becomes `part-1-CHECKSUM.parquet`."""
    return f"{path.removesuffix('.parquet')}-{found}.parquet"


def checksum_in(path: str) -> str | None:
    """The checksum that a name holds; None in lakes written before names had one, and on object stores, which keep their own."""
    found = NAMED.search(path)
    return found[1] if found else None


class FileChecks:
    """Of the files of a lake on a local disk (`folder`); those of an object store pass.

    The bytes are read once for each state of a file (inode, size, times), whichever process does: nobody can set back the time of its
    last change. `verify` reads them each time.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._sound: dict[str, str] = {}

    def trust(self, table: str, file: str) -> None:
        """Note the state of a file that this process has just written. Raises OSError."""
        if self._folder is not None:
            self._sound[f"{table}/{file}"] = file_state(self._folder / table / file)

    def check(self, table: str, file: str, memory: Memory | None) -> None:
        """Raises Damaged, which names the file, if it is missing or its bytes are not those of its name."""
        expected = checksum_in(file)
        if self._folder is None or expected is None:
            return
        key, path = f"{table}/{file}", self._folder / table / file
        try:
            state = file_state(path)
            if self._sound.get(key) == state:
                return
            if memory is None or memory.checked(key) != state:
                self._compare(key, path, expected, state, memory)
        except OSError as error:
            raise unreadable(table, file, error) from error
        self._sound[key] = state

    def is_damaged(self, table: str, file: str, memory: Memory) -> bool:
        """Whether the file is missing, was found damaged, or has changed since it was found sound and is damaged now. A file that
        nobody has read yet is not read for this."""
        if self._folder is None:
            return False
        key = f"{table}/{file}"
        try:
            state = file_state(f"{self._folder}/{key}")
        except OSError:
            return True
        if self._sound.get(key) == state:
            return False
        known = memory.checked(key)
        if known == state:
            self._sound[key] = state
        if known is None or known == state:
            return False
        if known == DAMAGED + state:
            return True
        try:
            self.check(table, file, memory)
        except Damaged:
            return True
        return False

    def note_damaged(self, table: str, file: str, memory: Memory) -> None:
        """Remember that a file could not be read as it is now, so that the next run writes it again."""
        if self._folder is not None:
            self._sound.pop(f"{table}/{file}", None)
            try:
                memory.note_checked(f"{table}/{file}", DAMAGED + file_state(self._folder / table / file))
            except OSError:
                return  # it is missing, which shows by itself

    def _compare(self, key: str, path: Path, expected: str, state: str, memory: Memory | None) -> None:
        found = checksum(path)
        if memory is not None:
            memory.note_checked(key, state if found == expected else DAMAGED + state)
        if found != expected:
            table, _, file = key.partition("/")
            raise damaged(table, file, f"its bytes hash to {found}")


def is_damage(error: Exception) -> bool:
    """Whether this says something about the file; not about permissions, memory or open files."""
    return not isinstance(error, OSError) or error.errno in (None, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EIO)


def unreadable(table: str, file: str, error: Exception) -> LakeUnavailable:
    """The error about a file that could not be read, in the words of what it was."""
    why = getattr(error, "strerror", None) or str(error)
    if is_damage(error):
        return damaged(table, file, why)
    return LakeUnavailable(f"file {file.rsplit('/', 1)[-1]} cannot be read ({why})", place_of(table, file), "check its permissions")


def damaged(table: str, file: str, why: str) -> Damaged:
    """The error about a file that is missing or not as it was written: where it belongs, and what heals it."""
    place = place_of(table, file)
    shard = dict(_folders(file)).get("shard", "")
    data = table not in ONLY_COPIES
    do = f"{command('ingest', f'AGAIN={shard}')} writes it again" if shard and data else "restore this file from a backup"
    return Damaged(f"file {file.rsplit('/', 1)[-1]} is damaged ({' '.join(why.split())})", place, do)


def place_of(table: str, file: str) -> str:
    """The table and the partition of a file, for people: `verdicts/l0_raw/a`; a ledger's is that of its rows: `l4_claims/a`."""
    values = [value for _, value in _folders(file)]
    return "/".join(values if table == "decisions" else [table, *values])


def _folders(file: str) -> list[tuple[str, str]]:
    return [(key, unquote(value)) for key, equals, value in (folder.partition("=") for folder in file.split("/")[:-1]) if equals]
