"""A text file or saved page is one document whose bytes are the file."""

import bz2
import gzip
import lzma

import pytest
import zstandard

from benchmarks.planted_manuals import manuals
from benchmarks.planted_pdfs import outlined
from tests.unit.crawl.test_read import read
from tierline.crawl import ReadRules, read_payload
from tierline.crawl.read import read_shard

WORDS = "Le vieux pont a été bâti par les maçons du château voisin."


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("a.txt", "text/plain"), ("a.LOG", "text/plain"), ("a.md", "text/plain"), ("a.markdown", "text/plain"), ("a.html", "text/html"),
     ("a.HTM", "text/html"), ("a.xhtml", "text/html")],
)  # fmt: skip
@pytest.mark.parametrize(
    ("suffix", "pack"),
    [("", bytes), (".gz", gzip.compress), (".zst", zstandard.compress), (".bz2", bz2.compress), (".XZ", lzma.compress)],
)
def test_a_file_is_one_row_that_is_read_again(tmp_path, name, content_type, suffix, pack):
    markup = f"<html><head><title>Pont</title></head><body><p>{WORDS}</p></body></html>"
    data = (markup if content_type == "text/html" else WORDS).encode()
    (tmp_path / (name + suffix)).write_bytes(pack(data))
    (row,) = read(tmp_path / (name + suffix))
    assert (row["status"], row["text"], row["content_type"], row["charset"]) == ("ok", WORDS, content_type, "utf-8")
    assert (row["source_offset"], row["source_length"]) == (0, len(data)) and read_payload(row) == data
    assert row["title"] == ("Pont" if content_type == "text/html" else None)


def test_the_charset_is_found_as_that_of_a_page(tmp_path):
    (tmp_path / "a.txt").write_bytes(WORDS.encode("utf-16"))
    (tmp_path / "b.html").write_bytes(f'<meta charset="iso-8859-1"><p>{WORDS}'.encode("latin-1"))
    assert [row["text"] for row in read(tmp_path / "a.txt", tmp_path / "b.html")] == [WORDS, WORDS]


def test_an_empty_file_and_one_beyond_the_bound_are_errors(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"")
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress(bytes(100_000)))
    (tmp_path / "c.txt").write_bytes(b" \n ")
    found = read_shard([str(tmp_path / name) for name in ("a.txt", "b.txt.gz", "c.txt")], ReadRules(max_body_bytes=10_000))
    rows = found.tables["l0_raw"].to_pylist()
    assert [row["status"] for row in rows] == ["error", "error", "empty"]
    assert rows[0]["error"].startswith("no documents") and "more than the 10000 bytes that are read" in rows[1]["error"]


def test_a_damaged_packed_file_is_one_error_and_its_shard_goes_on(tmp_path):
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(WORDS.encode())[:-9])
    (tmp_path / "b.txt").write_text(WORDS)
    rows = read(tmp_path / "a.txt.gz", tmp_path / "b.txt")
    assert [row["status"] for row in rows] == ["error", "ok"] and rows[0]["error"].startswith("unreadable file: ")


@pytest.mark.parametrize(("suffix", "pack"), [("", bytes), (".gz", gzip.compress)])
def test_a_pdf_document_is_one_row_with_its_headings_that_is_read_again(tmp_path, suffix, pack):
    manual = next(iter(manuals(1)))
    (tmp_path / f"a.pdf{suffix}").write_bytes(pack(data := outlined(manual)))
    (row,) = read(tmp_path / f"a.pdf{suffix}")
    assert (row["status"], row["content_type"], row["charset"]) == ("ok", "application/pdf", None) and read_payload(row) == data
    assert [row["text"].split("\n")[one["line"]] for one in row["headings"]] == [one.text for one in manual.headings]


@pytest.mark.parametrize(
    ("outer", "inner"), [(gzip.compress, gzip.compress), (gzip.compress, bz2.compress), (zstandard.compress, lzma.compress)]
)
def test_what_was_compressed_twice_is_read_and_found_again(tmp_path, outer, inner):
    (tmp_path / "a.txt.gz").write_bytes(outer(inner(WORDS.encode())))
    (row,) = read(tmp_path / "a.txt.gz")
    assert (row["text"], row["source_length"]) == (WORDS, len(WORDS.encode())) and read_payload(row) == WORDS.encode()


def test_a_log_loses_its_colors_and_links_and_keeps_its_brackets(tmp_path):
    (tmp_path / "a.log").write_bytes(b"\x1b[1;31mfailed\x1b[0m [3m at \x1b]8;;https://a.example\x07the gate\x1b]8;;\x1b\\ [0]\x1b")
    assert read(tmp_path / "a.log")[0]["text"] == "failed [3m at the gate [0]"
