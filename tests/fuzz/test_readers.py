"""Whatever bytes a crawl file holds: reading ends, raises nothing, and every row is decided once."""

import gzip
import json
import tempfile
import time
import zipfile
from pathlib import Path

import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import inputs
from tierline.crawl import ReadRules
from tierline.crawl.binary import FEWEST_CONTROLS
from tierline.crawl.extract import extract_page
from tierline.crawl.payload import read_payload
from tierline.crawl.read import read_shard

SECONDS_PER_FILE = 10.0  # of files of a few kilobytes; generous, for machines under load
BOUNDED = settings(max_examples=120, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))

edits = st.lists(
    st.tuples(st.sampled_from(["cut", "drop", "insert", "repeat", "set"]), st.floats(0, 1), st.binary(max_size=12)), max_size=4
)
records = st.builds(
    inputs.warc_record,
    st.sampled_from(inputs.BODIES),
    st.sampled_from(sorted(inputs.CODINGS)),
    st.sampled_from(inputs.STATUS_LINES),
    st.sampled_from(inputs.CONTENT_TYPES),
    st.sampled_from(inputs.LENGTHS),
    st.sampled_from(inputs.DATES),
    st.booleans(),
)
sound_records = st.builds(
    inputs.warc_record,
    st.sampled_from(inputs.BODIES),
    st.sampled_from(sorted(inputs.CODINGS)),
    st.just(inputs.STATUS_LINES[0]),
    st.just(inputs.CONTENT_TYPES[0]),
    st.none(),
    st.just(inputs.DATES[0]),
    st.booleans(),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(["text", "html", "url", "id", "date", "license", "title", "metadata", "content"])
json_lines = st.sampled_from(inputs.JSON_LINES) | st.dictionaries(fields, json_values, max_size=5).map(json.dumps)


def check(name: str, data: bytes) -> list[dict]:
    """Read the bytes as a file of this name; the laws that hold for any input."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(data)
        began = time.monotonic()
        result = read_shard([str(file)], ReadRules())
        assert time.monotonic() - began < SECONDS_PER_FILE
        result.check("l0_raw")
        rows = result.tables["l0_raw"]
        assert rows.num_rows, "a file that holds nothing is an error row"
        assert set(pc.unique(rows["status"]).to_pylist()) <= {"ok", "empty", "unsupported", "error"}
        found = rows.to_pylist()
        assert all(row["error"] for row in found if row["status"] == "error") and all(row["text"] for row in found if row["status"] == "ok")
        for row in found[:3]:
            if row["payload_sha256"]:
                read_payload(row)
        return found


@BOUNDED
@given(st.lists(records, min_size=1, max_size=3), st.sampled_from([".warc", ".warc.gz", ".warc.zst"]), edits)
def test_damaged_warc(parts, suffix, damage):
    check(f"crawl{suffix}", inputs.damage(inputs.PACKINGS[suffix](parts), damage))


@BOUNDED
@given(st.lists(sound_records, min_size=1, max_size=3), st.sampled_from([".warc", ".warc.gz", ".warc.zst"]))
def test_sound_warc_has_a_row_for_each_record(parts, suffix):
    assert len(check(f"crawl{suffix}", inputs.PACKINGS[suffix](parts))) == len(parts)


@BOUNDED
@given(st.lists(json_lines, max_size=5), st.sampled_from([".jsonl", ".jsonl.gz", ".jsonl.zst"]), edits)
def test_damaged_jsonl(lines, suffix, damage):
    check(f"crawl{suffix}", inputs.damage(inputs.PACKINGS[suffix]([line.encode() for line in lines]), damage))


@BOUNDED
@given(st.lists(st.tuples(st.sampled_from(inputs.BODIES), st.sampled_from(inputs.LENGTHS)), max_size=3), st.booleans(), edits)
def test_damaged_arc(parts, packed, damage):
    made = [inputs.arc_record(body, length if length != -1 else 3, number) for number, (body, length) in enumerate(parts)]
    check("crawl.arc.gz" if packed else "crawl.arc", inputs.damage(b"".join(map(gzip.compress, made) if packed else made), damage))


@BOUNDED
@given(st.lists(sound_records, max_size=2), st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]), edits)
def test_damaged_wacz(members, method, damage):
    check("crawl.wacz", inputs.damage(inputs.wacz_file(members, method), damage))


cells = st.text(st.characters(), max_size=8) | st.sampled_from(['"', '""', "\r", "\n", "a,b", "x\ty", "\x00"])


@BOUNDED
@given(st.lists(st.lists(cells, min_size=1, max_size=4), max_size=5), st.sampled_from(",;\t"), st.sampled_from([".csv", ".tsv"]), edits)
def test_damaged_tables(rows, delimiter, suffix, damage):
    lines = [delimiter.join(cells) for cells in [["text", "url"], *rows]]
    check(f"crawl{suffix}", inputs.damage("\r\n".join(lines).encode("utf-8", "surrogatepass"), damage))


@BOUNDED
@given(st.integers(0, 5), edits)
def test_damaged_parquet(rows, damage):
    check("crawl.parquet", inputs.damage(inputs.parquet_file(rows), damage))


@pytest.mark.parametrize("file", sorted(Path(__file__).with_name("found").iterdir()), ids=lambda file: file.name)
def test_what_once_broke_a_reader_is_read(file):
    check(f"crawl{file.suffix}", file.read_bytes())


TAGS = st.sampled_from(["<p>", "</p>", "<table>", "<tr>", "<td colspan=9>", "</table>", "<div>", "</div>", "<!--", "-->", "<pre>", "<math>", "<svg>", "<template>", "<select>", "<a href='&#0;'>", "<script>", "</script>", "<plaintext>", "&#xD800;", "&amp", "\x00", "<h1>", "<ul><li>", "<![CDATA["])  # fmt: skip


@BOUNDED
@given(st.lists(TAGS | st.text(max_size=12), max_size=40))
def test_any_markup_is_one_row_with_the_text_of_its_page(pieces):
    html = "<html><body>" + "".join(pieces)
    (row,) = check("crawl.jsonl", json.dumps({"html": html, "url": "https://a.example/"}).encode())
    if row["status"] == "unsupported":
        assert "binary data" in row["error"] and sum(character < " " for character in html) > FEWEST_CONTROLS
    else:
        assert row["status"] in ("ok", "empty") and (row["status"] == "ok") == bool(row["text"])
        assert (row["text"] or "") == extract_page(html).text
    assert row["source_length"] and row["payload_sha256"]


@pytest.mark.parametrize(
    "suffix",
    [
        ".warc",
        ".warc.gz",
        ".jsonl",
        ".jsonl.gz",
        ".jsonl.zst",
        ".parquet",
        ".arc",
        ".arc.gz",
        ".wacz",
        ".csv",
        ".tsv.xz",
        ".txt",
        ".html.bz2",
    ],
)
@settings(BOUNDED, max_examples=40)
@given(st.binary(max_size=200))
def test_noise_is_an_error_row_or_a_document(suffix, data):
    check(f"crawl{suffix}", data)
