"""Judges a property of which knowledge bases say something that a person vouches for: it stands, and pages confirm it or are refuted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tierline.knowledge.common_text import CommonText, page_of
from tierline.knowledge.evidence import known_day
from tierline.knowledge.feeds import Feeds
from tierline.knowledge.history import Held, judge_history
from tierline.knowledge.properties import Claims, Judged, judge_property, value_of
from tierline.knowledge.records import Records
from tierline.knowledge.sources import sources_of
from tierline.knowledge.times import overlap
from tierline.knowledge.values import Value, agreement, contradicts
from tierline.knowledge.verdicts import AMBIGUOUS_SUBJECT
from tierline.knowledge.vocabulary import has_states, is_functional

Row = dict[str, Any]
_SAID = (
    *("subject", "subject_key", "subject_ids", "subject_type", "subject_shared", "aliases", "predicate", "object", "object_ids"),
    *("value_type", "language", "time", "url", "vouched_by", "lapsed"),
)


def claims_of(statements: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Rows of `l4_statements` as rows of `l4_claims`, so that pages and bases are judged together.

    The base takes the place of the page and of its site: what a base says of one thing is a list, as what a page says is. Its name and
    those of what it is derived from are its owners.
    """
    return [
        {
            **{name: row[name] for name in _SAID},
            "claim_id": row["statement_id"],
            "parents": [row["statement_id"]],
            "shard": row["shard"],
            "base": (base := f"{row['base']} {row['base_version']}"),
            "page_id": base,
            "parent_table": "l4_statements",
            "parent_field": "source_value",
            "span_start": 0,
            "span_end": len(row["source_value"]),
            "quote": row["source_value"],
            "domain": None,
            "time_source": "base" if row["time"] else None,
            "page_time": row["retrieved"],
            "page_time_source": "retrieved",
            "text_sketch": b"",
            "number_sketch": b"",
            "owners": [row["base"], *row["derived_from"]],
        }
        for row in statements
    ]


def judge_with_bases(claims: Claims, sources_min: int, feeds: Feeds, common: CommonText, records: Records) -> list[Held]:
    """The groups of agreeing claims of one property, as `judge_history` has them, where a vouched base may have spoken.

    What it says is a fact as it stands. Of a property that changes, the values of each time are judged apart; claims without a time
    confirm the latest value that they agree with. Claims that agree confirm a value; those that contradict all vouched values of their
    time are refuted, if the property has one value at a time. Where vouched bases contradict each other, nothing is taken as it stands:
    then they and all others are judged as sources like any. A subject that several things of a base are named by is nobody's.
    """
    ambiguous = [row for row in claims if row.get("subject_shared")]
    claims = [row for row in claims if not row.get("subject_shared")]
    found = [Held(_without_facts([row]), AMBIGUOUS_SUBJECT) for row in ambiguous]
    by_time: dict[str, list[Row]] = {}
    for row in claims:
        if row.get("vouched_by"):
            by_time.setdefault((row["time"] or "") if has_states(row["predicate"]) else "", []).append(row)
    settled: list[tuple[str, Judged]] = []
    disputed: dict[str, str] = {}
    for time, own in sorted(by_time.items(), reverse=True):
        judged = judge_property(sorted(own, key=lambda row: row["claim_id"]), 1, feeds, common)
        if is_functional(own[0]["predicate"]) and any(one.contradictions for one in judged):
            sides = "; ".join(sorted({f"{row['base']}: {row['object']}" for row in own}))
            disputed |= {row["claim_id"]: sides for row in own}
        else:
            settled += [(time, one) for one in judged]
    standing = {row["claim_id"] for _, one in settled for row in (*one.claims, *one.others)}
    confirming: dict[int, list[Row]] = {place: [] for place in range(len(settled))}
    refuted: dict[int, list[Row]] = {}
    left: list[Row] = []
    for row in claims:
        if row["claim_id"] not in standing:
            place, agrees = _opinion(row, settled)
            (left if place is None else confirming[place] if agrees else refuted.setdefault(place, [])).append(row)
    for place, (_, judged) in enumerate(settled):
        against = refuted.get(place, [])
        found.append(_stands(judged, confirming[place], against, common))
        found += [Held(_without_facts([row]), _refutation(judged)) for row in against]
    rest = judge_history(left, sources_min, feeds, common, records) if left else []
    return found + [_told(held, disputed) for held in rest]


def _told(held: Held, disputed: Mapping[str, str]) -> Held:
    """The same, but that values of vouched bases that nothing decides wait for a person."""
    sides = next((disputed[row["claim_id"]] for row in held.judged.claims if row["claim_id"] in disputed), "")
    if held.verdict is None or not sides:
        return held
    return replace(held, verdict={"outcome": "quarantined", "rule": "facts:bases_disagree", "detail": sides})


def _opinion(row: Row, settled: list[tuple[str, Judged]]) -> tuple[int | None, bool]:
    """(place of the vouched value that a claim is about, whether it agrees); (None, False) if it says nothing of any."""
    value = value_of(row)
    agreeing = [place for place, (time, one) in enumerate(settled) if _may_share(row, time) and _agrees(value, _value(one))]
    if agreeing:
        return agreeing[0], True
    if not is_functional(row["predicate"]):
        return None, False
    opposed = [place for place, (time, _) in enumerate(settled) if _is_of(row, time)]
    if opposed and all(contradicts(value, _value(settled[place][1])) for place in opposed):
        return opposed[0], False
    return None, False


def _value(judged: Judged) -> Value:
    return value_of(judged.stated[0])


def _agrees(value: Value, stated: Value) -> str | None:
    """The rule by which they agree; words that have two readings on a page agree with the same words in a base, which have one."""
    return agreement(value, stated) or ("words" if value.key == stated.key else None)


def _may_share(row: Row, time: str) -> bool:
    """Whether a claim can be of a time: of the same, of an overlapping one, or of none."""
    return not time or not row["time"] or overlap(row["time"], time)


def _is_of(row: Row, time: str) -> bool:
    """Whether a claim is surely of a time: both have none that counts, or they overlap."""
    if not has_states(row["predicate"]):
        return True
    return bool(time and row["time"]) and overlap(row["time"], time)


def _stands(judged: Judged, confirming: list[Row], against: list[Row], common: CommonText) -> Held:
    """A vouched value as a fact, with everything that states it."""
    stated, own = _value(judged), (*judged.claims, *judged.others)
    rules = {row["claim_id"]: _agrees(value_of(row), stated) or "words" for row in (*own, *confirming)}
    agreeing = [*own, *confirming]
    sources = sources_of(agreeing, common)
    named = {row["claim_id"]: (sources.names.get(page_of(row)), "") for row in agreeing}
    precise = frozenset(sources.of(row for row in agreeing if value_of(row).rank >= stated.rank or row in judged.stated))
    one = Judged(
        agreeing, judged.stated, (), rules, precise, precise, named, len(precise), len({value_of(row).normal for row in against}), 0, False
    )  # fmt: skip
    day = known_day(judged.stated[0]) if has_states(judged.stated[0]["predicate"]) else None
    return Held(one, None, day, ("stated" if judged.stated[0]["time"] else "page") if day else None)


def _refutation(judged: Judged) -> dict[str, Any]:
    first = judged.stated[0]
    when = f" ({first['time']})" if first["time"] else ""
    return {
        "outcome": "dropped",
        "rule": "facts:refuted",
        "related_id": first["claim_id"],
        "detail": f"refuted by {first['base']}, for which {first['vouched_by']} vouches: {first['object']}{when}",
    }


def _without_facts(rows: list[Row]) -> Judged:
    """Claims on which one decision is made."""
    none: frozenset[str] = frozenset()
    return Judged(rows, rows, (), {}, none, none, {}, 0, 0, 0, False)
