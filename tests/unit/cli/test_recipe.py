"""Every setting with its value and where that comes from."""

import json

import pytest

from tierline.config.effective import effective_settings
from tierline.config.sections import SECTIONS

TEXT = """l1:
  filter:
    words_min: 7
llm:
  budget:
    stages: {l3_refined: {calls: 5}}
l0:
  read:
    page: {max_depth: 9}
"""


@pytest.fixture
def recipe(run, tmp_path, monkeypatch):
    (tmp_path / "own.yaml").write_text(TEXT, "utf-8")
    monkeypatch.setenv("TIERLINE_RECIPE", str(tmp_path / "own.yaml"))
    return lambda *arguments: run("recipe", *arguments)


def test_all_settings_of_all_sections_are_listed_once():
    names = [one.name for one in effective_settings("recipes/tiers.yaml")]
    assert len(set(names)) == len(names) >= 120
    assert all(any(name.startswith(f"{section}.") for name in names) for section in SECTIONS)


def test_a_setting_says_whether_the_file_or_the_code_states_it(recipe, tmp_path):
    rows = {row["name"]: row for row in map(json.loads, recipe("--json")[1].splitlines())}
    assert rows["l1.filter.words_min"] == {
        "name": "l1.filter.words_min",
        "value": 7,
        "source": "recipe",
        "file": str(tmp_path / "own.yaml"),
        "line": 3,
        "declared": "tierline.filters.rules:FilterRules",
    }
    assert (rows["l1.filter.words_max"]["source"], rows["l1.filter.words_max"]["line"]) == ("default", None)
    assert (rows["l0.read.page.max_depth"]["value"], rows["l0.read.page.max_depth"]["line"]) == (9, 9)
    assert rows["llm.budget.stages"]["value"]["l3_refined"]["calls"] == 5 and rows["llm.budget.stages"]["line"] == 6


@pytest.mark.parametrize(("prefix", "begins"), [("l1", "l1."), ("l1.filter", "l1.filter."), ("l1.filter.words_min", "l1.filter.words_min")])
def test_a_prefix_chooses(recipe, prefix, begins):
    names = [line.split()[0] for line in recipe(prefix)[1].splitlines()[1:-1]]
    assert names and all(name.startswith(begins) for name in names)


def test_the_table_reads_like_the_file(recipe):
    lines = {line.split()[0]: line.split()[1:] for line in recipe("l1.filter")[1].splitlines()}
    assert lines["l1.filter.words_min"][:2] == ["7.0", "own.yaml:3"] and lines["l1.filter.words_max"][:2] == ["100000", "default"]
