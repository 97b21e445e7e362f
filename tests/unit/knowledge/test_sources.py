"""Sources: pages of one site or owner, copies, syndicated and translated pages are one source; pages in words of their own are several."""

import random
import time
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fact_prose import filler, own_prose, translated_prose
from tests.conftest import rows_of
from tests.unit.knowledge.in_common import common_text
from tierline.knowledge import sources
from tierline.knowledge.common_text import SUBJECTS_MIN, page_of
from tierline.knowledge.sketches import Overlap, Sketch, number_sketch, text_sketches
from tierline.knowledge.sources import COMPARED_MAX, FIRST_PAGES, Sources


def pages(*texts: str, **columns: list) -> list[dict]:
    """A claim a page, each on a site of its own."""
    rows = [
        {
            "claim_id": f"clm_{number}",
            "page_id": f"doc_{number:05}",
            "domain": f"site{number}.example",
            "language": "en",
            "text_sketch": sketch,
            "number_sketch": number_sketch(text),
        }
        for number, (text, sketch) in enumerate(zip(texts, text_sketches(texts, [()] * len(texts)), strict=True))
    ]
    for name, values in columns.items():
        rows = [row | {name: value} for row, value in zip(rows, values, strict=True)]
    return rows_of("l4_claims", rows).to_pylist()


def own(number: int, words: int = 30) -> str:
    """A page about Norway in words of its own."""
    chance = random.Random(f"own/{number}")
    return f"{own_prose('Norway', 'NO', chance)} {filler(words, chance)}"


def sources_of(rows: list[dict], about: Iterable[dict] = ()) -> Sources:
    return sources.sources_of(rows, common_text(about))


def grouped(rows: list[dict]) -> list[str]:
    """The source of each row."""
    found = sources_of(rows)
    return [found.names[page_of(row)] for row in rows]


def test_pages_in_their_own_words_are_sources_of_their_own():
    rows = pages(*(own(number) for number in range(30)))
    assert grouped(rows) == [f"site{number}.example" for number in range(30)]
    assert set(sources_of(rows).reasons.values()) == {""}


def test_a_mirror_is_no_second_source():
    assert len(set(grouped(pages(own(1), own(1), own(1), own(2))))) == 2
    assert len(set(grouped(pages("Norway.", "Norway.", "Norway, a country.")))) == 2  # hardly any text, but all of it


@pytest.mark.parametrize("words", [40, 100, 200])
def test_a_syndicated_page_with_words_around_it_is_no_second_source(words):
    texts = [f"{filler(20, random.Random(f'a/{number}'))}\n{own(7)}\n{filler(words, random.Random(number))}" for number in range(3)]
    rows = pages(*texts, own(8), own(9))
    assert len(set(grouped(rows))) == 3
    assert sources_of(rows).reasons["doc_00001"].startswith("text: ") and sources_of(rows).reasons["doc_00003"] == ""


def test_a_copied_paragraph_of_sixty_words_among_two_hundred_others_is_found():
    paragraph = " ".join(own(7).split()[:60])
    found = 0
    for number in range(20):
        chance = random.Random(number)
        texts = [f"{filler(60, chance)}\n{paragraph}\n{filler(140, chance)}" for _ in range(2)]
        found += len(set(grouped(pages(*texts)))) == 1
    assert found >= 18


def test_one_sentence_in_common_is_no_copy():
    sentence = "The constitution of the country was signed in a small town on the western coast in the spring of that year."
    rows = pages(*(f"{own(number, 60)} {sentence}" for number in range(5)))
    assert len(set(grouped(rows))) == 5


def test_a_paragraph_that_pages_about_other_subjects_have_is_no_copy_and_half_of_the_text_is():
    stock = filler(50, random.Random("stock"))
    texts = [f"{own(number, 60)}\n{stock}" for number in range(SUBJECTS_MIN + 1)]
    rows = [row | {"subject_key": f"land {number // 2 if number < 2 else number}"} for number, row in enumerate(pages(*texts))]
    assert len(set(grouped(rows[:2]))) == 1 and len(sources_of(rows[:2], rows).sites) == 2
    rows = [row | {"subject_key": f"land {number}"} for number, row in enumerate(pages(*[own(1)] * SUBJECTS_MIN, f"{own(1)} {own(2, 20)}"))]
    assert len(sources_of(rows[-2:], rows).sites) == 1


def test_a_short_copy_is_found_in_a_long_page():
    copy = own(1)
    rows = pages(copy, f"{filler(500, random.Random(1))} {copy} {filler(500, random.Random(2))}")
    assert len(set(grouped(rows))) == 1


def test_a_translation_is_no_second_source_and_a_page_in_its_own_words_is():
    texts = [translated_prose("Norway", "NO", language) for language in ("en", "de", "fr", "es")]
    languages = ["en", "de", "fr", "es"]
    rows = pages(*texts, own(3), language=[*languages, "de"])
    assert grouped(rows) == ["site0.example"] * 4 + ["site4.example"]
    assert sources_of(rows).reasons["doc_00001"] == "translation: 1.00 of doc_00000"
    other = [translated_prose("Norway", code, language) for code, language in zip(("NO", "SE", "FI", "DK"), languages, strict=True)]
    assert len(set(grouped(pages(*other, language=languages)))) == 4


def test_tables_alone_make_no_copy():
    table = "\n".join(["| Country | Area |", "| --- | --- |", *(f"| Land{number} | {number}00 km² |" for number in range(1, 60))])
    assert len(set(grouped(pages(f"{own(1)}\n{table}", f"{own(2)}\n{table}")))) == 2


def test_pages_of_one_site_or_owner_are_one_source():
    texts = [own(number) for number in range(5)]
    rows = pages(*texts, domain=["www.a.com", "shop.a.com", "b.com", "c.com", "owner.org"])
    assert grouped(rows) == ["a.com", "a.com", "b.com", "c.com", "owner.org"]
    rows = pages(*texts, owners=[["name:north media"], [], ["name:north media"], ["site4.example"], []])
    assert grouped(rows) == ["site0.example", "site1.example", "site0.example", "site3.example", "site3.example"]
    assert sources_of(rows).reasons["doc_00002"] == "owner: north media" and sources_of(rows).reasons["doc_00004"] == "owner: site4.example"


def test_what_stands_between_two_pages_joins_them():
    rows = pages(own(1), f"{own(1)} {own(2)}", own(2), own(3))
    assert grouped(rows) == ["site0.example"] * 3 + ["site3.example"]


def test_a_page_without_a_host_is_no_source():
    rows = pages(own(1), own(2), domain=[None, "a.com"])
    assert sources_of(rows).of(rows) == {"a.com"} and sources_of(rows[:1]).of(rows[:1]) == set()


def test_claims_of_older_lakes_without_sketches_are_grouped_by_site():
    rows = [
        row | {"page_id": None, "text_sketch": None, "number_sketch": None, "owners": None, "parents": [row["claim_id"]]}
        for row in pages("a", "a")
    ]
    assert sources_of(rows).of(rows) == {"site0.example", "site1.example"}


TEXTS = [own(1), own(1, 80), own(2), own(3), translated_prose("Norway", "NO", "en"), translated_prose("Norway", "NO", "de"), ""]
MADE = st.tuples(st.sampled_from(TEXTS), st.sampled_from(["a.com", "b.com", "c.com", "d.com", None]), st.sampled_from(["en", "de"]))


@settings(max_examples=40, deadline=None)
@given(st.lists(MADE, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_claims_changes_no_source(made, chance):
    rows = pages(*(text for text, _, _ in made), domain=[domain for _, domain, _ in made], language=[language for _, _, language in made])
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert sources_of(rows) == sources_of(shuffled)


def test_pages_that_share_much_and_are_no_copies_take_bounded_work_each(monkeypatch):
    compared: list[tuple[Sketch, Sketch]] = []

    def never(one: Sketch, other: Sketch) -> Overlap:
        compared.append((one, other))
        return Overlap(0.1, 20, 20)

    monkeypatch.setattr(sources, "overlap", never)
    rows = pages(*(f"{own(1)} {own(number + 10)}" for number in range(300)))
    assert len(set(grouped(rows))) == 300
    assert 300 < len(compared) <= 2 * COMPARED_MAX * 300  # whole and rare
    found = sources._Found()
    offered = [len(found.candidates(place, row["text_sketch"])) for place, row in enumerate(rows)]
    assert max(offered) == COMPARED_MAX and max(map(len, found._places.values())) == FIRST_PAGES


def test_thousands_of_mirrors_are_compared_once():
    row, other = pages(own(1), own(2))
    rows = [row | {"page_id": f"doc_{number}", "domain": f"s{number}.example"} for number in range(4_000)]
    began = time.process_time()
    assert len(sources_of([*rows, other]).sites) == 2
    assert time.process_time() - began < 20  # comparing all pairs would take minutes
