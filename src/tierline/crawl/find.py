"""Turns user input (file, folder, glob, URL) into a sorted list of crawl files."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import fsspec

from tierline.errors import BadInput

WARC = re.compile(r"\.(warc|wet|wat)(\.(gz|zst|lz4))?$|\.warc\.(wet|wat)(\.(gz|zst))?$|\.arc(\.gz)?$", re.I)
JSONL = re.compile(r"\.(jsonl|ndjson)(\.(gz|zst))?$", re.I)
PARQUET = re.compile(r"\.parquet(\.(gz|zst))?$", re.I)
KNOWN = "*.warc, *.wet, *.jsonl or *.parquet, plain or with .gz or .zst (WARC also .lz4)"


def source_format(uri: str) -> str | None:
    """`warc`, `jsonl` or `parquet` by the file's name; None if it is not a crawl file."""
    for name, pattern in (("warc", WARC), ("jsonl", JSONL), ("parquet", PARQUET)):
        if pattern.search(uri.split("?", 1)[0]):
            return name
    return None


def find_crawl_files(pattern: str) -> list[str]:
    """URIs of the crawl files that a path, folder, glob (`**` crosses folders) or fsspec URL names, sorted.

    Paths below the working directory are relative to it, so that a lake and its crawl can move together; others are
    absolute. Raises BadInput if nothing matches, a folder holds no crawl file, or a named file has another extension.
    """
    if not pattern.strip():
        raise BadInput("no crawl given", "CRAWL", f"name a file, folder, glob or URL of {KNOWN}")
    filesystem, path = _open(pattern)
    remote = "://" in pattern
    if any(sign in path for sign in "*?["):
        found = [name for name in _names(filesystem.glob(path)) if source_format(name) and not filesystem.isdir(name)]
        if not found:
            raise BadInput("no crawl file matches", pattern, f"crawl files are {KNOWN}")
    elif filesystem.isdir(path):
        found = [name for name in _names(filesystem.find(path)) if source_format(name)]
        if not found:
            raise BadInput("the folder holds no crawl files", pattern, f"crawl files are {KNOWN}")
    elif not filesystem.exists(path):
        raise BadInput("no such file or folder", pattern, "check the path")
    elif source_format(path) is None:
        raise BadInput("not a crawl file by its extension", pattern, f"crawl files are {KNOWN}")
    else:
        found = [path]
    return sorted(filesystem.unstrip_protocol(name) if remote else _portable(name) for name in found)


def _open(pattern: str) -> tuple[Any, str]:
    try:
        filesystem, path = fsspec.core.url_to_fs(pattern)
    except (ValueError, ImportError) as error:
        raise BadInput(f"cannot be opened ({error})", pattern) from None
    return filesystem, path


def _names(found: Any) -> list[str]:
    return [str(name) for name in found]


def _portable(path: str) -> str:
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - without `..`, but through links: a crawl is named as the user names it
    return str(absolute.relative_to(Path.cwd())) if absolute.is_relative_to(Path.cwd()) else str(absolute)
