"""`tierline check`: verdicts with their evidence for people and programs, from promoted rows alone, and one line for bad input."""

import json

import pytest

from tests.unit.checking.conftest import fact_rows, manual_rows, passage_rows, source_rows
from tierline.lake import WHOLE_LAKE

CAPITAL, WRONG = "Oslo is the capital of Norway.", "Bergen is the capital of Norway."


@pytest.fixture
def known(lake, commit):
    """A lake with facts, a passage and a manual."""
    commit(lake, "l4_facts", fact_rows(), WHOLE_LAKE, l4_sources=source_rows())
    commit(lake, "l3_refined", passage_rows())
    commit(lake, "l4_manuals", manual_rows(), promote=False)
    return lake


def test_verdicts_are_shown_with_their_words_and_status_0(known, run):
    status, out, err = run("check", CAPITAL, WRONG)
    assert (status, err) == (0, "")
    assert out.startswith(f"supported (0.97): {CAPITAL}\n") and f"\nrefuted (0.94): {WRONG}\n" in out
    assert "  fact_0: Norway, capital: Oslo.\n  | capital: Oslo\n  l2_selected doc_0_1 text[7:20]\n  https://a.example/\n" in out
    assert max(map(len, out.splitlines())) <= 80


def test_lines_of_a_file_as_json(known, run, tmp_path):
    (tmp_path / "claims.txt").write_text(f"{CAPITAL}\n\n{WRONG}\n", "utf-8")
    status, out, _ = run("check", "--file", str(tmp_path / "claims.txt"), "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert status == 0 and [row["verdict"] for row in rows] == ["supported", "refuted"]
    assert rows[0]["quote"] == "capital: Oslo" and rows[0]["span_end"] - rows[0]["span_start"] == len(rows[0]["quote"])


def test_what_is_not_promoted_is_no_evidence(known, run):
    assert run("check", "The outer ring is made of steel.")[1].startswith("not enough")


def test_as_of_a_time_before_the_facts_and_behind_them(known, run):
    status, _, err = run("--as-of", "2001-01-01", "check", CAPITAL)
    assert status == 2 and err.count("\n") == 1
    status, out, _ = run("--as-of", "2999-01-01", "check", CAPITAL)
    assert status == 0 and out.startswith("supported")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "needs a statement"),
        (("",), "statement 1: is empty"),
        (("a " * 6_000,), "longer than 10,000 characters"),
        (("--file", "/nowhere/claims.txt"), "cannot be read"),
        (("--file", "/dev/null"), "holds no statements"),
    ],
)
def test_bad_input_is_one_line(known, run, arguments, said):
    status, out, err = run("check", *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1) and said in err
