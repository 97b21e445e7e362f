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
from tierline.crawl.delimited import read_delimited
from tierline.crawl.dialect import Dialect, delimiter_of
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
    assert [row["error"] for row in rows[:2]] == [
        "line 2: row of 3 cells, where the header has 2",
        "line 3: row of 1 cells, where the header has 2",
    ]


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
    lines = [delimited._Line(0, 1, b"", line) for line in io.StringIO(stream.getvalue().encode().decode("latin-1"), newline="\n")]
    found = [cells for _, cells in delimited._records(iter(lines), Dialect(delimiter), 1 << 20)][1:]
    assert [[delimited._cell(cell, "utf-8") for cell in cells] for cells in found] == [list(row) for row in rows if any(row)]


WORDS = "The old mill stands by the river."


@pytest.mark.parametrize("data", [b"text\turl\r\tid\na\tu\t1\nb\tv\t2\n", b'text,url\r"a\nb",u\rc\n,v\r'])
def test_the_other_end_of_lines_within_one_ends_no_run(tmp_path, data):
    rows = rows_of(tmp_path, data, "c.tsv" if b"\t" in data else "c.csv")
    assert [row["text"] for row in rows] == (["a", "b"] if b"\t" in data else ["a\nb", "c"])


@pytest.mark.parametrize("end", ["\r", "\r\n", "\r\r\n", "\n"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_lines_end_as_the_first_one_does(tmp_path, end, encoding):
    file = end.join(["text,url", "one, é,https://a.example/1".replace("one, é", '"one, é"'), '"two\nlines",https://a.example/2', ""])
    rows = rows_of(tmp_path, file.encode(encoding))
    assert texts(rows) == ["one, é", "two\nlines"] and rows[1]["url"] == "https://a.example/2"


def test_quotes_in_a_file_without_quoting_are_letters(tmp_path):
    lines = ['"Hello," he said', '5" pipe', '"Open quote', 'x "y" z', '"She said, no.', '"All of it."', WORDS]
    for delimiter, name in (("\t", "c.tsv"), ("|", "c.csv")):
        file = "".join(f"{cell}{delimiter}https://a.example/{number}\n" for number, cell in enumerate(lines))
        assert texts(rows_of(tmp_path, f"text{delimiter}url\n{file}", name)) == lines


@pytest.mark.parametrize("quoting", [csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC])
@pytest.mark.parametrize("options", [{}, {"doublequote": False, "escapechar": "\\"}])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_what_programs_write_is_what_is_read(tmp_path, quoting, options, delimiter):
    cells = ['"Hello," he said', 'He said "no"\nand left; at last', "one\ttwo | three", WORDS, '"All of it."', "4"]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, quoting=quoting, **options)
    writer.writerows([("text", "id"), *((cell, number) for number, cell in enumerate(cells))])
    assert texts(rows_of(tmp_path, stream.getvalue(), "c.csv")) == cells


def test_backslashes_are_escapes_where_they_must_be_and_letters_elsewhere(tmp_path):
    spark = '"He said \\"no, never\\" and left",u\n"C:\\new, C:\\\\",u\n"a, b",u\n'
    assert texts(rows_of(tmp_path, f"text,url\n{spark}")) == ['He said "no, never" and left', "C:\\new, C:\\", "a, b"]
    assert texts(rows_of(tmp_path, 'text,url\n"C:\\, D:\\",u\n"a ""b"", c",u\n')) == ["C:\\, D:\\", 'a "b", c']


def test_a_space_behind_a_delimiter_is_none_of_a_quoted_cell(tmp_path):
    rows = rows_of(tmp_path, 'text, url\n"a, b", "https://a.example/1"\nc, https://a.example/2\n')
    assert texts(rows) == ["a, b", "c"] and [row["url"][-1] for row in rows] == ["1", "2"]


def test_a_header_that_comes_again_is_no_document(tmp_path):
    files = [f"{header}\n{row}\n" for header, row in (("text,url", "one,https://a.example/1"), ("url,Text", "https://a.example/2,two"))]
    rows = rows_of(tmp_path, "\ufeff\ufeff" + "\ufeff".join([*files, files[0]]))
    assert [row["status"] for row in rows] == ["ok", "empty", "ok", "empty", "ok"]
    assert [row["text"] for row in rows[::2]] == ["one", "two", "one"] and rows[2]["url"] == "https://a.example/2"


def test_a_column_that_is_there_twice_is_refused(tmp_path):
    (row,) = rows_of(tmp_path, "text,url,text\none,u,two\n")
    assert row["status"] == "error" and "two columns are named 'text'" in row["error"]


def test_an_error_names_its_line(tmp_path):
    rows = rows_of(tmp_path, 'text,url\n\n"two\nlines",u\nthree\n"four,u\nfive,u\n')
    assert [row["error"] for row in rows if row["error"]] == [
        "line 5: row of 1 cells, where the header has 2",
        "line 6: broken record: a quote that is never closed",
    ]
