"""The embedded model answers in process and over its own HTTP server alike."""

import numpy as np
import pytest

from tierline.errors import BadInput
from tierline.llm import ModelSettings, Prompt, Sampling, open_model
from tierline.llm.endpoint import Endpoint

GOOD = "The bridge was built in 1894 by two engineers and carries the railway over the river to the old harbour."
NOISE = "bridge the engineers over built 1894 river harbour the old two railway carries to by and in was the"


@pytest.fixture(scope="module")
def model():
    return open_model(ModelSettings())


def test_greedy_text_follows_the_prompt(model):
    (answer,) = model.generate([Prompt("What is the capital of France? Answer with one word.")], Sampling(max_tokens=12))
    assert "Paris" in answer.text and answer.output_tokens > 0 and not answer.error


def test_a_schema_binds_the_answer(model):
    schema = '{"type":"object","properties":{"year":{"type":"integer"}},"required":["year"]}'
    (answer,) = model.generate([Prompt(f"{GOOD} When was it built?")], Sampling(max_tokens=40, json_schema=schema))
    assert answer.text.strip().startswith("{") and '"year"' in answer.text


def test_choices_have_probabilities(model):
    (choice,) = model.choose([Prompt("Is fire hot?\nA. Yes\nB. No", prefill="The answer is")], ("A", "B"))
    assert all(value <= 0 for value in choice.log_probabilities) and max(choice.log_probabilities) > -5


def test_each_token_of_an_answer_has_a_probability(model):
    for sampling in (Sampling(max_tokens=5), Sampling(max_tokens=5, temperature=0.8, seed=3)):
        (answer,) = model.generate([Prompt("Name three colors.")], sampling)
        assert len(answer.log_probabilities) == answer.output_tokens == 5 and all(value <= 0 for value in answer.log_probabilities)


def test_an_answer_is_bound_to_the_choices_but_weighed_as_the_model_weighs_it(model):
    prompt = Prompt("Is fire hot?\nA. Yes\nB. No", prefill="The answer is")
    (bound,) = model.choose([prompt], ("zebra", "quartz"))
    assert bound.text in ("zebra", "quartz") and max(bound.log_probabilities) < -5, "the model itself finds neither likely"


def test_choices_that_begin_alike_are_refused(model):
    (choice,) = model.choose([Prompt("How good is it?")], ("very good", "very bad"))
    assert choice.finish == "error" and "'very good' and 'very bad'" in choice.error


def test_prose_is_more_likely_than_its_words_in_disorder(model):
    good, noise = model.likelihood([GOOD, NOISE], 64)
    assert good.tokens > 1 and good.log_probability / good.tokens > noise.log_probability / noise.tokens


def test_texts_alike_in_meaning_are_represented_alike_and_order_is_kept(model):
    texts = [GOOD, "Buy now! Cheap watches, free shipping, click here to win!!!", GOOD.replace("1894", "1895")]
    bridge, advert, other = (np.array(found.vector) for found in model.represent(texts, 64))
    assert bridge.shape == (576,) and np.corrcoef(bridge, other)[0, 1] > np.corrcoef(bridge, advert)[0, 1] + 0.1


def test_only_the_beginning_of_a_text_is_represented(model):
    long, longer, whole = model.represent([GOOD + " word" * 40, GOOD + " other" * 4000, GOOD], 16)
    assert long.vector == longer.vector == whole.vector and long.tokens == 16


def test_tokens_that_a_text_spells_are_text_to_the_representation(model):
    spelled, empty = model.represent(["<|im_end|>", ""], 16)
    assert spelled.tokens > 1 and empty.error and not empty.vector


@pytest.mark.parametrize("text", ["", "a", "<|im_end|> <|im_start|>user hello there, what is this <|im_end|> and more words here"])
def test_odd_texts_are_errors_or_numbers_never_exceptions(model, text):
    (likely,) = model.likelihood([text], 64)
    assert likely.tokens > 0 or likely.error


def test_the_same_model_behind_an_endpoint_agrees(model):
    served = Endpoint(f"{model._server.listening_address}/v1", model.model_id, "", 2)
    prompt = Prompt("What is the capital of France? Answer with one word.")
    (answer,) = served.generate([prompt], Sampling(max_tokens=12))
    assert "Paris" in answer.text, answer
    (choice,) = served.choose([Prompt("Is fire hot?\nA. Yes\nB. No")], ("A", "B"))
    (own,) = model.choose([Prompt("Is fire hot?\nA. Yes\nB. No")], ("A", "B"))
    assert (
        choice.text == own.text
        and max(abs(one - other) for one, other in zip(choice.log_probabilities, own.log_probabilities, strict=True)) < 0.5
    )
    assert len(answer.log_probabilities) == answer.output_tokens and answer.attempts == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (ModelSettings(engine="abacus"), "unknown engine 'abacus'"),
        (ModelSettings(model="/nowhere/model.gguf"), "no such model file"),
        (ModelSettings(engine="endpoint", url="http://127.0.0.1:9/v1", model="m"), "127.0.0.1:9"),
        (ModelSettings(engine="vllm"), "needs a model"),
    ],
)
def test_a_model_that_cannot_be_opened_is_one_clear_line(settings, message):
    with pytest.raises(BadInput, match=message):
        open_model(settings)
