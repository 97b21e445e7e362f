"""Bounds of reading a PDF document."""

from __future__ import annotations

from dataclasses import dataclass

from tierline.config.bounds import Count, Seconds


@dataclass(frozen=True, slots=True)
class PdfRules:
    """Bounds of one PDF document. What is beyond one is an error row that says which."""

    max_pages: Count = 5_000
    max_page_seconds: Seconds = 10.0  # wall-clock time of one page; a full one takes some 0.03
