"""CSV and TSV files: every record is a row with the address of its bytes, whatever is quoted and however the columns are parted."""

import codecs
import csv
import gzip
import hashlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.crawl.test_read import read
from tierline.crawl import ReadRules, delimited, read_payload
from tierline.crawl.delimited import delimiter_of, read_delimited
from tierline.crawl.read import read_shard
from tierline.crawl.row_bounds import Bound

QUOTED = (
    'id,Text,URL,date\r\n1,"He said ""no"",\r\nand left.",https://a.example/1,2019-04-25\r\n\r\n2,plain,https://a.example/2,1556197074\r\n'
)


def rows_of(tmp_path, data: bytes | str, name: str = "c.csv") -> list[dict]:
    (tmp_path / name).write_bytes(data.encode() if isinstance(data, str) else data)
    rows = read(tmp_path / name)
    for row in rows:
        if row["payload_sha256"]:
            assert hashlib.sha256(read_payload(row)).hexdigest() == row["payload_sha256"]
    return rows


def texts(rows: list[dict]) -> list[str]:
    assert [row["status"] for row in rows] == ["ok"] * len(rows), [row["error"] for row in rows]
    return [row["text"] for row in rows]


def test_quoted_line_ends_and_quotes_are_part_of_a_record_and_its_address(tmp_path):
    rows = rows_of(tmp_path, QUOTED)
    assert texts(rows) == ['He said "no",\nand left.', "plain"]
    assert [row["record_id"] for row in rows] == ["1", "2"] and rows[1]["url"] == "https://a.example/2"
    assert [row["fetched_at"].year for row in rows] == [2019, 2019] and {row["source_format"] for row in rows} == {"csv"}
    for row in rows:
        cut = QUOTED.encode()[row["source_offset"] :][: row["source_length"]]
        assert cut == read_payload(row) and cut.startswith(row["record_id"].encode()) and cut.endswith(b"\r\n")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["c.csv", "c.tsv"])
def test_the_delimiter_is_that_of_the_header(tmp_path, delimiter, name):
    lines = [("text", "url", "note"), ("One, two; three | four", "https://a.example/", "x")]
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(lines)
    assert texts(rows_of(tmp_path, stream.getvalue(), name)) == ["One, two; three | four"]


def test_a_declared_delimiter_and_one_column_alone_are_taken(tmp_path):
    assert texts(rows_of(tmp_path, "sep=:\r\ntext:url\r\nWords here:x\r\n")) == ["Words here"]
    assert texts(rows_of(tmp_path, 'text\n"One, two"\nthree\n')) == ["One, two", "three"]
    assert texts(rows_of(tmp_path, "text\nOne, two\n", "c.tsv")) == ["One, two"]
    assert [delimiter_of(header) for header in ("text;a,b,c", "a,b,text", "url\ttext", "text")] == [";", ",", "\t", ","]


@pytest.mark.parametrize(
    ("encode", "charset"),
    [
        (lambda text: codecs.BOM_UTF8 + text.encode(), "utf-8"),
        (lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"), "utf-16-le"),
        (lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"), "utf-16-be"),
        (lambda text: codecs.BOM_UTF32_LE + text.encode("utf-32-le"), "utf-32-le"),
        (lambda text: text.replace("古", "ß").encode("cp1252"), "cp1252"),
    ],
)
def test_a_byte_order_mark_and_another_charset_are_read(tmp_path, encode, charset):
    line = "Le pont a été bâti en pierre par les maçons du château, Ċ".replace("Ċ", "" if charset == "cp1252" else "Ċ古")
    data = encode(f'text,url\r\n"{line}\nà côté",https://a.example/1\r\n{line},https://a.example/2\r\n'.replace(line + ",", f'"{line}",'))
    rows = rows_of(tmp_path, data)
    assert texts(rows) == [f"{line}\nà côté", line.strip()]
    assert [row["url"][-1] for row in rows] == ["1", "2"]


def test_packed_files_are_read_as_others(tmp_path):
    assert texts(rows_of(tmp_path, gzip.compress(QUOTED.encode()), "C.CSV.GZ"))[1] == "plain"


def test_html_in_a_column_is_a_page(tmp_path):
    (row,) = rows_of(tmp_path, 'html,url\n"<title>T</title><p>Some ""words"".",https://a.example/\n')
    assert (row["text"], row["title"], row["content_type"]) == ('Some "words".', "T", "text/html")


def test_a_quote_that_is_never_closed_costs_its_line(tmp_path):
    rows = rows_of(tmp_path, 'text,url\none,u\n"two,u\nthree,u\n"fo""ur",u\n')
    assert [row["status"] for row in rows] == ["ok", "error", "ok", "ok"] and "never closed" in rows[1]["error"]
    assert [row["text"] for row in rows if row["text"]] == ["one", "three", 'fo"ur']


def test_a_record_beyond_the_bound_costs_itself(tmp_path):
    (tmp_path / "c.csv").write_text('text,url\n"' + f"{'x' * 60}\n" * 20 + '",u\ny,u\n')
    rows = read_shard([str(tmp_path / "c.csv")], ReadRules(max_body_bytes=1000)).tables["l0_raw"].to_pylist()
    assert rows[0]["status"] == "error" and rows[-1]["text"] == "y"
    assert not [row for row in rows if row["text"] and "x" in row["text"]]


def test_rows_of_more_or_fewer_cells_than_the_header_are_errors(tmp_path):
    rows = rows_of(tmp_path, "text,url\na,u,v\nb\nc,u,\nd,u\n")
    assert [row["text"] for row in rows] == [None, None, "c", "d"]
    assert [row["error"] for row in rows[:2]] == ["row of 3 cells, where the header has 2", "row of 1 cells, where the header has 2"]


def test_lone_carriage_returns_end_no_record(tmp_path):
    assert texts(rows_of(tmp_path, b'text,url\r\none\rtwo,u\r\n"a\rb",v\r\n')) == ["one\ntwo", "a\nb"]


@pytest.mark.parametrize("data", [b"a,b\n1,2\n", b"\x00\x01\x02", b"PK\x03\x04,", b'"', b"\xff\xfe\x00"])
def test_a_file_without_a_header_that_is_known_is_one_error(tmp_path, data):
    (row,) = rows_of(tmp_path, data)
    assert row["status"] == "error"


def test_a_cut_file_keeps_its_rows_and_says_so(tmp_path):
    data = gzip.compress(b"text,url\n" + b"".join(b"%s,u\n" % hashlib.sha256(b"%d" % n).hexdigest().encode() for n in range(2000)))
    *rows, last = rows_of(tmp_path, data[: len(data) // 2], "c.csv.gz")
    assert len(rows) > 100 and last["status"] == "error" and {row["status"] for row in rows[1:]} <= {"ok", "error"}


def test_the_bound_of_the_file_ends_the_reading(tmp_path):
    (tmp_path / "c.csv").write_text("text,url\n" + "words,u\n" * 100)
    *rows, last = read_delimited(str(tmp_path / "c.csv"), ReadRules(), Bound(200, "200 bytes"))
    assert 10 < len(rows) < 30 and last["error"].startswith("it holds more than 200 bytes")


cells = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00\x0b\v"), max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=6), st.sampled_from(",;\t|"))
def test_what_the_csv_module_writes_is_what_is_read(rows, delimiter):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([("text", "id"), *rows])
    lines = [delimited._Line(0, b"", line) for line in io.StringIO(stream.getvalue().encode().decode("latin-1"), newline="\n")]
    found = [cells for _, cells in delimited._records(iter(lines), "c.csv", 1 << 20)][1:]
    assert [[delimited._cell(cell, "utf-8") for cell in cells] for cells in found] == [list(row) for row in rows if any(row)]
