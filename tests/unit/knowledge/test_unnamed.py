"""What names nothing makes no claim: records, paths, staff, sentences, and names that an object of a page has by mistake."""

import pytest

from tierline.knowledge.page_subjects import PageNames
from tierline.knowledge.unnamed import is_called_after, is_name_of_page, is_no_label, is_no_value, is_nobody, names_nothing

UUID = "5b274ebc-2e46-40d6-830e-d912e48ca7fa"
PAGE = PageNames("Storm over Oslo | The Fjord Post", "Storm over Oslo", "The Fjord Post")


@pytest.mark.parametrize(
    ("words", "method", "nothing"),
    [
        ("219645", "jsonld", True), (UUID, "jsonld", True), ("/writers/anne/", "microdata", True), ("Anne Berg", "microdata", False),
        ("/var/lib/dpkg", "table", False), ("0x8D", "table", True), ("(any)", "table", True), (".pl Romanian", "table", False),
        ("Enter what you want to see on the screen and press return", "table", True), ("A short history of nearly everything", "table", False),
        ("A very long headline of an article that goes on and on and on", "jsonld", False), ("---", "text", True),
    ],
)  # fmt: skip
def test_subjects(words, method, nothing):
    assert names_nothing(words, method) is nothing


@pytest.mark.parametrize("label", ["b", "10 years", "jan 30, 2023", "$ td >{argc}", "suite = stable", "what you have to know of it all"])
def test_what_is_no_label_of_a_table(label):
    assert is_no_label(label, "table", "en") and not is_no_label(label, "jsonld", "en")


def test_labels_are_labels():
    assert not any(is_no_label(label, "infobox", "en") for label in ("area", "population 2011", "largest city", "length (metric)"))


@pytest.mark.parametrize(
    "words", ["Redaktion", "Redacción EC", "Our Foreign Staff", "mf", "Author: Anne Berg", "By Anne Berg", "www.a.example", "© Acme"]
)
def test_nobody(words):
    assert is_nobody(words)


@pytest.mark.parametrize("words", ["Anne Berg", "NOW Grenada", "Byron", "N-Land Redaktion", "Fatima"])
def test_somebody(words):
    assert not is_nobody(words)


@pytest.mark.parametrize(
    ("name", "is_its_name"),
    [("Storm over Oslo", True), ("Storm over Oslo | The Fjord Post", True), ("The Fjord Post", False), ("Anne Berg", False), ("", True)],
)
def test_a_page_is_not_called_as_its_site_or_author(name, is_its_name):
    assert is_name_of_page(name, "Storm over Oslo", PAGE) is is_its_name


def test_a_page_without_title_and_heading_may_have_any_name():
    assert is_name_of_page("Anne Berg", "", PageNames(""))


def test_a_part_of_a_title_that_the_heading_knows_nothing_of_is_the_site():
    assert not is_name_of_page("Fjord.example", "", PageNames("Storm over Oslo | Fjord.example", "Storm over Oslo"))


def test_a_site_and_its_publisher_of_one_name():
    assert is_called_after("Mercor Tecresa", "mercortecresa®") and is_called_after("TACH! - News", "TACH!")
    assert not is_called_after("Unzensuriert", "Atec Systems") and not is_called_after("", "A")


def test_sentences_are_no_values_of_known_properties():
    said = "This form changes the owner of the table to the role."
    assert is_no_value("owner", said, "definition") and not is_no_value("owner", said, "jsonld")
    assert is_no_value("job title", "Author", "jsonld") and not is_no_value("job title", "Editor in Chief", "jsonld")
