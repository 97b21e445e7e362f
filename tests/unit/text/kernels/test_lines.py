"""Lines, paragraphs, sentences and the counts of the line rules are those of plain string operations."""

import re

import pytest
from hypothesis import given, settings

from tests.unit.text.kernels.test_scan import kind
from tests.unit.text.texts import TEXTS, valid
from tierline.text.kernels import scan
from tierline.text.kernels.characters import BULLETS, CLOSING, SPACE, TERMINAL, WIDE_END, WORDY
from tierline.text.kernels.lines import LINE_WORDS, LONGEST_WORD, SHORT_LINE, VERY_SHORT_LINE
from tierline.text.words import Runs, split_batch

COUNTED = ("HASH_SIGNS", "ELLIPSES", "CURLY_BRACES", "NEWLINES", "LINES", "BULLET_LINES", "ELLIPSIS_LINES", "TERMINAL_LINES", "SHORT_LINES",
           "VERY_SHORT_LINES", "SENTENCES")  # fmt: skip
# Sentence ends, wide ones apart, then what may follow them, then words.
CLASSES = ((WIDE_END, "W"), (TERMINAL, "T"), (SPACE | CLOSING, "S"), (WORDY, "L"))


def sentences(line: str) -> int:
    """Parts with a word in them, cut behind runs of sentence ends that white space, a quote or nothing follows, or that hold a wide one."""
    classes = "".join(next((letter for bits, letter in CLASSES if kind(one) & bits), "x") for one in line)
    return sum("L" in part for part in re.split(r"T*W[TW]*|T+(?=S|$)", classes))


def holds_sentences(line: str) -> bool:
    """C4: ends like a sentence, has three words, and no word without end."""
    bare = "".join(line.split())
    closes = kind(bare[-1]) & (TERMINAL | CLOSING) and bare[-1] not in ")]" and not trails_off(bare)
    long_enough = len(line.split()) >= LINE_WORDS or kind(bare[-1]) & WIDE_END
    return bool(closes and long_enough and max(map(len, line.split())) <= LONGEST_WORD)


def trails_off(bare: str) -> bool:
    return bare.endswith(("...", "…"))


def expected(text: str) -> dict[str, int]:
    every = text.split("\n")
    lines = [line for line in every if line.strip()]
    bare = ["".join(line.split()) for line in lines]
    return {
        "HASH_SIGNS": text.count("#"),
        "ELLIPSES": sum(line.count("…") + sum(len(dots) // 3 for dots in re.findall(r"\.+", line)) for line in bare),
        "CURLY_BRACES": text.count("{"),
        "NEWLINES": len(every) - 1,
        "LINES": len(lines),
        "BULLET_LINES": sum(line[0] in BULLETS for line in bare),
        "ELLIPSIS_LINES": sum(map(trails_off, bare)),
        "TERMINAL_LINES": sum(kind(line[-1]) & TERMINAL > 0 for line in bare),
        "SHORT_LINES": sum(len(line) <= SHORT_LINE for line in lines),
        "VERY_SHORT_LINES": sum(len(line) <= VERY_SHORT_LINE for line in lines),
        "SENTENCES": sum(sentences(line) for line in lines if holds_sentences(line)),
    }


def of_text(runs: Runs, row: int) -> tuple[list[int], list[int]]:
    first, last = runs.offsets[row : row + 2]
    return runs.hashes[first:last].tolist(), runs.lengths[first:last].tolist()


def same_pattern(hashes: list[int], parts: list[str]) -> bool:
    """Equal hashes exactly where the parts are equal."""
    return [hashes.index(one) for one in hashes] == [parts.index(one) for one in parts]


@settings(max_examples=200, deadline=None)
@given(TEXTS.map(lambda texts: [text.replace("\0", "\1") for text in texts]))  # to the kernel a line of null characters is blank
def test_counts_lines_and_paragraphs_are_those_of_plain_string_operations(texts):
    batch = split_batch(texts)
    for row, text in enumerate(valid(text.lower()) for text in texts):
        assert {name: int(batch.counts[row, getattr(scan, name)]) for name in COUNTED} == expected(text)
        lines = [line if line.strip() else "" for line in text.split("\n")]
        hashes, lengths = of_text(batch.lines, row)
        assert lengths == [len(line) for line in lines if line] and same_pattern(hashes, [line for line in lines if line])
        paragraphs = [part.strip("\n") for part in re.split(r"\n{2,}", "\n".join(lines)) if part.strip("\n")]
        hashes, lengths = of_text(batch.paragraphs, row)
        assert lengths == [len(part) for part in paragraphs] and same_pattern(hashes, paragraphs)


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("one two three.", 1),
        ("One two. Three four!", 2),
        ("It costs 3.5 euros. Really?!", 2),
        ('He said "No." Then he left.', 2),
        ("雪が降った。船は港に残った。", 2),
        ("one two three and so on...", 0),
        ("too short.", 0),
        ("no end at all here", 0),
        ("an aside in the end (so it is)", 0),
        ("what . . ! is this", 0),
        ("a b " + "c" * 1001 + ".", 0),
        ("Is that so?\nYes, that is so.\nGood.", 2),
    ],
)
def test_sentences_are_counted_where_a_reader_would(line, count):
    assert split_batch([line]).counts[0, scan.SENTENCES] == count
