"""Finds the registrable domain of a host by the public suffix list, so that two hosts of one site count as one."""

from __future__ import annotations

from functools import cache

import tldextract


@cache
def registrable_domain(host: str) -> str:
    """By the public suffix list that ships with tldextract; never fetched."""
    found = _suffixes()(host)
    return found.top_domain_under_public_suffix or host


@cache
def _suffixes() -> tldextract.TLDExtract:
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
