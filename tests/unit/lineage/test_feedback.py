"""Rows of feedback lead to the lines that they were made from."""

import json

import pytest

from tierline.feedback import FeedbackRules, refine_feedback
from tierline.interactions import find_files
from tierline.lake import WHOLE_LAKE, Activity, Lake, Verdict
from tierline.lineage.render import trace_text
from tierline.lineage.trace import trace
from tierline.lineage.verify import verify


def nothing_known(texts):
    return [{"verdict": "not_enough", "fact_id": None}] * len(texts)


@pytest.fixture
def house(tmp_path):
    """(lake, the file of interactions)."""
    folder = tmp_path / "feedback"
    folder.mkdir()
    line = {"prompt": "What is the capital of Norway?", "correction": "Oslo is the capital.", "consent": "terms of 2026-01"}
    (folder / "a.jsonl").write_text(json.dumps(line) + "\n")
    lake = Lake(str(tmp_path / "lake"))
    result = refine_feedback(find_files(str(folder)), FeedbackRules(), nothing_known, lambda _: set())
    manifest = lake.commit(Activity.begin("l3_feedback", WHOLE_LAKE, "1", (), {}), result)
    lake.record(Verdict("l3_feedback", WHOLE_LAKE, manifest.stage_digest, "test", "0", True, "[]"))
    return lake, folder / "a.jsonl"


def test_a_trace_names_file_line_and_consent(house):
    lake, path = house
    (row,) = lake.read_promoted("l3_feedback", WHOLE_LAKE)[0].to_pylist()
    said = " ".join(trace_text(trace(lake, row["feedback_id"])).split())
    assert f"{path} line 1, at 0" in said and "consent: terms of 2026-01" in said and row["line_sha256"] in said


def test_a_line_that_was_changed_is_found_and_a_file_that_is_gone_is_counted(house):
    lake, path = house
    assert verify(lake)[0] == []
    path.write_text(path.read_text().replace("Oslo", "Osla"))
    assert any("line 1: hashes to" in str(one) for one in verify(lake)[0])
    path.unlink()
    found, checked = verify(lake)
    assert found == [] and checked.missing_sources == {str(path): 1}
