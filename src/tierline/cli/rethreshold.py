"""`tierline rethreshold`: what other L1 thresholds would keep, from stored signals."""

from __future__ import annotations

from typing import Annotated

import typer

from tierline.cli.context import load_models, load_recipe, open_lake
from tierline.cli.output import JsonLines, show_json_lines, show_table
from tierline.display import TextTable

Changes = Annotated[
    list[str] | None, typer.Argument(metavar="NAME=VALUE", help="Thresholds of the recipe's section l1.filter; a list has commas.")
]


def rethreshold(context: typer.Context, changes: Changes = None, as_json: JsonLines = False) -> None:
    """What other L1 thresholds would keep, from stored signals; the lake stays as it is."""
    from tierline.filters.rethreshold import rethreshold  # imports what filtering needs

    effects = rethreshold(open_lake(context), load_models(), load_recipe(), changes or [])
    if as_json:
        show_json_lines(effects)
        return
    rows = [(one.rule, *(f"{count:,}" for count in (one.documents, one.documents_then, one.tokens, one.tokens_then))) for one in effects]
    show_table(TextTable(("rule", "documents", "would be", "tokens", "would be"), rows))
