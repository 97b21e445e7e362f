"""Units: one name for every way of writing one."""

import pytest

from tierline.text.units import unit_named


@pytest.mark.parametrize(
    "words",
    [
        ("mg", "milligram", "milligrams"),
        ("km", "kilometers", "kilometres"),
        ("%", "percent", "per cent"),
        ("$", "dollars", "USD"),
        ("°C", "degrees Celsius"),
    ],
)
def test_one_unit_has_one_name(words):
    assert len({unit_named(word) for word in words}) == 1 and unit_named(words[0])


def test_other_units_have_other_names():
    names = [unit_named(word) for word in ("mg", "g", "kg", "km", "mile", "%", "‰", "$", "€", "£", "°C", "°F", "MB", "GB", "Mb")]
    assert len(set(names)) == len(names) and None not in names


def test_a_word_that_is_no_unit_has_none():
    assert unit_named("bridge") is None
