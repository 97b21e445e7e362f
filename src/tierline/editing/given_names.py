"""Given names that are given to men or to women almost alone, in English-speaking countries."""

from __future__ import annotations

from functools import cache
from pathlib import Path

GIVEN_NAMES = Path(__file__).with_name("given_names.txt")


@cache
def genders_of_names() -> dict[str, str]:
    """m or f for each name."""
    lines = (line.split() for line in GIVEN_NAMES.read_text("utf-8").splitlines() if line[:2] in ("m:", "f:"))
    return {name: kind[0] for kind, *names in lines for name in names}
