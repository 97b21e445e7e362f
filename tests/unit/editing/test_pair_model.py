"""The pair model lets likely wording through, never what contradicts the source, and leaves all to rules where the recipe says so."""

import numpy as np
import pytest

from tierline.editing import FaithfulnessRules, judge_faithfulness
from tierline.editing.faithfulness import SHOWN_MAX, compare
from tierline.editing.pair_features import NAMES, features_of
from tierline.editing.pair_model import bundled_model, is_contradicted, probability

SOURCE = "The book is the story of a young clerk, taking its title from a practice of the old court in the city."
EDIT = "The book is the story of a young clerk. It takes the title from a practice of the old court in the city."
LENIENT, RULES_ALONE = FaithfulnessRules(probability_min=1e-9), FaithfulnessRules(probability_min=1.0)


def test_wording_that_no_rule_explains_passes_by_its_probability():
    assert judge_faithfulness(SOURCE, EDIT, 1.0, RULES_ALONE).rule == "faithfulness:words"
    found = compare(SOURCE, EDIT)
    assert found is not None and found.may_be_weighed
    likely = probability(found.pair, found.refused)
    assert 0 < likely < 1
    for least, accepted in ((likely - 1e-6, True), (likely + 1e-6, False)):
        judgment = judge_faithfulness(SOURCE, EDIT, 1.0, FaithfulnessRules(probability_min=least))
        assert judgment.accepted is accepted and judgment.score < 1


@pytest.mark.parametrize(
    "edit",
    [
        EDIT.replace("It takes", "It may take"),
        EDIT.replace("It takes", "It never takes"),
        EDIT.replace("It takes", "It has two titles and takes"),
        EDIT.replace("It takes", "Peter Vance takes"),
        EDIT.replace("It takes", "It was taking"),
        EDIT.replace("a young clerk", "every young clerk"),
        EDIT.replace(" in the city", ""),
    ],
)
def test_what_contradicts_its_source_is_not_weighed(edit):
    assert not judge_faithfulness(SOURCE, edit, 1.0, LENIENT).accepted


def test_a_gender_that_the_source_contradicts_is_not_weighed():
    found = compare("Nora kept her maps, which were old.", "Nora kept her maps. He kept them, which were old.")
    assert found is not None and is_contradicted(found.pair, found.refused, features_of(found.pair, found.refused))


def test_many_changes_are_another_text():
    said, written = (" ".join(f"the {word} of stone {at} stood" for at in range(SHOWN_MAX + 1)) for word in ("mill", "kiln"))
    found = compare(said, written)
    assert found is not None and len(found.refused) > SHOWN_MAX and not found.may_be_weighed


def test_the_model_reads_every_feature_by_name():
    model = bundled_model()
    assert len(model.weights) == len(NAMES) == len(set(NAMES)) and np.isfinite(model.log_probabilities(np.zeros((2, len(NAMES))))).all()
