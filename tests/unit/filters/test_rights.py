"""L1 drops what is reserved, names the statement, and keeps all statements; files of sites count in whichever shard they are."""

from datetime import UTC, datetime

import pytest

from tierline.dedup import DedupRules
from tierline.dedup.resolve import NoDocuments
from tierline.filters import FilterRules
from tierline.filters.filter import filter_shard
from tierline.filters.rights import Rights
from tierline.filters.site_rights import site_captures, site_inputs
from tierline.lineage.render import trace_data, trace_text
from tierline.lineage.trace import trace
from tierline.rights.rules import RightsRules
from tierline.rights.site_files import SiteFiles

NOW = datetime(2026, 5, 10, tzinfo=UTC)
LENIENT = FilterRules(words_min=1, sentences_min=0, language_confidence_min=0, stop_words_min=0, punctuated_lines_min=0)
TEXT = "The keeper of the harbor light climbs its stairs each evening and writes the hour into a book of the year."


def page(name, *rights, host="a.example", text=None):
    said = [
        {"kind": kind, "value": value, "agent": agent, "stated_in": "meta", "stated_by": None, "stated_at": NOW}
        for kind, value, agent in rights
    ]
    return {"doc_id": f"doc_{name}", "url": f"https://{host}/{name}", "domain": host, "status": "ok", "fetched_at": NOW,
            "text": text or f"{TEXT} It is {name}.", "rights": said or None, "source_uri": "c", "source_offset": 0}  # fmt: skip


def robots(text, host="a.example", at=NOW, name="robots"):
    return {"doc_id": f"doc_{name}_{host}", "site": f"https://{host}:443", "path": "/robots.txt", "kind": "robots_txt",
            "fetched_at": at, "http_status": 200, "text": text}  # fmt: skip


@pytest.fixture
def filtered(make_rows):
    def run(rows, rules=None, captures=()):
        rights = Rights(
            rules or RightsRules(), SiteFiles(({"redirects_to": None} | one for one in captures), (rules or RightsRules()).agents)
        )
        result = filter_shard(make_rows("l0_raw", rows), LENIENT, DedupRules(), NoDocuments(), rights=rights)
        result.check("l1_filtered")
        decided = (row for batch in result.ledgers["l1_filtered"][1].to_batches() for row in batch.to_pylist())
        decisions = {row["row_id"]: row if row["outcome"] == "dropped" else {"rule": None} for row in decided}  # the pages are alike
        stated = [row for batch in result.tables["l1_rights"].to_batches() for row in batch.to_pylist()]
        return decisions, stated

    return run


def test_a_reserved_page_is_dropped_by_a_rule_that_names_the_statement(filtered):
    decisions, stated = filtered([page("one", ("noai", None, "*")), page("two"), page("three", ("tdm_reservation", "1", "*"))])
    assert [decisions[f"doc_{name}"]["rule"] for name in ("one", "two", "three")] == ["reserved:noai", None, "reserved:tdm_reservation"]
    assert decisions["doc_one"]["outcome"] == "dropped" and "noai, in meta" in decisions["doc_one"]["detail"]
    assert {row["doc_id"] for row in stated} == {"doc_one", "doc_three"}


def test_the_record_of_the_site_that_decided_is_named(filtered):
    decisions, stated = filtered([page("one")], captures=[robots("User-agent: GPTBot\nDisallow: /")])
    assert (decisions["doc_one"]["rule"], decisions["doc_one"]["related_id"]) == ("reserved:robots_txt", "doc_robots_a.example")
    assert [(row["agent"], row["stated_by"], row["stated_at"]) for row in stated] == [("gptbot", "doc_robots_a.example", NOW)]


def test_rules_for_search_and_for_crawlers_that_the_recipe_does_not_name_decide_nothing(filtered):
    rows = [page("one", ("noindex", None, "*"), ("noai", None, "googlebot")), page("two")]
    decisions, _ = filtered(rows, RightsRules(agents=("gptbot",)), [robots("User-agent: CCBot\nDisallow: /")])
    assert [row["rule"] for row in decisions.values()] == [None, None]


def test_a_recipe_may_forbid_and_require_otherwise(filtered):
    rows = [page("one", ("license", "cc-by-4.0", "*")), page("two", ("license", "cc-by-nc-4.0", "*")), page("three", ("noai", None, "*"))]
    decisions, _ = filtered(rows, RightsRules(forbid=(), require=("license:cc-by",)))
    assert [decisions[f"doc_{name}"]["rule"] for name in ("one", "two", "three")] == [None, "not_permitted", "not_permitted"]
    decisions, _ = filtered(rows, RightsRules(forbid=()))
    assert not any(row["rule"] for row in decisions.values())


def test_a_file_in_another_shard_makes_only_the_shards_of_its_site_out_of_date(lake, commit):
    commit(lake, "l0_raw", [page("one")], "a")
    commit(lake, "l0_raw", [page("two", host="b.example")], "b")
    assert site_inputs(lake, "a") == {"site_rights/a": ""} == site_inputs(lake, "a")
    commit(lake, "l0_raw", [page("robots")], "c", l0_site_files=[robots("User-agent: *\nDisallow: /")])
    said = site_inputs(lake, "a")
    assert said["site_rights/a"] and site_inputs(lake, "b") == {"site_rights/b": ""}
    assert [row["doc_id"] for row in site_captures(lake, "a")] == ["doc_robots_a.example"] and site_captures(lake, "b") == []
    again = robots("User-agent: *\nDisallow: /", at=NOW.replace(day=20), name="again")
    commit(lake, "l0_raw", [page("robots")], "d", l0_site_files=[again])
    assert site_inputs(lake, "a") == said, "it says the same"
    commit(lake, "l0_raw", [page("robots")], "e", l0_site_files=[again | {"text": "User-agent: *\nAllow: /"}])
    assert site_inputs(lake, "a") != said
    assert site_inputs(lake, "all") == {"site_rights/all": ""}


def test_a_redirect_brings_in_the_file_of_the_other_site(lake, commit):
    commit(lake, "l0_raw", [page("one")], "a")
    moved = robots(None) | {"http_status": 301, "redirects_to": "https://www.a.example/robots.txt"}
    commit(lake, "l0_raw", [page("robots")], "b", l0_site_files=[moved, robots("User-agent: *\nDisallow: /", host="www.a.example")])
    assert len(site_captures(lake, "a")) == 2


def test_a_trace_tells_who_stated_what_where_and_when(lake, commit):
    commit(lake, "l0_raw", [page("one", ("license", "cc-by-4.0", "*"))], "a")
    of_site = {"statement_id": "rgt_1", "doc_id": "doc_one", "kind": "robots_txt", "value": "allow", "agent": "*",
               "stated_in": "https://a.example:443/robots.txt", "stated_by": "doc_r", "stated_at": NOW}  # fmt: skip
    commit(lake, "l1_filtered", [{"doc_id": "doc_one", "parents": ["doc_one"], "text": TEXT}], "a", l1_rights=[of_site])
    node = trace(lake, "doc_one")
    text = trace_text(node)
    assert "rights: license cc-by-4.0, in meta, 2026-05-10 00:00" in text
    assert "rights: robots_txt allow, in https://a.example:443/robots.txt (doc_r), 2026-05-10 00:00" in text
    assert [said["kind"] for said in trace_data(node)["parents"][0]["rights"]] == ["license", "robots_txt"]
