"""Generated webs about reference facts: sites that err, copy, date and list as they please, so that what is true of each value is known."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tierline.bases import find_bases
from tierline.knowledge import state_bases
from tierline.knowledge.keys import normal_key
from tierline.knowledge.values import Value, agreement, contradicts, read_value
from tierline.knowledge.vocabulary import has_states, is_functional
from tierline.tables import TABLES

MAPPINGS = Path(__file__).resolve().parents[1] / "examples" / "knowledge"
TRIES = 12  # of wrong values, to find one that contradicts the true one
HASHES = 128  # of a sketch
RIGHT_OF_BASE = {"vouched": 0.995, "beside": 0.95}  # how often a base of either kind is
WRONG_GOES = 1.5  # how much more often a page with a wrong value is taken away
EACH, EACH_CHANGING = 120, 240  # properties of one kind and base: without a bound most would be codes of languages
NOW = "2026-06-01"  # dates of pages about values that never change
Row = dict[str, Any]
Span = tuple[float, float]


@dataclass(frozen=True)
class Reference:
    """What is true of a property: the latest value, and those of each year where it changes."""

    base: str
    subject: str
    predicate: str
    true: str
    by_year: Mapping[str, str]
    statement: Row


@dataclass(frozen=True)
class Kind:
    """How the sites of a web behave: ranges that each web draws its own shares from.

    `right` is how often a site says what is true, and `spread` the sum of the parameters of the beta distribution of its sites around it:
    with a small one some are good and others bad; of `specialists` that is so of each property anew. `reach` is the share of things that a
    site states, `common` that of errors that all who err have in common, in one of so many `camps`; `copied` of sites that copy another
    one's page, `hidden` of those copies that are in other words, `feed` whether copies have their own words but one owner's data, `old` of
    values of what changes that are of an earlier year, `dated` of values with their time, `listed` of pages that add a second value,
    `vague` of numbers rounded or in two readings, `sentences` of sites that are read from sentences, of which `misread` state another
    thing's value, `bases` whether a knowledge base speaks, too. Between two commits `gone` pages, `closed` sites with all of theirs, and
    `lapsed` statements of bases are taken away.
    """

    sites: Span = (4, 14)
    right: Span = (0.75, 0.97)
    spread: float = 12.0
    specialists: bool = False
    reach: Span = (0.15, 0.7)
    common: Span = (0.0, 0.4)
    camps: int = 1
    copied: Span = (0.0, 0.2)
    hidden: Span = (0.0, 0.3)
    feed: bool = False
    owner: bool = False
    old: Span = (0.0, 0.3)
    dated: Span = (0.2, 0.9)
    listed: Span = (0.0, 0.05)
    vague: Span = (0.0, 0.2)
    sentences: Span = (0.0, 0.3)
    misread: Span = (0.04, 0.12)
    bases: str = ""
    gone: Span = (0.0, 0.0)
    closed: Span = (0.0, 0.0)
    lapsed: Span = (0.0, 0.0)


# To learn from: errors alone or in common, copies, dates, lists, sentences, bases, and what is taken away.
FITTED: dict[str, Kind] = {
    "plain": Kind(),
    "careful": Kind(right=(0.93, 0.995), common=(0.0, 0.3)),
    "careless": Kind(right=(0.5, 0.8)),
    "one_error": Kind(common=(0.5, 0.9)),
    "copies": Kind(copied=(0.3, 0.5), hidden=(0.0, 0.2)),
    "outdated": Kind(old=(0.3, 0.6), dated=(0.0, 0.5)),
    "few_sites": Kind(sites=(2, 4), gone=(0.0, 0.3)),
    "censuses": Kind(sites=(8, 18), old=(0.4, 0.7), dated=(0.6, 1.0)),
    "lists": Kind(listed=(0.1, 0.3)),
    "sentences": Kind(sentences=(0.4, 0.9)),
    "vouched_base": Kind(bases="vouched"),
    "taken_away": Kind(gone=(0.2, 0.6)),
    "many_sites": Kind(sites=(14, 24), right=(0.6, 0.95)),
    "owners": Kind(copied=(0.2, 0.4), owner=True),
    "feeds": Kind(copied=(0.2, 0.4), feed=True),
    "hidden_copies": Kind(copied=(0.2, 0.4), hidden=(0.5, 0.9)),
    "rounded": Kind(vague=(0.3, 0.7)),
    "dated": Kind(old=(0.2, 0.5), dated=(0.8, 1.0)),
    "base_beside": Kind(bases="beside", right=(0.7, 0.95)),
    "vouched_and_gone": Kind(bases="vouched", gone=(0.1, 0.4), lapsed=(0.1, 0.5)),
    "few_and_gone": Kind(sites=(2, 6), reach=(0.4, 0.9), right=(0.6, 0.97), gone=(0.3, 0.7)),
    "errors_and_gone": Kind(sites=(3, 9), common=(0.3, 0.8), right=(0.5, 0.9), gone=(0.3, 0.6)),
    "histories": Kind(sites=(8, 20), reach=(0.4, 0.9), right=(0.7, 0.97), old=(0.4, 0.8), dated=(0.7, 1.0)),
    "everything": Kind(
        sites=(3, 20), right=(0.55, 0.98), common=(0.0, 0.8), copied=(0.0, 0.4), hidden=(0.0, 0.6), old=(0.0, 0.5), dated=(0.0, 1.0),
        listed=(0.0, 0.2), vague=(0.0, 0.4), sentences=(0.0, 0.6), reach=(0.1, 0.9), gone=(0.0, 0.4),
    ),
}  # fmt: skip
# To be measured on: written down before the model was chosen, and not looked at until it was.
HELD: dict[str, Kind] = {
    "sparse": Kind(sites=(10, 24), reach=(0.05, 0.15)),
    "dense": Kind(sites=(6, 12), reach=(0.7, 0.95), right=(0.6, 0.95)),
    "two_camps": Kind(common=(0.4, 0.8), camps=2, right=(0.6, 0.9)),
    "good_and_bad": Kind(spread=2.0, right=(0.6, 0.9)),
    "specialists": Kind(specialists=True, spread=3.0, right=(0.7, 0.95)),
    "misread": Kind(sentences=(0.5, 0.9), misread=(0.1, 0.2)),
    "stale": Kind(old=(0.4, 0.8), dated=(0.1, 0.6)),
    "rewritten_feeds": Kind(copied=(0.3, 0.5), hidden=(0.3, 0.6), feed=True),
    "sites_close": Kind(sites=(3, 10), reach=(0.2, 0.6), right=(0.65, 0.97), closed=(0.3, 0.6)),
    "bases_lapse": Kind(sites=(2, 8), bases="vouched", closed=(0.1, 0.3), lapsed=(0.3, 0.6)),
    "camps_and_gone": Kind(sites=(3, 8), camps=3, common=(0.3, 0.7), right=(0.6, 0.95), gone=(0.2, 0.6), closed=(0.0, 0.3)),
    "masses_go": Kind(sites=(5, 12), reach=(0.3, 0.7), right=(0.6, 0.97), common=(0.0, 0.6), gone=(0.4, 0.8)),
    "yearbooks": Kind(sites=(12, 24), reach=(0.3, 0.8), spread=6.0, old=(0.3, 0.7), dated=(0.85, 1.0), copied=(0.1, 0.3), owner=True),
    "all_at_once": Kind(
        sites=(2, 24), right=(0.55, 0.98), spread=5.0, reach=(0.08, 0.9), common=(0.0, 0.7), camps=2, copied=(0.0, 0.4), hidden=(0.0, 0.5),
        old=(0.0, 0.6), dated=(0.0, 1.0), listed=(0.0, 0.2), vague=(0.0, 0.4), sentences=(0.0, 0.6), misread=(0.02, 0.2), gone=(0.0, 0.3),
        closed=(0.0, 0.3),
    ),
}  # fmt: skip


@dataclass
class Web:
    """Claims of pages and statements of bases, before and after some were taken away (ids of pages and statements), and what is true."""

    claims: list[Row] = field(default_factory=list[Row])
    statements: list[Row] = field(default_factory=list[Row])
    gone: set[str] = field(default_factory=set[str])
    truth: dict[tuple[str, str], Reference] = field(default_factory=dict[tuple[str, str], Reference])

    def tables(self, now: bool = True) -> tuple[pa.Table, pa.Table]:
        """(claims, statements) as a shard's; `now`: without what is gone."""
        claims = [row for row in self.claims if not (now and row["page_id"] in self.gone)]
        statements = [row for row in self.statements if not (now and row["statement_id"] in self.gone)]
        return _table("l4_claims", claims), _table("l4_statements", statements)

    def is_true(self, row: Mapping[str, Any]) -> bool:
        """Whether a row of `l4_values` is true: of its year, of some year before its end, or without either of the last one."""
        known = self.truth[normal_key(row["subject"]), row["predicate"]]
        said = read_value(row["object"], row["predicate"], row["language"], row["methods"] == ["base"])
        if not known.by_year:
            true = [known.true]
        elif row["valid_from"]:
            true = [known.by_year.get(row["valid_from"][:4], "")]
        else:
            last = row["valid_until"] or "9999"
            years = [year for year in known.by_year if year < last[:4]] if row["valid_until"] else [max(known.by_year)]
            true = [known.by_year[year] for year in years]
        return any(value and _is_equal(value, said, row["predicate"]) for value in true)


def _is_equal(true: str, said: Value, predicate: str) -> bool:
    """Whether a value says what is true; the same words do, even if a page's have two readings and a base's one."""
    stated = read_value(true, predicate, "en", True)
    return stated.key == said.key or agreement(stated, said) is not None


def references(root: Path, seed: int = 7) -> list[Reference]:
    """Reference facts of every base of the examples below a folder, so many of each property of a base: of what has one value."""
    found: list[Reference] = []
    for mapping in sorted(MAPPINGS.glob("*.yaml")):
        own: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for base in find_bases(str(mapping), str(root)):
            for batch in state_bases([base]).tables["l4_statements"].to_batches():
                for row in batch.to_pylist():
                    if is_functional(row["predicate"]) and not row["subject_shared"]:
                        own[row["subject"], row["predicate"]].append(row)
        by_predicate: dict[str, list[Reference]] = defaultdict(list)
        for (subject, predicate), rows in sorted(own.items()):
            years = {row["time"][:4]: row["object"] for row in rows if row["time"]} if has_states(predicate) else {}
            if len(rows) == 1 or len(years) == len(rows):
                last = max(rows, key=lambda row: row["time"] or "")
                by_predicate[predicate].append(Reference(last["base"], subject, predicate, last["object"], years, last))
        for _, group in sorted(by_predicate.items()):
            most = EACH_CHANGING if has_states(group[0].predicate) else EACH
            found += random.Random(seed).sample(group, min(most, len(group)))
    return found


def web_of(kind: Kind, known: Sequence[Reference], size: int, seed: str) -> Web:
    """A web of one kind about so many properties, drawn from these."""
    chance = random.Random(seed)
    web = Web()
    drawn = {name: chance.uniform(*span) for name, span in vars(kind).items() if isinstance(span, tuple) and name not in ("sites", "right")}
    sites = [_Site(number, kind, drawn, chance) for number in range(chance.randint(*map(int, kind.sites)))]
    rivals: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in known:
        rivals[one.base, one.predicate].append(one.true)
    for place, one in enumerate(chance.sample(list(known), min(size, len(known)))):
        key = normal_key(one.subject), one.predicate
        if key in web.truth:
            continue
        web.truth[key] = one
        camps = [_wrong(one, rivals[one.base, one.predicate], chance) for _ in range(kind.camps)]
        said: dict[int, Row] = {}
        for site in sites:
            common = camps[site.number % kind.camps]
            if chance.random() < drawn["reach"]:
                row = site.states(one, common, rivals[one.base, one.predicate], said, f"{seed}-{place}")
                said[site.number] = row
                web.claims.append(row)
                if chance.random() < drawn["listed"]:
                    web.claims.append(row | {"claim_id": row["claim_id"] + "b", "object": common})
                is_right = _is_equal(one.true, read_value(row["object"], one.predicate, "en"), one.predicate)
                if site.closes or chance.random() < drawn["gone"] * (1.0 if is_right else WRONG_GOES):
                    web.gone.add(row["page_id"])
        if kind.bases and chance.random() < 0.6:
            is_right = chance.random() < RIGHT_OF_BASE[kind.bases]
            vouched = {"vouched_by": "somebody", "vouched_on": "2026-01-01"} if kind.bases == "vouched" else {}
            web.statements.append(one.statement | vouched | ({} if is_right else {"object": camps[0]}))
            if chance.random() < drawn["lapsed"]:
                web.gone.add(one.statement["statement_id"])
    return web


class _Site:
    """A site of a web, with its own habits."""

    def __init__(self, number: int, kind: Kind, drawn: Mapping[str, float], chance: random.Random) -> None:
        self.number, self._kind, self._drawn, self._chance = number, kind, drawn, chance
        self._mean = chance.uniform(*kind.right)
        self._right: dict[str, float] = {}
        self.closes = chance.random() < drawn["closed"]
        self.copies = chance.randrange(number) if number and chance.random() < drawn["copied"] else None
        self.is_hidden = chance.random() < drawn["hidden"]
        self.method = "text" if chance.random() < drawn["sentences"] else chance.choice(("jsonld", "microdata", "table", "label"))

    def _right_of(self, predicate: str) -> float:
        """How often it says what is true of a property: of all alike, unless it is a specialist."""
        own = predicate if self._kind.specialists else ""
        if own not in self._right:
            mean, spread = self._mean, self._kind.spread
            self._right[own] = self._chance.betavariate(spread * mean, spread * (1 - mean)) if mean < 1 else 1.0
        return self._right[own]

    def states(self, one: Reference, common: str, rivals: Sequence[str], said: Mapping[int, Row], seed: str) -> Row:
        """The claim of its page about a property; a copy says what its model says."""
        copied = said.get(self.copies) if self.copies is not None and self._chance.random() < 0.9 else None
        year, time, value = (copied["page_time"], copied["time"], copied["object"]) if copied else self._value(one, common, rivals)
        if self.method == "text" and self._chance.random() < self._drawn["misread"]:  # a sentence about another thing
            value = self._chance.choice(rivals)
        own = random.Random(f"{seed}/{self.number}")
        sketch = _sketch(own) if not copied or self.is_hidden or self._kind.feed or self._kind.owner else _part(copied["text_sketch"], own)
        owner = f"{self.copies if copied else self.number}.owner.example"
        page = f"doc_{seed}_{self.number}"
        read = read_value(value, one.predicate, "en")
        return {
            "claim_id": f"clm_{seed}_{self.number}", "parents": [page], "page_id": page, "parent_table": "l2_selected",
            "subject": one.subject, "subject_key": normal_key(one.subject), "subject_ids": [], "aliases": [], "predicate": one.predicate,
            "object": value, "object_key": normal_key(value), "value_type": read.type, "value_normal": read.normal,
            "value_precision": read.precision, "method": self.method, "url": f"https://site{self.number}.example/{page}",
            "domain": f"site{self.number}.example", "language": "en", "time": time, "time_source": "value" if time else None,
            "page_time": year, "page_time_source": "published" if year else None,
            "text_sketch": sketch, "number_sketch": b"", "owners": [owner] if self._kind.owner and copied else [],
        }  # fmt: skip

    def _value(self, one: Reference, common: str, rivals: Sequence[str]) -> tuple[str | None, str | None, str]:
        """(date of the page, time stated with the value, value)."""
        year, value = None, one.true
        if one.by_year:
            years = sorted(one.by_year)
            old = random.Random(one.subject).choices(years[:-1] or years, k=2)  # as of two censuses
            year = self._chance.choice(old) if self._chance.random() < self._drawn["old"] else years[-1]
            value = one.by_year[year]
        if self._chance.random() > self._right_of(one.predicate):
            value = common if self._chance.random() < self._drawn["common"] else _wrong(one, rivals, self._chance)
        time = year if year and self._chance.random() < self._drawn["dated"] else None
        page = None if self._chance.random() > self._drawn["dated"] else f"{year}-07-01" if year else NOW
        return page, time, _written(value, self._drawn["vague"], self._chance)


def _wrong(one: Reference, rivals: Sequence[str], chance: random.Random) -> str:
    """A value of another thing that contradicts the true one; with hardly any others, the true one changed."""
    true = read_value(one.true, one.predicate, "en", True)
    for _ in range(TRIES):
        value = chance.choice(rivals)
        if contradicts(true, read_value(value, one.predicate, "en", True)):
            return value
    return f"{one.true} B"


def _written(value: str, vague: float, chance: random.Random) -> str:
    """A number as some site writes it: as it is, with separators, or rounded; anything else as it is."""
    number, _, unit = value.partition(" ")
    if not number.lstrip("-").replace(".", "", 1).isdecimal():
        return value
    size = float(number)
    if chance.random() < vague and size >= 1_000_000 and not unit:
        return f"{size / 1e6:.2f} million"
    if chance.random() < vague and abs(size) >= 100_000 and unit:
        return f"{size:.4g}" if size < 0 else f"{float(f'{size:.4g}'):,.0f} {unit}"
    if size == int(size) and abs(size) >= 10_000 and chance.random() < 0.5:
        return f"{int(size):,} {unit}".strip()
    return value


def _sketch(chance: random.Random) -> bytes:
    """Of words that no other page has."""
    return np.sort(np.random.default_rng(chance.randrange(1 << 32)).choice(1 << 32, HASHES, replace=False).astype("<u4")).tobytes()


def _part(sketch: bytes, chance: random.Random) -> bytes:
    """Of a page that has most of its words from another."""
    own = np.random.default_rng(chance.randrange(1 << 32)).random(len(sketch) // 4)
    kept = np.frombuffer(sketch, "<u4")[own < chance.uniform(0.6, 1.0)]
    return np.union1d(kept, np.frombuffer(_sketch(chance), "<u4"))[:HASHES].astype("<u4").tobytes()


def _table(name: str, rows: Sequence[Row]) -> pa.Table:
    schema = pa.schema([*TABLES[name].columns.items(), ("shard", pa.string())])
    return pa.Table.from_pylist([{column: row.get(column) for column in TABLES[name].columns} | {"shard": "s"} for row in rows], schema)


def webs(kinds: Mapping[str, Kind], known: Sequence[Reference], each: int, size: int, seed: str) -> Iterator[tuple[str, Web]]:
    """So many webs of each kind, by its name."""
    for name, kind in kinds.items():
        for number in range(each):
            yield name, web_of(kind, known, size, f"{seed}-{name}-{number}")
