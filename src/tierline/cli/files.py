"""Commands about crawl files: what became of each, and letting go of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tierline.cli.context import load_models, open_lake
from tierline.cli.output import JsonLines, cell, show_json_lines, show_lines, show_table
from tierline.display import TextTable, shortened
from tierline.errors import BadInput

if TYPE_CHECKING:
    from tierline.lake import Lake

WHY_CHARACTERS = 160  # of a reason, in a table; --json has all of it


def files(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="One crawl file: its records that cannot be read. Without it, every file.")] = "",
    state: Annotated[str, typer.Option(help="Only files in this state, such as `quarantined` or `not read`.")] = "",
    as_json: JsonLines = False,
) -> None:
    """What became of every crawl file, or of the records of one that cannot be read."""
    from tierline.crawl.fates import COUNTS, fates

    lake = open_lake(context)
    if file:
        _show_dead_letters(lake, file, as_json)
        return
    found = [fate for fate in fates(lake, load_models()) if state in ("", fate.state)]
    if as_json:
        show_json_lines(found)
    elif found:
        heads = "file", "shard", "state", "since", *(name.removesuffix("_rows") for name in COUNTS), "why"
        rows = [
            (fate.file, fate.shard or "", fate.state, fate.since.strftime("%Y-%m-%d %H:%M") if fate.since else "",
             *(cell(fate.counts[name]) if fate.counts else "" for name in COUNTS),
             shortened(fate.why or fate.first_error, WHY_CHARACTERS))
            for fate in found
        ]  # fmt: skip
        show_table(TextTable(heads, rows, frozenset({0, 1, 2, 3, len(heads) - 1})))
    else:
        show_lines("No files." if state else "The lake knows no crawl files yet: `make ingest CRAWL=...` registers them.")


def _show_dead_letters(lake: Lake, file: str, as_json: bool) -> None:
    from tierline.crawl.address import address_of
    from tierline.crawl.dead_letters import dead_letters
    from tierline.crawl.registry import CrawlRegistry

    registry = CrawlRegistry(lake)
    row = registry.find(file) or registry.find(address_of(file))
    if row is None:
        raise BadInput("no such crawl file in the lake", file, "`tierline files` lists them")
    found = list(dead_letters(lake, load_models(), row["uri"], row["shard"]))
    if as_json:
        show_json_lines(found)
    elif found:
        heads = "offset", "line", "length", "error", "bytes"
        rows = [(cell(one.offset), cell(one.line), cell(one.length), one.error, one.excerpt) for one in found]
        show_table(TextTable(heads, rows, frozenset({3, 4})))
    else:
        show_lines("Every record that was read from it could be read.")


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
