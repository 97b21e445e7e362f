"""Reads the rows of statements again: the basis of an auditor's proof that a knowledge base says what the lake has of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tierline.bases.cells import cells
from tierline.bases.rows import Reader, Row, read_rows
from tierline.config.checksum import unchanged_file_sha256
from tierline.errors import BadInput, SourceGone


class Rereader:
    """Finds rows of `l4_statements` in their files. Asked in the order of the table it reads each file once."""

    def __init__(self) -> None:
        self._place: tuple[str, str] | None = None
        self._rows: Iterator[Row] = iter(())
        self._row: Row | None = None

    def mismatch(self, statement: Mapping[str, Any]) -> str | None:
        """What differs from the statement in its file, or None. SourceGone if there is no such file."""
        path = Path(statement["source_uri"])
        try:
            digest = unchanged_file_sha256(path)
            if digest != statement["source_sha256"]:
                return f"{path} has other bytes now: they hash to {digest}, recorded is {statement['source_sha256']}"
            row = self._find(path, statement["source_reader"], statement["source_row"])
        except FileNotFoundError:
            raise SourceGone(
                "the knowledge base's file is gone", str(path), "put it back, or take the base out of TIERLINE_KNOWLEDGE"
            ) from None
        except (BadInput, OSError) as error:
            return str(error)
        value, place = statement["source_value"], f"{path} {statement['source_address']}"
        if row is None or row.address != statement["source_address"]:
            return f"{place} is not there"
        found = [cell.text for cell in cells(row.data, statement["source_column"])]
        return None if value in found else f"{place}: {statement['source_column']} is not {value!r}"

    def _find(self, path: Path, reader: str, number: int) -> Row | None:
        if self._place != (str(path), reader) or self._row is None or self._row.number > number:
            self._place, self._rows, self._row = (str(path), reader), read_rows(path, Reader.of_json(reader)), None
        while self._row is None or self._row.number < number:
            self._row = next(self._rows, None)
            if self._row is None:
                return None
        return self._row
