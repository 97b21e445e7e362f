"""Collects what a response states about the use of its body in its headers, and keeps the files in which a whole site does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from tierline.crawl.binary import NotText
from tierline.crawl.charset import decode_text
from tierline.crawl.http import decode_body
from tierline.crawl.http_head import Response
from tierline.crawl.page_rights import declared_license, names_license
from tierline.crawl.sniff import is_html
from tierline.crawl.urls import kept_url
from tierline.rights.robots_rules import header_rules
from tierline.rights.site_files import MAX_BYTES, PATHS, may_be_site_file, place_of
from tierline.rights.statement import Statement
from tierline.rights.tdm import POLICY, RESERVATION, tdm_statements

_LINK = re.compile(r"<([^<>\s]{1,2000})>([^,<>]{0,300})")  # RFC 8288, 3: a target and its parameters
_RELATION = re.compile(r"""\brel\s{0,3}=\s{0,3}"?([^";]{1,100})""", re.I)
_SNIFFED = 1 << 12


def header_statements(fields: Mapping[str, str]) -> Iterator[Statement]:
    """Of `X-Robots-Tag`, the TDM Reservation Protocol, and `Link: <...>; rel=license`; names of fields in lower case."""
    if robots := fields.get("x-robots-tag"):
        yield from header_rules(robots)
    for name in (RESERVATION, POLICY):
        if name in fields:
            for one in tdm_statements({name: fields[name]}, f"header {name}"):
                value = kept_url(one.value) if one.kind == "tdm_policy" else one.value
                yield Statement(one.kind, value, one.agent, one.stated_in)
    if "license" in fields.get("link", "").lower():
        for target, parameters in _LINK.findall(fields["link"]):
            relation = _RELATION.search(parameters)
            if relation and names_license(relation[1]) and (one := declared_license(target, "header link")):
                yield one


def site_file(url: str | None, response: Response | None, block: bytes, max_bytes: int) -> dict[str, Any] | None:
    """Of a record of robots.txt, ai.txt or tdmrep.json: columns of `l0_site_files`; None of any other record.

    A text is there only of a successful response that is text and no HTML page, cut at MAX_BYTES.
    """
    place = place_of(url) if may_be_site_file(url) else None
    kind = PATHS.get(place.target) if place else None
    if kind is None or place is None or url is None:
        return None
    address = {"site": place.site, "path": place.target, "kind": kind}
    if response is None:
        return address | {"redirects_to": None, "text": _text(block)}
    location, is_redirect = response.fields.get("location", ""), response.status is not None and 300 <= response.status < 400
    target = _target(url, location) if is_redirect and location else None
    text = _text(_body(response, max_bytes)) if response.status is not None and 200 <= response.status < 300 else None
    return address | {"redirects_to": target, "text": text}


def _target(url: str, location: str) -> str | None:
    try:
        target = kept_url(urljoin(url, location))
        return target if target and urlsplit(target).hostname and len(target) <= _SNIFFED else None
    except ValueError:
        return None


def _body(response: Response, max_bytes: int) -> bytes:
    try:
        encodings = response.fields.get("transfer-encoding", ""), response.fields.get("content-encoding", "")
        return decode_body(response.body, *encodings, max_bytes)
    except Exception:  # whatever a broken body makes its decoder raise: such a file states nothing
        return b""


def _text(body: bytes) -> str | None:
    part = body[:MAX_BYTES]
    if b"\0" in part[:_SNIFFED]:
        return None
    try:
        text = decode_text(part, "utf-8", False)[0]
    except NotText:
        return None
    return None if is_html(text[:_SNIFFED]) else text
