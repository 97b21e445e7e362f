"""Personal data in structured data: replaced value by value, so that each line stays JSON and keeps what it states."""

import json

import pytest

from tierline.filters.structured_pii import redact_lines

MAIL, CARD = "ann@site.example", 4111111111111111


def redacted(*items) -> tuple[list, int]:
    lines, count = redact_lines("\n".join(json.dumps(item, ensure_ascii=False) for item in items))
    return [json.loads(line) for line in lines.splitlines()], count


@pytest.mark.parametrize(
    ("data", "expected", "count"),
    [
        ({"sku": CARD, "name": "Lamp"}, {"sku": "<CARD>", "name": "Lamp"}, 1),
        ({"mail": f"write {MAIL} or {MAIL}"}, {"mail": "write <EMAIL> or <EMAIL>"}, 2),
        ({MAIL: 1}, {"<EMAIL>": 1}, 1),
        ({"telephone": 5551234567}, {"telephone": "<PHONE>"}, 1),
        ({"a": {"b": [1, {"c": [MAIL, 2.5, True, None]}]}}, {"a": {"b": [1, {"c": ["<EMAIL>", 2.5, True, None]}]}}, 1),
        ([MAIL], ["<EMAIL>"], 1),
        ({"name": 'The "Lamp"\n', "n": 1702}, {"name": 'The "Lamp"\n', "n": 1702}, 0),
    ],
)
def test_a_value_with_personal_data_is_replaced(data, expected, count):
    assert redacted({"kind": "jsonld", "data": data}) == ([{"kind": "jsonld", "data": expected}], count)


def test_a_cell_is_what_its_header_or_its_row_says():
    table = {"kind": "table", "caption": "", "header": ["Name", "Phone"], "rows": [["Ann", "555 12 34"]]}
    assert redacted(table)[0][0]["rows"] == [["Ann", "<PHONE>"]]
    assert redacted(table | {"header": [], "rows": [["Phone", "555 12 34"], ["Lots", "555 12 34"]]})[0][0]["rows"] == [
        ["Phone", "<PHONE>"],
        ["Lots", "555 12 34"],
    ]


def test_lines_without_personal_data_stay_to_the_letter_and_unreadable_ones_are_left_out():
    clean = '{"kind":  "jsonld", "data": {"n": 1.50}}'
    assert redact_lines(f"{clean}\nbroken {MAIL}") == (clean, 0)


def test_a_page_is_searched_once_whatever_its_lines(monkeypatch):
    searched = []
    monkeypatch.setattr("tierline.filters.structured_pii.find", lambda text, language: searched.append(text) or [])
    lines = '{"kind": "jsonld", "data": {"n": 1}}\n{"kind": "microdata", "data": ["a", 2.5, null, true]}'
    assert redact_lines(lines, "en") == (lines, 0)
    assert searched == ["kind\nkind: jsonld\ndata\nn\nn: 1\nkind\nkind: microdata\ndata\ndata: a\ndata: 2.5\n"]
