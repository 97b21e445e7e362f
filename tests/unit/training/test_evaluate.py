"""Scores are what they say: of models that guess, that know, and whatever batch a text is in."""

import gzip
import json
import math

import numpy as np
import pytest
import torch

from tests.unit.training.corpus_rows import METALS, made_rows
from tests.unit.training.test_arms import RECIPE
from tierline.errors import BadInput
from tierline.training.corpus import part_corpus
from tierline.training.evaluate import Span, accuracies, bits_per_byte, held_out, log_probabilities, thinned
from tierline.training.model import Decoder
from tierline.training.questions import Question, chance, cloze_questions, read_questions
from tierline.training.recipe import Measuring, ModelShape
from tierline.training.tokenizer import encode, load_tokenizer, train_tokenizer

SHAPE = ModelShape(width=32, layers=1, heads=2, hidden=88, vocabulary=450, context=16)
ROWS = made_rows()
CORPUS = part_corpus(ROWS, RECIPE)
TOKENIZER = train_tokenizer(CORPUS.training["text"].to_pylist(), SHAPE.vocabulary)


def guesser() -> Decoder:
    """Every token is as probable as any other."""
    model = Decoder(SHAPE, 0)
    torch.nn.init.zeros_(model.model.norm.weight)
    return model


def test_bits_per_byte_of_a_guesser_is_tokens_times_its_surprise_over_bytes():
    heldout = held_out(CORPUS, TOKENIZER, SHAPE.context, Measuring(tokens_per_document=1_000))
    scores = bits_per_byte(guesser(), heldout)
    for domain in CORPUS.domains:
        rows = [row for row, best in zip(CORPUS.heldout.to_pylist(), CORPUS.heldout_best, strict=True) if row["domain"] == domain and best]
        tokens = sum(map(len, encode(TOKENIZER, [row["text"] for row in rows])))
        size = sum(len(row["text"].encode()) for row in rows)
        assert scores[f"domain:{domain}"] == pytest.approx(tokens * math.log2(SHAPE.vocabulary) / size, rel=1e-5)
    domains = [score for name, score in scores.items() if name.startswith("domain:")]
    assert scores["bits_per_byte"] == pytest.approx(np.mean(domains))


def test_a_thinned_set_measures_some_rows_of_every_domain():
    heldout = held_out(CORPUS, TOKENIZER, SHAPE.context, Measuring())
    few = thinned(heldout, 0.2)
    assert set(few.parts) == {name for name in heldout.parts if name.startswith("domain:")}
    assert len(few.bytes_of_row) < len(heldout.bytes_of_row)
    assert bits_per_byte(Decoder(SHAPE, 1), few)["bits_per_byte"] > 0


def test_a_texts_probability_does_not_depend_on_its_batch():
    model, draw = Decoder(SHAPE, 1), np.random.default_rng(0)
    spans = [Span(draw.integers(0, 450, length).astype(np.uint16), start) for length, start in ((17, 1), (5, 3), (9, 8), (2, 1))]
    together = log_probabilities(model, spans)
    assert together == pytest.approx([log_probabilities(model, [span])[0] for span in spans], rel=1e-5)


def test_accuracy_is_the_share_of_right_answers_and_chance_the_share_by_guessing():
    questions = [Question("metals", f"the oar of house {n} is made of", tuple(METALS[:4]), n % 4) for n in range(8)]
    assert 0 <= accuracies(Decoder(SHAPE, 0), TOKENIZER, questions)["metals"] <= 1
    assert chance([*questions, Question("two", "?", ("a", "b"), 0)]) == pytest.approx((8 * 0.25 + 0.5) / 9)

    class Knows(Decoder):
        def forward(self, tokens):
            logits = torch.zeros(*tokens.shape, SHAPE.vocabulary)
            logits[..., encode(TOKENIZER, [" copper"])[0][0]] = 50.0
            return logits

    asked = [Question("metals", "made of", ("tin", "copper", "lead"), gold) for gold in (1, 1, 0, 1)]
    assert accuracies(Knows(SHAPE, 0), TOKENIZER, asked) == {"metals": 0.75}


def test_cloze_questions_ask_for_the_object_of_held_out_facts():
    questions = cloze_questions(CORPUS.heldout, ROWS, 100, 4, 0)
    held = {row["text"] for row in CORPUS.heldout.to_pylist() if row["tier"] == "L4"}
    assert len(questions) == len(held)
    for question in questions:
        assert f"{question.prompt} {question.choices[question.gold]}." in held
        assert len(set(question.choices)) == 4 and set(question.choices) <= set(METALS)
    assert questions == cloze_questions(CORPUS.heldout, ROWS, 100, 4, 0)
    assert not cloze_questions(CORPUS.heldout, ROWS, 100, len(METALS) + 1, 0)


def test_the_forms_of_benchmark_files_are_read(tmp_path):
    forms = {
        "mmlu": {"question": "Two and two?", "choices": ["3", "4"], "answer": 1},
        "arc": {"query": "Question: Why?", "choices": ["so", "thus"], "gold": 0},
        "hellaswag": {"ctx": "He rows", "endings": ["ashore.", "a moon.", "tin."], "answer": 0},
        "truthfulqa": {"Question": "Do moths read?", "Best Answer": "No", "Incorrect Answers": "Yes; Only at night"},
        "letters": {"question": "Which?", "options": ["x", "y"], "answer": "B"},
    }
    for name, form in forms.items():
        (tmp_path / f"{name}.jsonl.gz").write_bytes(gzip.compress(json.dumps(form).encode() + b"\n"))
    found = {one.set: one for one in read_questions(tmp_path, list(forms), 10, 0)}
    assert [(found[name].choices[found[name].gold], len(found[name].choices)) for name in forms] == [
        ("4", 2),
        ("so", 2),
        ("ashore.", 3),
        ("No", 3),
        ("y", 2),
    ]


def test_a_missing_benchmark_file_and_a_broken_line_are_named(tmp_path):
    with pytest.raises(BadInput, match=r"no benchmark file arc\.jsonl\.gz"):
        read_questions(tmp_path, ["arc"], 10, 0)
    (tmp_path / "arc.jsonl").write_text('{"query": "Why?", "choices": ["so"], "gold": 3}\n')
    with pytest.raises(BadInput, match=r"arc\.jsonl, line 1: no multiple-choice question"):
        read_questions(tmp_path, ["arc"], 10, 0)


def test_the_tokenizer_is_the_same_for_the_same_texts_and_loses_nothing(tmp_path):
    again = train_tokenizer(CORPUS.training["text"].to_pylist(), SHAPE.vocabulary)
    assert again.to_str() == TOKENIZER.to_str()
    TOKENIZER.save(str(tmp_path / "tokenizer.json"))
    text = "Ärger über 漢字 \n\n\tand 🦋 tabs"
    assert load_tokenizer(tmp_path / "tokenizer.json").decode(encode(TOKENIZER, [text])[0].tolist()) == text
    with pytest.raises(BadInput, match=r"set model\.vocabulary lower"):
        train_tokenizer(["a b"], 450)
