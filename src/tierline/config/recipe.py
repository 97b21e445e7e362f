"""Reads the recipe, the one file with every threshold, and checks it against the dataclasses that use it."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from tierline.config.bounds import check_bounds
from tierline.config.sections import check_sections
from tierline.errors import BadInput

Rules = TypeVar("Rules")

if TYPE_CHECKING:
    _SafeLoader = yaml.SafeLoader
else:
    _SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C a tenth of the time


class Recipe:
    """A parsed recipe file. `rules(FilterRules)` fills the dataclass from the section that its SECTION names."""

    def __init__(self, sections: dict[str, Any], where: str) -> None:
        self._sections, self._where = sections, where

    @classmethod
    def load(cls, path: str | Path) -> Recipe:
        """Read a YAML file; BadInput if it is missing, is not a mapping or has a section that nothing reads."""
        parsed = read_yaml(path, "recipe")
        if not isinstance(parsed, dict):
            raise BadInput("a recipe is a mapping of sections", str(path))
        check_sections(parsed, str(path))
        return cls(parsed, str(path))

    def rules(self, kind: type[Rules]) -> Rules:
        """The parameters of one part. Absent keys take the dataclass's default; unknown keys and wrong types are BadInput."""
        name = str(getattr(kind, "SECTION"))  # noqa: B009 - a ClassVar that every rules dataclass has
        section: Any = self._sections
        for part in name.split("."):
            section = section.get(part, {}) if isinstance(section, dict) else {}
        return build(kind, section or {}, f"{self._where}: {name}")


def load_recipe(kind: type[Rules], path: str | Path, what: str) -> Rules:
    """A recipe in its own file, such as a mix; BadInput if a setting is missing, unknown or not allowed."""
    return build(kind, read_yaml(path, what), str(path))


class _Loader(_SafeLoader):
    """YAML in which a key that stands twice is an error (PyYAML would take the last and silently ignore the others), and so is a value
    that holds itself."""

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        self.deep_construct = True  # else a value could hold itself, which nothing that reads it would survive

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """See yaml.SafeLoader."""
        found: set[str] = set()
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if isinstance(key, yaml.ScalarNode):
                if key.value in found:
                    raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands twice", key.start_mark)
                found.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(path: str | Path, what: str) -> Any:
    """The content of a YAML file; BadInput if it cannot be read or is malformed. `what` names it to the user."""
    try:
        return yaml.load(Path(path).read_text("utf-8"), _Loader)
    except FileNotFoundError:
        raise BadInput(f"no such {what}", str(path), f"give the path of a {what}") from None
    except OSError as error:
        raise BadInput(f"cannot be read ({error.strerror})", str(path), f"give the path of a {what}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # not UTF-8; a number or a nesting beyond what Python takes
        raise BadInput(f"not valid YAML ({error})", str(path)) from None


def build(kind: type[Rules], values: Any, where: str) -> Rules:
    """A frozen dataclass from a mapping; nested dataclasses, tuples and dicts follow the annotations."""
    if not isinstance(values, dict):
        raise BadInput("expected a mapping", where)
    hints = typing.get_type_hints(kind)
    fields = {field.name for field in dataclasses.fields(kind)}  # pyright: ignore[reportArgumentType]
    unknown = sorted(set(values) - fields)
    if unknown:
        raise BadInput(f"unknown setting {', '.join(map(str, unknown))}", where, f"known are {', '.join(sorted(fields))}")
    try:
        made = kind(**{name: _coerce(value, hints[name], f"{where}.{name}") for name, value in values.items()})
        check_bounds(made)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadInput(str(error), where) from None
    return made


def _coerce(value: Any, hint: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return None if value is None else _coerce(value, next(kind for kind in arguments if kind is not type(None)), where)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return build(hint, value, where)
    if origin is tuple and isinstance(value, list):
        return tuple(_coerce(item, arguments[0], where) for item in value)
    if origin is frozenset and isinstance(value, list):
        return frozenset(_coerce(item, arguments[0], where) for item in value)
    if origin is dict and isinstance(value, dict):
        return {key: _coerce(item, arguments[1], f"{where}.{key}") for key, item in value.items()}
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    expected: Any = origin or hint
    if not isinstance(value, expected) or (expected in (int, float) and isinstance(value, bool)):
        raise BadInput(f"expected {getattr(expected, '__name__', expected)}, found {value!r}", where)
    if isinstance(value, float) and not math.isfinite(value):
        raise BadInput(f"expected a finite number, found {value!r}", where)
    return value
