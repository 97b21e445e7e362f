"""Which records of a source are meant: pages by their address, a prefix of it, their domain, their author or their license."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tierline.display import is_shown
from tierline.errors import BadInput
from tierline.text.domains import ascii_host

KINDS = ("url", "prefix", "domain", "author", "license")
VALUE_CHARACTERS = 2_000
AUTHORS = ("author", "creator")  # schema.org and Dublin Core
NAMES = ("name", "@id", "@value", "properties")  # of an author that is an object: JSON-LD and microdata
SQL = tuple[str, dict[str, Any]]  # a condition, and the values of its parameters


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """One of KINDS and its value, in the form in which rows are compared with it (see `scope_of`)."""

    kind: str
    value: str

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"

    @property
    def column(self) -> str:
        """The column of a row that decides; that of a domain is made of the address where a table has none."""
        return {"domain": "domain", "author": "structured_data", "license": "license"}.get(self.kind, "url")

    def covers(self, row: Mapping[str, Any]) -> bool:
        """Whether a row of `l0_raw`, or one like it, is within it. A domain covers its subdomains, a prefix ends where a part of a path
        does."""
        if self.kind == "domain":
            domain = (row["domain"] if "domain" in row else _host(row.get("url") or "")) or ""
            return domain == self.value or domain.endswith(f".{self.value}")
        if self.kind == "license":
            return _license(row.get("license") or "") == self.value
        if self.kind == "author":
            return self.value in map(_plain_name, authors(row.get("structured_data") or ""))
        url = plain_url(row.get("url") or "")
        return url == self.value or (self.kind == "prefix" and url.startswith((f"{self.value}/", f"{self.value}?")))

    def candidates(self, columns: tuple[str, ...]) -> SQL:
        """What holds of every row that it covers and of few others, so that few are compared, for a relation with these columns."""
        if self.kind == "license":
            return "license is not null", {}
        if self.kind == "author":
            return _naming(self.value)
        host = re.split("[/?:]", self.value, maxsplit=1)[0]
        if "domain" not in columns:
            return "contains(lower(url), $host) or not regexp_full_match(url, '[!-$&-~]*')", {"host": host}
        if self.kind == "domain":
            return "domain = $host or ends_with(domain, $below)", {"host": host, "below": f".{host}"}
        return "domain in ($host, $www)", {"host": host, "www": f"www.{host}"}


def scope_of(kind: str, value: str) -> Scope:
    """A scope as somebody gives it. BadInput if it is none."""
    text = " ".join(value.split())
    if kind not in KINDS:
        raise BadInput("no such scope", kind, f"scopes are {', '.join(KINDS)}")
    if not is_shown(text) or len(text) > VALUE_CHARACTERS:
        raise BadInput("says nothing that can be compared", f"{kind} {text[:40]!r}", f"give at most {VALUE_CHARACTERS:,} characters")
    if kind == "domain":
        host = ascii_host(text)
        if "." not in host or "/" in host:
            raise BadInput("is no domain", text, "give a host such as example.org")
        return Scope(kind, host)
    if kind in ("url", "prefix"):
        plain = plain_url(text)
        if "." not in plain.partition("/")[0]:
            raise BadInput("is no web address", text, "give it with https:// and its host")
        return Scope(kind, plain)
    return Scope(kind, _license(text) if kind == "license" else _plain_name(text))


def plain_url(url: str) -> str:
    """The address as crawls agree on it: without scheme, `www.`, default port, fragment and last slash; its host in lower case."""
    with suppress(ValueError):
        parts = urlsplit(url if "//" in url else f"//{url}")
        host = ascii_host(parts.hostname or "").removeprefix("www.")
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
        return f"{host}{port}{parts.path.rstrip('/')}{f'?{parts.query}' if parts.query else ''}"
    return url


def authors(structured: str) -> Iterator[str]:
    """Names of authors in a row's `structured_data`, as the page writes them."""
    for line in structured.splitlines():
        with suppress(ValueError, RecursionError):
            yield from _named(json.loads(line), False)


def _host(url: str) -> str:
    with suppress(ValueError):
        return ascii_host(urlsplit(url).hostname or "")
    return ""


def _license(text: str) -> str:
    return plain_url(text).lower() if "://" in text else text.casefold()


def _plain_name(name: str) -> str:
    return " ".join(name.casefold().split())


def _named(value: Any, is_author: bool) -> Iterator[str]:
    """Texts below a key that says who wrote it; of a person with several properties, the name."""
    if isinstance(value, str):
        if is_author:
            yield value.strip()
    elif isinstance(value, list):
        for item in value:
            yield from _named(item, is_author)
    elif isinstance(value, dict):
        for key, item in value.items():
            named = key.rpartition("/")[2].rpartition(":")[2].lower()
            yield from _named(item, named in AUTHORS or (is_author and named in NAMES))


def _naming(name: str) -> SQL:
    """Pages that name somebody. A page in ASCII without escapes holds each word as it is, if case is left aside."""
    names = " or ".join(f"contains(lower(structured_data), '{key}')" for key in AUTHORS)
    plain = r"regexp_full_match(structured_data, '[\n -\[\]-~]*')"
    return f"({names}) and (contains(lower(structured_data), $word) or not {plain})", {"word": max(name.split(), key=len)}
