"""ARC files of both versions, plain and compressed: every record is a row whose bytes are found again, and faults stop nothing."""

import gzip
import hashlib
from datetime import UTC, datetime
from io import BytesIO

import pytest
from warcio.archiveiterator import ARCIterator

from tests.unit.crawl.test_read import read
from tierline.crawl import ReadRules, read_payload
from tierline.crawl.read import read_shard

V1 = b"URL IP-address Archive-date Content-type Archive-length"
V2 = b"URL IP-address Archive-date Content-type Result-code Checksum Location Offset Filename Archive-length"
PAGE = b"<html><title>Mill %d</title><p>The old mill number %d stands by the river and grinds the corn of three villages."


def http(body: bytes, content_type: bytes = b"text/html; charset=utf-8") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\n%s" % (content_type, body)


def block(version: int) -> bytes:
    text = b"%d 0 TestOrg\n%s\n\n" % (version, V2 if version == 2 else V1)
    head = b"filedesc://test.arc 0.0.0.0 20190425125754 text/plain"
    return head + (b" 200 - - 0 test.arc" if version == 2 else b"") + b" %d\n%s" % (len(text), text)


def arc_record(url: bytes, content: bytes, version: int = 1, date: bytes = b"20190425125754", media: bytes = b"text/html") -> bytes:
    more = b" 200 0a1b - 1234 test.arc" if version == 2 else b""
    return b"%s 192.0.2.1 %s %s%s %d\n%s\n" % (url, date, media, more, len(content), content)


def pages(version: int, count: int = 3) -> list[bytes]:
    made = [arc_record(b"http://a.example/%d page" % number, http(PAGE % (number, number)), version) for number in range(count)]
    return [block(version), *made, arc_record(b"dns:a.example", b"20190425 A 192.0.2.1", version, media=b"text/dns")]


PACKINGS = {
    "c.arc": b"".join,
    "c.arc.gz": lambda parts: b"".join(map(gzip.compress, parts)),
    "one.ARC.GZ": lambda parts: gzip.compress(b"".join(parts)),
}


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("name", PACKINGS)
def test_each_record_is_a_row_that_is_found_again(tmp_path, name, version):
    (tmp_path / name).write_bytes(PACKINGS[name](pages(version)))
    rows = sorted(read(tmp_path / name), key=lambda row: row["url"].replace("dns", "~"))  # of one member they have the same offset
    assert [row["status"] for row in rows] == ["ok", "ok", "ok", "unsupported"]
    assert {row["source_format"] for row in rows} == {"arc"} and {row["record_id"] for row in rows} == {None}
    for number, row in enumerate(rows[:3]):
        assert row["url"] == f"http://a.example/{number}%20page" and row["domain"] == "a.example" and f"number {number}" in row["text"]
        assert row["fetched_at"] == datetime(2019, 4, 25, 12, 57, 54, tzinfo=UTC) and row["http_status"] == 200
        assert read_payload(row) == PAGE % (number, number)
    for row in rows:
        assert hashlib.sha256(read_payload(row)).hexdigest() == row["payload_sha256"]
    stored = (tmp_path / name).read_bytes()
    if name != "one.ARC.GZ":
        cut = stored[rows[1]["source_offset"] :][: rows[1]["source_length"]]
        assert (cut if name == "c.arc" else gzip.decompress(cut)) == pages(version)[2]


def test_warcio_sees_the_same_records(tmp_path):
    data = PACKINGS["c.arc.gz"](pages(1))
    (tmp_path / "c.arc.gz").write_bytes(data)
    found = []
    iterator = ARCIterator(BytesIO(data))
    for record in iterator:
        if record.rec_type != "arc_header":
            found.append((hashlib.sha256(record.raw_stream.read()).hexdigest(), iterator.get_record_offset(), iterator.get_record_length()))
    rows = read(tmp_path / "c.arc.gz")
    assert [(row["payload_sha256"], row["source_offset"], row["source_length"]) for row in rows] == found


@pytest.mark.parametrize("name", ["c.arc", "c.arc.gz"])
def test_a_broken_record_is_an_error_and_reading_goes_on_behind_it(tmp_path, name):
    first, one, two, three, _ = pages(1)
    broken = b"this is no header\nnor this\n"
    packed = gzip.compress(two)
    parts = (
        [first, one, broken, two]
        if name == "c.arc"
        else [gzip.compress(first), gzip.compress(one), packed[:30] + b"\xff" * 20 + packed[50:]]
    )
    parts.append(three if name == "c.arc" else gzip.compress(three))
    (tmp_path / name).write_bytes(b"".join(parts))
    rows = read(tmp_path / name)
    assert [row["status"] for row in rows].count("error") == 1 and rows[0]["status"] == rows[-1]["status"] == "ok"
    assert "number 2" in rows[-1]["text"] and read_payload(rows[-1]) == PAGE % (2, 2)


@pytest.mark.parametrize("name", ["c.arc", "c.arc.gz"])
def test_a_cut_file_keeps_its_records_and_says_that_it_is_cut(tmp_path, name):
    data = PACKINGS[name](pages(1)[:3])
    (tmp_path / name).write_bytes(data[:-40])
    *rows, last = read(tmp_path / name)
    assert [row["status"] for row in rows] == ["ok"] and last["status"] == "error"
    assert "bytes are there" in last["error"] or "ends within" in last["error"]


def test_a_body_beyond_the_bound_is_not_read_and_the_next_is(tmp_path):
    parts = [arc_record(b"http://a.example/big", http(b"x" * 5000)), arc_record(b"http://a.example/small", http(PAGE % (1, 1)))]
    for name in ("c.arc", "one.arc.gz"):
        (tmp_path / name).write_bytes(PACKINGS[name if name == "c.arc" else "one.ARC.GZ"](parts))
        found = read_shard([str(tmp_path / name)], ReadRules(max_body_bytes=3000)).tables["l0_raw"].to_pylist()
        rows = sorted(found, key=lambda row: row["url"])
        assert [(row["status"], row["url"][-5:]) for row in rows] == [("error", "e/big"), ("ok", "small")]
        assert "more than the 3000 that are read" in rows[0]["error"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n\n",
        b"WARC/1.0\r\n",
        b"\x1f\x8b\x08 noise",
        bytes(100),
        b"a b c d 5\nhello",
        b"http://a 1.1.1.1 20190425 99999999999999\nx",
    ],
)
def test_what_is_no_arc_is_an_error(tmp_path, data):
    for name in ("c.arc", "c.arc.gz"):
        (tmp_path / name).write_bytes(data)
        rows = read(tmp_path / name)
        assert {row["status"] for row in rows} == {"error"} and len(rows) <= 2
