"""Status 1 where the lake does not keep its promises."""

import bz2
import gzip
import json
import lzma
import zipfile

from examples.pages import Page, document
from examples.write_crawl import response
from tests.unit.crawl.test_read import page_record
from tierline.crawl import CrawlRegistry, PackRules, ReadRules
from tierline.crawl.read import read_shard
from tierline.gates import judge_stage
from tierline.lake import Activity


def test_verify_finds_changed_bytes(crawled, run):
    lake, shard, file = crawled
    assert run("verify")[0] == 0
    changed = response(Page("https://a.example/0", "", document("Bridges", ["Forged."]).encode(), None, ""))
    data = gzip.decompress(file.read_bytes())
    assert len(changed) > 10 and b"1894" in data
    file.write_bytes(b"".join(gzip.compress(page_record(number, body=b"<p>Forged.</p>")) for number in range(2)))
    status, out, _ = run("verify")
    assert status == 1 and "recorded is" in out and "AGAIN=SHARD" in out.splitlines()[-1]
    doc_id = lake.read("l0_raw", shard)["doc_id"][0].as_py()
    assert run("verify", doc_id)[0] == 1


def test_verify_finds_a_changed_row_and_a_moved_span(lake, commit, run):
    document_row = {"doc_id": "doc_1", "text": "It was founded in 1612.", "parents": ["doc_1"]}
    commit(lake, "l0_raw", [{"doc_id": "doc_1", "parents": [], "source_uri": "u"}])
    commit(lake, "l2_selected", [document_row])
    section = {"section_id": "sec_1", "parents": ["doc_1"], "span_start": 0, "span_end": 6, "text": "It was"}
    commit(lake, "l4_manuals", [section])
    assert run("verify")[0] == 0 and json.loads(run("verify", "--json")[1])["mismatches"] == []
    commit(lake, "l4_manuals", [section | {"span_start": 1}])
    status, out, _ = run("verify")
    assert status == 1 and "sec_1: the words quoted at 1:6 are not there" in out
    assert "\n1 mismatch; checked" in out
    found = json.loads(run("verify", "--json")[1])
    assert found["mismatches"][0]["what"].startswith("the words quoted at 1:6") and found["checked"]["rows"] == 3


def test_a_missing_source_is_told_apart_from_a_mismatch(crawled, run):
    lake, shard, file = crawled
    data = file.read_bytes()
    file.unlink()
    status, out, _ = run("verify")
    assert status == 3 and f"{file}: the source of 2 rows is gone; put it back, or `tierline forget` withdraws its rows" in out
    assert "0 mismatches, 1 missing source;" in out and "AGAIN" not in out and out.count("is gone") == 1
    found = json.loads(run("verify", "--json")[1])
    assert found["mismatches"] == [] and found["checked"]["missing_sources"] == {str(file): 2}
    assert run("verify", lake.read("l0_raw", shard)["doc_id"][0].as_py())[0] == 3
    CrawlRegistry(lake).forget([str(file)])
    assert "is gone; it was forgotten, and the next run of its shard withdraws its rows" in run("verify")[1]
    file.write_bytes(data)
    assert run("verify")[0] == 0


def test_the_bytes_of_every_form_of_crawl_file_are_found_again(lake, tmp_path, monkeypatch, run):
    monkeypatch.chdir(tmp_path)
    content = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>A page of an old archive."
    arc = b"http://a.example/ 192.0.2.1 20190425125754 text/html %d\n%s\n" % (len(content), content)
    with zipfile.ZipFile("c.wacz", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("archive/one.warc.gz", gzip.compress(page_record(1)))
    csv = b'text,url\n"A row\nof two lines",https://a.example/\n'
    files = {"a.arc": arc, "b.arc.gz": gzip.compress(arc * 2), "d.csv": csv, "e.tsv.xz": lzma.compress(csv.replace(b",", b"\t")),
             "f.txt": b"Words.", "g.md.bz2": bz2.compress(b"# Words"), "h.html.gz": gzip.compress(b"<p>Words.")}  # fmt: skip
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    names = sorted([*files, "c.wacz"])
    (shard,) = CrawlRegistry(lake).register(names, PackRules())
    lake.commit(Activity.begin("l0_raw", shard, "1", (), {}), read_shard(names, ReadRules()))
    judge_stage(lake, "l0_raw", shard)
    rows = lake.read("l0_raw", shard).to_pylist()
    assert {row["status"] for row in rows} == {"ok"} and len(rows) == len(names) + 1
    assert run("verify")[0] == 0
    for row in rows:
        assert row["source_uri"] in run("trace", row["doc_id"])[1].replace("\n", "")
    for name in names:
        data = bytearray((tmp_path / name).read_bytes())
        data[len(data) // 2 if name.endswith((".wacz", ".gz")) else -5] ^= 0xFF  # within a payload
        (tmp_path / name).write_bytes(data)
    status, out, _ = run("verify", "--json")
    named = " ".join(one["where"] for one in json.loads(out)["mismatches"])
    assert status == 1 and {row["source_uri"] for row in rows if row["doc_id"] in named} == {row["source_uri"] for row in rows}
