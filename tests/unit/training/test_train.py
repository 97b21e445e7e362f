"""A run gives the same bits again, also from a state that it shares with another; its checkpoint is a model that others load."""

import numpy as np
import pytest
import torch

from tests.unit.training.corpus_rows import made_rows
from tests.unit.training.test_arms import ARMS, POOLS, RECIPE
from tierline.training.arms import Rates, make_plan, shared_steps
from tierline.training.checkpoint import export_model
from tierline.training.model import Decoder
from tierline.training.recipe import ModelShape, Optimization
from tierline.training.tokenizer import encode, train_tokenizer
from tierline.training.train import Mean, averaged_steps, tokens_per_second, train

SHAPE = ModelShape(width=32, layers=2, heads=2, hidden=88, vocabulary=500, context=8)
PLAN, SHORT = (make_plan(ARMS[name], 0, POOLS, RECIPE, Rates()) for name in ("tier_100", "tier_60"))
RULES = RECIPE.optimization


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def bits(model: Decoder) -> list[bytes]:
    return [weights.detach().numpy().tobytes() for weights in model.parameters()]


def test_two_runs_give_the_same_bits_and_learn():
    one, other = (train(PLAN, POOLS, SHAPE, RULES) for _ in range(2))
    assert bits(one.model) == bits(other.model) and one.losses == other.losses
    assert np.mean(one.losses[-5:]) < one.losses[0] - 0.1


def test_a_branch_from_the_trunk_is_the_run_trained_alone():
    branch, states = shared_steps(PLAN, SHORT), []
    train(PLAN, POOLS, SHAPE, RULES, keep={branch}, kept=states.append)
    alone, branched = train(SHORT, POOLS, SHAPE, RULES), train(SHORT, POOLS, SHAPE, RULES, start=states[0])
    assert bits(branched.model) == bits(alone.model) and alone.losses[branch:] == branched.losses


def test_the_last_checkpoints_are_averaged_within_the_decay():
    steps = averaged_steps(1_000, Optimization(averaged=4, averaged_share=0.2, decay_share=0.3))
    assert steps == (940, 960, 980, 1_000) and averaged_steps(1_000, Optimization(averaged=1)) == (1_000,)
    model, mean = Decoder(SHAPE, 0), Mean({1, 3})
    seen = []
    for step in (1, 2, 3):
        with torch.no_grad():
            model.model.norm.weight.fill_(float(step))
        mean.look(step, model)
        seen.append(step)
    mean.give(model)
    assert model.model.norm.weight.unique().tolist() == [2.0]


def test_the_probe_of_the_speed_trains_and_gives_tokens_per_second():
    assert tokens_per_second(SHAPE, RULES, "cpu", 0.05) > 100


def test_transformers_loads_the_exported_model_and_gives_the_same_logits(tmp_path):
    transformers = pytest.importorskip("transformers")
    tokenizer = train_tokenizer(made_rows()["text"].to_pylist(), 450)
    shape = ModelShape(width=32, layers=2, heads=2, hidden=88, vocabulary=450, context=8)
    model = Decoder(shape, 3).eval()
    folder = export_model(model, tokenizer, tmp_path / "model", {"arm": "tier_60"})
    theirs = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    reader = transformers.AutoTokenizer.from_pretrained(folder)
    sentence = "the ferry crosses"
    assert type(theirs).__name__ == "LlamaForCausalLM"
    assert reader(sentence, add_special_tokens=False)["input_ids"] == encode(tokenizer, [sentence])[0].tolist()
    assert reader.decode(reader(sentence)["input_ids"]) == sentence
    tokens = torch.randint(0, 450, (2, 8), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.allclose(model(tokens), theirs(tokens).logits, atol=1e-5)
