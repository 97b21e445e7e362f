"""The pages of auditors over HTTP: what they show is what the commands say, nothing of a crawl is markup, and forms are their own."""

import io
import json
import re
import subprocess
import sys
import time
import zipfile

import pytest

from tests.unit.auditor.lakes import FACTS, HOSTILE, TEXTS
from tests.unit.lineage.signed_lake import commit_from
from tierline.audit.find import Texts
from tierline.audit.impact import impact
from tierline.audit.text_index import discard_index
from tierline.descent.selection import Selection
from tierline.display import printable
from tierline.review.reviewers import Reviewers
from tierline.tables import TABLES

MARKUP = re.compile(r"<script>|<img|<b onclick|href=['\"]?javascript|\u202e|\u2066|\x00|\x1b", re.I)
ROW, JSON = "/audit/row/l4_facts/fact_bridge", "/audit/trace.json/l4_facts/fact_bridge"


def form_key(client) -> str:
    return re.search(r'name="form_key" value="(\w+)"', client.get("/audit/impact").text)[1]


def post(client, path: str, **data: str):
    return client.post(path, data={"form_key": form_key(client), **data})


def pages_of(audited) -> list[str]:
    rows = [
        f"/audit/row/{table}/{row[TABLES[table].key]}?shard={manifest.shard}"
        for table in TABLES
        for manifest in audited.lake.promoted(table)
        for row in audited.lake.read_manifest(manifest, [TABLES[table].key]).to_pylist()
    ]
    lists = [f"/audit/rows/{table}/{one.shard}" for table in TABLES for one in audited.lake.manifests(table)]
    found = [f"/audit/find?in={what}&q=founded" for what in ("words", "phrase")] + [
        "/audit/find?in=facts&q=lock",
        "/audit/find?in=pages&q=alert",
    ]
    made = [f"/audit/made/l0_raw/{audited.documents[2]}?of=l4_facts"]
    return [*rows, *lists, *found, *made, *(f"/audit/bytes/{one}" for one in audited.documents), "/audit", "/audit/log", "/audit/impact"]


def test_every_row_of_every_table_has_a_page_and_nothing_of_a_crawl_is_markup(audited, browse):
    client = browse(audited.lake)
    pages = pages_of(audited)
    assert len(pages) > 40
    for path in pages:
        response = client.get(path)
        assert response.status_code == 200, (path, response.text)
        assert not (found := MARKUP.search(response.text)), (path, found)
        assert "script-src 'self'" in response.headers["content-security-policy"] and " style=" not in response.text
    assert printable(HOSTILE, block=True).split()[-1][-6:] in client.get("/audit/row/l4_facts/fact_lock").text


def test_addresses_of_pages_are_no_links(audited, browse):
    client = browse(audited.lake)
    for path in pages_of(audited):
        for address in re.findall(r'(?:href|src|action)="([^"]*)"', client.get(path).text):
            assert address.startswith(("/", "#")) and not address.startswith("//"), (path, address)


def test_a_row_shows_evidence_gate_activity_people_rights_and_bytes(audited, browse):
    page = browse(audited.lake).get(f"/audit/row/l2_selected/{audited.documents[0]}").text
    assert "<mark>1612</mark>" in page and "<mark>granite</mark>" in page, "what claims quote is marked in the page's text"
    assert "passed" in page and "usefulness_min" in page and "reviewed: keep" in page and "let its shard through until 2999" in page
    assert str(audited.crawl) in page and "not declared" in page
    assert [name for name in FACTS if f"/audit/row/l4_facts/{name}" in page] == ["fact_bridge", "fact_granite", "fact_mill"]
    bounds = browse(audited.lake).get(f"/audit/row/l1_filtered/{audited.documents[0]}").text
    assert re.search(r"<dt>rows</dt><dd><bdi dir=\"auto\">3, at least 1</bdi>", bounds)
    changed = browse(audited.lake).get("/audit/row/l3_refined/psg_town").text
    assert "<del>founded</del><ins>begun</ins>" in changed
    assert "generate by small-1: prompt and raw answer" in changed and "Edit this. &lt;script&gt;" in changed


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("in=facts&q=bridge", {"fact_bridge", "fact_granite"}),
        ("in=facts&object=1612", {"fact_bridge"}),
        ("in=facts&subject=bridge&object=granite", {"fact_granite"}),
        ("in=facts&q=ent_1+mill", {"fact_mill"}),
        ("in=facts&q=nothing", set()),
        ("in=pages&q=https://town.example/bridge", {0}),
        ("in=pages&q=other.example", {1}),
        ("in=pages&q=Town", {0, 1}),
        ("in=words&q=granite+bridge", {0, "fact_granite", "mix_granite"}),
        ("in=phrase&q=nothing+else+of", {1}),
    ],
)
def test_rows_are_found_by_what_they_say_and_where_they_are(audited, browse, query, found):
    page = browse(audited.lake).get(f"/audit/find?{query}").text
    shown = set(re.findall(r'<a href="/audit/row/\w+/(\w+)[^"]*"><code>', page)) | set(
        re.findall(r'<a href="/audit/row/\w+/(mix_\w+)', page)
    )
    assert shown == {audited.documents[one] if isinstance(one, int) else one for one in found}


def test_a_search_for_nothing_is_an_empty_form(audited, browse):
    for path in ("/audit/find", "/audit/find?in=facts&q=&subject="):
        page = browse(audited.lake).get(path)
        assert page.status_code == 200 and "placeholder" in page.text and "none" not in page.text


def test_an_id_leads_to_its_row(audited, browse):
    client = browse(audited.lake)
    assert "fact_bridge" in client.get("/audit/find?q=fact_bridge").text
    document = client.get(f"/audit/find?q={audited.documents[0]}").text
    assert '<span class="kind">l2_selected</span>' in document and "as l0_raw" in document
    assert client.get("/audit/find?q=fact_absent").status_code == 409


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/audit/row/no_table/x", 404),
        ("/audit/row/l4_facts/fact_absent", 409),
        ("/audit/rows/l4_facts/nowhere", 503),
        ("/audit/rows/l4_facts/all?from=-1", 409),
        ("/audit/rows/l4_facts/all?from=many", 409),
        ("/audit/find?in=elsewhere&q=x", 400),
        ("/audit/find?in=facts&q=%3F", 409),
        ("/audit/find?in=words&q=a&from=99999999", 409),
        ("/audit/made/l4_facts/fact_bridge?of=secrets", 404),
        ("/audit/bytes/doc_absent", 409),
        (f"/audit/rows/l4_facts/{'%2e%2e%2f' * 3}etc", 503),
    ],
)
def test_what_cannot_be_meant_is_one_line(audited, browse, path, status):
    response = browse(audited.lake).get(path)
    assert response.status_code == status and 'role="alert"' in response.text


def test_elsewhere_whoever_asks_is_known(audited, browse, tmp_path):
    client = browse(audited.lake, is_open=False)
    for path in ("/audit", ROW, JSON, "/audit/log", f"/audit/bytes/{audited.documents[0]}/download"):
        assert client.get(path).url.path == "/login"
    assert client.post("/audit/verify/l4_facts/fact_bridge", data={}).status_code == 401
    client.post("/login", data={"token": Reviewers(tmp_path / "reviewers.json").add("ada")})
    assert "bridge" in client.get(ROW).text and client.get("/queue").status_code == 200


def test_reviews_need_a_name_also_where_audits_do_not(audited, browse):
    client = browse(audited.lake)
    assert client.get("/").url.path == "/audit" and client.get("/next").url.path == "/login"
    assert client.post("/undo", data={"form_key": form_key(client)}).status_code == 401


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, None])
def test_a_form_of_another_site_does_nothing(audited, browse, headers):
    client = browse(audited.lake)
    key = form_key(client) if headers else "0" * 64
    for path in ("verify/l4_facts/fact_bridge", "uses/l4_facts/fact_bridge", "plan", "output", "make-index", "bundle/l4_facts/fact_bridge"):
        assert client.post(f"/audit/{path}", data={"form_key": key}, headers=headers or {}).status_code == 403
        assert client.get(f"/audit/{path}").status_code in (404, 405)


def test_verification_names_each_check_and_a_row_whose_bytes_were_changed(audited, browse, tmp_path):
    page = post(browse(audited.lake), "/audit/verify/l4_facts/fact_bridge").text
    assert "checks that could be made hold." in page and "WRONG" not in page and "signed by Ada" in page
    for name in (
        "words quoted",
        "bytes at their address",
        "rows as they were committed",
        "verdict of the gate",
        "commit in the signed log",
    ):
        assert name in page
    content = audited.crawl.read_bytes()
    try:
        audited.crawl.write_bytes(content.replace(b"They say", b"They lie"))
        page = post(browse(audited.lake), "/audit/verify/l4_facts/fact_bridge").text
    finally:
        audited.crawl.write_bytes(content)
    assert page.count("WRONG") == 1 and re.search(rf"WRONG.*bytes at their address.*l0_raw {audited.documents[1]}", page, re.S)


def test_a_planned_impact_has_the_figures_of_the_command(audited, browse):
    client, expected = browse(audited.lake), impact(audited.lake, Selection("url", next(iter(TEXTS))))
    page = post(client, "/audit/plan", kind="url", value=next(iter(TEXTS)))
    said = post(client, "/audit/plan", **{"kind": "url", "value": next(iter(TEXTS)), "as": "json"})
    counts = {one["table"]: one["rows"] for one in said.json()["tables"]}
    assert counts == {one.table: one.rows for one in expected.counts} and counts["l4_facts"] == 3
    for table, rows in counts.items():
        assert re.search(rf'data-name="table">{table}</td>.*?data-name="rows" class="n">{rows}<', page.text)
    assert "3 would fall" in page.text and "/audit/row/l4_facts/fact_mill" in page.text
    assert post(client, "/audit/plan", kind="url", value="https://nowhere.example/").status_code == 409
    assert post(client, "/audit/plan", kind="all", value="x").status_code == 400


def test_downloads_are_files_and_the_bundle_proves_itself(audited, browse, tmp_path):
    client = browse(audited.lake)
    raw = client.get(f"/audit/bytes/{audited.documents[2]}/download")
    assert json.loads(raw.content)["title"] == HOSTILE
    found = [raw, client.get(JSON), client.get(JSON.replace("trace.json", "trace")), client.get(JSON.replace("trace.json", "prov"))]
    found.append(post(client, "/audit/bundle/l4_facts/fact_bridge"))
    for response in found:
        assert response.status_code == 200 and response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["content-disposition"].startswith("attachment; ") and "html" not in response.headers["content-type"]
    assert found[1].json()["id"] == "fact_bridge" and "wasDerivedFrom" in found[3].json()
    zipfile.ZipFile(io.BytesIO(found[4].content)).extractall(tmp_path / "taken")
    folder = tmp_path / "taken" / "bundle-fact_bridge"
    done = subprocess.run([sys.executable, str(folder / "check_bundle.py"), str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_log_shows_heads_keys_releases_waivers_and_commits(audited, browse):
    page = browse(audited.lake).get("/audit/log").text
    for said in ("Ada", "admin, log, release", "release first", "looked at it", "l4_facts/all"):
        assert said in page
    assert "Older</a>" not in page and "proves nothing" not in page


def test_what_is_not_indexed_is_said_and_indexed_on_demand(copied, browse):
    discard_index(copied)
    client = browse(copied)
    for path in ("/audit", "/audit/find?in=facts&q=bridge", ROW):
        page = client.get(path)
        assert page.status_code == 200 and "are not in the index of words yet" in page.text and "Index them now" in page.text
    post(client, "/audit/make-index")
    deadline = time.monotonic() + 60
    while "Every row is in the index" not in client.get("/audit/index").text:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert "fact_bridge" in client.get("/audit/find?in=facts&q=bridge").text


def test_a_row_that_is_not_promoted_shows_its_fields_and_why(copied, browse):
    section = {"section_id": "sec_refused", "parents": ["doc_1"], "text": f"quarantined zeppelin {HOSTILE}"}
    commit_from(copied, "l4_manuals", [section], "s", "l2_selected", promote=False)
    client = browse(copied)
    assert client.get("/audit/row/l4_manuals/sec_refused").status_code == 409, "it is not indexed yet"
    Texts(copied)
    page = client.get("/audit/find?in=words&q=zeppelin").text
    assert "not promoted" in page and "/audit/row/l4_manuals/sec_refused" in page
    page = client.get("/audit/row/l4_manuals/sec_refused?shard=s")
    assert page.status_code == 200 and "<b>Not promoted</b>" in page.text and "quarantined zeppelin &lt;script&gt;" in page.text
    assert "nothing downstream may read them" in client.get("/audit/rows/l4_manuals/s").text


def test_an_output_is_found_word_for_word(audited, browse):
    page = post(browse(audited.lake), "/audit/output", output="I read that the bridge was founded in 1612. It was built of granite.").text
    assert "stand word for word" in page and f"/audit/row/l0_raw/{audited.documents[0]}" in page
