"""Years that are none: placeholders, other calendars, counts and times of machines make no claim."""

import pytest

from tierline.knowledge.dates import is_false_date
from tierline.knowledge.text import text_statements


@pytest.mark.parametrize(
    "value",
    [
        "0",
        "0000",
        "0000-00-00",
        "9999",
        "9999-12-31",
        "20023",
        "-1",
        "2023-02-30",
        "1990-13",
        "1512112800000",
        "9" * 5000,
        "0001-01-01T00:00:00",
        "1",
        "20",
        "13/13/2020",
        "00/00/0000",
        "32.01.2020",
        "2020/14/33",
        "31.04.1999",
        "1e10",
        "1.5E3",
        "0x6a6",
        "2020-05-01T25:00:00",
        "2020-05-01T10:61:00Z",
        "30 Feb 2020",
        "Jan 32 1990",
        "31st of June, 1871",
        "31. November 1871",
        "32 mai 1871",
    ],
)
def test_a_date_that_is_none_is_told(value):
    assert is_false_date("founding date", value) and is_false_date("year built", value)
    assert not is_false_date("population", value)


@pytest.mark.parametrize(
    "value",
    [
        "1702",
        "1990s",
        "May 1702",
        "2020-02-29",
        "2020-02-29T10:00:00Z",
        "-0044-03-15",
        "-753",
        "unknown",
        "",
        "01/02/20",
        "31.12.1999",
        "2/29/2000",
        "12-31-1999",
        "31/12/1999 10:00",
        "753",
        "2020-05-01T24:00:00",
        "30 June 1871",
        "29 février 2000",
        "May 1 to June 31 1999",
        "between 1650 and 1702",
        "Feb 30",
        "0079-08-24",
        "May 2000 5000 m",
        "12e siècle",
    ],
)
def test_a_date_or_words_are_left(value):
    assert not is_false_date("founding date", value)


@pytest.mark.parametrize("behind", [".", "", ", and it burned.", " by Ann Lee.", " (see below)", " in Alba.", "; it"])
def test_a_year_in_a_sentence_is_one(behind):
    assert [one.object for one in text_statements(f"Old Mill was built in 1702{behind}")] == ["1702"]


@pytest.mark.parametrize(
    "behind", ["3.", "s.", "/03.", "-05 by Ann.", "–1705.", ".5 years", " BC.", " BCE by Ann.", " schools.", " metres of stone."]
)
def test_digits_that_go_on_are_no_year(behind):
    assert not list(text_statements(f"Old Mill was built in 1702{behind}"))
