"""Commands about crawl files: what became of each, and letting go of one."""

from __future__ import annotations

from typing import Annotated

import typer

from tierline.cli.context import open_lake
from tierline.cli.output import show_lines
from tierline.errors import BadInput


def forget(
    context: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Crawl files, as `tierline files` or a path names them.")],
) -> None:
    """Let go of crawl files: the next run of their shards withdraws their rows, and everything that rests on them."""
    from tierline.crawl.registry import CrawlRegistry

    lake = open_lake(context)
    if lake.moment:
        raise BadInput("changes the present lake", "forget", "leave out --as-of")
    for address, shard in CrawlRegistry(lake).forget(files).items():
        show_lines(f"{address} is forgotten: the next run of {shard} leaves it out")
    show_lines("`make refresh` runs it, and so does the sensor configuration_change.")
