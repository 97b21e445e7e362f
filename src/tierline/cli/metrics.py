"""`tierline metrics`: the lake's metrics for Prometheus."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from tierline.cli.context import load_models, open_present_lake
from tierline.cli.output import show_lines
from tierline.errors import BadInput

Listen = Annotated[str, typer.Option("--listen", metavar="HOST:PORT", help="Serve them at /metrics until interrupted.")]


def metrics(context: typer.Context, listen_at: Listen = "") -> None:
    """Rows by reason, time, cost, refused shards, drift and arrivals, in Prometheus's text format."""
    from tierline.config.places import Places
    from tierline.freshness.settings import Settings
    from tierline.metrics import Watched, as_text, families, listen

    settings = Settings.of_environment()
    watched = Watched(
        open_present_lake(context, "shows the present lake"), load_models(), settings.configuration(), Places.of_environment().inbox
    )
    if not listen_at:
        show_lines(*as_text(families(watched)).rstrip("\n").split("\n"))
        return
    host, port = _address(listen_at)
    server, thread = listen(host, port, lambda: families(watched))
    show_lines(f"metrics at http://{host}:{server.server_port}/metrics; Ctrl-C ends it")
    with suppress(KeyboardInterrupt):
        thread.join()
    server.shutdown()


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise BadInput("not an address", text, "give --listen as HOST:PORT, such as 127.0.0.1:9464")
    return host, int(port)
