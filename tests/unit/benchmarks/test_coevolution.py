"""A step from one generation to the next: the trained checkpoint says to llama.cpp what it says in torch, and what moved is counted."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmarks.coevolution import effect_on_selection, generation_of, selected, train_generation
from tests.unit.training.corpus_rows import made_rows
from tierline.config.bundled import folder
from tierline.lake import WHOLE_LAKE, Activity, StageResult, Verdict, decision_table
from tierline.llm import ModelSettings, open_model
from tierline.llm.checkpoint import write_checkpoint
from tierline.llm.llamacpp import FIRST_POSITION, POSITION_STRIDE
from tierline.training.corpus import part_corpus
from tierline.training.evaluate import Span, lay_out, log_probabilities
from tierline.training.model import Decoder
from tierline.training.recipe import TrainingRecipe
from tierline.training.tokenizer import encode, load_tokenizer


@pytest.fixture(scope="module")
def generation(tmp_path_factory):
    """A recipe, the scores of each seed, and the first seed's checkpoint."""
    recipe = TrainingRecipe.load(folder("recipes") / "training" / "smoke.yaml")
    measuring = replace(recipe.measuring, works=("textbooks",), guard=("web",), questions=())
    recipe = replace(recipe, tokens=8_192, model=replace(recipe.model, vocabulary=450), measuring=measuring)
    rows, target = made_rows(200), tmp_path_factory.mktemp("generation")
    torch.set_num_threads(1)
    return recipe, train_generation(rows, part_corpus(rows, recipe), recipe, target), target


def test_a_trained_checkpoint_says_to_llama_cpp_what_it_says_in_torch(generation, tmp_path):
    from safetensors.torch import load_file

    recipe, _, target = generation
    decoder = Decoder(recipe.model)
    decoder.load_state_dict(load_file(target / "model.safetensors"))
    text = made_rows(200).to_pylist()[0]["text"]
    model = open_model(ModelSettings(model=str(write_checkpoint(target, tmp_path, 1)), slots=1))
    (tokens,) = encode(load_tokenizer(target / "tokenizer.json"), [text])
    places = range(FIRST_POSITION, min(len(tokens), recipe.model.context - 8), POSITION_STRIDE)
    spans = [Span(tokens[: place + 1], place) for place in places]
    expected = log_probabilities(decoder, lay_out(spans), len(spans))
    (found,) = model.likelihood([text], 1_000)
    assert found.tokens == len(places) > 3
    assert found.log_probability / found.tokens == pytest.approx(np.mean(expected), abs=0.01)
    assert model.model_id == "tierline-proxy-gen1"


def test_the_same_rows_give_the_same_scores(generation):
    recipe, scores, _ = generation
    rows = made_rows(200)
    assert train_generation(rows, part_corpus(rows, recipe), recipe, None) == scores and len(scores) == recipe.seeds


def test_what_moved_is_counted_over_documents_that_both_selections_saw(lake, commit):
    commit(
        lake,
        "l2_reliability",
        [{"measurement_id": "m", "signal": "perplexity", "set": "s", "auc": 0.7, "previous_auc": 0.6, "weight": 0.2}],
        WHOLE_LAKE,
    )
    before = dict.fromkeys("abcd", True) | dict.fromkeys("efgh", False)
    after = before | {"a": False, "h": True, "new": True}
    found = effect_on_selection(before, after, lake)
    assert (found["compared"], found["promoted"], found["demoted"], found["agreement"], found["kappa"]) == (8, 1, 1, 0.75, 0.5)
    assert (found["auc_s"], found["previous_auc_s"], found["weight_s"]) == (0.7, 0.6, 0.2) and "rank_correlation_s" not in found


def test_the_generation_is_read_from_what_scores_record(lake, commit):
    assert generation_of(lake) == 0
    commit(lake, "l2_scores", [{"doc_id": "a", "perplexity_model_id": "SmolLM2-135M-Instruct"}], "one")
    assert generation_of(lake) == 0
    commit(lake, "l2_scores", [{"doc_id": "b", "perplexity_model_id": "tierline-proxy-gen12"}], "two")
    assert generation_of(lake) == 12


def test_selected_is_what_the_ledger_of_promoted_shards_kept(lake, make_rows):
    for shard, passed in (("good", True), ("bad", False)):
        decisions = decision_table(
            [{"row_id": f"{shard}-a", "outcome": "kept"}, {"row_id": f"{shard}-b", "outcome": "dropped", "rule": "l2:toxic"}]
        )
        rows = make_rows("l2_selected", [{"doc_id": f"{shard}-a"}])
        manifest = lake.commit(
            Activity.begin("l2_selected", shard, "1", (), {}), StageResult({"l2_selected": rows}, {"l2_selected": (2, decisions)})
        )
        lake.record(Verdict("l2_selected", shard, manifest.stage_digest, "test", "0", passed, "[]"))
    assert selected(lake) == {"good-a": True, "good-b": False}
