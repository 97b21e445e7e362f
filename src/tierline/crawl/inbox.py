"""Takes in the files of an inbox once they have arrived completely, and says of every other file why it is not read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tierline.crawl.address import address_of, canonical, is_remote, remote_file
from tierline.crawl.find import remedy, source_format
from tierline.crawl.measure import remote_stamp, stamp_of
from tierline.crawl.notes import Notes
from tierline.crawl.registry import CrawlRegistry, PackRules
from tierline.errors import BadInput
from tierline.lake import Lake

PARTIAL = (".part", ".partial", ".tmp", ".crdownload", ".filepart")  # names under which programs write unfinished files
FILES_PER_LOOK = 10_000  # taken in at once: a look has to end within the minute that a sensor's tick may take
READ_PER_LOOK = 1 << 30  # bytes whose digest is computed in one look; of further files it is computed by their shard's run
IGNORED, FAILED = "ignored", "failed"  # kinds of notes that others show
_SEEN, _MISSING, _TAKING, _LOOKS = "seen", "missing", "taking", "looks"


@dataclass(slots=True)
class Look:
    """One listing: crawl files with their stamps; what is no crawl file and why; folders that could not be listed.

    `prefix` is what the addresses of all files there begin with.
    """

    prefix: str
    files: dict[str, str] = field(default_factory=dict[str, str])
    ignored: dict[str, str] = field(default_factory=dict[str, str])
    unseen: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What a look led to. `number` has to come back at the next look, as a sign that the runs of `shards` were asked for.

    `ignored`, `missing` and `moved` name each file once, in the look that found it.
    """

    number: int
    shards: tuple[str, ...]
    growing: tuple[str, ...]
    ignored: Mapping[str, str]
    missing: tuple[str, ...]
    moved: Mapping[str, str]
    forgotten: tuple[str, ...]
    waiting: int = 0


class Inbox:
    """A folder or prefix where crawls arrive. A file counts as complete once two looks in a row find it the same."""

    def __init__(self, lake: Lake, root: str) -> None:
        self._lake, self._root = lake, root
        self._registry, self._notes = CrawlRegistry(lake), Notes(lake)

    def take_in(self, rules: PackRules, *, forget_missing: bool = False, known: int | None = None) -> Arrivals:
        """Register what has arrived or changed since; `known` is the number of the last look whose runs were asked for.

        `forget_missing`: let go of registered files that two looks miss, unless the inbox is empty, which may be a disk that is
        not mounted. BadInput if the inbox cannot be listed.
        """
        look = look_at(self._root)
        pending = self._registry.unknown(look.files)
        before, faulty = self._notes.swap(_SEEN, pending), self._notes.of(IGNORED)
        settled = sorted((address for address, stamp in pending.items() if before.get(address) == stamp), key=lambda a: (a in faulty, a))
        batch = settled[:FILES_PER_LOOK]
        number, unasked = self._unasked(known)
        if batch:  # noted first: if this process dies before the runs are asked for, the next look asks for them
            number = self._begin(number, batch)
        intake = self._registry.take_in(batch, rules, unread_bytes=READ_PER_LOOK, dropped=True, revive=False)
        ignored = look.ignored | {address: f"{why}: check its permissions" for address, why in intake.refused.items()}
        named = self._notes.swap(IGNORED, ignored)
        missing = self._missing(look)
        missed = self._notes.swap(_MISSING, dict.fromkeys(missing, ""))
        gone = [address for address in missing if address in missed] if forget_missing and look.files else []
        if gone:
            number = self._begin(number, [*batch, *gone])
            self._registry.forget(gone)
        shards = {*intake.shards, *self._shards_of([*unasked, *gone])}
        return Arrivals(
            number,
            tuple(shard for shard in self._registry.shards() if shard in shards),
            tuple(address for address in pending if address not in set(settled)),
            {address: why for address, why in ignored.items() if named.get(address) != why},
            tuple(address for address in missing if address not in missed),
            intake.moved,
            tuple(gone),
            len(settled) - len(batch),
        )

    def _missing(self, look: Look) -> list[str]:
        """Registered files below the inbox that are not there."""
        hidden, remote = tuple(_below(folder) for folder in look.unseen), is_remote(self._root)
        found = [(row["uri"], canonical(row["uri"])) for row in self._registry.rows() if row["forgotten_at"] is None]
        return [
            uri
            for uri, address in found
            if address.startswith(look.prefix)
            and (look.prefix or not address.startswith("/"))
            and is_remote(address) == remote
            and address not in look.files
            and address not in look.ignored
            and not address.startswith(hidden)
        ]

    def _unasked(self, known: int | None) -> tuple[int, list[str]]:
        """The number of the last look that took something in, and its files if their runs may never have been asked for."""
        number = int(self._notes.of(_LOOKS).get("last", "0"))
        return number, [] if known == number else list(self._notes.of(_TAKING))

    def _begin(self, number: int, addresses: list[str]) -> int:
        self._notes.swap(_TAKING, dict.fromkeys(addresses, ""))
        self._notes.swap(_LOOKS, {"last": str(number + 1)})
        return number + 1

    def _shards_of(self, addresses: list[str]) -> Iterator[str]:
        for address in addresses:
            if row := self._registry.find(address):
                yield row["shard"]


def look_at(root: str) -> Look:
    """Every file below a folder or prefix; nothing if there is none. Links that leave the folder are not followed. BadInput.

    Hidden files are passed over, unless one has the name of a crawl file.
    """
    return _look_remote(root) if is_remote(root) else _look_local(root)


def _look_remote(root: str) -> Look:
    filesystem, path = remote_file(root)
    prefix = _below(filesystem.unstrip_protocol(path))
    try:
        found = filesystem.find(path, detail=True)
    except FileNotFoundError:
        return Look(prefix)
    except OSError as error:
        raise BadInput(f"the inbox cannot be listed ({error})", root, "check the address and its credentials") from error
    look = Look(prefix)
    for name, info in sorted(found.items()):
        if why := _not_by_name(name.rsplit("/", 1)[-1]):
            look.ignored[filesystem.unstrip_protocol(name)] = why
        elif source_format(name):
            look.files[filesystem.unstrip_protocol(name)] = remote_stamp(info)
    return look


def _look_local(root: str) -> Look:
    look, top = Look(_below(address_of(root))), Path(root.removeprefix("file://"))
    if not top.is_dir():
        return look
    inside, folders = f"{top.resolve()}{os.sep}", [(str(top), look.prefix)]
    while folders:
        folder, prefix = folders.pop()
        try:
            with os.scandir(folder) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError as error:
            address = _storable(prefix.rstrip("/"))
            look.unseen.append(address)
            look.ignored[address] = f"the folder cannot be listed ({error.strerror}): check its permissions"
            continue
        for entry in entries:
            if not entry.is_symlink() and entry.is_dir():
                folders.append((entry.path, f"{prefix}{entry.name}/"))
            else:
                _look_at_file(entry, _storable(prefix + entry.name), inside, look)
    return look


def _look_at_file(entry: os.DirEntry[str], address: str, inside: str, look: Look) -> None:
    try:
        why = _not_utf8(entry.name) or _not_by_name(entry.name) or _not_by_link(entry, inside)
        if why is None and source_format(entry.name):
            status = entry.stat()
            if stat.S_ISREG(status.st_mode):
                look.files[address] = stamp_of(status)
                return
            why = "it is no file but a folder, pipe, device or socket: remove it"
    except FileNotFoundError:
        return  # gone since the folder was listed
    except OSError as error:
        why = f"cannot be looked at ({error.strerror}): check its permissions"
    if why:
        look.ignored[address] = why


def _not_utf8(name: str) -> str | None:
    return None if _storable(name) == name else "its name is not UTF-8: rename it"


def _not_by_name(name: str) -> str | None:
    """Why a file is not read, by its name alone; None for a crawl file, and for hidden ones that nobody expects to be read."""
    if name.startswith("."):
        return "it is hidden: rename it without the leading dot" if source_format(name) else None
    if name.lower().endswith(PARTIAL):
        return "its name says that it is not complete: rename it when it is"
    return None if source_format(name) else remedy(name)


def _not_by_link(entry: os.DirEntry[str], inside: str) -> str | None:
    if not entry.is_symlink():
        return None
    target = os.path.realpath(entry.path)
    if not target.startswith(inside):
        return "it is a link that leaves the inbox, which is not followed: put the file itself there"
    if not Path(target).exists():
        return "it is a link to nothing: remove it or restore its target"
    if Path(target).is_dir() or _not_by_name(Path(target).name) is None:
        return "it is a link to what the inbox holds already: remove it"
    return None


def _below(address: str) -> str:
    """What the addresses of files below a folder begin with."""
    return "" if address in ("", ".") else f"{address.rstrip('/')}/"


def _storable(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode()
