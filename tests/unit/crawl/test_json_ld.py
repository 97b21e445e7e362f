"""JSON-LD as it was meant: habits that are no JSON are read, damage is not, and whatever is read can be written as JSON."""

import json

import pytest

from tierline.crawl.json_ld import is_json_ld, read_json_ld
from tierline.text.bounded_json import MAX_DEPTH


@pytest.mark.parametrize(
    ("script", "values"),
    [
        ('{"a": 1, "b": "x"}', [{"a": 1, "b": "x"}]),
        ('\ufeff {"a": 1}', [{"a": 1}]),
        ('{"a": NaN, "b": -Infinity, "c": 1e999}', [{"a": None, "b": None, "c": None}]),
        ('{"a": +1, "b": 01234, "c": .5, "d": 2., "e": -.5, "f": +01}', [{"a": 1, "b": "01234", "c": 0.5, "d": 2, "e": -0.5, "f": "+01"}]),
        ('{"a": [1, 2,], "b": 3,}', [{"a": [1, 2], "b": 3}]),
        ('{"a": 1, /* b, */ "c": "http://x/*y*/", // d\n "e": 2}', [{"a": 1, "c": "http://x/*y*/", "e": 2}]),
        ('{"a": 1, // last\n}', [{"a": 1}]),
        ('//<![CDATA[\n{"a": 1}\n//]]>', [{"a": 1}]),
        ('/*<![CDATA[*/{"a": 1}/*]]>*/', [{"a": 1}]),
        ('<!-- {"a": 1} -->', [{"a": 1}]),
        ('{"a": 1};', [{"a": 1}]),
        ('{"a": 1}\n{"b": 2}', [{"a": 1}, {"b": 2}]),
        ('{"a": "Smith &amp; Co &#39;s"}', [{"a": "Smith & Co 's"}]),
        ('{"a": "AT&T &unknown"}', [{"a": "AT&T &unknown"}]),
        ("{&quot;a&quot;: 1}", [{"a": 1}]),
        ('{"a": "tab\there"}', [{"a": "tab\there"}]),
        ('{"a": ', []),
        ("", []),
        ("[" * 100_000, []),
        ("[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH, [json.loads("[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH)]),
        ("[" * (MAX_DEPTH + 1) + "1" + "]" * (MAX_DEPTH + 1), [json.loads("[" * MAX_DEPTH + "null" + "]" * MAX_DEPTH)]),
        (
            '{"name": "Lock", "a": ' + "[" * 200 + "]" * 200 + "}",
            [{"name": "Lock", "a": json.loads("[" * (MAX_DEPTH - 1) + "null" + "]" * (MAX_DEPTH - 1))}],
        ),
        (
            '{"a": "<b>Os</b>lo", "b": "first<br/>second", "c": "&lt;p class=x&gt;A &lt;i&gt;city&lt;/i&gt;&lt;/p&gt; "}',
            [{"a": "Oslo", "b": "first second", "c": "A city"}],
        ),
        ('{"a": "List<String> of 3 < 4 > 2", "b": "<unknown>"}', [{"a": "List<String> of 3 < 4 > 2", "b": "<unknown>"}]),
        ('{"year": 1702.0, "n": 1.5}', [{"year": 1702, "n": 1.5}]),
        ('{"a": ' + "9" * 5000 + "}", []),
    ],
)
def test_a_script_is_read_as_it_was_meant(script, values):
    found = list(read_json_ld(script))
    assert found == values
    assert json.loads(json.dumps(found, allow_nan=False)) == values


@pytest.mark.parametrize(
    "kind", ["application/ld+json", "Application/LD+JSON", " application/ld+json ; charset=utf-8", "application/ld+json;x"]
)
def test_a_type_is_one_in_any_case_and_with_parameters(kind):
    assert is_json_ld(kind)


@pytest.mark.parametrize("kind", [None, "", "application/json", "application/ld+json2", "text/javascript"])
def test_other_types_are_none(kind):
    assert not is_json_ld(kind)
