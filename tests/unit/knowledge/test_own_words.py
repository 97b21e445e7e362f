"""Own words: sentences that state what the page claims are left out, whatever the form of the value, and all others stay."""

import random
import time

import pytest

from benchmarks.fact_prose import filler
from tests.conftest import rows_of
from tests.unit.knowledge.in_common import common_text
from tierline.knowledge.common_text import SUBJECTS_MIN
from tierline.knowledge.own_words import own_words
from tierline.knowledge.sketches import TEXT_HASHES, Sketch, overlap, text_sketches

TEXT = "Oslo is old. It was founded in 1048, they say.\nIts area is 454.0 km²!  The ferry to Bergen leaves at noon? Nobody knows."


@pytest.mark.parametrize(
    ("values", "left"),
    [
        (
            [],
            [
                "Oslo is old.",
                "It was founded in 1048, they say.",
                "Its area is 454.0 km²!",
                "The ferry to Bergen leaves at noon?",
                "Nobody knows.",
            ],
        ),
        (["1048"], ["Oslo is old.", "Its area is 454.0 km²!", "The ferry to Bergen leaves at noon?", "Nobody knows."]),
        (["4,540 m"], ["Oslo is old.", "It was founded in 1048, they say.", "The ferry to Bergen leaves at noon?", "Nobody knows."]),
        (["ferry to bergen", "old", "at"], ["It was founded in 1048, they say.", "Its area is 454.0 km²!", "Nobody knows."]),
        (["7", "a b c d e f", ""], TEXT.replace("!  ", "!\n").replace("? ", "?\n").replace(". I", ".\nI").split("\n")),
    ],
)
def test_sentences_that_state_a_value_are_left_out(values, left):
    assert own_words(TEXT, values).split("\n") == left


def test_pages_that_state_facts_in_the_same_sentences_have_no_copied_text():
    facts = {"Ostrand": "capital", "LAK": "three letter code", "Northlands": "region", "crown": "currency", "1431": "founding year"}
    said = " ".join(f"Its {name} is {value} as everybody in this part of the world knows." for value, name in facts.items())
    one, other = (f"{said} {filler(40, random.Random(number))}" for number in range(2))
    with_facts, own = ([*text_sketches([one, other], [values] * 2)] for values in ((), list(facts)))
    shares = [overlap(*(Sketch.of(sketch, TEXT_HASHES) for sketch in pair)).share for pair in (with_facts, own)]
    assert shares[0] > 0.5 and shares[1] < 0.05


def test_many_values_in_a_long_text_take_linear_time():
    text, values = " ".join(f"word{n} and {n}." for n in range(30_000)), [f"value {n}" for n in range(20_000)]
    began = time.process_time()
    assert own_words(text, values).count("\n") < 30_000
    assert time.process_time() - began < 20  # a search for each value in each sentence would take hours


def about(*pages: tuple[str, str]) -> list[dict]:
    """Claims of pages, each (subject, text)."""
    sketches = text_sketches([text for _, text in pages], [()] * len(pages))
    rows = [{"page_id": f"doc_{n}", "subject_key": subject, "text_sketch": sketches[n]} for n, (subject, _) in enumerate(pages)]
    return rows_of("l4_claims", rows).to_pylist()


@pytest.mark.parametrize(("subjects", "is_common"), [(SUBJECTS_MIN - 1, False), (SUBJECTS_MIN, True)])
def test_text_on_pages_about_many_subjects_is_common(subjects, is_common):
    stock, own = filler(60, random.Random(1)), filler(60, random.Random(2))
    rows = about(
        *((f"land {number}", f"{stock} {filler(30, random.Random(f'x{number}'))}") for number in range(subjects)), ("a", own), ("a", own)
    )
    common = common_text(rows)
    for text, is_left in ((stock, not is_common), (own, True)):
        (sketch,) = text_sketches([text], [()])
        assert bool(common.without(Sketch.of(sketch, TEXT_HASHES)).hashes) == is_left
    assert common_text(rows[::-1]).without(Sketch.of(sketch, TEXT_HASHES)) == common.without(Sketch.of(sketch, TEXT_HASHES))


def test_copies_about_one_subject_do_not_make_their_text_common():
    text = filler(60, random.Random(1))
    common = common_text(about(*(("a", text) for _ in range(3 * SUBJECTS_MIN))))
    (sketch,) = text_sketches([text], [()])
    assert common.without(Sketch.of(sketch, TEXT_HASHES)).hashes == sketch
