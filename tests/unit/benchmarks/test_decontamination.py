"""The decontamination benchmark puts items into documents and counts what is found, from files to metrics."""

import gzip
import json

import pytest

from benchmarks.decontamination import copies, main
from examples.features import FEATURES
from tierline.filters.benchmark_items import Item


def test_it_runs_from_files_to_metrics(tmp_path, capsys):
    (tmp_path / "bench").mkdir()
    (tmp_path / "text").mkdir()
    items = [
        {
            "question": f"How many barrels of salt did the {name} keeper of Quellin send across the lake in one winter?",
            "answer": f"{n} barrels",
            "passage": FEATURES[name],
        }
        for n, name in enumerate(sorted(FEATURES)[:4], 11)
    ]
    (tmp_path / "bench/salt.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, items)).encode()))
    hosts = [{"text": FEATURES[name]} for name in sorted(FEATURES)[6:]]
    (tmp_path / "text/openstax.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, hosts)).encode()))
    assert main(["--data", str(tmp_path), "--budget", "smoke"]) == 0
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]
    assert (metrics["found_question_and_answer"], metrics["found_passage_only"], metrics["false_leak_share"]) == (1, 0, 0)
    assert metrics["docs_per_s_core"] > 0 and metrics["index_ngrams"] > 0


def test_a_copy_holds_what_its_way_says():
    made = copies(Item("b", "1", "Why?", "", ("because",), ("because", "perhaps")))
    assert made == {"question_and_answer": "Why?\nbecause\nperhaps\nbecause", "question_only": "Why?"}


def test_missing_data_is_named(tmp_path):
    with pytest.raises(SystemExit):
        main(["--data", str(tmp_path)])
