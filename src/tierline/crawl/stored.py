"""Crawl files as they are stored: opened on any file system, decompressed, and what of a record is hashed."""

from __future__ import annotations

import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import IO, Any

import pyarrow as pa
import zstandard

from tierline.crawl.address import local_path, remote_errors, remote_file
from tierline.crawl.compression import unpacked
from tierline.crawl.formats import codec_of
from tierline.crawl.members import file_and_member, open_member

# What libraries raise over files that are damaged, cut off, or something else than their name says.
UNREADABLE = (
    *(OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zstandard.ZstdError),
    # zipfile: struct.error where a file ends within a header, NotImplementedError for a compression that it does not know
    *(zipfile.BadZipFile, struct.error, NotImplementedError, pa.ArrowException),
)


def open_binary(uri: str) -> IO[bytes]:
    """A file of any file system, or a member of a WACZ file, seekable; the one place where an address becomes a file."""
    file, member = file_and_member(uri)
    if member:
        return open_member(open_binary(file), member)
    if path := local_path(uri):
        return path.open("rb")
    filesystem, name = remote_file(uri)
    with remote_errors():
        return filesystem.open(name, "rb")


def stored_bytes(uri: str) -> int:
    """Size of the file as it is stored."""
    with open_binary(uri) as file:
        return file.seek(0, 2)


def open_decompressed(uri: str) -> IO[bytes]:
    """The file's bytes behind the compression that its name tells, as a stream that is read forward."""
    return unpacked(open_binary(uri), codec_of(uri))


def parquet_payload(record: Mapping[str, Any]) -> bytes:
    """The hashed bytes of a Parquet row: its values as JSON with sorted names."""
    return json.dumps(record, sort_keys=True, ensure_ascii=False, default=str).encode()
