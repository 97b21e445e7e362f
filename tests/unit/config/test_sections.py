"""The list of sections: complete, and what keeps a misspelled section from doing nothing."""

import ast
from pathlib import Path

import pytest

import tierline
from tierline.config.bundled import folder
from tierline.config.recipe import Recipe
from tierline.config.sections import SECTIONS, rules_class
from tierline.errors import BadInput


def declared_sections() -> dict[str, str]:
    """SECTION -> "module:class" of every dataclass of the package, read from its source."""
    root = Path(tierline.__file__).parent
    found = {}
    for path in root.rglob("*.py"):
        module = ".".join(("tierline", *path.relative_to(root).with_suffix("").parts))
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for line in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.target.id == "SECTION":
                    found[ast.literal_eval(line.value)] = f"{module}:{node.name}"
    return found


def test_every_dataclass_with_a_section_is_listed():
    assert declared_sections() == SECTIONS


@pytest.mark.parametrize("section", SECTIONS)
def test_a_listed_class_names_the_section_it_fills(section):
    assert section == rules_class(section).SECTION


def test_the_bundled_recipe_shows_no_section_that_is_not_listed():
    Recipe.load(folder("recipes") / "tiers.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("l1: {fliter: {words_min: 3}}", "unknown section l1.fliter; did you mean l1.filter?"),
        ("filter: {words_min: 3}", "unknown section filter; did you mean l1.filter?"),
        ("gate: {}", "unknown section gate; did you mean gates?"),
        ("weather: {}", "unknown section weather; known are gates, l0.read"),
        ("l1: 3", "l1: expected a mapping of sections"),
    ],
)
def test_an_unknown_section_is_refused_with_a_suggestion(tmp_path, text, message):
    path = tmp_path / "r.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadInput, match=r"r\.yaml") as refused:
        Recipe.load(path)
    assert message in str(refused.value)


def test_an_empty_group_is_allowed(tmp_path):
    (tmp_path / "r.yaml").write_text("l1:\ngates:\n", "utf-8")
    found, rules = Recipe.load(tmp_path / "r.yaml"), rules_class("l1.filter")
    assert found.rules(rules) == rules()
