"""A row's address leads back to the very bytes that were hashed, and nothing else passes for them."""

import gzip
import hashlib
import json

import pytest

from tests.unit.crawl.test_read import page_record, read, record
from tierline.crawl import read_payload
from tierline.errors import BadInput, TierlineError


def proven(row) -> bool:
    return hashlib.sha256(read_payload(row)).hexdigest() == row["payload_sha256"]


def test_each_of_many_records_is_found_at_its_own_address(tmp_path):
    file = tmp_path / "c.warc.gz"
    file.write_bytes(b"".join(gzip.compress(page_record(number, b"<p>Page %d." % number)) for number in range(5)))
    rows = read(file)
    assert len({row["source_offset"] for row in rows}) == 5 and all(map(proven, rows))
    assert [read_payload(row) for row in rows] == [b"<p>Page %d." % number for number in range(5)]


def test_the_payload_is_what_was_sent_before_any_decoding(tmp_path):
    file = tmp_path / "c.warc"
    file.write_bytes(page_record(0, encoding="gzip"))
    (row,) = read(file)
    assert read_payload(row).startswith(b"\x1f\x8b") and "granite" in row["text"]


def test_an_address_that_holds_another_record_is_no_proof(tmp_path):
    file = tmp_path / "c.warc"
    file.write_bytes(page_record(1) + page_record(2))
    first, second = read(file)
    assert read_payload(first | {"source_offset": second["source_offset"]}) == read_payload(first), "found again from the file's start"
    with pytest.raises(BadInput, match="no record uuid:nobody there"):
        read_payload(first | {"record_id": "uuid:nobody"})


def test_records_of_the_same_file_that_carry_no_text_are_passed_over(tmp_path):
    from fastwarc.warc import WarcRecordType

    file = tmp_path / "c.warc"
    info = record("urn:info", b"software: x", WarcRecordType.warcinfo, "application/warc-fields")
    file.write_bytes(info + page_record(1))
    (row,) = read(file)
    assert row["source_offset"] == len(info) and proven(row)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"source_format": "parquet", "source_offset": 9}, "no row 9 there"),
        ({"source_format": "jsonl", "source_uri": "{folder}/absent.jsonl"}, "the source is gone; put it back, or `tierline forget`"),
        ({"source_format": "parquet", "source_uri": "{folder}/noise.parquet"}, "nothing can be read at offset 0"),
        ({"source_format": "warc", "source_uri": "{folder}/noise.warc"}, "nothing can be read at offset 0"),
    ],
)
def test_what_cannot_be_read_again_is_one_line_that_names_the_file(tmp_path, row, reason):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "c.parquet")
    for name in ("noise.parquet", "noise.warc"):
        (tmp_path / name).write_bytes(b"noise")
    row = {"source_uri": "{folder}/c.parquet", "source_offset": 0, "source_length": 1, "record_id": "x"} | row
    row["source_uri"] = row["source_uri"].format(folder=tmp_path)
    with pytest.raises(TierlineError, match=reason) as raised:
        read_payload(row)
    assert row["source_uri"] in str(raised.value) and "\n" not in str(raised.value)


def test_a_line_changed_under_its_address_no_longer_hashes_to_the_row(tmp_path):
    file = tmp_path / "c.jsonl"
    file.write_text("".join(json.dumps({"text": f"text {number}"}) + "\n" for number in range(3)))
    rows = read(file)
    assert all(map(proven, rows))
    file.write_text(file.read_text().replace("text 1", "text 9"))
    assert [proven(row) for row in rows] == [True, False, True]
