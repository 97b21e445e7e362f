"""The judge lets through what kept its facts and names what an edit changed."""

import pytest

from tierline.editing import FaithfulnessRules, judge_faithfulness
from tierline.editing.passages import passages, sentences
from tierline.editing.refine import judge_question

SOURCE = "The bridge at Harborlight were built in 1894 by Anna Lindqvist, and it do not carry trucks. It was repaired on 3 May 1950 after a flood."
RULES = FaithfulnessRules()


@pytest.mark.parametrize(
    "edit",
    [
        "The bridge at Harborlight was built in 1894 by Anna Lindqvist, and it does not carry trucks. It was repaired on 3 May 1950 after a flood.",
        "Anna Lindqvist built the bridge at Harborlight in 1894. It does not carry trucks, and it was repaired on 3 May 1950 after a flood.",
    ],
)
def test_corrected_grammar_is_accepted(edit):
    judgment = judge_faithfulness(SOURCE, edit, 0.95, RULES)
    assert judgment.accepted and judgment.score > 0.8


GOOD = "The bridge at Harborlight was built in 1894 by Anna Lindqvist, and it does not carry trucks. It was repaired on 3 May 1950 after a flood."


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        (GOOD.replace("1894", "1849"), "numbers"),
        (GOOD.replace(" in 1894", ""), "numbers"),
        (GOOD.replace("3 May", "4 May"), "numbers"),
        (GOOD.replace("May", "June"), "names"),
        (GOOD.replace("Anna Lindqvist", "Anna Berg"), "names"),
        (GOOD.replace("at Harborlight ", ""), "names"),
        (GOOD.replace("does not carry", "carries"), "negations"),
        (GOOD.replace("after a flood", "after two floods"), "numbers"),
        (GOOD + " The cheerful workers received excellent wages and celebrated with wonderful music.", "length"),
        (GOOD.replace("after a flood", "because corrosion weakened several supporting girders"), "new_claims"),
        (GOOD[:40], "length"),
    ],
)
def test_what_was_changed_is_named(edit, rule):
    judgment = judge_faithfulness(SOURCE, edit, 0.95, RULES)
    assert judgment.rule == f"faithfulness:{rule}", judgment


@pytest.mark.parametrize(
    ("kept", "changed"),
    [
        ("-12 degrees", "12 degrees"),
        ("thirteen arches", "fifteen arches"),
        ("the first span", "the second span"),
        ("5 mg of lead", "5 g of lead"),
        ("$500", "€500"),
        ("12% of the cost", "12 of the cost"),
        ("5 lakh rupees", "5 crore rupees"),
        ("5 bn dollars", "5 mn dollars"),
        ("$5bn", "$5mn"),
        ("5 trucks per day", "5 trucks per week"),
        ("5 mg daily", "5 mg monthly"),
        ("a load >5", "a load <5"),
        ("a load ≥ 5", "a load ≤ 5"),
        ("a load of ±5", "a load of 5"),
        ("more than 12 trucks", "less than 12 trucks"),
        ("over twelve trucks", "under twelve trucks"),
        ("that costs rose", "that costs fell"),
        ("increased by 5", "decreased by 5"),
        ("5 below zero", "5 above zero"),
    ],
)
def test_a_changed_quantity_is_rejected(kept, changed):
    source, edit = (f"{GOOD} The inspector wrote down {words}." for words in (kept, changed))
    assert judge_faithfulness(source, source, 0.99, RULES).accepted
    assert judge_faithfulness(source, edit, 0.99, RULES).rule == "faithfulness:numbers"


@pytest.mark.parametrize(
    ("words", "others"),
    [
        ("more than 12 trucks", "over 12 trucks"),
        (">5 tons", "more than 5 tons"),
        ("less than five trucks", "fewer than five trucks"),
        ("5 trucks per day", "5 trucks a day"),
        ("5 trucks per day", "5 trucks daily"),
        ("that costs rose by 5", "that costs increased by 5"),
        ("$5bn", "$5 billion"),
        ("5 mn", "5 million"),
        ("plus or minus 5", "±5"),
        ("that the old were more than the new", "that the new were less than the old"),
    ],
)
def test_a_comparison_in_other_words_is_accepted(words, others):
    source, edit = (f"{GOOD} The inspector wrote down {one}." for one in (words, others))
    assert judge_faithfulness(source, edit, 0.99, RULES).accepted


@pytest.mark.parametrize(
    "edit",
    [
        GOOD.replace("1894", "1849").replace("Anna Lindqvist", "Anna Berg"),
        GOOD.replace("1894", "1950 and 1894").replace("does not carry", "carries"),
        GOOD.replace("does not carry", "carries").replace("after a flood", "after heavy rain and much wind"),
        GOOD.replace("May", "June").replace("3 ", ""),
    ],
)
def test_two_changes_do_not_hide_each_other(edit):
    assert not judge_faithfulness(SOURCE, edit, 0.95, RULES).accepted


@pytest.mark.parametrize(
    "edit",
    [
        GOOD.replace("1894", "X").replace("1950", "1894").replace("X", "1950"),
        GOOD.replace("Harborlight", "Lindqvist").replace("Anna Lindqvist", "Anna Harborlight"),
    ],
    ids=["years", "names"],
)
def test_known_limit_values_that_change_places_within_a_text_are_not_seen(edit):
    """The judge compares sets of numbers and of names. This says what it does today, so that a better judge shows itself here."""
    judgment = judge_faithfulness(SOURCE, edit, 0.95, RULES)
    assert edit != GOOD and judgment.accepted and judgment.score == judge_faithfulness(SOURCE, GOOD, 0.95, RULES).score


def test_a_text_about_something_else_fails_by_similarity():
    assert judge_faithfulness(SOURCE, GOOD, 0.5, RULES).rule == "faithfulness:similarity"


@pytest.mark.parametrize(
    ("question", "rule"),
    [
        ("When was the bridge at Harborlight built?", None),
        ("Who built the bridge in 1894?", None),
        ("The bridge was built in 1894.", "question:form"),
        ("Who built the bridge in 1901?", "question:new_claims"),
        ("Which queen lived near Copenhagen?", "question:new_claims"),
        ("How deep is a swimming pool usually?", "question:off_topic"),
    ],
)
def test_questions_bring_in_nothing_of_their_own(question, rule):
    assert judge_question("The bridge at Harborlight was built in 1894 by Anna Lindqvist.", question, RULES).rule == rule


def test_passages_are_exact_spans_of_their_document():
    text = "Title\n" + SOURCE + "\n  " + " ".join([GOOD] * 4) + "\nshort"
    found = list(passages(text, 20, 60))
    assert len(found) == 2
    for passage in found:
        assert text[passage.start : passage.end] == passage.text and len(passage.text.split()) <= 60
        assert passage.text.endswith(".")


def test_sentences_are_cut_where_they_end():
    assert sentences('He said no. "Why?" she asked. It cost 3.5 euros.') == ["He said no.", '"Why?" she asked.', "It cost 3.5 euros."]


@pytest.mark.parametrize("flood", [GOOD * 200, "A " * 14_000, '"' * 28_000, "1," * 14_000, "Aa. " * 7_000], ids=["repeats", *"ABCD"])
def test_an_edit_many_times_longer_than_its_source_is_dropped_by_its_length(flood):
    judgment = judge_faithfulness(SOURCE, flood, 0.95, RULES)
    assert (judgment.rule, judgment.threshold) == ("faithfulness:length", RULES.length_ratio_max) and judgment.value > 100
