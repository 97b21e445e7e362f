"""A lake, its crawl and its inbox on S3: written, gated, read, queried, proved, signed and vacuumed, with no extension from the network."""

import json
import os
import sys
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from deltalake import DeltaTable

from tests.conftest import commit_rows
from tests.object_store import BUCKET, KEYS, file_system, forget_stores
from tests.unit.lake.test_writers import run_together
from tierline.config.bundled import folder
from tierline.crawl import CrawlRegistry, PackRules, find_crawl_files
from tierline.crawl.inbox import Inbox
from tierline.crawl.listing import look_at
from tierline.crawl.read import read_shard
from tierline.crawl.rules import ReadRules
from tierline.errors import BadInput, LakeUnavailable, NotPromoted
from tierline.gates.emptiness import describe_decisions
from tierline.gates.judge import judge_stage
from tierline.lake import Activity, Lake, as_of, history
from tierline.lake.vacuum import vacuum
from tierline.lake.waivers import waive_refused
from tierline.lineage import verify
from tierline.proof.attestations import attest, attestation_lines, read_attestations
from tierline.proof.dsse import key_id
from tierline.proof.lines import append_at, lines_at
from tierline.proof.registry import Registry, register
from tierline.sql import Models

NOW = timedelta(0)


def test_a_crawl_at_s3_reaches_a_promoted_shard_at_s3_with_the_digest_of_a_folder(s3_place, tmp_path):
    pages = [{"url": f"https://a.example/{number}", "text": f"Page {number} about peat."} for number in range(3)]
    file_system().pipe(f"{s3_place}/inbox/pages.jsonl", "\n".join(map(json.dumps, pages)).encode())
    assert (
        find_crawl_files(f"s3://{s3_place}/inbox")
        == list(look_at(f"s3://{s3_place}/inbox").files)
        == [f"s3://{s3_place}/inbox/pages.jsonl"]
    )
    lake = Lake(f"s3://{s3_place}/tiers")
    inbox = Inbox(lake, f"s3://{s3_place}/inbox")
    assert inbox.take_in(PackRules()).growing == (f"s3://{s3_place}/inbox/pages.jsonl",), "as it may be until it is seen twice"
    (shard,) = inbox.take_in(PackRules()).shards
    near = Lake(str(tmp_path / "lake"))
    for one in (near, lake):
        one.commit(Activity.of("l0_raw", shard, ReadRules(), {}), read_shard(CrawlRegistry(lake).files(shard), ReadRules()))
        assert judge_stage(one, "l0_raw", shard).passed and describe_decisions(one, "l0_raw", shard) == "3 kept"
    assert lake.manifest("l0_raw", shard).stage_digest == near.manifest("l0_raw", shard).stage_digest
    rows, manifest = lake.read_promoted("l0_raw", shard, ["text"])
    assert rows["text"].to_pylist() == [page["text"] for page in pages]
    assert Models(folder("dbt_like_sql")).run(lake, "stg_documents").num_rows == 0
    mismatches, checked = verify(lake)
    assert mismatches == [] and checked.rows == 3
    assert as_of(lake, lake.activities()["ended_at"][0].as_py()).manifest("l0_raw", shard) == manifest


def write_as_a_host(root: str, go, name: str, shards: list[str], beside: str) -> None:
    """In a process that shares nothing with the others but the bucket."""
    os.environ |= {"XDG_CACHE_HOME": beside, "XDG_STATE_HOME": beside}
    lake = Lake(root)
    for shard in shards:
        go.wait(timeout=120)
        commit_rows(lake, "l0_raw", [{"doc_id": f"{name}-{shard}"}], shard)


def test_two_hosts_that_commit_at_once_lose_nothing_and_of_one_shard_the_later_one_counts(s3_place, tmp_path):
    root = f"s3://{s3_place}/tiers"
    run_together(write_as_a_host, [(root, name, [f"of-{name}", "of-both"], str(tmp_path / name)) for name in "ab"])
    lake = Lake(root)
    assert [manifest.shard for manifest in lake.promoted("l0_raw")] == ["of-a", "of-b", "of-both"]
    states = list(history(lake, "l0_raw", "of-both"))
    assert sorted(lake.read_manifest(state.manifest)["doc_id"][0].as_py() for state in states) == ["a-of-both", "b-of-both"]
    assert states[0].written_at > states[1].written_at and verify(lake)[0] == []
    newest = lake.read_promoted("l0_raw", "of-both")[0]["doc_id"][0].as_py()
    published = DeltaTable(f"{root}/l0_raw").to_pyarrow_table(columns=["doc_id"])["doc_id"].to_pylist()
    assert sorted(published) == sorted(["a-of-a", "b-of-b", newest])


def test_a_commit_that_another_one_overtakes_is_not_made_and_leaves_nothing(s3_place):
    lake, where = Lake(f"s3://{s3_place}/tiers"), {"stage": "l0_raw", "shard": "s"}
    commit_rows(lake, "l0_raw", [{"doc_id": "a"}])
    known, rows = lake.delta.files("activities", where), lake.activities("l0_raw")
    commit_rows(Lake(lake.root), "l0_raw", [{"doc_id": "b"}])
    before = file_system().find(f"{s3_place}/tiers")
    assert not lake.delta.replace_if("activities", rows, where, known)
    assert file_system().find(f"{s3_place}/tiers") == before
    assert lake.read_promoted("l0_raw", "s")[0]["doc_id"].to_pylist() == ["b"]


def test_keys_waivers_and_statements_of_a_lake_at_s3_count_for_whoever_reads_it(s3_place, tmp_path, monkeypatch):
    lake, ada = Lake(f"s3://{s3_place}/tiers"), Ed25519PrivateKey.generate()
    register(lake.signed_lines, key_id(ada.public_key()), "Ada", ["admin", "waive", "takedown"], None, ada)
    attest(lake.signed_lines, "takedown", "tkd_1", {"sha256": "0" * 64}, "requested", None, ada)
    commit_rows(lake, "l0_raw", [{"doc_id": "a", "status": "error"}], promote=False)
    judge_stage(lake, "l0_raw", "s")
    with pytest.raises(NotPromoted):
        lake.read_promoted("l0_raw", "s")
    waive_refused(lake, "l0_raw", "s", "Ada", "seen", (datetime.now(UTC) + timedelta(days=9)).strftime("%Y-%m-%d"), ada)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another host"))
    monkeypatch.setenv("TIERLINE_ROOT_KEY", key_id(ada.public_key()))
    elsewhere = Lake(lake.root)
    assert elsewhere.read_promoted("l0_raw", "s")[0].num_rows == 1
    (stated,) = read_attestations(attestation_lines(elsewhere.signed_lines), Registry.of(elsewhere.signed_lines))
    assert (stated.subject, stated.name, stated.fault) == ("tkd_1", "Ada", "")


def test_a_line_that_another_host_overtakes_is_made_again_for_what_is_there_then(s3_place):
    place, seen = Lake(f"s3://{s3_place}/tiers").signed_lines, []

    def overtaken(lines: list[str]) -> str:
        seen.append(list(lines))
        if len(seen) == 1:
            append_at(Lake(f"s3://{s3_place}/tiers").signed_lines, "keys", lambda _: "theirs")
        return "ours"

    append_at(place, "keys", overtaken)
    assert seen == [[], ["theirs"]] and lines_at(place, "keys") == ["theirs", "ours"] and lines_at(place, "statements") == []


def test_a_vacuum_at_s3_removes_what_was_replaced_and_nothing_else(s3_place):
    lake = Lake(f"s3://{s3_place}/tiers")
    for name in "abc":
        commit_rows(lake, "l0_raw", [{"doc_id": name}])
    replaced = [state.manifest.files[0] for state in history(lake, "l0_raw", "s")][1:]
    done = vacuum(lake, NOW, NOW, last_promoted=False)
    assert {f"l0_raw/{file}" for file in replaced} <= set(done.files) and not any(lake.delta.has("l0_raw", file) for file in replaced)
    assert lake.read_promoted("l0_raw", "s")[0]["doc_id"].to_pylist() == ["c"]
    assert verify(lake)[0] == [] and vacuum(lake, NOW, NOW, last_promoted=False).files == ()


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        pytest.param({}, "Unable to locate credentials", id="no-credentials"),
        pytest.param(KEYS | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "Could not connect", id="no-server"),
    ],
)
def test_a_store_that_cannot_be_reached_is_one_line_for_every_door(monkeypatch, tmp_path, keys, says):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in {"AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1", **keys}.items():
        monkeypatch.setenv(name, value)
    forget_stores()
    lake = Lake(str(tmp_path / "lake"))
    doors = [
        lambda: find_crawl_files("s3://lake/inbox"),
        lambda: find_crawl_files("s3://lake/inbox/*.jsonl"),
        lambda: Inbox(lake, "s3://lake/inbox").take_in(PackRules()),
        lambda: CrawlRegistry(lake).register(["s3://lake/inbox/a.jsonl"], PackRules()),
    ]
    for door in doors:
        with pytest.raises(BadInput, match=f"^s3://lake/inbox.*: cannot be (listed|read) .*{says}"):
            door()
    (row,) = read_shard(["s3://lake/inbox/a.jsonl"], ReadRules()).tables["l0_raw"].to_pylist()
    assert row["status"] == "error" and says in row["error"]


@pytest.mark.parametrize(
    ("key", "bucket", "says"),
    [
        pytest.param("wrong", BUCKET, "403 Forbidden", id="wrong-key"),
        pytest.param(KEYS["AWS_SECRET_ACCESS_KEY"], "nosuch", "NoSuchBucket: ", id="no-bucket"),
    ],
)
def test_a_lake_whose_store_refuses_is_one_line_that_says_what_to_check(s3_place, monkeypatch, key, bucket, says):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key)
    lake = Lake(f"s3://{bucket}/{s3_place}")
    for door in (lambda: lake.promoted("l0_raw"), lambda: commit_rows(lake, "l0_raw", [{"doc_id": "a"}])):
        with pytest.raises(LakeUnavailable, match=f"^s3://{bucket}/[^<]*{says}[^<]*; check the address, the store's variables[^<]*$"):
            door()


def test_an_address_whose_package_is_absent_is_one_line_that_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    for name in ("s3", "s3a"):
        monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, name, raising=False)
    for look in (find_crawl_files, look_at):
        with pytest.raises(BadInput, match=r"s3://lake/crawl: cannot be opened .*pip install 'tierline\[s3\]'"):
            look("s3://lake/crawl")
