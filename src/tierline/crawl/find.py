"""Turns user input (file, folder, glob, URL) into a sorted list of crawl files, and says of the other files there why they are not read."""

from __future__ import annotations

from collections.abc import Mapping
from glob import has_magic
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from tierline.crawl.address import address_of, is_remote, listing_errors, remote_file
from tierline.crawl.formats import KNOWN, remedy, source_format
from tierline.crawl.listing import Look, look_at, look_at_matches, not_utf8, storable
from tierline.crawl.urls import refuse_secrets
from tierline.errors import BadInput


class Found(NamedTuple):
    """Addresses of crawl files, sorted, and of what is none or must not be followed, with the reason."""

    files: list[str]
    ignored: Mapping[str, str]


def find_crawl_files(pattern: str) -> list[str]:
    """The files of find_crawl."""
    return find_crawl(pattern).files


def find_crawl(pattern: str) -> Found:
    """What a path, folder, glob (`**` crosses folders) or fsspec URL names, as the inbox would see it.

    What exists under the name as it stands is no pattern. Raises BadInput if nothing matches, a folder holds no crawl file, or a
    named file has another extension.
    """
    if not pattern.strip():
        raise BadInput("no crawl given", "CRAWL", f"name a file, folder, glob or URL; crawl files are {KNOWN}")
    return _find_remote(pattern) if is_remote(pattern) else _find_local(pattern)


def _find_remote(address: str) -> Found:
    refuse_secrets(address)
    filesystem, path = remote_file(address)
    with listing_errors(address):
        if source_format(address) and filesystem.isfile(path):
            return Found([filesystem.unstrip_protocol(path)], {})
        if has_magic(path):
            return _found(look_at_matches(address), address, "no crawl file matches")
        if filesystem.isdir(path):
            return _found(look_at(address), address, "the folder holds no crawl files")
        exists = filesystem.exists(path)
    if not exists:
        raise BadInput("no such file or folder", address, "check the address")
    raise BadInput("not a crawl file by its extension", address, remedy(path))


def _find_local(pattern: str) -> Found:
    name = _local_name(pattern)
    if not _there(name):
        if not has_magic(name):
            raise BadInput("no such file or folder", storable(pattern), "check the path")
        return _found(look_at_matches(name), pattern, "no crawl file matches")
    if Path(name).is_dir():
        return _found(look_at(name), pattern, "the folder holds no crawl files")
    if source_format(name) is None:
        raise BadInput("not a crawl file by its extension", pattern, remedy(name))
    if not_utf8(address := address_of(name)):
        raise BadInput("its name is not UTF-8", storable(address), "rename it")
    return Found([address], {})


def _found(look: Look, pattern: str, none: str) -> Found:
    if not look.files:
        first = next(iter(look.ignored.items()), None)
        raise BadInput(none, storable(pattern), f"{first[0]}: {first[1]}" if first else f"crawl files are {KNOWN}")
    return Found(sorted(look.files), look.ignored)


def _local_name(pattern: str) -> str:
    """The path that is meant: as it stands, if there is one; else a file:// URL without its escapes, or `~` as the home folder."""
    name = pattern.removeprefix("file://").removeprefix("local://")
    if _there(name):
        return name
    if name != pattern and _there(unquote(name)):
        return unquote(name)
    return str(Path(name).expanduser()) if name.startswith("~/") else name


def _there(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):  # a pattern too long for a name, or one with a zero byte
        return False
