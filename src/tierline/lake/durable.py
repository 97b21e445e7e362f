"""Makes files and folders of a local disk survive a power loss: what a commit names is on the disk before the commit is."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp

UNFINISHED = ".unfinished-"  # how the name of a file begins that is not whole yet; what a crash leaves of them, a vacuum removes


def sync_file(path: Path) -> None:
    """Sync the file's bytes to the disk. Raises OSError."""
    _sync(path, os.O_RDONLY)


def sync_folder(path: Path) -> None:
    """Sync the folder's entries to the disk. Raises OSError."""
    _sync(path, os.O_RDONLY | os.O_DIRECTORY)


def make_folder(path: Path) -> None:
    """Create a folder and its missing parents, and sync them to the disk. Raises OSError."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        sync_folder(folder.parent)


@contextmanager
def unfinished_file(folder: Path, content: bytes) -> Generator[Path]:
    """A file with this content, synced, under a name that nobody reads: to be given its own name, or removed. Raises OSError."""
    handle, name = mkstemp(dir=folder, prefix=UNFINISHED)
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(0o644)
        yield unfinished
    finally:
        unfinished.unlink(missing_ok=True)


def replace_file(path: Path, content: bytes) -> None:
    """Replace a small file atomically, so that either the old or the new one is there, also after a power loss. Raises OSError."""
    make_folder(path.parent)
    with unfinished_file(path.parent, content) as unfinished:
        unfinished.replace(path)
    sync_folder(path.parent)


def sync_log(table: Path, after: int) -> None:
    """Sync the commits of a Delta table that are newer than version `after`: delta-rs leaves that to the system."""
    log, version = table / "_delta_log", after + 1
    while (entry := log / f"{version:020}.json").exists():
        sync_file(entry)
        if (checkpoint := log / f"{version:020}.checkpoint.parquet").exists():
            sync_file(checkpoint)
            sync_file(log / "_last_checkpoint")
        version += 1
    sync_folder(log)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
