"""Assigns crawl files to shards: a large file alone, small ones packed together, and never moved afterwards."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

import pyarrow as pa

from tierline.advice import command
from tierline.config.bounds import Bytes
from tierline.crawl.address import address_of, canonical, crawl_root, local_path
from tierline.crawl.measure import Measured, digested, measure, written_alike
from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.tables import content_id
from tierline.tables.records import CRAWL_FILES

TABLE = "crawl_files"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PackRules:
    """How files become shards."""

    SECTION: ClassVar[str] = "l0.shards"
    shard_bytes: Bytes = 64 << 20  # of stored bytes; the unit of a rerun, and the size of what a step holds in memory


@dataclass(frozen=True, slots=True)
class Intake:
    """What became of files that were handed to the registry: the shards that are new or changed, in order of registration; the files
    that cannot be read, with the reason; old -> new address of those that were moved; those that stay forgotten."""

    shards: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict[str, str])
    moved: Mapping[str, str] = field(default_factory=dict[str, str])
    forgotten: tuple[str, ...] = ()


class CrawlRegistry:
    """The lake's list of crawl files. A file stays in the shard it was first registered in."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def register(self, uris: Sequence[str], rules: PackRules) -> list[str]:
        """As take_in, for files that all have to be readable: BadInput names the first that is not, after the others are registered."""
        intake = self.take_in(uris, rules)
        for uri, why in intake.refused.items():
            raise BadInput(why, uri, "check the file and its permissions")
        return list(intake.shards)

    def take_in(
        self, uris: Sequence[str], rules: PackRules, *, unread_bytes: int | None = None, dropped: bool = False, revive: bool = True
    ) -> Intake:
        """Register new files and record changed ones, by their addresses. One that cannot be read does not stop the others.

        New files are packed only with each other, so that no processed shard is reopened for them. A new file with the bytes of one
        that is gone takes its place, and is forgotten if that one was. `unread_bytes`: how much may be read; the digest of what is beyond
        is left to the shard's run. `dropped`: they came through the inbox, whose policy may let go of them, and one that was written again
        counts as changed although its bytes are equal. `revive`: take forgotten files again even if they have not changed.
        """
        measured, refused = dict[str, Measured](), dict[str, str]()
        began = datetime.now(UTC)
        for address in dict.fromkeys(map(canonical, uris)):
            try:
                measured[address] = measure(self._lake, address, unread_bytes)
            except BadInput as error:
                refused[address] = error.what
                continue
            if unread_bytes is not None and measured[address].digest is not None:
                unread_bytes = max(0, unread_bytes - measured[address].bytes)
        moved, forgotten = dict[str, str](), dict[str, None]()
        came = {"dropped": True} if dropped else {}

        def stays_forgotten(row: Row, again: bool) -> bool:
            at = row["forgotten_at"]
            return at is not None and (at > began or not (again or row["awaited"]))  # a later wish than this one stands

        def decide(write: _Writer, listed: _Listing) -> None:
            for address, found in measured.items():
                if row := listed.find(address):
                    wanted = not stays_forgotten(row, revive or not written_alike(row["stamp"], found.stamp))
                    forgotten.update({} if wanted else {address: None})
                    if wanted and _differs(row, found, dropped):
                        write.change(row, _fields(found) | came | {"forgotten_at": None})
                    elif row["stamp"] != found.stamp:
                        write.keep(row, _fields(found) if wanted else {"stamp": found.stamp})
            new = [address for address in measured if not listed.find(address)]
            places = _moves(listed, {address: measured[address] for address in new})
            for address, row in places.items():
                values = _fields(measured[address]) | {"uri": address}
                if stays_forgotten(row, revive):
                    forgotten[address] = None
                    write.keep(row, values)
                else:
                    moved.update({row["uri"]: address} if row["forgotten_at"] is None else {})
                    write.change(row, values | came | {"forgotten_at": None})
            write.add(_pack([address for address in new if address not in places], measured, rules), dropped)

        wanted = self._write(decide)
        return Intake(tuple(shard for shard in self.shards() if shard in wanted), refused, moved, tuple(forgotten))

    def forget(self, uris: Sequence[str], awaited: bool = False) -> dict[str, str]:
        """Let go of files: their shards' next runs leave them out. Returns address -> shard. BadInput, before anything is written, if
        one is not registered. `awaited`: only as long as they are gone."""
        places: dict[str, str] = {}

        def decide(write: _Writer, listed: _Listing) -> None:
            rows = [(uri, listed.find(uri) or listed.find(address_of(uri))) for uri in uris]
            for uri, row in rows:
                if row is None:
                    raise BadInput("no such crawl file in the lake", uri, "`tierline files` lists them")
                places[row["uri"]] = row["shard"]
            for _, row in rows:
                if row is not None and row["forgotten_at"] is None:
                    write.change(row, {"forgotten_at": write.moment, "awaited": awaited})
                elif row is not None and row["awaited"] and not awaited:
                    write.keep(row, {"awaited": False})

        self._write(decide)
        return places

    def catch_up(self, shard: str) -> list[Row]:
        """Record the shard's files as they are now, for the run that reads them, and return their rows: a file may have changed since it
        was registered, and of a large one the digest was left to the run. BadInput if a digest that is not known cannot be read."""

        def decide(write: _Writer, listed: _Listing) -> None:
            for row in (row for row in listed.shards.get(shard, []) if row["forgotten_at"] is None):
                try:
                    found = measure(self._lake, row["uri"], 0)
                except BadInput:
                    if row["digest"] is None:
                        raise
                    continue  # rows that stand are kept without it
                if row["digest"] is None or row["stamp"] != found.stamp:
                    found = digested(self._lake, row["uri"], found)
                    if row["stamp"] not in (None, found.stamp) and row["digest"] != found.digest and (why := _linked(row)):
                        raise BadInput(why, row["uri"], f"the next look at the inbox or {command('ingest')} takes it in if it may")
                    write.keep(row, _fields(found))

        self._write(decide)
        return self._present(shard)

    def refuse_changed(self, before: Sequence[Row]) -> None:
        """Raises BadInput if a file is not as it was when `catch_up` gave these rows: what was read since may be of neither state. The
        file is recorded as unknown, so that the next look takes it in again even if it has changed back."""
        faults: dict[str, str] = {}
        for row in before:
            found = self.find(row["uri"])
            try:
                if _differs(row, measure(self._lake, row["uri"], 0), False) or (found is not None and found["stamp"] != row["stamp"]):
                    faults[row["uri"]] = "changed while it was read"
            except BadInput as error:
                faults[row["uri"]] = error.what
        if not faults:
            return

        def decide(write: _Writer, listed: _Listing) -> None:
            for uri in faults:
                row = listed.find(uri)
                if row is not None and not is_gone(uri):  # one that is gone is found under another name by its digest
                    write.keep(row, {"stamp": None, "digest": None})

        self._write(decide)
        uri, why = next(iter(faults.items()))
        raise BadInput(why, uri, f"the next look at the inbox takes it in again, and so does {command('ingest')}")

    def missing(self, shard: str) -> list[str]:
        """Addresses of the shard's local files that are not there any more."""
        return [uri for uri in self.files(shard) if is_gone(uri)]

    def exists(self) -> bool:
        """Whether a file was ever registered, as the disk has it now."""
        return self._lake.delta.log(TABLE).exists()

    def shards(self) -> list[str]:
        """Every shard, in order of registration."""
        return list(self._shards())

    def earlier(self, shard: str) -> list[str]:
        """The shards registered before this one."""
        shards = self.shards()
        return shards[: shards.index(shard)] if shard in shards else shards

    def files(self, shard: str) -> list[str]:
        """Addresses of the shard's files, in order; those that were forgotten are left out. BadInput if there is no such shard."""
        return [row["uri"] for row in self._present(shard)]

    def digest(self, shard: str) -> str:
        """Changes when a file of the shard does. BadInput if there is no such shard."""
        return content_id("crawl", *(f"{row['uri']}={row['digest'] or row['stamp']}" for row in self._present(shard)))

    def change(self, shard: str) -> str:
        """Another one after every change of the shard's files, even back to what they were, and in every lake. BadInput."""
        row = max(self._of(shard), key=lambda row: row["change"] or 0)
        return f"{row['change'] or 0}.{(row['changed_at'] or row['registered_at']):%Y%m%d%H%M%S%f}"

    def find(self, uri: str) -> Row | None:
        """The row of a file by its address in any form, forgotten or not; it must not be modified."""
        return self._listing().find(uri)

    def unknown(self, stamps: Mapping[str, str]) -> dict[str, str]:
        """Of address -> stamp, the files that are not registered as they are now, and those that are back."""
        listed = self._listing()
        rows = ((address, stamp, listed.find(address)) for address, stamp in stamps.items())
        return {address: stamp for address, stamp, row in rows if row is None or row["stamp"] != stamp or _is_back(row)}

    def rows(self) -> list[Row]:
        """Every file, forgotten ones too, in order of registration; rows of CRAWL_FILES that must not be modified."""
        return [row for rows in self._shards().values() for row in rows]

    def _present(self, shard: str) -> list[Row]:
        moment = self._lake.moment
        return [row for row in self._of(shard) if row["forgotten_at"] is None or (moment is not None and row["forgotten_at"] > moment)]

    def _of(self, shard: str) -> list[Row]:
        rows = self._shards().get(shard)
        if not rows:
            raise BadInput("no such shard", shard, f"`tierline shards` lists them; {command('ingest', 'CRAWL=...')} registers crawl files")
        return rows

    def _write(self, decide: Callable[[_Writer, _Listing], None]) -> set[str]:
        """Write what is decided on the newest listing, and decide again if another process was faster; returns the shards that have to
        run."""
        wanted: set[str] = set()
        while True:
            listed = self._listing()
            write = _Writer(self._lake, listed)
            decide(write, listed)
            wanted |= write.wanted
            if write.commit(self._listing):
                return wanted

    def _listing(self) -> _Listing:
        return self._lake.delta.catalog.view(TABLE, CRAWL_FILES, _Listing)

    def _shards(self) -> dict[str, list[Row]]:
        shards, moment = self._listing().shards, self._lake.moment
        return shards if moment is None else {shard: rows for shard, rows in shards.items() if rows[0]["registered_at"] <= moment}


class _Listing:
    """All rows of one version of the table, by shard in order of registration, and by address."""

    def __init__(self, rows: list[Row]) -> None:
        first: dict[str, Row] = {}
        for row in sorted(rows, key=lambda row: (row["sequence"], row["shard"], row["position"])):
            first.setdefault(row["uri"], row)  # two concurrent registrations may both have registered a file
        self.shards: dict[str, list[Row]] = {}
        for row in first.values():
            self.shards.setdefault(row["shard"], []).append(row)
        self._recorded, self._canonical, self._root = first, dict[str, Row](), ""

    def find(self, address: str) -> Row | None:
        """By the address as it was recorded, or by its present form."""
        root = str(crawl_root())
        if root != self._root:
            found: dict[str, Row] = {}
            for uri, row in self._recorded.items():
                found.setdefault(canonical(uri), row)
            self._canonical, self._root = found, root  # whole, because threads share it
        return self._recorded.get(address) or self._canonical.get(canonical(address))


class _Writer:
    """Collects changes of rows and writes each shard that has one, once."""

    def __init__(self, lake: Lake, listed: _Listing) -> None:
        self.moment = datetime.now(UTC)
        self._lake, self._listed = lake, listed
        everything = [row for rows in listed.shards.values() for row in rows]
        self._sequence = max((row["sequence"] for row in everything), default=-1)
        self._number = max((row["change"] or 0 for row in everything), default=0) + 1
        self._changed: dict[str, dict[str, Row]] = {}  # shard -> address as it was recorded -> row
        self.wanted: set[str] = set()  # shards that have to run
        self._new: list[Row] = []

    def change(self, row: Row, values: Mapping[str, Any]) -> None:
        """A change for which the shard has to run again."""
        self.keep(row, {**values, "change": self._number, "changed_at": self.moment})
        self.wanted.add(row["shard"])

    def keep(self, row: Row, values: Mapping[str, Any]) -> None:
        """A change that makes no other content."""
        self._changed.setdefault(row["shard"], {})[row["uri"]] = row | dict(values)

    def add(self, packed: Iterator[tuple[str, list[tuple[str, Measured]]]], dropped: bool) -> None:
        """New shards."""
        dated = {"registered_at": self.moment, "changed_at": self.moment, "change": self._number, "forgotten_at": None, "awaited": None}
        dated["dropped"] = dropped or None
        for number, (shard, files) in enumerate(packed, 1):
            for position, (uri, found) in enumerate(files):
                place = {"shard": shard, "uri": uri, "position": position, "sequence": self._sequence + number}
                self._new.append(place | _fields(found) | dated)
            self.wanted.add(shard)

    def commit(self, newest: Callable[[], _Listing]) -> bool:
        """False if the table has changed since it was listed; then the rest has to be decided again."""
        files = {shard: self._lake.delta.files(TABLE, {"shard": shard}) for shard in sorted(self._changed)}
        if newest() is not self._listed:  # it is one object for each version of the table
            return False
        for shard, expected in files.items():
            updated = [self._changed[shard].get(row["uri"], row) for row in self._listed.shards[shard]]
            if not self._lake.delta.replace_if(TABLE, pa.Table.from_pylist(updated, schema=CRAWL_FILES), {"shard": shard}, expected):
                return False
        if self._new:
            self._lake.delta.append(TABLE, pa.Table.from_pylist(self._new, schema=CRAWL_FILES), ["shard"])
        return True


def is_gone(address: str) -> bool:
    """Whether a local file is not there any more; a remote one is not asked for."""
    path = local_path(address)
    return path is not None and not path.exists()


def _linked(row: Row) -> str:
    """Why what a file's name leads to now need not be the file that was registered: below the inbox, links out of it are not followed,
    and links to folders never. Empty if it must be."""
    path = local_path(row["uri"])
    if path is None:
        return ""
    behind = row["dropped"] and any(folder.is_symlink() for folder in path.parents)
    return "it is a link now" if path.is_symlink() else "it is behind a link now" if behind else ""


def _is_back(row: Row) -> bool:
    """Of a file that is there."""
    return row["forgotten_at"] is not None and bool(row["awaited"])


def _differs(row: Row, found: Measured, dropped: bool) -> bool:
    if row["forgotten_at"] is not None:
        return True
    if dropped and row["stamp"] is not None and not written_alike(row["stamp"], found.stamp):
        return True
    return row["digest"] != found.digest if found.digest is not None else row["stamp"] != found.stamp


def _fields(found: Measured) -> dict[str, Any]:
    return {"bytes": found.bytes, "stamp": found.stamp, "digest": found.digest}


def _moves(listed: _Listing, new: Mapping[str, Measured]) -> dict[str, Row]:
    """New address -> row of a file with equal bytes that is gone from its own, one that was not forgotten first. A file whose bytes were
    not read is not recognized."""
    wanted = {found.digest for found in new.values() if found.digest is not None}
    if not wanted:
        return {}
    gone: dict[str, list[Row]] = {}
    for rows in listed.shards.values():
        for row in rows:
            if row["digest"] in wanted and is_gone(row["uri"]):
                gone.setdefault(row["digest"], []).append(row)
    for rows in gone.values():
        rows.sort(key=lambda row: row["forgotten_at"] is not None and not row["awaited"])
    return {address: gone[found.digest].pop(0) for address, found in sorted(new.items()) if found.digest and gone.get(found.digest)}


def _pack(uris: Sequence[str], measured: Mapping[str, Measured], rules: PackRules) -> Iterator[tuple[str, list[tuple[str, Measured]]]]:
    """(shard name, files) with neighboring files in one shard up to the size; a larger file is a shard of its own."""
    group: list[tuple[str, Measured]] = []
    size = 0
    for uri in sorted(uris):
        if group and size + measured[uri].bytes > rules.shard_bytes:
            yield _shard_name(group), group
            group, size = [], 0
        group.append((uri, measured[uri]))
        size += measured[uri].bytes
    if group:
        yield _shard_name(group), group


def _shard_name(group: list[tuple[str, Measured]]) -> str:
    """A readable name that depends on the addresses only: a file that changes keeps its shard."""
    first = re.sub(r"[^a-z0-9]+", "-", group[0][0].rsplit("/", 1)[-1].split(".")[0].lower()).strip("-")[:24] or "crawl"
    digest = hashlib.sha256("\n".join(uri for uri, _ in group).encode()).hexdigest()[:8]
    return f"{first}-{digest}"
