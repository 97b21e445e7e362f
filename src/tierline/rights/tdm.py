"""Reads the TDM Reservation Protocol (W3C community group, 2024): headers, <meta>, and /.well-known/tdmrep.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from tierline.rights.paths import Paths
from tierline.rights.statement import Statement
from tierline.text.bounded_json import parse_json

RESERVATION, POLICY = "tdm-reservation", "tdm-policy"
MAX_RULES = 1_000  # of one file


def tdm_statements(fields: Mapping[str, Any], place: str) -> Iterator[Statement]:
    """Of the two properties, by their names in small letters. A reservation that is neither 0 nor 1 says nothing; of several the stricter
    one counts."""
    reserved = {part.strip() for part in str(fields.get(RESERVATION, "")).split(",")} & {"0", "1"}
    if reserved:
        yield Statement("tdm_reservation", max(reserved), stated_in=place)
    policy = fields.get(POLICY)
    if isinstance(policy, str) and policy.strip():
        yield Statement("tdm_policy", policy.strip(), stated_in=place)


class TdmFile:
    """The rules of one tdmrep.json. Where several locations match a page, what any of them reserves is reserved."""

    def __init__(self, text: str) -> None:
        self._rules = [(Paths([location]), rule) for location, rule in _rules(text)]

    def statements(self, target: str, place: str) -> Iterator[Statement]:
        """About the page with this path and query."""
        found = [one for paths, rule in self._rules if paths.match(target) for one in tdm_statements(rule, place)]
        reserved = [one for one in found if one.kind == "tdm_reservation"]
        yield from ([max(reserved, key=lambda one: one.value or "")] if reserved else [])
        yield from (one for one in found if one.kind == "tdm_policy")


def _rules(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        parsed: Any = parse_json(text)
    except ValueError:
        return
    listed = cast("list[Any]", parsed if isinstance(parsed, list) else [parsed])
    for one in listed[:MAX_RULES]:
        rule = cast("dict[str, Any]", one) if isinstance(one, dict) else {}
        location = rule.get("location")
        if isinstance(location, str) and location:
            yield location, rule
