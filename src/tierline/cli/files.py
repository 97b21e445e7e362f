"""Commands about crawl files: what became of each, and letting go of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tierline.advice import command
from tierline.cli.context import load_models, open_lake, open_present_lake
from tierline.cli.output import JsonLines, cell, show_json_lines, show_lines, show_table
from tierline.display import TextTable, shortened
from tierline.errors import BadInput

if TYPE_CHECKING:
    from tierline.lake import Lake

WHY_CHARACTERS = 160  # of a reason, in a table; --json has all of it


def _states(incomplete: str) -> list[str]:
    from tierline.crawl.fates import STATES

    return [state for state in STATES if state.startswith(incomplete)]


def files(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="One crawl file: its records that cannot be read. Without it, every file.")] = "",
    state: Annotated[str, typer.Option(help="Only files in this state, such as `quarantined` or `not read`.", autocompletion=_states)] = "",
    as_json: JsonLines = False,
) -> None:
    """What became of every crawl file, or of the records of one that cannot be read."""
    from tierline.crawl.fates import COUNTS, STATES, fates

    if state and state not in STATES:
        raise BadInput("no such state", f"--state {state!r}", f"states are {', '.join(STATES)}")
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
        show_lines(
            f"No file is in the state {state!r}."
            if state
            else f"The lake knows no crawl files yet: {command('ingest', 'CRAWL=...')} registers them."
        )


def _show_dead_letters(lake: Lake, file: str, as_json: bool) -> None:
    from tierline.crawl.dead_letters import dead_letters
    from tierline.crawl.fates import fate_of

    models = load_models()
    fate = fate_of(lake, models, file)
    if fate is None:
        raise BadInput("no such crawl file in the lake", file, "`tierline files` lists them")
    found = list(dead_letters(lake, models, fate.file, fate.shard)) if fate.shard else []
    if as_json:
        show_json_lines(found)
    elif found:
        heads = "offset", "line", "length", "error", "bytes"
        rows = [(cell(one.offset), cell(one.line), cell(one.length), one.error, one.excerpt) for one in found]
        show_table(TextTable(heads, rows, frozenset({3, 4})))
    elif fate.counts:
        show_lines("Every record that was read from it could be read.")
    else:
        show_lines(f"The lake holds no record of it. It is {': '.join(filter(None, (fate.state, fate.why)))}")


def forget(
    context: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Crawl files, as `tierline files` or a path names them.")],
) -> None:
    """Let go of crawl files: the next run of their shards withdraws their rows, and everything that rests on them."""
    from tierline.crawl.registry import CrawlRegistry

    lake = open_present_lake(context, "changes the present lake")
    for address, shard in CrawlRegistry(lake).forget(files).items():
        show_lines(f"{address} is forgotten: the next run of {shard} leaves it out")
    show_lines(f"{command('refresh')} runs it, and so does the sensor configuration_change.")
