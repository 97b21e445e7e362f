"""A WACZ file's records are rows whose address names the member, stored or compressed; a broken member stops no other."""

import gzip
import hashlib
import zipfile

import pytest

from tests.unit.crawl.test_read import page_record, read
from tierline.crawl import ReadRules, read_payload
from tierline.crawl.members import file_and_member
from tierline.crawl.read import read_shard
from tierline.errors import BadInput, SourceGone

BODY = b"<html><p>The ferry number %d crosses the river six times a day."


def warc(*numbers: int) -> bytes:
    return b"".join(gzip.compress(page_record(number, BODY % number)) for number in numbers)


def write(path, members: dict[str, bytes], method: int = zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_each_record_has_an_address_from_which_its_bytes_are_read_again(tmp_path, method):
    plain = page_record(3, BODY % 3)
    members = {"datapackage.json": b"{}", "pages/pages.jsonl": b"{}", "archive/data.warc.gz": warc(1, 2), "archive/more.WARC": plain}
    file = write(tmp_path / "c.wacz", members, method)
    rows = read(file)
    assert [(row["status"], row["source_format"]) for row in rows] == [("ok", "wacz")] * 3
    assert [file_and_member(row["source_uri"]) for row in rows] == [
        (str(file), "archive/data.warc.gz"), (str(file), "archive/data.warc.gz"), (str(file), "archive/more.WARC"),
    ]  # fmt: skip
    for number, row in enumerate(rows, 1):
        assert read_payload(row) == BODY % number and hashlib.sha256(read_payload(row)).hexdigest() == row["payload_sha256"]
        member = members[file_and_member(row["source_uri"])[1]]
        cut = member[row["source_offset"] :][: row["source_length"]]
        assert BODY % number in (cut if cut.startswith(b"WARC") else gzip.decompress(cut))


def test_a_member_that_cannot_be_read_is_an_error_and_the_next_is_read(tmp_path):
    file = write(
        tmp_path / "c.wacz", {"archive/a.warc.gz": warc(1), "archive/note.txt": b"x", "archive/b.warc.gz": warc(2)}, zipfile.ZIP_DEFLATED
    )
    data = bytearray(file.read_bytes())
    data[60:90] = b"\xff" * 30
    file.write_bytes(data)
    rows = read(file)
    assert [row["status"] for row in rows] == ["error", "error", "ok"]
    assert (
        "archive/a.warc.gz" in rows[0]["error"] + rows[1]["error"]
        and "archive/note.txt is no WARC file" in rows[0]["error"] + rows[1]["error"]
    )


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip file" * 100])
def test_what_is_no_zip_file_is_one_error_row(tmp_path, data):
    (tmp_path / "c.wacz").write_bytes(data)
    (row,) = read(tmp_path / "c.wacz")
    assert row["status"] == "error" and "unreadable file" in row["error"]


def test_one_without_archives_holds_no_documents(tmp_path):
    (row,) = read(write(tmp_path / "c.wacz", {"datapackage.json": b"{}"}))
    assert row["error"].startswith("no documents")


def test_a_member_that_unpacks_to_more_than_the_bound_is_not_unpacked(tmp_path):
    file = write(tmp_path / "c.wacz", {"archive/bomb.warc": bytes(50 << 20), "archive/a.warc.gz": warc(1)}, zipfile.ZIP_DEFLATED)
    (row,) = read_shard([str(file)], ReadRules(max_body_bytes=1 << 20)).tables["l0_raw"].to_pylist()
    assert "archive/bomb.warc: it holds more than" in row["error"]


def test_an_encrypted_member_is_named(tmp_path):
    file = write(tmp_path / "c.wacz", {"archive/a.warc.gz": warc(1)})
    data = bytearray(file.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(data)
    (row,) = read(file)
    assert "archive/a.warc.gz is encrypted" in row["error"]


def test_a_file_or_member_that_is_gone_is_said_of_the_file(tmp_path):
    file = write(tmp_path / "c.wacz", {"archive/a.warc.gz": warc(1)})
    (row,) = read(file)
    with pytest.raises(BadInput, match=r"it holds no archive/b\.warc"):
        read_payload(row | {"source_uri": f"{file}!archive/b.warc"})
    file.unlink()
    with pytest.raises(SourceGone) as gone:
        read_payload(row)
    assert gone.value.where == str(file)


def test_the_mark_is_a_letter_in_other_names():
    assert file_and_member("a!archive/b.jsonl") == ("a!archive/b.jsonl", "")
    assert file_and_member("x!archive/b.wacz!archive/c.warc") == ("x!archive/b.wacz", "archive/c.warc")
    assert file_and_member("https://h/b.wacz?v=1!archive/c.warc") == ("https://h/b.wacz?v=1", "archive/c.warc")
