"""Checks the logs of a lake: against their seals, the record of all seals, and what its own writers commit to tables of records."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tierline.config.regular_file import read_regular
from tierline.errors import TierlineError
from tierline.lake.backup import MARK
from tierline.lake.catalog_rows import partition
from tierline.lake.delta import DeltaFolder
from tierline.lake.delta_log import LOG, OWN_ENGINE
from tierline.lake.file_checks import checksum_in
from tierline.lake.format import UPGRADE, has_heads
from tierline.lake.heads import Heads
from tierline.lineage.mismatch import Mismatch, refuse_shortage
from tierline.tables.records import RECORD_COLUMNS

EARLY = ("activities", "verdicts", "decisions")  # tables that a lake has from its first stage on, with many commits for each shard
ONLY_ADDED = ("llm_calls", "waivers", "reviews", "takedowns", "tombstones")  # of which none is ever replaced, but by a takedown


Purged = Collection[tuple[str, str]]  # table and file of records that proven takedowns have taken away


def log_mismatches(delta: DeltaFolder, tables: Sequence[str], purged: Purged = ()) -> Iterator[Mismatch]:
    """Of every table, and of what was recorded of a table that is gone. An object store keeps versions itself: of it nothing is checked."""
    if delta.folder is not None and (delta.folder / MARK).exists():
        yield Mismatch(MARK, "this copy of a lake is not whole; run `tierline backup` of that lake again")
    sealed = any((seal := delta.seal(table)) is not None and seal.is_whole() for table in EARLY)
    for table in tables:
        yield from _mismatches(delta, table, sealed, purged)
    if delta.folder is not None:
        if not delta.log("activities").exists() and any(delta.log(table).exists() for table in ("verdicts", "waivers")):
            yield Mismatch("activities", "its log is gone, although rows were judged")
        try:
            yield from (Mismatch(where, what) for where, what in Heads(delta.folder).mismatches(has_heads(delta)))
        except OSError as error:
            refuse_shortage(error)
            yield Mismatch("_seals/lake", f"cannot be read ({error})")


def _mismatches(delta: DeltaFolder, table: str, sealed: bool, purged: Purged) -> Iterator[Mismatch]:
    """`sealed`: whether all tables of the lake were made since there are seals, so that each log has one, from its first entry on."""
    seal = delta.seal(table)
    if seal is not None:
        try:
            yield from (Mismatch(table, what) for what in seal.mismatches())
        except OSError as error:
            refuse_shortage(error)
            yield Mismatch(table, f"its log cannot be read ({error})")
    try:
        files = delta.files(table)
    except TierlineError as error:
        yield Mismatch.of(table, error)
        return
    if seal is None:
        return
    if not seal.exists() and (any(map(checksum_in, files)) or (sealed and delta.log(table).exists())):
        yield Mismatch(table, "the seal of its log is missing")
    elif seal.exists() and sealed and not seal.is_whole():
        yield Mismatch(table, "the beginning of its seal is missing")
    yield from (Mismatch(table, what) for what in _foreign_entries(delta, table, files, purged))


@dataclass(slots=True)
class _Entry:
    """What an entry of a log does. `own`: whether it has the form in which a lake's files are committed."""

    number: int
    own: bool = False
    upgrade: bool = False
    added: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])


def _foreign_entries(delta: DeltaFolder, table: str, current: Sequence[str], purged: Purged) -> Iterator[str]:
    """Entries that no writer of a lake commits. A seal says nothing of those that it has not reached, nor of what the next writer found
    there when it sealed them: so those of records are judged by what they do, all others while they are not sealed."""
    records, seal = table in RECORD_COLUMNS and table != "decisions", delta.seal(table)
    try:
        last = seal.last() if seal is not None and seal.exists() else None
        entries = [_parsed(path.stem, read_regular(path)) for path in _entries(delta, table) if records or _is_beyond(path.stem, last)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        refuse_shortage(error)
        return  # said of its seal, or when its files were listed
    named, present = set[str](), set(map(partition, current))
    for entry in entries:
        if _is_beyond(str(entry.number), last) and (entry.added or entry.removed) and not entry.own:
            yield f"entry {entry.number} of its log is not sealed, and no run of this lake wrote it"
        elif records and not entry.upgrade and (what := _breach(table, entry, named, present, purged)):
            yield f"entry {entry.number} of its log {what}"
        named.update(entry.added)


def _breach(table: str, entry: _Entry, named: set[str], present: set[tuple[str, str]], purged: Purged) -> str:
    """What an entry does that no commit of records does; empty if nothing. `named`: by earlier entries; `present`: (stage, shard) with
    a record now."""
    if named.intersection(entry.added):
        return "makes a record current again that was replaced"
    removed = [file for file in entry.removed if (table, file) not in purged]
    if removed and table in ONLY_ADDED:
        return "takes records away that are never replaced"
    lost = set(map(partition, removed)) - set(map(partition, entry.added)) - present
    if lost:
        return f"takes away the record of {'/'.join(filter(None, min(lost)))} and puts none in its place"
    return ""


def _entries(delta: DeltaFolder, table: str) -> list[Any]:
    return sorted((delta.folder / table / LOG).glob(f"{'[0-9]' * 20}.json")) if delta.folder is not None else []


def _is_beyond(number: str, last: int | None) -> bool:
    return last is not None and int(number) > last


def _parsed(number: str, content: bytes) -> _Entry:
    entry = _Entry(int(number))
    for action in map(json.loads, filter(str.strip, content.decode().splitlines())):
        if "add" in action:
            entry.added.append(unquote(action["add"]["path"]))
        elif "remove" in action:
            entry.removed.append(unquote(action["remove"]["path"]))
        elif "commitInfo" in action:
            entry.own = action["commitInfo"].get("engineInfo") == OWN_ENGINE
        elif "txn" in action:
            entry.upgrade = action["txn"]["appId"].startswith(UPGRADE)
    return entry
