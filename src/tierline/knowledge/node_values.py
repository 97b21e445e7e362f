"""Reads the properties of an object of JSON-LD, microdata or RDFa: plain values, containers, languages, names and quantities."""

from __future__ import annotations

import json
import re

from tierline.knowledge.json_spans import Value

_LANGUAGE = re.compile(r"(?:[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,6}|@none)$")  # a key of a language map (JSON-LD 1.1, 4.6.2)
CONTAINERS = "@list", "@set", "@value"
_UNITS = "unitText", "currency", "unitCode"


def items_of(value: Value) -> list[Value]:
    """The values of a property: of a list or container each, of a language map each, of anything else itself."""
    if isinstance(value.data, list):
        return [inner for item in value.data for inner in items_of(item)]
    if isinstance(value.data, dict):
        for container in CONTAINERS[:2]:
            if container in value.data:
                return items_of(value.data[container])
        if value.data and all(_LANGUAGE.match(key) for key in value.data) and all(_is_plain(one) for one in value.data.values()):
            return [inner for item in value.data.values() for inner in items_of(item)]
    return [value]


def fullest_of(value: Value) -> list[Value]:
    """The values of a property without bare numbers that another one gives with what they count: "3" beside "3 cups" says less."""
    items = items_of(value)
    told = [spoken(item) or "" for item in items]
    counted = {one.split(" ", 1)[0] for one in told if " " in one}
    return [item for item, one in zip(items, told, strict=True) if not (one.isdecimal() and one in counted)]


def _is_plain(value: Value) -> bool:
    return isinstance(value.data, str) or (isinstance(value.data, list) and all(isinstance(item.data, str) for item in value.data))


def spoken(value: Value) -> str | None:
    """A plain value or value object as text; None for anything else."""
    data = value.data
    if isinstance(data, dict):
        return spoken(data["@value"]) if "@value" in data and not isinstance(data["@value"].data, dict) else None
    if isinstance(data, str):
        return data
    return json.dumps(data) if isinstance(data, int | float) and not isinstance(data, bool) else None


def quoted(value: Value) -> tuple[int, int]:
    inner = value.data["@value"] if isinstance(value.data, dict) else value
    return inner.start, inner.end


def field_of(item: Value, name: str) -> Value | None:
    """A property of an object, whatever the form of its key."""
    return item.data.get(name) or next((value for key, value in item.data.items() if key[:1] != "@" and local_name(key) == name), None)


def first_of(value: Value) -> Value:
    """Of several values the one in English, else the first."""
    items = items_of(value)
    english = [item for item in items if isinstance(item.data, dict) and "@language" in item.data and item.data["@language"].data == "en"]
    if isinstance(value.data, dict) and "en" in value.data:
        english = items_of(value.data["en"])
    return (english or items or [value])[0]


def text_of(item: Value, name: str) -> str | None:
    value = field_of(item, name)
    return spoken(first_of(value)) if value else None


def name_of(item: Value) -> str | None:
    """The name of an object; of several the one in English, else the first."""
    value = field_of(item, "name") if isinstance(item.data, dict) else None
    name = first_of(value) if value else None
    return spoken(name) or None if name and not isinstance(name.data, int | float) else None


def is_a(item: Value, kind: str) -> bool:
    return "@type" in item.data and any(local_name(str(one.data)) == kind for one in items_of(item.data["@type"]))


def measured(item: Value) -> str | None:
    """The value of a property-value pair or a quantity, with its unit; None where it has none."""
    value = text_of(item, "value")
    unit = next(filter(None, (text_of(item, name) for name in _UNITS)), None)
    return f"{value} {unit}" if value and unit else value


def local_name(name: str) -> str:
    """The last part of a full or compact IRI (JSON-LD 1.1, 3.1 and 4.1.5); any other name as it is."""
    path = name[max(name.rfind("/"), name.rfind("#")) + 1 :]
    prefix, colon, local = path.partition(":")
    if colon and (path != name or not prefix[:1].isalpha() or not prefix.replace("-", "_").isidentifier()):
        return name
    found = local if colon else path
    return found if found and ":" not in found else name
