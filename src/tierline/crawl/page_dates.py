"""Finds in <meta> when a page says that it was published and modified: by names of Open Graph, Dublin Core, schema.org and publishers."""

from __future__ import annotations

from collections.abc import Mapping

LONGEST = 60  # characters of a date
_PUBLISHED = """article:published_time article:published og:article:published_time datepublished datecreated date pubdate publishdate
    publish-date publication_date dc.date dc.date.issued dc.date.created dc.issued dc.created dcterms.date dcterms.issued dcterms.created
    citation_publication_date citation_date parsely-pub-date sailthru.date"""
_MODIFIED = """article:modified_time article:modified og:updated_time og:article:modified_time datemodified last-modified lastmod modified
    revised dc.date.modified dc.modified dcterms.modified"""
NAMES = {name: kind for kind, names in (("published", _PUBLISHED), ("modified", _MODIFIED)) for name in names.split()}


def note_date(attributes: Mapping[str, str | None], dates: dict[str, str]) -> None:
    """Adds to `dates` what a <meta> states as `published` or `modified`, in its own words; the first of each stands."""
    for attribute in ("property", "name", "itemprop", "http-equiv"):
        if (name := attributes.get(attribute)) and (kind := NAMES.get(name.strip().lower())):
            content = (attributes.get("content") or "").strip()
            if 0 < len(content) <= LONGEST:
                dates.setdefault(kind, content)
