"""Years that are none: placeholders, other calendars, counts and times of machines make no claim."""

import pytest

from tierline.knowledge.text import text_statements
from tierline.knowledge.years import is_false_date


@pytest.mark.parametrize(
    "value",
    ["0", "0000", "0000-00-00", "9999", "9999-12-31", "20023", "-1", "2023-02-30", "1990-13", "1512112800000", "9" * 5000],
)
def test_a_date_that_is_none_is_told(value):
    assert is_false_date("founding date", value) and is_false_date("year built", value)
    assert not is_false_date("population", value)


@pytest.mark.parametrize("value", ["1702", "1990s", "May 1702", "2020-02-29", "2020-02-29T10:00:00Z", "-0044-03-15", "-753", "unknown", ""])
def test_a_date_or_words_are_left(value):
    assert not is_false_date("founding date", value)


@pytest.mark.parametrize("behind", [".", "", ", and", " by Ann Lee.", " (see below)", " in Alba.", "; it"])
def test_a_year_in_a_sentence_is_one(behind):
    assert [one.object for one in text_statements(f"Old Mill was built in 1702{behind}")] == ["1702"]


@pytest.mark.parametrize(
    "behind", ["3.", "s.", "/03.", "-05 by Ann.", "–1705.", ".5 years", " BC.", " BCE by Ann.", " schools.", " metres of stone."]
)
def test_digits_that_go_on_are_no_year(behind):
    assert not list(text_statements(f"Old Mill was built in 1702{behind}"))
