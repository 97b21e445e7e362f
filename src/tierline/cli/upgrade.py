"""`tierline upgrade`: a lake of an older format becomes one of this version's."""

from __future__ import annotations

import typer

from tierline.cli.context import Workplace
from tierline.cli.output import JsonDocument, progress, show_json, show_lines


def upgrade(context: typer.Context, as_json: JsonDocument = False) -> None:
    """Bring a lake of an older format to this version's, or finish an upgrade that was cut off."""
    from tierline.lake.upgrade import upgrade as migrate

    workplace: Workplace = context.obj
    done = 0
    with progress("upgrading", None) as advance:

        def follow(what: str, reached: int, _whole: int) -> None:
            nonlocal done
            advance(max(0, reached - done), what)
            done = reached

        result = migrate(workplace.lake, None, follow)
    if as_json:
        show_json(result)
        return
    for line in result.wrong:
        show_lines(f"not as it was recorded, before and after: {line}")
    before = "already" if result.before == result.after else f"it had {result.before}"
    show_lines(f"{workplace.lake} has format {result.after}, {before}")
