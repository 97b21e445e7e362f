"""What files of sites state about a page: by path, crawler, scheme, port and time; of two that conflict the stricter one."""

from datetime import UTC, datetime

import pytest

from tierline.rights.robots_txt import RobotsFile
from tierline.rights.site_files import SiteFiles, place_of

AGENTS = ("ccbot", "gptbot")
CLOSED, OPEN = "User-agent: *\nDisallow: /\n", "User-agent: *\nAllow: /\n"
RESERVED = '[{"location": "/", "tdm-reservation": 1, "tdm-policy": "https://a.example/terms"}]'


def day(number: int) -> datetime:
    return datetime(2026, 5, number, tzinfo=UTC)


def capture(text, at=1, site="https://a.example:443", path="/robots.txt", kind="robots_txt", status=200, to=None, doc_id=None):
    moment = day(at) if at else None
    return {"doc_id": doc_id or f"doc_{site}_{path}_{at}", "site": site, "path": path, "kind": kind, "fetched_at": moment,
            "http_status": status, "redirects_to": to, "text": text}  # fmt: skip


def stated(*captures, url="https://a.example/x/y?z=1", at=10):
    found = SiteFiles(captures, AGENTS).statements(url, day(at) if at else None)
    return [(one.kind, one.value, one.agent) for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CLOSED, ["*"]),
        (OPEN, []),
        ("User-agent: GPTBot/1.1\nDisallow: /", ["gptbot"]),
        ("User-agent: ccbot\nUser-Agent: GPTBOT # both\n\nDisallow: /x", ["ccbot", "gptbot"]),
        ("User-agent: *\nDisallow: /\nUser-agent: gptbot\nAllow: /", ["*"]),
        ("User-agent: gpt\nDisallow: /", []),
        ("User-agent: gptbot-news\nDisallow: /", []),
        ("User-agent: otherbot\nDisallow: /", []),
        ("User-agent: gptbot\nDisallow:", []),
        ("User-agent: gptbot\nAllow: /\nUser-agent: gptbot\nDisallow: /x/", ["gptbot"]),
        ("User-agent: *\nDisallow: /x/*?z=\nAllow: /x", ["*"]),
        ("User-agent: *\nDisallow: /x/y$", []),
        ("User-agent: *\nDisallow: *.html$\nDisallow: x/", ["*"]),
        ("User-agent: *\nCrawl-delay: 3\nSitemap: https://a.example/s.xml\nDisallow: /%78/y", ["*"]),
        ("Disallow: /", []),
        ("User-agent: *\rDisallow: /\r", ["*"]),
    ],
)
def test_a_page_is_closed_to_those_whom_robots_txt_excludes(text, expected):
    found = stated(capture(text))
    assert [agent for kind, value, agent in found if value == "disallow"] == expected
    assert all(kind == "robots_txt" for kind, _, _ in found)


def test_a_page_that_is_closed_to_nobody_is_stated_to_be_open():
    assert stated(capture(OPEN)) == [("robots_txt", "allow", "*")]
    assert stated(capture("# nothing")) == []


@pytest.mark.parametrize(
    ("site", "url", "closed"),
    [
        ("https://a.example:443", "https://A.example./x", True),
        ("https://a.example:443", "https://a.example:443/x", True),
        ("https://a.example:443", "http://a.example/x", False),
        ("https://a.example:8443", "https://a.example/x", False),
        ("https://a.example:443", "https://www.a.example/x", False),
        ("https://a.example:443", "ftp://a.example/x", False),
        ("https://a.example:443", "https://a.example:port/x", False),
        ("https://a.example:443", "https://[a.example/x", False),
        ("https://a.example:443", None, False),
    ],
)
def test_a_file_speaks_for_one_scheme_host_and_port(site, url, closed):
    assert bool(stated(capture(CLOSED, site=site), url=url)) is closed


@pytest.mark.parametrize(
    ("captures", "expected"),
    [
        ([(OPEN, 1), (CLOSED, 5)], ["disallow"]),
        ([(CLOSED, 1), (OPEN, 5)], ["allow"]),
        ([(OPEN, 5), (CLOSED, 15)], ["disallow"]),
        ([(CLOSED, 5), (OPEN, 15)], ["disallow"]),
        ([(CLOSED, 1), (OPEN, 5), (CLOSED, 12), (OPEN, 15)], ["allow", "allow"]),
        ([(CLOSED, 12), (OPEN, 15)], ["disallow"]),
        ([(OPEN, 5), (CLOSED, 5)], ["disallow"]),
    ],
    ids=["closed before", "opened before", "closed after", "opened after", "meanwhile", "never before", "at once"],
)
def test_the_file_in_force_at_the_time_and_the_newest_one_hold_and_the_stricter_counts(captures, expected):
    rows = [capture(text, at, doc_id=f"doc_{number}") for number, (text, at) in enumerate(captures)]
    assert [value for _, value, _ in stated(*rows)] == expected


def test_a_statement_names_the_record_and_its_time_and_an_unchanged_file_has_stated_it_since_it_was_first_seen():
    rows = [capture(CLOSED, 3, doc_id="doc_first"), capture(CLOSED, 8, doc_id="doc_again"), capture(CLOSED, 20, doc_id="doc_later")]
    (one,) = SiteFiles(rows, AGENTS).statements("https://a.example/x", day(10))
    assert (one.stated_by, one.stated_at, one.stated_in) == ("doc_first", day(3), "https://a.example:443/robots.txt")


def test_what_could_not_be_read_does_not_lift_what_was_stated():
    assert stated(capture(CLOSED, 1), capture(None, 5, status=503), capture(None, 7), capture("", 9, status=502)) == [
        ("robots_txt", "disallow", "*")
    ]
    assert stated(capture(None, 5, status=503)) == [("robots_txt", "unreachable", "*")]
    assert stated(capture(CLOSED, 1), capture(None, 5, status=404)) == []


def test_a_redirect_is_followed_where_the_crawl_has_its_end_and_a_circle_ends():
    moved = capture(None, 1, status=301, to="https://b.example/robots.txt")
    target = capture(CLOSED, 2, site="https://b.example:443")
    assert stated(moved, target) == [("robots_txt", "disallow", "*")]
    assert stated(moved) == []
    back = capture(None, 2, site="https://b.example:443", status=302, to="https://a.example/robots.txt")
    assert stated(moved, back) == []


def test_tdmrep_reserves_where_any_location_does_and_broken_files_reserve_nothing():
    def tdm(text):
        return stated(capture(text, path="/.well-known/tdmrep.json", kind="tdmrep"))

    assert tdm(RESERVED) == [("tdm_reservation", "1", "*"), ("tdm_policy", "https://a.example/terms", "*")]
    assert tdm('[{"location": "/x/*", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}]') == [("tdm_reservation", "1", "*")]
    assert tdm('{"location": "/x", "tdm-reservation": 0}') == [("tdm_reservation", "0", "*")]
    for broken in ("{", "[" * 5_000, "[1, null]", '[{"location": 3}]', '[{"location": "/", "tdm-reservation": "maybe"}]', "9" * 9_999):
        assert tdm(broken) == []


def test_ai_txt_closes_by_path_and_type():
    def ai(text, url="https://a.example/x.html"):
        return stated(capture(text, path="/ai.txt", kind="ai_txt"), url=url)

    assert ai("User-Agent: *\nDisallow: *.html") == [("ai_txt", "disallow", "*")]
    assert ai("User-Agent: *\nDisallow: *.jpg\nAllow: *.html") == [("ai_txt", "allow", "*")]


def test_a_page_without_a_time_takes_the_newest_file():
    assert [value for _, value, _ in stated(capture(OPEN, 1), capture(CLOSED, 5), at=None)] == ["disallow"]
    assert [value for _, value, _ in stated(capture(CLOSED, None), capture(OPEN, 5))] == ["allow"]


def test_a_file_made_to_be_slow_or_large_is_bounded():
    crawlers = "".join(f"user-agent: bot{number}\n" for number in range(15_000))
    rules = "".join(f"disallow: /*a{number}*b*c*d$\n" for number in range(15_000))
    file = RobotsFile(crawlers + "user-agent: *\n" + rules + "disallow: /\n", AGENTS)
    assert list(file.statements("robots_txt", "/" + "a" * 100_000, "p")) == [], "who has not read all of it does not call it open"


def test_addresses_have_a_site_and_a_target():
    assert place_of("HTTPS://A.example?x=1") == ("https://a.example:443", "/?x=1")
    assert place_of("http://a.example:8080/p#f") == ("http://a.example:8080", "/p")
    assert place_of("mailto:a@b.example") is None and place_of("https:///x") is None
