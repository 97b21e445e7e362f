"""Everything a lake records is proven by something else that it records: each kind of tampering is named in one line, with its place."""

import json
import os
import resource
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import commit_rows
from tests.unit.lineage.conftest import SHARD, House, build
from tierline.cli.main import main
from tierline.crawl import CrawlRegistry, PackRules
from tierline.lake import Lake, Verdict, Waiver, format
from tierline.lake.seal import _checksum, _line
from tierline.lineage import verify
from tierline.lineage.verify_records import Records
from tierline.tables.records import CALLS, CALLS_TABLE, CRAWL_FILES

Tamper = Callable[[Lake], object]


def call(number: int, answer: str) -> dict[str, Any]:
    row = dict.fromkeys(CALLS.names)
    return row | {"call_id": f"call_{number}", "response": answer, "state": "ok", "shard": SHARD, "called_at": datetime.now(UTC)}


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A folder with a lake that holds every kind of record, some of them replaced once. Not to be changed."""
    house: House = build(tmp_path_factory.mktemp("whole"))
    lake = house.lake
    CrawlRegistry(lake).register([str(house.crawl)], PackRules())
    for number in range(3):
        lake.delta.append(CALLS_TABLE, pa.Table.from_pylist([call(number, '{"text": "yes"}')], schema=CALLS), ["shard"])
    documents = lake.read("l1_filtered", SHARD).drop_columns(["activity_id", "shard"]).to_pylist()
    commit_rows(lake, "l1_filtered", documents)  # the same rows again: an activity and a verdict that were replaced
    refused = commit_rows(lake, "review_queue", [], promote=False)
    lake.record(Verdict("review_queue", SHARD, refused.stage_digest, "t", "0", False, "[]", ("rows is 0",)))
    lake.waive(Waiver("review_queue", SHARD, refused.stage_digest, "who", "why", date(2999, 1, 1)))
    return Path(lake.root).parent


@pytest.fixture
def lake(whole, tmp_path) -> Lake:
    """A copy to be damaged."""
    shutil.copytree(whole / "lake", tmp_path / "lake")
    return Lake(str(tmp_path / "lake"))


def told(lake: Lake) -> list[str]:
    return [str(mismatch) for mismatch in verify(lake)[0]]


def files(lake: Lake, table: str, **where: str) -> list[Path]:
    """The current files of a partition."""
    return [Path(lake.root) / table / file for file in Lake(lake.root).delta.files(table, where or None)]


def log(lake: Lake, table: str) -> list[Path]:
    """The entries of a table's log, the oldest first."""
    return sorted((Path(lake.root) / table / "_delta_log").glob("*.json"))


def edit(table: str, column: str, value: Any, **where: str) -> Tamper:
    """Write a file again with another value in its first row."""

    def tamper(lake: Lake) -> None:
        file = files(lake, table, **where)[0]
        rows = pq.read_table(file, partitioning=None)
        changed = [rows.to_pylist()[0] | {column: value}, *rows.to_pylist()[1:]]
        pq.write_table(pa.Table.from_pylist(changed, schema=rows.schema), file)

    return tamper


def flip(table: str, place: float, **where: str) -> Tamper:
    """Flip a bit of a byte at this share of a file's length."""

    def tamper(lake: Lake) -> None:
        file = files(lake, table, **where)[0]
        data = bytearray(file.read_bytes())
        data[int(place * (len(data) - 1))] ^= 4
        file.write_bytes(data)

    return tamper


def with_file(table: str, change: Callable[[Path], object], **where: str) -> Tamper:
    return lambda lake: change(files(lake, table, **where)[0])


def with_entry(table: str, place: int, change: Callable[[Path], object]) -> Tamper:
    return lambda lake: change(log(lake, table)[place])


def roll_back(table: str, entries: int) -> Tamper:
    """Remove the newest entries of a log, as an older copy of it would lack them."""
    return lambda lake: [entry.unlink() for entry in log(lake, table)[-entries:]]


def cut(table: str, entries: int) -> Tamper:
    """The same, and the lines about them in the table's seal."""

    def tamper(lake: Lake) -> None:
        roll_back(table, entries)(lake)
        seal = Path(lake.root) / "_seals" / table
        seal.write_text("".join(seal.read_text().splitlines(True)[:-entries]))

    return tamper


def gone(*tables: str) -> Tamper:
    """Remove tables with their seals."""

    def tamper(lake: Lake) -> None:
        for table in tables:
            shutil.rmtree(Path(lake.root) / table)
            (Path(lake.root) / "_seals" / table).unlink()

    return tamper


def append(table: str, form: Any, engine: str = "tierline", add: bool = False, **where: str) -> Tamper:
    """An entry after the newest one that removes a current file of a partition or, with `add`, one that was replaced becomes current."""

    def tamper(lake: Lake) -> None:
        present = Lake(lake.root).delta.files(table, where)
        actions: list[dict[str, Any]] = [{"commitInfo": {"engineInfo": engine, "operation": "WRITE"}}] if form else []
        actions += [{"remove": {"path": path.replace("%", "%25"), "deletionTimestamp": 0, "dataChange": True}} for path in present[:1]]
        if add:
            named = [json.loads(line).get("add") for entry in log(lake, table) for line in entry.read_text().splitlines()]
            folder = present[0].rsplit("/", 1)[0]
            actions += [{"add": one} for one in named if one and one["path"].startswith(folder) and one["path"] not in present][:1]
        entries = log(lake, table)
        entries[-1].with_name(f"{len(entries):020d}.json").write_text("".join(f"{json.dumps(action)}\n" for action in actions))

    return tamper


def special(path: Path) -> None:
    """Put a pipe in the place of a file: whoever opens it to read waits for a writer."""
    path.unlink()
    os.mkfifo(path)


def forge_path(entry: Path) -> None:
    """Let an entry name another file."""
    entry.write_text(entry.read_text().replace("part-", "part_"))


def swap(lake: Lake) -> None:
    """Put a shard's earlier activity in the place of its present one."""
    present = files(lake, "activities", stage="l1_filtered", shard=SHARD)[0]
    (earlier,) = [file for file in present.parent.glob("*.parquet") if file != present]
    shutil.copyfile(earlier, present)


L1 = {"stage": "l1_filtered", "shard": SHARD}
TAMPERS: dict[str, tuple[Tamper, str]] = {
    "reason of a decision": (edit("decisions", "detail", "because", stage="l4_claims", shard=SHARD), "l4_claims/s"),
    "activity of a decision": (edit("decisions", "activity_id", "act_other", stage="l4_claims", shard=SHARD), "l4_claims/s"),
    "outcome of a verdict": (edit("verdicts", "passed", True, stage="review_queue", shard=SHARD), "verdicts/review_queue/s"),
    "reason of a verdict": (edit("verdicts", "results", '[{"value": 1}]', **L1), "verdicts/l1_filtered/s"),
    "day of a waiver": (edit("waivers", "until", date(2999, 1, 2)), "waivers/review_queue"),
    "answer of a model": (edit(CALLS_TABLE, "response", '{"text": "no"}'), "llm_calls/s"),
    "parameters of an activity": (edit("activities", "parameters", '{"rules": "other"}', **L1), "activities/l1_filtered/s"),
    "model of an activity": (edit("activities", "model_id", "other", **L1), "activities/l1_filtered/s"),
    "rows of an activity": (edit("activities", "rows_in", 99, **L1), "activities/l1_filtered/s"),
    "earlier activity in the place of the present one": (swap, "activities/l1_filtered/s"),
    "digest of a crawl file": (edit("crawl_files", "digest", "other"), "crawl_files/"),
    "text of a row": (edit("l1_filtered", "text", "another text", shard=SHARD), "l1_filtered/s"),
    "activity of a row": (edit("l1_filtered", "activity_id", "act_other", shard=SHARD), "l1_filtered/s"),
    "last entry of the log of verdicts": (roll_back("verdicts", 1), "verdicts: entry "),
    "last entry of the log of activities": (roll_back("activities", 1), "activities: entry "),
    "log of verdicts rolled back": (roll_back("verdicts", 4), "verdicts: entry "),
    "log of activities rolled back": (roll_back("activities", 4), "activities: entry "),
    "log of model calls rolled back": (roll_back(CALLS_TABLE, 1), "llm_calls: entry "),
    "last entry of a data table's log": (roll_back("l4_facts", 1), "l4_facts: entry "),
    "entry in the middle of a log": (with_entry("activities", 3, Path.unlink), "activities: entry 3"),
    "entry of a log changed": (with_entry("activities", -1, forge_path), "activities: entry "),
    "garbage in a log": (with_entry("l1_filtered", -1, lambda entry: entry.write_text("{]")), "l1_filtered: entry "),
    "garbage in the log of activities": (with_entry("activities", 2, lambda entry: entry.write_bytes(b"\xff\xfe")), "activities: entry 2"),
    "log removed": (lambda lake: shutil.rmtree(Path(lake.root) / "verdicts" / "_delta_log"), "verdicts: entry 0"),
    "registry removed": (lambda lake: shutil.rmtree(Path(lake.root) / "crawl_files"), "crawl_files: entry 0"),
    "model calls removed": (lambda lake: shutil.rmtree(Path(lake.root) / CALLS_TABLE), "llm_calls: entry 0"),
    "file of a verdict removed": (with_file("verdicts", Path.unlink, **L1), "verdicts/l1_filtered/s"),
    "file of an activity removed": (with_file("activities", Path.unlink, **L1), "activities/l1_filtered/s"),
    "file of model calls removed": (with_file(CALLS_TABLE, Path.unlink), "llm_calls/s"),
    "file of rows removed": (with_file("l4_claims", Path.unlink), "l4_claims/s"),
    "byte of model calls": (flip(CALLS_TABLE, 0.3), "llm_calls/s"),
    "byte of an activity": (flip("activities", 0.5, **L1), "activities/l1_filtered/s"),
    "byte of a verdict": (flip("verdicts", 0.4, **L1), "verdicts/l1_filtered/s"),
    "byte of a registered file": (flip("crawl_files", 0.3), "crawl_files/"),
    "byte of rows": (flip("l2_selected", 0.2), "l2_selected/s"),
    "byte of a footer": (flip("l2_selected", 0.9), "l2_selected/s"),
    "file of rows cut short": (with_file("l3_refined", lambda file: file.write_bytes(file.read_bytes()[:-9])), "l3_refined/s"),
    "file of rows emptied": (with_file("l3_refined", lambda file: file.write_bytes(b"")), "l3_refined/s"),
    "file of an activity emptied": (with_file("activities", lambda file: file.write_bytes(b""), **L1), "activities/l1_filtered/s"),
    "file of decisions emptied": (with_file("decisions", lambda file: file.write_bytes(b""), stage="l4_claims"), "l4_claims/s"),
    "seals removed": (lambda lake: shutil.rmtree(Path(lake.root) / "_seals"), "activities: "),
    "seal emptied": (lambda lake: (Path(lake.root) / "_seals" / "activities").write_text(""), "activities: "),
    "end of a seal removed": (
        lambda lake: (lambda seal: seal.write_text("".join(seal.read_text().splitlines(True)[:1])))(
            Path(lake.root) / "_seals" / "activities"
        ),
        "activities: ",
    ),
    "line of a seal removed": (
        lambda lake: (lambda seal: seal.write_text("".join(seal.read_text().splitlines(True)[1:])))(
            Path(lake.root) / "_seals" / "verdicts"
        ),
        "verdicts: ",
    ),
    "verdict removed by an entry": (append("verdicts", form=False, **L1), "verdicts: entry "),
    "verdict removed by an entry in our form": (append("verdicts", form=True, **L1), "verdicts: entry "),
    "activity removed by an entry": (append("activities", form=True, **L1), "activities: entry "),
    "waiver removed by an entry": (append("waivers", form=True, stage="review_queue"), "waivers: entry "),
    "registered file removed by an entry": (append("crawl_files", form=True), "crawl_files: entry "),
    "model call removed by an entry": (append(CALLS_TABLE, form=True), "llm_calls: entry "),
    "verdict that was replaced made current": (append("verdicts", form=True, add=True, **L1), "verdicts: entry "),
    "rows removed by another engine": (append("l4_claims", form=True, engine="delta-rs:1", shard=SHARD), "l4_claims: entry "),
    **{
        f"log and seal of {table} cut": (cut(table, 1), f"{table}: ")
        for table in ("verdicts", "activities", "waivers", "decisions", CALLS_TABLE, "crawl_files", "l1_filtered")
    },
    **{
        f"{table} gone with its seal": (gone(table), f"{table}: ")
        for table in ("verdicts", "activities", "waivers", "decisions", CALLS_TABLE, "crawl_files", "l1_filtered")
    },
    "all records gone with their seals": (gone("verdicts", "activities", "decisions"), "activities: "),
    "record of the seals gone": (lambda lake: (Path(lake.root) / "_seals" / "lake").unlink(), "_seals/lake: is missing"),
    "record of the seals changed": (
        lambda lake: (lambda heads: heads.write_text("".join(heads.read_text().splitlines(True)[1:])))(Path(lake.root) / "_seals" / "lake"),
        "_seals/lake: was changed",
    ),
    "pipe as rows": (with_file("l1_filtered", special, shard=SHARD), "l1_filtered/s"),
    "pipe as decisions": (with_file("decisions", special, stage="l4_claims"), "l4_claims/s"),
    "pipe as a verdict": (with_file("verdicts", special, **L1), "verdicts/l1_filtered/s"),
    "pipe as an entry": (with_entry("verdicts", 0, special), "verdicts: "),
    "pipe as a seal": (lambda lake: special(Path(lake.root) / "_seals" / "verdicts"), "verdicts: "),
    "pipe as the record of the seals": (lambda lake: special(Path(lake.root) / "_seals" / "lake"), "_seals/lake: "),
    "copy that is not whole": (lambda lake: (Path(lake.root) / "_copying").write_text("x"), "_copying: "),
}


def test_an_untouched_lake_raises_no_alarm(lake):
    assert told(lake) == []


@pytest.mark.parametrize(("tamper", "where"), TAMPERS.values(), ids=TAMPERS)
def test_tampering_is_named_with_its_place(lake, tamper, where):
    tamper(lake)
    found = told(lake)
    assert any(line.startswith(where) for line in found), found
    assert all("\n" not in line for line in found)


@pytest.mark.parametrize("kept", ["activities", "verdicts"])
def test_every_seal_but_one_is_missed_and_so_is_its_beginning_once_it_goes_on(lake, kept):
    seals, logs = Path(lake.root) / "_seals", {path.parent.name for path in Path(lake.root).glob("*/_delta_log")}
    assert {path.name for path in seals.iterdir()} == logs | {"lake", ".lock"}
    for name in logs - {kept}:
        (seals / name).unlink()
    found = records(lake)
    assert {name for name in logs if f"{name}: the seal of its log is missing" in found} == logs - {kept}
    written_to = {name for name in logs - {kept} if len(log(lake, name)) > 1}
    for name in written_to:
        entry = log(lake, name)[-1]
        (seals / name).write_text(_line(entry.name, _checksum(entry), "")[0])
    found = records(lake)
    assert {name for name in logs if f"{name}: the beginning of its seal is missing" in found} == written_to != set()


def records(lake: Lake) -> list[str]:
    """What is said of records and logs."""
    return [str(mismatch) for mismatch in Records(lake).mismatches]


def test_damage_of_two_records_does_not_hide_damage_of_rows(lake):
    for name in ("file of an activity emptied", "garbage in a log", "byte of rows"):
        TAMPERS[name][0](lake)
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
def test_what_was_cut_off_is_missed_after_later_commits_too_until_the_record_is_begun_anew(lake, table):
    cut(table, 1)(lake)
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
    Lake(lake.root).delta.append(CALLS_TABLE, pa.Table.from_pylist([call(9, "{}")], schema=CALLS), ["shard"])
    row = dict.fromkeys(CRAWL_FILES.names) | {"shard": "other", "uri": "other"}
    Lake(lake.root).delta.append("crawl_files", pa.Table.from_pylist([row], schema=CRAWL_FILES), ["shard"])


def test_an_older_copy_of_a_table_with_the_record_of_the_seals_is_noticed_by_the_other_tables(whole, lake):
    for _ in range(9):
        commit_rows(lake, "l1_filtered", [])
    for name in ("verdicts", "_seals/verdicts", "_seals/lake"):
        old, new = whole / "lake" / name, Path(lake.root) / name
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


def test_a_lake_from_before_there_was_a_record_of_seals_gets_one_with_its_next_commit(lake):
    (Path(lake.root) / "_seals" / "lake").unlink()
    (Path(lake.root) / "tierline.json").write_text(json.dumps({"format": format.FORMAT}))
    assert records(lake) == []
    Lake(lake.root).delta.append(CALLS_TABLE, pa.Table.from_pylist([call(9, "{}")], schema=CALLS), ["shard"])
    cut("verdicts", 1)(lake)
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


def test_a_lake_without_its_first_tables_is_damaged_and_not_empty(lake, capsys):
    gone("activities", "l0_raw", "crawl_files")(lake)
    (Path(lake.root) / "_seals" / "lake").unlink()
    (Path(lake.root) / "tierline.json").write_text(json.dumps({"format": format.FORMAT}))
    assert main(["--lake", lake.root, "verify"]) == 1
    assert "mismatch" in capsys.readouterr().out
