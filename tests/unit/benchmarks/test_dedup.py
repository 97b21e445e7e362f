"""The deduplication benchmark: its truth is exact, its corpus reproducible, and it runs from a folder of texts to its metrics."""

import gzip
import json

import numpy as np
import pytest

from benchmarks.dedup import main
from benchmarks.neardup.corpus import MadeCorpus, Sources, edited, labeled_documents
from benchmarks.neardup.truth import best_earlier, recall, shingle_matrix, similarities
from examples.features import FEATURES

TEXTS = list(FEATURES.values())


def test_the_truth_counts_every_pair():
    texts = ["a b c d e f", "x y z u v w", "a b c d e g", "a b c d e f"]
    matrix = shingle_matrix(texts, 5)
    assert best_earlier(matrix).tolist() == pytest.approx([0, 0, 1 / 3, 1])
    assert similarities(matrix, [2, 3], [0, 1]).tolist() == pytest.approx([1 / 3, 0])


def test_recall_is_the_removed_share_of_what_repeats():
    best = np.array([0, 0.85, 0.95, 0.5])
    assert (recall(best, {1, 3}, 0.8), recall(best, {1}, 0.9), recall(best, set(), 0.99)) == (0.5, 0, 1)


def test_a_made_corpus_is_reproducible_and_repeats_itself_in_the_stated_share():
    corpus = MadeCorpus(Sources(TEXTS, []))
    first, second = list(corpus.shard(0, 300)), list(corpus.shard(1, 300))
    assert second == list(MadeCorpus(Sources(TEXTS, [])).shard(1, 300))
    copies = sum(text in first for text in second)
    assert 10 <= copies <= 60


def test_edits_change_as_much_as_asked():
    text = TEXTS[0]
    assert edited(text, 0, np.random.default_rng(1)) == text
    changed = edited(text, 3, np.random.default_rng(1))
    assert 0 < similarities(shingle_matrix([text, changed], 5), [0], [1])[0] < 1
    assert len(labeled_documents(Sources(TEXTS[:3], [("old one", "new one")]))) == 8


def test_a_folder_of_texts_is_measured(tmp_path, capsys, monkeypatch):
    pytest.importorskip("datatrove")
    (tmp_path / "text").mkdir()
    rows = "".join(json.dumps({"text": " ".join([*TEXTS[place:], *TEXTS[:place]])}) + "\n" for place in range(4))
    (tmp_path / "text" / "pages.jsonl.gz").write_bytes(gzip.compress(rows.encode()))
    monkeypatch.setitem(main.__globals__["BUDGETS"], "smoke", main.__globals__["Budget"](20, 40, 1, 30, 3))
    assert main(["--data", str(tmp_path), "--budget", "smoke"]) == 0
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    metrics = line["metrics"]
    assert {"recall_j80", "recall_j90", "min_removed_jaccard", "growth_10x", "speed_vs_datatrove", "peak_rss_mb"} <= set(metrics)
    assert metrics["recall_j90"] > 0.9 and metrics["min_removed_jaccard"] >= 0.7
    assert line["skipped"] == ["revisions"]


def test_a_folder_without_texts_is_one_clear_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--data", str(tmp_path)])
    assert stopped.value.code == 2
    assert "no texts in" in capsys.readouterr().err
