"""URLs are kept without credentials, scripts and characters that steer a terminal; addresses of crawl files with secrets are refused."""

import json

import pytest

from tests.unit.crawl.test_read import page_record, read
from tierline.crawl import find_crawl_files
from tierline.crawl.listing import look_at
from tierline.crawl.urls import kept_url
from tierline.errors import BadInput


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://a.example/x?q=1#top", "https://a.example/x?q=1#top"),
        ("https://bob:hunter2@a.example/x", "https://a.example/x"),
        ("https://bob@evil@a.example/x@y", "https://a.example/x@y"),
        ("//bob:hunter2@a.example/", "//a.example/"),
        ("http://bob:hunter2@[::1", "http://[::1"),
        ("https://a.example/x?api_key=s3cret&q=1", "https://a.example/x?api_key=&q=1"),
        ("https://a.example/x?q=1&Access_Token=s3cret", "https://a.example/x?q=1&Access_Token="),
        ("https://a.example/cb#access_token=s3cret&state=2", "https://a.example/cb#access_token=&state=2"),
        ("https://b.example/o?X-Amz-Credential=s3cret&X-Amz-Signature=s3cret&X-Amz-Date=1", "https://b.example/o?X-Amz-Credential=&X-Amz-Signature=&X-Amz-Date=1"),
        ("https://a.example/x;jsessionid=s3cret?q=1", "https://a.example/x;jsessionid=?q=1"),
        ("https://a.example/?%70assword=s3cret&user[password]=s3cret&pw=s3cret", "https://a.example/?%70assword=&user[password]=&pw="),
        ("https://a.example/?cookie=s3cret&Set-Cookie=s3cret&cookieconsent=1", "https://a.example/?cookie=&Set-Cookie=&cookieconsent=1"),
        ("https://a.example/?next=https://bob:hunter2@b.example/x&q=a@b", "https://a.example/?next=https://b.example/x&q=a@b"),
        ("https://a.example/?monkey=1&keyboard=2&sign=3", "https://a.example/?monkey=1&keyboard=2&sign=3"),
        ("https://a.example/\x1b]8;;x\x07\x00y\u202ez", "https://a.example/]8;;xyz"),
        (" https://a.example/\n", "https://a.example/"),
        ("java\tscript:alert(1)", None),
        ("JavaScript:alert(1)", None),
        ("data:text/html,x", None),
        ("urn:x", "urn:x"),
        ("\x00", None),
        (None, None),
    ],
)  # fmt: skip
def test_a_url_is_kept_without_what_must_not_be_handed_on(given, kept):
    assert kept_url(given) == kept


def test_no_reader_keeps_a_credential_or_an_escape(tmp_path):
    url = "https://bob:hunter2@a.example/x?api_key=hunter2&q=1\x1b[31m"
    (tmp_path / "a.jsonl").write_text(
        json.dumps({"text": "a", "url": url}) + "\n" + json.dumps({"text": "b", "url": "javascript:alert(1)"})
    )
    (tmp_path / "b.warc").write_bytes(page_record().replace(b"https://a.example/0", b"https://bob:hunter2@a.example/0?token=hunter2", 1))
    rows = read(tmp_path / "a.jsonl", tmp_path / "b.warc")
    assert [row["url"] for row in rows] == ["https://a.example/x?api_key=&q=1[31m", None, "https://a.example/0?token="]
    assert [row["domain"] for row in rows] == ["a.example", None, "a.example"]
    assert "hunter2" not in json.dumps(rows, default=str)


@pytest.mark.parametrize(
    "address",
    [
        "https://bob:hunter2@a.example/c.warc",
        "https://a.example/c.jsonl?X-Amz-Signature=hunter2",
        "simplecache::http://bob:hunter2@a.example/",
        "http://a.example/?%74oken=hunter2",
    ],
)
@pytest.mark.parametrize("door", [find_crawl_files, look_at])
def test_the_address_of_a_crawl_file_with_a_secret_is_refused_without_repeating_it(door, address):
    with pytest.raises(BadInput, match="holds a password, key or signature") as refused:
        door(address)
    assert "hunter2" not in str(refused.value)


def test_a_space_within_an_address_is_written_as_browsers_do():
    assert kept_url(" https://a.example/old mill?a b ") == "https://a.example/old%20mill?a%20b"
