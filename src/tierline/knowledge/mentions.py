"""Collects what pages say of the things that they make claims about: one mention is one thing of one page, with all claims about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tierline.knowledge.common_text import CommonText, page_of
from tierline.knowledge.hashed import WORDS_KEPT
from tierline.knowledge.keys import name_form, normal_key
from tierline.knowledge.kinds import PAGE, Kinds, is_within, kinds_of
from tierline.knowledge.sites import site_of
from tierline.knowledge.sources import sources_of

SITES_MIN = 2  # that must say so, as of every fact, before what a page says of its own thing holds for other pages
PAGES_MAX = 64  # behind one statement that are compared for copies, the first in order
Claim = Mapping[str, Any]  # a row of l4_claims


@dataclass(frozen=True, slots=True)
class Mention:
    """A thing as a page means it. `name` and `aliases` are in the form in which names are compared, `site` is the registrable domain or
    the knowledge base, "" for a page without a host."""

    page: str
    site: str
    name: str
    ids: tuple[str, ...]
    type: str
    aliases: frozenset[str]
    claims: Sequence[Claim]

    @property
    def language(self) -> str | None:
        """That of its page."""
        return self.claims[0]["language"]

    @property
    def kinds(self) -> Kinds:
        """What it can be by its type."""
        return kinds_of(self.type)

    @property
    def is_page(self) -> bool:
        """Whether it is a page or a site, which is no use of the name of what it is about."""
        return any(is_within(kind, PAGE) for kind in self.kinds)


def mentions_of(claims: Iterable[Claim]) -> list[Mention]:
    """The mentions behind claims, in an order that theirs does not change.

    Claims of a page about one name without identifier and type, as those of its tables, are of the only thing of that name that its
    structured data describes; where it describes two, they are of neither.
    """
    found: dict[tuple[str, str, tuple[str, ...], str], list[Claim]] = defaultdict(list)
    for claim in claims:
        ids = tuple(sorted(claim["subject_ids"] or ()))
        found[page_of(claim), compared_name(claim["subject"]), ids, claim["subject_type"] or ""].append(claim)
    described: dict[tuple[str, str], list[tuple[str, str, tuple[str, ...], str]]] = defaultdict(list)
    for key in found:
        if (key[2] or key[3]) and not any(is_within(kind, PAGE) for kind in kinds_of(key[3])):
            described[key[:2]].append(key)
    for key in [key for key in found if not key[2] and not key[3]]:
        if len(things := described.get(key[:2], ())) == 1:
            found[things[0]] += found.pop(key)
    return [_mention(*key, found[key]) for key in sorted(found)]


def _mention(page: str, name: str, ids: tuple[str, ...], type_name: str, claims: list[Claim]) -> Mention:
    aliases = {compared_name(alias) for claim in claims for alias in claim["aliases"] or ()} - {name, ""}
    return Mention(page, site_of(claims[0]), name, ids, type_name, frozenset(aliases), sorted(claims, key=lambda claim: claim["claim_id"]))


@lru_cache(maxsize=WORDS_KEPT)
def compared_name(words: str) -> str:
    """The form in which names of things are compared."""
    return name_form(normal_key(words)) or normal_key(words) or words


def sites_of(mentions: Iterable[Mention]) -> set[str]:
    """The sites behind mentions; a page without a host is none."""
    return {mention.site for mention in mentions if mention.site}


def are_independent(mentions: Iterable[Mention], common: CommonText) -> bool:
    """Whether two independent sources are behind mentions (sources.py)."""
    known = list(mentions)
    if len(sites_of(known)) < SITES_MIN:
        return False
    rows = [mention.claims[0] for mention in known[:PAGES_MAX]]
    return len(sources_of(rows, common).of(rows)) >= SITES_MIN
