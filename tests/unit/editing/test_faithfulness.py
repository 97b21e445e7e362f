"""The judge lets through what kept its facts and names what an edit changed."""

import pytest

from tierline.editing import FaithfulnessRules, judge_faithfulness
from tierline.editing.passages import passages, sentences
from tierline.operations.questions import judge_question

SOURCE = "The bridge at Harborlight were built in 1894 by Anna Lindqvist, and it do not carry trucks. It was repaired on 3 May 1950 after a flood."
RULES = FaithfulnessRules()


@pytest.mark.parametrize(
    "edit",
    [
        "The bridge at Harborlight was built in 1894 by Anna Lindqvist, and it does not carry trucks. It was repaired on 3 May 1950 after a flood.",
        "The bridge at Harborlight was built in 1894 by Anna Lindqvist. It doesn't carry trucks. It was repaired on May 3, 1950 after a flood.",
    ],
)
def test_corrected_grammar_is_accepted(edit):
    judgment = judge_faithfulness(SOURCE, edit, 0.95, RULES)
    assert judgment.accepted and judgment.score == 1


GOOD = "The bridge at Harborlight was built in 1894 by Anna Lindqvist, and it does not carry trucks. It was repaired on 3 May 1950 after a flood."


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        (GOOD.replace("1894", "1849"), "numbers"),
        (GOOD.replace(" in 1894", ""), "numbers"),
        (GOOD.replace("3 May", "4 May"), "numbers"),
        (GOOD.replace("May", "June"), "numbers"),
        (GOOD.replace("Anna Lindqvist", "Anna Berg"), "names"),
        (GOOD.replace("at Harborlight ", ""), "names"),
        (GOOD.replace("does not carry", "carries"), "negations"),
        (GOOD.replace("after a flood", "after two floods"), "numbers"),
        (GOOD + " The cheerful workers received excellent wages and celebrated with wonderful music.", "length"),
        (GOOD.replace("after a flood", "because corrosion weakened supporting girders"), "time"),
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
    assert not judge_faithfulness(source, edit, 0.99, RULES).accepted


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
    ("said", "edited", "rule"),
    [
        ("built in 1894 and repaired in 1950", "built in 1950 and repaired in 1894", "order"),
        ("the dog bit the man", "the man bit the dog", "order"),
        ("Anna Berg paid Nils Ekman", "Nils Ekman paid Anna Berg", "order"),
        ("three mills and bakeries stood", "mills and three bakeries stood", "order"),
        ("it was sold before it burned", "it was sold after it burned", "time"),
        ("the line goes from Oslo to Bergen", "the line goes from Bergen to Oslo", "order"),
        ("prices rose last year", "prices fell last year", "direction"),
        ("it weighs 5 kilometers", "it weighs 5 miles", "numbers"),
        ("it cost $500", "it cost €500", "numbers"),
        ("it is the first bridge", "it is the second bridge", "numbers"),
        ("it may carry trucks", "it must carry trucks", "modality"),
        ("it probably carries trucks", "it carries trucks", "hedges"),
        ("it can carry trucks", "it can hardly carry trucks", "negations"),
        ("it is said, if dry, to hold", "it is said to hold", "conditions"),
        ("all trucks may pass", "some trucks may pass", "quantifiers"),
        ("it is larger than the other", "it is smaller than the other", "comparison"),
        ("he did not say that it was safe", "he did say that it was not safe", "order"),
        ("it carries trucks, carts and cattle", "it carries trucks and cattle", "lost_content"),
        ("it carries trucks and cattle", "it carries trucks or cattle", "words"),
        ("it closed because it was old", "it closed although it was old", "cause"),
        ("Berg said that it was safe", "it was safe", "names"),
        ("the old mill burned", "the mill burned", "lost_content"),
        ("for that reason it closed", "for the reason it closed", "words"),
        ("few boats pass", "a few boats pass", "new_claims"),
        ("WHO rules apply", "who rules apply", "words"),
        ("is it safe?", "is it safe.", "lost_content"),
        ("it is life, if not impossible, hard", "it is life, if impossible, hard", "negations"),
        ('he called it "a fine bridge of stone"', 'he called it "a good bridge of stone"', "quotations"),
        ("it is a fine bridge of stone", 'it is "a fine bridge of stone"', "quotations"),
        ("it was safe", "it was safe, as researchers have reported", "attribution"),
    ],
)
def test_an_exchange_within_the_text_is_seen_and_named(said, edited, rule):
    source, edit = (
        f"The inspector came in spring. He noted this: {words}. The report is kept in the town hall." for words in (said, edited)
    )
    assert judge_faithfulness(source, source, 0.99, RULES).accepted
    judgment = judge_faithfulness(source, edit, 0.99, RULES)
    assert judgment.rule == f"faithfulness:{rule}" and judgment.changes[0].rule == rule, judgment


@pytest.mark.parametrize(
    ("said", "edited"),
    [
        ("two mills stood", "2 mills stood"),
        ("12 mills stood", "twelve mills stood"),
        ("twenty-five thousand three hundred people came", "25,300 people came"),
        ("1.5 million people came", "1,500,000 people came"),
        ("1,000 people came", "1 000 people came"),
        ("the first bridge", "the 1st bridge"),
        ("on May 3, 1950", "on 3 May 1950"),
        ("on the 3rd of May 1950", "on 1950-05-03"),
        ("at 3:30 p.m. it closed", "at 15:30 it closed"),
        ("5 percent of it", "5% of it"),
        ("5 km long", "5 kilometers long"),
        ("$500 a day", "500 dollars per day"),
        ("10–20 people", "10 to 20 people"),
        ("in lyon it rained", "in Lyon it rained"),
        ("IT WAS A LONG DAY", "it was a long day"),
        ("a  long day , again", "a long day, again"),
        ("a good exam-\nple", "a good example"),
        ("a well known web site", "a well-known website"),
        ("it does not carry", "it doesn't carry"),
        ("it's cold", "it is cold"),
        ("the colour of the harbour", "the color of the harbor"),
        ("they organise travelling shows", "they organize traveling shows"),
        ("it is not possible", "it is impossible"),
        ("they recieve goods", "they receive goods"),
        ("it lies on a broaedr river", "it lies on a broader river"),
        ("the town was rettaken", "the town was retaken"),
        ("at th1s place", "at this place"),
        ("the the mill", "the mill"),
        ("it were built", "it was built"),
        ("two dog came", "two dogs came"),
        ("in order to see it", "to see it"),
        ("“a fine bridge of stone”", '"a fine bridge of stone"'),
        ("it carries trucks, carts and cattle", "it carries:\n- trucks\n- carts\n- cattle\n"),
        ("Dr. Berg came", "Doctor Berg came"),
        ("the **old** mill", "the old mill"),
        ("the `old` mill", "the old mill"),
        ("the ﬁrst mill", "the 1st mill"),
        ("on May\n3, 1950", "on 3 May 1950"),
        ("they are NOT new", "they are not new"),
    ],
)
def test_another_way_of_writing_is_accepted(said, edited):
    source, edit = (
        f"The inspector came in spring. He noted this: {words}. The report is kept in the town hall." for words in (said, edited)
    )
    assert judge_faithfulness(source, edit, 0.99, RULES).accepted


@pytest.mark.parametrize(
    ("source", "edit"),
    [
        ("The mill is old, and it is small.", "The mill is old. It is small."),
        ("The mill is old. It is small.", "The mill is old, and it is small."),
        ("He was a smith who was born in Oslo.", "He was a smith. He was born in Oslo."),
        ("The mill was built in 1894 and was sold in 1950.", "The mill was built in 1894. It was sold in 1950."),
        ("In 1894 the mill burned.", "The mill burned in 1894."),
        ("The mill was built by Anna.", "Anna built the mill."),
        ("Anna Berg wrote it. She kept a mill.", "Anna Berg wrote it. Berg kept a mill."),
        ("A mill is a house. A barn is a shed.", "A barn is a shed. A mill is a house."),
        ("The mill is old. It is small. The mill is old.", "The mill is old. It is small."),
        ("The mill is old.\nClick here to subscribe.\nIt is small.", "The mill is old.\nIt is small."),
        (
            "The World Health Organization (WHO) met. WHO rules apply.",
            "The World Health Organization (WHO) met. World Health Organization rules apply.",
        ),
    ],
)
def test_what_one_text_itself_shows_is_accepted(source, edit):
    assert judge_faithfulness(source, edit, 0.99, FaithfulnessRules(length_ratio_max=2)).accepted


@pytest.mark.parametrize(
    ("source", "edit", "rule"),
    [
        ("The dam broke. The town flooded.", "The town flooded. The dam broke.", "order"),
        ("Anna met Nora Lind. She kept a mill.", "Anna met Nora Lind. Nora Lind kept a mill.", "names"),
        ("She was here, and he left.", "She was here. She left.", "words"),
        ("The mill was sold in 1894 before it burned.", "The mill was sold in 1894. It burned.", "time"),
        ("Anna did not build the mill.", "The mill was built by Anna.", "negations"),
        ("WHO rules apply.", "World Health Organization rules apply.", "names"),
    ],
)
def test_what_nothing_shows_is_refused(source, edit, rule):
    assert judge_faithfulness(source, edit, 0.99, FaithfulnessRules(length_ratio_max=3)).rule == f"faithfulness:{rule}"


def test_an_abbreviation_may_be_defined_elsewhere_in_the_document():
    document = "The World Health Organization (WHO) met. " + (source := "The rules of the WHO apply to it.")
    edit = "The rules of the World Health Organization apply to it."
    assert judge_faithfulness(source, edit, 0.99, FaithfulnessRules(length_ratio_max=2), document=document).accepted


@pytest.mark.parametrize("cited", [" (Source: {})", " [{}]", " Source: {}"])
def test_only_the_own_address_may_be_cited(cited):
    for address, accepted in (("https://a.example/b", True), ("https://other.example/b", False)):
        assert judge_faithfulness(GOOD, GOOD + cited.format(address), 0.99, RULES, address="https://a.example/b").accepted == accepted


def test_a_judgment_tells_the_clause_the_words_and_the_reason():
    change, other = judge_faithfulness(GOOD, GOOD.replace("1894", "1849").replace("a flood", "a storm"), 0.99, RULES).changes
    assert (change.rule, change.source, change.edit) == ("numbers", "1894", "1849")
    assert change.source_clause == "The bridge at Harborlight was built in 1894 by Anna Lindqvist,"
    assert (other.rule, other.source, other.edit, other.edit_clause) == (
        "words",
        "flood",
        "storm",
        "It was repaired on 3 May 1950 after a storm.",
    )


def test_the_words_of_a_changed_currency_are_told():
    source, edit = (f"{GOOD} It cost {sign}500." for sign in "$€")
    change = judge_faithfulness(source, edit, 0.99, RULES).changes[0]
    assert (change.rule, change.source, change.edit) == ("numbers", "$", "€")


@pytest.mark.parametrize(
    ("language", "source", "edit", "accepted"),
    [
        ("de", "Der  Hund beißt den mann , heute.", "Der Hund beißt den Mann, heute.", True),
        ("de", "Der Hund beißt den Mann.", "Der Mann beißt den Hund.", False),
        ("de", "Er kaufte ein Auto.", "Er kaufte Auto.", False),
        ("fr", "Il a acheté 1,000 pommes.", "Il a acheté 1000 pommes.", True),
        ("hi", "यह किताब अच्छी है।", "यह किताब अच्छा है।", False),
        ("zh", "他在一九八四年 离开了北京。", "他在一九八四年离开了北京。", True),
        ("zh", "他在一九八四年离开了北京。", "他在一九八五年离开了北京。", False),
    ],
)
def test_other_languages_may_differ_in_spaces_case_and_punctuation(language, source, edit, accepted):
    assert judge_faithfulness(source, edit, 0.99, RULES, language=language).accepted == accepted


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
