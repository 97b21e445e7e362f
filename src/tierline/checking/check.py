"""Checks statements against evidence: each is supported, refuted, or the evidence is not enough, with the words that show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from tierline.checking.evidence import Evidence
from tierline.checking.passages import on_passage
from tierline.checking.readings import Parsed, parse, read_clause
from tierline.checking.rules import CheckRules
from tierline.checking.stated import Stated, StatedFacts, of_passages, quoted, source_quoted
from tierline.checking.statement import Clause, clauses_of
from tierline.checking.verdict import NOT_ENOUGH, REFUTED, SUPPORTED, Verdict, on_reading

VERDICTS = SUPPORTED, REFUTED, NOT_ENOUGH
_EVIDENCE = {
    **{name: pa.string() for name in ("fact_id", "fact", "table", "row_id", "field")},
    **{name: pa.int64() for name in ("span_start", "span_end")},
    **{name: pa.string() for name in ("quote", "url")},
}
SCHEMA = pa.schema({"statement": pa.string(), "verdict": pa.string(), "score": pa.float64(), "rule": pa.string()} | _EVIDENCE)


def check(statements: Sequence[str], evidence: Evidence, rules: CheckRules) -> pa.Table:
    """One row of SCHEMA a statement, in their order.

    `verdict` is one of VERDICTS; `score` in [0, 1] orders how far `supported` and `refuted` can be trusted, and below `rules.score_min` the
    verdict is `not_enough` whatever it would have been. `rule` says what decided: how the statement was read (`form`: a form that claims
    are read from; `words`: names, cue words and values wherever they stand), and how values agree; or that the words are the same.
    `quote` is exactly characters `span_start` to `span_end` of column `field` of row `row_id` of `table`, and `fact` is the sentence of the
    fact that it is a source of, if one decided. With `not_enough` the quote is what comes nearest, or null without any evidence.

    A statement of several clauses is supported if all are, and refuted if one is.
    """
    nearest = evidence.retrieval.nearest(statements, rules.passages)
    facts, rows = StatedFacts(evidence.facts), list[dict[str, Any]]()
    for statement, found in zip(statements, nearest, strict=True):
        verdict = verdict_on(statement, facts, rules.score_min, [evidence.passage(number) for number, _ in found])
        columns = {"statement": statement, "verdict": verdict.outcome, "score": verdict.score, "rule": verdict.rule}
        shown = {**verdict.evidence, **(source_quoted(evidence, verdict.fact_id) if verdict.fact_id else {})}
        rows.append(columns | {name: shown.get(name) for name in _EVIDENCE} | {"fact_id": verdict.fact_id})
    return pa.Table.from_pylist(rows, SCHEMA)


def verdict_on(statement: str, facts: StatedFacts, score_min: float, passages: Sequence[Mapping[str, Any]] = ()) -> Verdict:
    """The verdict on one statement by facts and by these passages, the nearest one first."""
    verdict = _verdict(statement, passages, facts)
    return replace(verdict, outcome=NOT_ENOUGH) if verdict.score < score_min else verdict


def names_in(statement: str) -> list[str]:
    """The `name_form` of all that a statement may be about: facts about anything else decide nothing."""
    return list(dict.fromkeys(form for clause in clauses_of(statement) if not clause.doubted for form in parse(clause.text).names))


def _verdict(statement: str, passages: Sequence[Mapping[str, Any]], facts: StatedFacts) -> Verdict:
    clauses = clauses_of(statement)
    near = quoted(passages[0]) if passages else {}
    if not clauses:
        return Verdict(NOT_ENOUGH, 0.0, "says nothing", near)
    verdicts = [_on_clause(clause, passages, facts) or Verdict(NOT_ENOUGH, 0.0, _why(clause), near) for clause in clauses]
    refuted = [one for one in verdicts if one.outcome == REFUTED]
    if refuted:
        return max(refuted, key=lambda one: one.score)
    return min(verdicts, key=lambda one: (one.outcome != NOT_ENOUGH, one.score))


def _why(clause: Clause) -> str:
    return "no plain statement" if clause.doubted else "nothing decides"


def _on_clause(clause: Clause, passages: Sequence[Mapping[str, Any]], facts: StatedFacts) -> Verdict | None:
    """The verdict of the highest score; None where nothing decides."""
    if clause.doubted:
        return None
    found = [verdict for passage in passages if (verdict := on_passage(clause, passage))]
    parsed = parse(clause.text)
    known = _known(parsed, passages, facts)
    read = [verdict for reading in read_clause(parsed, known) if (verdict := on_reading(reading, known[reading.subject]))]
    found += [verdict.denied() if clause.negated else verdict for verdict in read]
    return max(found, key=lambda one: one.score, default=None)


def _known(clause: Parsed, passages: Sequence[Mapping[str, Any]], facts: StatedFacts) -> dict[str, list[Stated]]:
    """What evidence states about each thing that the clause names, by `name_form`."""
    known = of_passages(passages)
    for form, stated in facts.about(clause.names).items():
        known[form] = [*stated, *known.get(form, [])]
    return known
