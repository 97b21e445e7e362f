"""What would fall without a source, what would stand, and where its rows went."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import commit_rows, rows_of
from tests.unit.mixes.conftest import RULES, check_contamination, draw_mix
from tierline.audit import falling
from tierline.audit.falling import sources_needed
from tierline.audit.impact import impact, impact_data, impact_html, impact_text
from tierline.descent.selection import Selection
from tierline.knowledge import FactRules, verify_facts
from tierline.knowledge.keys import normal_key
from tierline.lake import WHOLE_LAKE, Activity, Verdict
from tierline.mixes import export_mix
from tierline.training.arms import Rates
from tierline.training.recipe import ModelShape, Phases, TrainingRecipe
from tierline.training.rows import TrainingRows

RULE = FactRules(2)
STATED = [
    *(("Oslo", "country", "Norway", site) for site in ("a.example", "b.example", "c.example")),
    *(("Bergen", "country", "Norway", site) for site in ("a.example", "b.example")),
    *(("Turku", "country", "Finland", site) for site in ("b.example", "c.example")),
]


@pytest.fixture
def stated(lake):
    """Three facts: one of three sites, one that needs a.example, one without it; and one page of every site for each."""
    pages, claims = [], []
    for number, (subject, predicate, value, site) in enumerate(STATED):
        page = {"doc_id": f"doc_{number}", "url": f"https://{site}/{number}", "domain": site, "text": f"{subject} {value}", "tokens": 5}
        claim = {"claim_id": f"clm_{number}", "parents": [f"doc_{number}"], "parent_table": "l2_selected", "page_id": f"doc_{number}"}
        keys = {"subject_key": normal_key(subject), "object_key": normal_key(value)}
        pages.append(page)
        claims.append(claim | keys | {"subject": subject, "predicate": predicate, "object": value, "domain": site, "language": "en"})
    commit_rows(lake, "l0_raw", [{name: page[name] for name in ("doc_id", "url", "domain", "text")} for page in pages])
    for table in ("l1_filtered", "l2_selected"):
        commit_rows(lake, table, [page | {"parents": [page["doc_id"]]} for page in pages])
    commit_rows(lake, "l4_claims", claims)
    result = verify_facts(rows_of("l4_claims", claims).append_column("shard", [["s"] * len(claims)]), RULE)
    manifest = lake.commit(Activity.begin("l4_facts", WHOLE_LAKE, "1", RULE, {}), result)
    lake.record(Verdict("l4_facts", WHOLE_LAKE, manifest.stage_digest, "test", "0", True, "[]"))
    return lake


def fates(found) -> dict[str, tuple[int, bool]]:
    return {fact.text.partition(",")[0]: (fact.sources_left, fact.stands) for fact in found.facts.facts}


def test_a_fact_falls_if_too_few_independent_sources_are_left(stated):
    found = impact(stated, Selection("domain", "a.example"))
    assert fates(found) == {"Bergen": (1, False), "Oslo": (2, True)}
    assert (found.facts.falling, found.facts.needed, found.facts.judged) == (1, 2, "verified again")


def test_where_there_is_too_much_to_verify_sources_are_counted(stated, monkeypatch):
    monkeypatch.setattr(falling, "VERIFIED_CLAIMS", 1)
    found = impact(stated, Selection("domain", "a.example"))
    assert fates(found) == {"Bergen": (1, False), "Oslo": (2, True)} and found.facts.judged == "counted"


def test_what_stands_is_what_verification_promotes_without_the_pages(stated):
    """The report against the rows that the stage itself makes of what is left."""
    gone = impact(stated, Selection("prefix", "https://b.example/"))
    left = [row for row in stated.read("l4_claims", "s").drop_columns(["activity_id", "shard"]).to_pylist() if row["domain"] != "b.example"]
    facts = verify_facts(rows_of("l4_claims", left).append_column("shard", [["s"] * len(left)]), RULE).tables["l4_facts"].to_pylist()
    assert {name for name, (_, stands) in fates(gone).items() if stands} == {row["subject"] for row in facts} == {"Oslo"}


def test_the_number_of_sources_needed_is_that_of_the_activity():
    assert sources_needed(Activity.begin("l4_facts", WHOLE_LAKE, "1", FactRules(3), {}).parameters) == 3


@pytest.fixture
def used(lake, tmp_path):
    """A mix that was exported, and an experiment that trained on some of its documents."""
    rows = [{"doc_id": f"doc_{n}", "parents": [f"doc_{n}"], "text": f"text {n}", "tokens": 10, "language": "en"} for n in range(6)]
    pages = [
        {"doc_id": f"doc_{n}", "url": f"https://{'b' if n else 'a'}.example/", "domain": f"{'b' if n else 'a'}.example"} for n in range(6)
    ]
    commit_rows(lake, "l0_raw", pages)
    commit_rows(lake, "l1_filtered", [row | page for row, page in zip(rows, pages, strict=True)])
    check_contamination(lake, "s")
    commit_rows(lake, "l2_selected", [row | page for row, page in zip(rows, pages, strict=True)])
    export_mix(lake, draw_mix(lake, token_budget=200), tmp_path / "mixes", rules=RULES)
    experiment = tmp_path / "training" / "first"
    (experiment / "runs").mkdir(parents=True)
    (experiment / "models" / "tier_60").mkdir(parents=True)
    (experiment / "runs" / "tier_60-0.json").write_text("{}")
    recipe = TrainingRecipe(Phases({"L1": 1.0}, {"L3": 1.0}), tokens=16 * 16 * 10, model=ModelShape(context=16))
    TrainingRows(("doc_0", "doc_1"), ("L1", "L1"), ("web",) * 2, (40, 20), (None, None)).save(experiment, recipe, Rates())
    return lake


def test_exports_and_experiments_that_hold_the_text_are_named(used, tmp_path):
    found = impact(used, Selection("domain", "a.example"), tmp_path / "mixes", tmp_path / "training")
    (export,), (experiment,) = found.exports, found.experiments
    documents = pq.read_table(tmp_path / "mixes" / "pretrain" / "documents.parquet").to_pylist()
    held = [row for row in documents if row["doc_id"] == "doc_0"]
    assert held and (export.documents, export.tokens) == (len(held), sum(row["n_tokens"] for row in held))
    packed = pa.concat_tables([pq.read_table(path) for path in sorted((tmp_path / "mixes" / "pretrain" / "packed").iterdir())]).to_pylist()
    ids = {row["row_id"] for row in held}
    assert export.sequences == sum(bool(ids & set(row["row_ids"])) for row in packed) > 0
    assert (experiment.rows, experiment.tokens, experiment.runs, experiment.checkpoints) == (
        1,
        40,
        ("tier_60-0",),
        ("models/tier_60",),
    )


def test_an_export_is_named_also_after_its_page_was_read_again(used, tmp_path):
    """Other bytes at the same address are another document; the old export holds the old one."""
    commit_rows(used, "l0_raw", [{"doc_id": "doc_new", "url": "https://a.example/", "domain": "a.example"}])
    commit_rows(used, "l1_filtered", [])
    (export,) = impact(used, Selection("url", "https://a.example/"), tmp_path / "mixes").exports
    assert export.documents > 0
    assert not impact(used, Selection("document", "doc_new"), tmp_path / "mixes").exports


def test_the_report_as_text_json_and_a_page_says_the_same(stated):
    found = impact(stated, Selection("domain", "a.example"))
    text, data, page = impact_text(found), json.loads(json.dumps(impact_data(found))), impact_html(found)
    assert text.startswith("domain a.example\n|- Tiers\n") and "1 would fall, 1 would stand" in text
    assert (data["facts"]["falling"], data["facts"]["standing"]) == (1, 1)
    for fact in found.facts.facts:
        assert fact.fact_id in text and fact.fact_id in page and fact.fact_id in json.dumps(data)
    assert {row["table"]: row["rows"] for row in data["tables"]}["l2_selected"] == 2


def test_nothing_of_a_page_is_markup_or_steers_a_terminal(lake):
    hostile = "https://a.example/<script>alert(1)</script>\x1b[2J\u202e"
    commit_rows(lake, "l0_raw", [{"doc_id": "doc_x", "url": hostile, "domain": "a.example"}])
    found = impact(lake, Selection("url", hostile))
    assert "<script>" not in impact_html(found)
    for shown in (impact_text(found), impact_html(found)):
        assert "\x1b" not in shown and "\u202e" not in shown and "\\x1b" in shown
