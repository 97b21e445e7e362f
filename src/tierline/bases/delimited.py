"""Rows of CSV and TSV: a header names the columns; the address of a row is the line at which it ends."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import IO, Any

from tierline.bases.objects import encoding_of
from tierline.errors import BadInput


def delimited_rows(file: IO[bytes], reader: Any) -> Iterator[tuple[str, Any]]:
    """(line N, {column: cell}); a row with more or fewer cells than the header is an error of that row. BadInput without a header, or
    with one name for two columns."""
    text = io.TextIOWrapper(file, encoding_of(reader), newline="\n")  # a lone CR within a cell ends no line
    rows = csv.reader(text, delimiter=reader.delimiter or ("\t" if reader.format == "tsv" else ","))
    try:
        header = [name.strip() for name in next(rows, [])]
    except csv.Error as error:
        raise BadInput(f"the first line names no columns ({error})", do="mend `format` or `delimiter` in the mapping") from None
    if not any(header):
        raise BadInput("the first line names no columns", do="the file needs a header, or another `delimiter`")
    if doubled := sorted({name for name in header if name and header.count(name) > 1}):
        raise BadInput(f"two columns are named {doubled[0]!r}", do="rename one of them")
    while True:
        try:
            cells = next(rows, None)
        except csv.Error as error:
            yield f"line {rows.line_num}", ValueError(str(error))
            continue
        if cells is None:
            return
        if len(cells) == len(header):
            yield f"line {rows.line_num}", dict(zip(header, cells, strict=True))
        elif cells:
            yield f"line {rows.line_num}", ValueError(f"{len(cells)} cells under {len(header)} columns")
