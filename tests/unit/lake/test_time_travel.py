"""What was replaced stays readable as of then, rows and verdicts alike, whatever clocks the lake's files carry."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tierline.cli.main import main
from tierline.config.bundled import folder
from tierline.errors import BadInput, NotPromoted, NotWritten
from tierline.lake import Lake, Verdict, as_of, history, last_promoted
from tierline.sql import Models


def write(lake, commit, name: str, promote: bool = True) -> datetime:
    """A shard of one document; returns a moment right after it was written and judged."""
    commit(lake, "l1_filtered", [{"doc_id": name, "tokens": 1}], promote=promote)
    return datetime.now(UTC)


def ids(lake, moment) -> list[str]:
    return as_of(lake, moment).read_promoted("l1_filtered", "s")[0]["doc_id"].to_pylist()


def test_each_state_is_read_as_of_its_time(lake, commit):
    start = datetime.now(UTC)
    moments = {name: write(lake, commit, name) for name in "abc"}
    for name, moment in moments.items():
        assert ids(lake, moment) == [name]
    with pytest.raises(NotWritten):
        as_of(lake, start).manifest("l1_filtered", "s")
    assert as_of(lake, start).promoted("l1_filtered") == []


def test_a_copy_whose_files_have_other_times_tells_the_same_past(lake, commit, tmp_path):
    moment = write(lake, commit, "a")
    write(lake, commit, "b")
    shutil.copytree(lake.root, tmp_path / "copy")
    for path in (tmp_path / "copy").rglob("*"):
        os.utime(path, (0, 0))
    assert ids(Lake(str(tmp_path / "copy")), moment) == ["a"]


def test_what_was_refused_then_is_refused_as_of_then_though_a_later_state_passed(lake, commit):
    good = write(lake, commit, "a")
    bad = write(lake, commit, "b", promote=False)
    lake.record(Verdict("l1_filtered", "s", lake.manifest("l1_filtered", "s").stage_digest, "t", "0", False, "[]", ("x",)))
    write(lake, commit, "c")
    assert ids(lake, good) == ["a"]
    with pytest.raises(NotPromoted):
        as_of(lake, bad).read_promoted("l1_filtered", "s")
    assert [state.promoted for state in history(lake, "l1_filtered", "s")] == [True, False, True]


def test_replays_are_one_state_and_the_last_promoted_one_is_found(lake, commit):
    write(lake, commit, "a")
    write(lake, commit, "a")
    write(lake, commit, "b", promote=False)
    states = list(history(lake, "l1_filtered", "s"))
    assert [lake.read_manifest(state.manifest)["doc_id"].to_pylist() for state in states] == [["b"], ["a"]]
    found = last_promoted(lake, "l1_filtered", "s")
    assert found == states[1]
    assert last_promoted(lake, "l1_filtered", "nowhere") is None


def test_the_history_of_a_snapshot_ends_at_its_moment(lake, commit):
    first = write(lake, commit, "a")
    write(lake, commit, "b")
    (state,) = history(as_of(lake, first), "l1_filtered", "s")
    assert lake.read_manifest(state.manifest)["doc_id"].to_pylist() == ["a"]
    assert list(history(as_of(lake, first - timedelta(days=1)), "l1_filtered", "s")) == []


def test_sql_models_run_as_of_then(lake, commit):
    moment = write(lake, commit, "a")
    write(lake, commit, "b")
    models = Models(folder("dbt_like_sql"))
    assert models.run(as_of(lake, moment), "stg_documents")["doc_id"].to_pylist() == ["a"]
    assert [row["row_id"] for row in as_of(lake, moment).decisions("l1_filtered", "s").to_pylist()] == ["a"]
    assert models.run(as_of(lake, moment - timedelta(days=1)), "tier_flow").num_rows == 0


def test_the_past_is_not_written_to(lake, commit):
    moment = write(lake, commit, "a")
    with pytest.raises(BadInput, match="cannot be written to"):
        write(as_of(lake, moment), commit, "b")


def test_a_moment_before_the_first_rows_is_refused_in_one_line_and_an_empty_lake_is_not(lake, commit, capsys):
    (Path(lake.root)).mkdir()
    assert main(["--lake", lake.root, "--as-of", "2020-01-01", "flow"]) == 0
    write(lake, commit, "a")
    first = lake.activity("l1_filtered", "s")["ended_at"]
    write(lake, commit, "b")
    capsys.readouterr()
    for command in (["flow"], ["waivers"], ["flow", "--json"], ["verify"]):
        assert main(["--lake", lake.root, "--as-of", "2020-01-01", *command]) == 2
        said = capsys.readouterr()
        assert said.out == "" and said.err.count("\n") == 1
        assert f"the lake held nothing yet as of then; ask for a moment since {first.isoformat()}" in said.err
    assert main(["--lake", lake.root, "--as-of", first.isoformat(), "flow"]) == 0
