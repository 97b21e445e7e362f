"""Lists what lies in a folder or under a prefix: crawl files, and of every other file why it is not read."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from glob import has_magic, iglob
from pathlib import Path
from typing import Any

from tierline.crawl.address import address_of, is_remote, listing_errors, remote_file
from tierline.crawl.formats import remedy, source_format
from tierline.crawl.measure import remote_stamp, stamp_of
from tierline.crawl.urls import refuse_secrets

PARTIAL = (".part", ".partial", ".tmp", ".crdownload", ".filepart")  # names under which programs write unfinished files


@dataclass(slots=True)
class Look:
    """One listing: crawl files with their stamps; what is no crawl file and why; folders that could not be listed.

    `prefix` is what the addresses of all files there begin with.
    """

    prefix: str
    files: dict[str, str] = field(default_factory=dict[str, str])
    ignored: dict[str, str] = field(default_factory=dict[str, str])
    unseen: list[str] = field(default_factory=list[str])


def look_at(root: str) -> Look:
    """Every file below a folder or prefix; nothing if there is none. Links that leave the folder are not followed. BadInput.

    Hidden files are passed over, unless one has the name of a crawl file.
    """
    return _look_remote(root) if is_remote(root) else _look_local(root)


def look_at_matches(pattern: str) -> Look:
    """The same of the files that a glob names (`**` crosses folders), below the folder that stands before its first sign."""
    look = Look("")
    if is_remote(pattern):
        filesystem, path = remote_file(pattern)
        with listing_errors(pattern):
            found = filesystem.glob(path, detail=True)
        for name, info in sorted(found.items()):
            if info["type"] != "directory":
                _look_at_remote_file(filesystem.unstrip_protocol(name), info, look)
        return look
    parts = Path(pattern).parts
    base = Path(*parts[: next(number for number, part in enumerate(parts) if has_magic(part))])
    inside = f"{base.resolve()}{os.sep}"
    for path in sorted(map(Path, iglob(pattern, recursive=True))):  # noqa: PTH207 - that of pathlib finds only folders by `**`
        address = address_of(str(path))
        if any(folder.is_symlink() for folder in path.parents if folder != base and folder.is_relative_to(base)):
            look.ignored[storable(address)] = "it lies behind a link to a folder, which is not followed: name that folder"
        elif path.is_symlink() or not path.is_dir():
            _look_at_file(path, address, inside, look)
    return look


def _look_remote(root: str) -> Look:
    refuse_secrets(root)
    filesystem, path = remote_file(root)
    prefix = below(filesystem.unstrip_protocol(path))
    with listing_errors(root):
        try:
            found = filesystem.find(path, detail=True)
        except FileNotFoundError:
            return Look(prefix)
    look = Look(prefix)
    for name, info in sorted(found.items()):
        _look_at_remote_file(filesystem.unstrip_protocol(name), info, look)
    return look


def _look_at_remote_file(address: str, info: Mapping[str, Any], look: Look) -> None:
    if why := _not_by_name(address.rsplit("/", 1)[-1], address):
        look.ignored[address] = why
    elif source_format(address):
        look.files[address] = remote_stamp(info)


def _look_local(root: str) -> Look:
    look, top = Look(below(address_of(root))), Path(root.removeprefix("file://"))
    if not top.is_dir():
        return look
    inside, folders = f"{top.resolve()}{os.sep}", [(str(top), look.prefix)]
    while folders:
        folder, prefix = folders.pop()
        try:
            with os.scandir(folder) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError as error:
            address = storable(prefix.rstrip("/"))
            look.unseen.append(address)
            look.ignored[address] = f"the folder cannot be listed ({error.strerror}): check its permissions"
            continue
        for entry in entries:
            if not entry.is_symlink() and entry.is_dir():
                folders.append((entry.path, f"{prefix}{entry.name}/"))
            else:
                _look_at_file(entry, prefix + entry.name, inside, look)
    return look


def _look_at_file(entry: os.DirEntry[str] | Path, address: str, inside: str, look: Look) -> None:
    try:
        why = not_utf8(address) or _not_by_name(entry.name) or _not_by_link(entry, inside)
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
        look.ignored[storable(address)] = why


def not_utf8(name: str) -> str | None:
    """Why no table can hold the address of a file, whose bytes that are no UTF-8 Python shows as lone surrogates; None for others."""
    return None if storable(name) == name else "its name is not UTF-8: rename it"


def _not_by_name(name: str, address: str = "") -> str | None:
    """Why a file is not read, by its name alone; None for a crawl file, and for hidden ones that nobody expects to be read."""
    known = source_format(address or name)
    if name.startswith("."):
        return "it is hidden: rename it without the leading dot" if known else None
    if name.lower().endswith(PARTIAL):
        return "its name says that it is not complete: rename it when it is"
    return None if known else remedy(name)


def _not_by_link(entry: os.DirEntry[str] | Path, inside: str) -> str | None:
    if not entry.is_symlink():
        return None
    target = os.path.realpath(entry)
    if not target.startswith(inside):
        return "it is a link that leaves the folder, which is not followed: put the file itself there"
    if not Path(target).exists():
        return "it is a link to nothing: remove it or restore its target"
    if Path(target).is_dir() or _not_by_name(Path(target).name) is None:
        return "it is a link to what the folder holds already: remove it"
    return None


def below(address: str) -> str:
    """What the addresses of files below a folder begin with."""
    return "" if address in ("", ".") else f"{address.rstrip('/')}/"


def storable(name: str) -> str:
    """An address as tables and messages can hold it."""
    return name.encode("utf-8", "backslashreplace").decode()
