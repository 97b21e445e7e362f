"""The date of a page: what it says of itself comes before its address, that before its capture, and no date is later than that."""

import json
from datetime import UTC, datetime

import pytest

from tierline.knowledge.page_times import page_time

FETCHED = datetime(2024, 5, 20, 10, tzinfo=UTC)


def lines(*nodes, **meta):
    found = [{"kind": "jsonld", "data": node} for node in nodes] + ([{"kind": "meta", "data": meta}] if meta else [])
    return "\n".join(map(json.dumps, found))


@pytest.mark.parametrize(
    ("structured", "url", "expected"),
    [
        (lines({"@type": "WebPage", "dateModified": "2019-03-01T10:00:00Z"}), "", ("2019-03-01", "modified")),
        (lines({"@type": "NewsArticle", "datePublished": "2015-02-03", "dateModified": "2016-01"}), "", ("2016-01", "modified")),
        (lines(published="2015-02-03T09:30:00+00:00"), "https://a.example/2011/03/x", ("2015-02-03", "published")),
        (lines({"@type": "Book", "datePublished": "1999-01-01"}), "https://a.example/x", ("2024-05-20", "fetched")),
        ("", "https://a.example/2011/03/31/x", ("2011-03-31", "url")),
        ("", "https://a.example/2011/13/x", ("2024-05-20", "fetched")),
        (lines(modified="2024-05-20"), "", ("2024-05-20", "fetched")),  # made when it was asked for
        (lines(modified="2024-05-20", published="2010-01-01"), "", ("2010-01-01", "published")),
        (lines(published="2031-01-01"), "", ("2024-05-20", "fetched")),
        (lines(published="03/04/2011"), "", ("2024-05-20", "fetched")),
        (lines(published="1970-01-01"), "", ("2024-05-20", "fetched")),
        ('{"kind": "meta", "data": 3\n{"dateModified"', "", ("2024-05-20", "fetched")),
        ('{"kind": "meta", "data": 3}', "", ("2024-05-20", "fetched")),
    ],
)
def test_the_date_of_a_page(structured, url, expected):
    assert page_time(structured, url, FETCHED) == expected


def test_a_page_that_nothing_dates_has_none():
    assert page_time("", None, None) == (None, None)
    assert page_time(lines(modified="2024-05-20"), None, None) == ("2024-05-20", "modified")
