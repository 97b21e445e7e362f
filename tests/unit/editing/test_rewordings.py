"""Other wording passes where the text itself shows that it says the same, and nothing that only looks like it."""

import pytest

from tierline.editing import FaithfulnessRules, judge_faithfulness
from tierline.editing.normal_form import words_of
from tierline.editing.synonyms import are_synonyms

RULES = FaithfulnessRules()
HILL = "Nora Lindholm kept the first tungsten lamp of the town, which was lit every evening."


def judged(source: str, edit: str) -> str | None:
    return judge_faithfulness(source, edit, 1.0, RULES).rule


@pytest.mark.parametrize(
    ("source", "edit"),
    [
        (HILL, "Nora Lindholm kept the first tungsten lamp of the town. The tungsten lamp was lit every evening."),
        ("The club was a rowing team based in Oslo.", "The club was a rowing team. The team was based in Oslo."),
        (
            "He worked in the studios of Pablo Cano, where he wrote songs.",
            "He worked in the studios of Pablo Cano. In the studios he wrote songs.",
        ),
        ("It was a salt mine that fed the town.", "It was a salt mine. This salt mine fed the town."),
        ("The mill was closed, although it was sound.", "The mill was closed. However, it was sound."),
        ("It is a white powder, however it is sold as a liquid.", "It is a white powder. It is sold as a liquid."),
        (
            "Marks stand behind letters, so it is possible to add several.",
            "Marks stand behind letters. It is thus possible to add several.",
        ),
        ("He practiced in Oslo, and afterwards was a teacher in Bergen.", "He practiced in Oslo. Afterwards he was a teacher in Bergen."),
        ("They said it would please all and make the story clear.", "They said it would please all. It would make the story clear."),
        ("Troops were seen at noon and bombarded from the hill.", "Troops were seen at noon and were bombarded from the hill."),
        ("One man was hurt in the attack, while three were saved.", "One man was hurt in the attack, and three were saved."),
        ("It lies near Cambridge in England and has a church.", "It lies near Cambridge, England and has a church."),
        ("They differ both in size and age.", "They differ in size and age."),
        ("Oslo is a port and comprises nine districts.", "Oslo is a port. It is composed of nine districts."),
        ("It is not known whether he completed the tower.", "It is not known whether he finished the tower."),
        ("The rate rose from 1 ⁇ % in May.", "The rate rose from 1?? % in May."),
    ],
)
def test_clauses_become_sentences_and_words_their_synonyms(source, edit):
    assert judged(source, edit) is None


@pytest.mark.parametrize(
    ("source", "edit"),
    [
        (HILL, "Nora Lindholm kept the first tungsten lamp of the town. The copper lamp was lit every evening."),
        (HILL, "Nora Lindholm kept the first tungsten lamp of the town. It is lit every evening."),
        ("Late in the last May of all he saw the mill by the lake in the old hills, which was sold.",
         "Late in the last May of all he saw the mill by the lake in the old hills. The mill was sold."),
        ("The mill was closed because it was old.", "The mill was closed. However, it was old."),
        ("Marks stand behind letters. It is possible to add several.", "Marks stand behind letters. It is thus possible to add several."),
        ("They said it might please all and make the story clear.", "They said it might please all. It would make the story clear."),
        ("Troops are seen at noon and bombarded from the hill.", "Troops are seen at noon and were bombarded from the hill."),
        ("He read while she slept.", "He read and she slept."),
        ("It uses ATP, adenosine, and nitric oxide (NO). It works.", "It uses ATP, adenosine. It works."),
        ("Albert Fox was a zoologist and studied snakes.", "Albert Fox was a zoologist. She studied snakes."),
        ("Both companies sold cars in Oslo.", "Companies sold cars in Oslo."),
        ("It is not known whether he completed the tower.", "It is not known whether he finishes the tower."),
        ('She said: "They completed the tower."', 'She said: "They finished the tower."'),
        ("The doctor came to the tower.", "The nurse came to the tower."),
    ],
)  # fmt: skip
def test_what_says_something_else_is_refused(source, edit):
    assert judged(source, edit) is not None


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("finished", "completed", True),
        ("began", "started", True),
        ("quick", "quickly", False),
        ("finished", "completes", False),
        ("need", "require", True),
        ("river", "lake", False),
        ("may", "might", False),
        ("small", "large", False),
    ],
)
def test_synonyms_have_one_meaning_and_one_form(first, second, same):
    assert are_synonyms(first, second) is same


def test_an_ordinal_of_a_number_that_is_none_is_read_as_it_stands():
    assert [word.form for word in words_of("the 65,1,2nd try")] == ["the", "65,1,2th", "try"]
