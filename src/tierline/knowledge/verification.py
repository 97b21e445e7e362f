"""Verifies all claims of a lake: keys of what each outcome rests on say which things to resolve and which properties to judge anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tierline.knowledge.common_text import CommonText
from tierline.knowledge.entities import Entities, Entity
from tierline.knowledge.feeds import Feeds
from tierline.knowledge.hashed import Flags, Keys, Numbers, find, key_of, mixed, sums
from tierline.knowledge.object_things import entities_of_objects, ids_of_object, keys_of_objects
from tierline.knowledge.outcomes import RESULTS, SCHEMAS, Outcomes, SetKeys
from tierline.knowledge.page_words import PageWords, most_stated
from tierline.knowledge.properties import Claims
from tierline.knowledge.records import Records
from tierline.knowledge.row_files import RowFile, RowWriter
from tierline.knowledge.shared_paragraphs import paragraph_keys
from tierline.knowledge.site_numbers import SiteNumbers
from tierline.knowledge.stated import Stated
from tierline.knowledge.things import groups_of

ROWS_PER_BATCH = 8192  # claims in Python at a time, some 10 KB each; more only where one group or property has more
ENTITIES_KEPT = 1 << 12
AGAINST = "facts:contradicted"
Tables = Mapping[str, pa.Table]
Judge = Callable[[Sequence[Claims], Feeds, CommonText, Records], Tables]  # rows of RESULTS and ANSWERS of properties


class Verification:
    """What all claims and statements are about, and what is a fact among it."""

    def __init__(self, stated: Stated, judge: Judge, known: Outcomes, batch: int = ROWS_PER_BATCH) -> None:
        """`known` is what any earlier verification by the same code and rules found, of whatever claims; it decides nothing."""
        self._stated, self._judge, self._known, self._batch = stated, judge, known, batch
        keys = stated.keys
        self._low, self._high = keys["row_low"].to_numpy(), keys["row_high"].to_numpy()
        pages, self._page = np.unique(keys["page"].to_numpy(), return_inverse=True)
        words = PageWords(stated.parts, pages)
        common = words.common(self._subjects(keys["subject_words"].to_numpy()))
        self._groups, self._entities, self._entity = self._resolved(groups_of(keys), *common)
        self._about = np.flatnonzero(self._entity >= 0)  # rows of which it is known what they are about
        ids, alls = (self._entities[name].to_numpy()[self._entity[self._about]] for name in ("id", "all"))
        subjects = np.zeros(len(stated), np.uint64)
        subjects[self._about] = ids
        self._common, self._on_page = words.common(self._subjects(subjects))
        named = mixed(keys["property"].to_numpy()[self._about], 3)
        self._properties, self._property = np.unique(mixed(ids) ^ named, return_inverse=True)
        self._object = entities_of_objects(keys, self._entity)[self._about]
        self._basis = alls + mixed(keys_of_objects(self._entities["id"].to_numpy(), self._object), 5)
        self._site, number = (keys[name].to_numpy()[self._about] for name in ("site", "number"))
        self._numbers = SiteNumbers(self._site, number, self._properties[self._property])
        self._changes = np.zeros(len(self._properties), bool)
        self._changes[self._property] = keys["changes"].to_numpy()[self._about]

    @property
    def unclear(self) -> list[str]:
        """The ids of claims of which nothing shows what they are about."""
        return self._stated.ids(np.flatnonzero(self._entity < 0))

    def outcomes(self) -> Outcomes:
        """What is found now. Rows that rest on what could not be judged have 0 for `judged`: they are not known the next time."""
        feeds = Feeds(self._numbers.of)
        stale = self._numbers.stale(self._known.tables["answers"], feeds)
        new = {name: RowWriter(schema) for name, schema in RESULTS.items()}
        first = self._judged(~self._changes, np.zeros(len(self._about), np.uint64), stale, feeds, Records(), new)
        unsound = self._unsound(first)
        doubts = np.where(find(self._site, unsound)[1], mixed(self._site, 4), np.uint64(0))
        then = self._judged(self._changes, doubts, stale, feeds, Records(frozenset(unsound.tolist())), new)
        sets = pa.concat_tables([first.properties, then.properties]).sort_by("low")
        answers = self._numbers.based(pa.concat_tables([first.answers, then.answers]))
        tables = {"properties": sets, "answers": answers, "rows": self._rows(), "groups": self._groups, "entities": self._entities}
        return Outcomes(tables, self._results(np.union1d(first.kept, then.kept), new))

    def _results(self, kept: Keys, new: Mapping[str, RowWriter]) -> dict[str, RowFile]:
        """What is known of properties that are kept, behind what was judged now."""
        for name, writer in new.items():
            for rows in self._known.of(name, kept):
                writer.append(rows)
        return {name: writer.rows() for name, writer in new.items()}

    def _resolved(self, group: Numbers, common: CommonText, on_page: Keys) -> tuple[pa.Table, pa.Table, Numbers]:
        """(groups of rows, entities, the number of each row's entity or -1), by the number of each row's group."""
        everything = np.arange(len(self._stated))
        keys = self._keys(group, np.zeros(len(group), np.uint64), on_page, everything)
        is_known, paragraphs = self._are_known("groups", keys, np.ones(len(keys.low), bool), everything, group, common)
        old = np.flatnonzero(is_known[group])
        entity = np.full(len(self._stated), -1, np.int64)
        entity[old] = self._known.entities_of(self._low[old])
        kept, renumbered = np.unique(np.append(entity[old], -1), return_inverse=True)  # -1 comes first
        entity[old] = renumbered[:-1] - 1
        entities = self._known.tables["entities"].take(pa.array(kept[1:]))
        found: dict[str, int] = {}
        for places in batches(np.flatnonzero(~is_known[group]), group, self._batch):
            rows = self._stated.rows(places)
            things = Entities(rows, common)
            sets, shared = self._paragraphs(places, group[places], common)
            paragraphs[sets] = shared
            for row in rows:
                if thing := things.of(row):
                    entity[row["place"]] = len(entities) + found.setdefault(_said(thing), len(found))
        new = {"entity": list(found), "id": [key_of(_read(text).id) for text in found], "all": [key_of(text) for text in found]}
        groups = keys.table(paragraphs, np.ones(len(keys.low), bool))
        return groups, pa.concat_tables([entities, pa.table(new, SCHEMAS["entities"])]), entity

    def _judged(self, wanted: Flags, doubts: Keys, stale: Keys, feeds: Feeds, records: Records, new: Mapping[str, RowWriter]) -> _Judged:
        """The outcomes of these properties; those that are known and rest on no answer that is stale are kept, all others written."""
        keys = self._keys(self._property, self._basis + doubts, self._on_page, self._about)
        wanted_now = wanted & ~find(keys.low, stale)[1]
        is_known, paragraphs = self._are_known("properties", keys, wanted_now, self._about, self._property, self._common)
        kept = np.sort(keys.low[is_known])
        answers, fates = [self._known.answers_of(kept)], [_fates(RESULTS["decisions"].empty_table())]
        fresh = np.flatnonzero((wanted & ~is_known)[self._property])
        for places in batches(fresh, self._property, self._batch):
            of_place = dict(zip(self._about[places].tolist(), places.tolist(), strict=True))
            properties: dict[int, list[dict[str, Any]]] = {}
            for row in self._stated.rows(self._about[places]):
                entity = self._entity_at(int(self._entity[row["place"]]))
                own_place = of_place[row["place"]]
                place = int(self._property[own_place])
                own: dict[str, Any] = {"judged": int(keys.low[place]), "row": int(self._low[row["place"]])}
                own |= {"subject_key": entity.id, "entity": entity, "object_entity": self._thing_of(row, int(self._object[own_place]))}
                properties.setdefault(place, []).append(row | own)
            sets, shared = self._paragraphs(self._about[places], self._property[places], self._common)
            paragraphs[sets] = shared
            found = self._judge(list(properties.values()), feeds, self._common, records)
            answers.append(found["answers"])
            fates.append(_fates(found["decisions"]))
            for name, writer in new.items():
                writer.append(found[name])
        fate = pa.concat_tables(fates)
        was_judged = is_known | (wanted & find(keys.low, np.unique(fate["judged"].to_numpy()))[1])
        return _Judged(kept, keys.table(paragraphs, was_judged), pa.concat_tables(answers), fate)

    def _entity_at(self, number: int) -> Entity:
        return _read(self._entities["entity"][number].as_py())

    def _thing_of(self, row: Mapping[str, Any], number: int) -> str | None:
        """What the value of a row is: the entity of this number, else by its own best identifier."""
        return self._entity_at(number).id if number >= 0 else next(iter(ids_of_object(row)), None)

    def _keys(self, places: Numbers, salt: Keys, on_page: Keys, rows: Numbers) -> SetKeys:
        """Of the set of rows at each place, each row with its salt and with the common words of its page."""
        size, low, high = int(places.max()) + 1 if len(places) else 0, self._low[rows], self._high[rows]
        words = mixed(low + on_page[self._page[rows]], 7)
        return SetKeys(*(sums(keys, places, size) for keys in (mixed(low + salt, 1), mixed(high + salt, 2), words)))

    def _are_known(self, name: str, keys: SetKeys, wanted: Flags, rows: Numbers, places: Numbers, common: CommonText) -> tuple[Flags, Keys]:
        """(which of the wanted sets of rows are known, what paragraphs these share). Where other words are common now, the same pairs of
        pages must share a paragraph."""
        is_same, is_equal, paragraphs = self._known.compared(name, keys)
        is_known = wanted & is_equal
        doubtful = np.flatnonzero((wanted & is_same & ~is_equal)[places])
        for own in batches(doubtful, places, self._batch):
            sets, shared = self._paragraphs(rows[own], places[own], common)
            is_known[sets] = shared == paragraphs[sets]
        return is_known, paragraphs

    def _paragraphs(self, rows: Numbers, places: Numbers, common: CommonText) -> tuple[Numbers, Keys]:
        """(the sets that rows are of, the key of what paragraphs each shares)."""
        sets, number = np.unique(places, return_inverse=True)
        return sets, paragraph_keys(number, *self._stated.texts(rows), common, len(sets))

    def _unsound(self, judged: _Judged) -> Keys:
        """Sites of which more claims fell than stood, in properties of which one value stands and another does not."""
        fates = pa.concat_tables([judged.fates, *map(_fates, self._known.of("decisions", judged.kept))])
        if not len(fates):
            return np.empty(0, np.uint64)
        order, site = np.argsort(fates["row"].to_numpy()), self._site
        rows = fates["row"].to_numpy()[order]
        places, is_decided = find(self._low[self._about], rows)
        for_it, against = (is_decided & fates[name].to_numpy()[order][places] for name in ("stands", "falls"))
        size = len(self._properties)
        counts = (np.bincount(self._property[flags], minlength=size) > 0 for flags in (for_it, against))
        settled = np.logical_and(*counts)[self._property] & (site != 0)
        sites, place = np.unique(site[settled], return_inverse=True)
        balance = np.bincount(place, for_it[settled].astype(np.int64) - against[settled])
        return sites[balance < 0]

    def _rows(self) -> pa.Table:
        order = np.argsort(self._low)
        return pa.table({"row": self._low[order], "entity": self._entity[order].astype(np.int32)})

    def _subjects(self, subjects: Keys) -> Keys:
        """What each page is about, by what each row is about (0: nothing that counts)."""
        counted = np.flatnonzero(subjects)
        return most_stated(self._page[counted], subjects[counted], int(self._page.max()) + 1 if len(self._page) else 0)


class _Judged(NamedTuple):
    """Of properties that were judged or kept: which were kept, rows of SETS and of ANSWERS, and the fates of what was judged now."""

    kept: Keys
    properties: pa.Table
    answers: pa.Table
    fates: pa.Table


def _fates(decisions: pa.Table) -> pa.Table:
    """Of each decided row whether it stands, and whether it falls against another value."""
    falls = pc.fill_null(pc.or_kleene(decisions["refuted"], pc.equal(decisions["rule"], AGAINST)), False)
    return pa.table(
        {"judged": decisions["judged"], "row": decisions["row"], "stands": pc.equal(decisions["outcome"], "kept"), "falls": falls}
    )


def batches(rows: Numbers, groups: Numbers, most: int) -> Iterator[Numbers]:
    """Rows in parts of whole groups, of at most so many rows where a group has not more; `groups` has the group of every row."""
    rows = rows[np.argsort(groups[rows], kind="stable")]
    ends = np.append(np.flatnonzero(np.diff(groups[rows])) + 1, len(rows))
    start = 0
    while start < len(rows):
        end = int(ends[max(np.searchsorted(ends, start + most, side="right") - 1, np.searchsorted(ends, start, side="right"))])
        yield rows[start:end]
        start = end


@lru_cache(maxsize=ENTITIES_KEPT)
def _read(text: str) -> Entity:
    found, kind, names, told = json.loads(text)
    return Entity(found, kind, tuple(names), told)


def _said(entity: Entity) -> str:
    return json.dumps([entity.id, entity.type, entity.names, dict(sorted(entity.told.items()))])
