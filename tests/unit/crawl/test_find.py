"""What a person names as a crawl becomes a sorted list of crawl files, or one line that says why not."""

import fsspec
import pytest

from tierline.crawl.find import find_crawl_files
from tierline.crawl.formats import source_format
from tierline.errors import BadInput


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.warc", "warc"),
        ("a.WARC.GZ", "warc"),
        ("a.warc.zst", "warc"),
        ("a.warc.lz4", "warc"),
        ("a.warc.wet.gz", "warc"),
        ("a.wet", "warc"),
        ("a.arc.gz", None),
        ("a.jsonl", "jsonl"),
        ("a.ndjson.gz", "jsonl"),
        ("a.parquet", "parquet"),
        ("a.parquet.zst", "parquet"),
        ("https://host/a.warc.gz?signature=x.parquet", "warc"),
        ("a.json", None),
        ("a.warc.bak", None),
        ("warc", None),
        ("a.jsonl.lz4", None),
    ],
)
def test_the_name_says_the_format(name, expected):
    assert source_format(name) == expected


@pytest.fixture
def crawl(tmp_path, monkeypatch):
    """A working directory with crawl files on two levels, and others beside them."""
    monkeypatch.chdir(tmp_path)
    for name in ("crawl/b.warc.gz", "crawl/a.jsonl", "crawl/deep/c.parquet", "crawl/notes.txt", "crawl/deep/readme.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("crawl", ["crawl/a.jsonl", "crawl/b.warc.gz", "crawl/deep/c.parquet"]),
        ("crawl/", ["crawl/a.jsonl", "crawl/b.warc.gz", "crawl/deep/c.parquet"]),
        ("crawl/*", ["crawl/a.jsonl", "crawl/b.warc.gz"]),
        ("crawl/**", ["crawl/a.jsonl", "crawl/b.warc.gz", "crawl/deep/c.parquet"]),
        ("crawl/?.warc.gz", ["crawl/b.warc.gz"]),
        ("crawl/[ac].*", ["crawl/a.jsonl"]),
        ("crawl/deep/c.parquet", ["crawl/deep/c.parquet"]),
    ],
)
def test_folders_globs_and_files_name_the_crawl_files_in_order(crawl, pattern, expected):
    assert find_crawl_files(pattern) == expected


def test_paths_outside_the_working_directory_are_absolute_and_inside_they_move_with_it(crawl, monkeypatch):
    inside = find_crawl_files(str(crawl / "crawl" / "a.jsonl"))
    assert inside == ["crawl/a.jsonl"]
    monkeypatch.chdir(crawl / "empty")
    assert find_crawl_files("../crawl/*.jsonl") == [str(crawl / "crawl" / "a.jsonl")]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("", "no crawl given"),
        ("   ", "no crawl given"),
        ("empty", "the folder holds no crawl files"),
        ("crawl/*.zip", "no crawl file matches"),
        ("crawl/notes.txt", "not a crawl file by its extension"),
        ("crawl/absent.warc", "no such file or folder"),
        ("nosuchscheme://bucket/a.warc", "cannot be opened"),
    ],
)
def test_what_is_no_crawl_is_one_line_that_names_it(crawl, pattern, message):
    with pytest.raises(BadInput, match=message) as raised:
        find_crawl_files(pattern)
    assert "\n" not in str(raised.value) and (pattern.strip() or "CRAWL") in str(raised.value)


def test_remote_files_keep_their_scheme():
    for name in ("two.jsonl", "one.warc", "other.txt"):
        with fsspec.open(f"memory://found/{name}", "wb") as file:
            file.write(b"x")
    assert find_crawl_files("memory://found") == ["memory:///found/one.warc", "memory:///found/two.jsonl"]
    assert find_crawl_files("memory://found/*.jsonl") == ["memory:///found/two.jsonl"]
