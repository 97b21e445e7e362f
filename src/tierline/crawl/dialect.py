"""Finds out how a CSV or TSV file is written: what ends its lines, parts its columns and marks its quotes; programs agree on none of it."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from tierline.crawl.record_fields import KNOWN_FIELDS, plain_name

DELIMITERS = ",\t;|"
MOST_BROKEN = 50  # records of a beginning in one dialect, which then is not the file's
UNQUOTED = "\t|"  # delimiters of formats without quotes (IANA text/tab-separated-values; dumps of databases)
# While the csv module reads a record, lone surrogates stand for characters that it would take for more than themselves.
KEPT_QUOTE, KEPT_RETURN = "\udc22", "\udc0d"
_ESCAPES = re.compile(r'(?<!\\)(\\+)"')
_RETURNS = re.compile(r"(?<!\r)\r+\n")
_DECLARED = re.compile(r"sep=(.)[\r\n]*\Z")  # the first line that Excel writes and obeys
_LONE_RETURN = re.compile(r"(?<!\r)\r(?!\r*\n)")
_SPACED = re.compile(r' "[^"]*"\Z')
_NUMBER = re.compile(r"\A[\s\d.,:+eE%/-]*\Z")


class Dialect(NamedTuple):
    """`quoted`: cells may be within quotes; else a quote is a letter. `escaped`: a quote within them is written with a backslash. `spaced`:
    a space behind a delimiter is none of the cell."""

    delimiter: str = ","
    quoted: bool = True
    escaped: bool = False
    spaced: bool = False

    def fed(self, line: str) -> str:
        """A line as the csv module gets it, which would refuse a CR or LF that ends no record and drop each backslash of escapes."""
        if "\r" in line:
            line = _RETURNS.sub("\n", line)
            line = (line[:-1] + "\n" if line.endswith("\r") else line).replace("\r", KEPT_RETURN)
        if "\n" in line[:-1]:
            line = line[:-1].replace("\n", KEPT_RETURN) + line[-1]
        return _ESCAPES.sub(_escape, line) if self.escaped and "\\" in line else line

    def reader(self, lines: Iterable[str], strict: bool = False) -> Iterator[list[str]]:
        """The cells of each record; csv.Error if `strict` and a quote ends within a cell."""
        quoting = csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE
        return csv.reader(lines, delimiter=self.delimiter, quoting=quoting, skipinitialspace=self.spaced, strict=strict)


def plain_cell(cell: str) -> str:
    """A cell without the stand-ins."""
    return cell.replace(KEPT_QUOTE, '"').replace(KEPT_RETURN, "\n")


def line_end(sample: str) -> str:
    """What ends the lines: a CR alone (old Macintosh) if the first line outside of quotes ends so, and more than end with LF, whatever
    stands before that; else LF."""
    quoted = False
    returns = feeds = 0
    for match in re.finditer(r'["\r\n]', sample):
        if match[0] == '"':
            quoted = not quoted
        elif not quoted and _LONE_RETURN.match(sample, match.start()):
            returns += 1
        elif not quoted and match[0] == "\n":
            if not returns:
                break
            feeds += 1
    return "\r" if returns > feeds else "\n"


def delimiter_of(header: str, preferred: str = ",") -> str:
    """That by which most names of known fields stand in the header, then that which gives most columns, then the preferred one."""

    def merit(delimiter: str) -> tuple[int, int, bool]:
        names = next(csv.reader([header], delimiter=delimiter), [])
        return sum(plain_name(name) in KNOWN_FIELDS for name in names), len(names), delimiter == preferred

    return max(DELIMITERS, key=merit)


def declared_delimiter(first: str) -> str | None:
    """What the first line says that parts the columns, if it is no header but says that."""
    found = _DECLARED.match(first)
    return found[1] if found else None


def dialect_of(lines: Sequence[str], delimiter: str) -> Dialect:
    """The dialect in which most of the records of a beginning are as wide as its header; where several are, the simplest. `lines`: whole
    ones, from the header on."""
    quoting = [line for line in lines if '"' in line]
    plain = Dialect(delimiter)
    candidates = [plain]
    if any('\\"' in line for line in quoting):
        candidates.append(plain._replace(escaped=True))
    if any(f'{delimiter} "' in line for line in quoting):
        candidates += [dialect._replace(spaced=True) for dialect in candidates]
    if quoting and delimiter in UNQUOTED and '"' not in lines[0]:
        candidates.append(plain._replace(quoted=False))
    return max(candidates, key=lambda dialect: _fitting(lines, dialect)) if len(candidates) > 1 else plain


def _fitting(lines: Sequence[str], dialect: Dialect) -> int:
    """How many more records are as wide as the header than are not, each quoted as programs quote: every cell of a column, or those that
    need it."""
    width = found = start = broken = 0
    bare, needless = Counter[int](), Counter[int]()
    while start < len(lines) and broken < MOST_BROKEN:
        taken = 0

        def fed(start: int = start) -> Iterator[str]:
            nonlocal taken
            for line in islice(lines, start, None):
                taken += 1
                yield dialect.fed(line)

        try:
            for cells in dialect.reader(fed(), strict=True):
                written = dialect.fed("".join(lines[start : start + taken])).rstrip("\r\n").split(dialect.delimiter)
                start, taken, width = start + taken, 0, width or len(cells)
                fits = len(cells) == width and (dialect.spaced or not any(map(_SPACED.match, cells)))
                found += (1 if fits else -1) * bool(cells)
                if len(written) == len(cells) == width:
                    _count_quotes(written, cells, bare, needless)
        except csv.Error:
            start, broken = start + 1, broken + 1
    found -= broken
    return found - sum(count for column, count in needless.items() if bare[column]) if dialect.quoted else found


def _count_quotes(written: Sequence[str], cells: Sequence[str], bare: Counter[int], needless: Counter[int]) -> None:
    """Count, by column, the cells that are quoted though they would be the same without, and words that are not quoted."""
    for column, (part, cell) in enumerate(zip(written, cells, strict=True)):
        if part.strip(" ") == f'"{cell}"':
            needless[column] += cell == cell.strip() and '"' not in cell and "\n" not in cell
        elif not _NUMBER.match(part):
            bare[column] += 1


def _escape(found: re.Match[str]) -> str:
    """Half of the backslashes before a quote, and a quote that is a letter if one of them was left for it."""
    count = len(found[1])
    return "\\" * (count // 2) + (KEPT_QUOTE if count % 2 else '"')
