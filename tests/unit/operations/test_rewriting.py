"""Free rewriting: the answer is aligned sentence by sentence, and what the judge refuses stays as it was."""

import pytest

from tests.unit.operations.conftest import a_document
from tierline.editing import FaithfulnessRules
from tierline.editing.passages import Passage
from tierline.operations.edited import edit
from tierline.operations.rewriting import aligned, judged_rewrites
from tierline.operations.rules import OperationRules
from tierline.text.embedding import Embedder

TEXT = "The lock are old. It was built by Anna Lind in 1894 for the town. Boats has to pay ten crowns to pass it."
RULES = FaithfulnessRules()


def rewritten(answer: str) -> tuple[str, list[str]]:
    """The document after this answer, and the reasons of refused sentences."""
    document = a_document(TEXT)
    (verdicts,) = judged_rewrites([(document, Passage(0, len(TEXT), TEXT), answer)], Embedder(), RULES)
    made = edit([document], OperationRules(), {"doc_1": [verdict for verdict, _ in verdicts]}, ())[0]
    return made.assembled.text, [verdict.reason for verdict in made.verdicts if not verdict.accepted]


def test_right_sentences_are_taken_and_a_wrong_one_falls_back_to_the_source():
    text, refused = rewritten("The lock is old. It was built by Anna Lind in 1849 for the town. Boats have to pay ten crowns to pass it.")
    assert text == "The lock is old. It was built by Anna Lind in 1894 for the town. Boats have to pay ten crowns to pass it."
    assert refused == ["faithfulness:numbers"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("The lock is old. Boats have to pay ten crowns to pass it.", "rewrite:lost_sentence"),
        (TEXT.replace("are", "is") + " Everybody in Mora loves the happy keeper very much.", "rewrite:new_sentence"),
    ],
)
def test_a_sentence_is_neither_lost_nor_added(answer, reason):
    text, refused = rewritten(answer)
    assert refused == [reason] and "It was built by Anna Lind in 1894 for the town." in text and "keeper" not in text


def test_what_the_answer_does_not_change_is_no_operation():
    assert rewritten(TEXT) == (TEXT, [])


def test_beads_cover_both_texts_in_order():
    source = Passage(7, 7 + len(TEXT), TEXT)
    answer = "The lock is old and it was built by Anna Lind in 1894 for the town. Boats come. They have to pay ten crowns to pass it."
    found = aligned(source, answer)
    assert " ".join(one.text for one in found if one.text) == answer
    spans = [(one.start, one.end) for one in found]
    assert spans == sorted(spans) and spans[0][0] == 7 and spans[-1][1] == 7 + len(TEXT)
