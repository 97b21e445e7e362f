"""`tierline check`: whether the lake's facts and passages support a statement, with the words that show it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierline.cli.context import load_recipe, open_lake
from tierline.cli.output import JsonLines, show_json_lines, show_lines
from tierline.display import one_line, shortened
from tierline.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping

QUOTED, WIDE = 300, 76  # characters of a quote that are shown, and of a line of it
LONGEST = 10_000  # characters of a statement
Statements = Annotated[list[str] | None, typer.Argument(metavar="STATEMENT...", help="What is to be checked, each in quotation marks.")]


def check(
    context: typer.Context,
    statements: Statements = None,
    file: Annotated[str, typer.Option(metavar="FILE", help="Check every line of a file, - for standard input.")] = "",
    as_json: JsonLines = False,
) -> None:
    """Supported, refuted or not enough, with the evidence."""
    asked = [*(statements or []), *(_lines(file) if file else [])]
    if not asked:
        raise BadInput("needs a statement, or --file", "check", 'such as: tierline check "Oslo is the capital of Norway."')
    if empty := [number for number, statement in enumerate(asked, 1) if not statement.strip()]:
        raise BadInput("is empty", f"statement {empty[0]}", "give a sentence")
    if long := [statement for statement in asked if len(statement) > LONGEST]:
        raise BadInput(f"is longer than {LONGEST:,} characters", one_line(long[0], 40), "check it sentence by sentence")
    from tierline.checking import CheckRules, Evidence
    from tierline.checking import check as check_statements

    rules, lake = load_recipe().rules(CheckRules), open_lake(context)
    rows = check_statements(asked, Evidence.of_lake(lake), rules).to_pylist()
    if as_json:
        show_json_lines(rows)
    else:
        for number, row in enumerate(rows):
            show_lines(*([""] if number else []), *_shown(row))


def _lines(file: str) -> list[str]:
    """The lines of a file that are not blank. BadInput if it cannot be read as UTF-8."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8-sig")
    except OSError as error:
        raise BadInput(f"cannot be read ({error.strerror})", file, "give a file of statements, one a line") from None
    except UnicodeDecodeError:
        raise BadInput("is not UTF-8", file, "save it as UTF-8") from None
    if lines := [line for line in text.splitlines() if line.strip()]:
        return lines
    raise BadInput("holds no statements", file, "write one a line")


def _shown(row: Mapping[str, Any]) -> list[str]:
    """The verdict on a statement, and the words that show it with their place."""
    score = f" ({row['score']:.2f})" if row["score"] else ""
    lines = [f"{row['verdict'].replace('_', ' ')}{score}: {shortened(row['statement'], QUOTED)}", f"  {row['rule']}"]
    if row["fact"]:
        lines.append(f"  {row['fact_id']}: {shortened(row['fact'], QUOTED)}")
    if row["quote"]:
        lines += [f"  | {line}" for line in _folded(shortened(row["quote"], QUOTED))]
        lines.append(f"  {row['table']} {row['row_id']} {row['field']}[{row['span_start']}:{row['span_end']}]")
        lines += [f"  {row['url']}"] if row["url"] else []
    return lines


def _folded(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, WIDE, break_long_words=False, break_on_hyphens=False)
