"""Turns user input (file, folder, glob, URL) into a sorted list of crawl files, and says of other files what would make them readable."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from fsspec.implementations.local import LocalFileSystem

from tierline.crawl.address import address_of, is_remote, remote_file
from tierline.crawl.urls import refuse_secrets
from tierline.errors import BadInput

WARC = re.compile(r"\.(warc|wet|wat)(\.(gz|zst|lz4))?$|\.warc\.(wet|wat)(\.(gz|zst))?$", re.I)
JSONL = re.compile(r"\.(jsonl|ndjson)(\.(gz|zst))?$", re.I)
PARQUET = re.compile(r"\.parquet(\.(gz|zst))?$", re.I)
KNOWN = "*.warc, *.wet, *.jsonl or *.parquet, plain or with .gz or .zst (WARC also .lz4)"
# What would make a file of another format readable, by the end of its name.
REMEDIES = (
    (re.compile(r"\.arc(\.gz)?$", re.I), "ARC files are not read: convert it to WARC, for example with `warcio recompress`"),
    (re.compile(r"\.(pdf|docx?|odt|epub)$", re.I), "extract its text to JSON Lines, one object with `text` and `url` a line"),
    (re.compile(r"\.x?html?(\.gz)?$", re.I), "a single page: put pages into WARC, or JSON Lines with `html` and `url`"),
    (re.compile(r"\.(txt|md|rst)(\.gz)?$", re.I), "write each document as one line of JSON Lines with `text` and `url`"),
    (re.compile(r"\.(csv|tsv|xlsx?)(\.gz)?$", re.I), "convert it to Parquet or JSON Lines with a column `text`"),
    (re.compile(r"\.json(\.gz|\.zst)?$", re.I), "write one JSON object a line and name it .jsonl"),
    (re.compile(r"\.(zip|tar|tgz|7z|rar)$|\.tar\.\w+$", re.I), "unpack it"),
    (re.compile(r"\.(jsonl|ndjson|parquet|warc|wet|wat)\.\w+$", re.I), "compress it with gzip or zstd instead"),
)


def source_format(address: str) -> str | None:
    """`warc`, `jsonl` or `parquet` by the file's name; None if it is not a crawl file."""
    name = address.split("?", 1)[0] if address.startswith(("http://", "https://")) else address
    for kind, pattern in (("warc", WARC), ("jsonl", JSONL), ("parquet", PARQUET)):
        if pattern.search(name):
            return kind
    return None


def remedy(name: str) -> str:
    """What would make a file readable that is not a crawl file by its name."""
    return next((advice for pattern, advice in REMEDIES if pattern.search(name)), f"crawl files are {KNOWN}")


def find_crawl_files(pattern: str) -> list[str]:
    """Addresses of the crawl files that a path, folder, glob (`**` crosses folders) or fsspec URL names, sorted.

    What exists under the name as it stands is no pattern. Raises BadInput if nothing matches, a folder holds no crawl file, or a
    named file has another extension.
    """
    if not pattern.strip():
        raise BadInput("no crawl given", "CRAWL", f"name a file, folder, glob or URL of {KNOWN}")
    refuse_secrets(pattern)
    remote = is_remote(pattern)
    filesystem, path = remote_file(pattern) if remote else _local(pattern)
    if any(sign in path for sign in "*?[") and not (not remote and _there(path)):
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
        raise BadInput("not a crawl file by its extension", pattern, remedy(path))
    else:
        found = [path]
    return sorted(filesystem.unstrip_protocol(name) if remote else address_of(name) for name in found)


def _local(pattern: str) -> tuple[Any, str]:
    filesystem: Any = LocalFileSystem()
    return filesystem, filesystem._strip_protocol(pattern)


def _there(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:  # a pattern too long for a name
        return False


def _names(found: Any) -> list[str]:
    return [str(name) for name in found]
