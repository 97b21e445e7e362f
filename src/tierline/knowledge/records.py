"""Knows of each site whether it was more often wrong than right where others contradicted it."""

from __future__ import annotations

from collections.abc import Set

from tierline.knowledge.hashed import key_of


class Records:
    """Which sites had more claims settled against them than for them, where one value stood and another did not.

    That errors of a source in what can be checked tell of what can't is the idea of knowledge-based trust (Dong et al., VLDB 2015).
    """

    def __init__(self, unsound: Set[int] = frozenset()) -> None:
        """The keys of these sites (`key_of`)."""
        self._unsound = unsound

    def is_sound(self, source: str) -> bool:
        """Whether the source, named by a site, was not more often wrong than right."""
        return key_of(source) not in self._unsound
