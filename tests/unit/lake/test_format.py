"""A lake says which format it is in, and code of another format keeps its hands off."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.conftest import commit_rows
from tierline.crawl import CrawlRegistry
from tierline.errors import LakeUnavailable
from tierline.lake import Lake, format
from tierline.lake.format import FILE, FORMAT


@pytest.fixture
def foreign(lake, tmp_path):
    """A function: a lake as another process left it, whose format file holds this text (None: none)."""

    def make(text: str | None) -> Lake:
        commit_rows(lake, "l0_raw", [{"doc_id": "a"}])
        root = tmp_path / "foreign"
        shutil.copytree(lake.root, root)
        (root / FILE).unlink() if text is None else (root / FILE).write_text(text)
        return Lake(str(root))

    return make


def test_a_new_lake_says_its_format_before_it_has_a_table(lake, tmp_path):
    assert lake.manifests("l0_raw") == [] and not (tmp_path / "lake").exists(), "reading makes nothing"
    commit_rows(lake, "l0_raw", [{"doc_id": "a"}])
    assert json.loads((tmp_path / "lake" / FILE).read_text()) == {"format": FORMAT, "heads": True, "commits": True}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, 'tierline.json: is missing, and this lake is of a later format than 1; restore it: {"format": 2}'),
        ('{"format": true}', "does not say a lake's format"),
        ('{"format": 1}', "has format 1, .*run `tierline upgrade`"),
        (json.dumps({"format": FORMAT + 1}), f"has format {FORMAT + 1}, .*install a newer tierline"),
        ("", "does not say a lake's format"),
        ('{"format": "two"}', "does not say a lake's format"),
        ("[" * 100_000, "does not say a lake's format"),
        ("[]", "does not say a lake's format"),
    ],
)
def test_another_format_is_refused_in_one_line_for_reading_and_writing(foreign, text, message):
    lake = foreign(text)
    ways = (
        lambda: lake.read_promoted("l0_raw", "s"),
        lambda: lake.promoted("l0_raw"),
        lambda: CrawlRegistry(lake).shards(),
        lambda: commit_rows(lake, "l0_raw", [{"doc_id": "b"}]),
        lambda: commit_rows(lake, "l1_filtered", [{"doc_id": "b"}]),
    )
    before = sorted(path.name for path in (lake.delta.folder or pytest.fail()).rglob("*"))
    for way in ways:
        with pytest.raises(LakeUnavailable, match=message) as raised:
            way()
        assert "\n" not in str(raised.value) and str(raised.value).startswith(lake.root)
    assert sorted(path.name for path in (lake.delta.folder or pytest.fail()).rglob("*")) == before


def test_the_file_is_read_once_for_each_process_and_lake(lake, monkeypatch):
    commit_rows(lake, "l0_raw", [{"doc_id": "a"}])
    monkeypatch.setattr(format, "_current", set())
    read, original = [], format.read_small
    monkeypatch.setattr(format, "read_small", lambda root, name: read.append(name) or original(root, name))
    for _ in range(3):
        again = Lake(lake.root)
        assert again.read_promoted("l0_raw", "s")[0].num_rows == 1 and again.waivers().num_rows == 0
    assert read == [FILE]


def test_writers_that_make_the_same_lake_at_the_same_moment_all_succeed(tmp_path):
    shards = [f"s{number}" for number in range(6)]
    start = Barrier(len(shards))

    def write(shard: str) -> None:
        lake = Lake(str(tmp_path / "lake"))
        start.wait()
        commit_rows(lake, "l0_raw", [{"doc_id": shard}], shard)

    with ThreadPoolExecutor(len(shards)) as threads:
        list(threads.map(write, shards))
    assert [manifest.shard for manifest in Lake(str(tmp_path / "lake")).promoted("l0_raw")] == shards
