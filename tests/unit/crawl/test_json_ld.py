"""JSON-LD as it was meant: habits that are no JSON are read, damage is not, and whatever is read can be written as JSON."""

import json
import time

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
        ('{"a": ' + "9" * 5000 + "}", [{"a": None}]),
    ],
)
def test_a_script_is_read_as_it_was_meant(script, values):
    found = list(read_json_ld(script))
    assert found == values
    assert json.loads(json.dumps(found, allow_nan=False)) == values


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *[(figure, figure) for figure in ("12,50", "1,234.50", "1.234,50 €", "1 234,50", "€12", "5kg", "5 km/h", "−5", "01/02/2020")],
        *[(figure, figure) for figure in ("2020-01-02T10:30:00Z", "10:30", "1,234,567", "0x6a6", "$ 3.5", "1.2.3")],
        *[(word, None) for word in ("", "undefined", "None", "NaN", "-Infinity", "InStock", "http://a.example/x?y=1", "${price}")],
        *[
            (word, None)
            for word in ("N/A", "#PRICE1#", "<?= 5 ?>", "new Date(2020)", "12,abc", "f({5: 6}, [7])", "5 {6}", "1,{6}", "9" * 5000)
        ],
        *[("False", False), ("TRUE", True), ("'5'", "5"), ("'it\\'s \"5\"'", 'it\'s "5"'), ('"Dad\\\'s"', "Dad's")],
        *[('"C:\\path"', "C:\\path"), ('"\\$5 \\- \\u00e9\\u12"', "$5 - é\\u12"), ("[1,,2]", [1, None, 2]), ("[,'a',]", [None, "a"])],
    ],
)
def test_a_value_that_is_no_json_costs_no_other_and_becomes_no_number(written, value):
    for script in (f'{{"b": "x", "a":{written}, "c": {{"d": 2}}}}', f'{{"c": {{"d": 2}}, "b": "x", "a": {written}}}'):
        assert list(read_json_ld(script)) == [{"b": "x", "a": value, "c": {"d": 2}}]
    assert list(read_json_ld(f'[{{"a":{written}}}, {{"b": 1}}] {{"c": undefined}}')) == [[{"a": value}, {"b": 1}], {"c": None}]


@pytest.mark.parametrize(
    ("script", "values"),
    [
        ('{"a": 1},{"b": 2}', [{"a": 1}, {"b": 2}]),
        ('{"a": 1,,}, ["x" /* y */, 0x1],', [{"a": 1}, ["x", "0x1"]]),
        ("{name: 'Alba', $n: 3, 'of': [{x: 1} {x: 2}]}", [{"name": "Alba", "$n": 3, "of": [{"x": 1}, {"x": 2}]}]),
        ('{"a": 1, "b": undefined}}, {"c": 3}', [{"a": 1, "b": None}]),
        ('{"a": {{price}}, "b": 1}', [{"a": {}, "b": 1}]),
        ('{"a": undefined, "b": 1]', []),
        ('{"a": undefined, "b": "x', []),
        ('{"a": "a 5" disc", "b": 5, "c": "6" pipe"}', []),
        ('{"a": "The "Old" Mill", "b": 5}', []),
        ('{"a": 1, "b"}', []),
        ("{&quot;a&quot;: 1,5, &quot;b&quot;: undefined}", [{"a": "1,5", "b": None}]),
    ],
)
def test_what_belongs_together_is_told_or_it_is_damage(script, values):
    assert list(read_json_ld(script)) == values


@pytest.mark.parametrize("unit", ["/*", "{x}", "[1,", "'\\", '"\\', "{'a':", "//", "' ", '{"a":"b"x}'])
def test_damage_of_any_length_takes_no_quadratic_time(unit):
    began = time.process_time()
    for start in ("", '{"a": undefined, "b": ['):
        list(read_json_ld(start + unit * (200_000 // len(unit))))
    assert time.process_time() - began < 10  # a search from each place to the end would take minutes


def test_what_is_nested_too_deeply_is_null_and_the_rest_is_kept():
    (value,) = read_json_ld('{"a": "x", "b": ' + "[" * 5000 + "]" * 5000 + ', "c": 1}')
    assert (value["a"], value["c"]) == ("x", 1)
    assert value["b"] == json.loads("[" * (MAX_DEPTH - 1) + "null" + "]" * (MAX_DEPTH - 1))


@pytest.mark.parametrize(
    "kind", ["application/ld+json", "Application/LD+JSON", " application/ld+json ; charset=utf-8", "application/ld+json;x"]
)
def test_a_type_is_one_in_any_case_and_with_parameters(kind):
    assert is_json_ld(kind)


@pytest.mark.parametrize("kind", [None, "", "application/json", "application/ld+json2", "text/javascript"])
def test_other_types_are_none(kind):
    assert not is_json_ld(kind)
