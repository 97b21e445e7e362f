"""Turns claims into facts: statements that independent domains share, unless others contradict them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import pyarrow as pa

from tierline.lake import StageResult, decision_table
from tierline.tables import TABLES, content_id
from tierline.text.domains import registrable_domain
from tierline.text.tokens import count_tokens
from tierline.unforeseen import Lost, held

FACTS, SOURCES = (pa.schema(TABLES[name].columns) for name in ("l4_facts", "l4_sources"))


@dataclass(frozen=True, slots=True)
class FactRules:
    """When claims count as a fact."""

    SECTION: ClassVar[str] = "l4.facts"
    independent_sources_min: int = 2  # registrable domains


Claims = Sequence[dict[str, Any]]


def verify_facts(claims: pa.Table, rules: FactRules) -> StageResult:
    """`l4_facts` and `l4_sources` from all promoted rows of `l4_claims`; each claim becomes part of a fact or gets a reason why not.

    Claims agree if subject, predicate and object have the same keys. Sources are independent if their registrable
    domains differ (public suffix list). If sources state several objects of a property for which no page gives several
    objects, they contradict each other: the object with the most domains stands, and with a tie none does.
    """
    rows = sorted(claims.to_pylist(), key=lambda row: row["claim_id"])
    properties: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        properties[row["subject_key"], row["predicate"]].append(row)
    facts: list[pa.Table] = [FACTS.empty_table()]
    sources: list[pa.Table] = [SOURCES.empty_table()]
    decisions: list[dict[str, Any]] = []
    for found in held(partial(_verify, rules=rules), list(properties.values())):
        if isinstance(found, Lost):
            decisions += [{"row_id": row["claim_id"]} | found.outcome for row in found.rows[0]]
        else:
            facts.append(found[0])
            sources.append(found[1])
            decisions += found[2]
    tables = {"l4_facts": pa.concat_tables(facts), "l4_sources": pa.concat_tables(sources)}
    return StageResult(tables, {"l4_facts": (len(rows), decision_table(decisions))})


def _verify(properties: Sequence[Claims], rules: FactRules) -> tuple[pa.Table, pa.Table, list[dict[str, Any]]]:
    """(facts, sources, a decision a claim) of properties, each as all claims that are made about it."""
    facts: list[dict[str, Any]] = []
    sources: list[dict[str, Any]] = []
    decisions: list[dict[str, Any]] = []
    for group in properties:
        by_object: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in group:
            by_object[row["object_key"]].append(row)
        support = {key: independent_domains(row["domain"] for row in own) for key, own in by_object.items()}
        single = not _has_several_values(group)
        for key, own in by_object.items():
            rivals = [len(support[other]) for other in support if other != key] if single else []
            verdict = _verdict(len(support[key]), rivals, rules)
            if verdict is None:
                fact = _fact(own, len(support[key]), len(rivals))
                facts.append(fact)
                sources += [_source(fact["fact_id"], row) for row in own]
            decisions += [{"row_id": row["claim_id"]} | (verdict or {"outcome": "kept", "related_id": facts[-1]["fact_id"]}) for row in own]
    for fact, tokens in zip(facts, count_tokens([fact["text"] for fact in facts]).to_pylist(), strict=True):
        fact["tokens"] = tokens
    return pa.Table.from_pylist(facts, schema=FACTS), pa.Table.from_pylist(sources, schema=SOURCES), decisions


def independent_domains(hosts: Iterable[str | None]) -> set[str]:
    """Registrable domains: `www.a.example` and `shop.a.example` are one source, an unknown host is not a source."""
    return {registrable_domain(host) for host in hosts if host}


def _has_several_values(group: Claims) -> bool:
    """Whether one page gives two objects: then the property is a list, and another object is not a contradiction."""
    seen: dict[str, set[str]] = defaultdict(set)
    for row in group:
        seen[row["parents"][0]].add(row["object_key"])
    return any(len(values) > 1 for values in seen.values())


def _verdict(support: int, rivals: Sequence[int], rules: FactRules) -> dict[str, Any] | None:
    """The decision against a claim, or None if it becomes part of a fact."""
    if support < rules.independent_sources_min:
        return {"outcome": "dropped", "rule": "facts:single_source", "value": support, "threshold": rules.independent_sources_min}
    if rivals and max(rivals) >= support:
        return {"outcome": "quarantined", "rule": "facts:contradicted", "value": max(rivals), "threshold": support}
    return None


def _fact(claims: Claims, support: int, contradictions: int) -> dict[str, Any]:
    first = claims[0]
    languages = sorted({row["language"] for row in claims})
    return {
        "fact_id": content_id("fact", first["subject_key"], first["predicate"], first["object_key"], [row["claim_id"] for row in claims]),
        "parents": [row["claim_id"] for row in claims],
        **{name: first[name] for name in ("subject", "predicate", "object")},
        "text": f"{first['subject']}, {first['predicate']}: {first['object']}.",
        "language": "en" if "en" in languages else languages[0],
        "independent_sources": support,
        "contradictions": contradictions,
    }


def _source(fact_id: str, claim: dict[str, Any]) -> dict[str, Any]:
    carried = {name: claim[name] for name in ("parent_table", "parent_field", "span_start", "span_end", "quote", "url", "domain")}
    named = {"fact_id": fact_id, "claim_id": claim["claim_id"], "parent_id": claim["parents"][0], "parent_shard": claim["shard"]}
    return {"source_id": content_id("src", fact_id, claim["claim_id"]), **named, **carried}
