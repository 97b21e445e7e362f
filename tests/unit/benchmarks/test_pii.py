"""The PII benchmark plants what it says, counts spans rightly, and runs from its files to the metrics."""

import gzip
import json
import random

import pytest

from benchmarks.pii import MAKERS, account, card, covered, is_public, main, plant, planted_metrics
from examples.features import FEATURES


def test_what_is_planted_lies_where_it_says():
    texts = list(plant([FEATURES["bridge"]], 30))
    assert sum(len(spans) for _, spans in texts) == 20
    for text, spans in texts:
        assert text.startswith(FEATURES["bridge"])
        for start, end, _ in spans:
            assert text[start:end] == text[start:end].strip() and end > start


def test_the_same_seed_plants_the_same():
    assert list(plant([FEATURES["owls"]], 9)) == list(plant([FEATURES["owls"]], 9))


def test_every_kind_is_found_and_look_alikes_are_not():
    metrics = planted_metrics(plant([FEATURES["bridge"]], 600))
    assert metrics["recall"] > 0.97 and metrics["precision"] > 0.97
    assert min(metrics[f"recall_{kind.lower()}"] for kind in MAKERS) > 0.95


def test_spans_of_another_kind_do_not_count():
    assert covered((0, 10, "IP"), (0, 10, "CARD")) == 0
    assert covered((0, 10, "IP"), (5, 20, "IP")) == 0.5


def test_checks_pass_and_fail_as_asked():
    chance = random.Random(1)
    assert card(chance) != card(chance, False) and account(chance) != account(chance, False)
    assert is_public("93.184.216.34") and not is_public("192.168.0.1") and not is_public("999.1.1.1")


def test_a_folder_is_read_and_measured(tmp_path, capsys):
    path = tmp_path / "text/openstax.jsonl.gz"
    path.parent.mkdir()
    path.write_bytes(gzip.compress("\n".join(json.dumps({"text": text}) for text in FEATURES.values()).encode()))
    mail = tmp_path / "labels/spam/spamassassin.jsonl.gz"
    mail.parent.mkdir(parents=True)
    letter = "From: Ann <ann@post.example>\nReceived: from a.example [93.184.216.34] by b\nReceived: from c [10.0.0.1] by d\n\nHello"
    mail.write_bytes(gzip.compress(json.dumps({"raw_email_latin1": letter}).encode()))
    assert main(["--data", str(tmp_path), "--budget", "smoke"]) == 0
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line["metrics"]["recall_mail_addresses"] == line["metrics"]["recall_mail_hosts"] == 1
    assert line["metrics"]["mb_per_s_core"] > 0 and line["skipped"] == []


def test_a_folder_without_text_is_one_clear_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--data", str(tmp_path)])
    assert stopped.value.code == 2
    assert "openstax" in capsys.readouterr().err
