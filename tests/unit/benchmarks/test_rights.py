"""The benchmark of rights counts what it finds in crawl files, and says what is missing."""

import json

import pytest

from benchmarks.rights import main
from tests.unit.crawl.test_rights import page, site


def test_statements_and_reserved_documents_are_counted(tmp_path, capsys):
    (tmp_path / "crawl").mkdir()
    closed = site("/robots.txt", b"User-agent: gptbot\nDisallow: /", at="https://b.example")
    records = [page('<meta name="robots" content="noai">'), closed, page(url="https://b.example/y"), page(url="https://c.example/z")]
    (tmp_path / "crawl" / "c.warc").write_bytes(b"".join(records))
    assert main(["--data", str(tmp_path), "--budget", "smoke"]) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]
    assert (said["documents_reserved"], said["stated_noai"], said["stated_robots_txt"], said["site_files"]) == (2, 1, 1, 1)


def test_a_folder_without_crawl_files_is_named(tmp_path):
    with pytest.raises(SystemExit, match="2"):
        main(["--data", str(tmp_path)])
