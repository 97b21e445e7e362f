"""Collects what a page states about its own use: robots rules, reservations of mining and licenses, of its head, links, data and words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from tierline.crawl.urls import kept_url
from tierline.rights.licenses import license_id, license_statement, text_statements
from tierline.rights.robots_rules import META_NAMES, meta_rules
from tierline.rights.statement import Statement, distinct
from tierline.rights.tdm import POLICY, RESERVATION, tdm_statements
from tierline.text.bounded_json import object_of

# Relations of links and names of <meta> that state a license: HTML, Creative Commons' ccREL and Dublin Core.
RELATIONS = frozenset(("license", "cc:license", "dct:license", "dcterms:license", "xhv:license"))
META_LICENSES = frozenset(("dc.rights", "dc.rights.license", "dc.license", "dcterms.rights", "dcterms.license", *RELATIONS))
# schema.org's types of what a page itself is; the license of an image, a program or a data set on it is not the page's.
_WORKS = frozenset(
    ("creativework", "book", "howto", "review", "report", "learningresource", "course", "website", "chapter", "digitaldocument")
)
_WORK_ENDS = ("page", "article", "posting")
_DATA_KINDS = {"jsonld": "JSON-LD", "microdata": "microdata", "rdfa": "RDFa"}
_WITHIN = ("@graph", "mainEntity", "mainEntityOfPage")
MAX_DEPTH, MAX_NODES = 4, 1_000


@dataclass(slots=True)
class HeadRights:
    """What <head> states: rules and reservations, and (place, license) as declared, in order."""

    statements: list[Statement] = field(default_factory=list[Statement])
    licenses: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def note_meta(self, attributes: Mapping[str, str | None]) -> None:
        """Take in a <meta>."""
        name = (attributes.get("name") or attributes.get("property") or "").strip().lower()
        content = attributes.get("content")
        if not content:
            return
        if name in META_NAMES:
            self.statements += meta_rules(name, content)
        elif name in (RESERVATION, POLICY):
            self.statements += tdm_statements({name: content}, f"meta {name}")
        elif name in META_LICENSES and (license_id(content) or content.strip().startswith(("http://", "https://"))):
            self.licenses.append((f"meta {name}", content))

    def note_link(self, attributes: Mapping[str, str | None]) -> None:
        """Take in a <link>."""
        if (href := attributes.get("href")) and names_license(attributes.get("rel") or ""):
            self.licenses.append(("link rel=license", href))


def names_license(relations: str) -> bool:
    """Whether a link is to the license of its page."""
    return not RELATIONS.isdisjoint(relations.lower().split())


def page_rights(
    head: HeadRights, links: Iterable[tuple[str, str]], structured: str | None, texts: Iterable[str]
) -> tuple[list[Statement], str | None]:
    """(statements, the first license as declared) of a page from its head, the links (rel, href) in it that may name a license, its
    structured data and its texts."""
    declared = list(head.licenses)
    mentioned: list[str] = []
    for rel, href in links:
        if names_license(rel):
            declared.append(("a rel=license", href))
        elif license_id(href):
            mentioned.append(href)
    declared += _of_data(structured) if structured and '"license"' in structured else []
    found = [*head.statements, *(one for place, said in declared if (one := declared_license(said, place)))]
    found += text_statements("\n".join(texts))
    found += (license_statement(href, "link", "license_mention") for href in mentioned)
    return distinct(map(_kept, found)), next((said for _, said in declared if said.strip()), None)


def declared_license(said: str, place: str) -> Statement | None:
    """The statement of a license, or None where nothing is left of it that could be kept."""
    kept = kept_url(said) if "://" in said else said.strip()
    return license_statement(kept, place) if kept else None


def _kept(statement: Statement) -> Statement:
    """Without what no address keeps."""
    if statement.kind != "tdm_policy":
        return statement
    return Statement("tdm_policy", kept_url(statement.value), statement.agent, statement.stated_in)


def _of_data(structured: str) -> Iterator[tuple[str, str]]:
    for line in structured.split("\n"):
        if '"license"' not in line:
            continue
        data = object_of(line)
        if place := _DATA_KINDS.get(str(data.get("kind"))):
            left = [MAX_NODES]
            yield from ((place, said) for said in _licenses(data.get("data"), MAX_DEPTH, left))


def _licenses(value: Any, depth: int, left: list[int]) -> Iterator[str]:
    """Of the items that are the page itself, wherever its data has them."""
    left[0] -= 1
    if depth < 0 or left[0] < 0:
        return
    if isinstance(value, list):
        for one in cast("list[Any]", value):
            yield from _licenses(one, depth - 1, left)
    elif isinstance(value, dict):
        item = cast("dict[str, Any]", value)
        if _is_work(item.get("@type")):
            yield from _words(item.get("license"))
        for name in _WITHIN:
            if name in item:
                yield from _licenses(item[name], depth - 1, left)


def _is_work(kinds: Any) -> bool:
    named = cast("list[Any]", kinds) if isinstance(kinds, list) else [kinds]
    local = [kind.rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower() for kind in named if isinstance(kind, str)]
    return any(kind in _WORKS or kind.endswith(_WORK_ENDS) for kind in local)


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in cast("list[Any]", value)[:10]:
            yield from _words(one) if isinstance(one, str | dict) else ()
    elif isinstance(value, dict):
        item = cast("dict[str, Any]", value)
        yield from _words(next((item[name] for name in ("@id", "url", "name") if isinstance(item.get(name), str)), None))
