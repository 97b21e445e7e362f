"""The numbers about a text's surface are those that plain Python counts."""

from collections import Counter
from itertools import pairwise
from math import log, log1p, sqrt

import numpy as np
import pytest
from hypothesis import given, settings

from tests.unit.students import plain_reading as plain
from tests.unit.text.texts import TEXT
from tierline.students.features import NAMES, SIGNS, student_features


def share(part: float, whole: float) -> float:
    return part / max(1, whole)


def of_characters(text: str) -> dict[str, float]:
    letters = sum(map(plain.is_letter, text))
    cased = sum(plain.unicodedata.category(one) in ("Lu", "Lt", "Ll") for one in text)
    latin = sum(plain.is_letter(one) and (ord(one) < 0x250 or 0x1E00 <= ord(one) < 0x1F00) for one in text)
    digits, spaces = sum(map(plain.is_digit, text)), sum(map(plain.is_space, text))
    signs = len(text) - letters - digits - spaces - sum(map(plain.is_mark, text))
    tallies = Counter(ord(one) % 1024 for one in text).values()
    return {
        "length": log(len(text)),
        "letters": letters / len(text),
        "digits": digits / len(text),
        "spaces": spaces / len(text),
        "upper": share(sum(map(plain.is_upper, text)), cased),
        "signs": signs / len(text),
        "latin": share(latin, letters),
        "unspaced": share(sum(map(plain.is_unspaced, text)), letters),
        "mixed_scripts": share(min(latin, letters - latin), letters),
        "entropy": -sum(one / len(text) * log(one / len(text)) for one in tallies),
        **{f"sign {sign}": sqrt(text.count(sign) / len(text)) for sign in SIGNS},
    }


def of_lines(text: str) -> dict[str, float]:
    lines = [line for line in text.split("\n") if line]
    return {
        "lines": log1p(len(lines)),
        "line_mean": log1p(share(len(text), len(lines))),
        "lines_closed": share(sum(plain.is_terminal(line[-1]) for line in lines), len(lines)),
        "lines_short": share(sum(len(line) < 40 for line in lines), len(lines)),
        "lines_capital": share(sum(plain.is_upper(line[0]) for line in lines), len(lines)),
    }


def of_sentences(text: str) -> dict[str, float]:
    ends = [at for at, one in enumerate(text) if plain.is_terminal(one) or one == "…"] + [len(text)]
    sizes = [after - before - 1 for before, after in pairwise([-1, *ends])]
    sizes = [size for size in sizes if size > 2]
    commas, shown = sum(one in ",،，、" for one in text), text.rstrip(" \n") or text[0]
    return {
        "sentences": len(sizes) / len(text) * 100,
        "sentence_mean": log1p(np.mean(sizes or [0])),
        "sentence_deviation": log1p(np.std(sizes or [0])),
        "sentence_longest": max(sizes, default=0) / len(text),
        "sentence_shortest": log1p(min(sizes, default=0)),
        "commas_a_sentence": share(commas, len(sizes)),
        "commas": commas / len(text) * 100,
        "gap_longest": max(after - before for before, after in pairwise([0, *ends])) / len(text),
        "exclamations": share(text.count("!"), len(sizes)),
        "ends_sentence": float(plain.is_terminal(shown[-1])),
        "begins_capital": float(plain.is_upper(text[0])),
    }


def of_words(words: list[str]) -> dict[str, float]:
    keys, tallies = [plain.word_hash(word) for word in words], Counter(map(plain.word_hash, words))
    capital = [plain.is_upper(word[0]) for word in words]
    shouted = [len(word) > 1 and all(plain.is_upper(word[at]) for at in (0, 1, -1)) for word in words]
    runs = [0]
    for one in capital:
        runs.append(runs[-1] + 1 if one else 0)
    total = len(words)
    return {
        "word_mean": sum(map(len, words)) / total,
        "words_long": sum(len(word) > 10 for word in words) / total,
        "words_short": sum(len(word) < 4 for word in words) / total,
        "words_capital": (sum(capital) - sum(shouted)) / total,
        "words_shouted": sum(shouted) / total,
        "words_number": sum(plain.is_digit(word[0]) for word in words) / total,
        "capital_runs": sum(run > 2 for run in runs) / total,
        "capital_run_longest": log1p(max(runs)),
        "distinct": len(tallies) / total,
        "distinct_early": len(set(keys[:100])) / min(100, total),
        "top": max(tallies.values()) / total,
        "once": sum(count == 1 for count in tallies.values()) / len(tallies),
        "word_entropy": -sum(count * log(count / total) for count in tallies.values()) / total / log(total + 1),
        **{name: value for size in (2, 3, 4) for name, value in of_runs(keys, size).items()},
    }


def of_runs(keys: list[int], size: int) -> dict[str, float]:
    runs = Counter(tuple(keys[start : start + size]) for start in range(len(keys) - size + 1))
    again = sum(runs.values()) - len(runs)
    return {f"repeated_words_{size}": share(again, sum(runs.values())), f"top_words_{size}": log(max(runs.values(), default=1))}


def of_spans(text: str) -> dict[str, float]:
    spans = {size: [text[start : start + size] for start in range(len(text) - size + 1)] for size in (8, 20)}
    return {f"repeated_{size}_characters": share(len(found) - len(set(found)), len(found)) for size, found in spans.items()}


@settings(max_examples=200, deadline=None)
@given(TEXT)
def test_numbers_are_those_of_a_plain_count(text):
    found = dict(zip(NAMES, student_features([text])[0][0].tolist(), strict=True))
    reading = plain.read(text)
    if not reading.characters:
        assert set(found.values()) == {0.0}
        return
    expected = of_characters(reading.characters) | of_lines(reading.characters) | of_sentences(reading.characters)
    expected |= of_spans(reading.characters) | (of_words(reading.words) if reading.words else {})
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("lone_dashes", "a - b-c - d", 2),
        ("addresses", "see http://www.a.example", 2),
        ("ellipses", "so... and … on", 2),
        ("joined_numbers", "3.5 and 12:30, not 3 . 5", 2),
        ("joined_case", "iPhone eBay Apple IBM", 2),
        ("joined_signs", "end.Begin and,so 中。文", 2),
        ("joined_digits", "XR12 and 5mm", 2),
        ("spaced_signs", "so , it is . Yes", 2),
    ],
)
def test_joints_that_prose_does_not_have_are_counted(name, text, count):
    found = dict(zip(NAMES, student_features([text])[0][0].tolist(), strict=True))
    assert found[name] * len(text) / 100 == pytest.approx(count)
