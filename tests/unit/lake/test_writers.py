"""Whoever writes at the same time: a stage's shard has one current activity, the newest, and a chain that leaves none out."""

import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from deltalake.transaction import AddAction

from tests.conftest import commit_rows
from tierline.errors import NotWritten
from tierline.gates.judge import judge_stage
from tierline.gates.profile import profile
from tierline.lake import Lake, Verdict, as_of, history, records
from tierline.lake.catalog import Catalog
from tierline.lineage import verify
from tierline.lineage.mismatch import Mismatch
from tierline.tables.records import ACTIVITIES

SPAWN = multiprocessing.get_context("spawn")
SHARDS = 4


@pytest.fixture(params=["folder", "s3"])
def root(request, tmp_path):
    """A lake's, in a folder or a bucket."""
    return str(tmp_path / "lake") if request.param == "folder" else f"s3://{request.getfixturevalue('s3_place')}/tiers"


def write_first(root: str, go, name: str) -> None:
    lake = Lake(root)
    for shard in range(SHARDS):
        go.wait(timeout=120)
        commit_rows(lake, "l0_raw", [{"doc_id": f"{name}-{shard}"}], f"s{shard}")


def run_together(target, arguments) -> None:
    go = SPAWN.Barrier(len(arguments))
    processes = [SPAWN.Process(target=target, args=(given[0], go, *given[1:])) for given in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join(300)
        assert process.exitcode == 0


def test_first_commits_of_one_shard_at_once_leave_one_current_and_all_in_its_history(root):
    commit_rows(Lake(root), "l0_raw", [{"doc_id": "x"}], "other")
    run_together(write_first, [(root, name) for name in "pqr"])
    lake = Lake(root)
    assert lake.activities("l0_raw").num_rows == SHARDS + 1 == lake.verdicts().num_rows
    assert records.doubled(lake.delta) == []
    for shard in range(SHARDS):
        (promoted,) = (manifest for manifest in lake.promoted("l0_raw") if manifest.shard == f"s{shard}")
        states = list(history(lake, "l0_raw", f"s{shard}"))
        written = [lake.read_manifest(state.manifest)["doc_id"].to_pylist() for state in states]
        assert sorted(written) == [[f"{name}-{shard}"] for name in "pqr"]
        assert lake.read_manifest(promoted)["doc_id"].to_pylist() == written[0]
        assert [state.written_at for state in states] == sorted((state.written_at for state in states), reverse=True)
    assert all(state.written_at <= datetime.now(UTC) for state in states)


@pytest.fixture
def doubled(lake):
    """A lake to which two wrote at once before commits were conditional: both activities and both verdicts of a shard are current."""
    for name in ("old", "new"):
        commit_rows(lake, "l0_raw", [{"doc_id": name}])
    for name in ("activities", "verdicts"):
        log, where = lake.delta.log(name), {"stage": "l0_raw", "shard": "s"}
        version, (newer,) = lake.delta.catalog.state(name, where)
        (older,) = log.read(version).removed
        assert log.write(version + 1, [AddAction(older, 1, where, 0, True, "{}")], [newer], where)  # in this order in the log
        assert log.write(version + 2, [AddAction(newer, 1, where, 0, True, "{}")], [], where)
        assert log.write(version + 3, [], [older], where)
        assert log.write(version + 4, [AddAction(older, 1, where, 0, True, "{}")], [], where)
    return lake


def rows_wrong(lake: Lake) -> list[Mismatch]:
    """Without what is wrong with the logs, into which `doubled` puts a record that was replaced."""
    return [mismatch for mismatch in verify(lake)[0] if "of its log" not in mismatch.what]


def test_of_two_current_activities_the_newest_is_read_named_by_verify_and_left_alone_by_the_next_run(doubled):
    assert sorted(records.doubled(doubled.delta)) == [("activities", "l0_raw", "s"), ("verdicts", "l0_raw", "s")]
    for lake in (doubled, as_of(doubled, datetime.now(UTC))):
        assert lake.activities().num_rows == lake.verdicts().num_rows == len(lake.promoted("l0_raw")) == 1
        assert lake.read_promoted("l0_raw", "s")[0]["doc_id"].to_pylist() == ["new"]
    assert [mismatch.where for mismatch in rows_wrong(doubled)] == ["activities l0_raw/s", "verdicts l0_raw/s"]
    assert all("two records are current" in mismatch.what for mismatch in rows_wrong(doubled))
    assert sorted(records.keep_newest(doubled.delta)) == [("activities", "l0_raw", "s"), ("verdicts", "l0_raw", "s")]
    assert records.doubled(doubled.delta) == [] and rows_wrong(doubled) == []
    assert doubled.read_promoted("l0_raw", "s")[0]["doc_id"].to_pylist() == ["new"]


def test_writing_a_doubled_shard_again_heals_it_and_its_history_goes_on(doubled):
    commit_rows(doubled, "l0_raw", [{"doc_id": "newest"}])
    assert records.doubled(doubled.delta) == []
    states = list(history(doubled, "l0_raw", "s"))
    assert [doubled.read_manifest(state.manifest)["doc_id"].to_pylist() for state in states] == [["newest"], ["new"], ["old"]]


def test_a_verdict_on_rows_that_another_run_replaced_meanwhile_does_not_hide_the_one_on_theirs(lake):
    slow = commit_rows(lake, "l0_raw", [{"doc_id": "slow"}], promote=False)
    commit_rows(lake, "l0_raw", [{"doc_id": "fast"}])
    assert not lake.record(Verdict("l0_raw", "s", slow.stage_digest, "t", "0", True, "[]"))
    assert lake.read_promoted("l0_raw", "s")[0]["doc_id"].to_pylist() == ["fast"]


def test_a_gate_whose_rows_are_replaced_while_it_judges_judges_those_that_are_there(lake, monkeypatch):
    commit_rows(lake, "l0_raw", [{"doc_id": "a", "status": "error"}], promote=False)
    looked = profile

    def overtaken(*arguments):
        found = looked(*arguments)
        monkeypatch.undo()
        commit_rows(lake, "l0_raw", [{"doc_id": "b", "status": "ok", "text": "t", "payload_sha256": "0", "source_offset": 0, "source_length": 1}], promote=False)  # fmt: skip
        return found

    monkeypatch.setattr("tierline.gates.judge.profile", overtaken)
    assert judge_stage(lake, "l0_raw", "s").passed
    assert lake.read_promoted("l0_raw", "s")[0]["doc_id"].to_pylist() == ["b"]


def test_a_clock_that_is_set_back_between_two_commits_does_not_change_the_past(lake, monkeypatch):
    class Clock(datetime):
        back = timedelta()

        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) - cls.back

    monkeypatch.setattr("tierline.lake.store.datetime", Clock)
    commit_rows(lake, "l0_raw", [{"doc_id": "first"}])
    then = datetime.now(UTC)
    Clock.back = timedelta(days=3)
    commit_rows(lake, "l0_raw", [{"doc_id": "second"}])
    with pytest.raises(NotWritten):
        as_of(lake, then - timedelta(days=2)).read("l0_raw", "s")
    (second, first) = history(lake, "l0_raw", "s")
    assert second.written_at > first.written_at
    assert as_of(lake, first.written_at).read("l0_raw", "s")["doc_id"].to_pylist() == ["first"]


def test_a_file_that_a_later_commit_replaced_and_a_vacuum_removed_is_not_looked_for(lake, tmp_path):
    commit_rows(lake, "l0_raw", [{"doc_id": "a"}])
    late = Catalog(lake.delta, tmp_path / "cache")
    assert len(late.records("activities", ACTIVITIES)) == 1
    commit_rows(lake, "l0_raw", [{"doc_id": "b"}])
    (replaced,) = lake.delta.files("activities")
    commit_rows(lake, "l0_raw", [{"doc_id": "c"}])
    Path(lake.root, "activities", replaced).unlink()
    (row,) = late.records("activities", ACTIVITIES)
    assert row["digest"] == lake.manifest("l0_raw", "s").stage_digest
