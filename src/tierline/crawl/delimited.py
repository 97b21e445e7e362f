"""Makes rows of CSV and TSV files: one record per row, with the address of its bytes, whatever stands between the columns."""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator
from functools import partial
from typing import IO, Any, NamedTuple

from tierline.crawl.charset import MARKS, decode_text
from tierline.crawl.compression import wrong_members
from tierline.crawl.dialect import UNQUOTED, Dialect, declared_delimiter, delimiter_of, dialect_of, line_end, plain_cell
from tierline.crawl.jsonl_parquet import address_of
from tierline.crawl.lines import bounded_lines
from tierline.crawl.one_record import fields_or_fault
from tierline.crawl.record_fields import HTML_FIELDS, KNOWN_FIELDS, TEXT_FIELDS, plain_name, row_of
from tierline.crawl.row_bounds import Bound, rest_is_not_read
from tierline.crawl.rules import ReadRules
from tierline.crawl.stored import open_decompressed

WIDE = {mark: codecs.lookup(charset).name for mark, charset in MARKS if charset != "utf-8"}  # of 16 and 32 bits a unit
SAMPLE_BYTES = 1 << 16  # of which the charset and the dialect of the file are found
SAMPLE_LINES = 1000
HEADER_AGAIN = "the header once more"  # as where files were written behind each other
_MARKS = ("\ufeff", codecs.BOM_UTF8.decode("latin-1"))  # as a unit, and of bytes that are decoded later


class _Line(NamedTuple):
    """A line with its end. `text` has a letter for each byte where the charset has no wider units: a cell is decoded when it is known."""

    offset: int
    number: int  # from 1
    data: bytes
    text: str


class _Broken(NamedTuple):
    """A record that cannot be read."""

    reason: str


class _NeverClosed(Exception):
    """The rest of the file, or more than a record may be, is within one quote."""


class _Header:
    """The names of the columns, in the order of the last header; a file may have several that say the same."""

    def __init__(self, names: list[str]) -> None:
        if not KNOWN_FIELDS.intersection(names):
            raise ValueError(f"its first line names no column {', '.join((*TEXT_FIELDS, *HTML_FIELDS))}")
        if twice := next((name for name in names if names.count(name) > 1 and name in KNOWN_FIELDS), None):
            raise ValueError(f"two columns are named {twice!r}; rename one of them")
        self.names, self._sorted = names, sorted(names)
        self._most = 2 * sum(map(len, names)) + 2 * len(names)  # letters of a record that may be a header

    def is_again(self, cells: list[str], encoding: str) -> bool:
        """Whether these cells are the same names, in whatever order: they are the columns' from here on."""
        if len(cells) != len(self.names) or len(cells) < 2 or sum(map(len, cells)) > self._most:
            return False
        names = _names(cells, encoding)
        again = sorted(names) == self._sorted
        self.names = names if again else self.names
        return again


def read_delimited(uri: str, rules: ReadRules, bound: Bound) -> Iterator[dict[str, Any]]:
    """One row per record behind the header; offset and length count bytes of the unpacked file. A broken record is an error row.

    ValueError if the first line names no column that is known, or one twice: it is no header, or not one of a crawl.
    """
    ends: list[dict[str, Any]] = []  # what ended the reading before the end of the file
    with open_decompressed(uri) as file:
        encoding, dialect, lines = _opened(file, uri, rules, bound, ends)
        header: _Header | None = None
        for taken, cells in _records(lines, dialect, rules.max_body_bytes):
            where = address_of(taken[0].offset, b"".join(line.data for line in taken))
            if isinstance(cells, _Broken):
                yield where | {"status": "error", "error": f"line {taken[0].number}: {cells.reason}"}
            elif header is None:
                header = _Header(_names(cells, encoding))
            elif header.is_again(cells, encoding):
                yield where | {"record_type": "document", "status": "empty", "error": HEADER_AGAIN}
            elif len(cells) != len(header.names):
                reason = f"line {taken[0].number}: row of {len(cells)} cells, where the header has {len(header.names)}"
                yield where | {"status": "error", "error": reason}
            else:
                yield where | fields_or_fault(partial(_from_cells, header.names, cells, encoding, rules))
        yield from ends
        yield from wrong_members(file)


def _opened(file: IO[bytes], uri: str, rules: ReadRules, bound: Bound, ends: list[dict[str, Any]]) -> tuple[str, Dialect, Iterator[_Line]]:
    """(charset, dialect, lines without byte order marks, from the header on); of text that is not UTF-8 the charset is that of the
    beginning."""
    source: Any = file if hasattr(file, "peek") else io.BufferedReader(file, SAMPLE_BYTES)  # pyright: ignore[reportArgumentType]
    sample = source.peek(SAMPLE_BYTES)[:SAMPLE_BYTES]
    mark = next((mark for mark in WIDE if sample.startswith(mark)), None)
    text = sample.decode(WIDE[mark], "replace") if mark else sample.decode("latin-1")
    newline = line_end(text)
    if mark:
        encoding, lines = WIDE[mark], _wide_lines(source, mark, newline, rules, bound, ends)
    else:
        encoding = decode_text(sample[: sample.rfind(newline.encode()) + 1] or sample, None, False)[1]
        lines = _byte_lines(source, newline, rules, bound, ends)
    beginning = text.split(newline)
    whole = [_unmarked(line) + newline for line in beginning[: -1 if len(sample) == SAMPLE_BYTES else None][:SAMPLE_LINES]] or [""]
    if declared := declared_delimiter(whole[0]):
        next(lines, None)
        del whole[0]
    elif whole == [""]:
        return encoding, Dialect(), lines
    found = declared or delimiter_of(Dialect().fed(whole[0]), "\t" if ".tsv" in uri.lower() else ",")
    return encoding, dialect_of(whole, found) if whole else Dialect(found), lines


def _byte_lines(file: IO[bytes], newline: str, rules: ReadRules, bound: Bound, ends: list[dict[str, Any]]) -> Iterator[_Line]:
    number, end = 1, newline.encode()
    for offset, line in bounded_lines(file, rules.max_body_bytes, bound, end):
        if isinstance(line, dict):
            ends.append({"source_offset": offset} | line)
            number += 1
        else:
            yield _Line(offset, number, line, _unmarked(line.decode("latin-1")))
            number += line.count(end)


def _wide_lines(file: IO[bytes], mark: bytes, newline: str, rules: ReadRules, bound: Bound, ends: list[dict[str, Any]]) -> Iterator[_Line]:
    offset, encoding, number = len(file.read(len(mark))), WIDE[mark], 1
    text = io.TextIOWrapper(file, encoding, errors="surrogatepass", newline=newline)
    while line := text.readline(rules.max_body_bytes // 4):
        data = line.encode(encoding, "surrogatepass")
        if offset + len(data) > bound.size:
            ends.append({"source_offset": offset, "source_length": 0, "status": "error", "error": rest_is_not_read(bound)})
            return
        yield _Line(offset, number, data, _unmarked(line))
        offset += len(data)
        number += line.endswith(newline)


def _unmarked(line: str) -> str:
    """Without the byte order marks of a file, or of one that was written behind another."""
    while line.startswith(_MARKS):
        line = line[3 if line[0] == _MARKS[1][0] else 1 :]
    return line


def _records(lines: Iterator[_Line], dialect: Dialect, limit: int) -> Iterator[tuple[list[_Line], list[str] | _Broken]]:
    """(lines, cells) of each record; blank lines are none. If a quote is never closed, its first line alone is a broken record, and
    the lines behind it are read as if it were not there."""
    waiting: deque[_Line] = deque()
    taken: list[_Line] = []
    width = 0  # of the first record, which is the header

    def feed() -> Iterator[str]:
        while line := waiting.popleft() if waiting else next(lines, None):
            taken.append(line)
            if line.offset + len(line.data) - taken[0].offset > limit:
                raise _NeverClosed
            yield dialect.fed(line.text)
        if taken:
            raise _NeverClosed

    csv.field_size_limit(max(limit, csv.field_size_limit()))
    while True:
        try:
            for cells in dialect.reader(feed(), strict=True):
                while len(cells) > width and width and not cells[-1].strip():
                    del cells[-1]
                if any(cells):
                    width = width or len(cells)
                    yield list(taken), cells
                taken.clear()
            return
        except (csv.Error, _NeverClosed) as error:
            reason = "a quote that is never closed" if isinstance(error, _NeverClosed) or len(taken) > 1 else str(error)
            yield taken[:1], _loosely(taken[0], dialect, width) or _Broken(f"broken record: {reason}")
            waiting.extendleft(reversed(taken[1:]))
            taken.clear()


def _loosely(line: _Line, dialect: Dialect, width: int) -> list[str] | None:
    """The cells of a line whose quotes are not as they should be: in the other way to write a quote within quotes, or as letters, if it
    then is as wide as the header (and what parts its columns is in no prose); else as they are, if each is closed."""
    as_letters = _cells(line, dialect._replace(quoted=False))
    as_quotes = _cells(line, dialect)
    closed = not as_quotes[-1].endswith("\n")
    try:
        other = _cells(line, dialect._replace(escaped=not dialect.escaped), strict=True)
    except csv.Error:
        other = []
    if len(other) == width:
        return other
    if len(as_letters) == width and (closed or dialect.delimiter in UNQUOTED):
        return as_letters
    return as_quotes if closed else None


def _cells(line: _Line, dialect: Dialect, strict: bool = False) -> list[str]:
    return next(dialect.reader([dialect.fed(line.text).rstrip("\n") + "\n"], strict), [""])


def _names(cells: list[str], encoding: str) -> list[str]:
    return [plain_name(str(_cell(name, encoding))) for name in cells]


def _from_cells(names: list[str], cells: list[str], encoding: str, rules: ReadRules) -> dict[str, Any]:
    return row_of({name: _cell(cell, encoding) for name, cell in zip(names, cells, strict=True) if name}, rules)


def _cell(cell: str, encoding: str) -> str | bytes:
    """Its text, or its bytes where they are of another charset than the file's beginning."""
    cell = plain_cell(cell)
    if encoding in WIDE.values():
        return cell
    data = cell.encode("latin-1")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data if encoding == "utf-8" else decode_text(data, encoding, False)[0]
