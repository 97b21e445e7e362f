"""Says how sure each value of `l4_values` is: the probability that it is true, given who states it, who states otherwise, and how.

The model is small and shipped: `confidence.json` has its coefficients, the steps that calibrate it, and how it did on reference facts that
it did not see. `python -m training_scripts.fit_confidence --data DIR` makes that file again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tierline.config.bundled import bundled_path
from tierline.knowledge.hashed import find
from tierline.knowledge.outcomes import Batches
from tierline.knowledge.vocabulary import has_states, is_functional

MODEL = "tierline:knowledge/confidence.json"
# What is assumed of a source before anything is known: as if it had agreed with four of five others.
PRIOR, PRIOR_WEIGHT = 0.8, 4.0
LAKE_WEIGHT = 50.0
STEP = 0.05  # to which records are rounded, so that one more page does not move the confidence of everything
DIGITS = 3  # of a confidence
REASONS = (
    *("facts:agreed", "facts:vouched", "facts:superseded", "facts:single_source", "facts:ambiguous", "facts:contradicted"),
    *("facts:bases_disagree", "facts:undated", "facts:disputed", "facts:outweighed", "facts:refuted", "facts:withdrawn"),
)
# What counts otherwise for values of what changes that nothing dates: others may be of other times.
OF_UNDATED = ("lake", "record_for", "predicate", "rivals", "strongest")
FEATURES = (
    *REASONS,
    "lake",  # log odds that two sources of the lake agree
    "for",  # log of 1 and the sources for it
    "against",
    "record_for",  # sum of the log odds that each source for it agrees with others elsewhere
    "record_against",
    "precise",  # share of the sources for it that state it as precisely
    "listing",  # share of the sources for it that give other values on the same page
    "sentences",  # whether it is read from sentences alone
    "base",  # whether a knowledge base states it
    "loose",  # whether some sources agree by more than the same words
    "ambiguous",
    "changing",  # whether the property changes over time
    "undated",  # whether it does and nothing dates the value
    "page_dated",
    "several",  # whether the property may have several values
    "predicate",  # log odds that two sources agree on the same property of other things
    "rivals",  # log of 1 and the other values of the same property of the same thing
    "strongest",  # log of 1 and the sources for the one of them with the most
    "later",  # whether one of them is of a later time
    "dated",  # whether it is known of which time the value is
    "number",  # whether the value is one
    "methods",  # log of the ways in which it was extracted
    "lost",  # log of 1 and the claims and statements that are gone
    "lost_odds",  # sum of the log odds that two sources of the lake agree, of those
    "vouched",  # whether somebody vouches for it, or did
    *(f"undated {name}" for name in OF_UNDATED),
)
Floats = npt.NDArray[np.float64]


def with_confidence(values: Batches) -> Iterator[pa.Table]:
    """Rows of `l4_values` with their `confidence`, batch by batch, whatever their order; the rows of a property are in one batch. They are
    read twice: how often each source agrees with others is known of all first."""
    tallies = Tallies()
    for batch in values.to_batches():
        tallies.add(pa.Table.from_batches([batch]))
    for batch in values.to_batches():
        rows = pa.Table.from_batches([batch])
        found = confidence_of(features_of(rows, tallies), rows["state"].to_numpy(zero_copy_only=False), _model()["models"])
        yield rows.set_column(rows.schema.get_field_index("confidence"), "confidence", pa.array(found, pa.float64()))


def confidence_of(features: Floats, states: Any, models: Mapping[str, Any]) -> Floats:
    """Probabilities of rows of `features_of`: of each state by its own logistic regression, of which steps with lines between them make
    what was as often true (Platt's scaling and isotonic regression, Niculescu-Mizil and Caruana, ICML 2005)."""
    found = np.full(len(features), np.nan)
    for state, model in models.items():
        own = states == state
        scores = features[own] @ np.array([model["coefficients"].get(name, 0.0) for name in FEATURES]) + model["intercept"]
        found[own] = np.interp(scores, model["scores"], model["confidence"])
    return np.round(found, DIGITS).astype(np.float64)


def features_of(values: pa.Table, tallies: Tallies | None = None) -> Floats:
    """One row of FEATURES for each row of `l4_values`: of all of them, or with the tallies of all of some whole properties.

    What is known of a source is how often others agree with it on other properties: of the pairs of sources that state one property of one
    thing at one time, the share that agrees (the idea of knowledge-based trust, Dong et al., VLDB 2015, without a model of extraction).
    What is known of a predicate is the same share of the pairs that state it of other things: some are often misread, or change.
    """
    size = len(values)
    properties = _codes(pc.binary_join_element_wise(values["entity"], values["predicate"], "\0"))
    tallies = tallies or Tallies.of(values)
    stating, against = _pairs(values["sources_for"]), _pairs(values["sources_against"])
    sources = pa.concat_arrays([stating[1], against[1]]).dictionary_encode()
    names = sources.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    for_rows, for_names = stating[0], names[: len(stating[0])]
    against_rows, against_names = against[0], names[len(stating[0]) :]
    counts, opposing = (np.bincount(rows, minlength=size).astype(float) for rows in (for_rows, against_rows))
    agreed = np.column_stack([counts - 1, counts - 1 + opposing])  # of the pairs of a source of each row with others: how many, of how many
    records = _Records(for_rows, for_names, properties, agreed, tallies, tallies.sources, sources.dictionary)
    record_for = np.bincount(for_rows, records.odds(for_names, properties[for_rows]), minlength=size)
    record_against = np.bincount(against_rows, records.odds(against_names, properties[against_rows]), minlength=size)
    predicates = values["predicate"].combine_chunks().dictionary_encode()
    changing, several = (
        np.array([test(name) for name in predicates.dictionary.to_pylist()], bool)[predicates.indices.to_numpy()] if size else np.zeros(0)
        for test in (has_states, lambda name: not is_functional(name))
    )
    codes = predicates.indices.to_numpy().astype(np.int64) if size else np.zeros(0, np.int64)
    by_predicate = _Records(for_rows, codes[for_rows], properties, agreed, tallies, tallies.predicates, predicates.dictionary)
    rivals, strongest, later = _beside(properties, counts, values["valid_from"])
    lost = pc.fill_null(pc.list_value_length(values["lost"]), 0).to_numpy().astype(float)
    lake = _log_odds(np.array(tallies.lake))
    reasons = values["reason"].to_numpy(zero_copy_only=False)
    at_least_one = np.maximum(counts, 1)
    methods, agreements = values["methods"].to_pylist(), values["agreements"].to_pylist()
    dated_by = values["dated_by"].to_numpy(zero_copy_only=False)
    columns = {
        **{name: reasons == name for name in REASONS},
        "lake": np.full(size, lake),
        "for": np.log1p(counts),
        "against": np.log1p(opposing),
        "record_for": record_for,
        "record_against": record_against,
        "precise": np.minimum(values["independent_sources"].to_numpy() / at_least_one, 1),
        "listing": values["listing"].to_numpy() / at_least_one,
        "sentences": np.array([set(own) == {"text"} for own in methods], bool),
        "base": np.array(["base" in own for own in methods], bool),
        "loose": np.array([own not in ([], ["words"]) for own in agreements], bool),
        "ambiguous": values["is_ambiguous"].fill_null(False).to_numpy(zero_copy_only=False),
        "changing": changing,
        "undated": changing.astype(bool) & (dated_by == None),  # noqa: E711
        "page_dated": dated_by == "page",
        "several": several,
        "predicate": by_predicate.odds(codes, properties),
        "rivals": np.log1p(rivals),
        "strongest": np.log1p(strongest),
        "later": later,
        "dated": values["valid_from"].is_valid().to_numpy(zero_copy_only=False),
        "number": pc.equal(values["value_type"], "number").to_numpy(zero_copy_only=False),
        "methods": np.log(np.maximum([len(own) for own in methods], 1)),
        "lost": np.log1p(lost),
        "lost_odds": lost * lake,
        "vouched": values["vouched_by"].is_valid().to_numpy(zero_copy_only=False),
    }
    columns |= {f"undated {name}": columns["undated"] * columns[name] for name in OF_UNDATED}
    return np.column_stack([np.asarray(columns[name], float) for name in FEATURES]) if size else np.zeros((0, len(FEATURES)))


def _beside(properties: Any, counts: Floats, times: pa.ChunkedArray) -> tuple[Floats, Floats, Any]:
    """Of each row, looking at the other values of its property of its thing: (how many, the most sources for one of them, whether one is
    of a later time)."""
    size = int(properties.max(initial=-1)) + 1
    order = np.lexsort((-counts, properties))
    first = np.full(size, -1)
    first[properties[order[::-1]]] = order[::-1]  # of each property, the row with the most sources
    second = np.zeros(size)
    others = np.setdiff1d(np.arange(len(properties)), first, assume_unique=True)
    np.maximum.at(second, properties[others], counts[others])
    strongest = np.where(first[properties] == np.arange(len(properties)), second[properties], counts[first[properties]])
    days = pc.rank(pc.fill_null(times, ""), tiebreaker="dense").to_numpy(zero_copy_only=False).astype(np.int64)
    last = np.zeros(size, np.int64)
    np.maximum.at(last, properties, days)
    known = times.is_valid().to_numpy(zero_copy_only=False)
    beside = (np.bincount(properties, minlength=size)[properties] - 1).astype(np.float64)
    return beside, strongest, known & (last[properties] > days)


class Tallies:
    """Of each source, and of each predicate, how many of the pairs of sources that state one property of one thing agree, of how many."""

    def __init__(self) -> None:
        self.sources: dict[str, Floats] = {}
        self.predicates: dict[str, Floats] = {}
        self._all = np.zeros(2)

    @classmethod
    def of(cls, values: pa.Table) -> Tallies:
        """Of all rows of `l4_values`."""
        found = cls()
        found.add(values)
        return found

    def add(self, values: pa.Table) -> None:
        """Count those of some more rows."""
        stating, against = _pairs(values["sources_for"]), _pairs(values["sources_against"])
        counts, opposing = (np.bincount(rows, minlength=len(values)).astype(float) for rows, _ in (stating, against))
        agreed = np.column_stack([counts - 1, counts - 1 + opposing])[stating[0]]
        self._all += agreed.sum(axis=0)
        predicates = values["predicate"].combine_chunks().take(pa.array(stating[0]))
        for known, names in ((self.sources, stating[1]), (self.predicates, predicates)):
            coded = names.dictionary_encode()
            codes = coded.indices.to_numpy(zero_copy_only=False)
            sums = np.column_stack([np.bincount(codes, agreed[:, column], len(coded.dictionary)) for column in (0, 1)])
            for name, own in zip(coded.dictionary.to_pylist(), sums, strict=True):
                known[name] = known.get(name, 0) + own

    @property
    def lake(self) -> float:
        """How often two sources agree on anything."""
        return float(_rounded(np.array((self._all[0] + LAKE_WEIGHT * PRIOR) / (self._all[1] + LAKE_WEIGHT))))


class _Records:
    """How often two sources agree by any grouping of what they state, such as by one of them, but for what is said of one property."""

    def __init__(
        self, rows: Any, names: Any, properties: Any, agreed: Floats, tallies: Tallies, known: Mapping[str, Floats], names_of: pa.Array
    ) -> None:
        self._lake = tallies.lake
        self._whole = np.array([known.get(name, (0.0, 0.0)) for name in names_of.to_pylist()], float).reshape(-1, 2)
        self._width = int(properties.max(initial=0)) + 1
        self._keys, places = np.unique(names * self._width + properties[rows], return_inverse=True)
        self._own = np.column_stack([np.bincount(places, agreed[rows, column], len(self._keys)) for column in (0, 1)])

    def odds(self, names: Any, properties: Any) -> Floats:
        """Log odds that two sources agree on what is in each of these groups, by what is known beside this property."""
        places, is_known = find(names * self._width + properties, self._keys)
        own = np.where(is_known[:, None], self._own[places], 0) if len(self._keys) else np.zeros((len(names), 2))
        agreed, everything = (self._whole[names] - own).T
        return _log_odds(_rounded((agreed + PRIOR_WEIGHT * self._lake) / (everything + PRIOR_WEIGHT)))


def _rounded(share: Floats) -> Floats:
    return np.clip(np.round(share / STEP) * STEP, STEP, 1 - STEP)


def _log_odds(share: Floats) -> Floats:
    return np.log(share / (1 - share))


def _pairs(lists: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], pa.Array]:
    """(row, name) of every member of a column of lists."""
    flat = lists.combine_chunks()
    return pc.list_parent_indices(flat).to_numpy(zero_copy_only=False).astype(np.int64), pc.list_flatten(flat)


def _codes(texts: Any) -> npt.NDArray[np.int64]:
    """A number for each different text."""
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    return whole.dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)


@cache
def _model() -> dict[str, Any]:
    return json.loads(bundled_path(MODEL).read_text("utf-8"))


def reliability() -> dict[str, Any]:
    """How the shipped model did on reference facts that it did not see: `ece`, `brier`, share `true`, `values` and the points of a
    reliability plot (`bins`), of all values (`held`), of those that are `not_promoted`, and by state (`states`)."""
    return {name: _model()[name] for name in ("held", "not_promoted", "states")}
