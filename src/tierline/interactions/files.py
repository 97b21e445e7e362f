"""Finds the files of interactions, reads them line by line, and proves that a line still says what was taken from it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tierline.config.checksum import unchanged_file_sha256
from tierline.config.regular_file import open_regular
from tierline.errors import BadInput, SourceGone
from tierline.tables import content_id

SUFFIXES = (".jsonl", ".ndjson")
LINE_BYTES_MAX = 1 << 20  # of a line; the rest of a longer one is not read


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file of interactions, without its end: `number` counts from 1, `offset` is its first byte. `cut`: it is longer."""

    uri: str
    number: int
    offset: int
    data: bytes
    cut: bool

    @property
    def sha256(self) -> str:
        """Of its bytes."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def line_id(self) -> str:
        """The same for equal bytes at an equal place of a file of an equal name, wherever its folder is."""
        return content_id("int", Path(self.uri).name, self.number, self.sha256)


def find_files(folder: str) -> list[Path]:
    """The files of a folder, by name; none if there is no such folder. BadInput if it cannot be listed."""
    try:
        return sorted(path for path in Path(folder).expanduser().resolve().iterdir() if _is_named(path)) if folder else []
    except FileNotFoundError:
        return []
    except OSError as error:
        raise BadInput(f"cannot be listed: {error.strerror or error}", folder, "mend TIERLINE_FEEDBACK") from None


def digests(folder: str) -> list[str]:
    """Name and SHA-256 of every file. BadInput if one cannot be read."""
    return [f"{path.name} {_digest(path)}" for path in find_files(folder)]


def read_lines(path: Path) -> Iterator[Line]:
    """Every line that is not blank. BadInput if the file cannot be read."""
    try:
        with open_regular(path) as file:
            number = offset = 0
            while data := file.readline(LINE_BYTES_MAX + 1):
                number, start, cut = number + 1, offset, len(data) > LINE_BYTES_MAX
                offset += len(data)
                rest = data
                while cut and not rest.endswith(b"\n") and (rest := file.readline(LINE_BYTES_MAX)):
                    offset += len(rest)
                line = data[:LINE_BYTES_MAX].rstrip(b"\r\n")
                if line.strip():
                    yield Line(str(path), number, start, line, cut)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror or error}", str(path), "mend the file, or take it away") from None


def line_mismatch(row: Mapping[str, Any]) -> str | None:
    """What differs from a row of `l3_feedback` in its file, or None. SourceGone if there is no such file."""
    path, length = Path(row["source_uri"]), row["source_length"]
    try:
        with open_regular(path) as file:
            file.seek(row["source_offset"])
            found = hashlib.sha256(file.read(length)).hexdigest()
    except FileNotFoundError:
        raise SourceGone("the file of interactions is gone", str(path), "put it back") from None
    except OSError as error:
        return f"{path}: {error.strerror or error}"
    return None if found == row["line_sha256"] else f"{path} line {row['source_line']}: hashes to {found}, recorded is {row['line_sha256']}"


def _is_named(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "_"))


def _digest(path: Path) -> str:
    try:
        return unchanged_file_sha256(path)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror or error}", str(path), "mend the file, or take it away") from None
