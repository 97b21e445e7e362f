"""Bounds of reading crawl files; nothing here judges a text, and reading these needs no extra."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class PageRules:
    """Bounds on the markup of one page. The counts are deterministic and should apply first; the clock is the last resort."""

    max_tags: int = 200_000  # the largest pages of public crawls have some 50,000; a node takes about 100 bytes
    max_depth: int = 512  # Chromium nests no deeper either; parsing time grows with depth times tags
    max_reopened: int = 1_000_000  # nodes from unclosed <b>, <i> and the like, reopened in each paragraph
    max_attributes: int = 2_000  # of one tag; the parser compares each with all before it
    max_page_seconds: float = 10.0  # wall-clock time of one page, checked during the walk


@dataclass(frozen=True, slots=True)
class ReadRules:
    """Bounds of reading; nothing here judges a text."""

    SECTION: ClassVar[str] = "l0.read"
    max_body_bytes: int = 16 << 20  # a larger body is an error row, so that memory stays bounded
    max_errors_per_file: int = 10_000  # a file with only broken records must not fill the lake with them
    page: PageRules = field(default_factory=PageRules)  # bounds of one HTML page; beyond them it is an error row too
