"""What a number of the recipe may be, declared once with the setting, as its type: `lock_seconds: Seconds = 600.0`."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any


@dataclass(frozen=True, slots=True)
class Range:
    """From `least` (or above it) to `most`."""

    least: float
    most: float
    above: bool = False

    def holds(self, value: float) -> bool:
        """Whether a number is within it; what is no number is not."""
        return (self.least < value if self.above else self.least <= value) and value <= self.most

    def __str__(self) -> str:
        return f"expected a number {'above' if self.above else 'of at least'} {self.least:,} and of at most {self.most:,}"


MANY = 1_000_000_000_000
Natural = Annotated[int, Range(0, MANY)]
Count = Annotated[int, Range(1, MANY)]
Few = Annotated[int, Range(1, 4_096)]  # of what memory or time grows with
Several = Annotated[int, Range(2, 4_096)]
Bytes = Annotated[int, Range(1, 1 << 50)]
Seconds = Annotated[float, Range(0.0, 366 * 86_400.0, above=True)]  # clocks and locks take no more than some centuries
Hours = Annotated[float, Range(0.0, 1_000_000.0, above=True)]
Days = Annotated[float, Range(0.0, 36_500.0)]
Share = Annotated[float, Range(0.0, 1.0)]
PositiveShare = Annotated[float, Range(0.0, 1.0, above=True)]
Amount = Annotated[float, Range(0.0, 1e12)]
PositiveAmount = Annotated[float, Range(0.0, 1e12, above=True)]


def check_bounds(rules: Any) -> None:
    """ValueError for the first setting of a rules dataclass that is outside its bounds."""
    for name, bounds in _declared(type(rules)).items():
        for value in _numbers(getattr(rules, name)):
            if not bounds.holds(value):
                raise ValueError(f"{name} is {value}: {bounds}")


def unbounded(kind: type[Any]) -> list[str]:
    """The numbers among a dataclass's settings that declare no bounds."""
    hints, declared = typing.get_type_hints(kind), _declared(kind)
    return [field.name for field in dataclasses.fields(kind) if hints[field.name] in (int, float) and field.name not in declared]


@cache
def _declared(kind: type[Any]) -> dict[str, Range]:
    hints = typing.get_type_hints(kind, include_extras=True)
    return {field.name: bounds for field in dataclasses.fields(kind) if (bounds := _range_in(hints[field.name]))}


def _range_in(hint: Any) -> Range | None:
    """Of the annotation itself, or of what a tuple, a mapping or an optional one holds."""
    for extra in getattr(hint, "__metadata__", ()):
        if isinstance(extra, Range):
            return extra
    return next((found for part in typing.get_args(hint) if (found := _range_in(part))), None)


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, Mapping | Sequence) and not isinstance(value, str):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _numbers(item)
