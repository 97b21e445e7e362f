"""A lake in which two pages of a real crawl file were made into a row of every kind that has ancestors."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import commit_rows
from tierline.crawl.read import read_shard
from tierline.crawl.rules import ReadRules
from tierline.lake import WHOLE_LAKE, Activity, Lake, Verdict

SHARD = "s"
TEXTS = {
    "https://town.example/": "The bridge was founded in 1612. It was built of granite.",
    "https://quiz.example/": "Which river has seven bridges? The answer is the Aar.",
}
YEAR = TEXTS["https://town.example/"].index("1612")


@dataclass(frozen=True)
class House:
    """The lake, its crawl file, and the ids of its two documents: one of facts, one that repeats a benchmark."""

    lake: Lake
    crawl: Path
    town: str
    quiz: str


def quoted(parents: list[str], text: str, table: str = "l2_selected") -> dict[str, object]:
    start = text.index("1612")
    return {
        "parents": parents,
        "parent_table": table,
        "parent_field": "text",
        "span_start": start,
        "span_end": start + 4,
        "quote": "1612",
        "subject": "bridge",
        "predicate": "founded",
        "object": "1612",
        "url": "https://town.example/",
    }


@pytest.fixture
def house(tmp_path) -> House:
    """For a test that damages it."""
    return build(tmp_path)


@pytest.fixture(scope="package")
def sound_house(tmp_path_factory) -> House:
    """For tests that only read it."""
    return build(tmp_path_factory.mktemp("house"))


def build(folder: Path) -> House:
    lake, crawl = Lake(str(folder / "lake")), folder / "crawl.jsonl"
    crawl.write_text("".join(json.dumps({"url": url, "text": text}) + "\n" for url, text in TEXTS.items()))
    manifest = lake.commit(Activity.begin("l0_raw", SHARD, "1", (), {}), read_shard([str(crawl)], ReadRules()))
    lake.record(Verdict("l0_raw", SHARD, manifest.stage_digest, "test", "0", True, "[]"))
    raw = {row["url"]: row for row in lake.read("l0_raw", SHARD).to_pylist()}
    town, quiz = (raw[url]["doc_id"] for url in TEXTS)
    texts = dict(zip((town, quiz), TEXTS.values(), strict=True))
    documents = [{"doc_id": doc_id, "parents": [doc_id], "text": text, "tokens": 9} for doc_id, text in texts.items()]
    match = {"parents": [quiz], "doc_id": quiz, "benchmark": "rivers", "item_id": "7", "matched_part": "question", "overlap": 0.9}
    spans = (("con_leak", "leak", 0, 30), ("con_common", "common_text", 31, 53))
    matches = [
        match | {"match_id": key, "verdict": verdict, "span_start": start, "span_end": end, "quote": texts[quiz][start:end]}
        for key, verdict, start, end in spans
    ]
    text = texts[town]
    edit = {"source_start": 0, "source_end": 31, "source_text": text[:31]}
    passages = [
        {"passage_id": "psg_town", "parents": [town], "text": "The bridge was founded in 1612.", **edit},
        {"passage_id": "psg_quiz", "parents": [quiz], "text": "Seven bridges.", **edit, "source_text": texts[quiz][:31]},
    ]
    claims = [
        {"claim_id": "clm_page", **quoted([town], text)},
        {"claim_id": "clm_edit", **quoted(["psg_town"], passages[0]["text"], "l3_refined")},
        {
            "claim_id": "clm_quiz",
            **quoted(["psg_quiz"], passages[0]["text"], "l3_refined"),
            "span_start": 0,
            "span_end": 5,
            "quote": "Seven",
        },
    ]
    section = {"section_id": "sec_town", "parents": [town], "span_start": 0, "span_end": 31, "text": text[:31]}
    commit_rows(lake, "l1_filtered", documents)
    commit_rows(lake, "l1_contamination", matches)
    commit_rows(lake, "l2_annotations", [{"annotation_id": "ann_town", "doc_id": town, "parents": [town]}])
    commit_rows(lake, "l2_selected", documents)
    commit_rows(lake, "l3_refined", passages)
    asked = {"evidence_start": 0, "evidence_end": 31, "question": "When was it founded?", "text": "1612"}
    forms = [
        {"derived_id": f"drv_{name}", "parents": [of], "evidence": texts[of][:31], **asked} for name, of in (("town", town), ("quiz", quiz))
    ]
    commit_rows(lake, "l3_derived", forms)
    commit_rows(lake, "l4_claims", claims)
    commit_rows(lake, "l4_manuals", [section])
    facts = [
        {"fact_id": "fact_town", "parents": ["clm_edit", "clm_page"], "value_normal": "1612"},
        {"fact_id": "fact_quiz", "parents": ["clm_quiz"]},
    ]
    commit_rows(
        lake,
        "l4_facts",
        facts,
        WHOLE_LAKE,
        l4_sources=[{"source_id": "src_town", "fact_id": "fact_town", "claim_id": "clm_page", "quote": "1612"}],
        l4_values=[{"value_id": "val_town", "fact_id": "fact_town", "parents": ["clm_edit", "clm_page"], "state": "verified"}],
    )
    form = {"form_id": "form_town", "parents": ["fact_town"], "parent_table": "l4_facts", "kind": "evidence_answer"}
    said = {"text": "It was founded in 1612: “1612”", "stated_values": ["1612"], "source_id": "src_town", "quote": "1612"}
    other = {"form_id": "form_quiz", "parents": ["fact_quiz"], "parent_table": "l4_facts", "kind": "unknown", "text": "Nobody states it."}
    commit_rows(lake, "l4_forms", [form | said, other], WHOLE_LAKE)
    drawn = {"l3_refined": "psg_town", "l3_derived": "drv_town", "l4_facts": "fact_town", "l4_manuals": "sec_town", "l4_forms": "form_town"}
    rows = [{"row_id": f"mix_{table}", "parents": [row_id], "source_table": table} for table, row_id in drawn.items()]
    commit_rows(lake, "mix_alignment", rows, WHOLE_LAKE)
    commit_rows(lake, "mix_pretrain", [{"row_id": "mix_quiz", "parents": [quiz], "source_table": "l1_filtered"}], WHOLE_LAKE)
    return House(lake, crawl, town, quiz)
