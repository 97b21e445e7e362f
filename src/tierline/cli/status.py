"""`tierline status`: what no longer follows from recipe, code, files, models or inputs, why, and what a refresh would cost."""

from __future__ import annotations

import typer

from tierline.advice import command
from tierline.cli.context import open_present_lake
from tierline.cli.output import JsonLines, show_json_lines, show_lines, show_table
from tierline.display import TextTable, duration


def status(context: typer.Context, as_json: JsonLines = False) -> None:
    """What is out of date, why (old value -> new value), and what bringing it up to date would cost; `make refresh` does it."""
    from tierline.freshness import survey
    from tierline.freshness.report import refused, status_lines, total
    from tierline.freshness.settings import Settings

    lake = open_present_lake(context, "compares the lake with the present recipe and code")
    configuration = Settings.of_environment().configuration()
    found = survey(lake, configuration)
    if as_json:
        show_json_lines({"stage": one.stage.name, "shard": one.shard, "changes": one.changes, "waits_for": one.waits_for} for one in found)
        return
    lines = status_lines(lake, found)
    ready, waiting = ([line for line in lines if bool(line.waits_for) is state] for state in (False, True))
    if ready:
        heads = "stage", "shards", "why", "time", "model calls", "time downstream", "calls downstream"
        rows = [
            (line.stage, _shards(line.shards), line.why, duration(line.seconds), f"{line.model_calls:,}",
             duration(line.seconds_after), f"{line.calls_after:,}")
            for line in ready
        ]  # fmt: skip
        show_table(TextTable(heads, rows, frozenset({0, 1, 2})))
        seconds, calls = total(lake, [one for one in found if not one.waits_for])
        show_lines(
            "",
            f"{command('refresh')} brings it up to date: at most {duration(seconds)} and {calls:,} model calls, "
            "of which stored ones are free; each stage of a shard is counted once.",
        )
    else:
        show_lines("Everything that can run is up to date.")
    if stopped := refused(lake):
        show_lines("", "Refused by a gate:")
        show_table(
            TextTable(("stage", "shard", "why"), [(stage, shard, "; ".join(why)) for stage, shard, why in stopped], frozenset({0, 1, 2}))
        )
    if waiting:
        show_lines("", "Waiting for rows that are not promoted:")
        rows = [(line.stage, _shards(line.shards), ", ".join(line.waits_for)) for line in waiting]
        show_table(TextTable(("stage", "shards", "waits for"), rows, frozenset({0, 1, 2})))


def _shards(shards: tuple[str, ...]) -> str:
    return shards[0] if len(shards) == 1 else f"{len(shards):,} shards"
