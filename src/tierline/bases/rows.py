"""Reads the rows of a base's file one by one, whatever its format; a row keeps its number, by which it is found again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tierline.bases.cells import text_of
from tierline.bases.delimited import delimited_rows
from tierline.bases.objects import json_rows, line_rows
from tierline.bases.rdf import rdf_rows
from tierline.bases.sqlite import sqlite_rows
from tierline.bases.stored import COMPRESSED, UNREADABLE, open_files
from tierline.bases.wikidata import wikidata_rows
from tierline.bases.xml import xml_rows
from tierline.errors import BadInput

Found = tuple[str, Any]  # the address of a row within its file, and its values, or an Exception that says why there are none


@dataclass(frozen=True, slots=True)
class Reader:
    """How the rows of a file are found.

    `rows`: in JSON the path of the list (`elements`, `3166-1`, `*` for all values of an object), in XML that of the elements
    (`countries/country`), in SQLite the table, in RDF the class. `query` is a SELECT of SQLite in place of a table. `members` is a glob of
    the files of a tar archive that are read. `language` is that of the labels that Wikidata's values are named by.
    `html`: cells hold HTML, of which the text counts.
    """

    format: str
    rows: str = ""
    query: str = ""
    members: str = ""
    delimiter: str = ""
    encoding: str = "utf-8"
    language: str = "en"
    html: bool = False

    def to_json(self) -> str:
        """What is not the default, for a table."""
        given = {name: value for name, value in asdict(self).items() if value != getattr(Reader(""), name)}
        return json.dumps(given, ensure_ascii=False)

    @classmethod
    def of_json(cls, text: str) -> Reader:
        """The reverse."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its number in the file, from 0, its address for people, and its values, or why it has none."""

    number: int
    address: str
    data: Any
    error: str = ""


FORMATS: dict[str, Callable[..., Iterator[Found]]] = {
    "csv": delimited_rows, "tsv": delimited_rows, "json": json_rows, "jsonl": line_rows, "xml": xml_rows, "sqlite": sqlite_rows,
    "turtle": rdf_rows, "ntriples": rdf_rows, "wikidata": wikidata_rows,
}  # fmt: skip
_ENDINGS = {
    "csv": "csv", "tsv": "tsv", "tab": "tsv", "json": "json", "geojson": "json", "jsonl": "jsonl", "ndjson": "jsonl", "xml": "xml",
    "sqlite": "sqlite", "sqlite3": "sqlite", "db": "sqlite", "ttl": "turtle", "turtle": "turtle", "nt": "ntriples",
}  # fmt: skip


def format_of(path: str) -> str:
    """The format that a file's name says, "" if it says none; `.gz`, `.xz` and `.bz2` behind it do not count."""
    name = Path(path).name.lower()
    for ending in COMPRESSED:
        name = name.removesuffix(ending)
    return _ENDINGS.get(name.rpartition(".")[2], "")


def read_rows(path: Path, reader: Reader) -> Iterator[Row]:
    """Every row, in the order of the file; those of an archive's members one after another. A row that cannot be read has an `error`.
    BadInput, with the place, where the file cannot be read on. Memory holds a row of CSV, TSV, JSON lines, XML and SQLite, a file of
    JSON, RDF and Wikidata's labels."""
    number, address = 0, ""
    try:
        for member, file in open_files(path, reader.members, plain=reader.format == "sqlite"):
            for address, data in FORMATS[reader.format](file, reader):
                place = f"{member} {address}".strip()
                if isinstance(data, Exception):
                    yield Row(number, place, None, str(data))
                else:
                    yield Row(number, place, text_of(data) if reader.html else data)
                number += 1
    except BadInput as error:
        raise BadInput(error.what, f"{path}{f', after {address}' if address else ''}", error.do) from None
    except FileNotFoundError:
        raise
    except UNREADABLE as error:
        behind = f" after {address}" if address else ""
        raise BadInput(
            f"cannot be read as {reader.format}{behind} ({error})", str(path), "mend the file, or `format` in its mapping"
        ) from None
