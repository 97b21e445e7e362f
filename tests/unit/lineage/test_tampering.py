"""Everything a lake records is proven by something else that it records: each kind of tampering is named in one line, with its place."""

import json
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
from tierline.lineage import verify
from tierline.tables.records import CALLS, CALLS_TABLE

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
}


def test_an_untouched_lake_raises_no_alarm(lake):
    assert told(lake) == []


@pytest.mark.parametrize(("tamper", "where"), TAMPERS.values(), ids=TAMPERS)
def test_tampering_is_named_with_its_place(lake, tamper, where):
    tamper(lake)
    found = told(lake)
    assert any(line.startswith(where) for line in found), found
    assert all("\n" not in line for line in found)


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
