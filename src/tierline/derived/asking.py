"""Words around a question: the document that it is about, named in one of a few ways that depend on the question alone."""

from __future__ import annotations

from zlib import crc32

from tierline.derived.paper import Paper


def ask(paper: Paper, section: str, core: str) -> str:
    """`core` is a question that begins small and has no question mark."""
    place = paper.placed(section)
    core = core.strip()
    ways = (f"According to {place}, {core}?", f"{core[0].upper()}{core[1:]}, according to {place}?", f"In {place}: {core}?")
    return ways[crc32(core.encode()) % len(ways)]


def closed(text: str) -> str:
    """A full stop behind words that have none."""
    return text if text[-1:] in ".!?:" else f"{text}."
