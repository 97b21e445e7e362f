"""The memory benchmark makes the files it says it makes and runs from a folder of texts to its metrics."""

import gzip
import json

from benchmarks.memory import documents, main
from examples.features import FEATURES

SENTENCES = [f"This is sentence number {number}." for number in range(40)]


def test_documents_are_distinct_or_copies_and_reproducible():
    distinct = list(documents("distinct", 200, SENTENCES))
    assert len(set(distinct)) > 190 and distinct == list(documents("distinct", 200, SENTENCES))
    assert len(set(documents("copies", 200, SENTENCES))) == 1
    assert all(text.count("\n") == 2 for text in distinct)


def test_every_step_is_measured_in_a_process_of_its_own(tmp_path, capsys):
    (tmp_path / "text").mkdir()
    with gzip.open(tmp_path / "text" / "some.jsonl.gz", "wt", encoding="utf-8") as file:
        for text in FEATURES.values():
            file.write(json.dumps({"text": text}) + "\n")
    assert main(["--data", str(tmp_path), "--budget", "smoke"]) == 0
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]
    assert {f"peak_rss_mb_{step}_{kind}" for step in ("l0", "l1", "l1_of_the_next") for kind in ("distinct", "copies")} < metrics.keys()
    assert metrics["peak_rss_mb"] == max(value for name, value in metrics.items() if name.startswith("peak"))
