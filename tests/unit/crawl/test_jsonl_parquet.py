"""JSONL and Parquet crawls: fields under the names of public corpora, one row a record, and every record accounted for."""

import bz2
import gzip
import hashlib
import json
import lzma
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from tests.unit.crawl.test_read import read
from tierline.crawl import ReadRules, jsonl_parquet, lines, read_payload
from tierline.crawl.one_record import read_row
from tierline.crawl.row_bounds import Bound

LIMIT = 1 << 16
RULES = ReadRules(max_body_bytes=LIMIT)
UNBOUNDED = Bound(1 << 40, "")


def read_jsonl(*given):
    return map(read_row, jsonl_parquet.read_jsonl(*given))


def read_parquet(*given):
    return map(read_row, jsonl_parquet.read_parquet(*given))


@pytest.fixture
def jsonl(tmp_path):
    def read(*lines: str | dict, limit: int = LIMIT, end: str = "\n") -> list[dict]:
        data = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + end
        (tmp_path / "c.jsonl").write_bytes(data.encode("utf-8", "surrogatepass"))
        return list(read_jsonl(str(tmp_path / "c.jsonl"), ReadRules(max_body_bytes=limit), UNBOUNDED))

    return read


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"text": "a", "url": "https://A.example/x"}, {"text": "a", "url": "https://A.example/x", "domain": "a.example"}),
        ({"raw_content": "a", "source_url": "https://b.example/"}, {"text": "a", "url": "https://b.example/"}),
        ({"content": "a", "uri": "urn:x"}, {"text": "a", "url": "urn:x", "domain": None}),
        ({"document": "a", "warc_target_uri": "http://[::1"}, {"text": "a", "url": "http://[::1", "domain": None}),
        ({"text": "a", "content": "b"}, {"text": "a"}),
        ({"text": "a", "metadata": {"url": "https://m.example/", "license": "CC0"}}, {"url": "https://m.example/", "license": "CC0"}),
        ({"text": "a", "url": "https://own.example/", "metadata": {"url": "https://m.example/"}}, {"url": "https://own.example/"}),
        ({"text": "a", "metadata": "no mapping"}, {"text": "a"}),
        ({"text": "a", "licence": "CC-BY"}, {"license": "CC-BY"}),
        ({"text": "a", "id": 7, "title": "T"}, {"record_id": "7", "title": "T"}),
        ({"text": "a", "date": "2026-01-15"}, {"fetched_at": datetime(2026, 1, 15, tzinfo=UTC)}),
        ({"text": "a", "timestamp": "2026-01-15T08:00:00+02:00"}, {"fetched_at": datetime(2026, 1, 15, 6, tzinfo=UTC)}),
        ({"text": "a", "date": "yesterday"}, {"fetched_at": None, "status": "ok"}),
        ({"text": "a", "date": "0001-01-01T00:00:00+14:00"}, {"fetched_at": None, "status": "ok"}),
        ({"text": " a\r\nb\x00 "}, {"text": "a\nb", "content_type": "text/plain"}),
        ({"html": "<title>T</title><p>Some words."}, {"text": "Some words.", "title": "T", "content_type": "text/html"}),
        ({"html": "", "text": "a"}, {"text": "a", "content_type": "text/plain"}),
        ({"html": "<p>b", "title": "given"}, {"text": "b", "title": "given"}),
        ({"text": ""}, {"status": "empty", "error": "no text"}),
        ({"html": "  "}, {"status": "empty"}),
        ({"url": "https://a.example/"}, {"status": "error", "error": "no text: none of the fields text, raw_content, content, document, html is there"}),
        ({"text": ["One.", "Two."]}, {"text": "One.\nTwo.", "status": "ok"}),
        ({"text": [{"text": "One."}, {"text": ["Two.", None, ["Three."]]}, 4, True]}, {"text": "One.\nTwo.\nThree.\n4"}),
        ({"text": {"text": "One."}}, {"text": "One."}),
        ({"content": {"paragraphs": [{"body": "One."}, {"value": "Two."}]}}, {"text": "One.\nTwo."}),
        ({"text": {"@value": "One.", "@language": "en"}}, {"text": "One."}),
        ({"text": 1984}, {"text": "1984"}),
        ({"text": None, "content": "One."}, {"text": "One."}),
        ({"text": "", "content": "One."}, {"text": "One."}),
        ({"text": [], "document": "One."}, {"text": "One."}),
        ({"text": True}, {"status": "error", "error": "no text: text holds bool"}),
        ({"text": {}}, {"status": "error", "error": "no text: text holds dict"}),
        ({"text": {"en": 1}, "html": []}, {"status": "error", "error": "no text: text holds dict, html holds list"}),
        ({"text": ["", None]}, {"status": "empty", "text": ""}),
        ({"html": ["<p>One.", "<p>Two."]}, {"text": "One.\nTwo.", "content_type": "text/html"}),
        ({"Text": "a", "URL": "https://a.example/", "Warc-Target-URI": "https://b.example/"}, {"text": "a", "url": "https://a.example/"}),
        ({"text": "a", "url": ["https://a.example/", "https://b.example/"]}, {"url": "https://a.example/", "domain": "a.example"}),
        ({"text": "a", "url": {"@id": "https://a.example/"}, "title": {"@value": "T"}}, {"url": "https://a.example/", "title": "T"}),
        ({"text": "a", "url": True, "title": [], "license": {}, "id": {"$oid": "5f"}}, {"url": None, "title": None, "license": None, "record_id": "5f"}),
        ({"text": "a", "title": ["T", "U"], "license": ["CC0"], "id": [7]}, {"title": "T", "license": "CC0", "record_id": "7"}),
        ({"text": "a", "metadata": '{"url": "https://m.example/"}'}, {"url": "https://m.example/"}),
        ({"text": "a", "meta": {"url": "https://m.example/"}, "metadata": "{broken"}, {"url": "https://m.example/"}),
        ({"text": "a", "metadata": [{"url": "https://m.example/"}]}, {"url": "https://m.example/"}),
        (
            {"content": "a", "warc_headers": {"warc-target-uri": "https://m.example/", "warc-date": "2019-04-25T12:57:54Z"}},
            {"url": "https://m.example/", "fetched_at": datetime(2019, 4, 25, 12, 57, 54, tzinfo=UTC)},
        ),
        ({"text": "a", "timestamp": 1556197074000}, {"fetched_at": datetime(2019, 4, 25, 12, 57, 54, tzinfo=UTC)}),
        ({"text": "a", "timestamp": "n/a", "date": "20190425125754"}, {"fetched_at": datetime(2019, 4, 25, 12, 57, 54, tzinfo=UTC)}),
        ({"text": "a", "timestamp": True, "date": [2019], "added": {}}, {"fetched_at": None, "status": "ok"}),
    ],
)  # fmt: skip
def test_a_record_is_found_under_the_names_that_corpora_use(jsonl, record, expected):
    (row,) = jsonl(record)
    assert {name: row.get(name) for name in expected} == expected


def test_offsets_count_bytes_and_blank_lines_are_no_records(jsonl, tmp_path):
    rows = jsonl("", {"text": "ä"}, "", "   ", {"text": "b"}, end="")
    data = (tmp_path / "c.jsonl").read_bytes()
    assert [row["text"] for row in rows] == ["ä", "b"]
    for row in rows:
        line = data[row["source_offset"] : row["source_offset"] + row["source_length"]]
        assert json.loads(line)["text"] == row["text"] and hashlib.sha256(line).hexdigest() == row["payload_sha256"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "broken JSON"),
        ("[" * 100_000, "more than"),
        ("[" * 2000, "broken JSON"),
        ("[1]", "no JSON object"),
        ("null", "no JSON object"),
    ],
)
def test_a_line_that_is_no_record_is_an_error_and_the_next_is_read(jsonl, line, reason):
    first, second = jsonl(line, {"text": "a"})
    assert first["status"] == "error" and reason in first["error"] and second["text"] == "a"


@pytest.mark.parametrize("block", [7, 64, 1 << 20])
def test_a_line_beyond_the_bound_is_skipped_at_its_address_whatever_is_read_at_once(jsonl, monkeypatch, block):
    monkeypatch.setattr(lines, "BLOCK_BYTES", block)
    rows = jsonl({"text": "a"}, {"text": "x" * 200}, {"text": "b"}, limit=100)
    assert [row.get("text") for row in rows] == ["a", None, "b"]
    long = rows[1]
    assert long["error"] == "line of 213 bytes, more than the 100 that are read"
    assert long["source_offset"] + long["source_length"] == rows[2]["source_offset"]


def test_behind_an_endless_line_nothing_is_searched(jsonl, monkeypatch):
    monkeypatch.setattr(lines, "BLOCK_BYTES", 64)
    monkeypatch.setattr(lines, "MAX_LINE_BYTES", 1000)
    rows = jsonl({"text": "a"}, "x" * 5000, {"text": "b"}, limit=100)
    assert [row["status"] for row in rows] == ["ok", "error"] and rows[1]["error"].startswith("truncated: a line of more than 1000 bytes")


def test_a_text_of_more_characters_than_are_read_is_an_error(jsonl):
    (row,) = jsonl({"text": "ä" * 60}, limit=400)
    assert row["status"] == "ok"
    (row,) = jsonl({"text": "é" * 60}, limit=370)  # 6 bytes each as JSON escapes: the line fits, its text too
    assert row["status"] == "error" or len(row["text"]) == 60


def test_a_line_in_another_charset_is_decoded(tmp_path):
    (tmp_path / "c.jsonl").write_bytes(
        '\ufeff{"text": "Été"}\n'.encode() + '{"text": "Le château a été bâti par les maçons."}\n'.encode("cp1252")
    )
    assert [row.get("text") for row in read_jsonl(str(tmp_path / "c.jsonl"), RULES, UNBOUNDED)] == [
        "Été",
        "Le château a été bâti par les maçons.",
    ]


PACKS = [(".gz", gzip.compress), (".ZST", zstandard.compress), (".bz2", bz2.compress), (".XZ", lzma.compress)]


@pytest.mark.parametrize(("suffix", "pack"), PACKS)
def test_a_packed_file_that_is_cut_gives_its_lines_and_says_that_it_is_cut(tmp_path, suffix, pack):
    lines = b"".join(b'{"text": "%d %s"}\n' % (number, hashlib.sha256(b"%d" % number).hexdigest().encode()) for number in range(4000))
    packed = pack(lines)
    file = tmp_path / f"c.jsonl{suffix}"
    file.write_bytes(packed[: len(packed) * 2 // 3])
    *rows, last = read_jsonl(str(file), RULES, UNBOUNDED)
    assert last["status"] == "error" and last["error"].startswith("truncated")
    if suffix in (".ZST", ".bz2"):  # whose blocks may be larger than the file
        return
    assert rows and all(row["status"] == "ok" for row in rows[:-1])
    assert [row["text"].split()[0] for row in rows[:10]] == [str(number) for number in range(10)]


@pytest.mark.parametrize(("suffix", "pack"), PACKS)
@pytest.mark.parametrize("kind", ["jsonl", "parquet", "csv", "txt"])
def test_a_damaged_packed_file_is_one_error_and_the_rest_of_the_shard_is_read(tmp_path, suffix, pack, kind):
    write(tmp_path / "c.parquet", [{"text": hashlib.sha256(b"%d" % number).hexdigest()} for number in range(500)])
    text = b"text,url\n" + b"".join(hashlib.sha256(b"%d" % number).hexdigest().encode() + b",u\n" for number in range(500))
    packed = bytearray(pack((tmp_path / "c.parquet").read_bytes() if kind == "parquet" else text))
    packed[3:40] = b"\xff" * 37
    (tmp_path / f"d.{kind}{suffix}").write_bytes(packed)
    (tmp_path / "e.jsonl").write_text('{"text": "behind"}')
    first, last = read(tmp_path / f"d.{kind}{suffix}", tmp_path / "e.jsonl")
    assert first["status"] == "error" and first["error"].startswith("unreadable file: ") and last["text"] == "behind"


@pytest.mark.parametrize("damage", ["footer", "cut", "page", "magic", "empty"])
def test_a_damaged_parquet_file_loses_what_is_damaged(tmp_path, damage):
    texts = [f"text {number} " + hashlib.sha256(b"%d" % number).hexdigest() * 9 for number in range(60)]
    pq.write_table(pa.table({"text": texts}), tmp_path / "c.parquet", row_group_size=20, compression="none", use_dictionary=False)
    data = bytearray((tmp_path / "c.parquet").read_bytes())
    if damage == "page":
        start = data.index(b"text 20 ") - 40  # with the header of the page
        data[start : start + 40] = b"\xff" * 40
    elif damage == "footer":
        data[-60:-8] = b"\xff" * 52
    data = {"cut": data[:-20], "magic": b"noise" + data, "empty": b""}.get(damage, data)
    (tmp_path / "d.parquet").write_bytes(data if damage != "magic" else data[:-4])
    (tmp_path / "e.jsonl").write_text('{"text": "behind"}')
    *rows, last = read(tmp_path / "d.parquet", tmp_path / "e.jsonl")
    assert last["text"] == "behind"
    errors = [row for row in rows if row["status"] == "error"]
    assert errors and (damage == "page" or (len(rows) == 1 and rows[0]["error"].startswith("unreadable file: ")))
    if damage == "page":
        assert sum(row["source_length"] for row in rows) == 60, "every row is accounted for"
        assert "text 59" in rows[-1]["text"]


def write(path, rows: list[dict], group: int = 2):
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=group)
    return str(path)


def test_parquet_rows_are_numbered_over_all_row_groups_and_can_be_read_again(tmp_path):
    file = write(tmp_path / "c.parquet", [{"text": f"text {number}", "n": number} for number in range(5)])
    rows = list(read_parquet(file, RULES, UNBOUNDED))
    assert [(row["source_offset"], row["source_length"], row["text"]) for row in rows] == [(n, 1, f"text {n}") for n in range(5)]
    for row in rows:
        payload = read_payload(row | {"source_uri": file, "source_format": "parquet"})
        assert hashlib.sha256(payload).hexdigest() == row["payload_sha256"] and json.loads(payload)["n"] == row["source_offset"]


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".zst", zstandard.compress)])
def test_a_packed_parquet_file_is_unpacked_up_to_a_bound(tmp_path, monkeypatch, suffix, pack):
    write(tmp_path / "c.parquet", [{"text": "a"}])
    packed = tmp_path / f"c.parquet{suffix}"
    packed.write_bytes(pack((tmp_path / "c.parquet").read_bytes()))
    assert [row["text"] for row in read_parquet(str(packed), RULES, UNBOUNDED)] == ["a"]
    monkeypatch.setattr(jsonl_parquet, "MAX_PACKED_PARQUET_BYTES", 100)
    with pytest.raises(ValueError, match="it unpacks to more than 100 bytes; unpack the file first"):
        list(read_parquet(str(packed), RULES, UNBOUNDED))


def test_a_row_too_long_is_an_error_and_its_neighbors_are_read(tmp_path):
    file = write(tmp_path / "c.parquet", [{"text": "a"}, {"text": "x" * 5000}, {"text": "b"}], group=3)
    rows = list(read_parquet(file, ReadRules(max_body_bytes=4000), UNBOUNDED))
    assert [row["status"] for row in rows] == ["ok", "error", "ok"] and "more than the 4000 that are read" in rows[1]["error"]


@pytest.mark.parametrize("group", [50, 5])
def test_rows_that_repeat_a_text_beyond_the_bound_of_the_file_are_one_error_for_the_rest(tmp_path, group):
    file = write(tmp_path / "c.parquet", [{"text": "x" * 1000}] * 50, group=group)
    *rows, last = read_parquet(file, RULES, Bound(1 << 14, "16384 bytes"))
    assert 10 <= len(rows) < 20 and last["status"] == "error" and last["error"].startswith("it holds more than 16384 bytes")
    assert last["source_offset"] + last["source_length"] == 50, "the rows that are not read are counted"


def test_a_row_group_too_large_to_read_is_one_error_and_the_next_group_is_read(tmp_path):
    file = write(tmp_path / "c.parquet", [{"text": hashlib.sha256(b"%d" % n).hexdigest() * 40} for n in range(2)] + [{"text": "a"}])
    first, second = read_parquet(file, ReadRules(max_body_bytes=1500), UNBOUNDED)
    assert first["source_length"] == 2 and "write smaller row groups" in first["error"]
    assert (second["source_offset"], second["text"]) == (2, "a")


def test_columns_of_a_corpus_are_found_in_parquet_too(tmp_path):
    rows = [{"content": "a", "metadata": {"url": "https://m.example/"}, "timestamp": datetime(2026, 1, 15, tzinfo=UTC)}]
    (row,) = read_parquet(write(tmp_path / "c.parquet", rows), RULES, UNBOUNDED)
    assert (row["text"], row["domain"], row["fetched_at"]) == ("a", "m.example", datetime(2026, 1, 15, tzinfo=UTC))


def test_a_map_is_metadata_and_an_id_in_bytes_is_hex(tmp_path):
    identity = bytes(range(0x80, 0x90))
    columns = {
        "text": pa.array(["a"]),
        "id": pa.array([identity], pa.binary(16)),
        "metadata": pa.array([[("url", "https://m.example/"), ("title", "T")]], pa.map_(pa.string(), pa.string())),
    }
    pq.write_table(pa.table(columns), tmp_path / "c.parquet")
    (row,) = read_parquet(str(tmp_path / "c.parquet"), RULES, UNBOUNDED)
    assert (row["url"], row["title"], row["record_id"]) == ("https://m.example/", "T", identity.hex())


SIZE = 46
BYTES = (pa.binary(), pa.large_binary(), pa.binary(SIZE))
TEXTS = (pa.string(), pa.large_string())


@pytest.mark.parametrize(
    ("kind", "as_dictionary"), [(kind, False) for kind in (*BYTES, *TEXTS, pa.binary_view(), pa.string_view())] + [(kind, True) for kind in BYTES + TEXTS],
    ids=str,
)  # fmt: skip
def test_text_and_pages_in_columns_of_every_type_are_read(tmp_path, kind, as_dictionary):
    columns = {
        "text": ["The old bridge was built by masons, long ago.", None, None],
        "html": [None, "<html><body><p>The water rises in spring.", None],
        "url": ["http://site.example/1"] * 3,
    }
    arrays = {name: pa.array([value and value.ljust(SIZE).encode() for value in values]).cast(kind) for name, values in columns.items()}
    pq.write_table(
        pa.table({name: array.dictionary_encode() if as_dictionary else array for name, array in arrays.items()}), tmp_path / "c.parquet"
    )
    rows = read(tmp_path / "c.parquet")
    assert [row["status"] for row in rows] == ["ok", "ok", "error"]
    assert rows[0]["text"].startswith("The old bridge was built by masons") and rows[1]["text"].startswith("The water rises in spring")
    assert {row["domain"] for row in rows} == {"site.example"} and rows[1]["content_type"] == "text/html"
    for row in rows:
        assert hashlib.sha256(read_payload(row)).hexdigest() == row["payload_sha256"]


def test_bytes_that_are_not_utf8_are_decoded_by_what_they_say_or_look_like(tmp_path):
    line = "Le vieux pont a été bâti par les maçons du château."
    page = f'<html><head><meta charset="shift_jis"></head><body><p>{"古い橋は隣の村まで続いている。" * 3}'
    table = pa.table({"text": pa.array([line.encode("cp1252"), None]), "html": pa.array([None, page.encode("shift_jis")]),
                      "title": pa.array(["Château".encode("cp1252"), None])})  # fmt: skip
    pq.write_table(table, tmp_path / "c.parquet")
    rows = read(tmp_path / "c.parquet")
    assert rows[0]["text"] == line and rows[1]["text"].startswith("古い橋は隣の村")


def test_text_that_is_marked_as_utf8_and_is_none_costs_no_row(tmp_path):
    data = "Le château a été bâti par les maçons.".encode("cp1252")
    offsets = (0).to_bytes(4, "little") + len(data).to_bytes(4, "little")
    wrong = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(offsets), pa.py_buffer(data)])
    pq.write_table(pa.table({"text": wrong, "url": ["https://a.example/"]}), tmp_path / "c.parquet")
    (row,) = read(tmp_path / "c.parquet")
    assert row["text"] == "Le château a été bâti par les maçons." and row["url"] == "https://a.example/"
    assert hashlib.sha256(read_payload(row)).hexdigest() == row["payload_sha256"]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Tokyo", "+05:30"])
def test_arrow_times_of_every_unit_and_zone_are_read(tmp_path, unit, zone):
    moment = datetime(2019, 4, 25, 12, 57, 54, tzinfo=UTC)
    times = pa.array([int(moment.timestamp())], pa.timestamp("s", zone)).cast(pa.timestamp(unit, zone))
    pq.write_table(pa.table({"text": ["a"], "timestamp": times}), tmp_path / "c.parquet")
    (row,) = read(tmp_path / "c.parquet")
    assert row["fetched_at"] == moment and hashlib.sha256(read_payload(row)).hexdigest() == row["payload_sha256"]


@pytest.mark.parametrize(
    "times",
    [pa.array([2**60], pa.timestamp("ms")), pa.array([-(2**60)], pa.timestamp("us", "UTC")), pa.array([2**30], pa.date32()),
     pa.array([None], pa.timestamp("s")), pa.array([5], pa.time64("us")), pa.array([5], pa.duration("s")), pa.array([True])],
    ids=lambda times: f"{times.type} {times[0].is_valid}",
)  # fmt: skip
def test_an_arrow_time_out_of_range_is_no_time_and_costs_no_row(tmp_path, times):
    pq.write_table(pa.table({"text": ["a"], "timestamp": times}), tmp_path / "c.parquet")
    (row,) = read(tmp_path / "c.parquet")
    assert (row["text"], row["fetched_at"]) == ("a", None) and hashlib.sha256(read_payload(row)).hexdigest() == row["payload_sha256"]


def test_lists_and_objects_in_parquet_are_texts(tmp_path):
    rows = [{"text": ["One.", "Two."], "url": {"@id": "https://a.example/"}}, {"text": None, "url": None}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "c.parquet")
    first, second = read(tmp_path / "c.parquet")
    assert (first["text"], first["url"], second["status"]) == ("One.\nTwo.", "https://a.example/", "error")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "utf-8-sig"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_lines_of_any_unicode_encoding_are_rows_that_are_found_again(tmp_path, encoding, pack):
    texts = [
        f"Größe {number} \u010a\u0a00 日本語 {'x' * number * 40_000}" for number in range(3)
    ]  # code units that hold the byte of a line feed
    lines = [json.dumps({"text": text}, ensure_ascii=False) for text in texts]
    file = tmp_path / f"c.jsonl{'.gz' if pack is gzip.compress else ''}"
    file.write_bytes(pack("\n".join([lines[0], "", "{broken", *lines[1:], ""]).encode(encoding)))
    rows = read(file)
    assert [row["text"] for row in rows if row["status"] == "ok"] == [" ".join(text.split()) for text in texts]
    assert [row["status"] for row in rows] == ["ok", "error", "ok", "ok"] and "broken JSON" in rows[1]["error"]
    for row in rows:
        assert hashlib.sha256(read_payload(row)).hexdigest() == row["payload_sha256"]


@pytest.mark.parametrize("first", ["utf-16-le", "utf-16", "utf-32-le"])
@pytest.mark.parametrize("end", ["\n", ""], ids=["newline", "no newline"])
def test_one_line_in_another_encoding_costs_itself_alone(tmp_path, first, end):
    lines = [json.dumps({"text": f"The bridge of {name}."}) + "\n" for name in ("Oslo", "Bergen", "Narvik")]
    odd = (lines[0].rstrip() + end).encode(first)
    (tmp_path / "c.jsonl").write_bytes(odd + (b"" if end else b"\n") + "".join(lines[1:]).encode())
    assert [row["text"] for row in read(tmp_path / "c.jsonl")][-2:] == ["The bridge of Bergen.", "The bridge of Narvik."]


def test_two_columns_of_one_name_are_refused(tmp_path):
    pq.write_table(pa.table([["a"], ["b"], ["https://a.example/"]], names=["text", "text", "url"]), tmp_path / "c.parquet")
    (row,) = read(tmp_path / "c.parquet")
    assert (row["status"], row["error"]) == ("error", "unreadable file: two columns are named 'text'; rename one of them")


@pytest.mark.parametrize("field", ["text", "html"])
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (b"\\ud83d\\ude00", "😀"),
        (b"\xed\xa0\xbd\xed\xb8\x80", "😀"),  # CESU-8
        (b"\xed\xa0\xbd\\ude00", "😀"),
        (b"\\ud83d", "\ufffd"),
        (b"\xed\xa0\xbd", "\ufffd"),
        (b"\\ude00 \\ud83d", "\ufffd \ufffd"),
    ],
)
def test_surrogates_that_belong_together_are_a_character_and_others_none(tmp_path, field, written, meant):
    (tmp_path / "c.jsonl").write_bytes(b'{"%s": "Le ch\xc3\xa2teau %s est beau.", "title": "%s"}\n' % (field.encode(), written, written))
    (row,) = read(tmp_path / "c.jsonl")
    assert row["text"] == f"Le château {meant} est beau." and (row["title"] == meant or field == "html")


@pytest.mark.parametrize(
    "data",
    [
        b'{"text": "one"}\r{"text": "two"}\r',  # of an old Macintosh
        b'\x1e{"text": "one"}\n\x1e{"text": "two"}\n',  # RFC 7464
        b'{"text": "one"},\r\n{"text": "two"}\n',
    ],
)
def test_lines_that_others_write_are_records(tmp_path, data):
    (tmp_path / "c.jsonl").write_bytes(data)
    rows = read(tmp_path / "c.jsonl")
    assert [row["text"] for row in rows] == ["one", "two"]
    assert b"".join(map(read_payload, rows)) == data


@pytest.mark.parametrize("control", ["\t", "\0", "\x01", "\x1b"])
def test_a_control_character_in_a_string_costs_no_record(tmp_path, control):
    (tmp_path / "c.jsonl").write_text(f'{{"text": "one{control}two"}}\n')
    (row,) = read(tmp_path / "c.jsonl")
    assert row["status"] == "ok" and row["text"] in ("onetwo", "one\ttwo", "one\x1btwo")
