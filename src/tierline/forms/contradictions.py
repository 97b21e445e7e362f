"""Forms of what sources contradict each other on: a question, and an answer that names the sides and says that it is not settled."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from tierline.forms.form import Form
from tierline.forms.rules import FormRules
from tierline.forms.say import named_words, suits
from tierline.forms.things import Fact, Row, Thing
from tierline.forms.values import value_of
from tierline.forms.words import fill, language, rank
from tierline.knowledge.agreement import group_values
from tierline.knowledge.values import Value, agreement
from tierline.knowledge.vocabulary import VOCABULARY

_LINE = "- "
_UNSAFE = frozenset("\n()")


def contradicted(thing: Thing, claims: Sequence[Row], rules: FormRules) -> Iterator[Form]:
    """A question on one property, of which these claims state values that contradict each other, and all of its sides."""
    known = VOCABULARY.get(claims[0]["predicate"])
    code = Counter(sorted(claim["language"] for claim in claims)).most_common(1)[0][0]
    if known is None or not known.functional or code not in rules.languages:
        return
    name, words = thing.named(code), language(code).properties.get(known.name)
    sides = sides_of(claims)
    if name is None or words is None or not name.fits or not words.ask or not 2 <= len(sides) <= rules.sides:
        return
    place = (rules.seed, thing.entity, known.name, code, "contradicted")
    asked = next((one for one in rank(words.ask, *place) if suits(one, name)), None)
    template = rank(language(code).any["contradicted"], *place)[0]
    if asked is None or any(_UNSAFE & set(side[0]["object"]) for side in sides):
        return
    slots = named_words(name, words)
    text = fill(template, {**slots, "sides": "\n".join(map(_line, sides))})
    stated = tuple(claim for side in sides for claim in side)
    yield Form("contradicted", code, template, text, (Fact(thing, stated[0]),), asked, fill(asked, slots), claims=stated)


def sides_of(claims: Sequence[Row]) -> list[list[Row]]:
    """The claims of each value, those with the most sites first, and within a side the words that it is given by."""
    own: dict[Value, list[Row]] = defaultdict(list)
    for claim in claims:
        if claim["domain"]:
            own[value_of(claim)].append(claim)
    groups = group_values({value: {str(claim["domain"]) for claim in stated} for value, stated in own.items()})
    sides = [[claim for value in group.rules for claim in sorted(own[value], key=lambda row: row["claim_id"])] for group in groups]
    return sorted(sides, key=lambda side: (-len(_domains(side)), side[0]["value_normal"]))


def read_sides(text: str, claims: Sequence[Row]) -> list[str] | None:
    """The normal form of each claim's value, if the lines give every side with its own sites, in the order of the claims."""
    values: list[str] = []
    left = list(claims)
    for line in text.split("\n"):
        words, _, behind = line.removeprefix(_LINE).removesuffix(")").rpartition(" (")
        domains = set(behind.split(", "))
        if not left or not line.startswith(_LINE) or left[0]["object"] != words:
            return None
        stated = value_of({**left[0], "object": words})
        own = [claim for claim in left if agreement(stated, value_of(claim))]
        if own != left[: len(own)] or {claim["domain"] for claim in own} != domains:
            return None
        values += [value_of(claim).normal for claim in own]
        left = left[len(own) :]
    return None if left else values


def _line(side: Sequence[Row]) -> str:
    return f"{_LINE}{side[0]['object']} ({', '.join(_domains(side))})"


def _domains(side: Sequence[Row]) -> list[str]:
    return sorted({str(claim["domain"]) for claim in side})
