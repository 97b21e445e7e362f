"""Choices are weighed by the tokens they begin with, and those that cannot be told apart are refused."""

import math

import pytest

from tierline.llm.chat import SharedToken, first_tokens, likeliest, log_sum, text_probabilities, token_probabilities
from tierline.llm.grammar import choice_grammar

WORDS = {" ": [0], "A": [1], " A": [2], "B": [3], " B": [4], "1": [5], " 1": [0, 5], "10": [5, 6], " 10": [0, 5, 6]}


def test_a_choice_counts_with_and_without_a_space_before_it():
    tokens = first_tokens(WORDS.__getitem__, ("A", "B"))
    assert tokens == [{1, 2}, {3, 4}]
    values = token_probabilities({1: math.log(0.25), 2: math.log(0.5), 3: math.log(0.125)}, tokens)
    assert values == (round(math.log(0.75), 4), round(math.log(0.125), 4))


def test_choices_with_one_first_token_are_refused_by_name():
    with pytest.raises(SharedToken, match="'1' and '10'"):
        first_tokens(WORDS.__getitem__, ("1", "10"))
    with pytest.raises(SharedToken, match="'1' and '10'"):
        text_probabilities([("1", -0.1)], ("1", "10"))


def test_where_only_texts_are_known_the_longest_beginning_counts():
    reported = [("y", -3.0), (" yes", -1.0), ("no", -0.7), ("\n", -0.1), ("", -0.2)]
    assert text_probabilities(reported, ("yes", "no", "maybe")) == (-1.0, -0.7, -math.inf)


def test_the_likeliest_choice_is_the_answer_and_there_is_none_where_nothing_is_known():
    assert likeliest(("A", "B"), (-2.0, -1.0)) == "B" and likeliest(("A", "B"), (-math.inf, -9.0)) == "B"
    assert likeliest(("A", "B"), (-math.inf, -math.inf)) == ""


def test_a_sum_of_probabilities_never_passes_one():
    assert log_sum([]) == -math.inf and log_sum([0.0, -1e-9]) == 0.0


def test_a_grammar_quotes_what_it_binds():
    assert choice_grammar(('say "x"', "B"), "") == 'root ::= "say \\"x\\"" | "B"'
    assert choice_grammar(("A",), "It is") == 'root ::= " A"'
