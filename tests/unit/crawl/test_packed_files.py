"""Files are unpacked as their first bytes say, and a wrong end of a compressed member costs no row that was sound."""

import bz2
import gzip
import hashlib
import lzma
import zlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from tests.unit.crawl.test_read import read
from tierline.crawl import read_payload
from tierline.crawl.stored import MEMBER_BYTES, _is_text_behind

LINE = b'{"text": "Some words of a line.", "url": "https://a.example/"}\n'


@pytest.mark.parametrize("name", ["c.jsonl", "c.jsonl.gz", "c.jsonl.zst", "c.jsonl.xz"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress, bz2.compress, lzma.compress])
def test_a_file_is_unpacked_as_its_bytes_say_and_not_its_name(tmp_path, name, pack):
    (tmp_path / name).write_bytes(pack(LINE))
    (row,) = read(tmp_path / name)
    assert row["text"] == "Some words of a line." and read_payload(row) == LINE


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
def test_a_packed_record_in_front_of_plain_lines_costs_none_of_them(tmp_path, pack):
    (tmp_path / "c.jsonl").write_bytes(pack(b"one record") + b"\n" + LINE * 20)
    first, *rows = read(tmp_path / "c.jsonl")
    assert first["status"] == "error" and [read_payload(row) for row in rows if row["status"] == "ok"] == [LINE] * 20


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
@pytest.mark.parametrize("outer", [gzip.compress, bz2.compress, zstandard.compress])
def test_nor_does_it_in_a_packed_file(tmp_path, pack, outer):
    (tmp_path / "c.jsonl.gz").write_bytes(outer(pack(b"one record") + b"\n" + LINE * 20))
    first, *rows = read(tmp_path / "c.jsonl.gz")
    assert first["status"] == "error" and [read_payload(row) for row in rows if row["status"] == "ok"] == [LINE] * 20


@pytest.mark.parametrize("codec", ["gz", "zst"])
def test_a_first_member_that_unpacks_without_end_is_not_unpacked_to_its_end(codec):
    packer = zlib.compressobj(9, wbits=31) if codec == "gz" else zstandard.ZstdCompressor(19).compressobj()
    bomb = b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(32)), packer.flush()])
    assert len(bomb) < MEMBER_BYTES and not _is_text_behind(bomb + b"\n" + LINE, b"\0" * 64, codec)
    few = (gzip if codec == "gz" else zstandard).compress(bytes(1 << 20))
    assert _is_text_behind(few + b"\n" + LINE, b"\0" * 64, codec)


@pytest.mark.parametrize("name", ["c.parquet", "c.parquet.gz"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_parquet_file_is_unpacked_as_its_bytes_say(tmp_path, name, pack):
    pq.write_table(pa.table({"text": ["Some words of a row."]}), tmp_path / "plain")
    (tmp_path / name).write_bytes(pack((tmp_path / "plain").read_bytes()))
    (row,) = read(tmp_path / name)
    assert row["text"] == "Some words of a row." and hashlib.sha256(read_payload(row)).hexdigest() == row["payload_sha256"]


def test_a_file_that_is_named_compressed_and_is_neither_that_nor_text_is_one_error(tmp_path):
    (tmp_path / "c.jsonl.gz").write_bytes(bytes(range(256)) * 4)
    (row,) = read(tmp_path / "c.jsonl.gz")
    assert row["status"] == "error" and row["error"].startswith("unreadable file")


@pytest.mark.parametrize("name", ["c.jsonl.gz", "c.csv.gz"])
def test_a_wrong_checksum_costs_no_row_and_is_one_error_beside_them(tmp_path, name):
    lines = [b"text\n", b"first line\n", b"second line\n"] if "csv" in name else [LINE, LINE]
    wrong = bytearray(gzip.compress(b"".join(lines[:-1])))
    wrong[-8] ^= 1
    (tmp_path / name).write_bytes(bytes(wrong) + gzip.compress(lines[-1]))
    rows = read(tmp_path / name)
    assert [row["status"] for row in rows].count("ok") == 2
    (fault,) = [row for row in rows if row["status"] == "error"]
    assert fault["source_offset"] == sum(map(len, lines[:-1])) and "checksum" in fault["error"]


def test_a_document_whose_checksum_is_wrong_is_an_error(tmp_path):
    wrong = bytearray(gzip.compress(b"Some words."))
    wrong[-8] ^= 1
    (tmp_path / "c.txt.gz").write_bytes(wrong)
    (row,) = read(tmp_path / "c.txt.gz")
    assert row["status"] == "error" and "checksum" in row["error"]
