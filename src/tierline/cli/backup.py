"""`tierline backup`: a copy of the lake, taken while others write to it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tierline.cli.context import open_lake
from tierline.cli.output import JsonDocument, progress, show_json, show_lines


def backup(
    context: typer.Context,
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="Where the copy is, or will be.")],
    as_json: JsonDocument = False,
) -> None:
    """Copy the lake into a folder, or bring the copy there up to date; runs may go on meanwhile."""
    from tierline.lake.backup import back_up

    lake = open_lake(context)
    with progress("copying", None) as advance:
        copied = back_up(lake, Path(folder), lambda file: advance(1, file))
    if as_json:
        show_json({"folder": folder, "copied": copied})
        return
    show_lines(f"{copied:,} files copied; `tierline --lake {folder} verify` checks the copy")
