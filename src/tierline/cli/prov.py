"""`tierline prov`: the ancestors of rows as PROV-JSON, for tools that read the W3C's provenance model."""

from __future__ import annotations

from typing import Annotated

import typer

from tierline.cli.context import open_lake
from tierline.cli.output import show_json


def prov(context: typer.Context, row_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Rows of any tier.")]) -> None:
    """Print rows, their ancestors and what made them as PROV-JSON (W3C)."""
    from tierline.lineage import trace
    from tierline.lineage.prov import prov_document

    lake = open_lake(context)
    show_json(prov_document(trace(lake, row_id) for row_id in row_ids))
