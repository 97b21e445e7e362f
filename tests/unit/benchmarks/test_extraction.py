"""The extraction benchmark's scores are those of the published evaluations, and a set runs from its files to the metrics."""

import gzip
import io
import json

import pytest
from fastwarc.warc import WarcRecord, WarcRecordType

from benchmarks.extraction import GoldPage, f1, main, shingle_shares, snippet_counts

SENTENCE = "The ferry leaves at noon and comes back before dark every day of the week. "


def page_record(source_id: str, html: bytes) -> bytes:
    record, out = WarcRecord(), io.BytesIO()
    record.init_headers(record_type=WarcRecordType.response)
    record.headers["WARC-Target-URI"] = f"https://a.example/{source_id}"
    record.headers["Content-Type"] = "application/http; msgtype=response"
    record.set_bytes_content(f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Source-Id: {source_id}\r\n\r\n".encode() + html)
    record.write(out)
    return out.getvalue()


def test_snippets_are_counted_as_right_wrong_and_missing():
    page = GoldPage("", None, ("noon", "dark", "midnight"), ("ferry", "cookie"))
    assert snippet_counts(page, SENTENCE) == (2, 1, 1)


def test_equal_texts_score_one_and_unlike_texts_nothing():
    assert f1([(GoldPage("", SENTENCE), SENTENCE)]) == 1
    assert f1([(GoldPage("", SENTENCE), "Quite another thing is said here.")]) == 0


def test_half_of_a_text_is_precise_but_misses_the_rest():
    right, wrong, missed = shingle_shares(SENTENCE + "Nobody rides on Sundays but the mail.", SENTENCE)
    assert wrong == 0
    assert right + missed == pytest.approx(1)
    assert 0.5 < right < 1


def test_a_long_page_weighs_no_more_than_a_short_one():
    pairs = [(GoldPage("", SENTENCE * 50), ""), (GoldPage("", SENTENCE), SENTENCE)]
    assert f1(pairs) == pytest.approx(2 / 3)


def test_a_set_is_read_joined_and_measured(tmp_path, capsys):
    html = f"<html><body><article><h1>Ferry</h1><p>{SENTENCE * 8}</p></article></body></html>".encode()
    (tmp_path / "harbour.warc.gz").write_bytes(gzip.compress(page_record("ferry", html)))
    row = {"id": "ferry", "kind": "text", "text": SENTENCE * 8}
    (tmp_path / "harbour.gold.jsonl.gz").write_bytes(gzip.compress(json.dumps(row).encode()))
    assert main(["--data", str(tmp_path), "--budget", "smoke"]) == 0
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line["metrics"]["f1_harbour"] > 0.8
    assert line["metrics"]["speed_vs_trafilatura"] > 0
    assert line["skipped"] == ["trafilatura", "scrapinghub", "readability"]


def test_a_folder_without_gold_is_one_clear_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--data", str(tmp_path)])
    assert stopped.value.code == 2
    assert "no *.gold.jsonl.gz" in capsys.readouterr().err
