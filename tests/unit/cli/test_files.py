"""The fate of every file, also of several in one shard: where it is, what became of its records, what is wrong with it."""

import gzip
import json
import zipfile
from datetime import UTC, datetime

import pytest

from tests.unit.crawl.test_read import page_record
from tier_assets.crawl_files import files_table
from tierline.crawl.fates import STATES, note_current, note_failure, note_success
from tierline.crawl.inbox import Inbox
from tierline.crawl.read import read_shard
from tierline.crawl.registry import CrawlRegistry, PackRules
from tierline.crawl.rules import ReadRules
from tierline.gates import judge_stage
from tierline.lake import Activity
from tierline.stages import STAGES


@pytest.fixture
def inbox(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def register(lake, *names: str) -> str:
    (shard,) = CrawlRegistry(lake).register([f"inbox/{name}" for name in names], PackRules())
    return shard


def read(lake, shard: str) -> None:
    registry = CrawlRegistry(lake)
    activity = Activity.begin("l0_raw", shard, "1", (), {f"crawl_files/{shard}": registry.digest(shard)})
    lake.commit(activity, read_shard(registry.files(shard), ReadRules()))
    judge_stage(lake, "l0_raw", shard)


def fates(run) -> dict[str, dict]:
    status, out, _ = run("files", "--json")
    assert status == 0
    return {row["file"].removeprefix("inbox/"): row for row in map(json.loads, out.splitlines())}


def finish(lake, commit, shard: str) -> None:
    for stage in STAGES:
        if stage.per_shard and stage.name != "l0_raw":
            commit(lake, stage.name, [], shard)


def test_files_of_one_shard_are_counted_apart_in_every_tier(lake, inbox, run, commit):
    (inbox / "a.jsonl").write_text('{"text": "one"}\n{broken\n{"text": "two"}\n')
    (inbox / "b.jsonl").write_text('{"text": "three"}\n')
    shard = register(lake, "a.jsonl", "b.jsonl")
    assert {row["state"] for row in fates(run).values()} == {"registered"}
    read(lake, shard)
    assert {row["state"] for row in fates(run).values()} == {"waiting"}
    finish(lake, commit, shard)
    first, _, third = (
        row["doc_id"] for row in lake.read("l0_raw", shard, ["doc_id", "source_uri"]).to_pylist() if row["source_uri"] == "inbox/a.jsonl"
    )
    commit(lake, "l1_filtered", [{"doc_id": first}, {"doc_id": third}], shard)
    commit(lake, "l2_selected", [{"doc_id": third}], shard)
    found = fates(run)
    assert found["a.jsonl"]["state"] == found["b.jsonl"]["state"] == "finished" and found["a.jsonl"]["shard"] == shard
    counts = {"records": 3, "errors": 1, "l0_rows": 2, "l1_rows": 2, "l2_rows": 1, "l3_rows": 0, "l4_rows": 0}
    assert found["a.jsonl"]["counts"] == counts and found["a.jsonl"]["first_error"].startswith("at 16: broken JSON")
    assert found["b.jsonl"]["counts"] == dict(counts, records=1, errors=0, l0_rows=1, l1_rows=0, l2_rows=0)
    assert "a.jsonl" in run("files")[1]


def test_every_state_has_its_reason(lake, inbox, run, commit):
    for name, text in {"refused": "{broken\n", "gone": '{"text": "x"}', "forgotten": '{"text": "y"}', "changed": '{"text": "z"}'}.items():
        (inbox / f"{name}.jsonl").write_text(text)
        read(lake, register(lake, f"{name}.jsonl"))
    (inbox / "page.docx").write_bytes(b"PK")
    Inbox(lake, "inbox").take_in(PackRules())
    (inbox / "gone.jsonl").unlink()
    CrawlRegistry(lake).forget(["inbox/forgotten.jsonl"])
    (inbox / "changed.jsonl").write_text('{"text": "other"}')
    CrawlRegistry(lake).take_in(["inbox/changed.jsonl"], PackRules())
    found = {name.split(".")[0]: (row["state"], row["why"]) for name, row in fates(run).items()}
    assert {state for state, _ in found.values()} < set(STATES)
    assert found["refused"][0] == "quarantined" and "l0_raw: error_share is 1" in found["refused"][1]
    assert found["gone"] == ("gone", "put it back, or `tierline forget` withdraws its rows")
    assert found["forgotten"] == ("forgotten", "its rows are withdrawn by the next run of its shard")
    assert found["changed"] == ("waiting", "it has changed; its run is still to come")
    assert found["page"][0] == "not read" and "extract its text" in found["page"][1]
    assert run("files", "--state", "gone")[1].count("inbox/") == 1


def test_a_state_that_there_is_not_is_refused_with_those_that_there_are(lake, inbox, run):
    (inbox / "a.jsonl").write_text('{"text": "x"}')
    register(lake, "a.jsonl")
    status, out, err = run("files", "--state", "quarantine")
    assert (status, out) == (2, "") and err.startswith("tierline: --state 'quarantine': no such state; states are not read, registered,")
    assert run("files", "--state", "quarantined")[1] == "No file is in the state 'quarantined'.\n"


def test_a_past_moment_knows_no_later_change_of_a_file(lake, inbox, run, commit):
    (inbox / "a.jsonl").write_text('{"text": "one"}')
    shard = register(lake, "a.jsonl")
    read(lake, shard)
    finish(lake, commit, shard)
    moment = datetime.now(UTC)
    (inbox / "a.jsonl").write_text('{"text": "another one"}')
    CrawlRegistry(lake).take_in(["inbox/a.jsonl"], PackRules())
    (now,) = fates(run).values()
    assert now["state"] == "waiting" and datetime.fromisoformat(now["since"]) > moment and now["bytes"] == 23
    (then,) = (json.loads(line) for line in run("--as-of", moment.isoformat(), "files", "--json")[1].splitlines())
    assert then["state"] == "finished" and datetime.fromisoformat(then["since"]) <= moment and then["bytes"] is None


def test_a_run_that_failed_is_told_until_its_stage_has_finished(lake, inbox, run):
    (inbox / "a.jsonl").write_text('{"text": "one"}')
    shard = register(lake, "a.jsonl")
    activity = Activity.begin("l0_raw", shard, "1", (), {})
    note_failure(lake, activity, OSError("no space\nleft"))
    assert fates(run)["a.jsonl"]["state"] == "failed" and fates(run)["a.jsonl"]["why"].startswith("l0_raw: no space left; drop the file")
    note_success(lake, activity)
    assert fates(run)["a.jsonl"]["state"] == "registered"


def test_a_failure_is_over_once_what_it_would_have_written_stands(lake, inbox, run, commit):
    (inbox / "a.jsonl").write_text('{"text": "one"}')
    shard = register(lake, "a.jsonl")
    read(lake, shard)
    finish(lake, commit, shard)
    again = Activity.begin("l0_raw", shard, "1", (), {f"crawl_files/{shard}": CrawlRegistry(lake).digest(shard)})
    (inbox / "a.jsonl").rename(inbox / "away")
    note_failure(lake, again, OSError("is gone"))
    assert fates(run)["a.jsonl"]["state"] == "gone"
    (inbox / "away").rename(inbox / "a.jsonl")
    assert fates(run)["a.jsonl"]["state"] == "finished"


def test_a_failure_under_another_recipe_is_over_once_nothing_is_out_of_date(lake, inbox, run, commit):
    (inbox / "a.jsonl").write_text('{"text": "one"}')
    shard = register(lake, "a.jsonl")
    read(lake, shard)
    finish(lake, commit, shard)
    note_failure(lake, Activity.begin("l2_scores", shard, "2", {"other": 1}, {}), OSError("the model is down"))
    note_current(lake, {("l2_scores", shard)})
    assert fates(run)["a.jsonl"]["state"] == "failed"
    note_current(lake, set())
    assert fates(run)["a.jsonl"]["state"] == "finished"


def test_a_file_that_nobody_has_read_is_not_said_to_be_readable(lake, inbox, run):
    (inbox / "a.jsonl").write_text('{"text": "one"}')
    (inbox / "page.docx").write_bytes(b"PK")
    register(lake, "a.jsonl")
    Inbox(lake, "inbox").take_in(PackRules())
    assert run("files", "inbox/a.jsonl")[1] == "The lake holds no record of it. It is registered: its run is still to come\n"
    for name in ("inbox/page.docx", str(inbox / "page.docx")):
        status, out, _ = run("files", name)
        assert status == 0 and out.startswith("The lake holds no record of it. It is not read: ")
    assert run("files", "inbox/page.docx", "--json")[::2] == (0, "")


def test_unreadable_records_are_shown_with_their_lines_and_escaped_bytes(lake, inbox, run):
    (inbox / "a.jsonl.gz").write_bytes(
        gzip.compress(b'{"text": "one"}\n\n\x1b[31m{broken' + b"x" * 500 + b'\n{"text": "two"}\n{"no": "text"}\n')
    )
    shard = register(lake, "a.jsonl.gz")
    read(lake, shard)
    status, out, _ = run("files", "inbox/a.jsonl.gz", "--json")
    first, second = map(json.loads, out.splitlines())
    assert status == 0 and (first["line"], first["offset"], second["line"]) == (3, 17, 5)
    assert first["excerpt"].startswith(r"\x1b[31m{brokenx") and len(first["excerpt"]) < 200 and second["excerpt"] == r'{"no": "text"}\n'
    assert "\x1b" not in run("files", str(inbox / "a.jsonl.gz"))[1]
    assert run("files", "inbox/absent.jsonl")[::2] == (
        2,
        "tierline: inbox/absent.jsonl: no such crawl file in the lake; `tierline files` lists them\n",
    )
    assert '"broken JSON' in run("sql", "unreadable_records", "--json")[1], "also of a shard that was refused"


def test_unreadable_records_of_a_crawl_archive_have_their_bytes_too(lake, inbox, run):
    (inbox / "a.warc.gz").write_bytes(gzip.compress(page_record(1)) + gzip.compress(page_record(2))[:-40])
    read(lake, register(lake, "a.warc.gz"))
    *_, letter = map(json.loads, run("files", "inbox/a.warc.gz", "--json")[1].splitlines())
    assert letter["offset"] > 0 and letter["error"].startswith("truncated") and letter["excerpt"].startswith(r"WARC/1")


def test_records_of_members_are_counted_for_their_file_and_have_their_bytes(lake, inbox, run):
    with zipfile.ZipFile(inbox / "a.wacz", "w") as file:
        file.writestr("archive/one.warc.gz", gzip.compress(page_record(1)))
        file.writestr("archive/two.warc.gz", gzip.compress(page_record(2)) + gzip.compress(page_record(3))[:-40])
    (inbox / "b.csv").write_text("text,url\na,u\nb,u,v\n")
    shard = register(lake, "a.wacz", "b.csv")
    read(lake, shard)
    found = fates(run)
    assert set(found) == {"a.wacz", "b.csv"}
    assert [(found[name]["counts"]["records"], found[name]["counts"]["errors"]) for name in found] == [(4, 2), (2, 1)]
    *_, letter = map(json.loads, run("files", "inbox/a.wacz", "--json")[1].splitlines())
    assert letter["error"].startswith("truncated") and letter["excerpt"].startswith("WARC/1")
    (letter,) = map(json.loads, run("files", "inbox/b.csv", "--json")[1].splitlines())
    assert (letter["line"], letter["excerpt"]) == (3, r"b,u,v\n")
    rows = lake.read("l0_raw", shard)
    table = str(files_table(rows, ["inbox/a.wacz", "inbox/b.csv"]).value)
    assert table.count("inbox/") == 2


def test_forget_says_what_follows_and_names_what_it_does_not_know(lake, inbox, run):
    (inbox / "a.jsonl").write_text('{"text": "one"}')
    shard = register(lake, "a.jsonl")
    status, out, _ = run("forget", "inbox/a.jsonl")
    assert status == 0 and f"the next run of {shard} leaves it out" in out and CrawlRegistry(lake).files(shard) == []
    assert run("forget", "inbox/b.jsonl")[0] == 2
