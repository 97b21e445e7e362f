"""A batch of calls: an id for each distinct question, and rows that account for every token and second of it."""

import io
import json
import math
import os
import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.llm.batch import KINDS, Batch, answer, call_id, canonical, value_of
from tierline.llm.model import Choice, Completion, Likelihood, Prompt, Representation
from tierline.llm.prices import Price
from tierline.tables.records import CALLS

BOOKED = {"stage": "l2_scores", "activity_id": "act", "shard": "s"}


class Scripted:
    """Answers what it is told to, and keeps what it was asked."""

    model_id, weights_sha256, engine = "m", "0" * 64, "fake"

    def __init__(self, *values):
        self.values = list(values)

    def generate(self, prompts, sampling):
        self.asked = prompts, sampling
        return self.values

    def choose(self, prompts, choices):
        self.asked = prompts, choices
        return self.values

    def likelihood(self, texts, max_tokens):
        self.asked = texts, max_tokens
        return self.values

    represent = likelihood


def ask(model, kind: str, *requests: dict, price: Price | None = None) -> list[dict]:
    with tempfile.TemporaryFile() as journal:
        rows = answer(model, Batch(kind, {f"c{number}": one for number, one in enumerate(requests)}, price or Price(), BOOKED), journal)
        journal.seek(0)
        assert [json.loads(line.split(b" ", 1)[1]) for line in journal] == rows
    assert all(set(row) == set(CALLS.names) for row in rows)
    return rows


GENERATE = {"prompt": {"user": "u", "system": "s", "prefill": ""}, "sampling": {"max_tokens": 5, "stop": ["\n"]}}


def test_requests_reach_the_model_as_its_own_types():
    model = Scripted(Completion("a", 3, 2, "stop"))
    ask(model, "generate", GENERATE)
    prompts, sampling = model.asked
    assert prompts == [Prompt("u", "s")] and sampling.stop == ("\n",) and hash(sampling) is not None
    model = Scripted(Choice((-0.5, -1.0), 3))
    ask(model, "choose", {"prompt": {"user": "u"}, "choices": ["A", "B"]})
    assert model.asked == ([Prompt("u")], ("A", "B"))


@pytest.mark.parametrize(
    ("kind", "request_", "value", "tokens"),
    [
        ("generate", GENERATE, Completion("a", 3, 2, "stop"), (3, 2)),
        ("generate", GENERATE, Completion("", 0, 0, "error", "broken"), (0, 0)),
        ("choose", {"prompt": {"user": "u"}, "choices": ["A"]}, Choice((-0.5,), 7), (7, 1)),
        ("choose", {"prompt": {"user": "u"}, "choices": ["A"]}, Choice((), 0, "error", "broken"), (0, 0)),
        ("represent", {"text": "a b", "max_tokens": 9, "depth": 0.5}, Representation((1.0,), 4), (4, 0)),
        ("likelihood", {"text": "one two three", "max_tokens": 2}, Likelihood(-6.0, 1), (2, 0)),
        ("likelihood", {"text": "one", "max_tokens": 99}, Likelihood(-6.0, 1), (1, 0)),
        ("likelihood", {"text": "one", "max_tokens": 99}, Likelihood(0.0, 0, "broken"), (0, 0)),
    ],
)
def test_tokens_are_counted_as_each_kind_reads_and_writes_them(kind, request_, value, tokens):
    (row,) = ask(Scripted(value), kind, request_)
    assert (row["prompt_tokens"], row["output_tokens"]) == tokens
    assert row["state"] == ("error" if value.error else "ok") and row["stage"] == "l2_scores"
    assert value_of(kind, row["response"]) == value


def test_the_time_of_a_batch_is_shared_by_tokens_and_the_money_follows():
    rows = ask(Scripted(Completion("a", 30, 10, "stop"), Completion("b", 10, 0, "stop")), "generate", GENERATE, GENERATE)
    assert rows[0]["seconds"] == pytest.approx(4 * rows[1]["seconds"]) and rows[1]["seconds"] > 0
    priced = ask(Scripted(Completion("a", 30, 10, "stop")), "generate", GENERATE, price=Price(1e6, 2e6, 3600.0))
    assert priced[0]["money"] == pytest.approx(30 + 20 + priced[0]["seconds"])


def test_a_model_that_answers_fewer_questions_than_asked_is_an_error():
    with pytest.raises(ValueError):
        ask(Scripted(Completion("a", 1, 1, "stop")), "generate", GENERATE, GENERATE)


def test_rows_are_on_disk_when_they_are_returned(tmp_path, monkeypatch):
    order = []
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: order.append(os.fstat(handle).st_size) or sync(handle))
    with (tmp_path / "j").open("ab") as journal:
        answer(Scripted(Completion("a", 1, 1, "stop")), Batch("generate", {"c": GENERATE}, Price(), BOOKED), journal)
        assert order == [(tmp_path / "j").stat().st_size] and order[0] > 0
    with pytest.raises((OSError, io.UnsupportedOperation)):
        answer(Scripted(Completion("a", 1, 1, "stop")), Batch("generate", {"c": GENERATE}, Price(), BOOKED), io.BytesIO())


REQUESTS = st.dictionaries(st.sampled_from(["text", "max_tokens", "x"]), st.text(max_size=3) | st.integers(0, 9), max_size=3)


@given(REQUESTS, REQUESTS)
def test_two_questions_have_one_id_exactly_if_they_are_the_same(one, other):
    assert (call_id("w", "generate", one) == call_id("w", "generate", other)) == (one == other)
    assert call_id("w", "generate", one) == call_id("w", "generate", dict(reversed(one.items())))
    assert canonical(one) == canonical(json.loads(canonical(one)))


def test_an_id_depends_on_weights_kind_and_every_part_of_the_request():
    base = ("w", "generate", GENERATE)
    others = [
        ("v", "generate", GENERATE),
        ("w", "choose", GENERATE),
        ("w", "generate", GENERATE | {"sampling": GENERATE["sampling"] | {"max_tokens": 6}}),
        ("w", "generate", GENERATE | {"prompt": GENERATE["prompt"] | {"user": "U"}}),
    ]
    assert len({call_id(*base), *(call_id(*other) for other in others)}) == 5 and call_id(*base).startswith("call_")


@pytest.mark.parametrize(
    "value",
    [
        Completion("é\n", 1, 2, "length", "", (-0.5, -1.25), 3),
        Choice((-math.inf, -0.5), 2, "stop", "", "A"),
        Likelihood(-1.5, 2),
        Representation((0.25, -1.0), 2),
    ],
)
def test_an_answer_survives_its_row(value):
    (kind,) = [name for name, known in KINDS.items() if known is type(value)]
    request = GENERATE if kind == "generate" else {"prompt": {"user": "u"}, "choices": ["A"], "text": "t", "max_tokens": 1}
    (row,) = ask(Scripted(value), kind, request)
    assert value_of(kind, row["response"]) == value
