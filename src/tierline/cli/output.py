"""The one place where commands print: tables, text, JSON and progress, with all that data may not do to a terminal taken out of it."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from tierline.display import TextTable, plain_table, printable
from tierline.errors import BadInput

JsonDocument = Annotated[bool, typer.Option("--json", help="Print one JSON document, for programs.")]
JsonLines = Annotated[bool, typer.Option("--json", help="Print one JSON object a line, for programs.")]


def on_terminal() -> bool:
    """Whether a person reads what is printed; pipes and files get neither color nor lines, and nothing is cut or wrapped."""
    return sys.stdout.isatty()


def show_lines(*lines: str) -> None:
    """Lines of text; a line break within one is written out."""
    for line in lines:
        print(printable(line))


def show_table(table: TextTable) -> None:
    """A table: fitted to the terminal, cells folded where they must; elsewhere as wide as it is."""
    if not on_terminal():
        print(plain_table(table))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for column, head in enumerate(table.heads):
        shown.add_column(Text(printable(head)), justify="left" if table.is_words(column) else "right", overflow="fold")
    for row in table.rows:
        shown.add_row(*(Text(printable(cell)) for cell in row))  # a Text is taken as it is: no markup, no emoji names
    Console(file=sys.stdout, highlight=False).print(shown)


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
    """Let `write` make a file, and print its path. BadInput where it cannot be written."""
    try:
        write(Path(path))
    except OSError as error:
        raise BadInput(f"cannot be written ({error.strerror})", path, "choose another path") from None
    print(printable(path))


@contextmanager
def progress(what: str, whole: int | None) -> Generator[Callable[[int, str], None]]:
    """A bar on standard error for what takes long; silent where standard error is not a terminal.

    Gives `advance(steps, label)`. `whole`: steps in all, None where they are not known.
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
