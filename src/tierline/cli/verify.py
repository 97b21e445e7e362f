"""`tierline verify`: whether the lake keeps its promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tierline.advice import command
from tierline.cli.context import open_lake
from tierline.cli.output import JsonDocument, progress, show_json, show_lines
from tierline.config.cores import usable_cores
from tierline.errors import BadInput, TierlineError

if TYPE_CHECKING:
    from tierline.lake import Lake

HEALED_BY = f"docs/operations.md says what heals which damage: {command('ingest', 'AGAIN=SHARD')}, or a file of the backup"


def verify(
    context: typer.Context,
    row_id: Annotated[str, typer.Argument(metavar="ID", help="A row to verify with its ancestors; without it the whole lake.")] = "",
    workers: Annotated[int, typer.Option(min=0, help="Processes that check shards; 0 for one on each core.")] = 0,
    as_json: JsonDocument = False,
) -> int:
    """Read bytes, spans and digests again; exit status 1 on any mismatch, 3 if all that is wrong is that crawl files are missing."""
    from tierline.lineage.verify import count_shards, is_empty, verify

    lake = open_lake(context)
    shards = None if row_id else count_shards(lake)
    if shards is not None and is_empty(lake):
        raise BadInput("the lake holds no crawl records", lake.root, f"{command('ingest', 'CRAWL=...')} brings crawl files in")
    with progress("verifying", shards) as advance:
        mismatches, checked = verify(lake, row_id or None, lambda label: advance(1, label), workers or usable_cores())
    if as_json:
        show_json({"mismatches": mismatches, "checked": checked})
    else:
        for mismatch in mismatches:
            show_lines(str(mismatch))
        for file, rows in checked.missing_sources.items():
            do = "it was forgotten, and the next run of its shard" if _was_forgotten(lake, file) else "put it back, or `tierline forget`"
            show_lines(f"{file}: the source of {rows:,} rows is gone; {do} withdraws its rows")
        counted = f"{checked.rows:,} rows, {checked.spans:,} quoted spans"
        within = f" in {checked.shards:,} table shards" if checked.shards else ""
        gone = len(checked.missing_sources)
        missing = f", {gone:,} missing source{'s' if gone > 1 else ''}" if gone else ""
        show_lines(f"{len(mismatches):,} mismatch{'' if len(mismatches) == 1 else 'es'}{missing}; checked {counted}{within}")
        if mismatches:
            show_lines(HEALED_BY)
    return 1 if mismatches else 3 if checked.missing_sources else 0


def _was_forgotten(lake: Lake, file: str) -> bool:
    """Whether somebody let go of a file. Not known where the registry itself cannot be read, of which there is a mismatch."""
    from tierline.crawl.registry import CrawlRegistry

    try:
        row = CrawlRegistry(lake).find(file)
    except TierlineError:
        return False
    return row is not None and row["forgotten_at"] is not None
