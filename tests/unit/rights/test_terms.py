"""Terms of a recipe name statements; what is forbidden or not permitted is refused, the stricter of two that conflict."""

import pytest

from tierline.config.recipe import build
from tierline.errors import BadInput
from tierline.rights.licenses import license_id
from tierline.rights.rules import RightsRules, RightsTerms
from tierline.rights.statement import Statement


def license(value):
    return Statement("license", value)


@pytest.mark.parametrize(
    ("term", "statement", "meets"),
    [
        ("noai", Statement("noai"), True),
        ("noai", Statement("noimageai"), False),
        ("robots_txt", Statement("robots_txt", "disallow"), True),
        ("robots_txt", Statement("robots_txt", "allow"), False),
        ("robots_txt", Statement("robots_txt", "unreachable"), False),
        ("robots_txt:unreachable", Statement("robots_txt", "unreachable"), True),
        ("tdm_reservation", Statement("tdm_reservation", "0"), False),
        ("license", license("https://a.example/terms"), True),
        ("license:cc-by", license("cc-by-4.0"), True),
        ("license:cc-by", license("cc-by"), True),
        ("license:cc-by", license("cc-by-nc-4.0"), False),
        ("license:cc-by-4.0", license("cc-by-3.0"), False),
        ("license:cc0", license("cc0-1.0"), True),
    ],
)
def test_a_term_names_statements(term, statement, meets):
    assert statement.meets(term) is meets


@pytest.mark.parametrize(
    ("require", "statements", "refused"),
    [
        (("license:cc-by",), [license("cc-by-4.0")], False),
        (("license:cc-by",), [], True),
        (("license:cc-by",), [license("cc-by-4.0"), license("cc-by-nc-4.0")], True),
        (("license:cc-by", "license:cc0"), [license("cc-by-4.0"), license("cc0-1.0")], False),
        (("license",), [license("words of the site")], False),
        (("robots_txt:allow",), [Statement("robots_txt", "allow")], False),
    ],
)
def test_what_is_required_has_to_be_stated_and_nothing_else_of_its_kind(require, statements, refused):
    assert (RightsTerms((), require).refusal(statements) is not None) is refused


def test_a_refusal_names_the_rule_and_the_statement():
    said = Statement("tdm_reservation", "1", stated_in="header tdm-reservation")
    refusal = RightsTerms().refusal([Statement("license", "cc-by-4.0"), said])
    assert refusal is not None and refusal.rule == "reserved:tdm_reservation" and refusal.statement == said
    assert not RightsTerms((), ()) and RightsTerms((), ()).refusal([said]) is None


@pytest.mark.parametrize(
    "values",
    [
        {"forbid": ["noAI"]},
        {"forbid": ["all"]},
        {"require": ["license:"]},
        {"require": ["license:CC-BY"]},
        {"agents": ["GPTBot"]},
        {"agents": ["*"]},
    ],
)
def test_a_term_that_names_nothing_is_refused(values):
    with pytest.raises(BadInput):
        build(RightsRules, values, "recipe")


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("https://creativecommons.org/licenses/by-nc-sa/3.0/de/deed.en", "cc-by-nc-sa-3.0"),
        ("http://creativecommons.org/publicdomain/mark/1.0/", "pdm-1.0"),
        ("https://opendatacommons.org/licenses/by/1-0/", "odc-by-1.0"),
        ("https://www.gnu.org/licenses/old-licenses/fdl-1.2.html", "gfdl-1.2"),
        ("Creative Commons Attribution-NonCommercial-NoDerivatives 4.0 International", "cc-by-nc-nd-4.0"),
        ("CC BY-SA", "cc-by-sa"),
        ("//wiki.example/Text_of_Creative_Commons_Attribution-ShareAlike_3.0_Unported_License", "cc-by-sa-3.0"),
        ("http://creativecommons.org/licenses/publicdomain/", "cc-pddc"),
        ("CC0", "cc0"),
        ("Apache-2.0", "apache-2.0"),
        ("© 2024 The keepers. All rights reserved.", None),
        ("https://a.example/license", None),
    ],
)
def test_licenses_are_known_by_address_and_name(declared, expected):
    assert license_id(declared) == expected
