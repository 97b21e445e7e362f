"""Copies a lake while others write to it: what names a file is copied before the file is, so that the copy is a lake of one moment."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from tierline.errors import BadInput, LakeUnavailable
from tierline.lake.commit_log import COMMITS
from tierline.lake.delta_log import LOG
from tierline.lake.durable import make_folder, replace_file, sync_folder
from tierline.lake.format import check_format
from tierline.lake.heads import NAME, seal_commit
from tierline.lake.seal import SEALS, Seal
from tierline.lake.store import Lake
from tierline.proof import PROOF
from tierline.proof.attestations import STATEMENTS
from tierline.proof.heads import HEADS as HEADS_SIGNED
from tierline.proof.registry import KEYS

DERIVED = "_derived"  # is made again from the rest
JOURNAL = "_journal"
COPYING = ".copying-"
MARK = "_copying"  # in a copy that is not whole: the lake that it is of
HEADS = Path(SEALS) / NAME  # is recorded after a seal, so it is copied before
PROVEN = HEADS_SIGNED, STATEMENTS, KEYS, COMMITS  # a head covers what is there before it; a statement's key is there before it
LAST = "_last_checkpoint"  # is copied after the checkpoint that it names


def back_up(lake: Lake, target: Path, advance: Callable[[str], None] = lambda _: None) -> int:
    """Copy a lake on a local disk into a folder, or bring the copy up to date; returns how many files were copied.

    First what is signed, the log of commits, and what a run has not committed, then the record of the seals, the seals, the logs, and the
    files that they name, which were on the disk before. A log may be ahead of its seal, which is then brought up to it; a file may be
    there that no log names; never the other way round. Parquet files do not change, so one that is there is not copied again. A mark in
    the folder says, until the end, that the copy is not whole, and what of: an interrupted one goes on. BadInput, LakeUnavailable.
    """
    source = lake.delta.folder
    if source is None:
        raise BadInput("is not on a local disk", lake.root, "let the store keep versions, or copy the bucket")
    source, target = source.resolve(), target.resolve()
    if target == source or source in target.parents:
        raise BadInput("is inside the lake", str(target), "name a folder elsewhere, best on another disk")
    check_format(lake.delta)
    if lake.version("activities") < 0 and lake.version("crawl_files") < 0:
        raise BadInput("holds nothing yet", lake.root, "check the path")
    try:
        _refuse_another(source, target)
        replace_file(target / MARK, str(source).encode())
        copied = sum(_copy(source, target, file, advance) for file in _in_order(source))
        _seal_rest(target)
        (target / MARK).unlink()
        return copied
    except OSError as error:
        raise LakeUnavailable(f"cannot be backed up ({error})", str(target), "check permissions and free space; run it again") from error


def _refuse_another(source: Path, target: Path) -> None:
    """BadInput unless the folder is empty, an earlier copy of this lake (its logs begin as the lake's do, and end no later), or the
    beginning of one."""
    begun = (target / MARK).is_file() and (target / MARK).read_bytes() == str(source).encode()
    empty = not target.is_dir() or not any(target.iterdir())
    if not empty and not begun and not any((path / LOG).is_dir() for path in target.iterdir()):
        raise BadInput("is not empty, and no copy of a lake", str(target), "name a new folder")
    for log in sorted(target.glob(f"*/{LOG}")):
        copied, own = _entries(log), _entries(source / log.relative_to(target))
        both = sorted(copied & own)
        if max(copied, default="") > max(own, default="") or any(
            (log / name).read_bytes() != (source / log.relative_to(target) / name).read_bytes() for name in (*both[:1], *both[-1:])
        ):
            raise BadInput("holds a copy of another lake, or of a later state of this one", str(target), "name another folder")


def _entries(log: Path) -> set[str]:
    return {path.name for path in log.glob("*.json") if path.stem.isdecimal()}


def _in_order(source: Path) -> Iterator[Path]:
    """Files relative to the lake. Each kind is listed when it is its turn, after everything before it was copied."""
    tables = sorted(path.name for path in source.iterdir() if (path / LOG).is_dir())
    yield from (Path(PROOF) / name for name in PROVEN if (source / PROOF / name).is_file())
    for folder in (JOURNAL, SEALS):
        yield from sorted(_files(source, source / folder), key=lambda path: path != HEADS)
    for table in tables:
        logged = _files(source, source / table / LOG)
        yield from sorted(logged, key=lambda path: (path.name == LAST, path.name))
    yield from (path.relative_to(source) for path in sorted(source.iterdir()) if path.is_file() and path.name != MARK)
    for table in tables:
        yield from (path for path in _files(source, source / table) if LOG not in path.parts)


def _seal_rest(target: Path) -> None:
    """Seal what was committed after the seals were copied: it may be more than a run leaves unsealed."""
    for log in sorted(target.glob(f"*/{LOG}")):
        seal, newest = Seal(target, log.parent.name), max(_entries(log), default="")
        if newest and seal.exists() and int(Path(newest).stem) > seal.last():
            seal_commit(target, log.parent.name, int(Path(newest).stem))


def _files(source: Path, folder: Path) -> list[Path]:
    return sorted(path.relative_to(source) for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def _copy(source: Path, target: Path, file: Path, advance: Callable[[str], None]) -> int:
    """Copy one file, whole or not at all; 0 if it is there already, or was removed meanwhile."""
    fixed = file.suffix == ".parquet" and LOG not in file.parts
    if fixed and (target / file).exists() and (target / file).stat().st_size == (source / file).stat().st_size:
        return 0
    make_folder((target / file).parent)
    unfinished = (target / file).with_name(COPYING + file.name)
    try:
        shutil.copy2(source / file, unfinished)
    except FileNotFoundError:
        return 0
    with unfinished.open("rb") as copied:
        os.fsync(copied.fileno())
    unfinished.replace(target / file)
    sync_folder((target / file).parent)
    advance(str(file))
    return 1
