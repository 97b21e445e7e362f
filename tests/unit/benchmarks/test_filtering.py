"""The filtering benchmark runs from WARC files to its metrics, on pages of which both sides keep the good ones."""

import gzip
import io
import json

import pytest
from fastwarc.warc import WarcRecord, WarcRecordType

from benchmarks.filtering import crawl_files, main
from benchmarks.filtering_sides import STAGES, write_shards
from examples.features import FEATURES

PAGE = "<html><head><title>{0}</title></head><body><article><h1>{0}</h1>{1}</article></body></html>"


def page(number: int, content_type: str = "text/html", paragraphs: int = 4) -> bytes:
    """One compressed record: an article of so many paragraphs, and of a few words without any."""
    names = sorted(FEATURES)
    chosen = [names[(number * 5 + step) % len(names)] for step in range(paragraphs)] or ["Nothing here."]
    html = PAGE.format(chosen[0], "".join(f"<p>{FEATURES.get(name, name)}</p>" for name in chosen))
    record, out = WarcRecord(), io.BytesIO()
    record.init_headers(record_type=WarcRecordType.response)
    record.headers["WARC-Target-URI"] = f"https://a.example/{number}"
    record.headers["WARC-Date"] = "2026-01-15T00:00:00Z"
    record.headers["Content-Type"] = "application/http; msgtype=response"
    record.set_bytes_content(f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n\r\n".encode() + html.encode())
    record.write(out)
    return gzip.compress(out.getvalue())


@pytest.fixture
def data(tmp_path):
    (tmp_path / "crawl" / "some").mkdir(parents=True)
    pages = [page(number, "application/xhtml+xml" if number == 3 else "text/html") for number in range(8)] + [page(9, "image/png")]
    (tmp_path / "crawl" / "some" / "part.warc.gz").write_bytes(b"".join(pages))
    return tmp_path


def test_shards_share_the_pages_and_leave_out_what_is_none(data, tmp_path):
    (tmp_path / "out").mkdir()
    one, two = write_shards(crawl_files(data), tmp_path / "out", 100)
    assert [gzip.decompress(path.read_bytes()).count(b"WARC-Identified-Payload-Type: text/html") for path in (one, two)] == [4, 4]
    assert write_shards(crawl_files(data), tmp_path / "out", 3) == [one, two]
    assert gzip.decompress(two.read_bytes()).count(b"WARC/1.1") == 1


def test_both_sides_run_keep_the_articles_alone_and_every_metric_is_there(data, capsys):
    with (data / "crawl" / "some" / "part.warc.gz").open("ab") as file:
        file.write(b"".join(page(number, paragraphs=0) for number in (20, 21)))
    assert main(["--data", str(data), "--budget", "smoke"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    metrics = result["metrics"]
    assert (metrics["documents"], metrics["documents_by_datatrove"]) == (10, 10)
    assert (metrics["kept"], metrics["kept_by_datatrove"]) == (8, 8)
    wanted = {"speed_vs_datatrove", "docs_per_s_core", "floor_share", "peak_rss_mb", "scaling_2", "cpu_speed_vs_datatrove"}
    wanted |= {f"share_{stage}" for stage in {stage for *_, stage in STAGES} | {"read", "other"}}
    assert wanted <= set(metrics) and 0 < metrics["floor_share"] < 1
    assert sum(value for name, value in metrics.items() if name.startswith("share_")) == pytest.approx(1, abs=0.02)


def test_a_folder_without_crawl_files_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["--data", str(tmp_path)])
    assert "no *.warc.gz" in capsys.readouterr().err
