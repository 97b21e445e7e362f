"""A probe learns what each set calls useful, weighs sets by set_similarity, and never judges a text by what it learned from it."""

import dataclasses
import json

import numpy as np
import pytest

from tierline.judges.probe import BUNDLED, Probe, ProbeJudge, bundled_probe, load_probe
from tierline.judges.probe_training import Labeled, groups_of_copies, train_probe
from tierline.judges.rules import ProbeRules
from tierline.lake import ModelCard
from tierline.llm import Answered, CachedModelClient, CallStore, ModelSettings, Representation, open_model
from tierline.students.out_of_fold import text_key

WIDTH, EACH = 12, 60
RULES = ProbeRules(penalties=(1e-1, 1.0), gate_penalty=1.0, repeats=1)  # a dozen numbers want less of a penalty than a hidden state
GOOD = (
    "Sourdough rises because wild yeast and lactic acid bacteria live together in the starter. The yeast makes carbon dioxide, which "
    "the gluten holds; the bacteria make acids, which give the taste and keep mould away. A starter is fed with equal weights of flour "
    "and water once a day and is ready when it doubles within six hours."
)
BAD = "FREE!!! Call 09061 701461 NOW to claim your £2000 prize! Txt WIN to 80086. 18+ T&Cs apply. Cost 150p/msg. You have WON a guaranteed award"


def texts_of(set_name, axis, flipped, chance, where):
    """Vectors around `where` whose `axis` tells useful from useless, the other way round where `flipped`."""
    vectors = chance.normal(size=(EACH, WIDTH))
    labels = (np.arange(EACH) % 2).astype(float)
    vectors[:, axis] += np.where((labels == 1) != flipped, 2.0, -2.0)
    vectors[:, 0] += where
    return vectors, labels, [set_name] * EACH


@pytest.fixture(scope="module")
def labeled():
    """Two sets far apart, whose labels mean the opposite of each other along one axis."""
    chance = np.random.default_rng(3)
    parts = [texts_of("letters", 1, False, chance, -8.0), texts_of("pages", 1, True, chance, 8.0)]
    vectors, labels = np.vstack([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
    texts = [f"text number {number}" for number in range(2 * EACH)]
    return Labeled(vectors, labels, parts[0][2] + parts[1][2], texts, texts)


@pytest.fixture(scope="module")
def probe(labeled):
    found = train_probe(labeled, "model", RULES)
    assert found
    return found


def accuracy(scores, labels):
    return float(((scores > 0.5) == (labels > 0.5)).mean())


def test_each_set_is_judged_by_its_own_labels_without_being_named(labeled, probe):
    fresh = np.random.default_rng(4)
    for name, flipped, where in (("letters", False, -8.0), ("pages", True, 8.0)):
        vectors, labels, _ = texts_of(name, 1, flipped, fresh, where)
        assert accuracy(probe.score(vectors), labels) > 0.9
    assert accuracy(probe.held_out(labeled.texts), labeled.labels) > 0.9


def test_scores_are_probabilities_that_hold_on_texts_not_seen(labeled, probe):
    scores = probe.held_out(labeled.texts)
    assert ((scores >= 0) & (scores <= 1)).all()
    sure = scores > 0.8
    assert labeled.labels[sure].mean() > 0.75 and labeled.labels[scores < 0.2].mean() < 0.25


def test_labels_of_chance_are_judged_at_chance_on_the_very_texts_learned_from(labeled):
    chance = np.random.default_rng(5)
    vectors, labels = chance.normal(size=(120, 60)), chance.integers(0, 2, 120).astype(float)
    texts = [str(number) for number in range(120)]
    found = train_probe(Labeled(vectors, labels, ["noise"] * 120, texts, texts), "model", ProbeRules(penalties=(1e2,)))
    assert found and accuracy(found.score(vectors), labels) > 0.8, "it has learned them by heart"
    assert 0.3 < accuracy(found.held_out(texts), labels) < 0.7


def test_training_is_deterministic_and_survives_a_file(labeled, probe, tmp_path):
    again = train_probe(labeled, "model", RULES)
    assert again and again.identity == probe.identity
    probe.save(tmp_path / "probe.npz")
    with np.load(tmp_path / "probe.npz") as stored:
        assert load_probe(stored).identity == probe.identity
    assert dataclasses.replace(probe, tokens=1).identity != probe.identity


def test_middling_labels_and_sets_of_one_kind_teach_nothing(labeled):
    labels = np.where(np.array(labeled.sets) == "pages", 1.0, 0.5)
    assert train_probe(dataclasses.replace(labeled, labels=labels), "model", RULES) is None
    alone = np.where(np.array(labeled.sets) == "pages", labeled.labels, 0.5)
    found = train_probe(dataclasses.replace(labeled, labels=alone), "model", RULES)
    assert found and found.sets == ("pages",)
    assert np.isnan(found.held_out(labeled.texts[:EACH])).all(), "what was not learned from is judged by the probe itself"


def test_copies_stay_in_one_group_across_chains():
    words = [f"word{number}" for number in range(90)]
    texts = [" ".join(words[start : start + 30]) for start in (0, 15, 30, 60)]
    first, second, third, far, named = groups_of_copies([*texts, "something else altogether here"], ["a", "b", "c", "d", "d"])
    assert first == second == third, "the first and the third share nothing, but each half of the second"
    assert far == named != first


def test_a_key_is_of_the_words_at_the_beginning():
    assert text_key("a  b\n") == text_key("a b") != text_key("a c")
    assert text_key("x" * 1_000 + "more") == text_key("x" * 1_000)
    assert text_key("\ud800") >= 0


class Reader:
    """An client whose representations are given, one of them an error."""

    def __init__(self, digest):
        self.digest = digest

    def card(self, prompt_sha256):
        return ModelCard("m", self.digest, prompt_sha256, "fake")

    def represent(self, texts, max_tokens):
        return [
            Answered(
                "call", Representation((), 0, "broken") if text == "fail" else Representation((8.0, -3.0, *[0.0] * (WIDTH - 2)), max_tokens)
            )
            for text in texts
        ]


def test_a_failed_call_and_another_model_are_states_never_scores(probe):
    judge = ProbeJudge(probe, "m")
    good, failed = judge.judge(["fine", "fail"], Reader("model"))
    assert good.state == "ok" and good.score and good.score > 0.9 and json.loads(good.raw_output)["tokens"] == ProbeRules().tokens
    assert (failed.state, failed.score) == ("model_error", None)
    (other,) = judge.judge(["fine"], Reader("another"))
    assert (other.state, other.score, other.call_ids) == ("other_model", None, ())
    assert judge.judge([], Reader("model")) == []


def test_a_text_that_was_learned_from_is_judged_by_probes_that_had_not_seen_it(labeled, probe):
    judged, new = ProbeJudge(probe, "m").judge([labeled.texts[0], "fine"], Reader("model"))
    assert judged.score == pytest.approx(probe.held_out(labeled.texts[:1])[0]) and judged.call_ids == (), "the model is not asked for it"
    assert new.call_ids and json.loads(new.raw_output)["tokens"] == ProbeRules().tokens


def test_the_bundled_probe_is_the_embedded_models_and_tells_an_explanation_from_spam(lake):
    client = CachedModelClient(open_model(ModelSettings(context=512)), CallStore(lake, "s"))
    judge = ProbeJudge(bundled_probe(), client.card("").model_id)
    good, bad = judge.judge([GOOD, BAD], client)
    assert good.state == bad.state == "ok" and good.score is not None and bad.score is not None and good.score > bad.score + 0.3
    assert judge.name.startswith("probe/SmolLM2-135M-Instruct") and judge.name.endswith(judge.identity[:8])
    assert isinstance(judge.probe, Probe) and BUNDLED.stat().st_size < 200_000
    again = ProbeJudge(bundled_probe(), "m").judge([GOOD, BAD], client)
    assert [one.score for one in again] == [good.score, bad.score] and client.cost.stored_calls == 2
