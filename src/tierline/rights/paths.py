"""Compares pages with the path patterns of robots.txt (RFC 9309, 2.2.2 and 2.2.3): `*`, `$`, percent escapes, the longest rule."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

MAX_PATTERN = MAX_TARGET = 2_000  # characters; of a longer address the beginning is compared
Rule = tuple[str, str]  # field (allow or disallow), pattern


class PathRules:
    """Allowed and disallowed paths of one crawler, by protego: without regular expressions, so no pattern is slow."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        from protego import Protego  # in the extra "filters"

        lines = [f"{field}: {_anchored(pattern)}" for field, pattern in rules if 0 < len(pattern) <= MAX_PATTERN]
        self._parsed: Any = Protego.parse("\n".join(["user-agent: *", *lines]))

    def allows(self, target: str) -> bool:
        """Whether a path with its query may be fetched."""
        try:
            return bool(self._parsed.can_fetch(target[:MAX_TARGET], "*"))
        except ValueError:  # what no URL can be
            return True


class Paths:
    """Patterns, of which any may match."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._rules = PathRules(("disallow", pattern) for pattern in patterns)

    def match(self, target: str) -> bool:
        """Whether one matches a path with its query."""
        return not self._rules.allows(target)


@lru_cache(4096)
def _anchored(pattern: str) -> str:
    """A pattern that begins with neither `/` nor `*`, as many are written, is taken for a path; a line or comment cannot end within it."""
    clean = "".join(pattern.splitlines()).replace("#", "%23").strip()
    return clean if clean.startswith(("/", "*")) else f"/{clean}"
