"""A checkpoint in Hugging Face's layout, written as GGUF, means the same to llama.cpp as its formulas say."""

import json

import numpy as np
import pytest
from gguf import GGUFReader
from tokenizers import Tokenizer

from tests.unit.llm.tiny_checkpoint import (
    CONTEXT,
    EPSILON,
    HEADS,
    KEY_HEADS,
    LAYERS,
    TEXT,
    THETA,
    WIDTH,
    tiny_weights,
    write_tiny_checkpoint,
)
from tierline.errors import BadInput
from tierline.llm import ModelSettings, open_model
from tierline.llm.checkpoint import write_checkpoint
from tierline.llm.llamacpp import FIRST_POSITION, POSITION_STRIDE

STRANGE = "Größe  naïve 漢字 🙂 it's we'll\n\nnew\tline 12345"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return write_tiny_checkpoint(tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture(scope="module")
def model(checkpoint, tmp_path_factory):
    return open_model(ModelSettings(model=str(write_checkpoint(checkpoint, tmp_path_factory.mktemp("gguf"), 3)), context=256, slots=1))


def test_likelihood_is_what_the_formulas_give(checkpoint, model):
    tokens = Tokenizer.from_file(str(checkpoint / "tokenizer.json")).encode(TEXT).ids[: CONTEXT - 8]
    expected = _log_probabilities(tokens)[range(FIRST_POSITION, len(tokens), POSITION_STRIDE)]
    (found,) = model.likelihood([TEXT], CONTEXT)
    assert found.tokens == len(expected) and np.ptp(expected) > 1, "the model tells tokens apart"
    assert found.log_probability / found.tokens == pytest.approx(expected.mean(), abs=0.01)  # keys and values are kept in 16 bits


def test_texts_are_cut_into_the_tokens_that_the_model_was_trained_on(checkpoint, model):
    own = Tokenizer.from_file(str(checkpoint / "tokenizer.json"))
    assert [model._tokenize(text) for text in (TEXT, STRANGE)] == [own.encode(text).ids for text in (TEXT, STRANGE)]


def test_the_model_is_asked_no_further_than_it_was_trained(model):
    (found,) = model.likelihood([TEXT * 8], 256)
    assert found.tokens == len(range(FIRST_POSITION, CONTEXT - 8, POSITION_STRIDE)) and not found.error


def test_the_generation_is_part_of_the_models_id(checkpoint, model, tmp_path):
    assert model.model_id == "tierline-proxy-gen3"
    fields = GGUFReader(write_checkpoint(checkpoint, tmp_path, 4)).fields
    assert fields["general.name"].contents() == "tierline-proxy-gen4" and fields["tierline.generation"].contents() == 4
    assert json.loads(fields["tierline.about"].contents()) == {"arm": "tiered"}


def test_the_same_checkpoint_gives_the_same_file(checkpoint, model, tmp_path):
    once, again = (write_checkpoint(checkpoint, tmp_path / name, 1).read_bytes() for name in ("a", "b"))
    assert once == again


def test_what_is_no_such_checkpoint_is_one_clear_line(checkpoint, tmp_path):
    with pytest.raises(BadInput, match=r"config\.json"):
        write_checkpoint(tmp_path, tmp_path, 1)
    for name in ("model.safetensors", "tokenizer.json"):
        (tmp_path / name).write_bytes((checkpoint / name).read_bytes())
    config = json.loads((checkpoint / "config.json").read_text())
    for change, reason in (({"model_type": "gpt2"}, "no plain Llama model"), ({"vocab_size": 9}, "has 300 tokens, the model 9")):
        (tmp_path / "config.json").write_text(json.dumps(config | change))
        with pytest.raises(BadInput, match=reason):
            write_checkpoint(tmp_path, tmp_path / "out", 1)
    assert not list((tmp_path / "out").glob("*.gguf")), "nothing half-written bears the name of a model"


def _log_probabilities(tokens):
    """Of each token given those before it, by Llama's formulas in 64 bits (Touvron et al. 2023, section 2.2); NaN for the first."""
    weights = {name.removeprefix("model."): value.astype(np.float64) for name, value in tiny_weights().items()}
    state, length, size = weights["embed_tokens.weight"][tokens], len(tokens), WIDTH // HEADS
    angles = np.outer(np.arange(length), THETA ** (-np.arange(0, size, 2) / size))

    def norm(value, name):
        return value / np.sqrt((value**2).mean(-1, keepdims=True) + EPSILON) * weights[name]

    def rotate(value):
        left, right = np.split(value, 2, -1)
        cosine, sine = np.cos(angles), np.sin(angles)
        return np.concatenate([left * cosine - right * sine, right * cosine + left * sine], -1)

    for layer in (f"layers.{number}" for number in range(LAYERS)):
        seen = norm(state, f"{layer}.input_layernorm.weight")
        query, key, value = (
            (seen @ weights[f"{layer}.self_attn.{part}_proj.weight"].T).reshape(length, -1, size).swapaxes(0, 1) for part in "qkv"
        )
        key, value = (np.repeat(part, HEADS // KEY_HEADS, 0) for part in (rotate(key), value))
        scores = rotate(query) @ key.swapaxes(1, 2) / np.sqrt(size)
        scores = np.exp(np.where(np.tri(length, dtype=bool), scores, -np.inf))
        mixed = (scores / scores.sum(-1, keepdims=True) @ value).swapaxes(0, 1).reshape(length, WIDTH)
        state = state + mixed @ weights[f"{layer}.self_attn.o_proj.weight"].T
        seen = norm(state, f"{layer}.post_attention_layernorm.weight")
        gate, up = (seen @ weights[f"{layer}.mlp.{part}_proj.weight"].T for part in ("gate", "up"))
        state = state + (gate / (1 + np.exp(-gate)) * up) @ weights[f"{layer}.mlp.down_proj.weight"].T
    logits = norm(state, "norm.weight") @ weights["embed_tokens.weight"].T
    normed = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    return np.array([np.nan, *(normed[position, token] for position, token in enumerate(tokens[1:]))])
