"""No answer that cannot be true becomes a record."""

import math

import pytest

from tierline.llm.model import Choice
from tierline.llm.soundness import sound

REQUEST = {"prompt": {"user": "u"}, "choices": ["A", "B", "C"]}


@pytest.mark.parametrize("probabilities", [(1.0, 1.0, 0.0), (0.6, 0.6, 0.6), (0.5, 0.5, 0.1)])
def test_probabilities_of_exclusive_choices_that_exceed_one_together_are_a_state(probabilities):
    given = Choice(tuple(math.log(one) if one else -math.inf for one in probabilities), 3)
    found = sound(REQUEST, given)
    assert found.finish == "error" and found.log_probabilities == () and found.prompt_tokens == 3
    assert found.error == f"probabilities of exclusive words that sum to {sum(probabilities):.6g}"


@pytest.mark.parametrize("probabilities", [(1.0, 0.0, 0.0), (1 / 3, 1 / 3, 1 / 3), (0.501, 0.501, 0.001), (0.1, 0.0, 0.0)])
def test_rounding_is_no_fault(probabilities):
    given = Choice(tuple(math.log(one) if one else -math.inf for one in probabilities), 3)
    assert sound(REQUEST, given) is given
