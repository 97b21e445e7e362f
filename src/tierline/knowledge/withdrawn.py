"""Keeps in sight what was verified and is so no more because its evidence is gone: pages taken away, shards or bases withdrawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tierline.errors import Damaged
from tierline.knowledge.hashed import Flags, is_among, keys_of
from tierline.knowledge.outcomes import Batches
from tierline.knowledge.row_files import RowFile, RowWriter
from tierline.knowledge.states import SINGLE_SOURCE, SUPERSEDED, VERIFIED, WITHDRAWN
from tierline.knowledge.vocabulary import is_functional
from tierline.lake import WHOLE_LAKE, Lake, history
from tierline.tables import TABLES, content_id

Row = dict[str, Any]
GONE = "facts:withdrawn"
STATEMENT = "stm_"  # what ids of statements begin with
_STANDS = (VERIFIED, SUPERSEDED)
_ONCE = pa.array([*_STANDS, WITHDRAWN])


def verified_before(lake: Lake, taken_down: Collection[str] = ()) -> Iterator[pa.RecordBatch]:
    """Rows of `l4_values` that were verified, or withdrawn, at the last promoted commit whose files can be read: a damaged one is written
    again without it. Empty before the first. `taken_down`: claims whose pages were taken down: what rested on them is not kept in sight."""
    for state in history(lake, "l4_values", WHOLE_LAKE):
        if state.promoted:
            with suppress(Damaged):
                return _verified(lake.stream(state.manifest), pa.array(sorted(taken_down), pa.string())).to_batches()
    return iter(())


def _verified(values: Iterable[pa.RecordBatch], gone: pa.Array) -> RowFile:
    """Rows that were verified or withdrawn; on disk, because most of a lake's may be."""
    found = RowWriter(TABLES["l4_values"].schema)
    for batch in values:
        once = batch.filter(pc.is_in(batch.column("state"), value_set=_ONCE))
        found.append(pa.Table.from_batches([_without(once, gone) if len(gone) else once]))
    return found.rows()


def _without(rows: pa.RecordBatch, claims: pa.Array) -> pa.RecordBatch:
    """Those that rest on none of these claims, and have lost none."""
    numbers = pa.array(range(rows.num_rows), pa.int64())
    for column in (rows.column("parents"), rows.column("lost")):
        named = pc.list_parent_indices(column).filter(pc.is_in(pc.list_flatten(column), value_set=claims))
        numbers = numbers.filter(pc.invert(pc.is_in(numbers, value_set=named.cast(pa.int64()))))
    return rows.take(numbers)


def with_withdrawn(values: Batches, before: Iterable[pa.RecordBatch], known: Known) -> Batches:
    """Rows of `l4_values`, with those that are withdrawn.

    `before` are the rows of the last commit of the table that was promoted, `known` the claims and statements there are now. The rows of a
    property are in one batch, and stay so. A value that was verified then, or withdrawn already, is withdrawn if claims or statements that
    it rested on are gone, or if nobody vouches any more for what was vouched for, and too few sources are left that state it. One that
    other sources contradict or refute now is in that state instead, and one that is verified again is verified. So the same rows follow
    from the same commit before and the same claims, however often the stage runs.
    """
    at_risk = (row for batch in before for row in _at_risk(batch, known).to_pylist() if row["state"] in (*_STANDS, WITHDRAWN))
    earlier = [(row, lost) for row in at_risk if (lost := _lost(row, known))]
    if not earlier:
        return values
    stated = pa.array(sorted({claim for row, _ in earlier for claim in row["parents"]}), pa.string())
    things = {row["entity"] for row, _ in earlier}.union(*(_things_with(batch, stated) for batch in values.to_batches()))
    beside: list[Row] = []
    schema = pa.schema(TABLES["l4_values"].columns)
    found = RowWriter(schema)
    for batch in values.to_batches():
        is_near = pc.is_in(batch["entity"], value_set=pa.array(sorted(things), pa.string()))
        beside += batch.filter(is_near).to_pylist()
        found.append(pa.Table.from_batches([batch.filter(pc.invert(is_near))]).select(schema.names))
    near = _Near(beside)
    gone: dict[str, Row] = {}
    for row, lost in sorted(earlier, key=lambda one: one[0]["value_id"]):
        present = near.of(row)
        if any(one["state"] in _STANDS for one in present):
            continue
        if not present:
            made = _gone(row, lost, near.of_property[row["entity"], row["predicate"]])
            gone[made["value_id"]] = made
        for one in present:
            if one["state"] in (SINGLE_SOURCE, WITHDRAWN):
                kept = {name: row[name] for name in ("fact_id", "vouched_by")}
                one |= {"state": WITHDRAWN, "reason": GONE, "lost": lost} | kept
    found.append(pa.Table.from_pylist([*near.rows, *gone.values()], schema))
    return found.rows()


def _at_risk(rows: pa.RecordBatch, known: Known) -> pa.RecordBatch:
    """Rows of which something that they rest on may be gone: most are not looked at one by one."""
    parents = rows["parents"]
    gone = pc.list_parent_indices(parents).filter(pa.array(~known.has(pc.list_flatten(parents))))
    is_gone = pc.is_in(pa.array(range(len(rows)), pa.int64()), value_set=gone.cast(pa.int64()))
    has_lost = pc.greater(pc.fill_null(pc.list_value_length(rows["lost"]), 0), 0)
    return rows.filter(pc.or_(pc.or_(is_gone, has_lost), pc.is_valid(rows["vouched_by"])))


class Known:
    """The claims and statements there are, by 64-bit keys of their ids: of 10 million, two have the same with a probability of 3e-6."""

    def __init__(self, keys: pa.Table) -> None:
        """From columns of KEYS (keyed_claims.py)."""
        claims, vouched = keys["claim"].to_numpy(), keys["vouched"].to_numpy()
        self._claims, self._vouched = np.sort(claims), np.sort(claims[vouched])

    def has(self, claims: pa.Array) -> Flags:
        """Which of these ids are among them."""
        return is_among(keys_of(claims), self._claims)

    def are_vouched(self, claims: pa.Array) -> Flags:
        """And somebody vouches for them."""
        return is_among(keys_of(claims), self._vouched)


class _Near:
    """Rows of `l4_values` by what they state and by what states them."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self.of_property: dict[tuple[str, str], list[Row]] = defaultdict(list)
        self._by_value: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        self._by_claim: dict[str, int] = {}
        for place, row in enumerate(rows):
            self.of_property[row["entity"], row["predicate"]].append(row)
            self._by_value[row["entity"], row["predicate"], row["value_normal"]].append(place)
            self._by_claim |= dict.fromkeys(row["parents"], place)

    def of(self, row: Row) -> list[Row]:
        """The rows of the value of an earlier one: claims of it are there, or the thing has this value."""
        places = {self._by_claim[claim] for claim in row["parents"] if claim in self._by_claim}
        places |= set(self._by_value[row["entity"], row["predicate"], row["value_normal"]])
        return [self.rows[place] for place in sorted(places)]


def _lost(row: Row, known: Known) -> list[str]:
    """The claims and statements that a value rested on and that are gone, or for which nobody vouches any more."""
    rested = [*row["parents"], *(row["lost"] or ())]
    there = known.has(pa.array(rested, pa.string())).tolist()
    lost = {claim for claim, is_there in zip(rested, there, strict=True) if not is_there}
    if row["vouched_by"] and not known.are_vouched(pa.array(row["parents"], pa.string())).any():
        lost |= {claim for claim in row["parents"] if claim.startswith(STATEMENT)}
    return sorted(lost)


def _things_with(values: pa.RecordBatch, claims: pa.Array) -> set[str]:
    """The things of which these claims state something now: another claim may have given them another identifier."""
    flat = values["parents"]
    places = pc.list_parent_indices(flat).filter(pc.is_in(pc.list_flatten(flat), value_set=claims))
    return set(values["entity"].take(places).to_pylist())


def _gone(row: Row, lost: list[str], now: Iterable[Row]) -> Row:
    """The row of a value that nobody states any more; what is verified instead of a value that held until now speaks against it."""
    is_open = is_functional(row["predicate"]) and not row["valid_until"]
    against = {name for one in now if is_open and one["state"] == VERIFIED for name in one["sources_for"]}
    nothing: Row = {"parents": [], "sources_for": [], "independent_sources": 0, "listing": 0, "methods": [], "agreements": []}
    state = {"state": WITHDRAWN, "reason": GONE, "lost": lost, "sources_against": sorted(against), "decided_by": None}
    value_id = content_id("val", row["entity"], row["predicate"], row["value_normal"], row["fact_id"])
    return {name: row[name] for name in row if name not in ("activity_id", "shard")} | nothing | state | {"value_id": value_id}
