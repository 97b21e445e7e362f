"""Makes the training forms of what is verified: `l4_forms` from the lake's facts, their evidence, and what is not settled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

import pyarrow as pa

from tierline.forms.form import Form
from tierline.forms.names import entity_of
from tierline.forms.pairs import Known, comparisons, successions, two_hops
from tierline.forms.reading import read_form
from tierline.forms.rules import FormRules
from tierline.forms.several import card, tables
from tierline.forms.single import of_fact, unknowns
from tierline.forms.things import Row, Thing, facts_of, things_of
from tierline.forms.unsettled import Unconfirmed, disputes, thing_asked_about, unsettled
from tierline.knowledge.keys import normal_key
from tierline.knowledge.states import CONTRADICTED
from tierline.knowledge.vocabulary import VOCABULARY
from tierline.lake import StageResult, decision_table
from tierline.lake.external_sort import SortingBuffer
from tierline.tables import TABLES, content_id
from tierline.text.tokens import count_tokens
from tierline.unforeseen import Lost, held

TABLE = TABLES["l4_forms"]
SCHEMA = pa.schema(TABLE.columns)
UNKNOWN_PROPERTY, UNSAID, UNREAD = "forms:unknown_property", "forms:not_said", "forms:not_read_back"
SHARED_NAME = "forms:shared_name"  # of two things: a form would not say which
REFUTED = "forms:refuted"
STATEMENTS = frozenset({"sentence", "dated_statement"})  # kinds that claim checking reads, in English
ROWS, THINGS = 1024, 64  # of a batch
Read = tuple[Form, list[str] | None]  # a form, and what reading it gave
Check = Callable[[Sequence[str]], Sequence[bool]]  # for each statement whether evidence refutes it


@dataclass
class _Made:
    """Rows so far, and what became of every fact and value."""

    rows: SortingBuffer
    are_refuted: Check
    used: set[str] = field(default_factory=set[str])
    refused: set[str] = field(default_factory=set[str])
    refuted: set[str] = field(default_factory=set[str])
    lost: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def take(self, forms: Iterator[Read | Lost]) -> None:
        """Keep the forms that say what they rest on, and note the parents of the others."""
        while batch := list(islice(forms, ROWS)):
            rows: list[dict[str, Any]] = []
            wrong = self._refuted_of(batch)
            for number, found in enumerate(batch):
                if isinstance(found, Lost):
                    self.lost |= {id_of(row): found.outcome for thing in found.rows for row in _asked_of(thing)}
                    continue
                form, values = found
                if values is None or number in wrong:
                    (self.refused if values is None else self.refuted).update(form.parents)
                    continue
                self.used.update(form.parents)
                rows.append(form.row(values or None))
            self.rows.append(_table(rows))

    def _refuted_of(self, batch: Sequence[Read | Lost]) -> set[int]:
        """The places of statements that are refuted."""
        stated: dict[int, str] = {}
        for number, found in enumerate(batch):
            if not isinstance(found, Lost) and found[1] is not None and found[0].kind in STATEMENTS and found[0].language == "en":
                stated[number] = found[0].text
        flags = self.are_refuted(list(stated.values())) if stated else []
        return {number for number, flag in zip(stated, flags, strict=True) if flag}


def make_forms(
    facts: Iterable[Row], sources: Iterable[Row], values: Iterable[Row], rules: FormRules, are_refuted: Check | None = None
) -> StageResult:
    """`l4_forms` from rows of `l4_facts`, of `l4_sources`, and of `l4_values` that are contradicted or stated by a single source.

    Facts, one quote for each, the contradicted values and a few single ones of each thing are held in memory, forms are not. A form depends
    on the seed and on what its facts say, not on how many sources support them, nor on other facts, except where it puts several together:
    then a new fact takes its place between two others. Each form is read back (`reading.py`), and one that does not say what it rests on is
    not kept; nor is a statement that `are_refuted` finds refuted by what is known.
    """
    facts = list(facts)
    named = _things_by_name(facts)
    things = things_of(row for row in facts if not _is_shared(row, named))
    quoted = _evidence(sources, rules)
    single = Unconfirmed((row for thing in things for row in thing.facts), rules)
    closed: dict[str, set[str]] = defaultdict(set)
    contradicted: list[Row] = []
    for row in values:
        if row["state"] == CONTRADICTED:
            contradicted.append(row)
        if single.take(row) or row["state"] == CONTRADICTED:
            closed[row["entity"]].add(row["predicate"])
    shared = {id_of(row) for row in (*facts, *contradicted) if _is_shared(row, named)}
    disputed = disputes([row for row in contradicted if id_of(row) not in shared], facts)
    contradicts = {key[:2] for key in disputed}
    asked = [*disputed.values(), *(own for key, own in single.rows().items() if key[:2] not in contradicts)]
    every = Known(things)
    made = _Made(SortingBuffer(SCHEMA, TABLE.order), are_refuted or (lambda texts: [False] * len(texts)))
    made.take(_each(partial(_of_things, rules=rules, quoted=quoted, closed=closed, known=every), things, THINGS))
    for kind, work in (("comparison", comparisons), ("table", tables)):
        for code in rules.languages if kind in rules.kinds else ():
            made.take(_each(partial(work, code=code, rules=rules), things, len(things)))
    known = {thing.entity: thing for thing in things}
    made.take(_each(partial(_of_unsettled, rules=rules), [thing_asked_about(own, known) for own in asked], THINGS))
    rows = [*facts, *(row for own in asked for row in own), *(row for row in contradicted if id_of(row) in shared)]
    decisions = [_decision(row, made, shared) for row in rows]
    return StageResult({"l4_forms": made.rows.rows()}, {"l4_forms": (len(rows), decision_table(decisions))})


def _things_by_name(facts: Iterable[Row]) -> dict[str, set[str]]:
    """Name -> the things that facts call by it."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in facts:
        found[normal_key(row["subject"])].add(entity_of(row))
    return found


def _is_shared(row: Row, named: Mapping[str, set[str]]) -> bool:
    """Whether the name that a row gives its subject is also that of another thing that facts are about."""
    return len(named.get(normal_key(row["subject"]), set[str]()) | {entity_of(row)}) > 1


def id_of(row: Row) -> str:
    """The id of a fact or value."""
    return row["fact_id"] if "fact_id" in row else row["value_id"]


def _asked_of(thing: Thing) -> Sequence[Row]:
    """What forms were to be made of: the values that are not settled, of a thing that has such, else its facts."""
    return [row for row in thing.rows if "value_id" in row] or thing.rows


def _each(work: Callable[[Sequence[Thing]], Iterable[Form]], things: Sequence[Thing], size: int) -> Iterator[Read | Lost]:
    """The forms that are made of so many things at a time, each with the values that reading it gave."""

    def read(some: Sequence[Thing]) -> list[Read]:
        return [(form, read_form(form)) for form in work(some)]

    for start in range(0, len(things), max(1, size)):
        for found in held(read, things[start : start + size]):
            yield from [found] if isinstance(found, Lost) else found


def _of_things(
    things: Sequence[Thing],
    rules: FormRules,
    quoted: Mapping[str, Row],
    closed: Mapping[str, set[str]],
    known: Known,
) -> list[Form]:
    """Every form of one thing, in every language."""
    wanted = set(rules.kinds)
    forms: list[Form] = []
    for thing in things:
        for code in rules.languages:
            for fact in facts_of(thing):
                forms += [form for form in of_fact(fact, code, rules, quoted.get(fact.row["fact_id"])) if form.kind in wanted]
            forms += card(thing, code, rules) if "card" in wanted else ()
            forms += unknowns(thing, code, rules, closed.get(thing.entity, ())) if "unknown" in wanted else ()
            forms += two_hops(thing, known, code, rules) if "two_hop" in wanted else ()
            forms += successions(thing, code, rules) if "succession" in wanted else ()
    return forms


def _of_unsettled(things: Sequence[Thing], rules: FormRules) -> list[Form]:
    """The forms of things of which some property is not settled."""
    return [form for thing in things for form in unsettled(thing, _asked_of(thing), rules.kinds, rules)]


def _evidence(sources: Iterable[Row], rules: FormRules) -> dict[str, Row]:
    """For each fact the piece of evidence to quote: the shortest one of a page with an address."""
    found: dict[str, Row] = {}
    for row in sources:
        if not row["url"] or not row["quote"] or len(row["quote"]) > rules.quote_characters:
            continue
        known = found.get(row["fact_id"])
        if known is None or (len(row["quote"]), row["source_id"]) < (len(known["quote"]), known["source_id"]):
            found[row["fact_id"]] = row
    return found


def _table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    texts = [f"{row['question']}\n{row['text']}" if row["question"] else row["text"] for row in rows]
    named = [
        row | {"form_id": content_id("form", row["kind"], row["parents"], text), "tokens": tokens}
        for row, text, tokens in zip(rows, texts, count_tokens(texts).to_pylist(), strict=True)
    ]
    return pa.Table.from_pylist(list({row["form_id"]: row for row in named}.values()), schema=SCHEMA)


def _decision(row: Row, made: _Made, shared: Container[str]) -> dict[str, Any]:
    """Why a fact or value is in no form, or that it is in one."""
    row_id = id_of(row)
    decided = {"row_id": row_id, "tokens": row.get("tokens")}
    if row_id in made.lost:
        return decided | made.lost[row_id]
    if row_id in made.used:
        return decided | {"outcome": "kept"}
    if row_id in shared:
        return decided | {"outcome": "dropped", "rule": SHARED_NAME}
    if row["predicate"] not in VOCABULARY:
        return decided | {"outcome": "dropped", "rule": UNKNOWN_PROPERTY}
    rule = UNREAD if row_id in made.refused else REFUTED if row_id in made.refuted else UNSAID
    return decided | {"outcome": "dropped", "rule": rule}
