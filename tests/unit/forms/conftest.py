"""Facts of a small world that the tests made up, but for its countries."""

from typing import Any

import pytest

from tierline.forms import FormRules, make_forms
from tierline.knowledge.keys import normal_key
from tierline.knowledge.values import read_value
from tierline.tables import content_id


def fact_row(subject: str, predicate: str, value: str, language: str = "en", **changes: Any) -> dict[str, Any]:
    """A row of `l4_facts`, as far as forms need it."""
    read = read_value(value, predicate, language)
    row = {
        "fact_id": content_id("fact", subject, predicate, value, str(changes.get("valid_from"))),
        "subject": subject,
        "predicate": predicate,
        "object": value,
        "language": language,
        "value_type": read.type,
        "value_normal": read.normal,
        "value_precision": read.precision,
        "state": None,
        "valid_from": None,
        "valid_until": None,
        "superseded_by": None,
        "tokens": 5,
    }
    return row | changes


def source_row(fact: dict[str, Any], quote: str = "", **changes: Any) -> dict[str, Any]:
    """A row of `l4_sources`."""
    quote = quote or f'"{fact["predicate"]}": "{fact["object"]}"'
    place = {"url": "https://atlas.example/page", "domain": "atlas.example"}
    return {"source_id": content_id("src", fact["fact_id"], quote), "fact_id": fact["fact_id"], "quote": quote} | place | changes


def value_row(sources: str, subject: str, predicate: str, value: str, state: str = "contradicted", **changes: Any) -> dict[str, Any]:
    """A row of `l4_values`, as far as forms need it; `sources` are separated by spaces."""
    row = fact_row(subject, predicate, value, changes.get("language", "en"))
    reason = {"contradicted": "facts:contradicted", "single_source": "facts:single_source"}[state]
    stated = {"sources_for": sources.split(), "entity": normal_key(subject), "state": state, "reason": reason, "is_ambiguous": False}
    columns = ("subject", "predicate", "object", "value_type", "value_normal", "language", "valid_from", "valid_until")
    return {"value_id": content_id("val", sources, subject, predicate, value)} | {name: row[name] for name in columns} | stated | changes


def forms_of(*facts: dict[str, Any], sources=(), values=(), **rules: Any) -> list[dict[str, Any]]:
    """The rows of `l4_forms` that these make; every row that went in is decided once."""
    result = make_forms(facts, sources, values, FormRules(**rules))
    result.check("l4_forms")
    return result.tables["l4_forms"].to_pylist()


@pytest.fixture
def fact():
    return fact_row


@pytest.fixture
def source():
    return source_row


@pytest.fixture
def value():
    return value_row


@pytest.fixture
def forms():
    return forms_of


@pytest.fixture
def brazil():
    return [
        fact_row("Brazil", "area", "8,515,767 km²"),
        fact_row("Brazil", "capital", "Brasília"),
        fact_row("Brazil", "currency", "Brazilian real"),
        fact_row("Brazil", "official language", "Portuguese"),
        fact_row("Brazil", "continent", "South America"),
        fact_row("Brazil", "population", "203,062,512", state="current", valid_from="2022-08"),
    ]
