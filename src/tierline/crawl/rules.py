"""Bounds of reading crawl files; nothing here judges a text, and reading these needs no extra."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from tierline.config.bounds import Bytes, Count, Natural, Seconds
from tierline.pdf.rules import PdfRules


@dataclass(frozen=True, slots=True)
class PageRules:
    """Bounds on the markup of one page. The counts are deterministic and should apply first; the clock is the last resort."""

    max_tags: Count = 200_000  # the largest pages of public crawls have some 50,000; a node takes about 100 bytes
    max_depth: Count = 512  # Chromium nests no deeper either; parsing time grows with depth times tags
    max_reopened: Natural = 1_000_000  # nodes from unclosed <b>, <i> and the like, reopened in each paragraph
    max_attributes: Count = 2_000  # of one tag; the parser compares each with all before it
    max_page_seconds: Seconds = 10.0  # wall-clock time of one page, checked during the walk


@dataclass(frozen=True, slots=True)
class ReadRules:
    """Bounds of reading; nothing here judges a text. What is beyond one is an error row that says which."""

    SECTION: ClassVar[str] = "l0.read"
    max_body_bytes: Bytes = 16 << 20  # of a record: stored, decompressed, and as text with its structured data; memory stays bounded
    max_title_characters: Count = 10_000  # the longest of public crawls have some 2,000
    max_header_characters: Count = 16_384  # of a URL and of every other field beside title and text
    max_errors_per_file: Natural = 10_000  # a file with only broken records must not fill the lake with them
    max_expansion: Count = 100  # bytes that a stored byte may become, unpacked or as rows; text compresses 3 to 10 times
    max_file_bytes: Bytes = 32 << 30  # of one file, unpacked or as rows, however large it is
    max_shard_bytes: Bytes = 64 << 30  # of the rows of one shard
    page: PageRules = field(default_factory=PageRules)  # bounds of one HTML page
    pdf: PdfRules = field(default_factory=PdfRules)  # bounds of one PDF document
