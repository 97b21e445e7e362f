"""A lake, its crawl and its inbox on S3: written, gated, read, queried, proved and vacuumed, with no extension from the network."""

import json
import sys

import pytest

from tests.object_store import s3_server
from tierline.config.bundled import folder
from tierline.crawl import CrawlRegistry, PackRules, find_crawl_files
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


def test_an_address_whose_package_is_absent_is_one_line_that_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    for name in ("s3", "s3a"):
        monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, name, raising=False)
    for look in (find_crawl_files, look_at):
        with pytest.raises(BadInput, match=r"s3://lake/crawl: cannot be opened .*pip install 'tierline\[s3\]'"):
            look("s3://lake/crawl")
