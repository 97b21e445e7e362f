"""Commands that look at the lake: counts by stage, shards, SQL models."""

from __future__ import annotations

from typing import Annotated

import typer

from tierline.cli.context import load_models, open_lake
from tierline.cli.output import JsonLines, rows_table, show_json_lines, show_lines, show_table
from tierline.display import TextTable


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
        show_lines("The lake has no shards yet: `make ingest CRAWL=...` registers crawl files.")


def _model_names(incomplete: str) -> list[str]:
    return [name for name in load_models().names if name.startswith(incomplete)]


ModelName = Annotated[str, typer.Argument(help="A model of dbt_like_sql; without it the models are listed.", autocompletion=_model_names)]


def sql(context: typer.Context, model: ModelName = "", as_json: JsonLines = False) -> None:
    """Rows of a SQL model; without a name, the models."""
    models = load_models()
    if model:
        rows = models.run(open_lake(context), model).to_pylist()
    else:
        rows = [{"model": name, "description": models.get(name).description} for name in models.names]
    if as_json:
        show_json_lines(rows)
    elif rows:
        show_table(rows_table(rows))
    else:
        show_lines("No rows.")
