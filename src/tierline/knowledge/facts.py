"""Turns claims into facts: statements that independent sources share, unless others contradict them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import pyarrow as pa

from tierline.compute.workers import IN_PROCESS, Workers
from tierline.config.bounds import Count
from tierline.knowledge.common_text import CommonText
from tierline.knowledge.confidence import with_confidence
from tierline.knowledge.entities import Entity
from tierline.knowledge.feeds import Feeds
from tierline.knowledge.history import Held
from tierline.knowledge.outcomes import ANSWERS, RESULTS, Outcomes
from tierline.knowledge.properties import Claims, Judged, value_of
from tierline.knowledge.records import Records
from tierline.knowledge.reviewed import reviewed_claims, with_reviews
from tierline.knowledge.set_work import Tables
from tierline.knowledge.stated import Stated
from tierline.knowledge.states import REFUTED, Settled, value_rows
from tierline.knowledge.verdicts import AMBIGUOUS_SUBJECT, single_source
from tierline.knowledge.verification import Verification
from tierline.knowledge.vouched import judge_with_bases
from tierline.knowledge.whole_sets import ROWS_PER_BATCH
from tierline.knowledge.withdrawn import Known, with_withdrawn
from tierline.lake import StageResult, decision_table
from tierline.lake.external_sort import SortingBuffer
from tierline.lake.reviews import Settlements
from tierline.tables import DECISION_COLUMNS, TABLES, content_id, stage_tables
from tierline.text.tokens import count_tokens
from tierline.unforeseen import Lost, held

_CARRIED = (
    *("parent_table", "parent_field", "span_start", "span_end", "quote", "url", "domain"),
    *("time", "time_source", "page_time", "page_time_source"),
)
JUDGMENTS = RESULTS | {"answers": ANSWERS}
WRITTEN = {name: pa.schema(TABLES[name].columns) for name in stage_tables("l4_facts")} | {"decisions": pa.schema(DECISION_COLUMNS)}
MEMORY_BYTES = 16 << 20  # of the rows of each table


@dataclass(frozen=True, slots=True)
class FactRules:
    """When claims count as a fact."""

    SECTION: ClassVar[str] = "l4.facts"
    independent_sources_min: Count = 2  # groups of pages that were not written independently (sources.py)


def verify_facts(
    claims: pa.Table,
    rules: FactRules,
    statements: pa.Table | None = None,
    before: Iterable[pa.RecordBatch] = (),
    reviews: Settlements | None = None,
) -> StageResult:
    """`l4_facts`, `l4_sources` and `l4_values` from all promoted rows of `l4_claims`, and of `l4_statements` if there are any; each claim
    or statement becomes part of a fact or gets a reason why not, and is part of a value with its state. `before` are the rows of
    `l4_values` that were promoted before.

    Claims of one property are those of one thing (knowledge/entities.py) with one predicate; a claim of which nothing shows which of two
    things of its name it is about is dropped. They agree by their values (knowledge/values.py). Pages of one registrable domain or
    owner, copies and translations are one source (knowledge/sources.py), and where a value is contested, sites with one data feed have
    one vote (knowledge/feeds.py). A value that other pages contradict stands if more sources state it than any of those, and with a tie
    none stands; a page that gives several values is a list and neither contradicts nor is counted against others
    (knowledge/properties.py). Of what changes over time values of different times are different facts, the older ones with an end
    (knowledge/history.py). A knowledge base is a source like a site; what a person vouches for stands by itself (knowledge/vouched.py);
    so does what `reviews` settle (knowledge/reviewed.py).
    """
    return verify(Stated.of(claims, statements), rules, before, reviews=reviews, memory_bytes=sys.maxsize)[0]


def verify(
    stated: Stated,
    rules: FactRules,
    before: Iterable[pa.RecordBatch] = (),
    known: Outcomes | None = None,
    batch: int = ROWS_PER_BATCH,
    reviews: Settlements | None = None,
    memory_bytes: int = MEMORY_BYTES,
    workers: Workers = IN_PROCESS,
) -> tuple[StageResult, Outcomes]:
    """(the result of `verify_facts`, what it rests on) of all claims and statements. What is `known` from before, by the same rules and
    code, is taken over where everything that it rests on is the same; it decides nothing, and neither do the size of a batch and the
    workers. Rows of each table beyond so many bytes wait on disk."""
    work = Verification(stated, partial(_judge, rules=rules, reviews=reviews or Settlements()), known or Outcomes.none(), batch, workers)
    unclear = decision_table([{"row_id": claim} | AMBIGUOUS_SUBJECT for claim in work.unclear])
    found = work.outcomes()
    del work  # and the keys of everything
    values = with_confidence(with_withdrawn(found.results["l4_values"], before, Known(stated.keys)))
    rows = {name: map(_table, found.results[name].to_batches()) for name in RESULTS} | {"l4_values": values}
    orders = {name: TABLES[name].order for name in stage_tables("l4_facts")} | {"decisions": ("row_id",)}
    ordered = {name: SortingBuffer(schema, orders[name], memory_bytes) for name, schema in WRITTEN.items()}
    ordered["decisions"].append(unclear)
    for name, buffer in ordered.items():
        for table in rows[name]:
            buffer.append(table)
    tables = {name: buffer.rows() for name, buffer in ordered.items()}
    return StageResult(tables, {"l4_facts": (len(stated), tables.pop("decisions"))}), found


def _table(rows: pa.RecordBatch) -> pa.Table:
    return pa.Table.from_batches([rows])


def _judge(
    properties: Sequence[Claims], feeds: Feeds, common: CommonText, records: Records, rules: FactRules, reviews: Settlements
) -> Tables:
    """Rows of facts, sources, values, decisions and answers about properties, each as all claims that are made about it."""
    found: dict[str, list[pa.Table]] = {name: [schema.empty_table()] for name, schema in JUDGMENTS.items()}
    for one in held(partial(_verify, rules=rules, feeds=feeds, common=common, records=records, reviews=reviews), properties):
        if isinstance(one, Lost):
            lost = [_decided(row, one.outcome) | {"judged": 0} for row in one.rows[0]]  # and will be judged again
            found["decisions"].append(pa.Table.from_pylist(lost, JUDGMENTS["decisions"]))
        else:
            for name, table in one.items():
                found[name].append(table)
    return {name: pa.concat_tables(parts) for name, parts in found.items()}


def _verify(
    properties: Sequence[Claims], rules: FactRules, feeds: Feeds, common: CommonText, records: Records, reviews: Settlements
) -> Tables:
    """The same, where no property makes trouble."""
    facts: list[dict[str, Any]] = []
    sources: list[dict[str, Any]] = []
    decisions: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    values: list[dict[str, Any]] = []
    for claims in properties:
        later: dict[str, Any] | None = None
        settled: list[Settled] = []
        decided: list[dict[str, Any]] = []
        feeds.answered.clear()
        group = judge_with_bases(claims, rules.independent_sources_min, feeds, common, records)
        told = reviewed_claims(group, reviews, rules.independent_sources_min)
        for found in sorted(with_reviews(group, reviews, rules.independent_sources_min), key=_latest_first):
            judged, verdict, fact = found.judged, found.verdict, None
            if verdict is None:
                fact = _fact(found, later)
                later = fact if found.since else later
                facts.append(fact)
                sources += [_source(fact["fact_id"], row, judged) for row in judged.claims]
                verdict = {"outcome": "kept", "related_id": fact["fact_id"]}
            decided += [_decided(row, _said(verdict, row) | told.get(row["claim_id"], {})) for row in judged.claims]
            decided += [_decided(row, single_source(1, rules.independent_sources_min)) for row in judged.others]
            settled.append(Settled(found, fact))
        key = {"judged": claims[0]["judged"]}
        stated = value_rows(settled, common, rules.independent_sources_min)
        values += [row | key for row in stated]
        refuted = {claim for row in stated if row["state"] == REFUTED for claim in row["parents"]}
        decisions += [one | {"refuted": one["row_id"] in refuted} for one in decided]
        asked = ({"site": site, "other": other, "answer": answer} for (site, other), answer in feeds.answered.items())
        answers += [key | one for one in asked]
    for fact, tokens in zip(facts, count_tokens([fact["text"] for fact in facts]).to_pylist(), strict=True):
        fact["tokens"] = tokens
    rows = {"l4_facts": facts, "l4_sources": sources, "l4_values": values, "decisions": decisions, "answers": answers}
    return {name: pa.Table.from_pylist(own, schema=JUDGMENTS[name]) for name, own in rows.items()}


def _decided(claim: dict[str, Any], verdict: dict[str, Any]) -> dict[str, Any]:
    """The decision on a claim, with the keys of its property and of itself."""
    return {"row_id": claim["claim_id"], "judged": claim["judged"], "row": claim["row"]} | verdict


def _said(verdict: dict[str, Any], claim: dict[str, Any]) -> dict[str, Any]:
    """The decision on a claim; one against a statement of a base for which somebody vouched says why that counts no more."""
    return verdict | {"detail": claim["lapsed"]} if claim.get("lapsed") and verdict["outcome"] != "kept" else verdict


def _latest_first(found: Held) -> tuple[bool, int]:
    return found.since is None, -found.since[0] if found.since else 0


def _fact(found: Held, later: dict[str, Any] | None) -> dict[str, Any]:
    """The row of a fact; `later` is that of the value that followed."""
    judged = found.judged
    ids = [row["claim_id"] for row in judged.claims]
    languages = sorted({row["language"] for row in judged.claims})
    language = "en" if "en" in languages else languages[0]
    first = next((row for row in judged.stated if row["language"] == language), judged.stated[0])
    entity: Entity = first["entity"]
    value = value_of(first)
    follows = later if found.since else None
    valid_from = found.since[1] if found.since and found.dated_by == "stated" else None
    valid_until = (follows["valid_from"] or follows["known_by"]) if follows else None
    return {
        "judged": first["judged"],
        "fact_id": content_id("fact", first["subject_key"], first["predicate"], value.normal, ids),
        "parents": ids,
        **{name: first[name] for name in ("subject", "predicate", "object")},
        "entity": entity.id,
        "subject_type": entity.type,
        "aliases": entity.aliases(first["subject"]),
        "value_type": value.type,
        "value_normal": value.normal,
        "value_precision": value.precision,
        "object_entity": value.thing or None,
        "text": f"{entity.called(first['subject'])}, {first['predicate']}{_when(valid_from, valid_until)}: {first['object']}.",
        "language": language,
        "independent_sources": len(judged.feeds),
        "vouched_by": next((row["vouched_by"] for row in judged.claims if row.get("vouched_by")), None),
        "contradictions": judged.contradictions,
        "state": None if found.since is None else "superseded" if follows else "current",
        "valid_from": valid_from,
        "known_by": found.since[1] if found.since else None,
        "valid_until": valid_until,
        "dated_by": found.dated_by,
        "superseded_by": follows["fact_id"] if follows else None,
    }


def _when(valid_from: str | None, valid_until: str | None) -> str:
    """The time of a fact in its sentence, so that no text gives an old value for a present one."""
    return f" ({valid_from})" if valid_from else f" (before {valid_until})" if valid_until else ""


def _source(fact_id: str, claim: dict[str, Any], judged: Judged) -> dict[str, Any]:
    source, why = judged.named[claim["claim_id"]]
    carried = {name: claim[name] for name in _CARRIED}
    named = {
        "judged": claim["judged"],
        "fact_id": fact_id,
        "claim_id": None if claim.get("base") else claim["claim_id"],
        "statement_id": claim["claim_id"] if claim.get("base") else None,
        "parent_id": claim["parents"][0],
        "parent_shard": claim["shard"],
        "agreement": judged.rules[claim["claim_id"]],
        "source": source,
        "source_reason": why or None,
    }
    return {"source_id": content_id("src", fact_id, claim["claim_id"]), **named, **carried}
