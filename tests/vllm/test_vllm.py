"""vLLM for real, in process and served, beside llama.cpp: the same model answers alike. Run from .venv-vllm (`make vllm`)."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tierline.llm import ModelSettings, Prompt, Sampling, open_model
from tierline.llm.endpoint import Endpoint

MODEL = Path(__file__).parents[2] / ".venv-vllm" / "smollm2"
FORM = {"context": 1024, "dtype": "float32", "eager": True}
SCHEMA = '{"type":"object","properties":{"year":{"type":"integer"}},"required":["year"]}'
BRIDGE = "The bridge was built in 1894 by two engineers and carries the railway over the river to the old harbour."
PROMPTS = [
    Prompt("Is fire hot?\nA. Yes\nB. No", prefill="The answer is"),
    Prompt("Is ice hot?\nA. Yes\nB. No", prefill="The answer is"),
    Prompt("Is the sky blue?\nA. Yes\nB. No"),
    Prompt("Can stones swim?\nA. No\nB. Yes", system="Answer with one letter."),
]


@pytest.fixture(scope="module", autouse=True)
def settings_of_a_small_machine():
    os.environ |= {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_LOGGING_LEVEL": "ERROR", "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}


@pytest.fixture(scope="module")
def embedded():
    return open_model(ModelSettings(context=1024))


@pytest.fixture(scope="module")
def model():
    model = open_model(ModelSettings("vllm", str(MODEL), **FORM))
    yield model
    model.close()


@pytest.fixture(scope="module")
def served(model):
    """`vllm serve` on a free port of this machine; the engine in process has been asked before it starts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(MODEL), "--served-model-name", "smollm2"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--dtype", "float32", "--enforce-eager", "--max-model-len", "1024"]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            assert process.poll() is None, "vllm serve ended"
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.5)
        yield Endpoint(f"http://127.0.0.1:{port}/v1", "", "", 4)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def agree(one, other):
    """The same choice, by nearly the same probabilities (4-bit weights, read by kernels that round in different ways)."""
    assert [answer.text for answer in one] == [answer.text for answer in other]
    np.testing.assert_allclose([answer.log_probabilities for answer in one], [answer.log_probabilities for answer in other], atol=0.5)


def test_choices_agree_with_llama_cpp(model, embedded):
    agree(model.choose(PROMPTS, ("A", "B")), embedded.choose(PROMPTS, ("A", "B")))


def test_a_choice_is_what_the_engine_says_when_it_may_say_nothing_else(model):
    """vLLM's own structured outputs, which take the other tokens' probability away, end at the same choice."""
    chosen = [choice.text for choice in model.choose(PROMPTS, ("A", "B"))]
    parameters = model._vllm.sampling_params.StructuredOutputsParams(choice=["A", "B", " A", " B"])
    options = model._vllm.SamplingParams(max_tokens=2, temperature=0.0, structured_outputs=parameters)
    bound = model._llm.generate([model._rendered(prompt) for prompt in PROMPTS], options, use_tqdm=False)
    assert [output.outputs[0].text.strip() for output in bound] == chosen


def test_choices_of_several_tokens_have_probabilities_or_are_refused(model):
    (choice,) = model.choose([Prompt("Is fire hot?")], ("certainly not", "excellent question"))
    assert all(-40 < value < 0 for value in choice.log_probabilities) and choice.text
    (refused,) = model.choose([Prompt("Is fire hot?")], ("very good", "very bad"))
    assert refused.finish == "error" and "begin with the same token" in refused.error


def test_greedy_text_carries_a_probability_for_each_token(model, embedded):
    sampling = Sampling(max_tokens=8)
    for engine in (model, embedded):
        (answer,) = engine.generate([Prompt("What is the capital of France? Answer with one word.")], sampling)
        assert "Paris" in answer.text and len(answer.log_probabilities) >= answer.output_tokens - 1
        assert all(value <= 0 for value in answer.log_probabilities)


def test_a_schema_binds_the_answer(model):
    (answer,) = model.generate([Prompt(f"{BRIDGE} When was it built?")], Sampling(max_tokens=40, json_schema=SCHEMA))
    assert answer.text.strip().startswith("{") and '"year"' in answer.text


def test_what_does_not_fit_is_a_state_and_leaves_the_others_answered(model):
    long, short = model.generate([Prompt("word " * 3000), Prompt("Hello")], Sampling(max_tokens=4))
    assert long.finish == "error" and "context of 1024" in long.error and short.text and not short.error
    none, some = model.likelihood(["", BRIDGE], 64)
    assert none.error and some.tokens > 10


def test_representations_are_those_of_llama_cpp(model, embedded):
    texts = [BRIDGE, "Buy now!!! cheap watches, best price", "Der Fluss trägt im Frühjahr viel Wasser."]
    ours, theirs = model.represent(texts, 64), embedded.represent(texts, 64)
    assert [one.tokens for one in ours] == [one.tokens for one in theirs]
    for one, other in zip(ours, theirs, strict=True):
        a, b = np.array(one.vector), np.array(other.vector)
        assert a @ b / np.linalg.norm(a) / np.linalg.norm(b) > 0.99 and 0.9 < np.linalg.norm(a) / np.linalg.norm(b) < 1.1


def test_the_served_model_answers_as_the_one_in_process(model, served):
    assert served.model_id == "smollm2"
    agree(served.choose(PROMPTS, ("A", "B")), model.choose(PROMPTS, ("A", "B")))
    (own,), (other,) = (
        engine.generate([Prompt("Name a color.", prefill="A color is")], Sampling(max_tokens=6)) for engine in (model, served)
    )
    assert own.text == other.text and len(other.log_probabilities) == other.output_tokens and not other.error


def test_a_served_model_tells_the_likelihood_of_a_text(model, served):
    (own,), (other,) = model.likelihood([BRIDGE], 64), served.likelihood([BRIDGE], 64)
    assert own.tokens == other.tokens and abs(own.log_probability - other.log_probability) < 0.5


def test_a_served_answer_follows_a_schema_and_choices_unlike_any_likely_word(served):
    (answer,) = served.generate([Prompt(f"{BRIDGE} When was it built?")], Sampling(max_tokens=40, json_schema=SCHEMA))
    assert '"year"' in answer.text and not answer.error
    (choice,) = served.choose([Prompt("Is fire hot?")], ("zebra", "quartz"))
    assert choice.text in ("zebra", "quartz"), "bound to the choices where none is among the likeliest words"
