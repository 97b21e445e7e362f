"""Verifies all claims of a lake: keys of what each outcome rests on say which things to resolve and which properties to judge anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tierline.compute.workers import IN_PROCESS, Workers
from tierline.knowledge.common_text import CommonText
from tierline.knowledge.feeds import Feeds
from tierline.knowledge.hashed import Flags, Keys, Numbers, find, mixed, sums
from tierline.knowledge.keyed_claims import STATED
from tierline.knowledge.object_things import entities_of_objects, keys_of_objects
from tierline.knowledge.outcomes import RESULTS, Outcomes, SetKeys
from tierline.knowledge.page_words import PageWords, most_stated
from tierline.knowledge.records import Records
from tierline.knowledge.row_files import RowFile, RowWriter
from tierline.knowledge.set_work import Judge, judge, paragraphs_of, resolve
from tierline.knowledge.site_numbers import SiteNumbers
from tierline.knowledge.stated import Stated
from tierline.knowledge.things import groups_of
from tierline.knowledge.whole_sets import ROWS_PER_BATCH, Beside, WholeSets

AGAINST = "facts:contradicted"
NUMBERS_PER_PART = 1 << 20  # of sites, some 24 MB


class Verification:
    """What all claims and statements are about, and what is a fact among it."""

    def __init__(self, stated: Stated, by: Judge, known: Outcomes, batch: int = ROWS_PER_BATCH, workers: Workers = IN_PROCESS) -> None:
        """`known` is what any earlier verification by the same code and rules found, of whatever claims; it decides nothing, and neither do
        the workers."""
        self._stated, self._judge, self._known, self._batch, self._workers = stated, by, known, batch, workers
        keys = stated.keys
        self._low, self._high = keys["row_low"].to_numpy(), keys["row_high"].to_numpy()
        pages, self._page = np.unique(keys["page"].to_numpy(), return_inverse=True)
        words = PageWords(stated.parts, pages, workers)
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
        self._samples = self._numbers.samples()
        self._changes = np.zeros(len(self._properties), bool)
        self._changes[self._property] = keys["changes"].to_numpy()[self._about]

    @property
    def unclear(self) -> list[str]:
        """The ids of claims of which nothing shows what they are about."""
        return self._stated.ids(np.flatnonzero(self._entity < 0))

    def outcomes(self) -> Outcomes:
        """What is found now. Rows that rest on what could not be judged have 0 for `judged`: they are not known the next time."""
        stale = self._numbers.stale(self._known.tables["answers"], Feeds(self._samples.of))
        new = {name: RowWriter(schema) for name, schema in RESULTS.items()}
        first = self._judged(~self._changes, np.zeros(len(self._about), np.uint64), stale, Records(), new)
        unsound = self._unsound(first)
        doubts = np.where(find(self._site, unsound)[1], mixed(self._site, 4), np.uint64(0))
        then = self._judged(self._changes, doubts, stale, Records(frozenset(unsound.tolist())), new)
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
        entities = [self._known.tables["entities"].take(pa.array(kept[1:]))]
        numbers: dict[str, int] = {}
        fresh = np.flatnonzero(~is_known[group])
        groups = WholeSets(self._stated, fresh, group[fresh], self._batch)
        for found in groups.work(self._workers, "resolve claims", partial(resolve, common=common), STATED.names):
            before = len(numbers)
            own = np.array([numbers.setdefault(text, len(numbers)) for text in found.entities["entity"].to_pylist()], np.int64)
            entities.append(found.entities.filter(pa.array(own >= before)))
            entity[found.places] = np.append(own + len(entities[0]), -1)[found.numbers]
            paragraphs[found.paragraphs.sets] = found.paragraphs.keys
        return keys.table(paragraphs, np.ones(len(keys.low), bool)), pa.concat_tables(entities), entity

    def _judged(self, wanted: Flags, doubts: Keys, stale: Keys, records: Records, new: Mapping[str, RowWriter]) -> _Judged:
        """The outcomes of these properties; those that are known and rest on no answer that is stale are kept, all others written."""
        keys = self._keys(self._property, self._basis + doubts, self._on_page, self._about)
        wanted_now = wanted & ~find(keys.low, stale)[1]
        is_known, paragraphs = self._are_known("properties", keys, wanted_now, self._about, self._property, self._common)
        kept = np.sort(keys.low[is_known])
        answers, fates = [self._known.answers_of(kept)], [_fates(RESULTS["decisions"].empty_table())]
        fresh = np.flatnonzero((wanted & ~is_known)[self._property])
        properties = WholeSets(self._stated, self._about[fresh], self._property[fresh], self._batch)

        def more(rows: Numbers) -> dict[str, pa.Array | pa.ChunkedArray]:
            own = fresh[rows]
            place, thing, texts = self._about[own], self._object[own], self._entities["entity"]
            about, object_about = texts.take(pa.array(self._entity[place])), texts.take(pa.array(thing, mask=thing < 0))
            judged = pa.array(keys.low[self._property[own]])
            return {"judged": judged, "row": pa.array(self._low[place]), "about": about, "object_about": object_about}

        work = partial(judge, by=self._judge, common=self._common, records=records)
        beside = self._numbers_beside(properties, self._site[fresh])
        for found in properties.work(self._workers, "judge properties", work, STATED.names, more, beside):
            paragraphs[found.paragraphs.sets] = found.paragraphs.keys
            answers.append(found.tables["answers"])
            fates.append(_fates(found.tables["decisions"]))
            for name, writer in new.items():
                writer.append(found.tables[name])
        fate = pa.concat_tables(fates)
        was_judged = is_known | (wanted & find(keys.low, np.unique(fate["judged"].to_numpy()))[1])
        return _Judged(kept, keys.table(paragraphs, was_judged), pa.concat_tables(answers), fate)

    def _numbers_beside(self, properties: WholeSets, sites: Keys) -> Iterator[Beside]:
        """For each range of properties the numbers of the sites that state them, by the site of each row."""
        known = self._samples.has(sites)
        of_range = properties.by_range(np.flatnonzero(known), sites[known])
        for part in self._samples.parts(NUMBERS_PER_PART):
            yield Beside([part.only(own) for own in of_range])

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
        sets = WholeSets(self._stated, rows[doubtful], places[doubtful], self._batch)
        for found in sets.work(self._workers, "compare paragraphs", partial(paragraphs_of, common=common), ["text_sketch"]):
            is_known[found.sets] = found.keys == paragraphs[found.sets]
        return is_known, paragraphs

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
