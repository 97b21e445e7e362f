"""`tierline openlineage`: what the ledger tells as events of OpenLineage, for catalogs that read it."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated

import typer

from tierline.cli.context import open_present_lake, parse_moment
from tierline.cli.output import progress, show_json_lines, show_lines


def openlineage(
    context: typer.Context,
    since: Annotated[str, typer.Option(metavar="TIME", help="Only what was recorded after this time.")] = "",
    to: Annotated[str, typer.Option(metavar="FILE|URL", help="Append to a file, or send to a receiver; printed without it.")] = "",
) -> None:
    """Print or send activities, gates' verdicts and failures as events of OpenLineage, the oldest first."""
    from tierline.lineage.occurrences import occurrences
    from tierline.lineage.openlineage import Events, as_json
    from tierline.lineage.receiver import send

    lake = open_present_lake(context, "tells the history itself")
    found = occurrences(lake, parse_moment(since) if since else None)
    if not to:
        events = Events(lake)
        show_json_lines(as_json(event) for one in found for event in events.of(one))
        return
    with progress("sending", len(found)) as advance:
        count = send(lake, found, to, lambda _, many: advance(many, ""))
    until = f", up to {found[-1].at.astimezone(UTC).isoformat()}" if found else ""
    show_lines(f"{count:,} events of {len(found):,} activities, verdicts and failures{until}")
