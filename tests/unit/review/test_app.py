"""The page over HTTP: who asks is known, forms are the page's own, nothing of a crawl is markup, and answers reach the ledger."""

import hashlib
import re

import pytest
from starlette.testclient import TestClient

from tests.unit.review.conftest import ALONE
from tests.unit.review.lakes import HOSTILE
from tierline.review.app import STATIC, build_app
from tierline.review.desk import Desk
from tierline.review.identity import PROXY_KEY, ByProxy, ByToken
from tierline.review.leases import Leases
from tierline.review.reviewers import Reviewers
from tierline.review.site import BODY_BYTES

HOST, KEY = "localhost", "k" * 32


@pytest.fixture
def reviewers(tmp_path) -> Reviewers:
    return Reviewers(tmp_path / "reviewers.json")


@pytest.fixture
def visit(desk, reviewers):
    """A browser of a reviewer, signed in; of nobody without a name."""
    app = build_app(desk, ByToken(reviewers), [HOST])

    def browser(name: str = "") -> TestClient:
        client = TestClient(app, f"http://{HOST}", follow_redirects=True)
        if name:
            client.post("/login", data={"token": reviewers.add(name)})
        return client

    return browser


def form_key(page: str) -> str:
    return re.search(r'name="form_key" value="(\w+)"', page)[1]


def shown(page: str) -> str:
    return re.search(r'data-item="(\w+)"', page)[1]


def test_nothing_is_shown_to_nobody(visit):
    client = visit()
    for path in ("/", "/next", "/queue", "/progress", "/results", "/guidelines", "/progress.json"):
        response = client.get(path)
        assert response.url.path == "/login" and "Sign in" in response.text
    assert client.post("/undo", data={}).status_code == 401
    assert client.post("/login", data={"token": "guess"}).status_code == 401
    assert not client.cookies


def test_a_token_signs_in_and_one_that_was_taken_away_ends_at_once(visit, reviewers):
    client = visit("ada")
    assert '<bdi dir="auto">ada</bdi>' in client.get("/next").text
    reviewers.remove("ada")
    assert client.get("/next").url.path == "/login"


def test_an_answer_is_that_of_whoever_is_signed_in_whatever_the_form_says(visit, desk):
    client = visit("ada")
    page = client.get("/next").text
    after = client.post(
        f"/answer/{shown(page)}", data={"form_key": form_key(page), "verdict": "keep", "reviewer": "bob", "reason": "sound"}
    )
    (row,) = desk.rows()
    assert (row["reviewer"], row["verdict"], row["reason"], row["source"]) == ("ada", "keep", "sound", "page") and row["seconds"] > 0
    assert shown(after.text) != shown(page) and "Last answer: <b>keep</b>" in after.text
    back = client.post("/undo", data={"form_key": form_key(after.text)})
    assert shown(back.text) == shown(page)


@pytest.mark.parametrize(
    ("data", "headers", "status"),
    [
        ({}, {}, 403),
        ({"form_key": "0" * 64}, {}, 403),
        ({"form_key": None}, {"origin": "https://evil.example"}, 403),
        ({"form_key": None}, {"origin": "null"}, 403),
        ({"form_key": None}, {"sec-fetch-site": "cross-site"}, 403),
        ({"form_key": None, "verdict": "promote"}, {}, 400),
        ({"form_key": None, "verdict": "undo"}, {}, 400),
        ({"form_key": None, "verdict": "keep", "reason": "x" * 5_000}, {}, 409),
        ({"form_key": None, "verdict": "keep", "reason": "x" * BODY_BYTES}, {}, 413),
    ],
)  # fmt: skip
def test_a_form_that_is_not_of_this_page_or_cannot_be_meant_records_nothing(visit, desk, data, headers, status):
    client = visit("ada")
    page = client.get("/next").text
    data = {name: form_key(page) if value is None else value for name, value in {"verdict": "keep", **data}.items()}
    response = client.post(f"/answer/{shown(page)}", data=data, headers=headers)
    assert response.status_code == status and 'role="alert"' in response.text and list(desk.rows()) == []


def test_the_form_of_another_reviewer_is_refused(visit, desk):
    ada, bob = visit("ada"), visit("bob")
    key = form_key(ada.get("/next").text)
    item = shown(bob.get("/next").text)
    assert bob.post(f"/answer/{item}", data={"form_key": key, "verdict": "keep"}).status_code == 403 and list(desk.rows()) == []


def test_what_is_no_form_is_refused(visit, desk):
    client = visit("ada")
    item = shown(client.get("/next").text)
    for body, kind in ((b"{}", "application/json"), (b"\xff\xfe=%ff", "application/x-www-form-urlencoded")):
        assert client.post(f"/answer/{item}", content=body, headers={"content-type": kind}).status_code in (403, 413)
    assert list(desk.rows()) == []


def test_two_reviewers_are_not_shown_the_same_item_until_the_lease_ends(desk, reviewers):
    now = [0.0]
    app = build_app(desk, ByToken(reviewers), [HOST], leases=Leases(60.0, lambda: now[0]))
    ada, bob = (TestClient(app, f"http://{HOST}") for _ in range(2))
    for client, name in ((ada, "ada"), (bob, "bob")):
        client.post("/login", data={"token": reviewers.add(name)})
    mine = ada.get("/next").text
    assert shown(bob.get("/next").text) != shown(mine) and bob.get(f"/item/{shown(mine)}").status_code == 409
    now[0] = 61.0
    assert bob.get(f"/item/{shown(mine)}").status_code == 200
    late = ada.post(f"/answer/{shown(mine)}", data={"form_key": form_key(mine), "verdict": "keep"})
    assert late.status_code == 409 and "your time for it was over" in late.text and list(desk.rows()) == []


def test_nothing_of_a_crawl_is_markup_or_steers_the_page(visit, desk):
    client = visit("ada")
    hostile = next(item for item in desk.items() if item.title == HOSTILE)
    for path in (f"/item/{hostile.item_id}", "/queue"):
        page = client.get(path).text
        assert "<script>document" not in page and "&lt;script&gt;" in page and "<b>bold" not in page
        assert "\u202e" not in page and "\x1b" not in page and "\\u202e" in page


def test_the_browser_is_told_to_run_nothing_but_the_pages_own_files(visit):
    client = visit("ada")
    for path in ("/next", "/login", "/static/keys.js", "/absent"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert (
            "default-src 'none'" in policy
            and "script-src 'self'" in policy
            and "unsafe" not in policy
            and "frame-ancestors 'none'" in policy
        )
        assert headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store"
    page = client.get("/next").text
    assert not re.search(r"<script(?! src=)|\son\w+=|style=|javascript:", page)


def test_the_cookie_is_read_by_no_script_and_sent_by_no_other_site(desk, reviewers):
    for secure in (False, True):
        app = build_app(desk, ByToken(reviewers), [HOST], secure=secure)
        response = TestClient(app, f"http://{HOST}", follow_redirects=False).post("/login", data={"token": reviewers.add("ada")})
        cookie = response.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=strict" in cookie and ("secure" in cookie) == secure


def test_another_name_that_leads_here_is_refused(desk, reviewers):
    client = TestClient(build_app(desk, ByToken(reviewers), [HOST]), "http://evil.example")
    assert client.get("/login").status_code == 400


def test_a_proxy_says_who_asks_and_nobody_else_can(desk):
    identity = ByProxy("X-Remote-User", KEY, ("testclient",))
    client = TestClient(build_app(desk, identity, [HOST]), f"http://{HOST}")
    named = {"x-remote-user": "ada", PROXY_KEY: KEY}
    assert ">ada</bdi>" in client.get("/next", headers=named).text
    assert ">zo\u00e9</bdi>" in client.get("/next", headers=named | {"x-remote-user": "zo\u00e9".encode()}).text
    assert client.get("/login", headers=named).status_code == 404
    for headers in (
        {},
        {"x-remote-user": "ada"},
        {"x-remote-user": "ada", PROXY_KEY: "wrong"},
        {PROXY_KEY: KEY},
        [("x-remote-user", "ada"), ("x-remote-user", "bob"), (PROXY_KEY, KEY)],
        {"x-remote-user": "a\u0085b".encode(), PROXY_KEY: KEY},
    ):
        assert client.get("/next", headers=headers).status_code == 401
    elsewhere = TestClient(build_app(desk, ByProxy("X-Remote-User", KEY), [HOST]), f"http://{HOST}")
    assert elsewhere.get("/next", headers=named).status_code == 401, "the peer is none of the proxy's addresses"


def test_the_script_of_others_is_the_one_that_was_published():
    found = hashlib.sha256((STATIC / "htmx.min.js").read_bytes()).hexdigest()
    assert found == "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"  # htmx.org 4.0.1, dist/htmx.min.js
    assert "Zero-Clause BSD" in (STATIC / "htmx.license.txt").read_text("utf-8")


def test_results_and_progress_are_shown(visit, desk):
    client = visit("ada")
    first = next(item for item in desk.items() if item.kind == "document")
    page = client.get(f"/item/{first.item_id}").text
    client.post(f"/answer/{shown(page)}", data={"form_key": form_key(page), "verdict": "drop"})
    assert "rows reviewed" in client.get("/results").text and "l2_selected of s1" in client.get("/progress").text
    found = client.get("/progress.json").json()
    assert found["answers"] == 1 and found["settled"] == 1 and found["reruns"] == [["l2_selected", "s1"]]


def test_who_has_answered_everything_is_told_so(lake, reviewers):
    desk = Desk(lake, ALONE)
    client = TestClient(build_app(desk, ByToken(reviewers), [HOST]), f"http://{HOST}")
    client.post("/login", data={"token": reviewers.add("ada")})
    for _ in desk.items():
        page = client.get("/next").text
        client.post(f"/answer/{shown(page)}", data={"form_key": form_key(page), "verdict": "skip"})
    assert "Nothing waits for you" in client.get("/next").text
