"""Turns claims into facts: statements that independent sources share, unless others contradict them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import pyarrow as pa

from tierline.knowledge.common_text import CommonText
from tierline.knowledge.feeds import Feeds
from tierline.knowledge.properties import Claims, Judged, judge_property, value_of
from tierline.lake import StageResult, decision_table
from tierline.tables import TABLES, content_id
from tierline.text.tokens import count_tokens
from tierline.unforeseen import Lost, held

FACTS, SOURCES = (pa.schema(TABLES[name].columns) for name in ("l4_facts", "l4_sources"))


@dataclass(frozen=True, slots=True)
class FactRules:
    """When claims count as a fact."""

    SECTION: ClassVar[str] = "l4.facts"
    independent_sources_min: int = 2  # groups of pages that were not written independently (sources.py)


def verify_facts(claims: pa.Table, rules: FactRules) -> StageResult:
    """`l4_facts` and `l4_sources` from all promoted rows of `l4_claims`; each claim becomes part of a fact or gets a reason why not.

    Claims of one property (subject key and predicate) agree by their values (knowledge/values.py). Pages of one registrable domain or
    owner, copies and translations are one source (knowledge/sources.py), and where a value is contested, sites with one data feed have
    one vote (knowledge/feeds.py). A value that other pages contradict stands if more sources state it than any of those, and with a tie
    none stands; a page that gives several values is a list and neither contradicts nor is counted against others
    (knowledge/properties.py).
    """
    rows = sorted(claims.to_pylist(), key=lambda row: row["claim_id"])
    properties: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        properties[row["subject_key"], row["predicate"]].append(row)
    facts: list[pa.Table] = [FACTS.empty_table()]
    sources: list[pa.Table] = [SOURCES.empty_table()]
    decisions: list[dict[str, Any]] = []
    for found in held(partial(_verify, rules=rules, feeds=Feeds(rows), common=CommonText(rows)), list(properties.values())):
        if isinstance(found, Lost):
            decisions += [{"row_id": row["claim_id"]} | found.outcome for row in found.rows[0]]
        else:
            facts.append(found[0])
            sources.append(found[1])
            decisions += found[2]
    tables = {"l4_facts": pa.concat_tables(facts), "l4_sources": pa.concat_tables(sources)}
    return StageResult(tables, {"l4_facts": (len(rows), decision_table(decisions))})


def _verify(
    properties: Sequence[Claims], rules: FactRules, feeds: Feeds, common: CommonText
) -> tuple[pa.Table, pa.Table, list[dict[str, Any]]]:
    """(facts, sources, a decision a claim) of properties, each as all claims that are made about it."""
    facts: list[dict[str, Any]] = []
    sources: list[dict[str, Any]] = []
    decisions: list[dict[str, Any]] = []
    for claims in properties:
        for judged in judge_property(claims, rules.independent_sources_min, feeds, common):
            verdict = _verdict(judged, rules)
            if verdict is None:
                fact = _fact(judged)
                facts.append(fact)
                sources += [_source(fact["fact_id"], row, judged) for row in judged.claims]
                verdict = {"outcome": "kept", "related_id": fact["fact_id"]}
            decisions += [{"row_id": row["claim_id"]} | verdict for row in judged.claims]
            decisions += [{"row_id": row["claim_id"]} | _single_source(1, rules) for row in judged.others]
    for fact, tokens in zip(facts, count_tokens([fact["text"] for fact in facts]).to_pylist(), strict=True):
        fact["tokens"] = tokens
    return pa.Table.from_pylist(facts, schema=FACTS), pa.Table.from_pylist(sources, schema=SOURCES), decisions


def _verdict(judged: Judged, rules: FactRules) -> dict[str, Any] | None:
    """The decision against claims that agree, or None if they become a fact."""
    if len(judged.sources) < rules.independent_sources_min:
        return _single_source(len(judged.sources), rules)
    if judged.is_ambiguous:
        return {"outcome": "dropped", "rule": "facts:ambiguous"}
    if judged.contradictions and judged.strongest >= judged.standing:
        return {"outcome": "quarantined", "rule": "facts:contradicted", "value": judged.strongest, "threshold": judged.standing}
    if len(judged.feeds) < rules.independent_sources_min:
        return _single_source(len(judged.feeds), rules)
    return None


def _single_source(support: int, rules: FactRules) -> dict[str, Any]:
    return {"outcome": "dropped", "rule": "facts:single_source", "value": support, "threshold": rules.independent_sources_min}


def _fact(judged: Judged) -> dict[str, Any]:
    first = judged.stated[0]
    ids = [row["claim_id"] for row in judged.claims]
    languages = sorted({row["language"] for row in judged.claims})
    value = value_of(first)
    return {
        "fact_id": content_id("fact", first["subject_key"], first["predicate"], value.normal, ids),
        "parents": ids,
        **{name: first[name] for name in ("subject", "predicate", "object")},
        "value_type": value.type,
        "value_normal": value.normal,
        "value_precision": value.precision,
        "text": f"{first['subject']}, {first['predicate']}: {first['object']}.",
        "language": "en" if "en" in languages else languages[0],
        "independent_sources": len(judged.feeds),
        "contradictions": judged.contradictions,
    }


def _source(fact_id: str, claim: dict[str, Any], judged: Judged) -> dict[str, Any]:
    source, why = judged.named[claim["claim_id"]]
    carried = {name: claim[name] for name in ("parent_table", "parent_field", "span_start", "span_end", "quote", "url", "domain")}
    named = {
        "fact_id": fact_id,
        "claim_id": claim["claim_id"],
        "parent_id": claim["parents"][0],
        "parent_shard": claim["shard"],
        "agreement": judged.rules[claim["claim_id"]],
        "source": source,
        "source_reason": why or None,
    }
    return {"source_id": content_id("src", fact_id, claim["claim_id"]), **named, **carried}
