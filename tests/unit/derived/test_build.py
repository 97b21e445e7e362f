"""Forms that rules build: which questions a text gives, and that what is planted in the place of an accepted one is refused."""

from dataclasses import replace

import pytest

from tierline.derived.build import build
from tierline.derived.form import Form, Kind, Level
from tierline.derived.paper import Paper
from tierline.derived.rules import DerivedRules
from tierline.derived.verify import verify
from tierline.operations.document import Document

TITLE = "The lock museum of Mora"
TEXT = """The Mora lock was built in 1894 by the council of the county.
A lock gate is a wooden or steel door that holds back the water of the upper basin.
The museum has eleven rooms and a garden for children.
Old gates are kept under water because oak rots quickly in the open air.
If the basin is empty, the keeper opens the lower gate with a winch.
The old winch lifts 400 kilograms of oak with one turn of the crank.
The chapel was painted by Anna Lind, who lived beside the canal.
The canal was closed in 1951 for boats of all kinds.
Visiting the museum
Opening the lower gate
- Turn the crank of the winch to the left.
- Open the valve of the culvert slowly.
- Wait until the basin has the level of the river.
The museum supports the following languages:
- Swedish
- Finnish
| Gate | Width | Height |
| --- | --- | --- |
| Upper gate | 9 m | 4 m |
| Lower gate | 7 m | 5 m |"""
HEADINGS = {8: 2, 9: 2}


def paper(text: str = TEXT, title: str = TITLE, headings=HEADINGS) -> Paper:
    return Paper(Document("doc_1", text, "en", "https://mora.example/lock", title, headings))


def accepted(text: str = TEXT, kinds: tuple[str, ...] = DerivedRules().kinds, **more) -> list[Form]:
    return [one.form for one in build(paper(text, **more).document, DerivedRules(kinds=kinds)) if one.accepted]


def one(kind: Kind, text: str = TEXT, **more) -> Form:
    """The first accepted form of a kind, if no other kind is asked for."""
    return accepted(text, (str(kind),), **more)[0]


@pytest.mark.parametrize(
    ("kind", "asked", "answer"),
    [
        (Kind.DATE, "when was the Mora lock built", "1894"),
        (Kind.DEFINITION, "what is a lock gate", "a wooden or steel door that holds back the water of the upper basin"),
        (Kind.NUMBER, "how many rooms does the museum have", "eleven"),
        (Kind.REASON, "why are old gates kept under water", "Because oak rots quickly in the open air."),
        (Kind.CONDITION, "what happens if the basin is empty", "The keeper opens the lower gate with a winch."),
        (Kind.PERSON, "by whom was the chapel painted", "Anna Lind"),
        (Kind.PROCEDURE, "how do you open the lower gate", "- Turn the crank of the winch to the left."),
        (Kind.LIST, "which languages does the museum support", "- Swedish\n- Finnish"),
        (
            Kind.COMPARISON,
            "which has the larger value of “Width”: Upper gate or Lower gate",
            "Upper gate: 9 m, against 7 m for Lower gate.",
        ),
    ],
)
def test_a_sentence_list_or_table_gives_a_question_with_its_answer_and_evidence(kind, asked, answer):
    found = [form for form in accepted() if form.kind == kind and form.asked.lower() == asked.lower()]
    assert len(found) == 1 and found[0].text.startswith(answer) and TITLE in found[0].question
    for start, end in found[0].answers:
        assert TEXT[start:end].lower() in found[0].text.lower() and found[0].evidence[0] <= start < end <= found[0].evidence[1]


def test_two_dated_events_are_ordered_and_the_years_between_them_computed():
    order, years = one(Kind.ORDER), one(Kind.EXERCISE)
    assert order.level == Level.COMPARISON and order.text.index("1894") < order.text.index("1951")
    assert years.level == Level.COMPUTATION and "1951 - 1894 = 57. So 57 years passed." in years.text


def test_it_stands_for_the_only_name_of_the_sentence_before():
    text = "Velmora was founded in 1431. It has 52110 inhabitants.\nThe mill stands beside the river in the old town of the weavers."
    found = one(Kind.NUMBER, text, title="Towns of the north", headings={})
    assert found.asked == "how many inhabitants does Velmora have" and found.level == Level.COMPREHENSION
    assert text[slice(*found.evidence)] == "Velmora was founded in 1431. It has 52110 inhabitants."
    other = text.replace("founded in 1431", "founded by Ines Calder")
    assert not [form for form in accepted(other, title="Towns of the north", headings={}) if "52110" in form.text], "it may be another name"


def test_a_measure_is_converted_with_the_value_computed_again():
    text = "The tunnel below the pass is 12 miles long and has two tracks for trains of all gauges."
    found = one(Kind.EXERCISE, text, headings={})
    assert found.text == "12 miles is 19 km."
    assert verify(paper(text, headings={}), replace(found, text="12 miles is 29 km.")) == "exercise:value"


def test_questions_of_one_section_become_a_dialogue_and_definitions_a_glossary():
    text = TEXT.replace("The museum has", "A culvert is a pipe that lets water flow below the gate of a basin.\nThe museum has")
    forms = accepted(text, headings={line + 1: level for line, level in HEADINGS.items()})
    assert {form.asked for form in forms if form.kind == Kind.PROCEDURE} == {"how do you open the lower gate"}
    dialogue = next(form for form in forms if form.kind == Kind.TUTORING)
    assert (
        dialogue.turns >= 2 and dialogue.text.count("Tutor: ") == dialogue.turns and dialogue.question.startswith("Student: I am reading ")
    )
    glossary = next(form for form in forms if form.kind == Kind.GLOSSARY)
    assert "- a culvert: a pipe that lets water flow below the gate of a basin" in glossary.text


def test_a_question_that_another_sentence_may_answer_is_refused():
    twice = TEXT + "\nIn summer the museum has twelve open rooms, and not eleven."
    verdicts = build(paper(twice).document, DerivedRules())
    assert [verdict.reason for verdict in verdicts if verdict.form.kind == Kind.NUMBER] == ["question:other_evidence"]


def test_what_points_out_of_its_sentence_and_what_nobody_is_named_in_gives_nothing():
    for text in ("This was built in 1894 by them.", "The tower above was built in 1894.", "He has eleven rooms in his house."):
        assert accepted(text, headings={}) == []
    assert accepted(title="", headings={}) == [], "no title and no heading: nobody knows which text is meant"
    assert accepted("Die Schleuse hat elf Kammern und wurde im Jahr 1894 vom Rat der Stadt gebaut.", headings={}) == []


@pytest.mark.parametrize(
    ("kind", "planted", "reason"),
    [
        (Kind.DATE, {"text": "1895"}, "answer:not_in_parent"),
        (Kind.DATE, {"answers": ((0, 4),), "text": "The M"}, "question:gives_away"),
        (Kind.DATE, {"answers": ((35, 46),), "text": "the council"}, "date:form"),
        (Kind.NUMBER, {"answers": ((0, 4),)}, "answer:outside"),
        (Kind.NUMBER, {"question": "How many rooms does it have?"}, "question:no_name"),
        (Kind.DEFINITION, {"asked": "what is it"}, "question:dangling"),
        (Kind.ORDER, {"text": "The canal was closed in 1951; the Mora lock was built in 1894."}, "order:years"),
        (Kind.EXERCISE, {"text": "1894 and 1951: 1951 - 1894 = 67. So 67 years passed."}, "exercise:value"),
        (Kind.COMPARISON, {"answers": "swapped"}, "comparison:order"),
    ],
)
def test_what_is_planted_in_the_place_of_an_accepted_form_is_refused(kind, planted, reason):
    sound = one(kind)
    if planted.get("answers") == "swapped":
        planted = {"answers": sound.answers[2:] + sound.answers[:2]}
    assert verify(paper(), sound) == "" and verify(paper(), replace(sound, **planted)) == reason


def test_a_false_statement_is_one_that_the_judge_of_edits_refuses():
    sentence = "The old winch lifts 400 kilograms of oak with one turn of the crank."
    form = one(Kind.TRUE_FALSE, sentence.replace("one turn", "a turn"), headings={})
    sentence = sentence.replace("one turn", "a turn")
    false = replace(form, claim=sentence.replace("400", "550"), text=f"False. The document says: {sentence}")
    own = paper(sentence, headings={})
    assert verify(own, replace(false, question=f"True or false, in “{TITLE}”? {false.claim}")) == ""
    same = replace(false, claim=sentence.replace("kilograms", "kg"))
    assert verify(own, replace(same, question=f"True or false, in “{TITLE}”? {same.claim}")) == "statement:not_refuted"


def test_a_gap_is_one_that_the_words_around_it_ask_for():
    text = "The western pier of the harbour was lengthened by 112 meters of granite when steamers came."
    found = one(Kind.CLOZE, text, title="Harbours", headings={})
    assert found.text == "112 meters" and "lengthened by ____ of granite" in found.question
    assert verify(paper(text, "Harbours", {}), replace(found, text="113 meters")) in ("answer:not_in_parent", "cloze:gap")


def test_a_document_gives_so_many_of_a_kind_as_the_rules_say_and_the_same_ones_each_time():
    text = "\n".join(f"The {name} mill grinds {number} sacks of grain." for number, name in enumerate("old new red tall small".split(), 3))
    few = [verdict for verdict in build(paper(text, headings={}).document, DerivedRules(kind_max=2)) if verdict.accepted]
    again = [verdict for verdict in build(paper(text, headings={}).document, DerivedRules(kind_max=2)) if verdict.accepted]
    assert few == again and max(sum(one.form.kind == kind for one in few) for kind in Kind) <= 2
    with pytest.raises(ValueError, match="riddle: no kind of form"):
        DerivedRules(kinds=("riddle",))


@pytest.mark.parametrize(
    "text",
    [
        "The mill tax of the county is described at length in Paragraaf 11.8, “Water”, for every river.",  # a part of the text
        "Whatever changes you need, always try not to sell the old mill.",  # nobody does anything
        "If you connect the wheel by a belt, set the belt on - Wheel - Belt.",  # words are lost
        "Prior to that, the limit of the barn was 156 sacks due to the size of its doors.",  # points elsewhere
        "If the answer is no, you should close the sluice of the mill at once.",
        "The “Selection to Path Advanced Settings” dialog of the mill has many options for the keeper.",  # half of a title
        "The layout has two parts for the wheel and the stone.",  # of which mill?
        "Minimum value is 16, a value providing rough, unrefined flour.",
        "Tropes vs. Women is a six-part series by the mill that explores stories of grain.",  # half of a name
        "The View is a beautiful mill high up in Coker Creek.Big wheels.",
        "The BIOS of the mill (which stands for Basic Input/Output System) is executed when the wheel is turned.",
        "| Cookie | Duration | Description |\n| --- | --- | --- |\n| cookie-a | 11 months | It is used. |\n| cookie-b | 12 months | It is too. |",
    ],
)
def test_nothing_is_asked_that_only_the_page_itself_could_mean(text):
    assert accepted(text, title="The mill of Lunda", headings={}) == []


def test_a_rate_is_asked_with_its_period():
    (form,) = accepted("The town clock loses four seconds a week, and nobody wants it repaired.", ("number",), title="Mora", headings={})
    assert form.asked == "how many seconds does the town clock lose a week" and form.text == "four"
