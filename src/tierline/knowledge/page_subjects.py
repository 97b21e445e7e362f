"""Finds out what a page is about: its title without the name of its site, which h1, site and the site's other titles tell apart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tierline.knowledge.keys import name_form
from tierline.knowledge.predicates import predicate_key
from tierline.knowledge.vocabulary import property_named
from tierline.text.bounded_json import object_of

TITLES_MIN = 3  # of a site with one part and different others: that part is the site's
PARTS_MAX = 8  # of a title; one of more lists words for search engines
WORDS_MAX = 8  # of what names something
LONGEST_TITLE = 400  # characters
_SEPARATOR = re.compile(r"\s{1,4}(?:[-–—|·•»›~]|::?)\s{1,4}|\s?[|»]\s?|:\s")
_FRONT = re.compile(r"\w{1,9}://[^/?#]{0,300}/?(?:index\.\w{1,5})?")
_WORD = re.compile(r"[^\W_]+")
# Headings that say which side of the page's subject a list shows, and name nothing themselves.
_GENERAL = frozenset(
    """a about additional all an and area at background basic basics brief by climate country current data demographics
    demography description detail details economy education fact facts feature features figure figures for from general
    geography geology glance government highlights history home in info infobox information introduction key location main more
    news of on other our overview people physical politics population product profile properties quick specification
    specifications specs statistics stats summary technical the to transport transportation vital with""".split()
)
_NO_NAME = frozenset(
    """account archive archives best blog buy cart category checkout contact cookie error faq forum gallery help home homepage
    how index list login menu news online page policy post posts privacy question results review reviews search shop sign
    sitemap tag terms things tips top tutorial untitled update welcome what when where which who why your""".split()
)


@dataclass(frozen=True, slots=True)
class PageNames:
    """How a page calls itself: its title, its h1 and the name of its site; "" for each that is not known."""

    title: str
    heading: str = ""
    site: str = ""


NO_NAMES = PageNames("")


def names_of(title: str, structured: str) -> PageNames:
    """Title of a page, and what the line of kind "page" of its `l0_raw.structured_data` says."""
    line = structured.partition("\n")[0]
    if line.startswith('{"kind": "page"'):
        found = object_of(line)
        heading, site = (value if isinstance(value := found.get(name), str) else "" for name in ("heading", "site"))
        return PageNames(title, heading, site)
    return PageNames(title)


def site_parts(titles: Iterable[tuple[str | None, str | None]]) -> dict[str, frozenset[str]]:
    """By domain the parts, in the form of `name_form`, with which several titles of it begin or end that differ in what is left.

    `titles` are (domain, title) of pages.
    """
    rests: dict[tuple[str, str], set[str]] = defaultdict(set)
    for domain, title in titles:
        parts = [name_form(title[start:end]) for start, end in _parts(title)] if title and domain else []
        if len(parts) > 1:
            rests[domain or "", parts[0]].add(" ".join(parts[1:]))
            rests[domain or "", parts[-1]].add(" ".join(parts[:-1]))
    found: dict[str, set[str]] = defaultdict(set)
    for (domain, part), others in rests.items():
        if len(others) >= TITLES_MIN:
            found[domain].add(part)
    return {domain: frozenset(parts) for domain, parts in found.items()}


def subject_of(names: PageNames, url: str | None, domain: str | None, repeated: Mapping[str, frozenset[str]]) -> str:
    """What the page is about, as it is written; "" where the title has several parts and nothing tells which of them it is.

    That is the part, or run of parts, that is the h1 too, else the only part that does not name the site (by og:site_name, by its
    domain, or because other titles of the domain have it), but for the site's front page, where it is a motto. A title of one part is
    what the page is about; where the h1 is a part of its words and names something, the h1 is.
    """
    title, heading = names.title.strip(), names.heading.strip()
    if not title or len(title) > LONGEST_TITLE:
        return ""
    own = repeated.get(domain or "", frozenset())
    sites = {name_form(names.site)} if names.site else set[str]()
    labels = set((domain or "").split(".")) | {domain or "", (domain or "").removeprefix("www.")}

    def is_site(words: str) -> bool:
        form = name_form(words)
        return form in own or form in sites or words.strip().casefold() in labels or form.replace(" ", "") in labels

    spans = _parts(title)
    wanted = name_form(heading) if heading and not is_site(heading) else ""
    if len(spans) > PARTS_MAX:
        return ""
    if wanted == name_form(title):
        return title
    if wanted:
        for first, (start, _) in enumerate(spans):
            for _, end in spans[first:]:
                if name_form(title[start:end]) == wanted:
                    return title[start:end]
        if f" {wanted} " in f" {name_form(title)} " and is_name(heading):
            return heading
    if len(spans) == 1:
        return title
    left = [title[start:end] for start, end in spans if not is_site(title[start:end])]
    is_front = _FRONT.fullmatch(url or "") is not None
    return left[0] if len(left) == 1 and not is_front and not left[0][:1].islower() else ""


def subject_under(heading: str, subject: str, names: PageNames) -> str:
    """What a list under a heading is about: the page's subject where the heading is that, the h1, or one that is general; else ""."""
    form = name_form(heading)
    if not form or form in (name_form(subject), name_form(names.heading), name_form(names.title)):
        return subject
    known = set(name_form(subject).split()) | _GENERAL
    return subject if all(word in known for word in form.split()) else ""


def named_by_caption(caption: str, subject: str) -> str:
    """The caption of a table where it names a thing that the page's subject names with more words, such as Oslo on a page about "Oslo in
    the atlas"; else "". A caption that is a general word or a property names nothing."""
    form, about = name_form(caption), name_form(subject)
    is_part = form != about and f" {form} " in f" {about} "
    if not form or not is_part or not is_name(caption) or property_named(predicate_key(caption)):
        return ""
    return "" if set(form.split()) <= _GENERAL else caption


def is_name(words: str) -> bool:
    """Whether the words may name one thing: few, begun with a capital or digit, no question, and none that names pages of a site."""
    found = _WORD.findall(words)
    if not 0 < len(found) <= WORDS_MAX or any(sign in words for sign in "?!…") or words[:1].islower():
        return False
    return not any(word.casefold() in _NO_NAME for word in found)


def title_parts(title: str) -> list[str]:
    """The parts of a title between separators, as they are written."""
    return [title[start:end] for start, end in _parts(title)]


def _parts(title: str) -> list[tuple[int, int]]:
    """(start, end) of the parts between separators."""
    found: list[tuple[int, int]] = []
    start = 0
    for match in _SEPARATOR.finditer(title[:LONGEST_TITLE]):
        found.append((start, match.start()))
        start = match.end()
    return [(start, end) for start, end in [*found, (start, len(title))] if title[start:end].strip()]
