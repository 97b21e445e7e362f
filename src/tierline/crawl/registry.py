"""Assigns crawl files to shards: a large file alone, small ones packed together, and never moved afterwards."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pyarrow as pa
from fsspec.implementations.local import LocalFileSystem

from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.tables import content_id
from tierline.tables.records import CRAWL_FILES

TABLE = "crawl_files"
SETTLED_SECONDS = 2.0  # after which a change of a file has another time than the change before it


@dataclass(frozen=True, slots=True)
class PackRules:
    """How files become shards."""

    SECTION: ClassVar[str] = "l0.shards"
    shard_bytes: int = 64 << 20  # of stored bytes; the unit of a rerun, and the size of what a step holds in memory


class CrawlRegistry:
    """The lake's list of crawl files. A file stays in the shard it was first registered in."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def register(self, uris: Sequence[str], rules: PackRules) -> list[str]:
        """Register new files and record changed ones; returns the shards that are new or changed, in order of registration.

        New files are packed only with each other, so that no processed shard is reopened for them.
        """
        rows = [row for files in self._shards().values() for row in files]
        known = {row["uri"]: row for row in rows}
        measured = {uri: _measure(self._lake, uri) for uri in dict.fromkeys(uris)}
        changed = {known[uri]["shard"] for uri, (_, digest) in measured.items() if uri in known and known[uri]["digest"] != digest}
        for shard in sorted(changed):
            updated = [
                row | dict(zip(("bytes", "digest"), measured[row["uri"]], strict=True)) if row["uri"] in measured else row
                for row in rows
                if row["shard"] == shard
            ]
            self._lake.delta.replace(TABLE, pa.Table.from_pylist(updated, schema=CRAWL_FILES), {"shard": shard})
        sequence = max((row["sequence"] for row in rows), default=-1)
        new = [
            {"shard": shard, "uri": uri, "bytes": size, "digest": digest, "position": position, "sequence": sequence + number}
            for number, (shard, files) in enumerate(_pack([uri for uri in measured if uri not in known], measured, rules), 1)
            for position, (uri, size, digest) in enumerate(files)
        ]
        if new:
            moment = datetime.now(UTC)
            table = pa.Table.from_pylist([row | {"registered_at": moment} for row in new], schema=CRAWL_FILES)
            self._lake.delta.append(TABLE, table, ["shard"])
        wanted = changed | {row["shard"] for row in new}
        return [shard for shard in self.shards() if shard in wanted]

    def shards(self) -> list[str]:
        """Every shard, in order of registration."""
        return list(self._shards())

    def earlier(self, shard: str) -> list[str]:
        """The shards registered before this one."""
        shards = self.shards()
        return shards[: shards.index(shard)] if shard in shards else shards

    def files(self, shard: str) -> list[str]:
        """URIs of the shard's files, in order. BadInput if there is no such shard."""
        return [row["uri"] for row in self._of(shard)]

    def digest(self, shard: str) -> str:
        """Changes when a file of the shard does. BadInput if there is no such shard."""
        return content_id("crawl", *(f"{row['uri']}={row['digest']}" for row in self._of(shard)))

    def _of(self, shard: str) -> list[dict[str, Any]]:
        rows = self._shards().get(shard)
        if not rows:
            raise BadInput("no such shard", shard, "`tierline shards` lists them; `make ingest CRAWL=...` registers crawl files")
        return rows

    def _shards(self) -> dict[str, list[dict[str, Any]]]:
        shards = self._lake.delta.catalog.view(TABLE, CRAWL_FILES, _by_shard)
        moment = self._lake.moment
        return shards if moment is None else {shard: rows for shard, rows in shards.items() if rows[0]["registered_at"] <= moment}


def _by_shard(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Rows of each shard, in order of registration."""
    first: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: (row["sequence"], row["shard"], row["position"])):
        first.setdefault(row["uri"], row)  # two concurrent registrations may both have registered a file
    shards: dict[str, list[dict[str, Any]]] = {}
    for row in first.values():
        shards.setdefault(row["shard"], []).append(row)
    return shards


def _pack(uris: Sequence[str], measured: dict[str, tuple[int, str]], rules: PackRules) -> Iterator[tuple[str, list[tuple[str, int, str]]]]:
    """(shard name, files) with neighboring files in one shard up to the size; a larger file is a shard of its own."""
    group: list[tuple[str, int, str]] = []
    for uri in sorted(uris):
        size, digest = measured[uri]
        if group and sum(size for _, size, _ in group) + size > rules.shard_bytes:
            yield _shard_name(group), group
            group = []
        group.append((uri, size, digest))
    if group:
        yield _shard_name(group), group


def _shard_name(group: list[tuple[str, int, str]]) -> str:
    """A readable name that depends on the addresses only: a file that changes keeps its shard."""
    first = re.sub(r"[^a-z0-9]+", "-", group[0][0].rsplit("/", 1)[-1].split(".")[0].lower()).strip("-")[:24] or "crawl"
    digest = hashlib.sha256("\n".join(uri for uri, _, _ in group).encode()).hexdigest()[:8]
    return f"{first}-{digest}"


def _measure(lake: Lake, uri: str) -> tuple[int, str]:
    """(size, digest of the bytes); of a remote file the store's own checksum, so that it is not fetched twice.

    A local file is read again only where its inode says that it has changed: nobody can set the time of that change back.
    """
    filesystem, path = fsspec.core.url_to_fs(uri)
    try:
        size = int(filesystem.size(path) or 0)
        if "://" in uri and not uri.startswith(("file://", "memory://")):
            return size, str(filesystem.checksum(path))
        if not isinstance(filesystem, LocalFileSystem):
            return size, _digest(filesystem, path)
        status = Path(path).stat()
        if time.time() - status.st_ctime < SETTLED_SECONDS:  # it may change once more within the same tick of the clock
            return size, _digest(filesystem, path)
        state = f"digest of {path}: {status.st_size} {status.st_ino} {status.st_mtime_ns} {status.st_ctime_ns}"
        return size, lake.fact(state, lambda: _digest(filesystem, path))
    except OSError as error:
        raise BadInput(f"cannot be read ({error})", uri, "check the file and its permissions") from error


def _digest(filesystem: Any, path: str) -> str:
    digest = hashlib.sha256()
    with filesystem.open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
