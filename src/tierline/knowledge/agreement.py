"""Groups the values that claims state of one property: those that agree around the most precise and best supported of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tierline.knowledge.values import Value, agreement, contradicts

# Centers that a value is compared with. A property with more different values is a list; what is left there is grouped by `normal`.
MOST_CENTERS = 100


@dataclass(slots=True)
class Group:
    """Values that agree with `center`, the most precise of them, each with the rule by which it does; the center comes first."""

    center: Value
    rules: dict[Value, str] = field(default_factory=dict[Value, str])


def group_values(support: Mapping[Value, set[str]]) -> list[Group]:
    """Groups of the values of one property, given the sources that state each; every value is in one group.

    Agreement is not transitive: 8.5 million agrees with 8,491,334 and with 8,523,000, which do not agree. So the values are taken from
    the most precise to the least (`Value.rank`; then those of more sources first, then by their text), and each joins the group whose
    center it agrees with, or begins one. Of several such groups it joins the one that most sources state. Neither order nor number of
    the claims decides anything else.
    """
    groups: list[Group] = []
    by_normal: dict[tuple[str, str, str], Group] = {}
    standing: dict[int, set[str]] = {}
    for value in sorted(support, key=lambda value: (value.type, tuple(-part for part in value.rank), -len(support[value]), _text(value))):
        found = [(group, rule) for group in groups[:MOST_CENTERS] if (rule := agreement(group.center, value))]
        if not found and (known := by_normal.get((value.type, value.normal, value.thing))):
            found = [(known, "words")]
        if found:
            group, rule = max(found, key=lambda one: len(standing[id(one[0])]))
        else:
            group, rule = Group(value), "words"
            groups.append(group)
        by_normal.setdefault((value.type, value.normal, value.thing), group)
        group.rules[value] = rule
        standing[id(group)] = standing.get(id(group), set()) | support[value]
    return groups


def stated_by_enough(group: Group, support: Mapping[Value, set[str]], least: int) -> tuple[Value, set[str]]:
    """(value, sources): the most precise value of a group that at least `least` sources state so precisely, and those sources.

    A year and a day in it that one source each states support the year alone. Without such a value: the one with the most sources.
    """
    best = group.center, support[group.center]
    stated: list[Value] = []
    for value in group.rules:  # from the most precise on
        stated.append(value)
        sources = set[str]().union(*(support[other] for other in stated if agreement(value, other)))
        if len(sources) > len(best[1]):
            best = value, sources
        if len(best[1]) >= least:
            break
    return best


def contradict(one: Group, other: Group) -> bool:
    """Whether the centers of two groups contradict each other."""
    return contradicts(one.center, other.center)


def _text(value: Value) -> tuple[str, str, str, str]:
    return value.normal, value.precision, value.key, value.thing
