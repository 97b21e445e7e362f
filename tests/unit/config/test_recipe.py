"""Reading a recipe: every kind of wrong value is one line that says where and what, and every right one has its declared type."""

from dataclasses import dataclass, field
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.config.recipe import Recipe, build, load_recipe, read_yaml
from tierline.config.sections import SECTIONS, rules_class
from tierline.errors import BadInput


@dataclass(frozen=True, slots=True)
class Inner:
    """Nested settings."""

    least: int = 1
    share: float = 0.5


@dataclass(frozen=True, slots=True)
class Rules:
    """A setting of every kind that a recipe may hold."""

    SECTION: ClassVar[str] = "l1.filter"
    count: int = 1
    share: float = 0.5
    name: str = "a"
    on: bool = False
    names: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()
    by_name: dict[str, float] = field(default_factory=dict)
    inner: Inner = field(default_factory=Inner)
    inners: tuple[Inner, ...] = ()
    by_inner: dict[str, Inner] = field(default_factory=dict)
    most: int | None = None

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError("count must be at least 0")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, Rules()),
        ({"share": 1}, Rules(share=1.0)),
        ({"names": ["a", "b"], "words": ["a", "a"]}, Rules(names=("a", "b"), words=frozenset("a"))),
        ({"by_name": {"a": 1, "b": 0.5}}, Rules(by_name={"a": 1.0, "b": 0.5})),
        ({"inner": {"least": 3}}, Rules(inner=Inner(3))),
        ({"inners": [{"least": 3}, {}]}, Rules(inners=(Inner(3), Inner()))),
        ({"by_inner": {"x": {"share": 1}}}, Rules(by_inner={"x": Inner(share=1.0)})),
        ({"most": None}, Rules(most=None)),
        ({"most": 4}, Rules(most=4)),
    ],
)
def test_values_take_the_declared_types(values, expected):
    found = build(Rules, values, "r")
    assert found == expected and type(found.share) is float


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"count": 1.5}, "r.count: expected int, found 1.5"),
        ({"count": "1"}, "r.count: expected int, found '1'"),
        ({"count": True}, "r.count: expected int, found True"),
        ({"count": None}, "r.count: expected int, found None"),
        ({"share": False}, "r.share: expected float, found False"),
        ({"share": "0.5"}, "r.share: expected float, found '0.5'"),
        ({"on": 1}, "r.on: expected bool, found 1"),
        ({"on": "yes"}, "r.on: expected bool, found 'yes'"),
        ({"name": 1}, "r.name: expected str, found 1"),
        ({"names": "abc"}, "r.names: expected tuple, found 'abc'"),
        ({"names": ["a", 1]}, "r.names: expected str, found 1"),
        ({"words": {"a": 1}}, "r.words: expected frozenset, found {'a': 1}"),
        ({"by_name": ["a"]}, "r.by_name: expected dict, found ['a']"),
        ({"by_name": {"a": "x"}}, "r.by_name.a: expected float, found 'x'"),
        ({"inner": 3}, "r.inner: expected a mapping"),
        ({"inner": {"lest": 3}}, "r.inner: unknown setting lest; known are least, share"),
        ({"inner": {"least": "x"}}, "r.inner.least: expected int, found 'x'"),
        ({"inners": [{"least": 1}, {"least": "x"}]}, "r.inners.least: expected int, found 'x'"),
        ({"by_inner": {"big": {"share": []}}}, "r.by_inner.big.share: expected float, found []"),
        ({"most": "x"}, "r.most: expected int, found 'x'"),
        ({"count": -1}, "r: count must be at least 0"),
        ({"cuont": 1, "b": 2}, "r: unknown setting b, cuont; known are by_inner, by_name, count"),
        ({1: 2}, "r: unknown setting 1"),
        ([], "r: expected a mapping"),
        ("text", "r: expected a mapping"),
        (None, "r: expected a mapping"),
    ],
)
def test_a_wrong_value_is_one_line_that_says_where_and_what(values, message):
    with pytest.raises(BadInput) as raised:
        build(Rules, values, "r")
    assert str(raised.value).startswith(message) and "\n" not in str(raised.value)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(st.sampled_from(["count", "share", "name", "on", "names", "words", "by_name", "inner", "inners", "by_inner", "most"]), ANY)
def test_whatever_is_written_there_it_is_taken_or_refused_in_one_line(name, value):
    try:
        build(Rules, {name: value}, "r")
    except BadInput as error:
        assert "\n" not in str(error) and str(error).startswith("r")


def test_a_setting_without_default_must_be_given():
    @dataclass(frozen=True)
    class Needed:
        path: str

    with pytest.raises(BadInput, match=r"r: .*missing 1 required positional argument: 'path'"):
        build(Needed, {}, "r")


@pytest.fixture
def recipe(tmp_path):
    def write(text: str) -> Recipe:
        (tmp_path / "r.yaml").write_text(text, "utf-8")
        return Recipe.load(tmp_path / "r.yaml")

    return write


@pytest.mark.parametrize("text", ["l1: {filter: {count: 3}}", "l1:\n  filter:\n    count: 3\n", 'l1: {filter: {"count": 3}}'])
def test_a_section_fills_its_dataclass(recipe, text):
    assert recipe(text).rules(Rules) == Rules(count=3)


@pytest.mark.parametrize("text", ["l1:", "l1: {}", "l1: {filter: }", "l1: {filter: {}}", "gates: {}"])
def test_an_absent_or_empty_section_is_all_defaults(recipe, text):
    assert recipe(text).rules(Rules) == Rules()


def test_where_names_file_and_section(recipe, tmp_path):
    with pytest.raises(BadInput) as raised:
        recipe("l1: {filter: {count: x}}").rules(Rules)
    assert str(raised.value) == f"{tmp_path / 'r.yaml'}: l1.filter.count: expected int, found 'x'"
    with pytest.raises(BadInput, match=r"r\.yaml: l1\.filter: expected a mapping"):
        recipe("l1: {filter: 3}").rules(Rules)


@pytest.mark.parametrize("text", ["", "- a\n- b", "text", "3"])
def test_a_recipe_that_is_no_mapping_is_refused(recipe, text):
    with pytest.raises(BadInput, match="a recipe is a mapping of sections"):
        recipe(text)


@pytest.mark.parametrize("text", ["l1: {}\nl1: {filter: {count: 3}}", "l1: {filter: {count: 3, count: 4}}"])
def test_a_key_that_stands_twice_is_refused(recipe, text):
    with pytest.raises(BadInput, match="stands twice"):
        recipe(text)


@pytest.mark.parametrize("text", ["[" * 3000, f"a: {'9' * 5000}"], ids=["nesting", "number"])
def test_what_is_too_much_for_a_parser_is_one_line(tmp_path, text):
    (tmp_path / "r.yaml").write_text(text)
    with pytest.raises(BadInput, match="not valid YAML"):
        read_yaml(tmp_path / "r.yaml", "recipe")


@pytest.mark.parametrize("text", ["l0: &a {shards: *a}", "&a {l0: *a}", "a: &a [*a]", "a: &a {b: [{c: *a}]}"])
def test_a_value_that_holds_itself_is_one_line(tmp_path, text):
    (tmp_path / "r.yaml").write_text(text)
    with pytest.raises(BadInput, match="not valid YAML"):
        read_yaml(tmp_path / "r.yaml", "recipe")


def test_a_value_that_stands_in_several_places_is_taken(tmp_path):
    (tmp_path / "r.yaml").write_text("a: &a {b: [1]}\nc: *a\n")
    assert read_yaml(tmp_path / "r.yaml", "recipe") == {"a": {"b": [1]}, "c": {"b": [1]}}


@pytest.mark.parametrize("text", ["a: [", "a: b: c", "\ta: 1", "a: 1\n b: 2"])
def test_a_file_that_is_no_yaml_is_one_line(tmp_path, text):
    (tmp_path / "r.yaml").write_text(text)
    with pytest.raises(BadInput, match=r"r\.yaml: not valid YAML") as raised:
        read_yaml(tmp_path / "r.yaml", "recipe")
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_named_for_what_it_should_be(tmp_path):
    with pytest.raises(BadInput, match="no such mix recipe; give the path of a mix recipe"):
        load_recipe(Rules, tmp_path / "absent.yaml", "mix recipe")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00bad", b"a: \x00", b"l1: {filter: {name: '\xe9'}}"], ids=["utf-16", "null", "latin"])
def test_a_file_that_is_no_text_is_one_line(tmp_path, content):
    (tmp_path / "r.yaml").write_bytes(content)
    with pytest.raises(BadInput, match=r"r\.yaml") as raised:
        Recipe.load(tmp_path / "r.yaml")
    assert "\n" not in str(raised.value)


def test_a_folder_is_one_line(tmp_path):
    with pytest.raises(BadInput) as raised:
        read_yaml(tmp_path, "recipe")
    assert str(tmp_path) in str(raised.value)


def test_a_value_that_yaml_reads_as_another_type_is_shown_as_read(recipe):
    with pytest.raises(BadInput, match="expected str, found False"):
        recipe("l1: {filter: {name: no}}").rules(Rules)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_has_defaults_for_all_that_it_needs_and_refuses_a_misspelled_setting(section):
    kind = rules_class(section)
    assert build(kind, {}, "r") == kind()
    with pytest.raises(BadInput, match="unknown setting nonsense"):
        build(kind, {"nonsense": 1}, "r")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused(value):
    with pytest.raises(BadInput, match="expected a finite number"):
        build(Rules, {"share": value}, "recipe")
