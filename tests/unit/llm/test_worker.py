"""The model in a process of its own answers like the one in this process, and its end is told in one line."""

import os
import signal
import threading

import pytest

import resources.models
from resources.models import LanguageModels
from tierline.config.recipe import Recipe
from tierline.errors import BadInput, ModelLost
from tierline.llm import CachedModelClient, CallStore, ModelProcess, ModelSettings, Prompt, Sampling, open_model
from tierline.tables.records import CALLS

PROMPTS = [Prompt("Is fire hot?\nA. Yes\nB. No", prefill="The answer is"), Prompt("Is ice hot?\nA. Yes\nB. No", prefill="The answer is")]
NO_RECIPE = Recipe({}, "none")


@pytest.fixture(scope="module")
def model():
    hosted = ModelProcess(ModelSettings(slots=1))
    yield hosted
    hosted.close()


@pytest.fixture(scope="module")
def own():
    return open_model(ModelSettings(slots=1))


def test_it_answers_every_kind_as_the_model_itself(model, own, lake):
    assert (model.model_id, model.weights_sha256, model.engine) == (own.model_id, own.weights_sha256, own.engine)
    with CachedModelClient(model, CallStore(lake, "s")) as client:
        assert [answer.value for answer in client.choose(PROMPTS, ("A", "B"))] == own.choose(PROMPTS, ("A", "B"))
        sampling = Sampling(max_tokens=4, stop=("\n",))
        assert client.generate(PROMPTS[:1], sampling)[0].value.text == own.generate(PROMPTS[:1], sampling)[0].text
        (likely,) = client.likelihood(["The bridge was built over the river to the old harbour."], 64)
        (vector,) = client.represent(["The bridge was built over the river."], 64)
    assert likely.value.tokens and not likely.value.error and len(vector.value.vector) == 576
    assert lake.delta.read("llm_calls", CALLS).num_rows == 5


def test_a_model_that_cannot_be_opened_is_refused_as_ever():
    with pytest.raises(BadInput, match=r"nowhere\.gguf: no such model file; set TIERLINE_MODEL"):
        ModelProcess(ModelSettings(model="nowhere.gguf"))


def test_it_is_loaded_only_when_something_has_to_be_asked(model, lake):
    with CachedModelClient(model, CallStore(lake, "s")) as client:
        first = client.choose(PROMPTS, ("A", "B"))
    models = LanguageModels(slots=1)
    resources.models._held.clear()
    with models.session(lake, "s", NO_RECIPE) as client:
        (held,) = resources.models._held.values()
        assert client.card("").model_id == model.model_id and client.choose(PROMPTS, ("A", "B")) == first
        assert held.alive and held._started is None
        client.choose(PROMPTS[:1], ("B", "C"))
        assert held.alive and held._started is not None


def test_a_step_that_was_interrupted_leaves_no_answer_for_the_next(model, own, lake, monkeypatch):
    with CachedModelClient(model, CallStore(lake, "s")) as client:
        with monkeypatch.context() as patch:
            patch.setattr("tierline.llm.worker._receive", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                client.choose(PROMPTS[:1], ("A", "B"))
        (answer,) = client.choose(PROMPTS[1:], ("A", "B"))
    assert [answer.value] == own.choose(PROMPTS[1:], ("A", "B"))


def test_when_its_process_ends_the_run_is_told_and_the_next_step_has_another(lake):
    models = LanguageModels(slots=1)
    with models.session(lake, "s", NO_RECIPE) as client:
        client.choose(PROMPTS[:1], ("A", "B"))
        os.kill(client._model._started._process.pid, signal.SIGKILL)
        with pytest.raises(ModelLost, match=r"language model: the model's process has ended .*; run again"):
            client.choose(PROMPTS, ("A", "B"))
    with models.session(lake, "s", NO_RECIPE) as client:
        assert all(answer.value.text for answer in client.choose(PROMPTS, ("A", "B")))


def test_a_model_that_is_killed_amid_a_batch_is_named_and_a_rerun_gives_equal_answers(own, lake):
    prompts = [Prompt(f"Name a river of {place}.") for place in ("Spain", "France", "Italy")]
    sampling = Sampling(max_tokens=4)
    first = ModelProcess(ModelSettings(slots=1))
    with CachedModelClient(first, CallStore(lake, "s")) as client:
        kept = client.generate(prompts[:2], sampling)
        timer = threading.Timer(0.2, os.kill, (first._started._process.pid, signal.SIGKILL))
        timer.start()
        with pytest.raises(ModelLost, match=r"language model: the model's process has ended .*; run again") as raised:
            client.generate([Prompt(f"Tell a story of {number}.") for number in range(16)], Sampling(256))
        timer.join()
    assert "\n" not in str(raised.value)
    again = ModelProcess(ModelSettings(slots=1))
    with CachedModelClient(again, CallStore(lake, "s")) as client:
        answers = client.generate(prompts, sampling)
        assert client.cost.stored_calls == 2 and answers[:2] == kept
    again.close()
    assert [answer.value.text for answer in answers] == [completion.text for completion in own.generate(prompts, sampling)]
