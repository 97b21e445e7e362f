"""Scores are what they say: of models that guess, that know, and whatever batch a text is in."""

import gzip
import json
import lzma
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.unit.training.corpus_rows import made_rows
from tests.unit.training.test_arms import RECIPE
from tierline.errors import BadInput
from tierline.training.corpus import part_corpus
from tierline.training.evaluate import Span, lay_out, lay_out_texts, log_probabilities
from tierline.training.following import INSTRUCTION, TOKENS_MAX, answers, follows
from tierline.training.metric import combined, make_metric, read_outside
from tierline.training.model import Decoder
from tierline.training.questions import Question, chance, read_questions
from tierline.training.recipe import Measuring, ModelShape
from tierline.training.tokenizer import encode, load_tokenizer, train_tokenizer
from tierline.training.windows import END_ID

RULES = Measuring(works=("textbooks",), guard=("web",), questions=(), tokens_per_document=1_000)
SHAPE = ModelShape(width=32, layers=1, heads=2, hidden=88, vocabulary=450, context=64)
CORPUS = part_corpus(made_rows(), replace(RECIPE, measuring=RULES))
TOKENIZER = train_tokenizer(CORPUS.training["text"].to_pylist(), SHAPE.vocabulary)
METALS = ("iron", "copper", "tin", "lead")


def guesser() -> Decoder:
    """Every token is as probable as any other."""
    model = Decoder(SHAPE, 0)
    torch.nn.init.zeros_(model.model.norm.weight)
    return model


def metric_of(questions=(), outside=()):
    return make_metric(CORPUS, TOKENIZER, SHAPE.context, RULES, questions, outside)


def test_bits_per_byte_of_a_guesser_is_tokens_times_its_surprise_over_bytes():
    scores = metric_of().texts.bits_per_byte(guesser())
    for part, domain in (("works", "textbooks"), ("web:web", "web")):
        texts = [row["text"] for row in CORPUS.heldout.to_pylist() if row["domain"] == domain]
        tokens, size = sum(map(len, encode(TOKENIZER, texts))), sum(len(text.encode()) for text in texts)
        assert scores[part] == pytest.approx(tokens * math.log2(SHAPE.vocabulary) / size, rel=1e-5)


def test_k_is_the_mean_of_its_parts_and_the_web_stands_beside_it():
    asked = [Question("metals", f"what is the oar number {n} by the door made of", METALS, n % 4) for n in range(8)]
    outside = ["lighthouses lean on the horizon while gulls argue about tides and weather until night falls again " * 3]
    metric = metric_of(asked, outside)
    found = metric.measure(guesser(), TOKENIZER)
    scores = found["scores"]
    assert metric.parts == ("works", "outside", "answers")
    assert scores["K"] == pytest.approx(np.mean([scores[part] for part in metric.parts]))
    assert scores["web"] == scores["web:web"] and 0 <= scores["following"] <= 1
    assert {name: len(bits) for name, bits in found["bits"].items()} == {name: len(own) for name, own in metric.bytes_of_units.items()}
    right = encode(TOKENIZER, [" copper"])[0]
    assert found["bits"]["answers"][1] == pytest.approx(len(right) * math.log2(SHAPE.vocabulary), rel=1e-5)
    assert combined(found["bits"], metric.bytes_of_units)["K"] == scores["K"]
    assert metric.chances == {"accuracy:metals": 0.25} and scores["accuracy:metals"] in {n / 8 for n in range(9)}


def test_questions_and_texts_that_training_rows_have_are_left_out():
    copied = CORPUS.training["text"][0].as_py()
    asked = [Question("copied", copied, METALS, 0), Question("own", "which of the metals is the reddest of them all", METALS, 1)]
    metric = metric_of(asked, [copied, "no row of the whole corpus says anything that is like this sentence here"])
    assert [question.set for question in metric.questions] == ["own"] and metric.overlapping == {"works": 0, "outside": 1, "answers": 1}


def test_a_texts_probability_does_not_depend_on_its_batch():
    model, draw = Decoder(SHAPE, 1), np.random.default_rng(0)
    spans = [Span(draw.integers(0, 450, length).astype(np.uint16), start) for length, start in ((17, 1), (5, 3), (9, 8), (2, 1))]
    together = log_probabilities(model, lay_out(spans), len(spans))
    assert together == pytest.approx([log_probabilities(model, lay_out([span]), 1)[0] for span in spans], rel=1e-5)


def test_a_part_takes_no_more_tokens_than_it_may():
    texts = [row["text"] for row in CORPUS.heldout.to_pylist()]
    few = lay_out_texts({"all": texts}, TOKENIZER, 64, 20, 50)
    assert len(few.bytes_of_text) == 3 and len(few.text_of_span) == 3


def test_chance_is_the_share_by_guessing():
    assert chance([Question("m", "?", METALS, 0), Question("two", "?", ("a", "b"), 0)]) == pytest.approx(3 / 8)


@pytest.mark.parametrize(
    ("answer", "ended", "expected"),
    [
        ("The oar is of ash.", True, True),
        ("The oar is of ash.", False, False),
        ("", True, False),
        ("one\ntwo", True, False),
        ("no no no no", True, False),
        ("it is so and it was so", True, True),
        ("a b c d a b c d", True, False),
    ],
)
def test_an_answer_follows_if_it_ends_on_its_line_and_does_not_go_round_in_circles(answer, ended, expected):
    assert follows(answer, ended) is expected


def test_answers_are_the_most_probable_tokens_until_the_end():
    model = Decoder(SHAPE, 0)
    with torch.no_grad():
        model.model.norm.weight.zero_()  # all tokens alike: the first is the end
    assert answers(model, TOKENIZER, ["who rows", "who knocks at the door"]) == [("", True), ("", True)]
    said = answers(Decoder(SHAPE, 2), TOKENIZER, ["who rows", "who knocks", "who rows"])
    assert said[0] == said[2] and len(said) == 3
    whole = encode(TOKENIZER, [INSTRUCTION.format(prompt="who rows")])[0][-(SHAPE.context - TOKENS_MAX) :]
    tokens = torch.tensor([[END_ID, *whole.tolist()]])
    with torch.no_grad():
        for _ in range(min(TOKENS_MAX, SHAPE.context - tokens.shape[1])):
            tokens = torch.cat([tokens, Decoder(SHAPE, 2)(tokens)[:, -1].argmax(-1, keepdim=True)], 1)
    own = tokens[0, 1 + len(whole) :].tolist()
    assert said[0][0] == TOKENIZER.decode(own[: own.index(END_ID)] if END_ID in own else own)


def test_the_articles_of_the_source_outside_are_read(tmp_path):
    (tmp_path / "text").mkdir()
    body = "Lobsters walk slowly over the ground of the sea . " * 6
    text = f" \n = One = \n \n {body}\n = = Range = = \n {body}\n = Two = \n \n short\n = Three = \n \n {body}"
    (tmp_path / "text/wikitext2-valid.txt.xz").write_bytes(lzma.compress(text.encode()))
    found = read_outside(tmp_path)
    assert len(found) == 2 and "Range" in found[0] and read_outside(tmp_path / "none") == []
    (tmp_path / "text/wikitext2-valid.txt.xz").write_bytes(b"no")
    with pytest.raises(BadInput, match="cannot be read"):
        read_outside(tmp_path)


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
