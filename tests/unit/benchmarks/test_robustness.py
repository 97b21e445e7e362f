"""The robustness benchmark damages every format the same every time, finds what is lost or raised, and says which input it was."""

from pathlib import Path

import pytest

from benchmarks import robustness
from benchmarks.robust import sound, trial
from tierline.crawl.read import READERS, read_shard
from tierline.crawl.rules import ReadRules
from tierline.errors import BadInput

NOWHERE = Path("/nonexistent")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("robustness")
    (folder / "crawl").mkdir()
    return folder


def test_every_format_that_is_read_is_written_soundly(scratch):
    chosen = [page for page in sound.pages(NOWHERE, scratch) if page.url.startswith("https://")][:3]
    for kind, every in sound.formats().items():
        for form in (one for one in every if not one.suffix.startswith(".wat")):  # which holds no documents
            file = scratch / f"sound{form.suffix}"
            file.write_bytes(form.pack([form.record(page, number) for number, page in enumerate(chosen[: 1 if form.single else 3])]))
            rows = read_shard([str(file)], ReadRules()).tables["l0_raw"]
            assert rows["status"].to_pylist() == ["ok"] * (1 if form.single else 3), (kind, form.suffix, rows["error"].to_pylist())
    assert sound.formats().keys() == READERS.keys()


def test_a_format_that_nothing_writes_stops_the_benchmark(monkeypatch):
    monkeypatch.setitem(READERS, "papyrus", None)
    with pytest.raises(BadInput, match="papyrus"):
        sound.formats.__wrapped__()


def test_an_input_depends_on_its_number_and_the_seed_alone(scratch):
    made = [trial.make_input(number, 5, NOWHERE, scratch) for number in range(30)]
    assert made == [trial.make_input(number, 5, NOWHERE, scratch) for number in range(30)]
    assert len({one.data for one in made}) == 30 and {one.format for one in made} == READERS.keys()
    assert trial.make_input(3, 6, NOWHERE, scratch) != made[3]


def test_what_is_raised_or_missing_is_found(scratch, monkeypatch):
    page = sound.pages(NOWHERE, scratch)[0]
    made = trial.Input("jsonl", "a.jsonl", sound.json_record(page, 0), ("a text that is not there",))
    found = trial.run_input(made, scratch / "crawl")
    assert found.rows == found.ok == 1 and not found.crash and len(found.unaccounted) == 1
    monkeypatch.setattr(trial, "filter_shard", lambda *_: 1 / 0)
    assert "ZeroDivisionError" in trial.run_input(made, scratch / "crawl").crash


def test_a_page_read_in_another_encoding_is_found(tmp_path):
    page = trial.charset_set()[0]
    sound_page = page._replace(body=page.body.decode("utf-8", "replace").encode(), content_type="text/html; charset=utf-8")
    wrong = [page._replace(body=b"<p>Some other words that nobody wrote here.", content_type="text/html", label="x, none")]
    found = trial.mojibake(tmp_path, wrong)
    assert len(found) == 1 and found[0].startswith("x, none")
    assert sound_page.text and len({one.label.partition(",")[0] for one in trial.charset_set()}) >= 40


def test_the_table_has_a_line_for_each_format():
    outcomes = {
        0: trial.Outcome("warc", rows=2, ok=1),
        1: trial.Outcome("warc", crash="boom"),
        2: trial.Outcome("csv", crash=robustness.HUNG),
    }
    lines = robustness.table(outcomes).splitlines()
    assert [line.split()[0] for line in lines] == ["format", "csv", "warc"] and lines[2].split()[1:5] == ["2", "1", "0", "2"]
    assert [(number, kind) for number, kind, _ in robustness.findings(outcomes)] == [(1, "crash"), (2, "crash")]
