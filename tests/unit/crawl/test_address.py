"""One file has one address, however it is named and wherever lake and crawl have moved; a name is never a pattern or a chain."""

import json
import os
import shutil

import fsspec
import pytest

from tierline.crawl import CrawlRegistry, PackRules, find_crawl_files, read_payload
from tierline.crawl.address import address_of, canonical, local_path
from tierline.crawl.listing import look_at
from tierline.crawl.read import read_shard
from tierline.crawl.registry import is_gone
from tierline.crawl.rules import ReadRules
from tierline.errors import BadInput
from tierline.lake import Lake

ODD = (
    "a?b.jsonl",
    "a*.jsonl",
    "a[1].jsonl",
    "a#b.jsonl",
    "a%20b.jsonl",
    "zip::b.jsonl",
    "filecache::http:.jsonl",
    "ünï 📦.jsonl",
    "a'b\".jsonl",
)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A crawl root with an inbox that holds one file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.jsonl").write_text(json.dumps({"text": "one"}))
    return tmp_path


def test_inbox_and_ingest_name_a_file_alike(root, lake):
    named = [
        find_crawl_files(name) for name in ("inbox", "inbox/a.jsonl", str(root / "inbox"), f"file://{root}/inbox", "./inbox/../inbox/*")
    ]
    named += [list(look_at(name).files) for name in ("inbox", str(root / "inbox"), f"file://{root}/inbox")]
    assert named == [["inbox/a.jsonl"]] * len(named)
    registry = CrawlRegistry(lake)
    for files in named:
        registry.register(files, PackRules())
    assert len(registry.shards()) == 1


def test_the_declared_root_counts_and_not_the_working_directory(root, lake, monkeypatch):
    monkeypatch.setenv("TIERLINE_CRAWL_ROOT", str(root))
    (shard,) = CrawlRegistry(lake).register(find_crawl_files("inbox"), PackRules())
    monkeypatch.chdir(root / "inbox")
    assert find_crawl_files("a.jsonl") == ["inbox/a.jsonl"]
    assert CrawlRegistry(lake).register(find_crawl_files("a.jsonl"), PackRules()) == []
    (row,) = read_shard(CrawlRegistry(lake).files(shard), ReadRules()).tables["l0_raw"].to_pylist()
    assert json.loads(read_payload(row)) == {"text": "one"}


def test_lake_and_crawl_move_together(root, tmp_path, monkeypatch):
    (shard,) = CrawlRegistry(Lake("lake")).register(find_crawl_files("inbox"), PackRules())
    shutil.copytree(root, tmp_path.parent / f"{tmp_path.name}-moved")
    monkeypatch.chdir(tmp_path.parent / f"{tmp_path.name}-moved")
    registry = CrawlRegistry(Lake("lake"))
    assert registry.missing(shard) == [] and registry.register(find_crawl_files("inbox"), PackRules()) == []
    assert registry.shards() == [shard]


def test_a_file_that_an_older_lake_names_absolutely_is_the_same_file(root, lake, monkeypatch):
    monkeypatch.setenv("TIERLINE_CRAWL_ROOT", str(root.parent / "elsewhere"))
    (root.parent / "elsewhere").mkdir()
    (shard,) = CrawlRegistry(lake).register(find_crawl_files("inbox"), PackRules())
    assert CrawlRegistry(lake).files(shard) == [str(root / "inbox" / "a.jsonl")]
    monkeypatch.delenv("TIERLINE_CRAWL_ROOT")
    assert CrawlRegistry(lake).register(find_crawl_files("inbox"), PackRules()) == []
    (root / "inbox" / "a.jsonl").write_text(json.dumps({"text": "two"}))
    assert CrawlRegistry(lake).register(find_crawl_files("inbox"), PackRules()) == [shard]
    assert CrawlRegistry(lake).files(shard) == [str(root / "inbox" / "a.jsonl")], "its rows keep their ids"


def test_a_path_through_a_link_to_the_root_is_below_it(root, monkeypatch):
    link = root.parent / f"{root.name}-link"
    link.symlink_to(root)
    assert address_of(str(link / "inbox" / "a.jsonl")) == "inbox/a.jsonl"
    monkeypatch.setenv("TIERLINE_CRAWL_ROOT", str(link))
    assert address_of("inbox/a.jsonl") == "inbox/a.jsonl" and local_path("inbox/a.jsonl").is_file()


@pytest.mark.parametrize("name", ODD)
def test_an_odd_name_is_a_name_through_both_doors(root, lake, name):
    (root / "inbox" / "a.jsonl").unlink()
    (root / "inbox" / name).write_text(json.dumps({"text": "odd"}))
    (root / "inbox" / "aXb.jsonl").write_text(json.dumps({"text": "another"}))
    address = f"inbox/{name}"
    assert find_crawl_files(address) == [address] and address in find_crawl_files("inbox") and address in look_at("inbox").files
    (shard,) = CrawlRegistry(lake).register([address], PackRules())
    (row,) = read_shard(CrawlRegistry(lake).files(shard), ReadRules()).tables["l0_raw"].to_pylist()
    assert row["text"] == "odd" and json.loads(read_payload(row)) == {"text": "odd"}


def test_an_odd_name_in_an_object_store_is_no_chain():
    store = fsspec.filesystem("memory")
    store.pipe("/odd/a::b[1]?.jsonl", json.dumps({"text": "remote"}).encode())
    (address,) = find_crawl_files("memory://odd")
    (row,) = read_shard([address], ReadRules()).tables["l0_raw"].to_pylist()
    assert row["text"] == "remote"
    with pytest.raises(BadInput, match="cannot be opened"):
        find_crawl_files("nosuch::memory://odd")


def test_addresses_of_other_forms_are_brought_into_the_present_one(root):
    assert canonical(f"file://{root}/inbox/a.jsonl") == canonical(str(root / "inbox/a.jsonl")) == "inbox/a.jsonl"
    assert canonical("s3://bucket/a.jsonl") == "s3://bucket/a.jsonl" and local_path("s3://bucket/a.jsonl") is None
    assert canonical(f"{os.sep}elsewhere/a.jsonl") == "/elsewhere/a.jsonl"


def test_a_root_that_is_no_folder_is_a_typing_error(root, monkeypatch):
    monkeypatch.setenv("TIERLINE_CRAWL_ROOT", str(root / "inbxo"))
    with pytest.raises(BadInput, match=r"TIERLINE_CRAWL_ROOT=.*inbxo: no such folder"):
        find_crawl_files(str(root / "inbox"))
    with pytest.raises(BadInput, match="TIERLINE_CRAWL_ROOT"):
        is_gone("inbox/a.jsonl")
