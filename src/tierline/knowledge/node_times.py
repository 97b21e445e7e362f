"""Finds when the properties of an object of JSON-LD or microdata hold: by a time that it states for them, or by the date of its record."""

from __future__ import annotations

from collections.abc import Mapping

from tierline.knowledge.json_spans import Value

# Names in schema.org and Wikidata; an interval has an end that goes with its start.
_POINTS = ("observationDate", "asOf", "pointInTime", "temporalCoverage")
_INTERVALS = (("validFrom", "validThrough"), ("startDate", "endDate"))
_RECORDS = (("dateModified", "modified"), ("datePublished", "published"))


def node_time(node: Mapping[str, Value]) -> tuple[str, str] | None:
    """(words of the time, `property`, or `modified` or `published` where it is the date of the record), or None.

    Words of an interval are those of two dates with "to" between them, or "since" and one.
    """
    for name in _POINTS:
        if words := _words(node, name):
            return words, "property"
    for first, last in _INTERVALS:
        if begin := _words(node, first):
            end = _words(node, last)
            return f"{begin} to {end}" if end else f"since {begin}", "property"
    for name, kind in _RECORDS:
        if words := _words(node, name):
            return words, kind
    return None


def _words(node: Mapping[str, Value], name: str) -> str:
    value = node[name].data if name in node else None
    if isinstance(value, dict) and "@value" in value:
        value = value["@value"].data
    return value if isinstance(value, str) else str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
