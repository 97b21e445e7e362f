"""Counts what other thresholds would keep, from stored signals: no text is read and nothing in the lake changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from tierline.advice import command
from tierline.config.recipe import Recipe, build
from tierline.errors import BadInput
from tierline.filters.rules import FilterRules
from tierline.lake import Lake
from tierline.sql import Models

MODEL = "l1_rule_counts"


@dataclass(frozen=True, slots=True)
class RuleEffect:
    """Documents and tokens that a rule stops, or that are kept: by the recipe, and by the changed thresholds."""

    rule: str
    documents: int
    tokens: int
    documents_then: int
    tokens_then: int


def changed_rules(rules: FilterRules, changes: Sequence[str]) -> FilterRules:
    """The rules with each NAME=VALUE of `changes` in place; a list has commas. BadInput if a name or value is not valid."""
    values: dict[str, object] = {}
    for change in changes:
        name, equals, value = change.removeprefix(f"{FilterRules.SECTION}.").partition("=")
        if not equals or name not in rules.variables:
            raise BadInput("not a threshold", change, f"give NAME=VALUE with one of {', '.join(rules.variables)}")
        values[name] = _value(change, value, getattr(rules, name))
        if name == "languages":
            _check_languages(change, value.split(","))
    present = {name: list(value) if isinstance(value, tuple) else value for name, value in rules_values(rules).items()}
    return build(FilterRules, present | values, "command line")


def rules_values(rules: FilterRules) -> dict[str, object]:
    """Every threshold by name."""
    return {name: getattr(rules, name) for name in rules.variables}


def rule_counts(lake: Lake, models: Models, rules: FilterRules) -> dict[str, tuple[int, int]]:
    """Rule, or "kept" -> documents and tokens, over the signals of all promoted shards."""
    rows: pa.Table = models.run(lake, MODEL, rules.variables)
    return {row["rule"] or "kept": (row["documents"], row["tokens"]) for row in rows.to_pylist()}


def rethreshold(lake: Lake, models: Models, recipe: Recipe, changes: Sequence[str]) -> list[RuleEffect]:
    """What the recipe's thresholds keep and stop, and what the changed ones would: kept first, then the rules that stop most.

    Rules only: duplicates among the newly kept are found when the shards are filtered again. BadInput if the lake holds no
    signals.
    """
    rules = recipe.rules(FilterRules)
    now, then = rule_counts(lake, models, rules), rule_counts(lake, models, changed_rules(rules, changes))
    if not now:
        raise BadInput("the lake holds no promoted signals", lake.root, f"register crawl files with {command('ingest', 'CRAWL=...')}")
    names = sorted(now.keys() | then.keys(), key=lambda name: (name != "kept", -now.get(name, (0, 0))[0], name))
    return [RuleEffect(name, *now.get(name, (0, 0)), *then.get(name, (0, 0))) for name in names]


def _check_languages(change: str, codes: Sequence[str]) -> None:
    from tierline.filters.language import UNKNOWN, all_languages, opinion  # loads models

    if unknown := set(codes) - {"", UNKNOWN, *all_languages(opinion())[0]}:
        raise BadInput(f"no language that is identified: {', '.join(sorted(unknown))}", change, "give ISO 639 codes, such as en,de")


def _value(change: str, value: str, present: object) -> object:
    if isinstance(present, tuple):
        return [part for part in value.split(",") if part]
    if isinstance(present, bool):
        return {"true": True, "false": False}.get(value, value)
    try:
        return float(value)
    except ValueError:
        raise BadInput("not a number", change, "give NAME=VALUE") from None
