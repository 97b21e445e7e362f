"""What a page states in attributes is known by the names of its properties, so that labels without values are no lines of prose."""

import json

import pytest

from tierline.filters import FilterRules
from tierline.filters.batch import measure
from tierline.filters.data_cells import MAX_DEPTH, stated_properties
from tierline.filters.rules import first_failed_rule

ITEM = {"@type": "Country", "capital": "Quito", "containedInPlace": {"name": "Andes", "areaServed": []}}


def lines(*items: dict) -> str:
    return "\n".join(map(json.dumps, items))


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        (None, set()),
        (lines({"kind": "jsonld", "data": ITEM}), set()),
        (
            lines({"kind": "table", "rows": []}, {"kind": "rdfa", "data": ITEM}),
            {"type", "capital", "containedinplace", "name", "areaserved"},
        ),
        (
            lines({"kind": "microdata", "data": [ITEM, {"mayor": "Ada"}]}),
            {"type", "capital", "containedinplace", "name", "areaserved", "mayor"},
        ),
    ],
)
def test_properties_of_attributes_are_known_by_their_letters(stored, found):
    assert stated_properties(stored) == found


def test_items_are_read_to_a_depth():
    item: dict = {"last": 1}
    for _ in range(MAX_DEPTH + 2):
        item = {"inner": item}
    assert stated_properties(lines({"kind": "rdfa", "data": item})) == {"inner"}


def test_labels_whose_values_stand_in_attributes_drop_no_page():
    text = (
        "The town has a bridge that the people of the valley built with their own hands in one summer, and they keep it. "
        "Below it lies the mill, to which a path of stones leads from the market and from the church on the hill. "
        "Those who come by train walk along the river and have to be patient when the water is high, for the path is narrow. "
        "In winter the mill stands still. The children of the valley then skate on its pond."
    )
    page = f"{text}\nQuito\nCapital\nArea\nMayor\nCurrency\nContinent"
    stated = [frozenset({"capital", "area", "mayor", "currency", "continent"})]
    alone, known = (first_failed_rule(measure(["d"], [page], stated=own).signals, FilterRules()) for own in (None, stated))
    assert alone["d"]["rule"] == "fineweb:short_lines" and not known.get("d")
