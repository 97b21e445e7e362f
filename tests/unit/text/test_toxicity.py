"""Toxicity tells a rant from a discussion of one, alone and in a batch alike."""

import numpy as np

from examples.features import FEATURES
from tierline.text.toxicity import Toxicity


def test_toxicity_tells_a_rant_from_a_discussion_of_one():
    rant = "You are a stupid worthless idiot and I hope you die, you disgusting piece of shit. Everybody hates you, moron."
    good = [FEATURES["library"], "The committee discussed how insults in public debate should be reported to the council."]
    scores = Toxicity().score([rant, *good, ""])
    assert scores[0] > 0.8 and max(scores[1:]) < 0.5


def test_a_text_has_one_score_alone_and_among_others():
    texts = [FEATURES["library"], "", "You idiot!", "漢字", FEATURES["owls"] * 50]
    together = Toxicity().score(texts)
    assert together.shape == (5,) and ((together >= 0) & (together <= 1)).all()
    assert np.allclose(together, [Toxicity().score([text])[0] for text in texts])
    assert len(Toxicity().score([])) == 0
