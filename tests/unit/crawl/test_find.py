"""What a person names as a crawl becomes a sorted list of crawl files, or one line that says why not."""

import fsspec
import pytest

from tierline.crawl.find import find_crawl, find_crawl_files
from tierline.crawl.formats import codec_of, source_format
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
        ("a.arc.gz", "arc"),
        ("a.ARC", "arc"),
        ("a.wacz", "wacz"),
        ("a.JSONL.GZ", "jsonl"),
        ("a.jsonl.bz2", "jsonl"),
        ("a.ndjson.xz", "jsonl"),
        ("a.Parquet.Zst", "parquet"),
        ("a.csv", "csv"),
        ("a.TSV.gz", "csv"),
        ("a.txt", "text"),
        ("a.log.gz", "text"),
        ("a.md", "text"),
        ("a.rst.gz", "text"),
        ("a.xhtml", "html"),
        ("a.HTM", "html"),
        ("a.tar", None),
        ("a.jsonl.tar.gz", None),
        ("a.jsonl\n", None),
        ("a.jsonl?b", None),
        ("memory://a.jsonl.gz?signature=abc", "jsonl"),
        ("s3://bucket/a.WARC.GZ?X-Amz-Date=1&b=.csv#frag", "warc"),
        ("s3://bucket/what?.jsonl", "jsonl"),
        ("https://host/a.csv#top", "csv"),
        ("https://host/?file=a.csv", None),
        ("simplecache::https://host/a.jsonl.gz?v=1", "jsonl"),
        ("zip://inner.csv::https://host/a.zip", "csv"),
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
    for name in ("crawl/b.warc.gz", "crawl/a.jsonl", "crawl/deep/c.parquet", "crawl/notes.docx", "crawl/deep/README"):
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
        ("crawl/notes.docx", "not a crawl file by its extension"),
        ("crawl/absent.warc", "no such file or folder"),
        ("nosuchscheme://bucket/a.warc", "cannot be opened"),
    ],
)
def test_what_is_no_crawl_is_one_line_that_names_it(crawl, pattern, message):
    with pytest.raises(BadInput, match=message) as raised:
        find_crawl_files(pattern)
    assert "\n" not in str(raised.value) and (pattern.strip() or "CRAWL") in str(raised.value)


def test_remote_files_keep_their_scheme():
    for name in ("two.jsonl", "one.warc", "other.odt"):
        with fsspec.open(f"memory://found/{name}", "wb") as file:
            file.write(b"x")
    assert find_crawl_files("memory://found") == ["memory:///found/one.warc", "memory:///found/two.jsonl"]
    assert find_crawl_files("memory://found/*.jsonl") == ["memory:///found/two.jsonl"]


def test_the_name_says_the_compression_in_any_case_and_before_a_query():
    names = {"a.JSONL.GZ": "gz", "a.csv.Zst": "zst", "memory://a.jsonl.gz?signature=abc": "gz", "https://h/a.txt.xz#x": "xz"}
    assert {name: codec_of(name) for name in names} == names
    assert codec_of("a.warc.gz") == codec_of("a.jsonl") == codec_of("https://h/a.jsonl?b=.gz") == codec_of("a.gz") == ""


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.TGZ", "a.warc.tar.xz", "a.zip", "a.7z", "a.rar", "a.tar.zst"])
def test_an_archive_of_files_is_refused_with_what_to_do(crawl, name):
    (crawl / "crawl" / name).write_bytes(b"x")
    with pytest.raises(BadInput, match="an archive of files: unpack it, and give the files in it") as refused:
        find_crawl_files(f"crawl/{name}")
    assert "\n" not in str(refused.value)
    assert all("unpack it" in find_crawl(pattern).ignored[f"crawl/{name}"] for pattern in ("crawl", "crawl/*"))


@pytest.mark.parametrize("pattern", ["crawl", "crawl/**", "crawl/**/*"])
def test_what_is_not_read_in_a_folder_or_glob_is_named(crawl, pattern):
    (crawl / "outside.jsonl").write_text("{}")
    (crawl / "outside").mkdir()
    (crawl / "outside" / "x.jsonl").write_text("{}")
    (crawl / "crawl" / "leaving.jsonl").symlink_to(crawl / "outside.jsonl")
    (crawl / "crawl" / "folder").symlink_to(crawl / "outside")
    (crawl / "crawl" / "loop").symlink_to(crawl / "crawl")
    found = find_crawl(pattern)
    assert found.files == ["crawl/a.jsonl", "crawl/b.warc.gz", "crawl/deep/c.parquet"]
    assert "extract its text" in found.ignored["crawl/notes.docx"] and "crawl files are" in found.ignored["crawl/deep/README"]
    assert "leaves the folder" in found.ignored["crawl/leaving.jsonl"]
    assert not [name for name in found.files if "x.jsonl" in name]


def test_a_file_that_is_named_itself_may_be_a_link(crawl):
    (crawl / "empty" / "link.jsonl").symlink_to(crawl / "crawl" / "a.jsonl")
    assert find_crawl_files("empty/link.jsonl") == ["empty/link.jsonl"]


@pytest.mark.parametrize(
    "name",
    ["[a]*.jsonl", "-a.jsonl", "~a.jsonl", "a b.jsonl", "a%20b.jsonl", "a\nb.jsonl", "Foo::Bar.jsonl", "a?token=b.jsonl", "a#b.JSONL"],
)
def test_every_letter_of_a_name_is_one(crawl, name):
    (crawl / "empty" / name).write_text("{}")
    (crawl / "empty" / "ab.jsonl").write_text("{}")
    assert find_crawl_files(f"empty/{name}") == [f"empty/{name}"] and f"empty/{name}" in find_crawl_files("empty")
    assert find_crawl_files(f"file://{crawl}/empty/{name}") == [f"empty/{name}"]


def test_the_escapes_of_a_file_url_and_the_home_folder_are_resolved_where_no_such_file_is(crawl, monkeypatch):
    (crawl / "empty" / "a b?c.jsonl").write_text("{}")
    assert find_crawl_files(f"file://{crawl}/empty/a%20b%3Fc.jsonl") == ["empty/a b?c.jsonl"]
    monkeypatch.setenv("HOME", str(crawl))
    assert find_crawl_files("~/crawl/a.jsonl") == ["crawl/a.jsonl"]


def test_a_name_in_an_object_store_is_no_pattern_if_it_is_there():
    store = fsspec.filesystem("memory")
    for name in ("[a]*.jsonl", "ab.jsonl", "a.jsonl.gz?v=1"):
        store.pipe(f"/letters/{name}", b"{}")
        assert find_crawl_files(f"memory://letters/{name}") == [f"memory:///letters/{name}"]
    assert len(find_crawl_files("memory://letters/[ab]*.jsonl")) == 1


@pytest.mark.parametrize("chain", ["zip://a.jsonl::memory://x.zip", "nosuch::memory://a.jsonl", "tar://a.jsonl", "zip://"])
def test_a_chain_that_cannot_be_opened_is_one_line(chain):
    with pytest.raises(BadInput):
        find_crawl_files(chain)


@pytest.mark.parametrize("name", ["\udce9t\udce9.jsonl", "caf\udce9/a.txt", "caf\udce9/*.txt", "caf\udce9"])
def test_an_address_that_is_not_utf_8_is_refused_by_every_door(tmp_path, name):
    for file in ("\udce9t\udce9.jsonl", "caf\udce9/a.txt"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text('{"text": "t"}\n')
    with pytest.raises(BadInput, match="not UTF-8") as refused:
        find_crawl(str(tmp_path / name))
    assert str(refused.value).encode()
