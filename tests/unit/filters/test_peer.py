"""Our rules decide as datatrove's filters do: exactly, where both count the same words; with its own tokenizer on plain prose too."""

import random
import re

import pytest

from benchmarks.rules import GROUPS, agreement, our_verdicts, peer_verdicts, same_words
from examples.features import FEATURES
from examples.languages import LANGUAGES
from tierline.filters.batch import clean

NAMES = sorted(FEATURES)
BLANK_LINES = re.compile(r"\n{2,}")
MARKS_BEHIND = re.compile(r'(?:(?<=[.…])"| \(a\)| 42| §§| -| •)+ *$', re.M)  # behind a full stop: ours is the line that they end
SYMBOLS = ("#", "...", "…", "- ", "• ", "= 12 =", "42", "{", "lorem ipsum.", "\n", "\n\n", "§§", "1,234.5", "(a)", '"Quite so."')


def damaged(seed: int) -> str:
    """Prose with one to four kinds of damage: repeats, bullets, symbols, short lines, cuts; the same for a seed always."""
    choice = random.Random(seed)
    sentences = [one + "." for name in choice.sample(NAMES, 4) for one in FEATURES[name].rstrip(".").split(". ")]
    kinds = choice.sample(
        ["repeat", "bullets", "ellipses", "symbols", "short", "cut", "lines", "paragraphs", "phrase", "unspaced"], choice.randint(1, 4)
    )
    share = choice.random()
    if "cut" in kinds:
        sentences = sentences[: choice.randint(1, 8)]
    if "repeat" in kinds:
        sentences += [choice.choice(sentences) for _ in range(choice.randint(1, 12))]
    if "phrase" in kinds:
        sentences = [f"{one} and so on and on and" if choice.random() < share else one for one in sentences]
    if "ellipses" in kinds:
        sentences = [one.rstrip(".") + choice.choice(["...", "…"]) if choice.random() < share else one for one in sentences]
    if "bullets" in kinds:
        sentences = [choice.choice(["- ", "• "]) + one if choice.random() < share + 0.3 else one for one in sentences]
    if "symbols" in kinds:
        sentences += [choice.choice(SYMBOLS) for _ in range(choice.randint(1, 60))]
    if "short" in kinds:
        sentences = [" ".join(one.split()[: choice.randint(1, 6)]) if choice.random() < share else one for one in sentences]
    if "unspaced" in kinds:
        sentences += choice.choices(LANGUAGES["zh"], k=1) if "zh" in LANGUAGES else []
    joint = "\n" if {"lines", "bullets", "ellipses", "short"} & set(kinds) else "\n\n" if "paragraphs" in kinds else " "
    return joint.join(sentences).strip()


EXAMPLES = [clean(damaged(seed)) for seed in range(400)]


@pytest.mark.parametrize("group", ["gopher_quality", "gopher_repetition", "fineweb"])
def test_every_decision_is_the_same_where_both_count_the_same_words(group):
    # The peer counts blank lines among the lines of which a share may be bullets or trail off; ours are lines with something on them.
    examples = [BLANK_LINES.sub("\n", text) for text in EXAMPLES] if group == "gopher_quality" else EXAMPLES
    examples = [MARKS_BEHIND.sub("", text) for text in examples] if group == "fineweb" else examples
    with same_words():
        theirs = peer_verdicts(examples, group)
    ours = our_verdicts(examples, group)
    assert [
        (number, one, other) for number, (one, other) in enumerate(zip(theirs, ours, strict=True)) if (one is None) != (other is None)
    ] == []
    assert 0.1 < sum(one is not None for one in ours) / len(ours) < 0.9, "examples on both sides of the rules"


@pytest.mark.parametrize("group", GROUPS)
def test_prose_of_every_kind_is_kept_by_both_with_their_own_words(group):
    prose = ["\n".join(FEATURES[name] for name in NAMES[start : start + 4]) for start in range(0, len(NAMES), 4)]
    assert set(peer_verdicts(prose, group)) == set(our_verdicts(prose, group)) == {None}


@pytest.mark.parametrize(("group", "least"), [("gopher_quality", 0.9), ("gopher_repetition", 0.85), ("c4", 0.85), ("fineweb", 0.97)])
def test_most_decisions_on_damaged_texts_are_the_same_with_their_own_words(group, least):
    assert agreement(our_verdicts(EXAMPLES[:120], group), peer_verdicts(EXAMPLES[:120], group)) >= least
