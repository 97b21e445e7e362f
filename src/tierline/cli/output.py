"""The one place where commands print: tables, text, JSON and progress, with all that data may not do to a terminal taken out of it."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
import textwrap
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.cells import cell_len

from tierline.display import TextTable, plain_table, printable
from tierline.errors import BadInput

# Columns of a terminal: between two columns of a table, for a column whose cells have several words, for names that are folded.
GAP, PROSE_WIDTH, NAME_WIDTH = 2, 8, 24

JsonDocument = Annotated[bool, typer.Option("--json", help="Print one JSON document, for programs.")]
JsonLines = Annotated[bool, typer.Option("--json", help="Print one JSON object a line, for programs.")]


def on_terminal() -> bool:
    """Whether output goes to a person; pipes and files get neither color nor lines, and nothing is cut or wrapped."""
    return sys.stdout.isatty()


def show_lines(*lines: str) -> None:
    """Lines of text; a line break within one is written out."""
    for line in lines:
        print(printable(line))


def show_table(table: TextTable) -> None:
    """A table: fitted to the terminal, with prose folded if necessary, or one record below the other where its columns have no room;
    elsewhere in full width."""
    if not on_terminal():
        print(plain_table(table))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False)
    whole = _whole_columns(table, console.width)
    if whole is None:
        _show_records(table, console.width)
        return
    shown = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for column, head in enumerate(table.heads):
        justify = "left" if table.is_words(column) else "right"
        shown.add_column(Text(printable(head)), justify=justify, overflow="fold", no_wrap=column in whole)
    for row in table.rows:
        shown.add_row(*(Text(printable(cell)) for cell in row))  # a Text is taken as it is: no markup, no emoji names
    console.print(shown)


def _whole_columns(table: TextTable, width: int) -> set[int] | None:
    """Columns of names and numbers that are not folded: all of them, or all but the widest, where those of prose make room for them.
    None where they cannot."""
    columns = [[printable(cell) for cell in (head, *cells)] for head, *cells in zip(table.heads, *table.rows, strict=True)]
    widths = [max(map(cell_len, column)) for column in columns]
    prose = {number for number, (_, *cells) in enumerate(columns) if any(" " in cell.strip() for cell in cells)}
    whole = set(range(len(columns))) - prose
    free = width - PROSE_WIDTH * len(prose) - GAP * (len(columns) - 1)
    if sum(widths[number] for number in whole) <= free:
        return whole
    whole -= {max(whole, key=widths.__getitem__)}
    return whole if sum(widths[number] for number in whole) + NAME_WIDTH <= free else None


def _show_records(table: TextTable, width: int) -> None:
    """Each row as lines of a head and its cell, numbers that stand side by side in one line; cells that are empty are left out. A terminal
    wraps what is longer than a line."""
    heads, runs = list(map(printable, table.heads)), _runs(table)
    left = max(cell_len(heads[run[0]]) for run in runs if len(run) == 1) + GAP  # the first column is always of words
    for number, row in enumerate(table.rows):
        if number:
            print()
        cells = list(map(printable, row))
        for run in runs:
            if len(run) > 1:
                counts = ", ".join(f"{heads[column]} {cells[column]}".replace(" ", "\xa0") for column in run if cells[column])
                lines = textwrap.wrap(counts, max(NAME_WIDTH, width - left), break_long_words=False, break_on_hyphens=False)
                print(*(" " * left + line.replace("\xa0", " ") for line in lines), sep="\n", end="\n" if lines else "")
            elif cells[run[0]]:
                print(heads[run[0]] + " " * (left - cell_len(heads[run[0]])) + cells[run[0]])


def _runs(table: TextTable) -> list[list[int]]:
    """The columns in order: each of words by itself, numbers with those beside them."""
    runs: list[list[int]] = []
    for column in range(len(table.heads)):
        if runs and not table.is_words(column) and not table.is_words(runs[-1][-1]):
            runs[-1].append(column)
        else:
            runs.append([column])
    return runs


def show_json(value: Any) -> None:
    """One JSON document; numbers that JSON lacks are null, times in ISO form, everything beyond ASCII escaped."""
    print(_dump(value, indent=2))


def show_json_lines(rows: Iterable[Any]) -> None:
    """One JSON object a line."""
    for row in rows:
        print(_dump(row))


def jsonable(value: Any) -> Any:
    """The value as what JSON can hold."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: jsonable(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): jsonable(item) for name, item in value.items()}
    if isinstance(value, Sequence | frozenset | set) and not isinstance(value, bytes):
        return [jsonable(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value.hex() if isinstance(value, bytes) else str(value)


def _dump(value: Any, indent: int | None = None) -> str:
    return json.dumps(jsonable(value), indent=indent).replace("\x7f", "\\u007f")  # the one control that json leaves as it is


def cell(value: Any) -> str:
    """A value of a row as a cell of a table."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        plain = jsonable(value)
        return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def rows_table(rows: Sequence[Mapping[str, Any]]) -> TextTable:
    """Rows with the same columns as a table; columns that hold numbers only stand at the right."""
    heads = tuple(rows[0]) if rows else ()
    words = {number for number, name in enumerate(heads) if any(isinstance(row[name], str | list | dict) for row in rows)}
    return TextTable(heads, [[cell(row[name]) for name in heads] for row in rows], frozenset(words))


def write_file(path: str, write: Callable[[Path], object]) -> None:
    """Let `write` make a file, and print its path. BadInput if it cannot be written."""
    try:
        write(Path(path))
    except OSError as error:
        raise BadInput(f"cannot be written ({error.strerror})", path, "choose another path") from None
    print(printable(path))


@contextmanager
def progress(what: str, whole: int | None) -> Generator[Callable[[int, str], None]]:
    """A progress bar on standard error; silent if standard error is not a terminal.

    Gives `advance(steps, label)`. `whole`: steps in all, None if they are not known.
    """
    if not sys.stderr.isatty():
        yield lambda _steps, _label: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Label(TextColumn):
        """The label as it is: a name of a shard is no markup."""

        def render(self, task: Any) -> Text:
            return Text(task.description, overflow="ellipsis", no_wrap=True)

    columns = (Label(""), BarColumn(bar_width=30), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(what, total=whole)
        yield lambda steps, label: bar.update(task, advance=steps, description=printable(f"{what} {label}".rstrip()))
