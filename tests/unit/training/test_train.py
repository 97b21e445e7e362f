"""A run gives the same bits again, also when it was interrupted; its checkpoint is a model that others load."""

import numpy as np
import pytest
import torch

from tests.unit.training.corpus_rows import made_rows
from tests.unit.training.test_arms import ARMS, RECIPE, TIERS
from tierline.errors import BadInput
from tierline.training.arms import TIERED, make_plan, shared_steps
from tierline.training.checkpoint import State, export_model, load_state, save_state
from tierline.training.model import Decoder
from tierline.training.recipe import ModelShape
from tierline.training.tokenizer import encode, train_tokenizer
from tierline.training.train import train

SHAPE = ModelShape(width=32, layers=2, heads=2, hidden=88, vocabulary=450, context=8)
PLAN = make_plan(ARMS[TIERED], 0, TIERS, RECIPE)


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def bits(model: Decoder) -> list[bytes]:
    return [weights.detach().numpy().tobytes() for weights in model.parameters()]


def test_two_runs_give_the_same_bits_and_learn():
    one, other = (train(PLAN, TIERS, SHAPE, RECIPE.optimization) for _ in range(2))
    assert bits(one.model) == bits(other.model) and one.losses == other.losses
    assert np.mean(one.losses[-5:]) < one.losses[0] - 0.3


@pytest.mark.parametrize("stop", [1, 13, 39])
def test_a_run_that_was_interrupted_goes_on_bit_for_bit(tmp_path, stop):
    states = []
    train(PLAN, TIERS, SHAPE, RECIPE.optimization, until=stop, keep={stop}, kept=lambda state, losses: states.append((state, list(losses))))
    save_state(states[0][0], tmp_path / "run.safetensors", "run", {"losses": states[0][1]})
    state, notes = load_state(tmp_path / "run.safetensors", "run")
    rest = train(PLAN, TIERS, SHAPE, RECIPE.optimization, start=state)
    whole = train(PLAN, TIERS, SHAPE, RECIPE.optimization)
    assert bits(rest.model) == bits(whole.model)
    assert notes["losses"] + rest.losses == whole.losses


def test_an_arm_that_goes_on_from_the_tiered_ones_state_is_the_arm_trained_alone():
    short = make_plan(ARMS["tiered_50"], 0, TIERS, RECIPE)
    branch, states = shared_steps(PLAN, short), []
    train(PLAN, TIERS, SHAPE, RECIPE.optimization, keep={branch}, kept=lambda state, _: states.append(state))
    assert bits(train(short, TIERS, SHAPE, RECIPE.optimization, start=states[0]).model) == bits(
        train(short, TIERS, SHAPE, RECIPE.optimization).model
    )


def test_a_checkpoint_of_another_run_and_a_broken_one_are_refused(tmp_path):
    path = tmp_path / "run.safetensors"
    model = Decoder(SHAPE, 0)
    save_state(State.of(0, model, torch.optim.AdamW(model.parameters())), path, "one")
    with pytest.raises(BadInput, match="checkpoint of another run"):
        load_state(path, "other")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(BadInput, match="is not a checkpoint"):
        load_state(path, "one")


def test_transformers_loads_the_exported_model_and_gives_the_same_logits(tmp_path):
    transformers = pytest.importorskip("transformers")
    tokenizer = train_tokenizer(made_rows()["text"].to_pylist(), SHAPE.vocabulary)
    model = train(PLAN, TIERS, SHAPE, RECIPE.optimization, until=5).model.eval()
    folder = export_model(model, tokenizer, tmp_path / "model", {"arm": "tiered"})
    theirs = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    reader = transformers.AutoTokenizer.from_pretrained(folder)
    sentence = "the ferry crosses"
    assert type(theirs).__name__ == "LlamaForCausalLM"
    assert reader(sentence, add_special_tokens=False)["input_ids"] == encode(tokenizer, [sentence])[0].tolist()
    assert reader.decode(reader(sentence)["input_ids"]) == sentence
    tokens = torch.randint(0, SHAPE.vocabulary, (2, 8), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.allclose(model(tokens), theirs(tokens).logits, atol=1e-5)
