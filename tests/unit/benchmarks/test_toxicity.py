"""The toxicity benchmark counts rightly and runs from its files to the metrics."""

import gzip
import json

import numpy as np
import pytest

from benchmarks.toxicity import dropped_at_l1, labeled, main, precision_recall
from examples.features import FEATURES

RANT = "You fucking asshole, you are full of shit and a stupid idiot. I hope you die, you piece of shit."


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))


def test_labels_of_each_set_are_read():
    assert labeled("surge", [{"text": "a", "label": "1"}]) == [("a", 1)]
    assert labeled("toxic-spans", [{"text": "a", "spans": []}, {"text": "b", "spans": [1]}]) == [("a", 0), ("b", 1)]
    rows = [{"text": "a", "label": "hate"}, {"text": "b", "label": "noHate"}, {"text": "c", "label": "relation"}]
    assert labeled("vicomtech", rows) == [("a", 1), ("b", 0)]


def test_precision_and_recall():
    found = precision_recall("x", np.array([True, True, False, False]), np.array([1, 0, 1, 0]))
    assert found == {"precision_x": 0.5, "recall_x": 0.5}


def test_a_rant_is_dropped_and_a_text_is_not():
    assert dropped_at_l1([RANT, FEATURES["owls"]]).tolist() == [True, False]


def test_sets_are_read_and_measured(tmp_path, capsys):
    folder = tmp_path / "labels/toxicity"
    write(folder / "surge.jsonl.gz", [{"text": RANT, "label": 1}, {"text": FEATURES["owls"], "label": 0}] * 12)
    harmless = {"text": "I am proud to be gay.", "label": "non-hateful", "functionality": "ident_pos_nh"}
    write(folder / "hatecheck.jsonl.gz", [harmless, {"text": RANT, "label": "hateful", "functionality": "profanity_h"}])
    assert main(["--data", str(tmp_path), "--budget", "smoke"]) == 0
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line["metrics"]["precision_surge"] == line["metrics"]["recall_surge"] == 1
    assert line["metrics"]["false_removal_identity"] == 0
    assert line["metrics"]["removed_pages_toxic"] == 1
    assert line["skipped"] == ["toxic-spans", "vicomtech", "medical"]


def test_a_folder_without_sets_is_one_clear_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--data", str(tmp_path)])
    assert stopped.value.code == 2
    assert "surge" in capsys.readouterr().err
