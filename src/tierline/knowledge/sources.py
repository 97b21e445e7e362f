"""Groups the pages behind the claims of one property into sources: pages that were not written independently are one source."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from tierline.knowledge.common_text import CommonText, page_of
from tierline.knowledge.sites import site_of
from tierline.knowledge.sketches import NUMBER_HASHES, TEXT_HASHES, Overlap, Sketch, hashes_of, overlap

# Of the word 5-grams of the shorter text: half, or a copied paragraph that pages about other subjects have not, as many as 34 words in a
# row have. Pages of one subject in words of their own have at most .03 in common; 60 copied words among 200 others are .22
# (docs/decisions/0047).
COPY_SHARE_MIN, COPY_SHINGLES_MIN = 0.5, 24
PARAGRAPH_SHARE_MIN, PARAGRAPH_SHINGLES_MIN = 0.1, 30
# Of three numerals in a row, of the page that has fewer: 106 of 144 translations have so many, none of 3,312 pairs of other pages.
NUMBER_SHARE_MIN, NUMBER_TRIPLES_MIN = 0.3, 4
HASHES_MIN = 4  # equal ones, where sketches are small samples
FIRST_PAGES = 8  # that a hash of a sketch offers for comparison, the first by their ids
COMPARED_MAX = 16  # pages that one page is compared with, those with most in common first


@dataclass(frozen=True, slots=True)
class Page:
    """What decides whether two pages are one source. `site` is the registrable domain, or the base."""

    page_id: str
    site: str
    language: str | None
    text: Sketch
    rare: Sketch  # of the text that pages about other subjects have not
    numbers: Sketch
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of a property. By page: the source, named by the first of its sites in alphabetical order, and why the page was put
    together with pages before it, "" where it was not. By source: its sites."""

    names: Mapping[str, str]
    reasons: Mapping[str, str]
    sites: Mapping[str, frozenset[str]]

    def of(self, claims: Iterable[Mapping[str, Any]]) -> set[str]:
        """The sources behind rows of `l4_claims`; a page without a host is no source. A knowledge base is one."""
        return {name for row in claims if (name := self.names.get(page_of(row)))}


def sources_of(claims: Iterable[Mapping[str, Any]], common: CommonText) -> Sources:
    """The sources behind the claims of one property, whatever their order.

    Pages are one source if they are of one registrable domain or one owner, if a good part of the shorter text is in the other (mirrors,
    syndication), or if they are translations of each other; and if others stand between them so. What finds copies of web pages by
    sampled shingles is Broder's (1997); that sources which copy each other must not be counted twice is Dong, Berti-Equille and
    Srivastava's (2009). Takes time linear in the number of pages.
    """
    rows = {page_of(row): row for row in claims if site_of(row)}
    pages = [_page(page_id, rows[page_id], common) for page_id in sorted(rows)]
    groups = _Groups(len(pages))
    for name, found in (("site", _same([[page.site] for page in pages])), ("owner", _same([_owner_keys(page) for page in pages]))):
        for place, other, key in found:
            groups.join(place, other, name if name == "site" else f"{name}: {key.removeprefix('name:')}")
    for place, other, why in _copies(pages, groups):
        groups.join(place, other, f"{why} of {pages[other].page_id}")
    return groups.sources(pages)


def _page(page_id: str, row: Mapping[str, Any], common: CommonText) -> Page:
    text, numbers = (Sketch.of(row[name] or b"", most) for name, most in (("text_sketch", TEXT_HASHES), ("number_sketch", NUMBER_HASHES)))
    return Page(page_id, site_of(row), row["language"], text, common.without(text), numbers, tuple(row["owners"] or ()))


def _owner_keys(page: Page) -> list[str]:
    """The owners that the page names, and its own site, which other pages may name as theirs."""
    return [page.site, *page.owners]


class _Groups:
    """Disjoint sets of places, by union-find; the first place stands for a set."""

    def __init__(self, size: int) -> None:
        self._parents = list(range(size))
        self._reasons: dict[int, list[str]] = defaultdict(list)

    def first(self, place: int) -> int:
        """The place that stands for the set of this one."""
        while self._parents[place] != place:
            self._parents[place] = self._parents[self._parents[place]]
            place = self._parents[place]
        return place

    def are_one(self, place: int, other: int) -> bool:
        """Whether two places are in one set."""
        return self.first(place) == self.first(other)

    def is_one(self) -> bool:
        """Whether there is but one set."""
        return all(self.are_one(0, place) for place in range(len(self._parents)))

    def join(self, place: int, other: int, why: str) -> None:
        """Put a place together with an earlier one."""
        here, there = sorted((self.first(place), self.first(other)))
        if here != there:
            self._parents[there] = here
            self._reasons[place].append(why)

    def sources(self, pages: Sequence[Page]) -> Sources:
        """The groups by the names of their sites."""
        sites: dict[int, set[str]] = defaultdict(set)
        for place, page in enumerate(pages):
            sites[self.first(place)].add(page.site)
        names = {page.page_id: min(sites[self.first(place)]) for place, page in enumerate(pages)}
        reasons = {page.page_id: "; ".join(self._reasons[place]) for place, page in enumerate(pages)}
        return Sources(names, reasons, {min(group): frozenset(group) for group in sites.values()})


def _same(keys: Sequence[Iterable[str]]) -> Iterable[tuple[int, int, str]]:
    """(place, first place with the same key, key)."""
    first: dict[str, int] = {}
    for place, own in enumerate(keys):
        for key in own:
            other = first.setdefault(key, place)
            if other != place:
                yield place, other, key


def _copies(pages: Sequence[Page], groups: _Groups) -> Iterable[tuple[int, int, str]]:
    """(place, an earlier place, why) of pages that have text or, in two languages, numerals in common, where nothing joins them yet."""
    if groups.is_one():
        return
    known: dict[Sketch, int] = {}
    few = len(pages) <= FIRST_PAGES
    by_text, by_numbers = _Found(), _Found()
    for place, page in enumerate(pages):
        other = known.setdefault(page.text, place) if page.text.hashes else place
        if other != place:
            yield place, other, "text: 1.00"
        else:
            for other in range(place) if few else by_text.candidates(place, page.text.hashes):
                if not groups.are_one(place, other):
                    whole, rare = overlap(page.text, pages[other].text), overlap(page.rare, pages[other].rare)
                    if _is_copied(whole, rare):
                        yield place, other, f"text: {whole.share:.2f}"
        for other in range(place) if few else by_numbers.candidates(place, page.numbers.hashes):
            if page.language != pages[other].language and not groups.are_one(place, other):
                found = overlap(page.numbers, pages[other].numbers)
                if found.share >= NUMBER_SHARE_MIN and found.hashes >= NUMBER_TRIPLES_MIN:
                    yield place, other, f"translation: {found.share:.2f}"


def _is_copied(whole: Overlap, rare: Overlap) -> bool:
    is_copy = whole.share >= COPY_SHARE_MIN and whole.elements >= COPY_SHINGLES_MIN and whole.hashes >= HASHES_MIN
    return is_copy or has_paragraph(rare)


def has_paragraph(rare: Overlap) -> Any:
    """Whether two texts have a paragraph in common, by what they have in common of words that pages about other subjects have not; nothing
    else depends on which words those are (shared_paragraphs.py)."""
    return (rare.share >= PARAGRAPH_SHARE_MIN) & (rare.elements >= PARAGRAPH_SHINGLES_MIN) & (rare.hashes >= HASHES_MIN)


class _Found:
    """Finds the earlier places that have most hashes of a sketch in common with a new one.

    A hash offers only the first places that have it, so that the time for each place is bounded; copies of those join them.
    """

    def __init__(self) -> None:
        self._places: dict[int, list[int]] = defaultdict(list)

    def candidates(self, place: int, sketch: bytes) -> list[int]:
        """At most COMPARED_MAX earlier places; this one is known from now on."""
        places = [self._places[one] for one in hashes_of(sketch).tolist()]
        shared = Counter(chain.from_iterable(places))
        for own in places:
            if len(own) < FIRST_PAGES:
                own.append(place)
        return [other for other, _ in sorted(shared.items(), key=lambda item: (-item[1], item[0]))[:COMPARED_MAX]]
