"""L0 reads every format, keeps an address for each row, and makes a row of what it cannot read."""

import gzip
import hashlib
import json
import lzma
import tempfile
from io import BytesIO
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from fastwarc.stream_io import Lz4Writer
from fastwarc.warc import WarcRecord, WarcRecordType

from examples.pages import Page, document
from examples.write_crawl import response
from tierline.crawl import ReadRules, find_crawl_files, read_payload
from tierline.crawl.read import read_shard
from tierline.errors import BadInput, SourceGone

HTML = document("Bridges", ["The old bridge stands since 1894. It was built of granite by two brothers from the valley."])


def record(url: str, content: bytes, kind=WarcRecordType.response, content_type="application/http; msgtype=response") -> bytes:
    made = WarcRecord()
    made.init_headers(kind, f"uuid:{hashlib.md5(url.encode()).hexdigest()}".encode())
    made.headers["WARC-Target-URI"] = url
    made.headers["Content-Type"] = content_type
    made.set_bytes_content(content)
    stream = BytesIO()
    made.write(stream)
    return stream.getvalue()


def page_record(number: int = 0, body: bytes = HTML.encode(), **more) -> bytes:
    return record(f"https://a.example/{number}", response(Page(f"https://a.example/{number}", "", body, None, "", **more)))


def lz4(data: bytes) -> bytes:
    with tempfile.NamedTemporaryFile(suffix=".lz4") as file:
        writer = Lz4Writer(file.name)
        writer.write(data)
        writer.close()
        return Path(file.name).read_bytes()


def read(*files) -> list[dict]:
    result = read_shard([str(file) for file in files], ReadRules())
    result.check("l0_raw")
    return result.tables["l0_raw"].to_pylist()


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [
        (".warc", lambda parts: b"".join(parts)),
        (".warc.gz", lambda parts: b"".join(gzip.compress(part) for part in parts)),
        (".warc.gz", lambda parts: gzip.compress(b"".join(parts))),
        (".warc.zst", lambda parts: b"".join(zstandard.compress(part) for part in parts)),
        (".warc.lz4", lambda parts: b"".join(lz4(part) for part in parts)),
    ],
    ids=["plain", "gzip members", "one gzip member", "zstd", "lz4"],
)
def test_warc_of_any_packing_is_read_and_read_again_at_its_address(tmp_path, suffix, pack):
    file = tmp_path / f"crawl{suffix}"
    file.write_bytes(pack([page_record(number) for number in range(3)]))
    rows = read(file)
    assert sorted(row["url"] for row in rows) == [f"https://a.example/{number}" for number in range(3)]
    for row in rows:
        assert row["status"] == "ok" and "1894" in row["text"] and row["domain"] == "a.example"
        assert hashlib.sha256(read_payload(row)).hexdigest() == row["payload_sha256"]


@pytest.mark.parametrize(
    "more", [{"encoding": name} for name in ("gzip", "deflate", "br", "zstd")] + [{"chunked": True}, {"encoding": "gzip", "chunked": True}]
)
def test_http_encodings_are_undone(tmp_path, more):
    file = tmp_path / "c.warc"
    file.write_bytes(page_record(**more))
    (row,) = read(file)
    assert row["status"] == "ok" and "granite" in row["text"]


@pytest.mark.parametrize("charset", ["windows-1252", "iso-8859-1", "utf-16"])
def test_a_charset_that_the_header_denies_is_found(tmp_path, charset):
    body = document("Fähre", ["Die Fähre überquert den Fluss sechsmal am Tag. Größere Schiffe müssen draußen warten."]).encode(charset)
    file = tmp_path / "c.warc"
    file.write_bytes(page_record(body=body))
    (row,) = read(file)
    assert "Fähre überquert" in row["text"]


def test_wet_and_resource_records_are_documents(tmp_path):
    file = tmp_path / "c.warc.wet.gz"
    wet = record("https://w.example/", b"Plain text of a page.", WarcRecordType.conversion, "text/plain")
    resource = record("file:///note.html", HTML.encode(), WarcRecordType.resource, "text/html")
    file.write_bytes(gzip.compress(wet) + gzip.compress(resource))
    rows = {row["record_type"]: row for row in read(file)}
    assert rows["conversion"]["text"] == "Plain text of a page."
    assert "granite" in rows["resource"]["text"]


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
def test_a_truncated_file_gives_its_whole_records_and_an_error_row(tmp_path, cut):
    members = [gzip.compress(page_record(number)) for number in range(3)]
    whole = members[0] + members[1]
    file = tmp_path / "c.warc.gz"
    file.write_bytes(whole + members[2][: int(len(members[2]) * cut)])
    rows = read(file)
    assert [row["status"] for row in rows][:2] == ["ok", "ok"]
    assert any(row["status"] == "error" and "truncated" in row["error"] for row in rows[2:])


@pytest.mark.parametrize(
    "content", [b"", b"not a warc at all", gzip.compress(b"")[:-4], lzma.compress(b"wrong compression")], ids=["empty", "text", "cut", "xz"]
)
@pytest.mark.parametrize("suffix", [".warc.gz", ".warc", ".jsonl.gz", ".parquet"])
def test_a_file_that_is_nothing_is_one_error_row_and_the_next_is_read(tmp_path, content, suffix):
    (tmp_path / f"a{suffix}").write_bytes(content)
    (tmp_path / "b.warc").write_bytes(page_record())
    rows = read(tmp_path / f"a{suffix}", tmp_path / "b.warc")
    assert [row["status"] for row in rows] == ["error", "ok"] or (suffix == ".warc" and rows[-1]["status"] == "ok")
    assert all(row["error"] for row in rows if row["status"] == "error")


def test_errors_redirects_and_images_are_rows_without_text(tmp_path):
    file = tmp_path / "c.warc"
    file.write_bytes(page_record(1, status=404) + page_record(2, b"\x89PNG\r\n", content_type="image/png") + page_record(3, b""))
    assert [row["status"] for row in read(file)] == ["unsupported", "unsupported", "empty"]


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".jsonl.zst"])
def test_jsonl_lines_are_rows_and_a_broken_line_is_an_error(tmp_path, suffix):
    lines = [json.dumps({"text": f"Text {number}.", "url": "https://a.example/"}).encode() for number in range(2)]
    data = b"\n".join([lines[0], b"{broken", b'{"no": "text"}', lines[1]]) + b"\n"
    packed = {".jsonl": data, ".jsonl.gz": gzip.compress(data), ".jsonl.zst": zstandard.compress(data)}[suffix]
    (tmp_path / f"c{suffix}").write_bytes(packed)
    rows = read(tmp_path / f"c{suffix}")
    assert [row["status"] for row in rows] == ["ok", "error", "error", "ok"]
    assert all(hashlib.sha256(read_payload(row)).hexdigest() == row["payload_sha256"] for row in rows)


def test_parquet_rows_keep_their_number(tmp_path):
    pq.write_table(
        pa.table({"text": ["one", "two", "three"], "url": [None, "https://b.example/", None]}), tmp_path / "c.parquet", row_group_size=2
    )
    rows = read(tmp_path / "c.parquet")
    assert [(row["source_offset"], row["text"]) for row in rows] == [(0, "one"), (1, "two"), (2, "three")]
    assert all(hashlib.sha256(read_payload(row)).hexdigest() == row["payload_sha256"] for row in rows)


def test_bytes_that_are_gone_are_reported(tmp_path):
    file = tmp_path / "c.warc"
    file.write_bytes(page_record())
    (row,) = read(file)
    file.write_bytes(b"")
    with pytest.raises(BadInput, match="nothing can be read at offset"):
        read_payload(row)
    file.unlink()
    with pytest.raises(SourceGone, match="put it back"):
        read_payload(row)


def test_reading_twice_gives_the_same_rows(tmp_path):
    file = tmp_path / "c.warc.gz"
    file.write_bytes(b"".join(gzip.compress(page_record(number)) for number in range(4)))
    assert read(file) == read(file)


def test_a_file_of_any_file_system_is_read_by_its_url():
    with fsspec.open("memory://crawls/c.warc", "wb") as file:
        file.write(page_record())
    (url,) = find_crawl_files("memory://crawls/")
    (row,) = read(url)
    assert row["status"] == "ok" and row["source_uri"] == url
    assert hashlib.sha256(read_payload(row)).hexdigest() == row["payload_sha256"]


def test_a_file_whose_address_is_not_utf_8_is_an_error_row_and_the_others_are_read(tmp_path):
    good, bad = tmp_path / "a.jsonl", tmp_path / "\udce9t\udce9.jsonl"
    for file in (good, bad):
        file.write_text('{"text": "The old bridge."}\n')
    rows = read_shard([str(bad), "gone\udcff.warc.gz", str(good)], ReadRules()).tables["l0_raw"].to_pylist()
    assert sorted(row["status"] for row in rows) == ["error", "error", "ok"]
    assert all("not UTF-8" in row["error"] for row in rows if row["status"] == "error")
