"""Crawl files as they are stored: opened on any file system, decompressed, and what of a record is hashed."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import IO, Any

import zstandard

from tierline.crawl.address import local_path, remote_file

MAX_ZSTD_WINDOW = 128 << 20  # what `zstd --long` produces; a frame may request gigabytes


def open_binary(uri: str) -> IO[bytes]:
    """A file of any file system, seekable; the one place where an address becomes a file."""
    if path := local_path(uri):
        return path.open("rb")
    filesystem, name = remote_file(uri)
    return filesystem.open(name, "rb")


def stored_bytes(uri: str) -> int:
    """Size of the file as it is stored."""
    with open_binary(uri) as file:
        return file.seek(0, 2)


def open_decompressed(uri: str) -> IO[bytes]:
    """The file's bytes behind .gz or .zst, as a stream."""
    file: Any = open_binary(uri)
    if uri.endswith(".gz"):
        return gzip.GzipFile(fileobj=file)  # pyright: ignore[reportReturnType]
    if uri.endswith(".zst"):
        decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_ZSTD_WINDOW)
        return decompressor.stream_reader(file, read_across_frames=True, closefd=True)  # pyright: ignore[reportReturnType]
    return file


def parquet_payload(record: Mapping[str, Any]) -> bytes:
    """The hashed bytes of a Parquet row: its values as JSON with sorted names."""
    return json.dumps(record, sort_keys=True, ensure_ascii=False, default=str).encode()
