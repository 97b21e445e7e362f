"""The extraction benchmark's scores are those of the published evaluations, and a set runs from its files to the metrics."""

import gzip
import io
import json

import pytest
from fastwarc.warc import WarcRecord, WarcRecordType

from benchmarks.extraction import BUNDLED, f1, main
from training_scripts.extraction_folds import Judges, fold_of
from training_scripts.extraction_gold import GoldPage, page_counts, read_gold, shingle_shares, site_of, snippet_counts

SENTENCE = "The ferry leaves at noon and comes back before dark every day of the week. "


def page_record(source_id: str, html: bytes, record_id: str | None = None) -> bytes:
    record, out = WarcRecord(), io.BytesIO()
    record.init_headers(record_type=WarcRecordType.response)
    if record_id:
        record.record_id = record_id
    record.headers["WARC-Target-URI"] = f"https://a.example/{source_id}"
    record.headers["Content-Type"] = "application/http; msgtype=response"
    record.set_bytes_content(f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Source-Id: {source_id}\r\n\r\n".encode() + html)
    record.write(out)
    return out.getvalue()


def test_snippets_are_counted_as_right_wrong_and_missing():
    page = GoldPage("", None, ("noon", "dark", "midnight"), ("ferry", "cookie"))
    assert snippet_counts(page, SENTENCE) == (2, 1, 1)


def test_equal_texts_score_one_and_unlike_texts_nothing():
    assert f1([page_counts(GoldPage("", SENTENCE), SENTENCE)]) == 1
    assert f1([page_counts(GoldPage("", SENTENCE), "Quite another thing is said here.")]) == 0


def test_half_of_a_text_is_precise_but_misses_the_rest():
    right, wrong, missed = shingle_shares(SENTENCE + "Nobody rides on Sundays but the mail.", SENTENCE)
    assert wrong == 0
    assert right + missed == pytest.approx(1)
    assert 0.5 < right < 1


def test_a_long_page_weighs_no_more_than_a_short_one():
    counts = [page_counts(GoldPage("", SENTENCE * 50), ""), page_counts(GoldPage("", SENTENCE), SENTENCE)]
    assert f1(counts) == pytest.approx(2 / 3)


def test_a_set_is_read_joined_and_measured(tmp_path, capsys):
    html = f"<html><body><article><h1>Ferry</h1><p>{SENTENCE * 8}</p></article></body></html>".encode()
    (tmp_path / "harbour.warc.gz").write_bytes(gzip.compress(page_record("ferry", html)))
    row = {"id": "ferry", "kind": "text", "text": SENTENCE * 8}
    (tmp_path / "harbour.gold.jsonl.gz").write_bytes(gzip.compress(json.dumps(row).encode()))
    assert main(["--data", str(tmp_path), "--budget", "smoke"]) == 0
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line["metrics"]["f1_harbour"] > 0.8
    assert line["metrics"]["speed_vs_trafilatura"] > 0
    assert line["skipped"] == ["trafilatura", "scrapinghub", "readability", "threads-held-out", "threads"]


GOLD = {
    "snippets": {"must": [SENTENCE.strip()], "must_not": ["Imprint"]},
    "text": {"text": SENTENCE * 8},
    "html": {"expected_html": f"<article><p>{SENTENCE * 8}</p></article>"},
    "marked-text": {"text": f"<h>Ferry\n\n <p> {SENTENCE * 8}\n<l>one"},
}


@pytest.mark.parametrize("kind", GOLD)
@pytest.mark.parametrize("named", ["id", "url"])
def test_every_kind_of_gold_is_read_and_joined_by_either_name(tmp_path, kind, named):
    html = f"<article><h1>Ferry</h1><p>{SENTENCE * 8}</p><ul><li>one</ul></article><footer>Imprint</footer>".encode()
    (tmp_path / "a.warc").write_bytes(page_record("ferry", html))
    row = {"kind": kind, **GOLD[kind], **({"id": "ferry"} if named == "id" else {"url": "https://a.example/ferry"})}
    (tmp_path / "a.gold.jsonl.gz").write_bytes(gzip.compress(json.dumps(row).encode()))
    (page,) = read_gold(tmp_path / "a.gold.jsonl.gz")
    right, _, missed = page_counts(page, f"Ferry\n{SENTENCE * 8}\none")
    assert right > 0.9 and missed < 0.1 and "<" not in (page.text or "")


def test_gold_that_names_its_crawl_is_joined_to_that_very_record_at_any_depth_below_the_data(tmp_path, capsys):
    (tmp_path / "crawls/old").mkdir(parents=True)
    versions = {"<urn:x:1>": b"<p>The ferry is out of service.</p>", "<urn:x:2>": f"<p>{SENTENCE * 8}</p>".encode()}
    records = [gzip.compress(page_record("ferry", html, record_id)) for record_id, html in versions.items()]
    (tmp_path / "crawls/old/part-0.warc.gz").write_bytes(b"".join(records))
    row = {"id": "<urn:x:2>", "url": "https://a.example/ferry", "crawl": "part-0.warc.gz", "kind": "snippets", **GOLD["snippets"]}
    rows = [row, {**row, "id": "<urn:x:3>", "crawl": "part-[1].warc.gz"}]
    gold = tmp_path / "ferries.gold.jsonl.gz"
    gold.write_bytes(gzip.compress("\n".join(json.dumps(one | {"tags": ["list"]}) for one in rows).encode()))
    (page,) = read_gold(gold, data=tmp_path)
    assert SENTENCE in page.html and page.tags == ("list",)
    assert not read_gold(gold)
    assert main(["--data", str(tmp_path), "--budget", "smoke"]) == 0
    out, error = capsys.readouterr()
    metrics = json.loads(out.splitlines()[-1])["metrics"]
    assert metrics["f1_ferries_list"] == metrics["f1_ferries"] == 1
    assert "ferries.gold.jsonl.gz: 1 of 2 gold rows have no page" in error


def test_bundled_judgments_are_whole_and_their_halves_share_no_page():
    halves = [gzip.decompress(path.read_bytes()).splitlines() for path in BUNDLED.glob("*.gold.jsonl.gz")]
    rows = [json.loads(line) for half in halves for line in half]
    assert len(rows) >= 60 and len({row["id"] for row in rows}) == len(rows)
    assert sum("not-english" in row["tags"] for row in rows) * 2 >= len(rows)
    for row in rows:
        assert row["crawl"] and row["url"] and {"thread", "list", "comments"} & set(row["tags"])
        snippets = row["must"] + row["must_not"]
        assert len(row["must"]) >= 3 and all(text == text.strip() and "\n" not in text for text in snippets)
        assert not set(row["must"]) & set(row["must_not"])


def test_broken_gold_fails_no_other(tmp_path, capsys):
    html = f"<article><h1>Ferry</h1><p>{SENTENCE * 8}</p></article>".encode()
    (tmp_path / "a.warc.gz").write_bytes(gzip.compress(page_record("ferry", html)) + gzip.compress(page_record("deep", b"<b>" * 300_000)))
    rows = [
        "",
        "{broken",
        "[]",
        '{"id": "x", "kind": "odd"}',
        '{"id": "x", "kind": "text"}',
        '{"id": "x", "kind": "snippets", "must": "a"}',
    ]
    rows += [json.dumps({"id": name, "kind": "text", "text": SENTENCE * 8}) for name in ("ferry", "deep", "gone")]
    (tmp_path / "a.gold.jsonl.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    (tmp_path / "alone.gold.jsonl.gz").write_bytes(gzip.compress(rows[-1].encode()))
    assert main(["--data", str(tmp_path), "--budget", "smoke"]) == 0
    out, error = capsys.readouterr()
    line = json.loads(out.splitlines()[-1])
    assert line["metrics"]["pages_a"] == 2 and 0.5 < line["metrics"]["f1_a"] < 0.7
    assert "alone" in line["skipped"] and error.count("is left out") == 5 and "a.gold.jsonl.gz: 1 of 3 gold rows have no page" in error


def test_a_site_is_its_registrable_domain_or_what_the_page_says():
    assert site_of("https://news.harbour.example.co.uk/a", "", "x") == "example.co.uk"
    canonical = '<link rel="canonical" href="https://www.ferry.org/timetable">'
    assert site_of("http://placeholder.example/1", canonical, "ferry-1") == "ferry.org"
    assert site_of("http://placeholder.example/1", "", "ferry-12") == "ferry"


def test_a_site_that_was_learned_from_is_judged_by_the_model_that_has_not_seen_it():
    judges = Judges()
    seen = next(site for site in ("wikipedia.org", "medium.com", "nytimes.com", "bbc.com") if judges.fold(site) is not None)
    assert judges.fold(seen) == fold_of(seen)
    assert judges.model(seen) is not judges.model("harbour-that-nobody-crawled.example")


def test_a_folder_without_gold_is_one_clear_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--data", str(tmp_path)])
    assert stopped.value.code == 2
    assert "no *.gold.jsonl.gz" in capsys.readouterr().err
