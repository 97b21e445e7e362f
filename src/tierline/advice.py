"""The commands that messages advise, as they can be given here: with make in a checkout, without it where the package is installed."""

from __future__ import annotations

from pathlib import Path

CHECKOUT = (Path(__file__).parents[2] / "Makefile").is_file()


def command(target: str, argument: str = "") -> str:
    """How to `ingest` (argument CRAWL=... or AGAIN=SHARD, as make takes it) or `refresh`, between backquotes."""
    if CHECKOUT:
        return f"`{' '.join(['make', target, argument]).rstrip()}`"
    name, _, value = argument.partition("=")
    words = ["python -m ingest", *(["--again"] if name == "AGAIN" else []), *([value] if value else [])]
    return f"`{' '.join(words)}` in a checkout or the image"
