"""The language benchmark joins, cuts and counts as it says, and judges no text by weights that have seen it."""

import gzip
import json

import pytest

from benchmarks.language import accuracy, lengthened, main
from examples.languages import LANGUAGES
from training_scripts.train_language import Labeled, halves, read_set, train

ROWS = [Labeled("de", "", "Ein Satz."), Labeled("de", "", "Noch ein Satz."), Labeled("fr", "", "Une phrase.")]


def test_texts_of_one_variety_are_joined_and_cut():
    assert [row.text for row in lengthened(ROWS, 20)] == ["Ein Satz. Noch ein S", "Une phrase."]
    assert lengthened(ROWS, None) == ROWS


def test_only_known_languages_count():
    assert accuracy(ROWS, ["de", "en", "it"]) == pytest.approx(1 / 3)
    assert accuracy(ROWS, ["de", "en", "it"], {"de"}) == 0.5


def test_halves_share_no_text_and_every_language():
    rows = [Labeled(language, "", text) for language in LANGUAGES for text in LANGUAGES[language]]
    first, second = halves(rows)
    assert not {row.text for row in first} & {row.text for row in second}
    assert {row.language for row in first} == {row.language for row in second} == set(LANGUAGES)
    assert train(first).languages == tuple(sorted(LANGUAGES))


def write_set(folder, texts):
    path = folder / "labels/langid/leipzig-sentences.jsonl.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress("\n".join(json.dumps({"lang": code, "text": text}) for code, text in texts).encode()))
    return path


def test_a_set_is_read_and_measured(tmp_path, capsys):
    path = write_set(tmp_path, [(code, text) for code in LANGUAGES for text in LANGUAGES[code]] + [("und", "xyz")])
    assert {row.language for row in read_set(path)} == set(LANGUAGES)
    assert main(["--data", str(tmp_path), "--budget", "smoke"]) == 0
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line["metrics"]["acc_sentences"] > 0.9
    assert line["metrics"]["docs_per_s_core"] > 0
    assert line["skipped"] == ["declarations", "pages"]


def test_a_folder_without_sets_is_one_clear_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--data", str(tmp_path)])
    assert stopped.value.code == 2
    assert "langid" in capsys.readouterr().err
