"""Files in which a site states the rights of its pages, and which of several captures of one holds for a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tierline.rights.robots_txt import RobotsFile
from tierline.rights.statement import EVERYBODY, PERMITS, Statement, distinct
from tierline.rights.tdm import TdmFile

ROBOTS_TXT, AI_TXT, TDMREP = "robots_txt", "ai_txt", "tdmrep"  # kinds of files
PATHS = {"/robots.txt": ROBOTS_TXT, "/ai.txt": AI_TXT, "/.well-known/ai.txt": AI_TXT, "/.well-known/tdmrep.json": TDMREP}
MAX_BYTES = 512_000  # of a file that is read; a crawler must take 500 KiB of robots.txt at least (RFC 9309, 2.5)
MAX_REDIRECTS = 5  # RFC 9309, 2.3.1.2
Parsed = Any  # RobotsFile or TdmFile
_PORTS = {"http": 80, "https": 443}
_NEVER = datetime(1, 1, 1, tzinfo=UTC)


class Place(NamedTuple):
    """Where a page is: its site (scheme, host, port: RFC 9309, 2.3), and its path with the query."""

    site: str
    target: str


@lru_cache(4096)
def place_of(url: str | None) -> Place | None:
    """Of a web address; None for what is none."""
    try:
        parts = urlsplit(url or "")
        port = parts.port or _PORTS.get(parts.scheme.lower())
    except ValueError:
        return None
    scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".")
    if scheme not in _PORTS or not host:
        return None
    return Place(f"{scheme}://{host}:{port}", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def may_be_site_file(url: str | None) -> bool:
    """Whether an address may be one of PATHS; nearly all are not, which their last letters tell."""
    return bool(url) and (url or "").endswith(("robots.txt", "ai.txt", "tdmrep.json"))


class SiteFiles:
    """Captured files of sites, arranged for asking what they state about a page.

    `captures` are rows of `l0_site_files`. Of each file those count that could be read and say something else than the one before. For a
    page two may hold: the one in force when it was fetched (the last before it, or the first after it where none was), and the newest.
    What either reserves is reserved.
    """

    def __init__(self, captures: Iterable[Mapping[str, Any]] = (), agents: Sequence[str] = ()) -> None:
        self._agents = tuple(agents)
        self._by_file: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._parsed: dict[str, Parsed] = {}
        for row in changes(captures):
            self._by_file.setdefault((row["site"], row["path"]), []).append(row)

    def __bool__(self) -> bool:
        return bool(self._by_file)

    def statements(self, url: str | None, fetched_at: datetime | None) -> list[Statement]:
        """About one page, each with the record that states it and when that was captured."""
        place = place_of(url)
        if place is None or not self._by_file:
            return []
        found = [one for path in PATHS for one in self._of_file((place.site, path), place.target, fetched_at)]
        closed = {one.kind for one in found if one.value not in PERMITS}
        return distinct(one for one in found if one.kind not in closed or one.value not in PERMITS)

    def _of_file(self, file: tuple[str, str], target: str, fetched_at: datetime | None) -> Iterator[Statement]:
        for row in _holding(self._by_file.get(file, []), fetched_at):
            for one in self._read(row, target):
                yield replace(one, stated_by=row["doc_id"], stated_at=row["fetched_at"])

    def _read(self, row: Mapping[str, Any], target: str) -> Iterator[Statement]:
        last, place = self._followed(row), f"{row['site']}{row['path']}"
        kind, text = row["kind"], last["text"]
        if kind == ROBOTS_TXT and _is_server_error(last):
            yield Statement(kind, "unreachable", EVERYBODY, place)  # a crawler takes it for closed (RFC 9309, 2.3.1.4); nobody states it
        elif text and kind == TDMREP:
            yield from self._file(last, TdmFile).statements(target, place)
        elif text:
            yield from self._file(last, partial(RobotsFile, agents=self._agents)).statements(kind, target, place)

    def _followed(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """The capture that a redirect leads to, where the crawl has it: the newest of the file there."""
        for _ in range(MAX_REDIRECTS):
            to = place_of(row["redirects_to"])
            following = self._by_file.get((to.site, to.target), []) if to else []
            if not following:
                return row
            row = following[-1]
        return row

    def _file(self, row: Mapping[str, Any], read: Callable[[str], Parsed]) -> Parsed:
        """What its text says, read once; texts are not told apart by their kind, since each has one."""
        if row["doc_id"] not in self._parsed:
            self._parsed[row["doc_id"]] = read(row["text"])
        return self._parsed[row["doc_id"]]


def _holding(captures: Sequence[dict[str, Any]], fetched_at: datetime | None) -> Iterator[dict[str, Any]]:
    """Those that hold for a page that was fetched then; of several at one moment all."""
    if captures:
        before = [row for row in captures if fetched_at is None or _moment(row) <= fetched_at]
        moments = {_moment(before[-1] if before else captures[0]), _moment(captures[-1])}
        yield from (row for row in captures if _moment(row) in moments)


def changes(captures: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of `l0_site_files` by time, without those that say what the capture of the same file before them says: a file that was fetched
    again unchanged has stated what it states since it was first seen. One that could not be read says nothing beside one that could."""
    rows = sorted((dict(row) for row in captures), key=lambda row: (_moment(row), row["doc_id"]))
    readable = {_file_of(row) for row in rows if _is_readable(row)}
    last: dict[tuple[str, str], tuple[Any, ...]] = {}
    found: list[dict[str, Any]] = []
    for row in rows:
        file, said = _file_of(row), (row["http_status"], row["redirects_to"], row["text"])
        if file in readable and not _is_readable(row):
            continue
        if last.get(file) != said:
            found.append(row)
        last[file] = said
    return found


def _file_of(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["site"], row["path"]


def _moment(row: Mapping[str, Any]) -> datetime:
    return row["fetched_at"] or _NEVER


def _is_server_error(row: Mapping[str, Any]) -> bool:
    return (row["http_status"] or 0) >= 500


def _is_readable(row: Mapping[str, Any]) -> bool:
    """Whether a capture says what its site says: a server's error does not, nor a success without a text."""
    status = row["http_status"] or 200
    return status < 500 and (status >= 300 or row["text"] is not None)
