"""`tierline impact`: everything that was made from pages of a source, or from a row, and what would fall without it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tierline.cli.context import open_lake
from tierline.cli.output import JsonDocument, show_json, write_file
from tierline.config.places import Places
from tierline.errors import BadInput


def _selects(what: str, *names: str) -> Any:
    return typer.Option(*names, metavar="VALUE", help=what, show_default=False)


def impact(
    context: typer.Context,
    row_id: Annotated[str, typer.Argument(metavar="[ID]", help="A row of any tier: what was made from it.")] = "",
    url: Annotated[str, _selects("The page with this address.", "--url")] = "",
    domain: Annotated[str, _selects("Pages of this host and of those below it.", "--domain")] = "",
    prefix: Annotated[str, _selects("Pages whose addresses begin so.", "--prefix")] = "",
    document: Annotated[str, _selects("A document, by its id.", "--document")] = "",
    license: Annotated[str, _selects("Pages that declare this license.", "--license", "--licence")] = "",
    author: Annotated[str, _selects("Pages whose structured data names this author.", "--author")] = "",
    shard: Annotated[str, _selects("A shard.", "--shard")] = "",
    model: Annotated[str, _selects("Rows made with a model: its name, or how its digest begins.", "--model")] = "",
    prompt: Annotated[str, _selects("Rows made with a prompt: how its SHA-256 begins.", "--prompt")] = "",
    exports: Annotated[str, typer.Option(metavar="FOLDER", help="Where mixes were exported to; default TIERLINE_EXPORTS.")] = "",
    training: Annotated[str, typer.Option(metavar="FOLDER", help="Where experiments are; default TIERLINE_TRAINING.")] = "",
    as_json: JsonDocument = False,
    html: Annotated[str, typer.Option(metavar="FILE", help="Write one self-contained page.")] = "",
) -> None:
    """Everything that was made from a source or a row, and which facts would fall without it."""
    from tierline.audit.impact import impact as impact_of
    from tierline.audit.impact import impact_data, impact_html, impact_text
    from tierline.descent.selection import KINDS, Kind, Selection

    values = (url, domain, prefix, document, license, author, shard, model, prompt, row_id)
    given: list[tuple[Kind, str]] = [(kind, value) for kind, value in zip(KINDS, values, strict=True) if value]
    if len(given) != 1:
        raise BadInput("needs a row's id or one of its options that select rows", "impact", "see `tierline impact --help`")
    if as_json and html:
        raise BadInput("write a page or print JSON, not both", "--html, --json")
    places = Places.of_environment()
    found = impact_of(open_lake(context), Selection(*given[0]), Path(exports or places.exports), Path(training or places.training))
    if html:
        write_file(html, lambda path: path.write_text(impact_html(found), "utf-8"))
    elif as_json:
        show_json(impact_data(found))
    else:
        print(impact_text(found))
