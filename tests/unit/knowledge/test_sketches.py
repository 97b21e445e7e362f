"""Sketches: exact for short texts, good estimates for long ones, the same on every machine, and blind to how numerals are written."""

import random

import pytest

from tierline.knowledge.own_words import digits_of, numerals
from tierline.knowledge.sketches import NUMBER_HASHES, TEXT_HASHES, Overlap, Sketch, number_sketch, overlap, text_sketches


def words(size: int) -> str:
    """So many words in any order, always the same ones for a size."""
    chance = random.Random(size)
    return " ".join("".join(chance.choices("abcdefgh", k=4)) for _ in range(size))


def sketched(*texts: str) -> list[bytes]:
    return text_sketches(texts, [()] * len(texts))


def compared(one: bytes, other: bytes) -> Overlap:
    return overlap(Sketch.of(one, TEXT_HASHES), Sketch.of(other, TEXT_HASHES))


def test_the_share_of_short_texts_is_exact_and_that_of_long_ones_an_estimate():
    common, one, other = (words(size) for size in (60, 40, 41))
    left, right = sketched(*[f"{common} {one}", f"{common} {other}"])
    assert compared(left, right).share == pytest.approx(56 / 96, abs=0.02)
    common, one, other = (words(size) for size in (3_000, 3_001, 9_000))
    left, right = sketched(*[f"{common} {one}", f"{common} {other}"])
    found = compared(left, right)
    assert found.share == pytest.approx(0.5, abs=0.12) and found.elements == pytest.approx(3_000, rel=0.35)


def test_sketches_are_bounded_and_the_same_everywhere():
    (sketch,) = sketched(*[words(5_000)])
    assert len(sketch) == 4 * TEXT_HASHES
    (sketch,) = sketched(*["a short text of six words"])
    assert sketch.hex() == "38c423e7"
    assert sketched(*["", " \n"]) == [b"", b""] and sketched(*[]) == []
    assert len(number_sketch(" ".join(str(random.Random(n).randrange(10_000)) for n in range(4_000)))) == 4 * NUMBER_HASHES


def test_texts_without_spaces_are_sketched_by_longer_runs():
    text = "挪威是北欧国家之一首都奥斯陆位于南部海岸人口约五百万面积很大森林覆盖许多地方每年有许多游客来到这里看峡湾和雪山"
    same, other = sketched(*[text * 2, text[::-1] * 2])
    assert len(same) > 40 and compared(same, other).share < 0.1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,234,567 and 1.234.567 and 1\u202f234\u202f567", ["1234567"] * 3),
        ("1 234 567 people", ["1234567"]),
        ("in 1998 454,000 or 39 454,000", ["1998", "454000", "39", "454000"]),
        ("٤٥٦٧ 一 ४५६७", ["4567", "4567"]),
        ("3.5 and 3,5", ["35", "35"]),
        ("In 1905, 12 of 7", ["1905", "12"]),
        ("1" * 40, []),
    ],
)
def test_numerals_are_read_however_they_are_written(text, found):
    assert list(numerals(text)) == found


def test_rows_of_years_small_numbers_and_known_values_are_no_anchors():
    assert number_sketch("1990 1991 1992 1993 2000 2010 2020") != number_sketch("1990 1991 1992 1993")
    assert number_sketch("1990, 1991, 1992, 1993") == number_sketch("12, 17, 34") == b""
    assert number_sketch("Area 323,802, people 5367580, roads 94,902") != b""
    assert number_sketch("Area 323,802, people 5367580, roads 94,902", {digits_of("323802 km")}) == b""
