"""Ingest meets bad input with one line and status 2, and what was committed before stays as it was."""

import gzip
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest

import ingest as ingest_module
from ingest import Outcome, _Refresh
from tests.flow.test_refresh import write_recipe
from tests.unit.crawl.test_read import page_record
from tier_assets.interruption import Interruption
from tier_assets.jobs import build_shared
from tier_assets.step_bar import StepBar, StepTimes
from tierline.crawl import CrawlRegistry, PackRules
from tierline.errors import LakeUnavailable
from tierline.lake import WHOLE_LAKE, Lake
from tierline.lake.locks import only_ingest
from tierline.tables.records import CALLS, CALLS_TABLE

ROOT = Path(__file__).parents[2]


def ingest(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-W", "ignore", "-m", "ingest", *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=300)


@pytest.fixture
def modelless(dagster_home, monkeypatch) -> None:
    """A recipe that asks no language model."""
    write_recipe(dagster_home / "tiers.yaml")
    monkeypatch.setenv("TIERLINE_RECIPE", str(dagster_home / "tiers.yaml"))


@pytest.mark.parametrize(
    ("make", "pattern", "message"),
    [
        (None, "absent.warc.gz", "no such file or folder"),
        (lambda home: (home / "folder").mkdir(), "folder", "holds no crawl files"),
        (lambda home: (home / "page.docx").write_text("x"), "page.docx", "not a crawl file by its extension"),
    ],
)
def test_bad_input_is_one_line_and_status_2(dagster_home, make, pattern, message):
    if make:
        make(dagster_home)
    done = ingest(str(dagster_home / pattern))
    assert done.returncode == 2, done.stderr
    assert message in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--again", ""], "no such shard"),
        (["--again", "x", ""], "a crawl and --again are given"),
        (["--shard-bytes", "-5", "crawl"], "--shard-bytes: shard_bytes is -5"),
        (["--shard-bytes", "0", "crawl"], "--shard-bytes: shard_bytes is 0"),
    ],
)
def test_arguments_that_cannot_be_meant_are_one_line_and_status_2(dagster_home, capsys, monkeypatch, arguments, said):
    monkeypatch.chdir(dagster_home)
    (dagster_home / "crawl").mkdir()
    (dagster_home / "crawl" / "a.jsonl").write_text("{}")
    assert ingest_module.main(arguments) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(("name", "value"), [("TIERLINE_INBOX_REMOVED", "delete"), ("TIERLINE_TOKENIZER", "/nowhere")])
def test_settings_that_cannot_be_meant_are_one_line_and_status_2(dagster_home, capsys, monkeypatch, name, value):
    (dagster_home / "a.jsonl").write_text('{"text": "A line of text."}\n')
    monkeypatch.delitem(sys.modules, "definitions", raising=False)
    monkeypatch.setenv(name, value)
    assert ingest_module.main([str(dagster_home / "a.jsonl")]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"ingest: {name}") and said.count("\n") == 1


def test_what_is_not_read_is_named_and_links_out_of_the_folder_are_not_followed(dagster_home, monkeypatch, capsys):
    taken = []
    monkeypatch.setattr(ingest_module, "ingest_files", lambda files, *_, **__: taken.extend(files) or [])
    crawl = dagster_home / "crawl"
    crawl.mkdir()
    for name in ("a.jsonl", "b.csv", "c.docx", "d.tar.gz", "e\x1b[31m.exe"):
        (crawl / name).write_text("{}")
    (dagster_home / "secret.jsonl").write_text("{}")
    (crawl / "link.jsonl").symlink_to(dagster_home / "secret.jsonl")
    for pattern in (str(crawl), f"{crawl}/*"):
        taken.clear()
        ingest_module.ingest(pattern)
        assert [Path(name).name for name in taken] == ["a.jsonl", "b.csv"]
        said = capsys.readouterr().err.splitlines()
        assert len(said) == 4 and "\x1b" not in "".join(said)
        assert "unpack it" in said[1] and "extract its text" in said[0] and "leaves the folder" in said[3]


def test_an_unwritable_lake_is_one_line_and_status_2(dagster_home, monkeypatch):
    (dagster_home / "file").write_text("x")
    monkeypatch.setenv("TIERLINE_LAKE", str(dagster_home / "file" / "lake"))
    (dagster_home / "a.warc.gz").write_bytes(gzip.compress(page_record()))
    done = ingest(str(dagster_home / "a.warc.gz"))
    assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr


@pytest.mark.usefixtures("modelless")
def test_broken_files_become_error_rows_and_a_refused_shard_keeps_the_rest(dagster_home):
    crawl = dagster_home / "crawl"
    crawl.mkdir()
    (crawl / "empty.warc.gz").write_bytes(b"")
    (crawl / "cut.warc.gz").write_bytes(gzip.compress(page_record())[:-30])
    (crawl / "good.jsonl").write_text('{"text": "A line of text."}\n' * 3)
    done = ingest(f"{crawl}/*.*")
    assert done.returncode == 0, done.stderr
    assert "quarantined" in done.stdout
    lake = Lake(str(dagster_home / "lake"))
    (manifest,) = lake.manifests("l0_raw")
    errors = {Path(row["source_uri"]).name for row in lake.read("l0_raw", manifest.shard).to_pylist() if row["status"] == "error"}
    assert {"empty.warc.gz", "cut.warc.gz"} <= errors


@pytest.mark.usefixtures("modelless")
def test_names_that_mean_something_elsewhere_are_only_names(dagster_home, monkeypatch):
    name = "lake [1] 100% #?*{a} größe-日本 a'b\"c;--"
    home = dagster_home / name
    home.mkdir()
    monkeypatch.setenv("TIERLINE_LAKE", str(home / "lake"))
    (home / f"{name}.jsonl").write_text('{"text": "A line of text."}\n' * 3)
    done = ingest(str(home / f"{name}.jsonl"))
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    (manifest,) = Lake(str(home / "lake")).manifests("l0_raw")
    assert manifest.rows == 3


@pytest.mark.parametrize("name", ["a%20b", "back\\slash", "new\nline"])
def test_a_place_where_no_lake_can_be_is_one_line_and_status_2(dagster_home, monkeypatch, name):
    monkeypatch.setenv("TIERLINE_LAKE", str(dagster_home / name))
    (dagster_home / "a.jsonl").write_text('{"text": "A line of text."}\n')
    done = ingest(str(dagster_home / "a.jsonl"))
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "name another folder" in done.stderr, done.stderr
    assert not (dagster_home / name).exists()


@pytest.mark.parametrize("database", ["history/runs.db", "schedules/schedules.db", "history/runs/index.db"])
def test_a_broken_event_storage_is_one_line_that_names_it_and_status_2(dagster_home, database):
    broken = dagster_home / "dagster" / database
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"no database" * 1000)
    (dagster_home / "a.jsonl").write_text('{"text": "A line of text."}\n' * 3)
    done = ingest(str(dagster_home / "a.jsonl"))
    assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr
    said = done.stderr.strip().splitlines()[-1]
    assert str(dagster_home / "dagster") in said and "not a database" in said and "move" in said


def test_a_lake_that_is_gone_is_not_begun_anew(tmp_path):
    refresh = _Refresh(Lake(str(tmp_path / "lake")), None, None, None, None)
    with pytest.raises(LakeUnavailable, match="gone"):
        refresh._execute(build_shared, WHOLE_LAKE, None)
    assert not list(tmp_path.iterdir())


def test_a_lake_that_goes_within_a_run_is_told_whatever_the_run_came_to(dagster_home, monkeypatch):
    lake = Lake(str(dagster_home / "lake"))
    (dagster_home / "a.jsonl").write_text('{"text": "A line of text."}\n')
    CrawlRegistry(lake).register([str(dagster_home / "a.jsonl")], PackRules())

    @dg.op
    def take_the_disk_away():
        (dagster_home / "lake").rename(dagster_home / "away")

    @dg.job(name=build_shared.name)
    def run():
        take_the_disk_away()

    monkeypatch.setattr("definitions.defs", dg.Definitions(jobs=[run]))
    with (
        dg.DagsterInstance.get() as instance,
        Interruption() as interruption,
        StepBar(StepTimes(lake.readable()), [], []) as bar,
        pytest.raises(LakeUnavailable, match="gone"),
    ):
        _Refresh(lake, None, instance, bar, interruption)._execute(build_shared, WHOLE_LAKE, None)
    assert (dagster_home / "away").is_dir() and not (dagster_home / "lake").exists()


def test_answers_that_could_not_be_used_are_told_with_what_to_do(tmp_path, capsys):
    lake = Lake(str(tmp_path / "lake"))
    calls = [
        {"call_id": state, "shard": "s", "state": state, "called_at": datetime(2026, 1, day, tzinfo=UTC)}
        for day, state in ((1, "error"), (2, "ok"), (3, "error"))
    ]
    lake.delta.append(CALLS_TABLE, pa.Table.from_pylist(calls, schema=CALLS), ["shard"])
    refresh = _Refresh(lake, None, None, None, None)
    refresh._tell_unanswered("s", datetime(2026, 1, 2, tzinfo=UTC))
    assert capsys.readouterr().err.startswith("s: 1 answers of the model could not be used")
    refresh._tell_unanswered("s", datetime(2026, 1, 4, tzinfo=UTC))
    assert capsys.readouterr().err == ""


def test_a_full_disk_under_the_event_storage_is_one_line_and_status_2(dagster_home):
    state = dagster_home / "dagster"
    (state / "history").write_text("a file where a folder has to be made")
    (dagster_home / "a.jsonl").write_text('{"text": "A line of text."}\n' * 3)
    done = ingest(str(dagster_home / "a.jsonl"))
    assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr
    assert str(state) in done.stderr.strip().splitlines()[-1]


def test_a_second_ingest_of_a_lake_with_another_state_is_one_line_and_status_2(dagster_home, tmp_path, monkeypatch):
    (tmp_path / "pages.jsonl").write_text('{"text": "x", "url": "https://a.example/"}\n')
    (tmp_path / "other").mkdir()
    monkeypatch.setenv("TIERLINE_STATE", str(tmp_path / "other"))
    with only_ingest(Lake(str(dagster_home / "lake"))):
        done = ingest(str(tmp_path / "pages.jsonl"))
    assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
    assert "another ingest is running on this lake" in done.stderr


def test_a_hostile_file_name_is_written_out_where_outcomes_are_printed(monkeypatch, capsys):
    refused = Outcome("crawl/\x1b[2Jcleared\nline\udcff.jsonl", failed="cannot be read")
    monkeypatch.setattr(ingest_module, "refresh", lambda: [refused])
    assert ingest_module.main([]) == 1
    assert capsys.readouterr().out == "crawl/\\x1b[2Jcleared\\nline\\udcff.jsonl: cannot be read\n"


def test_a_refused_and_a_failed_shard_are_told_in_one_sentence_each_the_same_in_the_terminal_and_in_the_ui(dagster_home, monkeypatch):
    write_recipe(dagster_home / "tiers.yaml")
    monkeypatch.setenv("TIERLINE_RECIPE", str(dagster_home / "tiers.yaml"))
    gone, broken, lake = dagster_home / "gone.jsonl", dagster_home / "broken.jsonl", Lake(str(dagster_home / "lake"))
    gone.write_text('{"text": "A line of text."}\n' * 3)
    (failing,) = CrawlRegistry(lake).register([str(gone)], PackRules(shard_bytes=1))
    gone.unlink()
    broken.write_text("{broken\n" * 5)
    done = ingest(str(broken), "--shard-bytes", "1")
    assert done.returncode == 1 and "Traceback" not in done.stdout + done.stderr, done.stderr
    (refused,) = set(CrawlRegistry(lake).shards()) - {failing}
    told = [line for line in done.stdout.splitlines() if line.startswith((failing, refused))]
    sentences = {line.split(" ")[0].rstrip(":"): line for line in told}
    assert len(told) == len(sentences) == 2, told
    assert sentences[failing] == f"{failing}: {gone}: the source is gone; put it back, or `tierline forget` withdraws its rows"
    assert sentences[refused].startswith(f"{refused} is quarantined at l0_raw: error_share is 1, must be at most 0.5")
    with dg.DagsterInstance.get() as instance:
        runs = {run.tags["dagster/partition"]: run for run in instance.get_runs(dg.RunsFilter(job_name="run_shard"))}
        assert f"{failing}: {first_failure(instance, runs[failing])}" == sentences[failing]
        assert first_failure(instance, runs[refused]) == "" and check_of(instance, runs[refused]) == sentences[refused]


def check_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """What the first check of the run that does not pass says."""
    events = [entry.dagster_event for entry in instance.all_logs(run.run_id, dg.DagsterEventType.ASSET_CHECK_EVALUATION)]
    return next(event.asset_check_evaluation_data.description for event in events if not event.asset_check_evaluation_data.passed)


def first_failure(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """The message of the first failure that the run's events show; empty if there is none."""
    failures = (dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE)
    events = (entry.dagster_event for entry in instance.all_logs(run.run_id))
    event = next((event for event in events if event and event.event_type in failures), None)
    if event is None:
        return ""
    error = event.event_specific_data.error
    assert error.stack == [] and error.cause is None
    return error.message
