"""Every number of the recipe has bounds, declared once beside it: what cannot be meant is one line before anything runs."""

import dataclasses
import typing

import pytest

from tierline.config.bounds import Range, unbounded
from tierline.config.recipe import Recipe
from tierline.config.sections import SECTIONS, rules_class
from tierline.errors import BadInput

THRESHOLDS = "_min", "_max"  # a bound of a measured number: beyond its range it switches a rule off


@pytest.mark.parametrize("section", SECTIONS)
def test_a_number_that_is_no_threshold_declares_its_bounds(section):
    def free(kind: type) -> list[str]:
        hints = typing.get_type_hints(kind)
        within = [hints[field.name] for field in dataclasses.fields(kind) if dataclasses.is_dataclass(hints[field.name])]
        hinted = [
            name for name in unbounded(kind) if not ((hints[name] is float and name.endswith(THRESHOLDS)) or kind.SECTION == "l1.filter")
        ]
        return [*hinted, *(name for inner in within for name in unbounded(inner))]

    assert free(rules_class(section)) == []


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("l0.shards", "shard_bytes", "-1"),
        ("l0.shards", "shard_bytes", "0"),
        ("l0.shards", "shard_bytes", "1" + "0" * 400),
        ("l0.read", "max_expansion", "0"),
        ("l0.read", "max_body_bytes", "-5"),
        ("llm.calls", "pause_seconds", "1.0e+300"),
        ("llm.calls", "lock_seconds", "1.0e+300"),
        ("llm.calls", "tries", "0"),
        ("l1.dedup", "bands", "100000"),
        ("l2.student", "penalties", "[1.0, 0.0]"),
        ("mixes.allocate", "token_value", "{L1: -1}"),
        ("alerts", "budget_share", "1.5"),
    ],
)
def test_what_cannot_be_meant_is_one_line_that_names_the_setting(section, name, value, tmp_path):
    path, (outer, _, inner) = tmp_path / "recipe.yaml", section.partition(".")
    path.write_text(f"{outer}: {{{inner}: {{{name}: {value}}}}}" if inner else f"{outer}: {{{name}: {value}}}")
    with pytest.raises(BadInput) as raised:
        Recipe.load(path).rules(rules_class(section))
    assert str(raised.value).startswith(f"{path}: {section}: {name} is ") and "\n" not in str(raised.value)


@pytest.mark.parametrize("section", SECTIONS)
def test_the_defaults_are_within_their_bounds(section, tmp_path):
    (tmp_path / "recipe.yaml").write_text("{}")
    Recipe.load(tmp_path / "recipe.yaml").rules(rules_class(section))


@pytest.mark.parametrize(("value", "holds"), [(0.0, False), (0.1, True), (1.0, True), (1.1, False), (float("nan"), False)])
def test_a_range_leaves_out_its_least_where_it_is_above_it(value, holds):
    assert Range(0.0, 1.0, above=True).holds(value) is holds
