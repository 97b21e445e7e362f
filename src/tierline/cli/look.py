"""Commands that look at the lake: counts by stage, shards, SQL models."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from tierline.advice import command
from tierline.cli.context import load_models, open_lake
from tierline.cli.output import JsonLines, rows_table, show_json_lines, show_lines, show_table
from tierline.display import TextTable
from tierline.errors import BadInput

if TYPE_CHECKING:
    from tierline.sql import Model


def flow(context: typer.Context, as_json: JsonLines = False) -> None:
    """Rows and tokens through every stage, by reason."""
    from tierline.lineage.flow import EMPTY, flow_table

    counts = load_models().run(open_lake(context), "tier_flow")
    if as_json:
        show_json_lines(counts.to_pylist())
    elif counts.num_rows:
        show_table(flow_table(counts))
    else:
        show_lines(EMPTY)


def shards(context: typer.Context, as_json: JsonLines = False) -> None:
    """Every shard and its crawl files."""
    from tierline.crawl.registry import CrawlRegistry

    registry = CrawlRegistry(open_lake(context))
    found = [(shard, registry.files(shard)) for shard in registry.shards()]
    if as_json:
        show_json_lines({"shard": shard, "files": files} for shard, files in found)
    elif found:
        rows = [(shard if number == 0 else "", file) for shard, files in found for number, file in enumerate(files)]
        show_table(TextTable(("shard", "crawl file"), rows, frozenset({1})))
    else:
        show_lines(f"The lake has no shards yet: {command('ingest', 'CRAWL=...')} registers crawl files.")


DAY = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")


def _model_names(incomplete: str) -> list[str]:
    return [name for name in load_models().names if name.startswith(incomplete)]


ModelName = Annotated[str, typer.Argument(help="A model of dbt_like_sql; without it the models are listed.", autocompletion=_model_names)]


def _variables(model: Model, settings: list[str]) -> dict[str, float | str]:
    """The variables that a person set, of the type of their defaults. BadInput."""
    found: dict[str, float | str] = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        if name not in model.variables:
            known = ", ".join(model.variables) or "none"
            raise BadInput("no such variable of the model", f"--set {setting}", f"{model.name} has {known}")
        if name == "day" and not DAY.fullmatch(value):
            raise BadInput("not a day", f"--set {setting}", "give it as day=2011, day=2011-06 or day=2011-06-30")
        try:
            found[name] = value if isinstance(model.variables[name], str) else float(value)
        except ValueError:
            raise BadInput("not a number", f"--set {setting}", "give it as NAME=NUMBER") from None
    return found


Settings = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A variable of the model; may be repeated.")]


def sql(context: typer.Context, model: ModelName = "", settings: Settings = None, as_json: JsonLines = False) -> None:
    """Rows of a SQL model; without a name, the models."""
    models = load_models()
    if model:
        variables = _variables(models.get(model), settings or [])
        rows = models.run(open_lake(context), model, variables).to_pylist()
    else:
        rows = [{"model": name, "description": models.get(name).description} for name in models.names]
    if as_json:
        show_json_lines(rows)
    elif rows:
        show_table(rows_table(rows))
    else:
        show_lines("No rows.")
