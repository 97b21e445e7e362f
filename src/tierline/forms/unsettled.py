"""Forms of what is not settled: questions whose answers name what sources state, and say that they contradict each other or that one alone
states it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from tierline.forms.form import Form
from tierline.forms.names import entity_of
from tierline.forms.rules import FormRules
from tierline.forms.say import is_filled, named_words, suits, times
from tierline.forms.things import Fact, Row, Thing, thing_of
from tierline.forms.values import value_of
from tierline.forms.words import fill, language, number_of, rank
from tierline.knowledge.agreement import group_values
from tierline.knowledge.states import CONTRADICTED, SINGLE_SOURCE
from tierline.knowledge.values import Value, agreement
from tierline.knowledge.vocabulary import VOCABULARY, has_states, is_functional

STATES = (CONTRADICTED, SINGLE_SOURCE)  # of values that these forms give; none that is refuted or withdrawn is said
ENOUGH = "facts:contradicted", "facts:bases_disagree", "facts:undated"  # rules by which as many sources state a value as a fact needs
UNCONFIRMED = "unconfirmed"
_LINE = "- "
_UNSAFE = frozenset("\n(),")
Asked = tuple[str, str, str]  # a thing, a property, and the time at which what changes is stated, "" for none


def disputes(values: Iterable[Row], facts: Sequence[Row]) -> dict[Asked, list[Row]]:
    """What is contradicted -> its values, of what no fact settles: of one time, where the property changes. What is stated once on each
    side counts only of things that facts are about: another subject may be none."""
    settled, known = {(entity_of(row), row["predicate"]) for row in facts}, {entity_of(row) for row in facts}
    found: dict[Asked, list[Row]] = defaultdict(list)
    for row in values:
        if row["state"] == CONTRADICTED and (row["entity"], row["predicate"]) not in settled:
            found[_asked(row)].append(_of_its_time(row))
    return {
        key: sorted(found[key], key=lambda row: row["value_id"])
        for key in sorted(found)
        if key[0] in known or any(row["reason"] in ENOUGH for row in found[key])
    }


class Unconfirmed:
    """The values that one source states and nothing contradicts, a few of each thing that facts are about, whatever their order."""

    def __init__(self, facts: Iterable[Row], rules: FormRules) -> None:
        self._rules = rules
        self._settled: set[tuple[str, str]] = set()
        self._best: dict[str, list[tuple[int, str, Row]]] = {}
        for row in facts:
            self._settled.add((entity_of(row), row["predicate"]))
            self._best.setdefault(entity_of(row), [])

    def take(self, row: Row) -> bool:
        """Look at a row of `l4_values`; whether it is one of those values."""
        best, known = self._best.get(row["entity"]), VOCABULARY.get(row["predicate"])
        is_one = row["state"] == SINGLE_SOURCE and len(row["sources_for"]) == 1 and not row["is_ambiguous"]
        if best is None or known is None or not (is_one and known.functional) or (row["entity"], known.name) in self._settled:
            return False
        place = number_of(self._rules.seed, row["entity"], known.name, UNCONFIRMED)
        best.append((place, row["value_id"], _of_its_time(row)))
        best.sort(key=lambda one: one[:2])
        del best[self._rules.unconfirmed :]
        return True

    def rows(self) -> dict[Asked, list[Row]]:
        """What one source alone states -> its value."""
        return {_asked(row): [row] for _, best in sorted(self._best.items()) for _, _, row in best}


def thing_asked_about(values: Sequence[Row], known: Mapping[str, Thing]) -> Thing:
    """The thing that values are about, with its facts, if it has any: they tell what it is and how it is called."""
    entity = entity_of(values[0])
    return thing_of(entity, known[entity].facts if entity in known else (), values)


def unsettled(thing: Thing, values: Sequence[Row], kinds: Collection[str], rules: FormRules) -> Iterator[Form]:
    """A question on one property, of which these values are stated at one time, and all of them with the sources that state each."""
    kind = CONTRADICTED if values[0]["state"] == CONTRADICTED else UNCONFIRMED
    code = Counter(sorted(row["language"] for row in values)).most_common(1)[0][0]
    if kind not in kinds or not is_functional(values[0]["predicate"]) or code not in rules.languages:
        return
    fact, sides = Fact(thing, values[0]), sides_of(values)
    name, words = thing.named(code), fact.words(code)
    fewest, most = (2, rules.sides) if kind == CONTRADICTED else (1, 1)
    if name is None or words is None or not name.fits or not fewest <= len(sides) <= most or not all(map(_is_safe, sides)):
        return
    place, roles = (rules.seed, thing.entity, fact.known.name, fact.row["valid_from"] or "", code, kind), language(code).any
    slots = {**named_words(name, words), **times(fact, code), "sides": "\n".join(map(_line, sides))}
    asking = [one.replace("{ask}", ask) for one in roles["ask_as_of"] for ask in words.ask] if fact.is_dated else words.ask
    asked = next((one for one in rank(sorted(set(asking)), *place) if suits(one, name) and is_filled(one, slots)), None)
    if asked:
        template = rank(roles[kind], *place)[0]
        stated = tuple(row for side in sides for row in side)
        yield Form(kind, code, template, fill(template, slots), (fact,), asked, fill(asked, slots), values=stated)


def sides_of(values: Sequence[Row]) -> list[list[Row]]:
    """The rows of values that agree, those with the most sources first, and within a side the words that it is given by."""
    own: dict[Value, list[Row]] = defaultdict(list)
    for row in values:
        if row["sources_for"]:
            own[value_of(row)].append(row)
    groups = group_values({value: {name for row in stated for name in row["sources_for"]} for value, stated in own.items()})
    sides = [[row for value in group.rules for row in sorted(own[value], key=lambda row: row["value_id"])] for group in groups]
    return sorted(sides, key=lambda side: (-len(_sources(side)), side[0]["value_normal"], side[0]["value_id"]))


def read_sides(text: str, values: Sequence[Row]) -> list[str] | None:
    """The normal form of each row's value, if the lines give every side with its own sources, in the order of the rows."""
    normals: list[str] = []
    left = list(values)
    for line in text.split("\n"):
        words, _, behind = line.removeprefix(_LINE).removesuffix(")").rpartition(" (")
        if not left or not line.startswith(_LINE) or left[0]["object"] != words:
            return None
        stated = value_of({**left[0], "object": words})
        own = [row for row in left if agreement(stated, value_of(row))]
        if own != left[: len(own)] or behind.split(", ") != _sources(own):
            return None
        normals += [value_of(row).normal for row in own]
        left = left[len(own) :]
    return None if left else normals


def _asked(row: Row) -> Asked:
    return row["entity"], row["predicate"], _of_its_time(row)["valid_from"] or ""


def _of_its_time(row: Row) -> Row:
    """A row with its time, if its property changes; a time beside another value says when it was stated, and no more."""
    return row if has_states(row["predicate"]) else {**row, "valid_from": None, "valid_until": None}


def _is_safe(side: Sequence[Row]) -> bool:
    """Whether its words and sources can be told apart in a line again."""
    return not _UNSAFE & set(side[0]["object"]) - {","} and not any(_UNSAFE & set(name) for name in _sources(side))


def _line(side: Sequence[Row]) -> str:
    return f"{_LINE}{side[0]['object']} ({', '.join(_sources(side))})"


def _sources(side: Sequence[Row]) -> list[str]:
    return sorted({name for row in side for name in row["sources_for"]})
