"""The effective recipe: every setting with its value and with where that value comes from."""

from __future__ import annotations

import dataclasses
import difflib
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tierline.config.recipe import Recipe
from tierline.config.sections import SECTIONS, rules_class
from tierline.errors import BadInput


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `line`: of the recipe file that states it, None where the default counts; `declared`: "module:dataclass"."""

    name: str
    value: Any
    line: int | None
    declared: str


def effective_settings(path: str | Path, prefix: str = "") -> list[Setting]:
    """Every setting whose name begins with `prefix` (whole parts: l1, l1.filter, l1.filter.words_min), in the order of SECTIONS.

    Only the sections asked for are imported. BadInput where the recipe cannot be used or nothing has such a name.
    """
    recipe, lines = Recipe.load(path), _lines(Path(path).read_text("utf-8"))
    wanted = [section for section in SECTIONS if _begins(section, prefix) or _begins(prefix, section)]
    found = [
        Setting(name, value, lines.get(name), declared)
        for section in wanted
        for name, value, declared in _leaves(section, recipe.rules(rules_class(section)))
        if _begins(name, prefix)
    ]
    if not found:
        close = difflib.get_close_matches(prefix, SECTIONS, 1)
        raise BadInput(
            "no such section or setting", prefix, f"did you mean {close[0]}?" if close else f"sections are {', '.join(SECTIONS)}"
        )
    return found


def _begins(name: str, prefix: str) -> bool:
    return not prefix or name == prefix or name.startswith(f"{prefix}.")


def _leaves(name: str, rules: Any) -> Iterator[tuple[str, Any, str]]:
    """(name, value, where it is declared) of each field; a dataclass within is opened, a mapping is one setting."""
    hints = typing.get_type_hints(type(rules))
    for field in dataclasses.fields(rules):
        value = getattr(rules, field.name)
        if dataclasses.is_dataclass(hints[field.name]) and dataclasses.is_dataclass(value):
            yield from _leaves(f"{name}.{field.name}", value)
        else:
            yield f"{name}.{field.name}", value, f"{type(rules).__module__}:{type(rules).__qualname__}"


def _lines(text: str) -> dict[str, int]:
    """Dotted name of every key of a YAML mapping -> its line, from 1."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    return dict(_keys(node, "")) if isinstance(node, yaml.MappingNode) else {}


def _keys(node: yaml.MappingNode, parent: str) -> Iterator[tuple[str, int]]:
    for key, value in node.value:
        name = f"{parent}{key.value}"
        yield name, key.start_mark.line + 1
        if isinstance(value, yaml.MappingNode):
            yield from _keys(value, f"{name}.")
