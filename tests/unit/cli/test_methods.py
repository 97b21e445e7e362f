"""`tierline methods`: what was measured of each method of extraction, and what it means under the recipe."""

import json

from tierline.cli.main import main


def test_methods_are_listed_with_counts_and_what_decides(capsys):
    assert main(["methods", "table", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows and {row["method"] for row in rows} == {"table"}
    other = next(row for row in rows if row["predicate"] == "(other)" and row["pages"] == "real")
    assert not other["on"] and other["precision"] < 0.95 and other["decided_by"] == "pool" and other["lower"] < other["upper"]


def test_people_see_a_table_and_the_bounds_of_the_recipe(capsys):
    assert main(["methods"]) == 0
    out = capsys.readouterr().out
    assert "definition" in out and "(known)" in out and "95% of at least 20 claims" in out


def test_an_unknown_method_is_one_line(capsys):
    assert main(["methods", "tables"]) == 2
    assert capsys.readouterr().err.startswith("tierline: tierline methods: unknown method tables")
