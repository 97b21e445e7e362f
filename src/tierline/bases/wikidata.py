"""Rows of Wikidata's JSON dumps: entities, a line each, with their best statements and the times at which these hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from tierline.bases.objects import parse

# Units of quantities, by their items.
_UNITS = {
    "Q712226": "km²", "Q25343": "m²", "Q232291": "mi²", "Q35852": "ha", "Q81292": "acres", "Q11573": "m", "Q828224": "km", "Q174728": "cm",
    "Q253276": "mi", "Q3710": "ft", "Q11570": "kg", "Q41803": "g", "Q191118": "t", "Q100995": "lb", "Q11229": "%", "Q577": "year",
    "Q25267": "°C", "Q42289": "°F", "Q11579": "K", "Q4917": "USD", "Q4916": "EUR", "Q25224": "GBP", "Q8146": "JPY", "Q39099": "CNY",
    "Q844211": "kg/m³", "Q13147228": "g/cm³", "Q483261": "Da", "Q28390": "°",
}  # fmt: skip
_PRECISION = {11: 10, 10: 7, 9: 4}  # of a time: how many characters of YYYY-MM-DD are stated; coarser ones are no dates
_POINT, _START, _END = "P585", "P580", "P582"


def wikidata_rows(file: IO[bytes], reader: Any) -> Iterator[tuple[str, Any]]:
    """(Q-number, {"@id", "label", "aliases", "labels", P-number: values}) of each entity; an unreadable line is an error of that row.

    Of each property the statements of the best rank are values, and others that say when they held; `former` are those that ended or are
    not of the best rank. A value that is an item is named by its label if the item is in the file, else by its number. Items and
    statements are described in Wikibase's JSON model.
    """
    labels = {entity["id"]: _label(entity, reader.language) for _, entity in _entities(file) if isinstance(entity, dict)}
    file.seek(0)
    for place, entity in _entities(file):
        if isinstance(entity, Exception):
            yield place, entity
            continue
        try:
            yield entity["id"], _row(entity, labels, reader.language)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            yield place, ValueError(f"no entity of Wikidata: {type(error).__name__} {error}")


def _entities(file: IO[bytes]) -> Iterator[tuple[str, Any]]:
    """(line N, entity or what is wrong with the line)."""
    for number, line in enumerate(file, 1):
        text = line.strip().rstrip(b",")
        if text and text not in (b"[", b"]"):
            try:
                entity = parse(text)
                yield f"line {number}", entity if entity["id"] and "labels" in entity else ValueError("no entity of Wikidata")
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                yield f"line {number}", ValueError(f"no entity of Wikidata: {type(error).__name__} {error}")


def _label(entity: dict[str, Any], language: str) -> str:
    return str(((entity.get("labels") or {}).get(language) or {}).get("value") or "")


def _row(entity: dict[str, Any], labels: dict[str, str], language: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "@id": entity["id"],
        "label": _label(entity, language),
        "labels": {code: one["value"] for code, one in (entity.get("labels") or {}).items()},
        "aliases": [one["value"] for one in (entity.get("aliases") or {}).get(language) or ()],
    }
    for name, statements in (entity.get("claims") or {}).items():
        best = "preferred" if any(one.get("rank") == "preferred" for one in statements) else "normal"
        values = [value for one in statements if (value := _value(one, best, labels))]
        if values:
            row[name] = values
    return row


def _value(statement: dict[str, Any], best: str, labels: dict[str, str]) -> dict[str, Any] | None:
    """What a statement says, or None if it says nothing, or nothing any more at no known time."""
    main, qualifiers = statement["mainsnak"], statement.get("qualifiers") or {}
    if statement.get("rank") == "deprecated" or main.get("snaktype") != "value":
        return None
    point, start, end = (_time_of(qualifiers, name) for name in (_POINT, _START, _END))
    time = point or (f"{start or '..'}/{end or '..'}" if start or end else "")
    former = statement.get("rank", "normal") != best or bool(end)
    found = _plain(main["datavalue"], labels)
    if found is None or (former and not time):
        return None
    return found | ({"time": time} if time else {}) | ({"former": "yes"} if former else {})


def _time_of(qualifiers: dict[str, Any], name: str) -> str:
    times = [_date(one["datavalue"]["value"]) for one in qualifiers.get(name) or () if one.get("snaktype") == "value"]
    return next(filter(None, times), "")


def _plain(stored: dict[str, Any], labels: dict[str, str]) -> dict[str, str] | None:
    value = stored["value"]
    match stored.get("type"):
        case "string":
            return {"#text": value}
        case "monolingualtext":
            return {"#text": value["text"], "language": value["language"]}
        case "quantity":
            unit = str(value.get("unit", "1")).rpartition("/")[2]
            return {"#text": str(value["amount"]).removeprefix("+")} | ({"unit": _UNITS.get(unit, unit)} if unit != "1" else {})
        case "time":
            date = _date(value)
            return {"#text": date} if date else None
        case "wikibase-entityid":
            item = value.get("id") or f"Q{value['numeric-id']}"
            return {"#text": labels.get(item) or item, "@id": item}
        case _:
            return None


def _date(value: dict[str, Any]) -> str:
    """`1949-05-23` as far as it is stated; "" for one before our era, or known to less than a year."""
    kept = _PRECISION.get(int(value["precision"]))
    return value["time"][1 : 1 + kept] if kept and value["time"].startswith("+") else ""
