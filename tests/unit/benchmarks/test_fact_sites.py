"""Generated sites err as their scenario says, copies are copies, pages of their own are not, and what is promoted is counted right."""

import csv
import json

import pytest

from benchmarks.fact_scenarios import claims_of, documents, honest_overlaps, promoted, scenario_metrics, truth_of
from benchmarks.fact_sites import SCENARIOS, STYLES, Sites, countries, written
from benchmarks.fact_templates import LABELS

NAMES = "Arvania Belmark Corvia Dorland Estria Falmark Gorvia Helmland".split()
REGIONS = ("Europe", "Asia", "Africa", "Oceania")
UNREAD = {"rdfa", "infobox_bold", "infobox_site_title", "bullets", "sentences"}  # templates that yield nothing yet


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    (folder / "kb/countries/dist").mkdir(parents=True)
    (folder / "kb/population/data").mkdir(parents=True)
    rows = [
        {
            "cca2": name[:2].upper(),
            "cca3": name[:3].upper(),
            "name": {"common": name},
            "translations": {language: {"common": f"{name}{language}"} for language in ("deu", "fra", "spa")},
            "capital": [f"{name[:3]}ton"],
            "currencies": {"X": {"name": f"{name[:3]} crown"}},
            "region": REGIONS[number % 4],
            "area": 12_345 + 7_919 * number,
        }
        for number, name in enumerate(NAMES)
    ]
    (folder / "kb/countries/dist/countries.json").write_text(json.dumps(rows))
    with (folder / "kb/population/data/population.csv").open("w", newline="") as file:
        people = [
            (name, name[:3].upper(), year, 1_234_567 * (n + 1) + 45_678 * int(year))
            for n, name in enumerate(NAMES)
            for year in ("1994", "2024")
        ]
        csv.writer(file).writerows([("Country Name", "Country Code", "Year", "Value"), *people])
    return folder


@pytest.fixture(scope="module")
def sites(data):
    return Sites(countries(data), len(NAMES), 1)


def test_what_is_promoted_is_right_in_every_scenario_but_that_of_old_values(data):
    metrics = scenario_metrics(data, len(NAMES), 1)
    wrong = {name.removeprefix("precision_") for name, value in metrics.items() if name.startswith("precision_") and value < 1}
    assert wrong == {"outdated", "promoted"} and metrics["precision_promoted"] > 0.98
    missed = {name.removeprefix("recall_") for name, value in metrics.items() if name.startswith("recall_") and value < 1}
    assert missed == {"outdated", "two_same_error_alike"}  # a tie of two feeds
    assert {name for name in SCENARIOS if not metrics[f"promoted_{name}"]} == {"mirrored_nobody_right", "two_same_error_alike"}
    yields = {name.removeprefix("template_yield_"): value for name, value in metrics.items() if name.startswith("template_yield_")}
    assert {name for name, value in yields.items() if not value} == UNREAD and yields["jsonld"] == yields["microdata"] == yields[
        "table"
    ] == 1


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_same_seed_makes_the_same_pages_and_another_one_others(scenario, sites, data):
    assert list(sites.pages(scenario)) == list(Sites(countries(data), len(NAMES), 1).pages(scenario))
    assert list(sites.pages(scenario)) != list(Sites(countries(data), len(NAMES), 2).pages(scenario))


def test_honest_pages_have_hardly_a_sentence_in_common_and_copies_have_all(sites):
    assert max(honest_overlaps(sites)) < 0.25
    country = sites.countries[0]
    texts = [page.html for page in SCENARIOS["mirrored"](sites, country)]
    assert len(set(texts[2:])) == 1 and len(set(texts)) == 3
    texts = documents(SCENARIOS["copied_paragraph"](sites, country))["text"].to_pylist()
    shared = set(texts[2].split("\n")) & set(texts[3].split("\n")) & set(texts[4].split("\n"))
    assert 45 <= max(len(part.split()) for part in shared) <= 60


def test_no_error_is_true_and_two_kinds_of_error_differ(sites):
    for country in sites.countries:
        errors = [sites.wrong(country, kind) for kind in range(2)]
        for key in LABELS:
            stated = [{"subject": country.name, "predicate": key, "object": str(error[key]), "language": "en"} for error in errors]
            assert not any(truth_of(one, sites.countries) for one in stated) and errors[0][key] != errors[1][key]


@pytest.mark.parametrize("style", range(STYLES))
def test_a_true_value_is_true_in_every_style(style, sites):
    for country in sites.countries:
        for key, value in country.true.items():
            stated = {"subject": country.name, "predicate": key, "object": written(key, value, style).text, "language": "en"}
            assert truth_of(stated, sites.countries) == (country.code, key)


def test_a_page_that_lists_two_values_states_both(sites):
    (country, *_) = sites.countries
    page = list(SCENARIOS["two_same_error_and_list"](sites, country))[-1]
    stated = {(row["predicate"], row["object"]) for row in claims_of([page]).to_pylist()}
    assert {("capital", country.true["capital"]), ("capital", sites.wrong(country)["capital"])} <= stated
    assert promoted([page]) == []
