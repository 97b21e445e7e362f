"""Answers are asked for once, kept word for word, and a failure is never an answer."""

import pytest

from tierline.llm import CachedModelClient, CallStore, Choice, Completion, Likelihood, Price, Prompt, Representation, Sampling
from tierline.tables.records import CALLS


class FaultyModel:
    """Injects faults: fails on prompts that say so, and counts what it is asked."""

    model_id, weights_sha256, engine = "faulty", "0" * 64, "fake"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def generate(self, prompts, sampling):
        self.asked += [prompt.user for prompt in prompts]
        return [
            Completion("", 0, 0, "error", "broken") if "fail" in prompt.user else Completion(prompt.user[::-1], 3, 2, "stop")
            for prompt in prompts
        ]

    def choose(self, prompts, choices):
        return [Choice((-0.5, float("-inf")), 3) for _ in prompts]

    def likelihood(self, texts, max_tokens):
        return [Likelihood(-6.0, 2) for _ in texts]

    def represent(self, texts, max_tokens):
        return [Representation((0.25, -1.5), 2) for _ in texts]


def ask(lake, model, *texts, **given):
    with CachedModelClient(model, CallStore(lake, "s"), **given) as client:
        return client, client.generate([Prompt(text) for text in texts], Sampling())


def calls(lake) -> list[dict]:
    return lake.delta.read("llm_calls", CALLS).to_pylist()


def test_answers_come_in_order_and_equal_questions_are_asked_once(lake):
    model = FaultyModel()
    client, answers = ask(lake, model, "ab", "cd", "ab")
    assert [answer.value.text for answer in answers] == ["ba", "dc", "ba"] and model.asked == ["ab", "cd"]
    assert answers[0].call_id == answers[2].call_id
    assert (client.cost.model_calls, client.cost.stored_calls) == (2, 1)


def test_a_rerun_asks_only_what_is_new(lake):
    ask(lake, FaultyModel(), "ab", "cd")
    model = FaultyModel()
    client, _ = ask(lake, model, "ab", "changed", "cd")
    assert model.asked == ["changed"] and client.cost.stored_calls == 2
    other = FaultyModel()
    other.weights_sha256 = "1" * 64
    ask(lake, other, "ab", "cd")
    assert other.asked == ["ab", "cd"], "another model is another question"


def test_a_failure_is_a_state_which_is_asked_again_until_it_has_failed_thrice(lake):
    asked = []
    for _ in range(4):
        model = FaultyModel()
        _, (good, failed) = ask(lake, model, "ab", "fail")
        asked.append(model.asked)
        assert good.value.text == "ba" and failed.value.finish == "error" and failed.value.error == "broken"
    assert asked == [["ab", "fail"], ["fail"], ["fail"], []]
    assert [row["state"] for row in calls(lake)].count("error") == 3
    assert {row["attempts"] for row in calls(lake)} == {1}


def test_infinite_and_tuple_values_survive_the_store(lake):
    for _ in range(2):
        with CachedModelClient(FaultyModel(), CallStore(lake, "s")) as client:
            (choice,), (likely,) = client.choose([Prompt("x")], ("A", "B")), client.likelihood(["text"], 5)
            assert choice.value.log_probabilities == (-0.5, float("-inf")) and likely.value.tokens == 2
            assert client.represent(["text"], 5)[0].value.vector == (0.25, -1.5)


def test_every_call_is_booked_with_tokens_seconds_and_money_on_its_activity(lake):
    price = Price(prompt_per_million=1e6, output_per_million=2e6, per_accelerator_hour=3600.0)
    with CachedModelClient(FaultyModel(), CallStore(lake, "s"), price) as client:
        activity = client.begin("l3_refined", (), {}, "prompt")
        client.generate([Prompt("ab"), Prompt("fail")], Sampling())
    rows = {row["state"]: row for row in calls(lake)}
    assert (rows["ok"]["prompt_tokens"], rows["ok"]["output_tokens"]) == (3, 2)
    assert rows["ok"]["money"] == pytest.approx(3 + 4 + rows["ok"]["seconds"]) and rows["error"]["money"] == 0
    assert client.cost.money == pytest.approx(rows["ok"]["money"]) and client.cost.model_seconds == pytest.approx(rows["ok"]["seconds"])
    assert {(row["stage"], row["activity_id"], row["shard"]) for row in rows.values()} == {("l3_refined", activity.activity_id, "s")}
    assert (activity.model_id, activity.prompt_sha256) == ("faulty", "prompt")


def test_a_batch_that_counted_no_tokens_shares_its_seconds_evenly(lake):
    ask(lake, FaultyModel(), "fail", "fail too")
    one, other = calls(lake)
    assert one["seconds"] == other["seconds"] > 0
