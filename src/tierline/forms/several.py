"""Forms of several facts of one thing, or of one property of several things: cards and tables."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO

from tierline.forms.form import Form
from tierline.forms.names import Named
from tierline.forms.rules import FormRules
from tierline.forms.say import is_as_of, times
from tierline.forms.things import Fact, Thing, facts_of, settled
from tierline.forms.values import read_time, read_written, write_value
from tierline.forms.words import capital, fill, language, number_of, rank, unfill
from tierline.knowledge.values import Value

CARDS = ("lines", "bullets", "json")
TABLES = ("markdown", "csv")
HEADS = {"en": "Name", "de": "Name", "fr": "Nom", "es": "Nombre"}
Settled = tuple[Thing, Mapping[str, Fact]]  # a thing, and its facts by property
FEWEST = 3  # rows of a table
_UNSAFE = frozenset('|"\n\r:*#')  # what cards and tables are laid out with


def card(thing: Thing, code: str, rules: FormRules) -> Iterator[Form]:
    """What is known of a thing now, one property below the other."""
    name = thing.named(code)
    styles = [(number_of(rules.seed, thing.entity, *fact.place), fact) for fact in facts_of(thing) if not fact.is_past]
    own = [(style, fact, text) for style, fact in styles if (text := cell(fact, code, style))]
    if name is None or len(own) < 2 or not _is_safe(name):
        return
    fewer = sorted(style for style, _, _ in own)[: rules.card_facts]
    lines = list({line[:2]: line for style, fact, text in own if style in fewer for line in [(label_of(fact, code), text, fact)]}.values())
    labels = [label for label, _, _ in lines]
    layouts = [layout for layout in CARDS if layout != "json" or len(set(labels)) == len(labels)]
    layout = layouts[number_of(rules.seed, thing.entity, "layout") % len(layouts)]
    text = lay_out(layout, name.bare, [(label, text) for label, text, _ in lines], code)
    yield Form("card", code, layout, text, tuple(fact for _, _, fact in lines))


def tables(things: Sequence[Thing], code: str, rules: FormRules) -> Iterator[Form]:
    """Tables of things of one kind. A table begins at every thing whose hash says so, so that a new thing changes no table but its own."""
    fitting = [(thing, settled(thing)) for thing in things if thing.kinds and _is_safe(thing.named(code))]
    for kind, anchor in sorted({(thing.kinds[0], known) for thing, own in fitting for known in own}):
        having = [one for one in fitting if one[0].kinds[0] == kind and anchor in one[1]]
        for part in _cut(sorted(having, key=lambda one: (number_of(rules.seed, anchor, one[0].entity), one[0].entity)), anchor, rules):
            yield from _table(part, anchor, code, rules)


def _cut(things: Sequence[Settled], anchor: str, rules: FormRules) -> Iterator[list[Settled]]:
    """Parts of `table_rows` on average, of twice as many at most; borders are where a thing's hash has it."""
    part: list[Settled] = []
    for one in things:
        if part and (number_of(rules.seed, anchor, one[0].entity, "border") % rules.table_rows == 0 or len(part) == 2 * rules.table_rows):
            yield part
            part = []
        part.append(one)
    if part:
        yield part


def _is_safe(name: Named | None) -> bool:
    return name is not None and not _UNSAFE & set(name.bare)


def cell(fact: Fact, code: str, style: int) -> str | None:
    """The value as it stands beside a label, in one of the ways to write it, with the time by which it is known to hold."""
    written = write_value(fact.row, code)
    if fact.words(code) is None or not written or (fact.is_dated and not is_as_of(fact)):
        return None
    value = written[style % len(written)].entry
    if not fact.is_dated:
        return None if _UNSAFE & set(value) else value
    slots = {**times(fact, code), "entry": value}
    return fill(_dated(code), slots) if "time" in slots and not _UNSAFE & set(value) else None


def read_cell(text: str, fact: Fact, code: str) -> Value | None:
    """The value that a cell states of the time of the fact, or None."""
    if not fact.is_dated:
        return read_written(text, "entry", fact.row, code)
    found = unfill(_dated(code), text)
    if found is None or read_time(found["time"], code) != fact.row["valid_from"]:
        return None
    return read_written(found["entry"], "entry", fact.row, code)


def label_of(fact: Fact, code: str) -> str:
    """The property as a label."""
    words = fact.words(code)
    assert words is not None, "a fact that has a cell has a label"
    return capital(words.label)


def lay_out(layout: str, name: str, lines: Iterable[tuple[str, str]], code: str) -> str:
    """A card of a name and (label, text) lines."""
    if layout == "json":
        return json.dumps({"name": name} | dict(lines), ensure_ascii=False, indent=1)
    if layout == "bullets":
        return "\n".join([f"# {name}", "", *(f"- **{label}**{_colon(code)} {text}" for label, text in lines)])
    return "\n".join([name, *(f"{label}{_colon(code)} {text}" for label, text in lines)])


def read_card(layout: str, text: str, code: str) -> tuple[str, list[tuple[str, str]]] | None:
    """(name, lines) of a card, or None."""
    if layout == "json":
        found: dict[str, str] = json.loads(text)
        return found.pop("name"), list(found.items())
    head, *lines = text.split("\n")
    pattern = f"- **{{label}}**{_colon(code)} {{text}}" if layout == "bullets" else f"{{label}}{_colon(code)} {{text}}"
    read = [unfill(pattern, line) for line in (lines[1:] if layout == "bullets" else lines)]
    if not all(read):
        return None
    return head.removeprefix("# ") if layout == "bullets" else head, [(one["label"], one["text"]) for one in read if one]


def write_table(layout: str, rows: Sequence[Sequence[str]]) -> str:
    """Rows of equal length, the head first."""
    if layout == "csv":
        out = StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        return out.getvalue().rstrip("\n")
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], f"|{'---|' * len(rows[0])}", *lines[1:]])


def read_table(layout: str, text: str) -> list[list[str]]:
    """The rows of a table, the head first."""
    if layout == "csv":
        return list(csv.reader(StringIO(text)))
    head, _, *lines = text.split("\n")
    return [line.removeprefix("| ").removesuffix(" |").split(" | ") for line in (head, *lines)]


def _table(part: Sequence[Settled], anchor: str, code: str, rules: FormRules) -> Iterator[Form]:
    shared = set.intersection(*(set(own) for _, own in part)) - {anchor}
    style = number_of(rules.seed, anchor, part[0][0].entity, "style")
    texts = {name: [cell(own[name], code, style) for _, own in part] for name in (anchor, *sorted(shared))}
    whole = [name for name in texts if name != anchor and all(texts[name])]
    if len(part) < FEWEST or not all(texts[anchor]):
        return
    columns = [anchor, *rank(whole, rules.seed, anchor, part[0][0].entity)[: rules.table_columns - 1]]
    layout = TABLES[number_of(rules.seed, anchor, part[0][0].entity, "layout") % len(TABLES)]
    head = [HEADS[code], *(label_of(part[0][1][name], code) for name in columns)]
    names = [thing.named(code) for thing, _ in part]
    rows = [[name.bare if name else "", *(str(texts[column][place]) for column in columns)] for place, name in enumerate(names)]
    facts = tuple(own[name] for _, own in part for name in columns)
    yield Form("table", code, layout, write_table(layout, [head, *rows]), facts)


def _colon(code: str) -> str:
    return "\u00a0:" if code == "fr" else ":"


def _dated(code: str) -> str:
    return f"{{entry}} ({language(code).any['card'][0]})"
