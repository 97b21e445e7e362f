"""Clauses in the affirmative, with whether they were denied or doubted."""

import pytest

from tierline.checking.statement import clauses_of


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("Oslo is large.", [("Oslo is large", False, False)]),
        ("Oslo isn't large.", [("Oslo is large", True, False)]),
        ("Oslo does not have a port.", [("Oslo has a port", True, False)]),
        ("They don't use coins", [("They use coins", True, False)]),
        ("It is false that Oslo is large.", [("Oslo is large", True, False)]),
        ("It isn't true that Oslo is large.", [("Oslo is large", True, False)]),
        ("It is not false that Oslo is large.", [("Oslo is large", False, False)]),
        ("Oslo is not only large.", [("Oslo is only large", True, True)]),
        ("Oslo may be large.", [("Oslo may be large", False, True)]),
        ("Oslo Port is old, and it is large.", [("Oslo Port is old", False, False), ("Oslo Port is large", False, False)]),
        ("Oslo is old; its port isn't.", [("Oslo is old", False, False), ("Oslo's port is", True, False)]),
        ("  ", []),
    ],
)
def test_clauses(statement, expected):
    assert [(clause.text, clause.negated, clause.doubted) for clause in clauses_of(statement)] == expected
