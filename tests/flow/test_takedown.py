"""A takedown of a domain that feeds every tier: nothing of it is found, other shards stand, it stays out, and it survives kills."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import takedown
from ingest import ingest
from tests.flow.takedown_lake import DOMAIN, SECRET, copy_of, make_lake, rows_of, write_lines
from tierline.cli.main import main as tierline
from tierline.crawl import CrawlRegistry
from tierline.lake import Lake
from tierline.stages import STAGES
from tierline.tables.records import CALLS, REVIEWS
from tierline.takedown.ledger import takedowns
from tierline.takedown.work import digests

KILLS = int(os.environ.get("KILLS", "2"))  # of one takedown, at random moments


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    home = tmp_path_factory.mktemp("takedown")
    with pytest.MonkeyPatch.context() as patch:
        make_lake(home, patch)
    return home


def asked(home: Path, *scope: str) -> str:
    """The id of a request that was recorded."""
    signed = "--who", "The keepers", "--grounds", "It is ours.", "--proof", "token on the page", "--key", str(home / "key.pem")
    assert tierline(["--lake", str(home / "lake"), "takedown", "request", *signed, *scope]) == 0
    return takedowns(Lake(str(home / "lake")))[-1].takedown_id


def holding(home: Path) -> list[str]:
    """Files that hold the sentence that only removed pages have, as grep finds it."""
    found = [path for path in home.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    return [str(path) for path in found if "crawl" not in path.relative_to(home).parts]


@pytest.fixture(scope="module")
def done(made, tmp_path_factory):
    """(home, id, digests before) of a takedown that was carried out."""
    with pytest.MonkeyPatch.context() as patch:
        home = copy_of(made, tmp_path_factory.mktemp("done") / "home", patch)
        assert any("_journal" in path for path in holding(home)) and any("history" in path for path in holding(home))
        before = digests(Lake(str(home / "lake")))
        takedown_id = asked(home, "--domain", DOMAIN)
        assert takedown.main([takedown_id, "--key", str(home / "key.pem")]) == 0
        yield home, takedown_id, before


def test_nothing_of_it_is_found_and_what_others_said_stays(done):
    home, takedown_id, _ = done
    lake = Lake(str(home / "lake"))
    assert holding(home) == []
    for stage in STAGES:
        for table in stage.tables:
            told = str(rows_of(lake, table))
            assert SECRET not in told and "docs.harborlight.example" not in told, table
    calls = lake.delta.records("llm_calls", CALLS)
    assert [row["call_id"] for row in calls] == ["call_1"]
    reviews = lake.delta.records("reviews", REVIEWS)
    assert len(reviews) == 1 and SECRET not in reviews[0]["comment"]
    facts = {row["subject"]: row["independent_sources"] for row in rows_of(lake, "l4_facts")}
    assert len(facts) == 3 and set(facts.values()) == {2}, "three facts have two sources left, three fell"
    assert not any(row["state"] == "withdrawn" for row in rows_of(lake, "l4_values"))
    (one,) = takedowns(lake)
    assert (one.state, one.fault, one.takedown_id) == ("done", "", takedown_id)


def test_conservation_gates_and_other_shards_hold(done, capsys):
    home, takedown_id, before = done
    lake = Lake(str(home / "lake"))
    mixed, other = CrawlRegistry(lake).shards()
    after = digests(lake)
    per_shard = [stage.name for stage in STAGES if stage.per_shard]
    assert all(before[f"{stage}/{other}"] == after[f"{stage}/{other}"] for stage in per_shard)
    assert before[f"l0_raw/{mixed}"] != after[f"l0_raw/{mixed}"]
    rules = [row["rule"] for row in lake.decisions("l0_raw", mixed).to_pylist()]
    assert rules.count(f"takedown:{takedown_id}") == 6 and len(rules) == 12
    assert all(lake.is_promoted(stage, shard) for stage in per_shard for shard in (mixed, other))
    assert tierline(["--lake", str(home / "lake"), "verify"]) == 0, capsys.readouterr()


def test_its_certificate_verifies_elsewhere(done, tmp_path):
    home, takedown_id, _ = done
    lake = ["--lake", str(home / "lake")]
    assert tierline([*lake, "takedown", "certificate", takedown_id, "--to", str(tmp_path / "certificate")]) == 0
    (root,) = {key for line in (tmp_path / "certificate" / "keys").read_text().splitlines() for key in keys_in(line)}
    check = [sys.executable, "-m", "tierline.cli", "takedown", "verify", str(tmp_path / "certificate"), "--root-key"]
    elsewhere = {"cwd": tmp_path, "capture_output": True, "text": True}
    found = subprocess.run([*check, root], **elsewhere)
    assert found.returncode == 0 and f"holds: {takedown_id}" in found.stdout, found.stderr
    assert not any(SECRET in path.read_text() for path in (tmp_path / "certificate").iterdir())
    assert subprocess.run([*check, f"key_{'0' * 64}"], **elsewhere).returncode == 2
    for name in ("certificate.json", "statement.json", "leaves", "keys"):
        path = tmp_path / "certificate" / name
        whole = path.read_bytes()
        path.write_bytes(whole.replace(b"6", b"7", 1))
        assert subprocess.run([*check, root], **elsewhere).returncode == 2, name
        path.write_bytes(whole)


def keys_in(line: str) -> set[str]:
    return {json.loads(line)["signatures"][0]["keyid"]}


def test_a_recrawl_and_a_near_duplicate_stay_out(done, made, tmp_path):
    home, takedown_id, _ = done
    page, *_ = [json.loads(line) for line in (made / "crawl" / "mixed.jsonl").read_text().splitlines()]
    again = [
        page | {"title": "Fetched again"},
        page | {"url": "https://copies.example/1", "text": page["text"].replace("come", "sail").replace("told", "heard")},
        {"url": "https://fresh.example/1", "text": page["text"][::-1]},
    ]
    write_lines(tmp_path / "again.jsonl", again)
    ingest(str(tmp_path / "again.jsonl"))
    lake = Lake(str(home / "lake"))
    shard = CrawlRegistry(lake).shards()[-1]
    assert [row["url"] for row in lake.read("l0_raw", shard).to_pylist()] == ["https://fresh.example/1"]
    details = {row["detail"] for row in lake.decisions("l0_raw", shard).to_pylist() if row["rule"] == f"takedown:{takedown_id}"}
    assert details == {f"domain {DOMAIN}", "the same words"}
    assert holding(home) == []


def test_an_empty_takedown_changes_nothing(made, tmp_path, monkeypatch):
    home = copy_of(made, tmp_path / "home", monkeypatch)
    before = digests(Lake(str(home / "lake")))
    ended = {(row["stage"], row["shard"]): row["ended_at"] for row in Lake(str(home / "lake")).activity_rows()}
    assert takedown.main([asked(home, "--domain", "nobody.example"), "--key", str(home / "key.pem")]) == 0
    lake = Lake(str(home / "lake"))
    assert digests(lake) == before
    assert {(row["stage"], row["shard"]): row["ended_at"] for row in lake.activity_rows()} == ended


@pytest.mark.soak
def test_one_that_is_killed_again_and_again_completes(made, done, tmp_path, monkeypatch):
    home = copy_of(made, tmp_path / "home", monkeypatch)
    takedown_id, drawn, killed = asked(home, "--domain", DOMAIN), random.Random(22), 0
    command = [sys.executable, "-m", "takedown", takedown_id, "--key", str(home / "key.pem")]
    for _ in range(KILLS):
        process = subprocess.Popen(command, cwd=Path(takedown.__file__).parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(drawn.uniform(10, 60))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
    assert killed, "none was under way any more when it was to be killed"
    assert subprocess.run(command, cwd=Path(takedown.__file__).parent).returncode == 0
    lake = Lake(str(home / "lake"))
    assert holding(home) == [] and takedowns(lake)[0].state == "done"
    assert {place: digest for place, digest in digests(lake).items() if "/all" not in place} == {
        place: digest for place, digest in digests(Lake(str(done[0] / "lake"))).items() if place in digests(lake) and "/all" not in place
    }


def test_a_refused_or_unproven_request_is_not_carried_out(made, tmp_path, monkeypatch, capsys):
    home = copy_of(made, tmp_path / "home", monkeypatch)
    takedown_id, key = asked(home, "--url", "https://second.example/1"), str(home / "key.pem")
    assert tierline(["--lake", str(home / "lake"), "takedown", "refuse", takedown_id, "--why", "fair use", "--key", key]) == 0
    assert takedown.main([takedown_id, "--key", key]) == 2
    assert "was refused" in capsys.readouterr().err
    other = asked(home, "--url", "https://second.example/2")
    (home / "lake" / "_proof" / "statements").unlink()
    assert takedown.main([other, "--key", key]) == 2
    assert "nobody with the role takedown has signed it" in capsys.readouterr().err
    for wrong in (["--domain", "co.uk"], ["--url", "nothing"], []):
        told = ["--who", "A", "--grounds", "b", "--proof", "c", "--key", key]
        assert tierline(["--lake", str(home / "lake"), "takedown", "request", *told, *wrong]) == 2
        assert capsys.readouterr().err.count("\n") == 1
