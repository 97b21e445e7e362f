"""Files in which the sites of a shard state their rights, whichever shard of the lake holds them: an input of L1, by its effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tierline.lake import Lake, Manifest
from tierline.rights.site_files import changes, place_of
from tierline.stages import SITE_RIGHTS
from tierline.tables import content_id

TABLE = "l0_site_files"
SAID = ("doc_id", "site", "path", "kind", "fetched_at", "http_status", "redirects_to", "text")


def site_captures(lake: Lake, shard: str) -> list[dict[str, Any]]:
    """Rows of `l0_site_files`, of any promoted shard, of the sites that a shard's records are from, and of those that they redirect to;
    without captures that say nothing new."""
    held = _held(lake)
    wanted = set(_sites(lake, held.raw[shard])) if held.by_site and shard in held.raw else set[str]()
    asked: set[str] = set()
    found: list[dict[str, Any]] = []
    while wanted := wanted - asked:
        found += _captures(lake, held.of(wanted), wanted)
        asked |= wanted
        wanted = {to.site for row in found if (to := place_of(row["redirects_to"]))}
    return changes(found)


def site_inputs(lake: Lake, shard: str) -> dict[str, str]:
    """What an activity of L1 records of them: a digest of what they say, "" where they say nothing. Files of other sites, and files that
    were fetched again and say the same, leave it as it is."""
    name, held = f"{SITE_RIGHTS}/{shard}", _held(lake)
    if not held.by_site or shard not in held.raw:
        return {name: ""}
    raw = held.raw[shard]
    if not held.of(_sites(lake, raw)):
        return {name: ""}

    def look() -> str:
        rows = site_captures(lake, shard)
        return content_id("sites", [str(row[column]) for row in rows for column in SAID]) if rows else ""

    return {name: lake.fact(content_id(SITE_RIGHTS, raw.digest, held.digest), look)}


class _Held:
    """The promoted shards of L0, and which of them hold files of which site."""

    def __init__(self, lake: Lake) -> None:
        files = [one for one in lake.promoted(TABLE) if one.rows]
        self.raw = {one.shard: one for one in lake.promoted("l0_raw")} if files else {}
        self.by_site: dict[str, list[Manifest]] = {}
        for one in files:
            for site in _sites(lake, one, "site"):
                self.by_site.setdefault(site, []).append(one)
        self.digest = content_id("held", sorted(one.digest for one in files))

    def of(self, sites: Iterable[str]) -> list[Manifest]:
        """The shards that hold a file of one of these sites, each once."""
        return list({one.shard: one for site in sorted(sites) for one in self.by_site.get(site, ())}.values())


def _held(lake: Lake) -> _Held:
    """Read once for each state of the lake: a survey asks for every shard."""
    place, state = (lake.root, lake.moment), lake.recorded()
    if place not in _READ or _READ[place][0] != state:
        _READ[place] = state, _Held(lake)
    return _READ[place][1]


def _sites(lake: Lake, manifest: Manifest, column: str = "url") -> list[str]:
    """The sites that a shard's rows are of, by their address."""

    def look() -> list[str]:
        values = {value for batch in lake.stream(manifest, [column]) for value in pc.unique(batch.column(column)).to_pylist()}
        return sorted({place.site for value in values if (place := place_of(value))})

    return lake.fact(content_id("sites_of", manifest.table, manifest.digest), look)


def _captures(lake: Lake, files: Iterable[Manifest], sites: Iterable[str]) -> Iterator[dict[str, Any]]:
    wanted = pa.array(sorted(sites), pa.string())
    for manifest in files:
        for batch in lake.stream(manifest, list(SAID)):
            yield from batch.filter(pc.is_in(batch.column("site"), value_set=wanted)).to_pylist()


_READ: dict[tuple[str, Any], tuple[tuple[Any, ...], _Held]] = {}  # root and moment of a lake -> its state then, and what it holds
