"""The lake's own vacuum takes what no record names, and nothing that somebody may still ask for."""

import json
import os
import re
import time
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import commit_rows, tables_of
from tierline.cli.main import main
from tierline.errors import BadInput, Damaged, LakeUnavailable, NotPromoted
from tierline.lake import Activity, Lake, StageResult, Verdict, Waiver, as_of, decision_table, history, last_promoted
from tierline.lake import vacuum as lake_vacuum
from tierline.lake.delta import DeltaFolder
from tierline.lake.vacuum import GRACE, vacuum
from tierline.lineage import verify

NONE, OLD = timedelta(0), timedelta(days=400)


def files_of(lake: Lake) -> set[str]:
    files = (path.relative_to(lake.root) for path in Path(lake.root).rglob("*") if path.is_file())
    return {str(path) for path in files if path.parts[0] not in ("_derived", "_locks")}


def age(lake: Lake) -> None:
    """Make every file look older than the grace of commits at work."""
    for path in Path(lake.root).rglob("*"):
        if path.is_file() and path.suffix != ".json":  # a changed time of a log entry means another lake
            os.utime(path, (time.time() - 2 * GRACE.total_seconds(),) * 2)


def crash(lake: Lake, monkeypatch, doc_id: str) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(DeltaFolder, "replace_if", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            commit_rows(lake, "l0_raw", [{"doc_id": doc_id}])


def test_what_killed_runs_left_is_removed_and_everything_committed_stays(lake, monkeypatch):
    commit_rows(lake, "l0_raw", [{"doc_id": "a"}])
    commit_rows(lake, "l0_raw", [{"doc_id": "refused"}], "t", promote=False)
    before = files_of(lake)
    crash(lake, monkeypatch, "lost")
    for place in ("l0_raw/_delta_log", "", "_derived"):
        (Path(lake.root) / place / ".unfinished-x").write_text("{")
    left = files_of(lake) - before
    assert len(left) == 4 and vacuum(lake, OLD).files == ()  # young: it may be a commit at work
    age(lake)
    assert set(vacuum(lake, OLD, dry_run=True).files) == left | {"_derived/.unfinished-x"} and left < files_of(lake)
    assert set(vacuum(lake, OLD).files) == left | {"_derived/.unfinished-x"}
    assert files_of(lake) == before | {"kept.json"}
    assert lake.read_promoted("l0_raw", "s")[0].num_rows == lake.read("l0_raw", "t").num_rows == 1 and verify(lake)[0] == []
    assert vacuum(lake, OLD).files == ()


def test_what_was_replaced_before_the_horizon_is_removed_and_the_past_ends_there(lake):
    for name in "abc":
        commit_rows(lake, "l0_raw", [{"doc_id": name}])
    times = [state.written_at for state in history(lake, "l0_raw", "s")]
    age(lake)
    done = vacuum(lake, datetime.now(UTC) - times[1])  # when b was there
    assert len(done.files) >= 4
    assert [lake.read_manifest(state.manifest)["doc_id"].to_pylist() for state in history(Lake(lake.root), "l0_raw", "s")] == [["c"], ["b"]]
    assert as_of(lake, done.kept_since).read("l0_raw", "s")["doc_id"].to_pylist() == ["b"]
    with pytest.raises(BadInput, match=r"ask for a moment since .* has been vacuumed"):
        as_of(lake, times[2])
    assert vacuum(lake, OLD).kept_since == done.kept_since, "the past does not come back"
    commit_rows(lake, "l0_raw", [{"doc_id": "d"}])
    vacuum(lake, NONE)
    assert lake.read_promoted("l0_raw", "s")[0]["doc_id"].to_pylist() == ["d"] and verify(lake)[0] == []


def test_a_vacuum_whose_clock_is_ahead_leaves_the_present_to_be_read(lake, monkeypatch):
    for name in "ab":
        commit_rows(lake, "l0_raw", [{"doc_id": name}])
    written = lake.activity("l0_raw", "s")["ended_at"]
    ahead(monkeypatch, "tierline.lake.vacuum.datetime", timedelta(days=2000))
    assert vacuum(lake).kept_since == written
    monkeypatch.undo()
    commit_rows(lake, "l0_raw", [{"doc_id": "c"}])
    assert as_of(lake, written).read("l0_raw", "s")["doc_id"].to_pylist() == ["b"]
    assert vacuum(lake, OLD).kept_since == written


def test_a_horizon_that_was_written_ahead_is_set_back_by_the_next_vacuum(lake):
    commit_rows(lake, "l0_raw", [{"doc_id": "a"}])
    (Path(lake.root) / "kept.json").write_text(json.dumps({"kept_since": (datetime.now(UTC) + OLD).isoformat()}))
    assert as_of(lake, datetime.now(UTC)).read("l0_raw", "s")["doc_id"].to_pylist() == ["a"]
    written = lake.activity("l0_raw", "s")["ended_at"]
    with pytest.raises(BadInput, match=f"ask for a moment since {re.escape(written.isoformat())}"):
        as_of(lake, written - timedelta(days=1))
    assert vacuum(lake, OLD).kept_since == written


def test_a_vacuum_whose_clock_is_ahead_leaves_commits_at_work_and_waived_rows(lake, monkeypatch):
    manifest = commit_rows(lake, "l0_raw", [{"doc_id": "a"}], promote=False)
    lake.record(Verdict("l0_raw", "s", manifest.stage_digest, "t", "0", False, "[]", ("rows is 0",)))
    lake.waive(Waiver("l0_raw", "s", manifest.stage_digest, "who", "why", lake.today()))
    published = lake.delta.files("l0_raw")
    before = files_of(lake)
    crash(lake, monkeypatch, "at work")
    at_work = files_of(lake) - before
    ahead(monkeypatch, "tierline.lake.vacuum.datetime", timedelta(days=3))
    ahead(monkeypatch, "tierline.lake.store.datetime", timedelta(days=3))
    assert at_work and vacuum(lake).files == ()
    assert published and lake.delta.files("l0_raw") == published


def ahead(monkeypatch, clock: str, by: timedelta) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + by

    monkeypatch.setattr(clock, Clock)


def test_a_second_vacuum_at_once_is_refused_in_one_line_and_on_another_machine_does_no_harm(lake, monkeypatch):
    for name in "ab":
        commit_rows(lake, "l0_raw", [{"doc_id": name}])
    age(lake)
    told: list[str] = []
    looked = lake_vacuum._named

    def meanwhile(*given):
        with pytest.raises(BadInput) as refused:
            vacuum(Lake(lake.root), NONE)
        told.append(str(refused.value))
        monkeypatch.undo()
        monkeypatch.setattr(lake_vacuum, "only_vacuum", lambda _: nullcontext())
        assert vacuum(Lake(lake.root), NONE).files
        return looked(*given)

    monkeypatch.setattr(lake_vacuum, "_named", meanwhile)
    assert vacuum(lake, NONE).files
    assert told == [f"{lake.root}: another vacuum is at work on this lake; wait for it"]
    assert lake.read_promoted("l0_raw", "s")[0]["doc_id"].to_pylist() == ["b"] and verify(lake)[0] == []


def test_a_lost_record_within_the_horizon_is_damage_and_not_the_end_of_the_past(lake):
    for name in "ab":
        commit_rows(lake, "l0_raw", [{"doc_id": name}])
    vacuum(lake, OLD)
    (file,) = lake.activity("l0_raw", "s")["before"]["activity"]
    Path(lake.root, "activities", file).unlink()
    with pytest.raises(Damaged, match="is damaged"):
        list(history(lake, "l0_raw", "s"))


def test_the_rows_that_a_current_result_was_made_from_and_those_promoted_last_are_kept(lake):
    read = commit_rows(lake, "l0_raw", [{"doc_id": "read"}])
    decided = {"l1_filtered": (0, decision_table([]))}
    made = Activity.begin("l1_filtered", "s", "1", (), {"l0_raw/s": read.digest})
    lake.commit(made, StageResult(tables_of("l1_filtered"), decided))
    for name in ("between", "promoted"):
        commit_rows(lake, "l0_raw", [{"doc_id": name}])
    for name in ("bad", "worse"):
        refused = commit_rows(lake, "l0_raw", [{"doc_id": name}], promote=False)
        lake.record(Verdict("l0_raw", "s", refused.stage_digest, "t", "0", False, "[]", ("x",)))
    states = {lake.read_manifest(state.manifest)["doc_id"][0].as_py(): state.manifest for state in history(lake, "l0_raw", "s")}
    age(lake)
    vacuum(lake, NONE)
    left = {name for name, manifest in states.items() if Path(lake.root, "l0_raw", manifest.files[0]).exists()}
    assert left == {"read", "promoted", "worse"}
    assert lake.read_manifest(last_promoted(lake, "l0_raw", "s").manifest)["doc_id"].to_pylist() == ["promoted"]
    with pytest.raises(NotPromoted):
        lake.read_promoted("l0_raw", "s")
    vacuum(lake, NONE)
    assert lake.read_manifest(states["read"])["doc_id"].to_pylist() == ["read"]


def test_rows_that_were_written_again_are_kept_once(lake):
    for _ in range(3):
        read = commit_rows(lake, "l0_raw", [{"doc_id": "same"}])
    made = Activity.begin("l1_filtered", "s", "1", (), {"l0_raw/s": read.digest})
    lake.commit(made, StageResult(tables_of("l1_filtered"), {"l1_filtered": (0, decision_table([]))}))
    age(lake)
    vacuum(lake, NONE)
    assert [path.name for path in Path(lake.root, "l0_raw").rglob("part-*.parquet")] == [Path(read.files[0]).name]
    assert len(list(Path(lake.root, "activities").rglob("stage=l0_raw/*/part-*.parquet"))) == 1
    assert lake.read_promoted("l0_raw", "s")[0].num_rows == 1 and verify(lake)[0] == []


def test_the_command_says_what_it_did(lake, monkeypatch, capsys):
    commit_rows(lake, "l0_raw", [{"doc_id": "a"}])
    crash(lake, monkeypatch, "lost")
    age(lake)
    assert main(["--lake", lake.root, "vacuum", "--dry-run"]) == 0
    assert "2 files (0.0 MB) would be removed; --as-of would reach back to" in capsys.readouterr().out
    assert main(["--lake", lake.root, "vacuum", "--keep-days", "7"]) == 0
    assert "2 files (0.0 MB) removed" in capsys.readouterr().out
    assert main(["--lake", lake.root, "--as-of", "2020-01-01", "vacuum"]) == 2


@pytest.mark.parametrize("kept", ["2026-01-01T00:00:00", "soon", 1])
def test_a_horizon_that_says_no_moment_is_one_line(lake, kept):
    commit_rows(lake, "l0_raw", [{"doc_id": "a"}])
    (Path(lake.root) / "kept.json").write_text(json.dumps({"kept_since": kept}))
    for look in (lambda: vacuum(lake), lambda: as_of(lake, datetime.now(UTC))):
        with pytest.raises(LakeUnavailable, match=r"kept\.json: cannot be read"):
            look()


def test_a_folder_that_is_no_lake_is_not_vacuumed(tmp_path, capsys):
    mine = tmp_path / "letters" / ".unfinished-letter"
    mine.parent.mkdir()
    mine.write_text("Dear")
    os.utime(mine, (0, 0))
    assert main(["--lake", str(tmp_path), "vacuum"]) == 2
    assert capsys.readouterr().err.count("\n") == 1 and mine.exists() and not (tmp_path / "kept.json").exists()
