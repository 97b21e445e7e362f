"""The benchmark resource: nothing without files, one index per state of the files, and their digest as the input."""

import json

import pytest

from resources.benchmarks import BenchmarkFiles
from tierline.errors import BadInput
from tierline.filters.decontaminate import DecontaminationRules

QUESTION = "A ferryman carries nine barrels of salt across the lake and returns with four. How many barrels stay on the far shore tonight?"
RULES = DecontaminationRules()


@pytest.fixture
def files(tmp_path):
    (tmp_path / "sums.jsonl").write_text(json.dumps({"question": QUESTION, "answer": "five"}) + "\n")
    (tmp_path / "tiny.jsonl").write_text(json.dumps({"question": "Who?", "answer": "nobody"}) + "\n")
    return BenchmarkFiles(pattern=str(tmp_path))


def test_without_files_nothing_is_searched_and_nothing_recorded():
    none = BenchmarkFiles()
    assert none.inputs() == {} and len(none.index(RULES)) == 0
    assert none.describe(RULES) == {"benchmarks": "no benchmark files configured"}


def test_what_an_activity_recorded_stands_where_no_word_is_said_of_benchmarks(files):
    recorded = {"benchmarks/all": "abc", "l1_filtered/s": "def"}
    assert BenchmarkFiles().inputs(recorded) == {"benchmarks/all": "abc"} and BenchmarkFiles().inputs({"l1_filtered/s": "def"}) == {}
    assert BenchmarkFiles(pattern="none").inputs(recorded) == {} and files.inputs(recorded) == files.inputs() != {}
    for one in (files, BenchmarkFiles(pattern="none")):
        one.refuse_forgotten(one.inputs(recorded))
    BenchmarkFiles().refuse_forgotten({})
    with pytest.raises(BadInput, match="TIERLINE_BENCHMARKS: is not set"):
        BenchmarkFiles().refuse_forgotten({"benchmarks/all": "abc"})


def test_what_is_searched_is_described_in_numbers(files):
    found = files.describe(RULES)
    assert found["benchmarks"] == "sums, tiny" and found["questions_too_short_to_match"] == 1
    assert found["benchmark_ngrams"] == len(files.index(RULES)) > 0


def test_the_index_is_built_once_while_files_and_rules_stay(files, tmp_path):
    first = files.index(RULES)
    assert files.index(RULES) is first
    before = files.inputs()
    (tmp_path / "more.jsonl").write_text(json.dumps({"question": QUESTION.replace("ferryman", "miller"), "answer": "x"}) + "\n")
    assert files.index(RULES) is not first and len(files.index(RULES)) > len(first)
    assert set(before) == set(files.inputs()) == {"benchmarks/all"} and before != files.inputs()


def test_a_pattern_that_names_nothing_is_one_line(tmp_path):
    with pytest.raises(BadInput, match=r"no benchmark file matches; TIERLINE_BENCHMARKS names files of questions"):
        BenchmarkFiles(pattern=str(tmp_path / "absent" / "*.jsonl")).inputs()
