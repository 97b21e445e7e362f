"""The commands of docs/audit.md do what the page says, on a small lake."""

import shlex
from pathlib import Path

import pytest

from tierline.cli import main
from tierline.lake.reviews import Review, record_reviews

PAGE = Path(__file__).parents[3] / "docs" / "audit.md"
COMMANDS = [line.strip() for line in PAGE.read_text("utf-8").splitlines() if line.startswith("    tierline ")]
ELSEWHERE = ("--mix", "--run")  # tests/unit/cli/test_trace.py exports a mix and trains for them


@pytest.fixture
def walk(house, tmp_path, monkeypatch, capsys):
    """Runs a command of the page on the small lake, with its rows in the place of the page's; gives (status, output)."""
    monkeypatch.chdir(tmp_path)
    (review,) = record_reviews(house.lake, [Review("l2_selected", "s", "document", house.town, "d", "Ada", "keep")])
    (tmp_path / "answer.txt").write_text("They say that the bridge was founded in 1612. It was built of granite.")
    own = {
        "fact_0f7db71ba5e31b7db1d8804c": "fact_town",
        "clm_0db8415cdf30cc805c6e90d5": "clm_page",
        "rev_5b0c...": review,
        "an arch of granite": "built of granite",
        "www.fieldlore.example": "town.example",
        "https://www.fieldlore.example/wiki/stonehaven-falls": "https://town.example/",
    }

    def run(command: str) -> tuple[int, str]:
        arguments = [own.get(word, word) for word in shlex.split(command)[1:]]
        status = main(["--lake", house.lake.root, *arguments])
        return status, capsys.readouterr().out

    return run


def test_the_page_names_commands_of_every_question():
    assert {shlex.split(command)[1] for command in COMMANDS} == {"trace", "verify", "impact", "find"}
    assert len(COMMANDS) > 10


@pytest.mark.parametrize("command", [one for one in COMMANDS if not any(option in one for option in ELSEWHERE)])
def test_a_command_of_the_page_answers(walk, command, tmp_path):
    status, out = walk(command)
    assert status == 0
    said = (tmp_path / "trace.html").read_text() if "--html" in command else out
    wanted = {"trace": "town.example", "impact": "fact_town", "find": "granite", "verify": "0 mismatches"}[shlex.split(command)[1]]
    assert wanted in said.lower()


@pytest.mark.parametrize(
    "command",
    ["impact", "impact x --url y", "impact --domain nowhere.example", "find", "find --output missing.txt", "find a --words 2 --output b"],
)
def test_what_cannot_be_meant_is_one_line_and_status_2(walk, command, capsys):
    assert walk(f"tierline {command}")[0] == 2
