"""Finds public IP addresses, which lead to a person or to a host; version and section numbers look like them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from itertools import chain

from tierline.filters.number_runs import Place, matches

# ASCII: in Chinese or Japanese an address follows the word before it without a space.
IPV4 = re.compile(r"(?:(?<![\w./-])|(?<=//))(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)", re.A)
# Of the internet so far, 2000::/3, or an IPv4 address within ::ffff:0:0/96 (RFC 4291).
IPV6 = re.compile(
    r"[23:](?<![\w:.].)(?:(?<=[23])[0-9A-Fa-f]{3}:(?:[0-9A-Fa-f]{0,4}:){1,6}|(?<=:):[Ff]{4}:)(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{0,4})"
    r"(?![\w:]|\.\d)",
    re.A,
)
BETWEEN_COLONS = re.compile(r":[0-9A-Fa-f]{0,4}:")  # quick to find, and in every address of this kind
GROUP, LONGEST = 4, 45  # characters of a group before its colon, and of an address
# Short words count by themselves alone: "server" is no "ver", "stable" no "table".
VERSION = re.compile(
    r"(?:(?<![a-z])(?:v|ver|release|section|chapter|figure|table|build|rev|revision|update|edition|driver|kernel|oid)"
    r"|version|vers[ií][oó]n|versione|vers[aã]o|версия|版本|バージョン|버전|§|firmware)[ .:]{0,2}\Z",
    re.I,
)
ADDRESS = re.compile(
    r"(?:\b(?:ip|from|ping|addr|inet|client|dns)|address(?:es)?|hosts?|servers?|resolvers?|gateway)\b[\w :=(\[-]{0,12}\Z", re.I
)
# What only an address has behind it: a port, or the length of a network's prefix (RFC 4632, 3.1).
BEHIND_ADDRESS = re.compile(r":\d{2,5}(?![\w.:])|/(?:[12]?\d|3[0-2])(?![\w./])", re.A)
# Drivers who are people: what follows them is no version.
DRIVING = re.compile(r"\b(?:bus|cab|car|coach|delivery|lorry|taxi|train|tram|truck|uber|van)[ -]driver\W{0,3}\Z", re.I)
SMALL = 20  # where the first two numbers are no larger, they count as a version or section unless the words before indicate an address
CONTEXT = 30  # characters before an address in which words can say what it is


def ip_addresses(text: str, runs: Sequence[Place]) -> Iterator[Place]:
    """Addresses of hosts on the public internet (IANA's registries, as the standard library has them)."""
    colons = [(max(0, colon.start() - GROUP), colon.end()) for colon in BETWEEN_COLONS.finditer(text)]
    for match in chain(matches(IPV4, text, runs), matches(IPV6, text, colons, behind=LONGEST)):
        before = text[max(0, match.start() - CONTEXT) : match.start()]
        is_told = BEHIND_ADDRESS.match(text, match.end()) is not None
        if _is_public(match[0], before, is_told):
            yield match.span()


def _is_public(address: str, before: str, is_told: bool) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if not is_told:
        if VERSION.search(before) and not DRIVING.search(before):
            return False
        if max(parsed.packed[:2]) <= SMALL and parsed.version == 4 and not ADDRESS.search(before):
            return False
    host = getattr(parsed, "ipv4_mapped", None) or parsed
    return host.is_global and not host.is_multicast
