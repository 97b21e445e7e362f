"""Judges whether an edit says the same as its source: numbers, names, dates, negations, and nothing new."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from tierline.editing.quantities import VALUES, quantities

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
SENTENCE_START = re.compile(r"(?:^|[.!?:\n]\s{0,12})[\"'“(]{0,12}$")
NEGATION = re.compile(r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|\w+n['’]t)\b", re.I)
FUNCTION_WORDS = frozenset(
    """a an the and or but if then than so as at by for from in into of off on onto out over to up with within is are was were be been
    being am do does did done have has had having will would can could may might must shall should this that these those it its he she
    they them their his her we us our you your i my me who whom whose which what when where why how there here also very more most much
    many some any each every all both such other another one only just about after before between during through under again while
    because since until however therefore not no nor""".split()
)
_AMOUNT = rf"(?=\W{{1,3}}(?:\d|(?:{'|'.join(VALUES)})\b))"
_FIGURE = r"(?= ?[-+$€£]?\d)"
# What says of a number on which side of it something lies, how it moved, and in what time: one for the other is another statement.
SIDES = tuple(
    {side: re.compile(pattern, re.I) for side, pattern in sides.items()}
    for sides in (
        {
            "more": rf"\b(?:(?:more|greater|higher) than|over|at least){_AMOUNT}|\babove\b|[>≥]{_FIGURE}",
            "less": rf"\b(?:(?:less|fewer|lower) than|under|at most){_AMOUNT}|\bbelow\b|[<≤]{_FIGURE}",
        },
        {
            "up": r"\b(?:rose|ris(?:es?|en|ing)|increas(?:es?|ed|ing)|gr[eo]w[ns]?|growing|climb(?:s|ed|ing)?|gain(?:s|ed|ing)?)\b",
            "down": r"\b(?:fell|fall(?:s|en|ing)?|decreas(?:es?|ed|ing)|declin(?:es?|ed|ing)|drop(?:s|ped|ping)?|shr[aiu]nks?|shrinking)\b",
        },
        {
            period: rf"\b(?:(?:per|an?|each|every) {period}|{adverb})\b"
            for period, adverb in (
                ("minute", "by the minute"),
                ("hour", "hourly"),
                ("day", "daily"),
                ("week", "weekly"),
                ("month", "monthly"),
                ("year", "yearly|per annum|annual(?:ly)?"),
            )
        },
    )
)
STEM_LETTERS = 5  # "builder" and "building" count as one word: an edit may change the form


@dataclass(frozen=True, slots=True)
class FaithfulnessRules:
    """Bounds of the judge. Its checks cover the error types of summarization that Kryscinski et al. 2020 (arXiv 1910.12840,
    section 3) introduce on purpose: entities, numbers, negation, added sentences."""

    SECTION: ClassVar[str] = "l3.faithfulness"
    new_words_max: float = 0.2  # share of the edit's content words that the source does not have
    lost_words_max: float = 0.5  # share of the source's content words that the edit dropped
    length_ratio_min: float = 0.4
    length_ratio_max: float = 1.5
    similarity_min: float = 0.75  # cosine of static sentence vectors
    question_words_shared_min: float = 0.7  # share of a question's content words that its answer has too
    question_length_ratio_max: float = 0.95  # a question with only the answer's words and as long as the answer asks nothing


@dataclass(frozen=True, slots=True)
class Judgment:
    """`rule` names the first rule that the edit failed, with the details; None if it passed all.

    `score` in [0, 1] is the share of the source's facts and words that the edit keeps, less what it adds.
    """

    score: float
    length_ratio: float
    rule: str | None = None
    value: float | None = None
    threshold: float | None = None
    detail: str | None = None

    @property
    def accepted(self) -> bool:
        """The edit passed every rule."""
        return self.rule is None


def judge_faithfulness(source: str, edit: str, similarity: float, rules: FaithfulnessRules) -> Judgment:
    """Compare an edit with its source; `similarity` is the cosine of their sentence vectors."""
    ratio = len(edit) / max(1, len(source))
    new, lost = _new_share(edit, source), _new_share(source, edit)
    score = max(0.0, min(1.0, 1 - new - lost / 2))

    def broken(rule: str, value: float, threshold: float, detail: str | None = None) -> Judgment:
        return Judgment(score, ratio, f"faithfulness:{rule}", value, threshold, detail)

    if not rules.length_ratio_min <= ratio <= rules.length_ratio_max:
        return broken("length", ratio, rules.length_ratio_max if ratio > 1 else rules.length_ratio_min)
    for name, found in (("numbers", quantities), ("names", names)):
        there, here = found(source), found(edit)
        if name == "names":  # a word at the start of a sentence counts as a name only if the other text shows that it is one
            there, here = there | (names(source, everywhere=True) & here), here | (names(edit, everywhere=True) & there)
        changed = sorted(there ^ here)
        if changed:
            return broken(name, float(len(changed)), 0.0, ", ".join(changed))
    if swapped := _swapped(source, edit):
        return broken("numbers", float(len(swapped)), 0.0, ", ".join(swapped))
    negations = len(NEGATION.findall(source)), len(NEGATION.findall(edit))
    if negations[0] != negations[1]:
        return broken("negations", float(negations[1]), float(negations[0]))
    if new > rules.new_words_max:
        return broken("new_claims", new, rules.new_words_max)
    if lost > rules.lost_words_max:
        return broken("lost_content", lost, rules.lost_words_max)
    if similarity < rules.similarity_min:
        return broken("similarity", similarity, rules.similarity_min)
    return Judgment(score, ratio)


def names(text: str, everywhere: bool = False) -> set[str]:
    """Words with a capital that does not just begin a sentence (`everywhere`: also those), months and weekdays among them."""
    found: set[str] = set()
    for match in WORD.finditer(text):
        word = match[0]
        begins = bool(SENTENCE_START.search(text[max(0, match.start() - 12) : match.start()]))
        if word[0].isupper() and word != "I" and (everywhere or not begins):
            found.add(re.sub(r"['’]s$", "", word))
    return found


def _swapped(source: str, edit: str) -> list[str]:
    """Sides of numbers that the edit says more or less often than its source, if another of the same kind took their place."""
    for sides in SIDES:
        more = {side: len(pattern.findall(edit)) - len(pattern.findall(source)) for side, pattern in sides.items()}
        if min(more.values()) < 0 < max(more.values()):
            return sorted(side for side, count in more.items() if count)
    return []


def _new_share(text: str, reference: str) -> float:
    """Share of the text's content words whose stem the reference does not have."""
    words, known = _stems(text), set(_stems(reference))
    return sum(count for stem, count in words.items() if stem not in known) / max(1, sum(words.values()))


def _stems(text: str) -> Counter[str]:
    lowered = (word.lower() for word in WORD.findall(text))
    return Counter(word[:STEM_LETTERS] for word in lowered if word not in FUNCTION_WORDS)
