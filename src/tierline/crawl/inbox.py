"""Detects from two consecutive listings which files of an inbox have arrived completely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import fsspec

from tierline.crawl.find import source_format

PARTIAL = (".part", ".partial", ".tmp", ".crdownload", ".filepart")  # names under which programs write unfinished files

Look = dict[str, str]  # path -> what changes while a file is being written


@dataclass(frozen=True, slots=True)
class Arrivals:
    """`settled` files did not change between two looks and are new or changed since they were `taken`; `growing` ones did."""

    settled: tuple[str, ...]
    growing: tuple[str, ...]
    look: Look


def look_at(root: str) -> Look:
    """Every crawl file below a folder or prefix with its size and time of change; empty if there is no such folder.

    Names that writers give to unfinished files (.part, .tmp, a leading dot) are skipped.
    """
    filesystem, path = fsspec.core.url_to_fs(root)
    remote = "://" in root
    try:
        found: dict[str, dict[str, Any]] = filesystem.find(path, detail=True)
    except FileNotFoundError:
        return {}
    return {
        (filesystem.unstrip_protocol(name) if remote else name): f"{info.get('size')}:{_changed(info)}"
        for name, info in sorted(found.items())
        if source_format(name) and not name.rsplit("/", 1)[-1].startswith(".") and not name.endswith(PARTIAL)
    }


def arrivals(now: Look, before: Mapping[str, str], taken: Mapping[str, str]) -> Arrivals:
    """Compare this look with the one before: unchanged files have arrived completely; `taken` names those handed on already."""
    pending = {path: state for path, state in now.items() if taken.get(path) != state}
    settled = tuple(path for path, state in pending.items() if before.get(path) == state)
    return Arrivals(settled, tuple(path for path in pending if path not in settled), now)


def _changed(info: Mapping[str, Any]) -> str:
    moment = info.get("mtime") or info.get("LastModified") or info.get("last_modified") or info.get("created") or info.get("ETag") or ""
    return moment.isoformat() if isinstance(moment, datetime) else str(moment)
