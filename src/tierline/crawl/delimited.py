"""Makes rows of CSV and TSV files: one record per row, with the address of its bytes, whatever stands between the columns."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from functools import partial
from typing import IO, Any, NamedTuple

from tierline.crawl.charset import MARKS, decode_text
from tierline.crawl.jsonl_parquet import address_of
from tierline.crawl.lines import bounded_lines
from tierline.crawl.one_record import fields_or_fault
from tierline.crawl.record_fields import HTML_FIELDS, KNOWN_FIELDS, TEXT_FIELDS, plain_name, row_of
from tierline.crawl.row_bounds import Bound, rest_is_not_read
from tierline.crawl.rules import ReadRules
from tierline.crawl.stored import open_decompressed

DELIMITERS = ",\t;|"
WIDE = {mark: codecs.lookup(charset).name for mark, charset in MARKS if charset != "utf-8"}  # of 16 and 32 bits a unit
SAMPLE_BYTES = 1 << 16  # of which the charset of the file is found
_DECLARED = re.compile(r"sep=(.)\r?\n?\Z")  # the first line that Excel writes and obeys


class _Line(NamedTuple):
    """A line with its end. `text` has a letter for each byte where the charset has no wider units: a cell is decoded when it is known."""

    offset: int
    data: bytes
    text: str


class _Broken(NamedTuple):
    """A record that cannot be read."""

    reason: str


class _NeverClosed(Exception):
    """The rest of the file, or more than a record may be, is within one quote."""


def read_delimited(uri: str, rules: ReadRules, bound: Bound) -> Iterator[dict[str, Any]]:
    """One row per record behind the header; offset and length count bytes of the unpacked file. A broken record is an error row.

    ValueError if the first line names no column that is known: it is no header, or not one of a crawl.
    """
    ends: list[dict[str, Any]] = []  # what ended the reading before the end of the file
    with open_decompressed(uri) as file:
        encoding, lines = _lines(file, rules, bound, ends)
        names: list[str] = []
        for taken, cells in _records(lines, uri, rules.max_body_bytes):
            where = address_of(taken[0].offset, b"".join(line.data for line in taken))
            if isinstance(cells, _Broken):
                yield where | {"status": "error", "error": f"broken record: {cells.reason}"}
            elif names:
                yield where | fields_or_fault(partial(_from_cells, names, cells, encoding, rules))
            else:
                names = [plain_name(str(_cell(name, encoding))) for name in cells]
                if not KNOWN_FIELDS.intersection(names):
                    raise ValueError(f"its first line names no column {', '.join((*TEXT_FIELDS, *HTML_FIELDS))}")
    yield from ends


def delimiter_of(header: str, preferred: str = ",") -> str:
    """That by which most names of known fields stand in the header, then that which gives most columns, then the preferred one."""

    def merit(delimiter: str) -> tuple[int, int, bool]:
        names = next(csv.reader([header], delimiter=delimiter), [])
        return sum(plain_name(name) in KNOWN_FIELDS for name in names), len(names), delimiter == preferred

    return max(DELIMITERS, key=merit)


def _lines(file: IO[bytes], rules: ReadRules, bound: Bound, ends: list[dict[str, Any]]) -> tuple[str, Iterator[_Line]]:
    """(charset, lines) without a byte order mark; of text that is not UTF-8 the charset is that of the beginning."""
    source: Any = file if hasattr(file, "peek") else io.BufferedReader(file, SAMPLE_BYTES)  # pyright: ignore[reportArgumentType]
    sample = source.peek(SAMPLE_BYTES)[:SAMPLE_BYTES]
    if mark := next((mark for mark in WIDE if sample.startswith(mark)), None):
        return WIDE[mark], _wide_lines(source, mark, rules, bound, ends)
    return decode_text(sample[: sample.rfind(b"\n") + 1] or sample, None, False)[1], _byte_lines(source, rules, bound, ends)


def _byte_lines(file: IO[bytes], rules: ReadRules, bound: Bound, ends: list[dict[str, Any]]) -> Iterator[_Line]:
    for offset, line in bounded_lines(file, rules.max_body_bytes, bound):
        if isinstance(line, dict):
            ends.append({"source_offset": offset} | line)
        else:
            data = line[len(codecs.BOM_UTF8) :] if offset == 0 and line.startswith(codecs.BOM_UTF8) else line
            yield _Line(offset, line, data.decode("latin-1"))


def _wide_lines(file: IO[bytes], mark: bytes, rules: ReadRules, bound: Bound, ends: list[dict[str, Any]]) -> Iterator[_Line]:
    offset, encoding = len(file.read(len(mark))), WIDE[mark]
    text = io.TextIOWrapper(file, encoding, errors="surrogatepass", newline="\n")
    while line := text.readline(rules.max_body_bytes // 4):
        data = line.encode(encoding, "surrogatepass")
        if offset + len(data) > bound.size:
            ends.append({"source_offset": offset, "source_length": 0, "status": "error", "error": rest_is_not_read(bound)})
            return
        yield _Line(offset, data, line)
        offset += len(data)


def _records(lines: Iterator[_Line], uri: str, limit: int) -> Iterator[tuple[list[_Line], list[str] | _Broken]]:
    """(lines, cells) of each record; blank lines are none. If a quote is never closed, its first line alone is a broken record, and
    the lines behind it are read as if it were not there."""
    waiting: deque[_Line] = deque()
    taken: list[_Line] = []
    delimiter = ""

    def feed() -> Iterator[str]:
        while line := waiting.popleft() if waiting else next(lines, None):
            taken.append(line)
            if line.offset + len(line.data) - taken[0].offset > limit:
                raise _NeverClosed
            yield _fed(line)
        if taken:
            raise _NeverClosed

    csv.field_size_limit(max(limit, csv.field_size_limit()))
    if (first := next(lines, None)) is None:
        return
    if declared := _DECLARED.match(first.text):
        delimiter = declared[1]
    else:
        waiting.append(first)
        delimiter = delimiter_of(_fed(first), "\t" if ".tsv" in uri.lower() else ",")
    while True:
        reader = csv.reader(feed(), delimiter=delimiter)
        try:
            for cells in reader:
                if len(taken) > 1:  # a quote that nobody closed ends at the next one, and takes in what lies between
                    list(csv.reader((_fed(line) for line in taken), delimiter=delimiter, strict=True))
                if any(cells):
                    yield list(taken), cells
                taken.clear()
            return
        except (csv.Error, _NeverClosed) as error:
            reason = "a quote that is never closed" if isinstance(error, _NeverClosed) or len(taken) > 1 else str(error)
            yield taken[:1], _Broken(reason)
            waiting.extendleft(reversed(taken[1:]))
            taken.clear()


def _fed(line: _Line) -> str:
    """As the csv module gets it, which would refuse a CR that ends no record."""
    return line.text.replace("\r\n", "\n").replace("\r", "\v")


def _from_cells(names: list[str], cells: list[str], encoding: str, rules: ReadRules) -> dict[str, Any]:
    while len(cells) > len(names) and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) != len(names):
        return {"status": "error", "error": f"row of {len(cells)} cells, where the header has {len(names)}"}
    return row_of({name: _cell(cell, encoding) for name, cell in zip(names, cells, strict=True) if name}, rules)


def _cell(cell: str, encoding: str) -> str | bytes:
    """Its text, or its bytes where they are of another charset than the file's beginning."""
    cell = cell.replace("\v", "\n")
    if encoding in WIDE.values():
        return cell
    data = cell.encode("latin-1")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data if encoding == "utf-8" else decode_text(data, encoding, False)[0]
