"""Times beside values: what is one is read to its precision, what only looks like one is left where it stands."""

from datetime import date

import pytest

from tierline.knowledge.dates import days_of
from tierline.knowledge.times import is_after, of_label, of_value, read_time, span_of


@pytest.mark.parametrize(
    ("words", "language", "time"),
    [
        ("2022 est.", "en", "2022"),
        ("2011 census", "en", "2011"),
        ("as of 1 January 2022", "en", "2022-01-01"),
        ("July 2021", "en", "2021-07"),
        ("2011-03-31", "en", "2011-03-31"),
        ("2021-10-14T00:00:00Z", "en", "2021-10-14"),
        ("Stand 31. Dezember 2021", "de", "2021-12-31"),
        ("recensement 2019", "fr", "2019"),
        ("since 14 October 2021", "en", "2021-10-14/.."),
        ("2005–2012", "en", "2005/2012"),
        ("from 2005 to 2012", "en", "2005/2012"),
        ("2005-present", "en", "2005/.."),
        ("2010-01-01 to 2012-05-05", "en", "2010-01-01/2012-05-05"),
        ("2010/2014", "en", "2010/2014"),
    ],
)
def test_a_time_is_read_as_precise_as_it_is_stated(words, language, time):
    assert read_time(words, language) == time


@pytest.mark.parametrize(
    "words", ["118th", "1234", "born 1960", "2012-2005", "03/04/2011", "12th century", "2011/12", "est.", "", "2030 2011", "9999"]
)
def test_what_is_no_time_is_none(words):
    assert read_time(words, "en") is None


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("Population (2011 census)", ("Population", "2011")),
        ("2011 census population", ("population", "2011")),
        ("Population, as of July 2022", ("Population", "2022-07")),
        ("• Population (2016)", ("Population", "2016")),
        ("GDP per capita 2019", ("GDP per capita", "2019")),
        ("Area (2011)", None),  # is not declared to change
        ("Population (km² 2011)", None),
        ("Population", None),
    ],
)
def test_a_label_is_parted_from_its_time_where_its_value_changes(label, found):
    assert of_label(label, "en") == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("5,379,475 (2022 est.)", ("5,379,475", "2022")),
        ("5,379,475 (as of 2022) (118th)", ("5,379,475 (118th)", "2022")),
        ("5 million as of March 2011", ("5 million", "2011-03")),
        ("Jonas Gahr Støre (since 14 October 2021)", ("Jonas Gahr Støre", "2021-10-14/..")),
        ("5,379,475 (118th)", None),
        ("Ann Lee (born 1960)", None),
        ("12,345 (1234)", None),
        ("(2011)", None),
        ("2011", None),
    ],
)
def test_a_value_is_parted_from_its_time(value, found):
    assert of_value(value, "en") == found


def test_of_an_interval_the_days_between_its_dates_are_sure():
    assert span_of("2012") == days_of("2012")
    assert span_of("2005/2012") == (days_of("2005")[1], days_of("2012")[0])
    assert span_of("2005/..") == (days_of("2005")[1],) * 2 and span_of("../2012") == (days_of("2012")[0],) * 2
    assert is_after("2050", date(2024, 1, 1)) and not is_after("2005/..", date(2024, 1, 1))
