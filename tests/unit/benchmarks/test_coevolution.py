"""A step from one generation to the next: the trained checkpoint says to llama.cpp what it says in torch, and controls say what moved."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.coevolution import (
    BEFORE,
    COMPARED,
    RANKED,
    RETRAINED,
    SELECTED,
    SWAPPED,
    WHOLE,
    compare,
    effect_on_selection,
    gains_table,
    generation_of,
    once_each,
    refresh,
    selections,
    train_on,
    unfinished,
)
from benchmarks.generation_controls import Selection, ranked, read_selection, swapped, with_selection
from tests.unit.training.corpus_rows import made_rows
from tierline.config.bundled import folder
from tierline.errors import BadInput
from tierline.lake import WHOLE_LAKE, Activity, StageResult, Verdict, decision_table
from tierline.llm import ModelSettings, open_model
from tierline.llm.checkpoint import write_checkpoint
from tierline.llm.llamacpp import FIRST_POSITION, POSITION_STRIDE
from tierline.training.evaluate import Span, lay_out, log_probabilities
from tierline.training.evidence import UNDECIDED, verdict
from tierline.training.model import Decoder
from tierline.training.prepare import prepare
from tierline.training.recipe import TrainingRecipe
from tierline.training.tokenizer import encode, load_tokenizer


def small():
    """A recipe, what is prepared, and its rows."""
    recipe = TrainingRecipe.load(folder("recipes") / "training" / "smoke.yaml")
    measuring = replace(recipe.measuring, works=("textbooks",), guard=("web",), questions=())
    recipe = replace(recipe, tokens=8_192, model=replace(recipe.model, vocabulary=450), measuring=measuring)
    rows = made_rows(200)
    return recipe, prepare(rows, recipe, None), rows


@pytest.fixture(scope="module")
def generation(tmp_path_factory):
    """A recipe, the first seed's checkpoint, the folder of the step, and the runs."""
    recipe, prepared, _ = small()
    step = tmp_path_factory.mktemp("generation")
    runs = train_on(prepared, step, BEFORE, 1)
    return recipe, step / BEFORE / "models" / "tier_60", step, runs


def test_a_trained_checkpoint_says_to_llama_cpp_what_it_says_in_torch(generation, tmp_path):
    from safetensors.torch import load_file

    recipe, target, _, _ = generation
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


def test_finished_runs_are_read_and_other_seeds_are_other_runs(generation):
    recipe, _, step, runs = generation
    _, prepared, _ = small()
    assert train_on(prepared, step, BEFORE, 1) == runs and len(runs) == recipe.seeds
    others = train_on(prepared, step, RETRAINED, 1, recipe.seeds)
    assert [run["seed"] for run in others] == [2, 3] and not {run["scores"]["K"] for run in runs} & {run["scores"]["K"] for run in others}


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
    measured = [{"doc_id": "a", "perplexity_model_id": "SmolLM2-135M-Instruct"}, {"doc_id": "c", "perplexity_model_id": None}]
    commit(lake, "l2_scores", measured, "one")
    assert generation_of(lake) == 0
    commit(lake, "l2_scores", [{"doc_id": "b", "perplexity_model_id": "tierline-proxy-gen12"}], "two")
    assert generation_of(lake) == 12


def test_a_selection_is_what_the_ledger_of_promoted_shards_kept(lake, make_rows):
    for shard, passed in (("good", True), ("bad", False)):
        decisions = decision_table(
            [{"row_id": f"{shard}-a", "outcome": "kept"}, {"row_id": f"{shard}-b", "outcome": "dropped", "rule": "l2:toxic"}]
        )
        rows = make_rows("l2_selected", [{"doc_id": f"{shard}-a"}])
        manifest = lake.commit(
            Activity.begin("l2_selected", shard, "1", (), {}), StageResult({"l2_selected": rows}, {"l2_selected": (2, decisions)})
        )
        lake.record(Verdict("l2_selected", shard, manifest.stage_digest, "test", "0", passed, "[]"))
    found = read_selection(lake)
    assert found.kept == {"good-a": True, "good-b": False} and found.chosen == {"good-a": 0.0}


def selection(kept, dropped):
    names = [*kept, *dropped]
    return Selection(dict.fromkeys(kept, True) | dict.fromkeys(dropped, False), {name: 1 - place / 100 for place, name in enumerate(names)})


BEFORE_STEP, AFTER_STEP = selection("abcdef", "uvwxyz"), selection("abcdu", "efvwxyz")


def test_a_random_swap_moves_as_many_documents_as_the_step():
    found = swapped(BEFORE_STEP, AFTER_STEP, 0)
    assert len(found) == 5 and len(found.keys() - BEFORE_STEP.chosen.keys()) == 1 and len(BEFORE_STEP.chosen.keys() - found.keys()) == 2
    assert found == swapped(BEFORE_STEP, AFTER_STEP, 0) and len({frozenset(swapped(BEFORE_STEP, AFTER_STEP, n)) for n in range(9)}) > 1
    assert all(useful == BEFORE_STEP.usefulness[name] for name, useful in found.items())
    assert swapped(BEFORE_STEP, BEFORE_STEP, 0) == BEFORE_STEP.chosen


def test_the_ranking_before_gives_the_share_of_the_new_selection():
    assert sorted(ranked(BEFORE_STEP, 5)) == [*"abcde"] and sorted(ranked(BEFORE_STEP, 8)) == [*"abcdefuv"]
    assert ranked(BEFORE_STEP, 6) == BEFORE_STEP.chosen


def test_arms_that_selected_the_same_are_trained_once():
    trained = []

    def train(arm, chosen):
        trained.append(arm)
        return [{"arm": arm}]

    moved = once_each(selections(BEFORE_STEP, AFTER_STEP, 0), {BEFORE: [{"arm": BEFORE}]}, train)
    assert trained == [SELECTED, SWAPPED, RANKED] and moved[RANKED] == [{"arm": RANKED}] and moved[BEFORE] == [{"arm": BEFORE}]
    same = once_each(selections(BEFORE_STEP, BEFORE_STEP, 0), {BEFORE: [{"arm": BEFORE}]}, train)
    assert trained == [SELECTED, SWAPPED, RANKED] and all(runs == [{"arm": BEFORE}] for runs in same.values()) and len(same) == 4


def test_another_selection_changes_l2_alone():
    _, prepared, _ = small()
    rows = prepared.rows
    own = {name: useful for name, tier, useful in zip(rows.ids, rows.tiers, rows.usefulness, strict=True) if tier == "L2"}
    same = with_selection(prepared, own)
    columns = lambda one: sorted(zip(one.rows.ids, one.rows.tiers, one.rows.domains, one.rows.lengths, map(len, one.tokens), strict=True))  # noqa: E731
    admitted = {name for name, tier in zip(rows.ids, rows.tiers, strict=True) if tier == "L1"}
    assert columns(same) == [row for row in columns(prepared) if row[1] != "L2" or row[0] in admitted]
    fewer = with_selection(prepared, dict(list(own.items())[:10]))
    assert sum(tier == "L2" for tier in fewer.rows.tiers) == len(admitted.intersection(list(own)[:10]))
    assert [row for row in columns(fewer) if row[1] != "L2"] == [row for row in columns(prepared) if row[1] != "L2"]


def test_each_difference_is_said_apart():
    draw, sizes = np.random.default_rng(0), {"works": [100.0] * 30, "web:web": [100.0] * 30}
    texts = draw.normal(0, 4, 30)
    levels = {BEFORE: 210, RETRAINED: 210, SELECTED: 206, SWAPPED: 212, RANKED: 206, WHOLE: 206}

    def run(level):
        own = (level + texts + draw.normal(0, 0.05, 30)).tolist()
        return {"bits": {"works": own, "web:web": own}}

    gains = compare({arm: [run(level) for _ in range(5)] for arm, level in levels.items()}, sizes)
    said = {name: verdict(own["K"]) for name, own in gains.items()}
    assert set(said) == set(COMPARED) and {name for name, own in said.items() if own == UNDECIDED} <= {"retraining", "selection_over_share"}
    assert said["swap"] == "harms" and gains["selection_over_swap"]["K"].value == pytest.approx(0.06, abs=0.005)
    assert abs(gains["retraining"]["web"].value) < 0.002 and len(gains_table(gains).rows) == len(COMPARED)


def test_a_generation_without_its_model_is_refused(tmp_path):
    with pytest.raises(BadInput, match="no model of generation 1; give the --out of the step before"):
        refresh(tmp_path, 1)


def test_a_step_without_a_result_is_taken_up(tmp_path):
    assert unfinished(tmp_path) is None
    for number in (1, 2):
        (tmp_path / f"generation-{number}").mkdir()
        (tmp_path / f"generation-{number}/selection.json").write_text("{}")
    (tmp_path / "generation-1/result.json").write_text("{}")
    assert unfinished(tmp_path) == 2
