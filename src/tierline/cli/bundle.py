"""`tierline bundle`: rows with all that proves them, for an auditor without the lake."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tierline.cli.output import JsonDocument, show_json, show_lines
from tierline.cli.signing import logged_lake
from tierline.errors import BadInput


def bundle(
    context: typer.Context,
    row_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Rows of any tier.")],
    to: Annotated[str, typer.Option(metavar="FOLDER", help="New folder for it.")],
    as_json: JsonDocument = False,
) -> None:
    """Export rows, their ancestors down to the bytes, and their proofs, with a program that checks them without Tierline."""
    from tierline.lineage.bundle import CHECKER, export_bundle

    if not all(row_ids):
        raise BadInput("needs the id of a row", "bundle", "`tierline trace` takes the same ids")
    lake, _ = logged_lake(context)
    done = export_bundle(lake, row_ids, Path(to))
    if as_json:
        show_json(done)
        return
    show_lines(f"{done.rows:,} rows of {done.tables:,} tables and no others, {done.payloads:,} records, {done.bytes:,} bytes")
    show_lines(f"python {to}/{CHECKER} {to} --root-key {done.root_key}")
