"""The time of a record is the one that was meant, in whatever form it is written; what could be two times is none."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.crawl.times import time_of

MEANT = datetime(2019, 4, 25, 12, 57, 54, tzinfo=UTC)
DAY = datetime(2019, 4, 25, tzinfo=UTC)
SECONDS = 1_556_197_074


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((value, MEANT) for value in (
            SECONDS, SECONDS * 1000, SECONDS * 10**6, SECONDS * 10**9, float(SECONDS), f"{SECONDS}", f" {SECONDS}000 ", f"{SECONDS}.0",
            SECONDS * 1000.0, b"1556197074", "20190425125754", 20190425125754, b"20190425125754", "20190425125754000",
            "2019-04-25T12:57:54Z", "2019-04-25 12:57:54", "2019-04-25T12:57:54+00:00", "2019-04-25 12:57:54 UTC", "2019-04-25T12:57:54 GMT",
            "2019-04-25T14:57:54+02:00", "2019-04-25 14:57:54 +0200", "2019-04-25T12:57:54.000000000Z", "20190425T125754Z",
            "2019/04/25 12:57:54", "Thu, 25 Apr 2019 12:57:54 GMT", "Thursday, 25-Apr-19 12:57:54 GMT", "Thu Apr 25 12:57:54 2019",
            "25 Apr 2019 14:57:54 +0200", "Thu, 25 Apr 2019 07:57:54 EST", MEANT, MEANT.replace(tzinfo=None),
            MEANT.astimezone(timezone(timedelta(hours=9))), {"$date": "2019-04-25T12:57:54Z"}, {"$date": {"$numberLong": "1556197074000"}},
        )),
        *((value, DAY) for value in ("2019-04-25", "20190425", 20190425, "2019/04/25", date(2019, 4, 25), b"2019-04-25")),
        ("201904251257", MEANT.replace(second=0)),
        (f"{SECONDS}.5", MEANT.replace(microsecond=500_000)),
        (SECONDS * 1000 + 250, MEANT.replace(microsecond=250_000)),
        (1_512_112_800_000, datetime(2017, 12, 1, 7, 20, tzinfo=UTC)),
    ],
    ids=repr,
)  # fmt: skip
def test_a_time_is_read_in_every_unit_and_form(value, expected):
    assert time_of(value) == expected and time_of(value).tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, "", " ", "yesterday", "now", 0, 1, -1, "-1556197074", 7, 2019, "2019", "2019-04", 99_999_999_999, 10**14, 10**18 * 9,
        10**30, "9" * 40, float("nan"), float("inf"), -1e300, 1e300, "20191399", "20190431125754", "2019-13-01", "2019-02-30",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "Thu, 25 Apr 2019 12:57:54 CEST", "25 Foo 2019 12:57:54 GMT", "1 2 3",
        "Apr 25, 2019", b"\xff", [], [2019, 4, 25], {}, {"$date": None}, Ellipsis, timedelta(1), "2019-04-25 12:57:54 Europe/Berlin",
        "2010010100",  # the first hour of 2010, or a second in 2033
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_time_or_could_be_two_is_none(value):
    assert time_of(value) is None


@settings(max_examples=100, deadline=None)
@given(st.datetimes(datetime(1990, 8, 8), datetime(2030, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC)))
def test_every_moment_comes_back_from_every_form(moment):
    whole = moment.replace(microsecond=0)
    seconds = int(whole.timestamp())
    assert {time_of(seconds * unit) for unit in (1, 10**3, 10**6, 10**9)} == {whole} == {time_of(f"{whole:%Y%m%d%H%M%S}")}
    assert time_of(moment.isoformat()) == moment == time_of(round(moment.timestamp() * 10**6))
    assert time_of(f"{whole:%a, %d %b %Y %H:%M:%S} GMT") == whole


@settings(max_examples=100, deadline=None)
@given(st.integers() | st.floats() | st.text(max_size=30) | st.binary(max_size=30))
def test_whatever_stands_there_raises_nothing(value):
    assert time_of(value) is None or time_of(value).tzinfo is UTC


@pytest.mark.parametrize(
    "value", ["9999-12-31", "9999-12-31T23:59:59Z", "0001-01-01", "0001-01-01T00:00:00", 636477096000000000, "637134336000000000"]
)
def test_what_stands_for_no_time_and_ticks_of_another_epoch_are_none(value):
    assert time_of(value) is None
