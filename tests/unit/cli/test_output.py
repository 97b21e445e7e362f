"""Nothing that a page says steers the terminal of whoever looks at it, in any form of output."""

import io
import json
import re
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from tierline.cli import main, output
from tierline.display import TextTable

HOSTILE = "\x1b[31mred\x1b]8;;https://evil.example\x1b\\ \u202eevil\u2069 \x9b2J \x7f [bold]loud[/bold] :smile:"
STYLES = re.compile("\x1b\\[[0-9;]*m")  # bold and dim: ours
COLOR = re.compile("\x1b\\[[0-9;]*3[0-9]")
STEERING = set("\x1b\x9b\x7f\u202e\u2069\x07\x00\r")


class Terminal(io.StringIO):
    """Standard output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def on_terminal(monkeypatch):
    """What a function prints on a terminal of forty columns, without color unless it is wanted."""
    for name, value in {"COLUMNS": "40", "NO_COLOR": "1", "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(name, value)

    def shown(show, *arguments) -> str:
        with redirect_stdout(Terminal()) as terminal:
            show(*arguments)
        return terminal.getvalue()

    return shown


@pytest.fixture
def hostile(lake, commit):
    """A lake with a page whose title, address and text are hostile, queued for review."""
    page = {
        "doc_id": "doc_x",
        "parents": [],
        "title": HOSTILE,
        "text": HOSTILE,
        "url": f"https://a.example/{HOSTILE}",
        "source_uri": HOSTILE,
    }
    commit(lake, "l0_raw", [page])
    commit(lake, "l1_filtered", [{"doc_id": "doc_x", "parents": ["doc_x"], "title": HOSTILE, "text": HOSTILE, "url": page["url"]}])
    commit(
        lake,
        "review_queue",
        [{"doc_id": "doc_x", "priority": 1.0, "reasons": [HOSTILE], "scores": [], "excerpt_start": 0, "excerpt_end": 80}],
    )
    return lake


@pytest.mark.parametrize(
    "arguments", [("trace", "doc_x"), ("review",), ("sql", "tier_flow"), ("trace", "doc_x", "--json"), ("review", "--json")]
)
def test_hostile_text_is_shown_as_what_it_is_in_a_pipe(hostile, run, arguments):
    status, out, _ = run(*arguments)
    assert status == 0 and out and not STEERING & set(out)
    assert arguments[0] == "sql" or "[bold]loud[/bold] :smile:" in out


@pytest.mark.parametrize("arguments", [("trace", "doc_x"), ("review",)])
def test_hostile_text_is_shown_as_what_it_is_on_a_terminal(hostile, on_terminal, arguments):
    shown = STYLES.sub("", on_terminal(main, ["--lake", hostile.root, *arguments]))
    assert not STEERING & set(shown) and r"\x1b[31mred" in shown and ":smile:" in shown


def test_json_gives_hostile_text_back_unchanged(hostile, run):
    assert json.loads(run("trace", "doc_x", "--json")[1])["row"]["title"] == HOSTILE


def test_a_table_folds_to_the_terminal_and_loses_nothing(on_terminal):
    long = "abcdefghij" * 9
    shown = STYLES.sub(
        "", on_terminal(output.show_table, TextTable(("name", "count"), [(long, "1,000"), ("[red]x[/red]", "2"), (HOSTILE, "3")]))
    )
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 40 and lines[2].endswith(" 1,000") and "[red]x[/red]" in shown and not STEERING & set(shown)
    assert "".join(line.split()[0] for line in lines[2:] if set(line.split()[0]) <= set(long)) == long


def test_a_table_in_a_pipe_is_as_wide_as_it_is(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    output.show_table(TextTable(("name", "count"), [("x" * 300, "1")]))
    assert capsys.readouterr().out.splitlines() == [f"{'name':300}  count", f"{'x' * 300}      1"]


def test_color_is_for_terminals_that_want_it(on_terminal, monkeypatch, capsys):
    table = TextTable(("name",), [("x",)])
    assert not COLOR.search(on_terminal(output.show_table, table))
    monkeypatch.delenv("NO_COLOR")
    assert "\x1b[1mname" in on_terminal(output.show_table, table)
    output.show_table(table)
    assert capsys.readouterr().out == "name\nx\n"


def test_json_holds_what_json_can_hold():
    @dataclass
    class Row:
        when: datetime
        values: tuple[float, ...]

    row = Row(datetime(2026, 1, 2, tzinfo=UTC), (1.5, float("nan"), float("inf")))
    assert output.jsonable({"row": row, "ids": frozenset({1}), "raw": b"\x00"}) == {
        "row": {"when": "2026-01-02T00:00:00+00:00", "values": [1.5, None, None]},
        "ids": [1],
        "raw": "00",
    }


def test_progress_is_silent_where_nobody_looks(capsys):
    with output.progress("reading", 2) as advance:
        advance(1, "[red]s[/red]")
    assert capsys.readouterr() == ("", "")


def test_progress_shows_labels_as_they_are(monkeypatch):
    shown = Terminal()
    monkeypatch.setattr("sys.stderr", shown)
    monkeypatch.setenv("COLUMNS", "120")
    with output.progress("reading", 2) as advance:
        advance(1, "[red]\x1b]0;own\x07")
    assert r"reading [red]\x1b]0;own\x07" in shown.getvalue() and "\x07" not in shown.getvalue()


def test_prose_makes_room_before_a_name_is_folded(on_terminal):
    table = TextTable(("rule", "rows", "why"), [("gopher:too_short", "1,000", "a page of few words is no document")], frozenset({2}))
    lines = STYLES.sub("", on_terminal(output.show_table, table)).splitlines()
    assert lines[2].startswith("gopher:too_short  1,000  a page of") and len(lines) > 3 and max(map(len, lines)) <= 40


def test_a_table_without_room_for_its_columns_is_one_record_below_the_other(on_terminal):
    heads = ("file", "shard", "state", "records", "errors", "why")
    rows = [("inbox/a-name-that-is-rather-long.warc.gz", "a-name-8f0e1d2c", "quarantined", "1,000", "10", "too many errors")] * 2
    lines = on_terminal(output.show_table, TextTable(heads, rows, frozenset({0, 1, 2, 5}))).splitlines()
    first = ["file   inbox/a-name-that-is-rather-long.warc.gz", "shard  a-name-8f0e1d2c", "state  quarantined"]
    first += ["       records 1,000, errors 10", "why    too many errors"]
    assert lines[:5] == first and lines[5] == "" and lines[6:11] == first


def test_numbers_of_a_record_share_lines_as_far_as_there_is_room(on_terminal):
    heads = ("file", *(f"count of {letter}" for letter in "abcdef"))
    rows = [("a" * 60, "1", "", "1,000,000", "4", "5", "6"), ("b" * 60, *[""] * 6)]
    lines = on_terminal(output.show_table, TextTable(heads, rows)).splitlines()
    assert lines == [
        f"file  {'a' * 60}",
        "      count of a 1,",
        "      count of c 1,000,000,",
        "      count of d 4, count of e 5,",
        "      count of f 6",
        "",
        f"file  {'b' * 60}",
    ]
