"""The effective recipe: each setting with its value, and the line that states it where one does."""

import dataclasses

import pytest

from tierline.config.bundled import folder
from tierline.config.effective import effective_settings
from tierline.config.sections import SECTIONS, rules_class
from tierline.errors import BadInput


@pytest.fixture
def settings(tmp_path):
    def read(text: str, prefix: str = ""):
        (tmp_path / "r.yaml").write_text(text)
        return {one.name: one for one in effective_settings(tmp_path / "r.yaml", prefix)}

    return read


TEXT = "l1:\n  filter:\n    words_min: 7\n    languages: [en,\n      de]\nl0: {read: {page: {max_tags: 9}}}\n"


def test_a_stated_value_has_its_line_and_a_default_has_none(settings):
    found = settings(TEXT)
    assert (found["l1.filter.words_min"].value, found["l1.filter.words_min"].line) == (7.0, 3)
    assert (found["l1.filter.languages"].value, found["l1.filter.languages"].line) == (("en", "de"), 4)
    assert (found["l0.read.page.max_tags"].value, found["l0.read.page.max_tags"].line) == (9, 6)
    assert found["l1.filter.words_max"].line is None and found["l1.filter.words_max"].value == 100_000


def test_all_settings_of_all_sections_are_listed_once_in_order(settings):
    names = list(settings("l1: {}\n"))
    assert len(names) == len(set(names)) and [name for name in SECTIONS if any(one.startswith(f"{name}.") for one in names)] == list(
        SECTIONS
    )
    for section in SECTIONS:
        for field in dataclasses.fields(rules_class(section)):
            assert any(name == f"{section}.{field.name}" or name.startswith(f"{section}.{field.name}.") for name in names)


@pytest.mark.parametrize(
    ("prefix", "count"),
    [("l1.filter.words_min", 1), ("l0.read.page", 5), ("l2.select", 5), ("l1.filter.words", 0), ("l1.filt", 0), ("weather", 0)],
)
def test_a_prefix_is_made_of_whole_parts(settings, prefix, count):
    if count:
        assert len(settings("l1: {}\n", prefix)) == count
    else:
        with pytest.raises(BadInput, match="no such section or setting"):
            settings("l1: {}\n", prefix)


def test_each_names_the_dataclass_that_declares_it(settings):
    found = settings("l1: {}\n", "l0.read")
    assert found["l0.read.max_body_bytes"].declared == "tierline.crawl.rules:ReadRules"
    assert found["l0.read.page.max_tags"].declared == "tierline.crawl.rules:PageRules"


def test_the_bundled_recipe_states_nothing_that_is_not_listed():
    path = folder("recipes") / "tiers.yaml"
    stated = [one for one in effective_settings(path) if one.line is not None]
    lines = path.read_text("utf-8").splitlines()
    assert len(stated) > 40
    for one in stated:
        assert one.name.rsplit(".", 1)[-1] in lines[one.line - 1]
