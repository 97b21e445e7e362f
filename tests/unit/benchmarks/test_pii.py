"""The PII benchmark plants what it says, counts spans rightly, and runs from its files to the metrics."""

import gzip
import json
import random
import unicodedata

import pytest
from stdnum import iban, luhn

from benchmarks.pii import by_presidio, covered, is_public, main, planted_metrics
from benchmarks.planted_pii import CARDS, KINDS, SCRIPTS, Planted, Writer, digits_of, plant
from examples.features import FEATURES
from tierline.filters.pii import find

SENTENCES = {locale[:2]: [f"{word} - 1"] for named in SCRIPTS.values() for locale, word in named.items()}
LOCALES = [locale for named in SCRIPTS.values() for locale in named]


def test_what_is_planted_lies_where_it_says():
    texts = list(plant(SENTENCES, 300))
    assert sum(len(one.spans) for one in texts) == 200
    assert {kind for one in texts for *_, kind in one.spans} == set(KINDS) and {one.script for one in texts} == set(SCRIPTS)
    for one in texts:
        lines = one.text.split("\n")
        assert len(lines) == 4 + len(one.spans)
        for start, end, _ in one.spans:
            assert any(line.endswith(one.text[start:end]) for line in lines) and end > start


def test_the_same_seed_plants_the_same():
    assert list(plant(SENTENCES, 60)) == list(plant(SENTENCES, 60))


def test_the_scripts_are_those_of_the_words_before_a_number():
    names = {"latin": "LATIN", "han": "CJK", "kana": "CJK"}
    for script, named in SCRIPTS.items():
        for word in named.values():
            assert names.get(script, script.upper()) in unicodedata.name(word[0])


@pytest.mark.parametrize("locale", LOCALES)
def test_values_pass_the_checks_of_their_kind(locale):
    writer = Writer(locale, random.Random(3))
    for _ in range(10):
        assert luhn.is_valid(writer.card().replace(" ", "").replace("-", ""))
        assert iban.is_valid(writer.iban(), check_country=False)
        assert is_public(writer.address()) and "@" in writer.email() and writer.look_alike()
        assert sum(map(str.isdigit, writer.phone())) >= 7
    assert len(CARDS) > 3


def test_odd_typography_keeps_the_digits():
    writer = Writer("hi_IN", random.Random(4))
    for _ in range(30):
        odd = writer.odd("+91 11-2345", "devanagari")
        assert odd != "+91 11-2345" and [unicodedata.digit(one) for one in odd if one.isdigit()] == [9, 1, 1, 1, 2, 3, 4, 5]
    assert digits_of("thai")[ord("3")] == "๓" and digits_of("latin")[ord("3")] == "３"


def test_most_of_what_is_planted_is_found_and_more_than_by_the_peer():
    texts = list(plant(SENTENCES, 600))
    ours = planted_metrics(texts, lambda one: find(one.text, one.language), "")
    theirs = planted_metrics(texts[:90], by_presidio, "_by_presidio")
    assert ours["precision"] > 0.97 and ours["recall"] > 0.95 and ours["precision_kana"] > 0.9
    assert theirs["recall_by_presidio"] < ours["recall"] and theirs["recall_email_by_presidio"] > 0.9


def test_spans_count_by_kind_and_by_script():
    texts = [Planted("x", "greek", "el", "GR", [(0, 10, "IP")]), Planted("y", "thai", "th", "TH", [])]
    metrics = planted_metrics(texts, lambda one: [(0, 10, "IP")], "")
    assert metrics["precision"] == metrics["precision_ip"] == 0.5 and metrics["recall"] == metrics["recall_greek"] == 1
    assert metrics["precision_thai"] == 0


def test_spans_of_another_kind_do_not_count():
    assert covered((0, 10, "IP"), (0, 10, "CARD")) == 0
    assert covered((0, 10, "IP"), (5, 20, "IP")) == 0.5


def test_a_folder_is_read_and_measured(tmp_path, capsys):
    texts = {
        "labels/langid/leipzig-sentences.jsonl.gz": [{"lang": language, "text": one[0]} for language, one in SENTENCES.items()],
        "text/openstax.jsonl.gz": [{"text": text} for text in FEATURES.values()],
    }
    letter = "From: Ann <ann@post.example>\nReceived: from a.example [93.184.216.34] by b\nReceived: from c [10.0.0.1] by d\n\nHello"
    texts["labels/spam/spamassassin.jsonl.gz"] = [{"raw_email_latin1": letter}]
    for name, rows in texts.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    assert main(["--data", str(tmp_path), "--budget", "smoke"]) == 0
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line["metrics"]["recall_mail_addresses"] == line["metrics"]["recall_mail_hosts"] == 1
    assert line["metrics"]["mb_per_s_core"] > 0 and line["skipped"] == []


def test_a_folder_without_sentences_is_one_clear_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--data", str(tmp_path)])
    assert stopped.value.code == 2
    assert "leipzig" in capsys.readouterr().err
