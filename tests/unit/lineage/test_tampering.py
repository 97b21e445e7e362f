"""Everything a lake records is proven by something else that it records: each kind of tampering is named in one line, with its place."""

import json
import resource
import shutil
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from benchmarks.tampering.files import cut, gone, log
from benchmarks.tampering.healthy import HEALTHY
from benchmarks.tampering.kinds import KINDS
from benchmarks.tampering.lake import SHARD, SignedLake, add_calls, crawl_in, make_lake
from tests.conftest import commit_rows
from tierline.cli.main import main
from tierline.lake import Lake, Verdict, Waiver, format
from tierline.lake.seal import _checksum, _line
from tierline.lineage import verify
from tierline.lineage.verify_records import Records
from tierline.tables.records import CALLS_TABLE, CRAWL_FILES


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> SignedLake:
    """A lake that holds every kind of record, some of them replaced once. Not to be changed."""
    return make_lake(tmp_path_factory.mktemp("whole") / "made")


@pytest.fixture
def signed(whole, tmp_path) -> SignedLake:
    """A copy to be damaged."""
    return whole.copied(tmp_path / "copy")


@pytest.fixture
def lake(signed) -> Lake:
    """The same."""
    return signed.lake


@pytest.fixture(autouse=True)
def crawl(tmp_path):
    """The crawl file of the copy."""
    with crawl_in(tmp_path / "copy"):
        yield


def told(lake: Lake) -> list[str]:
    return [str(mismatch) for mismatch in verify(Lake(lake.root))[0]]


def test_an_untouched_lake_raises_no_alarm(lake):
    assert told(lake) == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_tampering_is_named_with_its_place(signed, kind):
    kind.tamper(signed)
    found = told(signed.lake)
    assert any(line.startswith(kind.where) for line in found), found
    assert all("\n" not in line for line in found)


@pytest.mark.parametrize("change", HEALTHY.values(), ids=HEALTHY)
def test_what_only_looks_odd_raises_no_alarm(signed, change):
    change(signed)
    assert told(signed.lake) == []


@pytest.mark.parametrize("kept", ["activities", "verdicts"])
def test_every_seal_but_one_is_missed_and_so_is_its_beginning_once_it_goes_on(signed, lake, kept):
    seals, logs = Path(lake.root) / "_seals", {path.parent.name for path in Path(lake.root).glob("*/_delta_log")}
    assert {path.name for path in seals.iterdir()} == logs | {"lake", ".lock"}
    for name in logs - {kept}:
        (seals / name).unlink()
    found = records(lake)
    assert {name for name in logs if f"{name}: the seal of its log is missing" in found} == logs - {kept}
    written_to = {name for name in logs - {kept} if len(log(signed, name)) > 1}
    for name in written_to:
        entry = log(signed, name)[-1]
        (seals / name).write_text(_line(entry.name, _checksum(entry), "")[0])
    found = records(lake)
    assert {name for name in logs if f"{name}: the beginning of its seal is missing" in found} == written_to != set()


def records(lake: Lake) -> list[str]:
    """What is said of records and logs."""
    return [str(mismatch) for mismatch in Records(lake).mismatches]


def test_damage_of_two_records_does_not_hide_damage_of_rows(signed, lake):
    for name in ("file of an activity emptied", "garbage in a log", "byte of rows"):
        KINDS[name].tamper(signed)
    found = told(lake)
    for where in ("activities/l1_filtered/s", "l1_filtered: entry ", "l2_selected/s"):
        assert any(line.startswith(where) for line in found), found


def test_writing_on_raises_no_alarm(lake):
    for _ in range(3):
        commit_rows(lake, "l1_filtered", [])
    lake.record(Verdict("l1_filtered", SHARD, "d", "t", "0", True, json.dumps([])))
    damaged = [line for line in told(lake) if line.startswith(("activities", "verdicts", "l1_filtered:"))]
    assert damaged == []


def test_a_lake_that_cannot_be_read_at_all_is_said_once(lake, monkeypatch, capsys):
    (Path(lake.root) / "tierline.json").write_text("")
    monkeypatch.setattr(format, "_current", set())  # as in a new process
    assert main(["--lake", lake.root, "verify"]) == 2
    told_of = capsys.readouterr()
    assert told_of.out == "" and told_of.err.count("\n") == 1 and "tierline.json" in told_of.err


@pytest.mark.parametrize("table", ["verdicts", "waivers", CALLS_TABLE, "crawl_files"])
def test_what_was_cut_off_is_missed_after_later_commits_too_until_the_record_is_begun_anew(signed, lake, table):
    cut(table, 1)(signed)
    write_on(lake)
    assert [line for line in records(lake) if line.startswith(f"{table}: its newest commits are lost")]
    (Path(lake.root) / "_seals" / "lake").unlink()  # as the runbook says of a table that was restored alone
    write_on(lake)
    assert not [line for line in records(lake) if line.startswith((f"{table}: its newest", "_seals"))]


def write_on(lake: Lake) -> None:
    """Commit to every table of records."""
    commit_rows(Lake(lake.root), "l1_filtered", [])
    manifest = lake.manifest("review_queue", SHARD)
    Lake(lake.root).waive(Waiver("review_queue", SHARD, manifest.stage_digest, "who", "why", date(2999, 1, 1)))
    add_calls(Lake(lake.root), "call_9")
    row = dict.fromkeys(CRAWL_FILES.names) | {"shard": "other", "uri": "other"}
    Lake(lake.root).delta.append("crawl_files", pa.Table.from_pylist([row], schema=CRAWL_FILES), ["shard"])


def test_an_older_copy_of_a_table_with_the_record_of_the_seals_is_noticed_by_the_other_tables(whole, lake):
    for _ in range(9):
        commit_rows(lake, "l1_filtered", [])
    for name in ("verdicts", "_seals/verdicts", "_seals/lake"):
        old, new = whole.path / name, Path(lake.root) / name
        shutil.rmtree(new) if new.is_dir() else new.unlink()
        shutil.copytree(old, new) if old.is_dir() else shutil.copy2(old, new)
    assert any(line.startswith("activities: _seals/lake is older") for line in records(lake))


@pytest.mark.parametrize("place", ["seal.Seal.extend", "heads.Heads.record"])
def test_a_run_that_is_killed_before_it_has_sealed_or_recorded_a_commit_raises_no_alarm(lake, monkeypatch, place):
    with monkeypatch.context() as broken:
        broken.setattr(f"tierline.lake.{place}", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            lake.record(Verdict("l1_filtered", SHARD, lake.manifest("l1_filtered", SHARD).stage_digest, "t", "0", True, "[]"))
    assert records(Lake(lake.root)) == []
    write_on(lake)
    assert records(Lake(lake.root)) == []


def test_a_lake_from_before_there_was_a_record_of_seals_gets_one_with_its_next_commit(signed, lake):
    (Path(lake.root) / "_seals" / "lake").unlink()
    (Path(lake.root) / "tierline.json").write_text(json.dumps({"format": format.FORMAT}))
    assert records(lake) == []
    add_calls(Lake(lake.root), "call_9")
    cut("verdicts", 1)(signed)
    assert any(line.startswith("verdicts: its newest commits") for line in records(lake))


def test_too_few_open_files_are_no_damage(lake, capsys):
    main(["--lake", lake.root, "verify"])  # what is imported and cached stays
    capsys.readouterr()
    used, limits = len(list(Path("/proc/self/fd").iterdir())), resource.getrlimit(resource.RLIMIT_NOFILE)
    for spare in range(1, 8):
        resource.setrlimit(resource.RLIMIT_NOFILE, (used + spare, limits[1]))
        try:
            status = main(["--lake", lake.root, "verify"])
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        said = capsys.readouterr()
        assert status in (0, 2, 3) and (status != 2 or said.err.count("\n") == 1), said


def test_a_lake_without_its_first_tables_is_damaged_and_not_empty(signed, lake, capsys):
    gone("activities", "l0_raw", "crawl_files")(signed)
    (Path(lake.root) / "_seals" / "lake").unlink()
    (Path(lake.root) / "tierline.json").write_text(json.dumps({"format": format.FORMAT}))
    assert main(["--lake", lake.root, "verify"]) == 1
    assert "mismatch" in capsys.readouterr().out
