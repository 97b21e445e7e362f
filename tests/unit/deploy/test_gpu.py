"""The check of a GPU tells another model from rounding, says in one line that there is no GPU, and writes the table of docs/models.md. It
runs here on the CPU: no GPU is at hand."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.gpu import check, questions
from deploy.gpu.questions import Answers, Gap, answers_of, ask, beyond, compare, digest
from tierline.llm import ModelSettings, open_model

ROOT = Path(__file__).parents[3]
STORED = json.loads(check.EXPECTED.read_text("utf-8"))
ANSWERS = answers_of(STORED["answers"]["llamacpp"])


def test_the_stored_answers_are_to_the_questions_that_are_asked():
    assert STORED["questions"] == digest()
    texts = len(questions.TEXTS)
    assert (len(ANSWERS.judged), len(ANSWERS.probed), len(ANSWERS.nats), len(ANSWERS.edits)) == (2 * texts, texts, texts, 2)


def test_equal_answers_have_no_gap_and_another_model_is_named():
    assert compare(ANSWERS, ANSWERS) == Gap(0.0, 0.0, 0.0, 1.0) and not beyond(compare(ANSWERS, ANSWERS))
    other = Answers(
        [-value for value in ANSWERS.judged], [1 - value for value in ANSWERS.probed], [value + 1 for value in ANSWERS.nats], ["x", "y"]
    )
    assert [line.partition(":")[0] for line in beyond(compare(other, ANSWERS))] == ["judged", "probed", "nats", "edits"]


def test_what_an_engine_does_not_give_or_measures_in_another_way_is_not_compared():
    served = check.expected_of(STORED["answers"], "llamacpp")
    assert served == ANSWERS and not check.expected_of({"llamacpp": STORED["answers"]["llamacpp"]}, "vllm").nats
    assert compare(replace(ANSWERS, probed=[]), ANSWERS).probed == 0.0


def test_without_a_gpu_it_is_one_line_and_status_2(capsys):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    assert check.main([]) == 2
    assert capsys.readouterr().err == "check: this machine: no GPU; run it where PyTorch sees one, or with --device cpu\n"


def test_rows_take_the_place_of_those_of_the_same_machine(tmp_path):
    page = tmp_path / "models.md"
    page.write_text(
        f"| model | engine | on | s |\n|---|---|---|---|\n| a | vllm | L4 | 1 |\n| b | vllm | L4 | 2 |\n\n{check.MARK}\n\nMore.\n"
    )
    check.write_rows(page, ["| a | vllm | L4 | 9 |", "| a | vllm | H100 | 3 |"])
    lines = page.read_text().splitlines()
    assert lines[2:] == ["| b | vllm | L4 | 2 |", "| a | vllm | L4 | 9 |", "| a | vllm | H100 | 3 |", "", check.MARK, "", "More."]
    assert check.MARK in check.PAGE.read_text("utf-8")


def test_the_bundled_model_answers_here_as_it_did_also_behind_a_server(monkeypatch):
    monkeypatch.setattr(questions, "TEXTS", (questions.TEXTS[0],))
    monkeypatch.setattr(questions, "EDITED", questions.EDITED[:1])
    settings = ModelSettings(context=check.CONTEXT, slots=2)
    with closing(open_model(settings)) as model:  # pyright: ignore
        answers = ask(model)
    with check.served(settings) as endpoint:
        served = ask(endpoint)
    stored = Answers(ANSWERS.judged[:2], ANSWERS.probed[:1], ANSWERS.nats[:1], ANSWERS.edits[:1])
    assert not beyond(compare(answers, stored)) and answers.probed and answers.nats
    assert not beyond(compare(served, stored)) and not served.probed and not served.nats, "llama.cpp's server tells of neither"
