"""Files become shards once; what changes reruns its own shard only."""

import os
import time
from itertools import permutations
from pathlib import Path

import pytest

from tierline.crawl import CrawlRegistry, PackRules, find_crawl_files
from tierline.crawl import measure as measure_module
from tierline.errors import BadInput
from tierline.lake import Lake

SMALL = PackRules(shard_bytes=25)


def write(folder, **sizes):
    folder.mkdir(exist_ok=True)
    for name, size in sizes.items():
        (folder / f"{name}.jsonl").write_text("x" * size)
    return [str(folder / f"{name}.jsonl") for name in sizes]


def test_small_files_are_packed_and_large_ones_stand_alone(lake, tmp_path):
    registry = CrawlRegistry(lake)
    shards = registry.register(write(tmp_path / "c", a=10, b=10, c=10, d=90), SMALL)
    assert [len(registry.files(shard)) for shard in shards] == [2, 1, 1]
    assert registry.register(write(tmp_path / "c", a=10, b=10, c=10, d=90), SMALL) == []


def test_a_changed_file_reruns_its_own_shard_and_an_added_one_gets_another(lake, tmp_path):
    registry = CrawlRegistry(lake)
    first, second = registry.register(write(tmp_path / "c", a=20, b=20), SMALL)
    before = registry.digest(second)
    assert registry.register(write(tmp_path / "c", a=21, b=20), SMALL) == [first]
    assert registry.digest(second) == before
    (third,) = registry.register(write(tmp_path / "c", a=21, b=20, c=5), SMALL)
    assert registry.shards() == [first, second, third] and registry.earlier(third) == [first, second]


def test_files_registered_together_have_one_order_whatever_order_they_were_named_in(tmp_path):
    files = write(tmp_path / "c", d=30, a=30, c=10, b=10)
    orders = set()
    for number, named in enumerate(permutations(files)):
        registry = CrawlRegistry(Lake(str(tmp_path / f"lake{number}")))
        registry.register(named, SMALL)
        orders.add(tuple((shard, tuple(registry.files(shard)), len(registry.earlier(shard))) for shard in registry.shards()))
    assert len(orders) == 1


def test_a_hundred_small_files_are_one_shard(lake, tmp_path):
    names = {f"f{number:03d}": 10 for number in range(100)}
    assert len(CrawlRegistry(lake).register(write(tmp_path / "c", **names), PackRules())) == 1


def test_an_unknown_shard_is_named(lake):
    with pytest.raises(BadInput, match="nowhere: no such shard; `tierline shards` lists them"):
        CrawlRegistry(lake).files("nowhere")


@pytest.mark.parametrize(
    ("make", "pattern", "message"),
    [
        (lambda root: None, "absent.warc", "no such file or folder"),
        (lambda root: (root / "empty").mkdir(), "empty", "holds no crawl files"),
        (lambda root: (root / "page.docx").write_text("x"), "page.docx", "not a crawl file by its extension"),
        (lambda root: None, "**/*.warc", "no crawl file matches"),
        (lambda root: None, "nosuch://x/y.warc", "cannot be opened"),
    ],
)
def test_bad_input_is_one_line_that_says_what_and_where(tmp_path, make, pattern, message):
    make(tmp_path)
    asked = pattern if "://" in pattern else str(tmp_path / pattern)
    with pytest.raises(BadInput, match=message) as raised:
        find_crawl_files(asked)
    assert "\n" not in str(raised.value) and asked in str(raised.value)


def test_folders_globs_and_urls_name_the_same_files(tmp_path):
    write(tmp_path / "c", b=1, a=1)
    found = find_crawl_files(str(tmp_path / "c"))
    assert [path.rsplit("/", 1)[1] for path in found] == ["a.jsonl", "b.jsonl"]
    assert find_crawl_files(str(tmp_path / "**" / "*.jsonl")) == found
    assert [url.removeprefix("file://") for url in find_crawl_files(f"file://{tmp_path}/c")] == found


def test_a_file_is_read_again_only_after_a_change_even_one_that_hides_itself(lake, tmp_path, monkeypatch):
    (path,) = write(tmp_path / "c", a=20)
    monkeypatch.setattr("tierline.crawl.measure.SETTLED_SECONDS", 0.0)
    read = []
    digest = measure_module.digest_of
    monkeypatch.setattr(measure_module, "digest_of", lambda file: read.append(file) or digest(file))
    (shard,) = CrawlRegistry(lake).register([path], SMALL)
    assert CrawlRegistry(lake).register([path], SMALL) == []  # what was learned before there was a lake is not kept
    read.clear()
    assert CrawlRegistry(Lake(lake.root)).register([path], SMALL) == [] and read == []
    before = Path(path).stat()
    time.sleep(0.02)
    Path(path).write_text("y" * 20)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert CrawlRegistry(lake).register([path], SMALL) == [shard] and len(read) == 1
    monkeypatch.setattr("tierline.crawl.measure.SETTLED_SECONDS", 3600.0)
    assert CrawlRegistry(lake).register([path], SMALL) == [] and len(read) == 2, "what changed just now may change again unseen"
