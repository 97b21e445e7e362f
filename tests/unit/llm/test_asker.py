"""Answers are asked for once, kept word for word, and a failure is never an answer."""

from tierline.llm import CallStore, Choice, Completion, Likelihood, Prompt, Representation, Sampling, StoredAsker
from tierline.llm.store import CALLS


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


def ask(lake, model, *texts):
    asker = StoredAsker(model, CallStore(lake, "s"))
    return asker, asker.generate([Prompt(text) for text in texts], Sampling())


def test_answers_come_in_order_and_equal_questions_are_asked_once(lake):
    model = FaultyModel()
    asker, answers = ask(lake, model, "ab", "cd", "ab")
    assert [answer.value.text for answer in answers] == ["ba", "dc", "ba"] and model.asked == ["ab", "cd"]
    assert answers[0].call_id == answers[2].call_id
    assert (asker.cost.model_calls, asker.cost.stored_calls) == (2, 1)


def test_a_rerun_reads_the_store_and_asks_failed_calls_again(lake):
    ask(lake, FaultyModel(), "ab", "fail")
    model = FaultyModel()
    asker, answers = ask(lake, model, "ab", "fail")
    assert model.asked == ["fail"] and [answer.value.finish for answer in answers] == ["stop", "error"]
    assert asker.cost.stored_calls == 1
    assert lake.delta.read("llm_calls", CALLS).num_rows == 1, "a failure is not kept as an answer"


def test_infinite_and_tuple_values_survive_the_store(lake):
    for _ in range(2):
        asker = StoredAsker(FaultyModel(), CallStore(lake, "s"))
        (choice,), (likely,) = asker.choose([Prompt("x")], ("A", "B")), asker.likelihood(["text"], 5)
        assert choice.value.log_probabilities == (-0.5, float("-inf")) and likely.value.tokens == 2
        assert asker.represent(["text"], 5)[0].value.vector == (0.25, -1.5)
