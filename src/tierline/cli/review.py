"""Commands for people who decide: what waits for review, what a re-tiering moved, letting a refused shard through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from tierline.cli.context import open_lake
from tierline.cli.output import JsonLines, show_json_lines, show_lines, show_table
from tierline.display import TextTable, shortened

EXCERPT_CHARACTERS = 2_000


def review(context: typer.Context, as_json: JsonLines = False) -> None:
    """The reviewer's queue: documents on which scorers contradict each other most."""
    from tierline.selection.review import read_queue

    rows = read_queue(open_lake(context))
    if as_json:
        show_json_lines(rows)
    elif rows:
        show_lines(*(line for row in rows for line in _paragraph(row)))
    else:
        show_lines("Nothing waits for review.")


def diff(
    context: typer.Context,
    shard: Annotated[str, typer.Argument(metavar="SHARD", help="One shard; without it all shards.")] = "",
    examples: Annotated[int, typer.Option(metavar="N", min=0, help="Documents listed for each shard.")] = 3,
    as_json: JsonLines = False,
) -> None:
    """What a re-tiering moved into L2 or out of it, and why."""
    from tierline.retiering.selection_diff import moves_table, read_selection_diff, summary_table

    summaries, moved = read_selection_diff(open_lake(context), shard or None)
    if as_json:
        show_json_lines(moved)
        return
    if not summaries:
        show_lines("No shard has been selected twice: nothing has moved.")
        return
    show_table(summary_table(summaries))
    if moved and examples:
        show_lines("")
        show_table(moves_table(moved, examples))
    lines = [f"  tierline --as-of {row['before_written_at'].isoformat()} sql l2_selection    # {row['shard']}" for row in summaries]
    show_lines("", "The selections before:", *lines)


def _stages(incomplete: str) -> list[str]:
    from tierline.stages import STAGES

    return [stage.name for stage in STAGES if stage.name.startswith(incomplete)]


def waive(
    context: typer.Context,
    stage: Annotated[str, typer.Argument(help="The stage whose gate refused the shard.", autocompletion=_stages)],
    shard: Annotated[str, typer.Argument(help="The refused shard.")],
    who: Annotated[str, typer.Option(help="Who takes the responsibility.")],
    why: Annotated[str, typer.Option(help="The reason, for those who read the record later.")],
    until: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The last day on which the shard may be read, in UTC.")],
) -> None:
    """Let a refused shard through: its present rows only, until a day. Then they and what was made from them are refused again."""
    from tierline.lake import waive_refused

    given = waive_refused(open_lake(context), stage, shard, who, why, until)
    show_lines(f"{stage}/{shard} may be read until the end of {given.until} (UTC): {given.why} ({given.who})")


def waivers(context: typer.Context, as_json: JsonLines = False) -> None:
    """Who let which refused shards through, why, until when, and which of it is in force."""
    from tierline.lake import list_waivers

    found = list_waivers(open_lake(context))
    if as_json:
        show_json_lines(found)
    elif found:
        heads = "stage", "shard", "state", "until", "who", "why", "given"
        rows = [
            (one.stage, one.shard, one.state, str(one.until), one.who, one.why, one.created_at.isoformat(" ", "minutes")) for one in found
        ]
        show_table(TextTable(heads, rows, frozenset(range(len(heads)))))
    else:
        show_lines("No waiver was ever given.")


def _paragraph(row: Mapping[str, Any]) -> tuple[str, ...]:
    scores = ", ".join(f"{item['signal']} {item['score']:.3g}" for item in row["scores"])
    excerpt = shortened(row["excerpt"], EXCERPT_CHARACTERS)
    return (
        f"{row['priority']:.2f} {row['doc_id']} {row['url'] or ''}",
        f"  {', '.join(row['reasons'])}",
        f"  {scores}",
        f"  {excerpt}",
        "",
    )
