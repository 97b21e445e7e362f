"""Entities: two things of one name stay two, one thing of several names is one, and no page joins or parts what others know better."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import rows_of
from tests.unit.knowledge.in_common import common_text
from tierline.knowledge import FactRules, verify_facts
from tierline.knowledge.entities import Entities
from tierline.knowledge.keys import normal_key

Told = dict[str, object]


def page(site: str, name: str, told: Told | None = None, **values: str) -> list[dict]:
    """Claims of one page about a thing: `told` has `ids`, `type` and `aliases`; the others are its properties."""
    told = told or {}
    return [
        {
            "claim_id": f"clm_{site}_{name}_{predicate}",
            "parents": [f"doc_{site}"],
            "page_id": f"doc_{site}",
            "domain": f"{site}.com",
            "language": told.get("language", "en"),
            "subject": name,
            "subject_key": normal_key(name),
            "subject_ids": told.get("ids", []),
            "subject_type": told.get("type"),
            "aliases": told.get("aliases", []),
            "predicate": predicate.replace("_", " "),
            "object": value,
            "object_key": normal_key(value),
        }
        for predicate, value in values.items()
    ]


def table(*pages: list[dict]):
    rows = rows_of("l4_claims", [row for rows in pages for row in rows])
    return rows.append_column("shard", [["s"] * len(rows)])


def entities(*pages: list[dict]) -> list[str | None]:
    """For each page the id of what its last claim is about, shortened to "a", "b", ... without identifier; None if nobody can tell."""
    rows = table(*pages).to_pylist()
    found = Entities(rows, common_text(rows))
    letters: dict[str, str] = {}
    named: list[str | None] = []
    for own in pages:
        one = entity.id if (entity := found.of(own[-1])) else None
        named.append(letters.setdefault(one, "abcdefgh"[len(letters)]) if one and one.startswith("ent_") else one)
    return named


def facts(*pages: list[dict]) -> set[tuple]:
    result = verify_facts(table(*pages), FactRules())
    result.check("l4_facts")
    return {(row["entity"], row["predicate"], row["object"]) for row in result.tables["l4_facts"].to_pylist()}


def dropped(*pages: list[dict]) -> list[str]:
    ledger = verify_facts(table(*pages), FactRules()).ledgers["l4_facts"][1].to_pylist()
    return sorted(row["row_id"] for row in ledger if row["rule"] == "facts:ambiguous_subject")


COUNTRY, STATE, PLACE = {"type": "Country"}, {"type": "State"}, {"type": "Place"}


def numbered(number: str, **more: object) -> Told:
    return {"ids": [number], **more}


def test_names_written_alike_are_one_where_nothing_shows_two():
    assert entities(page("a", "Saint-Étienne", x="1"), page("b", "St. Etienne", x="1"), page("c", "Lyon", x="1")) == ["a", "a", "b"]
    assert entities(page("a", "Oslo", PLACE, x="1"), page("b", "Oslo", x="1"), page("c", "oslo", {"type": "City"}, x="1")) == ["a"] * 3


def test_two_georgias_stay_two_by_type_and_a_page_that_does_not_say_which_is_of_neither():
    pages = [page("a", "Georgia", COUNTRY, x="1"), page("b", "Georgia", STATE, x="1"), page("c", "Georgia", x="1")]
    assert entities(*pages) == ["a", "b", None] and facts(*pages) == set()
    assert dropped(*pages) == ["clm_c_Georgia_x"]
    assert entities(*pages, page("d", "Georgia", PLACE, x="1"))[3] is None  # both are places
    assert entities(*pages, page("d", "Georgia", {"type": "Person"}, x="1"))[3] == "c"


def test_two_georgias_stay_two_by_identifier():
    one, other = numbered("wikidata:Q230"), numbered("wikidata:Q1428")
    pages = [page(site, "Georgia", one, capital="Tbilisi") for site in "ab"] + [
        page(site, "Georgia", other, capital="Atlanta") for site in "cd"
    ]
    assert facts(*pages) == {("wikidata:Q230", "capital", "Tbilisi"), ("wikidata:Q1428", "capital", "Atlanta")}
    assert facts(*pages, page("e", "Georgia", capital="Macon"), page("f", "Georgia", capital="Macon")) == facts(*pages)


CITY = {"type": "City"}


def springfields(sites: str, people: str, **around: str) -> list[list[dict]]:
    return [page(site, "Springfield", CITY, **around, population=people) for site in sites]


def test_two_springfields_stay_two_by_what_they_are_contained_in():
    pages = [*springfields("ab", "114394", contained_in_place="Illinois"), *springfields("cd", "58662", contained_in_place="Ohio")]
    assert entities(*pages) == ["a", "a", "b", "b"]
    found = {(predicate, value) for _, predicate, value in facts(*pages)}
    assert found == {("population", "114394"), ("population", "58662")}  # what tells them apart is itself contested
    assert entities(*pages, *springfields("e", "58,662"), page("f", "Springfield", CITY, mayor="Ann"))[4:] == ["b", None]


def test_where_only_an_ordinary_property_tells_two_apart_most_sites_are_told_and_others_join_nothing():
    two, three = springfields("ab", "114394", state="Illinois"), springfields("cde", "58662", state="Ohio")
    assert entities(*two, *three) == [None, None, "a", "a", "a"]  # the two may be two that err alike
    assert entities(*two, *three[:2]) == [None] * 4


def test_an_error_in_where_a_thing_is_makes_no_second_thing():
    pages = [*springfields("abc", "114394", state="Illinois"), *springfields("de", "114,394", state="Ohio")]
    assert entities(*pages) == ["a"] * 5
    assert entities(*springfields("abc", "114394", state="Illinois"), *springfields("d", "58662", state="Ohio")) == ["a"] * 4


def test_two_people_of_one_name_are_told_apart_by_their_births():
    def smith(site: str, born: str, tall: str) -> list[dict]:
        return page(site, "John Smith", {"type": "Person"}, birth_date=born, height=tall)

    pages = [*(smith(site, "1950-01-02", "1.80 m") for site in "abc"), *(smith(site, "1972-03-04", "1.65 m") for site in "de")]
    assert entities(*pages) == ["a", "a", "a", None, None]


def test_an_identifier_joins_pages_whose_names_differ():
    told = numbered("wikidata:Q183")
    pages = [page("a", "Germany", told, capital="Berlin"), page("b", "Deutschland", told, capital="Berlin")]
    assert facts(*pages) == {("wikidata:Q183", "capital", "Berlin")}
    assert entities(*pages, page("c", "Germany", capital="Berlin"), page("d", "Allemagne", capital="Berlin"))[2:] == ["wikidata:Q183", "a"]


def test_identifiers_of_two_schemes_are_of_one_thing_where_a_page_gives_both():
    pages = [
        page("a", "Germany", numbered("wikidata:Q183"), x="1"),
        page("b", "Allemagne", {"ids": ["geonames:2921044", "wikidata:Q183"]}, x="1"),
        page("c", "Alemania", numbered("geonames:2921044"), x="1"),
    ]
    assert entities(*pages) == ["wikidata:Q183"] * 3


def test_a_bridge_of_one_page_joins_no_names_that_others_use():
    right, plain = (
        [page(site, "Germany", numbered("wikidata:Q183"), x="1") for site in "ab"],
        [page(site, "Austria", x="2") for site in "cd"],
    )
    assert entities(*right, *plain, page("e", "Austria", numbered("wikidata:Q183"), x="2")) == ["wikidata:Q183"] * 2 + ["a"] * 3
    germany = [page(site, "Germany", x="1") for site in "ab"]
    bridges = page("e", "Austria", numbered("wikidata:Q183"), x="2"), page("f", "Germany", numbered("wikidata:Q183"), x="1")
    assert entities(*germany, *plain, *bridges) == ["a", "a", "b", "b", "b", "a"]


def test_a_chain_over_two_numbers_of_one_scheme_is_none():
    pages = [
        page("a", "Germany", {"ids": ["geonames:1", "wikidata:Q183"]}, x="1"),
        page("b", "Austria", {"ids": ["geonames:1", "wikidata:Q40"]}, x="1"),
        page("c", "Germany", numbered("wikidata:Q183"), x="1"),
        page("d", "Austria", numbered("wikidata:Q40"), x="1"),
        page("e", "Austria", {"ids": ["wikidata:Q183", "wikidata:Q40"]}, x="1"),
    ]
    assert entities(*pages) == ["wikidata:Q183", "wikidata:Q40", "wikidata:Q183", "wikidata:Q40", "wikidata:Q40"]


def test_a_page_whose_number_does_not_count_is_not_of_a_thing_that_has_another_one():
    others = [page(site, "Germany", numbered("wikidata:Q183"), x="1") for site in "ab"]
    bridge = page("c", "Germany", {"ids": ["geonames:1", "wikidata:Q40"]}, x="1")
    assert entities(*others, bridge, page("d", "Austria", {"ids": ["geonames:1", "wikidata:Q183"]}, x="1"))[2:] == [
        "wikidata:Q40",
        "wikidata:Q183",
    ]


def test_what_most_sites_say_of_an_identifier_counts():
    pages = [page(site, "Germany", {"ids": ["geonames:1", "wikidata:Q183"]}, x="1") for site in "ab"]
    wrong = page("c", "Austria", {"ids": ["geonames:1", "wikidata:Q40"]}, x="1")
    assert entities(*pages, wrong, page("d", "Germania", numbered("geonames:1"), x="1")) == [
        *["wikidata:Q183"] * 2,
        "a",
        "wikidata:Q183",
    ]


def test_a_number_that_a_site_gives_to_all_its_things_is_none():
    names = "Oslo Rome Bern".split()
    pages = [page("a", name, numbered("wikidata:Q42"), x="1") for name in names] + [page("b", name, x="1") for name in names]
    assert entities(*pages) == ["a", "b", "c"] * 2


@pytest.mark.parametrize(
    ("kind", "expected"), [("Organization", "url:facebook.com/jane"), ("Brand", "url:facebook.com/jane"), ("Person", None)]
)
def test_a_profile_identifies_unless_things_of_other_kinds_share_it(kind, expected):
    told = numbered("url:facebook.com/jane", type="Organization")
    found = entities(page("a", "Jane Inc", told, x="1"), page("b", "Jane", told | {"type": kind}, x="1"))
    assert found == ([expected] * 2 if expected else ["a", "b"])


def test_profiles_under_one_name_say_no_more_than_the_name():
    pages = [
        page(site, "Acme", numbered(f"url:{host}/acme", type="Organization"), x="1")
        for site, host in (("a", "facebook.com"), ("b", "twitter.com"))
    ]
    assert entities(*pages, page("c", "Acme", x="1")) == ["a"] * 3


def test_names_join_where_pages_of_each_state_the_other():
    germany, plain = [page(site, "Germany", x="1") for site in "ab"], page("d", "Deutschland", x="1")
    assert entities(*germany, page("c", "Germany", {"aliases": ["Deutschland"]}, x="1"), plain) == ["a", "a", "a", "b"]
    german = page("d", "Deutschland", {"aliases": ["Germany"]}, x="1")
    assert entities(*germany, page("c", "Germany", {"aliases": ["Deutschland"]}, x="1"), german) == ["a"] * 4
    assert entities(page("c", "Austria", {"aliases": ["Germany"]}, x="1"), *germany) == ["a", "b", "b"]


def test_a_name_that_others_have_too_joins_nothing():
    ohio = [page(site, "Springfield, Ohio", {"type": "City", "aliases": ["Springfield"]}, x="1") for site in "ab"]
    assert entities(*ohio, *(page(site, "Springfield", CITY, x="2") for site in "cd")) == ["a", "a", "b", "b"]


def test_a_site_may_name_a_thing_in_many_languages():
    names = {"en": "Germany", "de": "Deutschland", "fr": "Allemagne", "es": "Alemania"}
    pages = [page("a", name, numbered("wikidata:Q183", language=language), x="1") for language, name in names.items()]
    assert entities(*pages) == ["wikidata:Q183"] * 4


def test_names_of_two_things_with_numbers_of_their_own_never_join():
    pages = [page(site, "Germany", {"ids": ["wikidata:Q183"], "aliases": ["Austria"]}, x="1") for site in "ab"]
    assert (
        entities(*pages, *(page(site, "Austria", numbered("wikidata:Q40"), x="1") for site in "cd"))
        == ["wikidata:Q183"] * 2 + ["wikidata:Q40"] * 2
    )


def test_one_page_of_another_kind_does_not_switch_off_what_three_sites_say():
    pages = [page(site, "Georgia", COUNTRY, x="1") for site in "abc"]
    assert entities(*pages, page("d", "Georgia", STATE, x="1"), page("e", "Georgia", x="1")) == ["a", "a", "a", "b", "a"]


def test_a_page_called_like_what_it_is_about_is_no_second_thing():
    web = [page(site, "Oslo", {"type": "WebPage"}, date_published="2020") for site in "ab"]
    assert entities(*web, page("c", "Oslo", CITY, x="1"), page("d", "Oslo", x="1")) == ["a", "a", "b", "b"]
    told = numbered("wikidata:Q585")
    assert entities(*web, page("c", "Oslo", told, x="1"), page("d", "Oslo", x="1"))[1:] == ["a", "wikidata:Q585", "wikidata:Q585"]
    assert entities(*web, page("c", "Oslo", told, x="1"), page("d", "Oslo", CITY, x="1"))[3] == "wikidata:Q585"


def test_claims_of_a_page_without_type_are_of_the_one_thing_of_that_name_that_it_describes():
    described = page("a", "Georgia", COUNTRY, x="1")
    beside = [row | {"claim_id": "clm_beside"} for row in page("a", "Georgia", y="2")]
    assert entities(described, beside, page("b", "Georgia", STATE, x="1")) == ["a", "a", "b"]
    assert entities(described, page("a", "Georgia", STATE, y="1"), [row | {"claim_id": "z"} for row in beside])[2] is None


def test_a_fact_has_entity_type_and_the_names_of_what_it_is_about():
    told = {"ids": ["wikidata:Q183"], "type": "Country", "aliases": ["BRD", "Nonsense"]}
    pages = (
        page("a", "Deutschland", told | {"language": "de"}, capital="Berlin"),
        page("b", "Germany", told | {"aliases": ["BRD"]}, capital="Berlin"),
    )
    (fact,) = verify_facts(table(*pages), FactRules()).tables["l4_facts"].to_pylist()
    assert (fact["entity"], fact["subject_type"], fact["aliases"]) == ("wikidata:Q183", "Country", ["BRD", "Deutschland"])
    assert (fact["subject"], fact["language"]) == ("Germany", "en")  # the name that an English page has


def texts(*pages: list[dict]) -> set[str]:
    return set(verify_facts(table(*pages), FactRules()).tables["l4_facts"]["text"].to_pylist())


def test_the_sentence_of_a_fact_says_which_of_two_things_of_a_name_is_meant():
    def two(one: Told, other: Told) -> set[str]:
        return texts(*(page(site, "Georgia", one, x="1") for site in "ab"), *(page(site, "Georgia", other, x="2") for site in "cd"))

    assert two(COUNTRY, STATE) == {"Georgia (country), x: 1.", "Georgia (state), x: 2."}
    assert two(numbered("wikidata:Q1"), numbered("wikidata:Q2")) == {"Georgia (wikidata:Q1), x: 1.", "Georgia (wikidata:Q2), x: 2."}
    pages = [*springfields("ab", "114394", contained_in_place="Illinois"), *springfields("cd", "58662", contained_in_place="Ohio")]
    assert texts(*pages) == {"Springfield (Illinois), population: 114394.", "Springfield (Ohio), population: 58662."}
    odd = page("e", "Georgia", STATE, x="2")
    assert texts(*(page(site, "Georgia", COUNTRY, x="1") for site in "ab"), odd) == {"Georgia, x: 1."}


TOLD = st.fixed_dictionaries(
    {
        "ids": st.lists(
            st.sampled_from(["wikidata:Q1", "wikidata:Q2", "geonames:1", "geonames:2", "url:a.com/x"]), max_size=2, unique=True
        ),
        "type": st.sampled_from([None, "Country", "State", "Place", "Person", "WebPage"]),
        "aliases": st.lists(st.sampled_from(["Aa", "Bb"]), max_size=2, unique=True),
    }
)
PAGES = st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from(["Aa", "Bb"]), TOLD, st.sampled_from("12")), max_size=14)


@settings(max_examples=60, deadline=None)
@given(PAGES, st.randoms(use_true_random=False))
def test_the_order_of_claims_decides_nothing_and_no_thing_has_two_numbers_of_one_scheme(drawn, chance):
    rows = [
        row | {"claim_id": f"clm_{number}", "parents": [f"doc_{number}"], "page_id": f"doc_{number}"}
        for number, (site, name, told, value) in enumerate(drawn)
        for row in page(site, name, told, x=value)
    ]
    shuffled = list(rows)
    chance.shuffle(shuffled)
    one, other = (verify_facts(table(order), FactRules()) for order in (rows, shuffled))
    assert one.tables["l4_facts"].sort_by("fact_id") == other.tables["l4_facts"].sort_by("fact_id")
    ledgers = [sorted((row["row_id"], row["rule"] or "", row["related_id"] or "") for row in result.ledgers["l4_facts"][1].to_pylist()) for result in (one, other)]  # fmt: skip
    assert ledgers[0] == ledgers[1] and len(ledgers[0]) == len(rows)
    found = Entities(table(rows).to_pylist(), common_text(()))
    for row in rows:
        entity, own = found.of(row), [one for one in row["subject_ids"] if one.startswith("wikidata:")]
        assert not own or not entity or not entity.id.startswith("wikidata:") or entity.id in own
