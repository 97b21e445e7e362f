"""Review at the command line: what waits, answers, undo, the log, results, the round trip, reviewers."""

import json

import pytest

from tests.unit.review.lakes import reviewed_lake
from tierline.cli.main import main
from tierline.review.item import KINDS


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return reviewed_lake(str(tmp_path_factory.mktemp("cli") / "lake"))


@pytest.fixture
def tierline(made, tmp_path, capsys, monkeypatch):
    import shutil

    root = str(shutil.copytree(made.root, tmp_path / "lake"))
    monkeypatch.setenv("TIERLINE_REVIEWERS", str(tmp_path / "reviewers.json"))

    def run(*arguments: str, root: str = root) -> tuple[int, str, str]:
        status = main(["--lake", root, *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def waiting(tierline) -> list[dict]:
    return [json.loads(line) for line in tierline("review", "--json", "--limit", "100")[1].splitlines()]


def test_what_waits_is_listed_with_its_texts(tierline):
    rows = waiting(tierline)
    assert {row["kind"] for row in rows} == set(KINDS) and all(row["texts"] for row in rows)
    status, out, _ = tierline("review", "--limit", "2")
    assert status == 0 and f"{len(rows)} items wait for review" in out and out.count("item_") == 2


def test_an_answer_is_recorded_listed_and_taken_back(tierline):
    item = waiting(tierline)[0]
    status, out, _ = tierline("review", "answer", item["item_id"], "drop", "--who", "ada", "--why", "an advert")
    assert status == 0 and ": drop, " in out
    assert "an advert" in tierline("review", "log")[1] and item["item_id"] not in [
        row["item_id"] for row in waiting(tierline) if row["state"] == "open"
    ]
    assert json.loads(tierline("review", "results", "--json")[1])["items"] == 1 and "rows reviewed: 1" in tierline("review", "results")[1]
    assert tierline("review", "undo", "--who", "ada")[0] == 0 and waiting(tierline)[0] == item
    assert tierline("review", "undo", "--who", "ada")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("review", "answer", "item_x", "keep", "--who", "ada"), "no such item"),
        (("review", "answer", "FIRST", "maybe", "--who", "ada"), "no such verdict"),
        (("review", "answer", "FIRST", "keep", "--who", " "), "names who gives it"),
        (("review", "answer", "FIRST", "edit", "--who", "ada", "--text", "absent.txt"), "cannot be read"),
        (("review", "import", "absent.json"), "cannot be read"),
        (("serve", "--name", "x.example"), "nobody could sign in"),
        (("reviewer", "ada", "--remove"), "no such reviewer"),
    ],
)
def test_what_cannot_be_meant_is_one_line(tierline, arguments, said):
    first = waiting(tierline)[0]["item_id"]
    status, out, err = tierline(*(first if one == "FIRST" else one for one in arguments))
    assert status == 2 and out == "" and err.count("\n") == 1 and said in err


def test_the_round_trip_records_nothing_twice(tierline, tmp_path):
    item = waiting(tierline)[0]["item_id"]
    tierline("review", "answer", item, "keep", "--who", "ada")
    file = str(tmp_path / "tasks.json")
    status, out, _ = tierline("review", "export", file)
    assert status == 0 and "tasks in" in out and (tmp_path / "tasks.xml").read_text().startswith("<View>")
    assert "0 answers recorded, 1 known already" in tierline("review", "import", file)[1]


def test_an_answer_as_of_the_past_is_refused(tierline):
    item = waiting(tierline)[0]["item_id"]
    status, _, err = tierline("--as-of", "2999-01-01", "review", "answer", item, "keep", "--who", "ada")
    assert status == 2 and "leave out --as-of" in err


def test_a_reviewer_gets_a_token_once(tierline, tmp_path):
    status, out, _ = tierline("reviewer", "ada")
    assert status == 0 and len(out.split()[-1]) >= 40 and out.split()[-1] not in (tmp_path / "reviewers.json").read_text()
    assert tierline("reviewer")[1] == "ada\n" and tierline("reviewer", "ada", "--remove")[0] == 0
    assert "Nobody may review" in tierline("reviewer")[1]
