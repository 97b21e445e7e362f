"""What records state about the use of their texts, read from real WARC files: headers, markup, words, and the files of sites."""

import pytest

from tests.unit.crawl.test_read import record
from tierline.crawl.read import read_shard
from tierline.crawl.rules import ReadRules

PROSE = "<p>The keeper of the harbor light climbs its stairs each evening and writes the hour into a book.</p>" * 3
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/html"


@pytest.fixture
def crawl(tmp_path):
    """Tables of `l0_raw` made of records."""

    def read(*records: bytes):
        (tmp_path / "c.warc").write_bytes(b"".join(records))
        return {name: rows_in(table) for name, table in read_shard([str(tmp_path / "c.warc")], ReadRules()).tables.items()}

    return read


def rows_in(table) -> list[dict]:
    return [row for batch in table.to_batches() for row in batch.to_pylist()]


def page(head: str = "", body: str = PROSE, headers: str = "", url: str = "https://a.example/x") -> bytes:
    return record(url, f"{HEAD}{headers}\r\n\r\n<html><head>{head}</head><body>{body}</body></html>".encode())


def site(
    path: str, body: bytes, status: str = "200 OK", headers: str = "\r\nContent-Type: text/plain", at: str = "https://a.example"
) -> bytes:
    return record(f"{at}{path}", f"HTTP/1.1 {status}{headers}\r\n\r\n".encode() + body)


def said(rows: list[dict]) -> list[tuple]:
    return [(one["kind"], one["value"], one["agent"], one["stated_in"]) for one in rows[0]["rights"] or ()]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("\r\nX-Robots-Tag: noai, noimageai", [("noai", None, "*"), ("noimageai", None, "*")]),
        ("\r\nX-Robots-Tag: googlebot: nofollow, noarchive\r\nX-Robots-Tag: noai", [("noarchive", None, "googlebot"), ("noai", None, "*")]),
        ("\r\nX-Robots-Tag: unavailable_after: 25 Jun 2030 15:00:00 PST, NONE", [("noindex", None, "*")]),
        ("\r\nX-Robots-Tag: max-snippet: 20, index", []),
        ("\r\nTDM-Reservation: 1\r\nTDM-Policy: https://a.example/p.json", [("tdm_reservation", "1", "*"), ("tdm_policy", "https://a.example/p.json", "*")]),
        ("\r\ntdm-reservation: 0\r\ntdm-reservation: 1", [("tdm_reservation", "1", "*")]),
        ("\r\ntdm-reservation: yes", []),
        ("\r\nLink: </next>; rel=next, <https://creativecommons.org/licenses/by/4.0/>; rel=\"license\"", [("license", "cc-by-4.0", "*")]),
        ("\r\nX-Robots-Tag: " + "noai " * 5_000, [("noai", None, "*")]),
    ],
)  # fmt: skip
def test_headers_state_rights(crawl, headers, expected):
    assert [one[:3] for one in said(crawl(page(headers=headers))["l0_raw"])] == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<meta name="robots" content="index, NoAI">', ("noai", None, "*", "meta robots")),
        ('<meta name="GPTBot" content="noindex">', ("noindex", None, "gptbot", "meta gptbot")),
        ('<meta name="tdm-reservation" content="1">', ("tdm_reservation", "1", "*", "meta tdm-reservation")),
        ('<link rel="license" href="https://creativecommons.org/licenses/by-sa/4.0/">', ("license", "cc-by-sa-4.0", "*", "link rel=license")),
        ('<meta name="DC.rights" content="CC BY-NC 4.0">', ("license", "cc-by-nc-4.0", "*", "meta dc.rights")),
        ('<meta property="cc:license" content="https://a.example/terms">', ("license", "https://a.example/terms", "*", "meta cc:license")),
        ('<script type="application/ld+json">{"@type": "Article", "license": "https://creativecommons.org/publicdomain/zero/1.0/"}</script>',
         ("license", "cc0-1.0", "*", "JSON-LD")),
        ('<script type="application/ld+json">{"@graph": [{"@type": "ImageObject", "license": "https://creativecommons.org/licenses/by/4.0/"},'
         ' {"@type": ["schema:WebPage"], "license": {"@id": "https://creativecommons.org/licenses/by/2.0/"}}]}</script>',
         ("license", "cc-by-2.0", "*", "JSON-LD")),
    ],
)  # fmt: skip
def test_the_head_of_a_page_states_rights(crawl, head, expected):
    assert said(crawl(page(head))["l0_raw"]) == [expected]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<p>See <a rel="license" href="https://creativecommons.org/licenses/by/4.0/">terms</a>.</p>', [("license", "cc-by-4.0", "a rel=license")]),
        ('<p>Image: <a href="https://creativecommons.org/licenses/by/4.0/">license</a>.</p>', [("license_mention", "cc-by-4.0", "link")]),
        ("<p>This work is licensed under a Creative Commons Attribution-NonCommercial 4.0 International License.</p>",
         [("license", "cc-by-nc-4.0", "text")]),
        ("<p>All rights are reserved, also those for text and data mining.</p>", [("tdm_notice", None, "text")]),
        ("<p>Creative Commons licenses are widely used; text and data mining is common.</p>", []),
    ],
)  # fmt: skip
def test_links_and_words_of_a_page_state_rights(crawl, body, expected):
    assert [(kind, value, place) for kind, value, _, place in said(crawl(page(body=PROSE + body))["l0_raw"])] == expected


def test_a_statement_has_the_time_of_its_record_and_a_page_that_states_nothing_has_none(crawl):
    row = crawl(page('<meta name="robots" content="noai">'))["l0_raw"][0]
    assert row["rights"][0]["stated_at"] == row["fetched_at"] is not None
    assert crawl(page())["l0_raw"][0]["rights"] is None


def test_the_license_column_takes_what_data_declares(crawl):
    data = '<script type="application/ld+json">{"@type": "NewsArticle", "license": "https://creativecommons.org/licenses/by/4.0/"}</script>'
    assert crawl(page(data))["l0_raw"][0]["license"] == "https://creativecommons.org/licenses/by/4.0/"


def test_a_page_cannot_fill_its_row_with_statements(crawl):
    many = "".join(f'<meta name="dc.rights" content="https://a.example/{number}/{"x" * (number % 3 * 2_000)}">' for number in range(900))
    rights = crawl(page(many))["l0_raw"][0]["rights"]
    assert len(rights) == 64 and all(len(one["value"]) <= 2_000 for one in rights)


def test_files_of_sites_are_kept_with_their_address_and_their_status(crawl):
    rows = crawl(
        site("/robots.txt", b"\xef\xbb\xbfUser-agent: *\nDisallow: /"),
        site("/.well-known/tdmrep.json", b'[{"location": "/", "tdm-reservation": 1}]', headers="\r\nContent-Type: application/json"),
        site("/robots.txt", b"", "301 Moved", "\r\nLocation: //b.example/robots.txt", at="http://a.example:8080"),
        site("/ai.txt", b"gone", "404 Not Found"),
        site("/robots.txt?x=1", b"User-agent: *\nDisallow: /"),
        site("/llms.txt", b"# Harbor\n> A site about a harbor"),
        page(url="https://a.example/robots.txt/about"),
    )["l0_site_files"]
    assert {(row["site"], row["path"], row["kind"], row["http_status"], row["redirects_to"], bool(row["text"])) for row in rows} == {
        ("https://a.example:443", "/robots.txt", "robots_txt", 200, None, True),
        ("https://a.example:443", "/.well-known/tdmrep.json", "tdmrep", 200, None, True),
        ("http://a.example:8080", "/robots.txt", "robots_txt", 301, "http://b.example/robots.txt", False),
        ("https://a.example:443", "/ai.txt", "ai_txt", 404, None, False),
    }


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"\0\1\2" * 400_000, None),
        (b"<!DOCTYPE html><html><body>Not here</body></html>", None),
        (b"", ""),
        (b"disallow: /" + b"\xff\xfe\x80" * 20, "disallow"),
        (b"User-agent: *\nDisallow: /\n" + b"# x\n" * 400_000, "User-agent"),
    ],
    ids=["binary", "page", "empty", "broken", "huge"],
)
def test_a_file_that_is_no_text_has_none_and_a_huge_one_is_cut(crawl, body, text):
    rows = crawl(site("/robots.txt", body), page())
    found = rows["l0_site_files"][0]["text"]
    assert (found is None) if text is None else (found[: len(text)] == text and len(found) <= 512_000)
    assert [row["status"] for row in rows["l0_raw"] if row["url"].endswith("/x")] == ["ok"]
