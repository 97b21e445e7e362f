"""Takes addresses apart: the registrable domain of a host by the public suffix list, so that two hosts of one site count as one."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    import tldextract

_DOTS = re.compile("[.\u3002\uff0e\uff61]")  # UTS 46, 4.5
# What stands where a top-level domain would in logo@2x.png: a file, and nobody's address.
FILE_ENDINGS = frozenset("png jpg jpeg gif svg webp css js ts html htm php pdf json xml md txt py zip".split())


@cache
def registrable_domain(host: str) -> str:
    """By the public suffix list that ships with tldextract; never fetched. All spellings of a host give one: that of its ASCII form."""
    spelled = ascii_host(host)
    return _suffixes()(spelled).top_domain_under_public_suffix or spelled


def is_public_suffix(host: str) -> bool:
    """Whether others register their domains right below it, as below `co.uk`."""
    return _suffixes()(host).suffix == host


def path_of(url: str | None) -> str:
    """The path of an address, empty for what is none."""
    try:
        return urlsplit(url or "").path
    except ValueError:
        return ""


def ascii_host(host: str) -> str:
    """A host as DNS knows it: lower case, IDNA in ASCII (UTS 46), no point behind it; as it is where it is no name at all."""
    plain = unquote(host).strip().lower()
    if not plain.isascii():
        plain = ".".join(map(_ascii_label, _DOTS.split(plain)))
    return plain.rstrip(".")


def _ascii_label(label: str) -> str:
    """A label that the rules of 2008 forbid, as one of emoji, has the letters of Punycode too: it is in the DNS all the same."""
    import idna

    if label.isascii():
        return label
    try:
        return idna.encode(label, uts46=True).decode("ascii")
    except UnicodeError:
        folded = unicodedata.normalize("NFKC", label)
        return folded if folded.isascii() else "xn--" + folded.encode("punycode").decode("ascii")


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
