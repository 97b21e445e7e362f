"""Through the whole pipeline copies of a page are one source, honest pages are two, and where pages end is told."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from benchmarks.fact_lakes import FILES, build_lake, measure_scorers, plain_recipe, write_crawl
from benchmarks.fact_scenarios import claims_of, truth_of
from benchmarks.fact_sites import SCENARIOS, Site, Sites, countries, honest
from benchmarks.fact_times import OVER_TIME
from benchmarks.fact_whole import ALL_TEMPLATES, PLACES, WHOLE, is_of_scenario, losses, of_scenario, page_ends, pages_of
from tests.unit.benchmarks.test_fact_sites import data  # noqa: F401 - a fixture
from tierline.crawl import ReadRules
from tierline.crawl.read import read_shard
from tierline.lake import WHOLE_LAKE

COPIES = ("mirrored", "syndicated", "translated")


@pytest.fixture(scope="module")
def sites(data):  # noqa: F811
    return Sites(countries(data), 6, 1)


def copies(sites, scenario, country):
    """The pages of a scenario that are copies of one page."""
    return [page for page in SCENARIOS[scenario](sites, country) if page.url.startswith("https://copy")]


@pytest.fixture(scope="module")
def built(sites, tmp_path_factory):
    """A lake of which each country has the copies of one kind, one has two sites that write on their own, of one nothing but a population is
    stated, of two times without dates, and one page says too little."""
    root = tmp_path_factory.mktemp("whole")
    recipe = plain_recipe()
    recipe["l2"]["anchors"] |= {"per_set": 20}
    recipe["l2"]["annotate"] |= {"scales": [], "probe": False}
    *copied, both, peopled = sites.countries[: len(COPIES) + 2]
    pages = [page for kind, country in zip(COPIES, copied, strict=True) for page in copies(sites, kind, country)]
    pages += [sites.own(site, both, both.true) for site in honest(2)]
    pages += OVER_TIME["outdated_bare"](sites, peopled)
    pages.append(Site("short.example").page(both, both.true, "Too short."))
    measured = measure_scorers(root / "scorers", recipe)
    return build_lake(pages, root / "whole", measured, recipe, 1), pages


def test_copies_never_count_as_a_second_source_and_sites_of_their_own_do(built, sites):
    lake, _ = built
    facts = lake.read_promoted("l4_facts", WHOLE_LAKE)[0].to_pylist()
    both = sites.countries[len(COPIES)]
    assert {truth_of(fact, sites.countries) for fact in facts} == {(both.code, key) for key in both.true}
    assert {fact["independent_sources"] for fact in facts} == {2}


def test_pages_that_state_one_property_reach_verification_in_every_form(built, sites):
    lake, _ = built
    claims = [row for manifest in lake.promoted("l4_claims") for row in lake.read_manifest(manifest).to_pylist()]
    peopled = sites.countries[len(COPIES) + 1]
    assert {row["url"] for row in claims if row["subject"] == peopled.name} == {
        page.url for page in OVER_TIME["outdated_bare"](sites, peopled)
    }


def test_copies_that_are_not_merged_reach_the_claims(built):
    lake, pages = built
    claims = [row for manifest in lake.promoted("l4_claims") for row in lake.read_manifest(manifest).to_pylist()]
    reached = {row["url"] for row in claims}
    ends = page_ends(lake)
    assert reached | set(ends) == {page.url for page in pages} and not reached & set(ends)
    of_copies = {page.html for page in pages if page.url in reached and page.url.startswith("https://copy")}
    assert len(of_copies) >= 1 + 3 + 3, "one of three mirrors, and all that are not equal"


def test_where_claims_are_lost_is_told(built):
    lake, pages = built
    claims = [row for manifest in lake.promoted("l4_claims") for row in lake.read_manifest(manifest).to_pylist()]
    alone = claims_of(pages).to_pylist()
    lost = losses(alone, claims, page_ends(lake))
    assert set(lost) == {("l1_copies", "duplicate:exact"), ("l1_rules", "gopher:too_short")} and {place for place, _ in lost} <= {*PLACES}
    assert lost["l1_rules", "gopher:too_short"] == 5 and lost["l1_copies", "duplicate:exact"] == 10


def test_a_crawl_holds_every_page_with_the_time_of_its_capture(sites, tmp_path):
    pages = [replace(page, url=f"{page.url}/{number}") for number, page in enumerate(copies(sites, "mirrored", sites.countries[0]))]
    files = write_crawl(pages, tmp_path / "crawl", 1)
    rows = [row for batch in read_shard(files, ReadRules()).tables["l0_raw"].to_batches() for row in batch.to_pylist()]
    assert len(files) == FILES and {row["url"] for row in rows} == {page.url for page in pages}
    assert {row["status"] for row in rows} == {"ok"} and all(row["fetched_at"] for row in rows)


def test_scenarios_of_one_lake_have_sites_and_countries_of_their_own(data):  # noqa: F811
    known = countries(data)
    parts = [Sites(known, 2, 1, part).countries for part in range(len(known) // 2)]
    assert sorted(country.code for part in parts for country in part) == [country.code for country in known]
    for name in ("mirrored", "recaptured", "one_owner", "true_own_templates", ALL_TEMPLATES):
        pages = [of_scenario(name, page) for page in pages_of(name, Sites(known, 2, 1))]
        hosts = {urlsplit(page.url).hostname for page in pages}
        assert {other for other in WHOLE for host in hosts if is_of_scenario(other, host)} == {name}


def test_copies_are_copies_on_the_sites_of_a_scenario(sites):
    pages = [of_scenario("mirrored", page) for page in copies(sites, "mirrored", sites.countries[0])]
    assert len({page.html for page in pages}) == 1 and len({page.url for page in pages}) == 3
