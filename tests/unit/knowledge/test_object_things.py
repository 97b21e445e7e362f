"""Values that are things: told apart and recognized by what identifies them; what nothing identifies stays words."""

import json

import pytest

from tests.conftest import rows_of
from tests.unit.knowledge.test_entities import page, table
from tierline.knowledge import ClaimRules, FactRules, extract_claims, verify_facts
from tierline.tables import TABLES

FRANCE, TEXAS = "wikidata:Q90", "wikidata:Q830149"


def stating(site: str, value: str, *ids: str, predicate: str = "birth_place") -> list[dict]:
    return [row | {"object_ids": list(ids)} for row in page(site, "Ada Moe", **{predicate: value})]


def facts(*pages: list[dict]) -> list[tuple]:
    result = verify_facts(table(*pages), FactRules())
    result.check("l4_facts")
    values = {row["fact_id"]: row["object_entity"] for row in result.tables["l4_values"].to_pylist()}
    rows = [row for row in result.tables["l4_facts"].to_pylist() if row["subject"] == "Ada Moe"]
    assert all(values[row["fact_id"]] == row["object_entity"] for row in rows)
    return [(row["object"], row["object_entity"], row["contradictions"]) for row in rows]


def test_two_things_of_one_name_contradict_each_other():
    here, there = [stating(site, "Paris", FRANCE) for site in "ab"], [stating(site, "Paris", TEXAS) for site in "cd"]
    assert facts(*here, *there) == [], "a tie"
    assert facts(*here, *there, stating("e", "Paris", FRANCE)) == [("Paris", FRANCE, 1)]
    assert facts(*here, stating("c", "Paris"), stating("d", "Paris")) == [("Paris", FRANCE, 0)], "words alone deny nothing"


def test_two_names_of_one_thing_agree():
    assert facts(stating("a", "Oslo"), stating("b", "Kristiania")) == []
    ((value, thing, contradictions),) = facts(stating("a", "Oslo", "wikidata:Q585"), stating("b", "Kristiania", "wikidata:Q585"))
    assert value in ("Oslo", "Kristiania") and (thing, contradictions) == ("wikidata:Q585", 0)


def test_a_thing_that_one_source_identifies_stays_words():
    assert facts(stating("a", "Paris", FRANCE), stating("b", "Paris")) == [("Paris", None, 0)]


def test_a_value_is_the_entity_whose_pages_have_its_identifier():
    told = {"ids": [FRANCE, "geonames:2988507"], "type": "City"}
    about = [page(site, "Paris", told, area="105 km²") for site in "xy"]
    assert facts(*about, *(stating(site, "Paris", "geonames:2988507") for site in "ab")) == [("Paris", FRANCE, 0)]


def test_an_identifier_of_several_things_names_none_of_them():
    """A template that gives all its cities one number."""
    about = [
        page("x", name, {"ids": ["isbn:9780306406157"], "type": "City"}, area="105 km²") for name in ("Paris", "Lyon", "Nice", "Lille")
    ]
    assert facts(*about, *(stating(site, "Paris", "isbn:9780306406157") for site in "ab")) == [("Paris", "isbn:9780306406157", 0)]


def test_an_address_of_somebody_identifies_no_value():
    told = [stating(site, value, "url:twitter.com/press") for site, value in (("a", "Ada"), ("b", "Bo"))]
    assert facts(*told) == []


def test_a_country_is_known_by_its_name_where_one_is_asked_for():
    assert facts(stating("a", "Norge", predicate="country"), stating("b", "Norway", predicate="country")) in (
        [("Norge", "iso3166-1:NO", 0)],
        [("Norway", "iso3166-1:NO", 0)],
    )
    within = [stating(site, "Georgia", predicate="contained_in_place") for site in "ab"]
    assert facts(*within) == [("Georgia", None, 0)], "it may be the state"


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ({"@type": "City", "name": "Paris", "sameAs": "https://www.wikidata.org/wiki/Q90"}, [FRANCE]),
        ({"@id": "https://www.geonames.org/2988507", "name": "Paris"}, ["geonames:2988507"]),
        ({"@id": "#paris"}, [FRANCE]),  # described elsewhere on the page
        ({"@type": "City", "name": "Paris"}, []),
        ({"@type": "City", "name": "Paris", "sameAs": "https://news.com/paris"}, []),  # a page of the same site
        ("Paris", []),
    ],
)
def test_a_page_identifies_the_value_that_it_states(value, ids):
    city = {"@type": "City", "@id": "#paris", "name": "Paris", "sameAs": "https://www.wikidata.org/wiki/Q90"}
    line = json.dumps({"kind": "jsonld", "data": {"@graph": [{"@type": "Person", "name": "Ada Moe", "birthPlace": value}, city]}})
    row = {"doc_id": "doc_1", "url": "https://news.com/a", "domain": "news.com", "text": "", "title": "", "language": "en", "tokens": 1}
    found = extract_claims(
        rows_of("l2_selected", [row | {"structured_data": line}]), TABLES["l3_refined"].schema.empty_table(), ClaimRules()
    )
    (claim,) = [one for one in found.tables["l4_claims"].to_pylist() if one["predicate"] == "birth place"]
    assert (claim["object"], claim["object_ids"]) == ("Paris", ids)
