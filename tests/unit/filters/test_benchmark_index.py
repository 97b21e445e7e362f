"""The benchmark index against a plain search for word n-grams: every verified hit is there, and no other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.filters.benchmark_index import BenchmarkIndex, blank_punctuation
from tierline.filters.benchmark_items import Item
from tierline.text.words import plain_words

SIZE = 4


def item(question: str, passage: str = "", number: int = 0, answers=(), choices=()) -> Item:
    return Item("b", str(number), question, passage, tuple(answers), tuple(choices))


def index(*items: Item, size: int = SIZE, short: int = 3, most: int = 10) -> BenchmarkIndex:
    return BenchmarkIndex(items, size, short, most)


def hits(found: BenchmarkIndex, *texts: str) -> dict[int, set[tuple[int, int, int]]]:
    """Text -> (part, word of the text, word of the part) of each n-gram."""
    return {
        text: {
            (match.part, at, start)
            for match in matches
            for at, start in zip(match.text_positions.tolist(), match.part_positions.tolist(), strict=True)
        }
        for text, _, matches in found.find(texts)
    }


def expected(found: BenchmarkIndex, *texts: str) -> dict[int, set[tuple[int, int, int]]]:
    by_text = {}
    for number, text in enumerate(texts):
        words = plain_words(blank_punctuation(text))
        own = {
            (owner, at, start)
            for owner, part in enumerate(found.parts)
            for at in range(len(words) - part.gram + 1)
            for start in range(len(part.words) - part.gram + 1)
            if words[at : at + part.gram] == part.words[start : start + part.gram]
        }
        if own:
            by_text[number] = own
    return by_text


WORDS = st.lists(st.sampled_from(["one", "two", "red", "blue", "fish"]), max_size=9).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=4, unique=True), st.lists(WORDS, max_size=5))
def test_it_finds_what_a_plain_search_finds(questions, texts):
    found = index(*(item(question, number=number) for number, question in enumerate(questions)), most=100)
    assert hits(found, *texts) == expected(found, *texts)


def test_case_and_punctuation_do_not_count_and_words_do():
    found = index(item("Where does the old ferry land?"))
    assert hits(found, "where DOES -- the, old... Ferry land") and not hits(found, "where does an old ferry land")


def test_a_match_never_crosses_from_one_text_into_the_next():
    found = index(item("red fish blue fish"))
    assert hits(found, "red fish", "blue fish") == {} and hits(found, "red fish blue fish") == {0: {(0, 0, 0)}}


def test_equal_questions_are_one_part_and_passages_are_parts_of_their_own():
    found = index(
        item("what is the red fish", "the passage about a red fish", 1),
        item("what is the red fish", "the passage about a red fish", 2),
        item("what is the blue fish", "the passage about a red fish", 3),
    )
    assert [part.ask_start for part in found.parts].count(-1) == 1 and len(found.parts) == 3
    passage, first, second = found.parts
    assert [one.item_id for one in first.items] == ["1", "2"] and len(passage.items) == 3
    assert found.parts[first.passage] is passage and found.parts[second.passage] is passage


def test_a_question_too_short_is_counted_and_left_out_and_a_short_one_is_matched_whole():
    found = index(item("Who?", number=1), item("what red fish", number=2), item("what is the red fish", number=3))
    assert found.too_short == 1 and [part.gram for part in found.parts] == [3, 4]
    assert hits(found, "say what red fish today") == {0: {(0, 1, 0)}} and not hits(found, "what red")


def test_what_many_questions_share_identifies_none():
    questions = [item(f"which of the following is {name} {name}", number=number) for number, name in enumerate(("a", "b", "c", "d"))]
    assert hits(index(*questions, most=3), "which of the following is it") == {}
    assert len(hits(index(*questions, most=4), "which of the following is it")[0]) >= 4
    assert hits(index(*questions, most=3), "following is a a")


def test_scripts_without_spaces_are_matched_by_characters():
    question = "渡船夫带着九桶盐穿过湖面回来时只剩下四桶"
    found = index(item(question))
    assert found.parts[0].gram > SIZE and hits(found, f"昨天,{question}。") and not hits(found, "渡船夫带着")


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Look at the text. What is the red fish?", "what is the red fish"),
        ("What is the red fish", "what is the red fish"),
        ("It is red. Why?", "it is red why"),  # one word alone asks nothing that could be recognized
    ],
)
def test_what_is_asked_is_the_last_sentences(question, asked):
    (part,) = index(item(question)).parts
    assert " ".join(part.words[part.ask_start :]) == asked


def test_answers_and_choices_are_known_by_their_first_words():
    (part,) = index(item("what is the red fish", answers=("a fish that is red and old", ""), choices=("A.", "a fish that is red"))).parts
    assert part.answers == (("a", "fish", "that", "is"),) and part.choices == (("a",), ("a", "fish", "that", "is"))


def test_an_empty_index_finds_nothing():
    found = index()
    assert len(found) == 0 and hits(found, "any text at all") == {} and list(index(item("red fish blue fish")).find([])) == []


@pytest.mark.parametrize("text", ["a-b_c", "A.B", "é—ü", "x\ty", "1,000", "漢。字"])
def test_blanking_keeps_every_place(text):
    blanked = blank_punctuation(text)
    assert len(blanked) == len(text)
    assert all(one == other or other == " " for one, other in zip(text, blanked, strict=True))
