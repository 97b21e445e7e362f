"""Makes the training forms of what is verified: `l4_forms` from the lake's facts, their evidence, and what is not settled."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tierline.checking.check import names_in
from tierline.checking.evidence import Facts, FewFacts
from tierline.checking.gate import refuted
from tierline.compute.workers import IN_PROCESS, Workers, batched
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


class _Things(NamedTuple):
    """Some things, and what their forms are made of beside them: pieces of evidence by fact, properties that are not settled by thing, and
    the things that their values may be."""

    things: list[Thing]
    quoted: dict[str, Row]
    closed: dict[str, list[str]]
    known: Known


class _Read(NamedTuple):
    """Forms that say what they rest on as rows of SCHEMA, the statements among them and what these may be about (`name_form`), the parents
    of all other forms, and decisions about what no code could work on."""

    rows: pa.Table
    statements: list[str]
    names: list[str]
    refused: set[str]
    lost: dict[str, dict[str, Any]]


class _Statements(NamedTuple):
    """Statements, and rows of `l4_facts` about what they may be about."""

    texts: list[str]
    facts: FewFacts


@dataclass
class _Made:
    """Rows so far, and what became of every fact and value."""

    rows: SortingBuffer
    used: set[str] = field(default_factory=set[str])
    refused: set[str] = field(default_factory=set[str])
    refuted: set[str] = field(default_factory=set[str])
    lost: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def take(self, found: _Read, are_refuted: Sequence[bool]) -> None:
        """Keep rows, but for those of statements that are refuted, and note the parents of the others."""
        wrong = np.zeros(len(found.rows), bool)
        wrong[_are_statements(found.rows)] = are_refuted
        right = found.rows.filter(pa.array(~wrong))
        self.refused |= found.refused
        self.lost |= found.lost
        self.refuted |= _parents_of(found.rows.filter(pa.array(wrong)))
        self.used |= _parents_of(right)
        self.rows.append(right)


def make_forms(
    facts: Iterable[Row],
    sources: Iterable[Row],
    values: Iterable[Row],
    rules: FormRules,
    known: Facts | None = None,
    workers: Workers = IN_PROCESS,
) -> StageResult:
    """`l4_forms` from rows of `l4_facts`, of `l4_sources`, and of `l4_values` that are contradicted or stated by a single source.

    Facts, one quote for each, the contradicted values and a few single ones of each thing are held in memory, forms are not. A form depends
    on the seed and on what its facts say, not on how many sources support them, nor on other facts, except where it puts several together:
    then a new fact takes its place between two others. Each form is read back (`reading.py`), and one that does not say what it rests on is
    not kept; nor is a statement that is refuted by what is `known`.
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
    by_entity = {thing.entity: thing for thing in things}
    made = _Made(SortingBuffer(SCHEMA, TABLE.order))
    found = chain(
        workers.map("make forms", partial(_of_things, rules=rules), _parts(things, quoted, closed)),
        workers.map("read forms", _of_several, batched(_several(things, rules), ROWS)),
        workers.map("ask", partial(_of_unsettled, rules=rules), batched((thing_asked_about(own, by_entity) for own in asked), THINGS)),
    )
    for read, are_refuted in _checked(found, known, workers):
        made.take(read, are_refuted)
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


def _parts(things: Sequence[Thing], quoted: Mapping[str, Row], closed: Mapping[str, set[str]]) -> Iterator[_Things]:
    every = Known(things)
    for own in batched(things, THINGS):
        ids = (row["fact_id"] for thing in own for row in thing.facts)
        evidence = {fact_id: quoted[fact_id] for fact_id in ids if fact_id in quoted}
        yield _Things(own, evidence, {thing.entity: sorted(closed.get(thing.entity, ())) for thing in own}, every.around(own))


def _several(things: Sequence[Thing], rules: FormRules) -> Iterator[Form | Lost]:
    """The forms that put several things together."""
    for kind, work in (("comparison", comparisons), ("table", tables)):
        for code in rules.languages if kind in rules.kinds else ():
            for found in held(lambda some, work=work, code=code: list(work(some, code, rules)), things):
                yield from [found] if isinstance(found, Lost) else found


def _of_things(part: _Things, rules: FormRules) -> _Read:
    """Every form of each thing alone, in every language."""
    return _read(held(lambda things: _each_read(form for thing in things for form in _of_thing(thing, part, rules)), part.things))


def _of_thing(thing: Thing, beside: _Things, rules: FormRules) -> Iterator[Form]:
    wanted = set(rules.kinds)
    for code in rules.languages:
        for fact in facts_of(thing):
            yield from (form for form in of_fact(fact, code, rules, beside.quoted.get(fact.row["fact_id"])) if form.kind in wanted)
        yield from card(thing, code, rules) if "card" in wanted else ()
        yield from unknowns(thing, code, rules, beside.closed[thing.entity]) if "unknown" in wanted else ()
        yield from two_hops(thing, beside.known, code, rules) if "two_hop" in wanted else ()
        yield from successions(thing, code, rules) if "succession" in wanted else ()


def _of_several(forms: Sequence[Form | Lost]) -> _Read:
    """Forms that are made; what was lost before stays so."""
    read = held(_each_read, [form for form in forms if isinstance(form, Form)])
    return _read([*(form for form in forms if isinstance(form, Lost)), *read])


def _of_unsettled(things: Sequence[Thing], rules: FormRules) -> _Read:
    """The forms of things of which some property is not settled."""
    ask = partial(unsettled, kinds=rules.kinds, rules=rules)
    return _read(held(lambda some: _each_read(form for thing in some for form in ask(thing, _asked_of(thing))), things))


def _each_read(forms: Iterable[Form]) -> list[tuple[Form, list[str] | None]]:
    """Forms with the values that reading each gave; None: it does not say what it rests on."""
    return [(form, read_form(form)) for form in forms]


def _read(found: Iterable[Sequence[tuple[Form, list[str] | None]] | Lost]) -> _Read:
    """From what `_each_read` gave."""
    rows, refused, lost = list[dict[str, Any]](), set[str](), dict[str, dict[str, Any]]()
    for one in found:
        if isinstance(one, Lost):
            lost |= {parent: one.outcome for row in one.rows for parent in _ids_behind(row)}
            continue
        for form, values in one:
            if values is None:
                refused.update(form.parents)
            else:
                rows.append(form.row(values or None))
    made = _table(rows)
    stated = made.filter(pa.array(_are_statements(made)))["text"].to_pylist()
    return _Read(made, stated, list(dict.fromkeys(name for text in stated for name in names_in(text))), refused, lost)


def _ids_behind(lost: Thing | Form) -> list[str]:
    return lost.parents if isinstance(lost, Form) else [id_of(row) for row in _asked_of(lost)]


def _are_statements(rows: pa.Table) -> npt.NDArray[np.bool_]:
    """Which forms claim checking reads."""
    found = pc.and_(pc.is_in(rows["kind"], pa.array(sorted(STATEMENTS))), pc.equal(rows["language"], "en"))
    return found.to_numpy(zero_copy_only=False).astype(bool)


def _checked(found: Iterable[_Read], known: Facts | None, workers: Workers) -> Iterator[tuple[_Read, Sequence[bool]]]:
    """Each with whether what is known refutes its statements."""
    waiting: deque[_Read] = deque()

    def statements() -> Iterator[_Statements]:
        for read in found:
            waiting.append(read)
            yield _Statements(read.statements, FewFacts.of(known, read.names) if known else FewFacts({}))

    for are_refuted in workers.map("check forms", _are_refuted, statements()):
        yield waiting.popleft(), are_refuted


def _are_refuted(statements: _Statements) -> list[bool]:
    return refuted(statements.texts, statements.facts)


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


def _parents_of(rows: pa.Table) -> set[str]:
    return set(pc.list_flatten(rows["parents"]).to_pylist())


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
