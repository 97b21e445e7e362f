"""`tierline vacuum`: files that no record names any more are removed."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from tierline.cli.context import Workplace, open_lake
from tierline.cli.output import JsonDocument, show_json, show_lines
from tierline.errors import BadInput

LONGEST = 36_500  # days: a century


def vacuum(
    context: typer.Context,
    keep_days: Annotated[float, typer.Option(min=0, help="Keep what --as-of needs for so many days.")] = 30,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    as_json: JsonDocument = False,
) -> None:
    """Remove what crashes left and what was replaced long ago; runs may go on meanwhile."""
    from tierline.lake.vacuum import vacuum as remove

    workplace: Workplace = context.obj
    if workplace.moment:
        raise BadInput("the past cannot be vacuumed", "--as-of", "leave it out")
    if not keep_days <= LONGEST:
        raise BadInput(f"more than {LONGEST:,} days, or no number", "--keep-days", "give fewer")
    done = remove(open_lake(context), timedelta(days=keep_days), dry_run=dry_run)
    if as_json:
        show_json(done)
        return
    if dry_run:
        show_lines(*done.files)
    removed, reaches = ("would be removed", "would reach") if dry_run else ("removed", "reaches")
    counted = f"{len(done.files):,} file{'' if len(done.files) == 1 else 's'} ({done.bytes / 1e6:.1f} MB)"
    since = (done.kept_since + timedelta(seconds=1, microseconds=-1)).replace(microsecond=0, tzinfo=None)  # UTC, as --as-of takes it
    show_lines(f"{counted} {removed}; --as-of {reaches} back to {since.isoformat()} UTC")
