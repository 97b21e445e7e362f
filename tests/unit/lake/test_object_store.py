"""A lake, its crawl and its inbox on S3: written, gated, read, queried, proved and vacuumed, with no extension from the network."""

import json
import os
import sys

import pytest

from tests.object_store import KEYS, s3_server
from tierline.config.bundled import folder
from tierline.crawl import CrawlRegistry, PackRules, find_crawl_files
from tierline.crawl.inbox import Inbox
from tierline.crawl.listing import look_at
from tierline.crawl.read import read_shard
from tierline.crawl.rules import ReadRules
from tierline.errors import BadInput
from tierline.gates.judge import judge_stage
from tierline.lake import Activity, Lake, as_of
from tierline.lineage import verify
from tierline.sql import Models


@pytest.fixture
def s3(monkeypatch):
    """A file system of the bucket; its server is named by the environment alone, as for a user."""
    import s3fs

    with s3_server() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()
        yield s3fs.S3FileSystem()


def test_a_crawl_at_s3_reaches_a_promoted_shard_at_s3(s3):
    pages = [{"url": f"https://a.example/{number}", "text": f"Page {number} about peat."} for number in range(3)]
    s3.pipe("lake/inbox/pages.jsonl", "\n".join(map(json.dumps, pages)).encode())
    assert find_crawl_files("s3://lake/inbox") == list(look_at("s3://lake/inbox").files) == ["s3://lake/inbox/pages.jsonl"]
    lake = Lake("s3://lake/tiers")
    (shard,) = CrawlRegistry(lake).register(find_crawl_files("s3://lake/inbox"), PackRules())
    lake.commit(Activity.of("l0_raw", shard, ReadRules(), {}), read_shard(CrawlRegistry(lake).files(shard), ReadRules()))
    assert judge_stage(lake, "l0_raw", shard).passed
    rows, manifest = lake.read_promoted("l0_raw", shard, ["text"])
    assert rows["text"].to_pylist() == [page["text"] for page in pages]
    assert Models(folder("dbt_like_sql")).run(lake, "stg_documents").num_rows == 0
    mismatches, checked = verify(lake)
    assert mismatches == [] and checked.rows == 3
    assert as_of(lake, lake.activities()["ended_at"][0].as_py()).manifest("l0_raw", shard) == manifest


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        pytest.param({}, "Unable to locate credentials", id="no-credentials"),
        pytest.param(KEYS | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "Could not connect", id="no-server"),
    ],
)
def test_a_store_that_cannot_be_reached_is_one_line_for_every_door(monkeypatch, tmp_path, keys, says):
    import s3fs

    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in {"AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1", **keys}.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
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


def test_an_address_whose_package_is_absent_is_one_line_that_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    for name in ("s3", "s3a"):
        monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, name, raising=False)
    for look in (find_crawl_files, look_at):
        with pytest.raises(BadInput, match=r"s3://lake/crawl: cannot be opened .*pip install 'tierline\[s3\]'"):
            look("s3://lake/crawl")
