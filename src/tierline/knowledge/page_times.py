"""Dates a page: by the modification or publication that it states, by its address, else by the day on which it was fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tierline.knowledge.dates import LATEST_YEAR, days_of, is_in_calendar, read_date
from tierline.knowledge.node_values import local_name
from tierline.knowledge.page_nodes import is_page, nodes_of
from tierline.text.bounded_json import object_of

EARLIEST_YEAR = 1990  # of a web page
# Pages that are made when they are asked for call that their modification, which says nothing of what they state.
MADE_ON_FETCH = 1  # days
KINDS = {"datemodified": "modified", "dateupdated": "modified", "datepublished": "published", "datecreated": "published"}
_IN_ADDRESS = re.compile(r"/(\d{4})[/-](\d{1,2})(?:[/-](\d{1,2}))?(?=[/-]|\Z)", re.A)


def page_time(lines: str, url: str | None, fetched: datetime | None) -> tuple[str | None, str | None]:
    """(ISO date, what it is the date of) of a page, by an `l0_raw.structured_data` value, its address and the time of its capture.

    What it is of is the first of these that is stated: `modified`, `published`, `url`, `fetched`. Each of them is the last day on which
    the page can have taken its values from elsewhere. Of several modifications the last counts, of publications the first. A date after
    the capture is none, nor is a modification at the capture itself.
    """
    seen = fetched.astimezone(UTC).date().toordinal() if fetched else None
    stated: dict[str, set[str]] = {"modified": set(), "published": set()}
    for line in lines.split("\n"):
        for kind, value in _of_line(line):
            if found := day_of(value, seen, MADE_ON_FETCH if kind == "modified" else 0):
                stated[kind].add(found)
    if stated["modified"]:
        return max(stated["modified"]), "modified"
    if stated["published"]:
        return min(stated["published"]), "published"
    if found := _of_address(url or "", seen):
        return found, "url"
    return (fetched.astimezone(UTC).date().isoformat(), "fetched") if fetched else (None, None)


def day_of(value: str, seen: int | None, before: int = 0) -> str | None:
    """A date as ISO 8601 to its precision, if it is one of the web, and at least so many days before the capture."""
    found = read_date(value.strip()[:60], "date", "en")
    if found is None or len(found.readings) > 1 or not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
        return None
    return found.normal if seen is None or days_of(found.normal)[0] + before <= seen else None


def _of_line(line: str) -> Iterator[tuple[str, str]]:
    """(kind, value) of the dates that a line of structured data states for its page."""
    lowered = line.casefold()
    if not line.startswith('{"kind": "meta"') and not any(name in lowered for name in KINDS):
        return
    item = object_of(line)
    data = item.get("data")
    if item.get("kind") == "meta":
        stated = data if isinstance(data, dict) else {}
        yield from ((kind, stated[kind]) for kind in ("modified", "published") if isinstance(stated.get(kind), str))
        return
    for node in nodes_of(data):
        if is_page(node):
            yield from dates_of(node)


def dates_of(node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(kind, value) of the dates of an object."""
    for name, value in node.items():
        if kind := KINDS.get(local_name(name).casefold()):
            yield from ((kind, one) for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))


def _of_address(url: str, seen: int | None) -> str | None:
    """The date in an address such as /2011/03/31/title."""
    for found in _IN_ADDRESS.finditer(url[:2_000]):
        year, month, *day = (int(part) for part in found.groups() if part)
        if EARLIEST_YEAR <= year <= LATEST_YEAR and is_in_calendar(year, month, *day) and all(day):
            written = f"{year}-{month:02}" + "".join(f"-{one:02}" for one in day)
            return written if seen is None or days_of(written)[0] <= seen else None
    return None
