"""What one record, file or shard may become is bounded, and what is beyond a bound is an error row that names it."""

import gzip
import json
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.unit.crawl.test_read import page_record
from tierline.crawl import ReadRules
from tierline.crawl.read import read_shard

MEGABYTE = 1 << 20


def read(rules: ReadRules, *files) -> list[dict]:
    result = read_shard([str(file) for file in files], rules)
    result.check("l0_raw")
    return result.tables["l0_raw"].to_pylist()


def characters(rows: list[dict]) -> int:
    return sum(len(row["text"] or "") for row in rows)


def one_value(path, rows: int, groups: int):
    """One text that the rows of each group share through its dictionary."""
    shared = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["word " * (MEGABYTE // 5)]))
    pq.write_table(pa.table({"text": shared}), path, compression="zstd", row_group_size=rows // groups)
    return path


@pytest.mark.parametrize("groups", [1, 40])
def test_a_small_parquet_file_cannot_become_a_gigabyte(tmp_path, groups):
    file = one_value(tmp_path / "c.parquet", 400, groups)
    rows = read(ReadRules(), file)
    assert file.stat().st_size < MEGABYTE and characters(rows) <= 100 * file.stat().st_size + 17 * MEGABYTE
    assert "it holds more than" in rows[-1]["error"] and "the rest of the file is not read" in rows[-1]["error"]


@pytest.mark.parametrize(("name", "pack"), [("c.jsonl.gz", gzip.compress), ("c.jsonl", bytes)])
def test_a_packed_file_of_equal_records_ends_at_the_bound_and_a_plain_one_does_not(tmp_path, name, pack):
    line = json.dumps({"text": "word " * 2000}).encode() + b"\n"
    (tmp_path / name).write_bytes(pack(line * 5000))
    rows = read(ReadRules(max_body_bytes=MEGABYTE, max_expansion=20), tmp_path / name)
    if name == "c.jsonl":
        assert [row["status"] for row in rows] == ["ok"] * 5000
    else:
        assert len(rows) < 500 and rows[-1]["status"] == "error" and "20 times its" in rows[-1]["error"]


def test_many_tiny_records_in_a_small_file_end_at_the_bound(tmp_path):
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(b'{"text":"a"}\n' * 200_000))
    rows = read(ReadRules(max_body_bytes=MEGABYTE), tmp_path / "c.jsonl.gz")
    assert len(rows) < 10_000 and "the rest of the file is not read" in rows[-1]["error"]


def test_records_that_unpack_without_end_take_no_time(tmp_path):
    """Half a gigabyte in half a megabyte: skipping it takes seconds, so it is not unpacked to find what is behind it."""
    head = b"WARC/1.0\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:1>\r\nContent-Type: text/plain\r\n"
    body = gzip.compress(head + b"Content-Length: 536870912\r\n\r\n" + bytes(512 * MEGABYTE) + b"\r\n\r\n", 1)
    (tmp_path / "page.warc.gz").write_bytes(gzip.compress(page_record()))
    read(ReadRules(), tmp_path / "page.warc.gz")  # compiles what reads pages
    (tmp_path / "c.warc.gz").write_bytes(gzip.compress(page_record()) + body)
    began = time.process_time()
    rows = read(ReadRules(max_expansion=20), tmp_path / "c.warc.gz")
    assert time.process_time() - began < 2.5
    assert [row["status"] for row in rows] == ["ok", "error", "error"]
    body, rest = sorted(row["error"] for row in rows[1:])
    assert body.startswith("body of 536870912 bytes") and rest.endswith("the rest of the file is not read")


def test_one_file_cannot_use_up_what_its_shard_may_become_and_every_file_is_named(tmp_path):
    rules = ReadRules(max_body_bytes=10_000, max_shard_bytes=25_000, max_file_bytes=20_000)
    files = []
    for name in "abc":
        files.append(tmp_path / f"{name}.jsonl")
        files[-1].write_text("".join(json.dumps({"text": f"{name}{number} " + "x" * 3000}) + "\n" for number in range(10)))
    rows = read(rules, *files)
    assert 20_000 <= characters(rows) <= 25_000
    assert [row["source_uri"] for row in rows if row["status"] == "error"] == [str(file) for file in files]
    assert all("max_" in row["error"] for row in rows if row["status"] == "error")


@pytest.mark.parametrize(
    ("record", "bound"),
    [
        ({"text": "a", "title": "t" * 10_001}, "title of 10001 characters, more than the 10000 that are read (max_title_characters)"),
        ({"text": "a", "url": "https://a.example/" + "u" * 20_000}, "url of 20018 characters, more than the 16384"),
        ({"text": "a", "id": "u" * 20_000}, "record_id of 20000 characters"),
        ({"text": "a", "license": "u" * 20_000}, "license of 20000 characters"),
        ({"html": f"<title>{'t' * 15_000_000}</title><p>x"}, "title of 15000000 characters"),
    ],
    ids=["title", "url", "record id", "license", "title of a page"],
)
def test_a_field_beyond_its_bound_is_an_error_row_that_says_which(tmp_path, record, bound):
    (tmp_path / "c.jsonl").write_text(json.dumps(record, ensure_ascii=False) + "\n" + json.dumps({"text": "behind"}) + "\n")
    hostile, behind = read(ReadRules(), tmp_path / "c.jsonl")
    assert hostile["status"] == "error" and bound in hostile["error"] and behind["text"] == "behind"
    assert sum(len(value) for value in hostile.values() if isinstance(value, str)) < 1000, "what is too long is not kept"


def test_a_header_beyond_its_bound_is_an_error_row(tmp_path):
    (tmp_path / "c.warc").write_bytes(page_record().replace(b"https://a.example/0", b"https://a.example/" + b"u" * 20_000, 1))
    row = read(ReadRules(), tmp_path / "c.warc")[0]
    assert row["status"] == "error" and "url of 20018 characters" in row["error"]


def test_data_that_grows_when_it_is_written_is_an_error_row(tmp_path):
    script = b"<script type='application/ld+json'>[\"" + b"\t" * 9_000_000 + b'"]</script>'
    (tmp_path / "c.warc").write_bytes(page_record(1, b"<p>x</p>" + script) + page_record(2))
    hostile, behind = read(ReadRules(), tmp_path / "c.warc")
    assert hostile["status"] == "error" and "text and structured data of 180" in hostile["error"] and behind["status"] == "ok"


def test_microdata_that_names_a_value_many_times_does_not_multiply_it(tmp_path):
    names = " ".join(f"n{number}" for number in range(12))
    nested = f"<div itemscope itemprop='{names}'>" * 8 + "<b itemprop=name>Lock</b>" + "</div>" * 8
    repeated = f"<meta itemprop='{' '.join(f'n{number}' for number in range(20_000))}' content='{'x' * 100_000}'>"
    (tmp_path / "page.warc").write_bytes(page_record())
    read(ReadRules(), tmp_path / "page.warc")  # compiles what reads pages
    for number, markup in enumerate((nested, repeated)):
        file = tmp_path / f"{number}.jsonl"
        file.write_text(json.dumps({"html": f"<p>Words of the page.</p><div itemscope>{markup}</div>"}))
        began = time.process_time()
        (row,) = read(ReadRules(), file)
        assert time.process_time() - began < 3 and len(row["structured_data"] or "") < 4 * MEGABYTE
