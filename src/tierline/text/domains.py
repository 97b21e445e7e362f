"""Finds the registrable domain of a host by the public suffix list, so that two hosts of one site count as one."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tldextract

# What stands where a top-level domain would in logo@2x.png: a file, and nobody's address.
FILE_ENDINGS = frozenset("png jpg jpeg gif svg webp css js ts html htm php pdf json xml md txt py zip".split())


@cache
def registrable_domain(host: str) -> str:
    """By the public suffix list that ships with tldextract; never fetched."""
    found = _suffixes()(host)
    return found.top_domain_under_public_suffix or host


@cache
def _suffixes() -> tldextract.TLDExtract:
    import tldextract

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def is_top_level_domain(label: str) -> bool:
    """Whether a label, in its own letters and lower case, ends names by the public suffix list."""
    return label in _top_level_domains()


@cache
def _top_level_domains() -> frozenset[str]:
    return frozenset(suffix.rpartition(".")[2] for suffix in _suffixes().tlds)
