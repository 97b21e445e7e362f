"""Writes English phrases that say the same in one form: "in order to" as "to", "fewer than 5" as "< 5", "5 a day" as "5 per day"."""

from __future__ import annotations

from dataclasses import replace

from tierline.editing.english import american
from tierline.editing.number_words import is_number
from tierline.editing.word import Forms, Word

_NUMBER = "#"  # stands for any number in a phrase
_PERIODS = ("minute", "hour", "day", "week", "month", "year")
RATE_WORDS = 5  # from a number to the period it is counted by
_SAME: dict[Forms, Forms] = {
    tuple(map(american, said.split())): tuple(form.split())
    for form, phrases in {
        "to": "in order to|so as to",
        "because of": "due to|owing to|on account of",
        "because": "due to the fact that|owing to the fact that|by reason of the fact that",
        "before": "prior to|previous to",
        "after": "subsequent to",
        "despite": "in spite of",
        "and": "as well as|and also",
        "for example": "for instance",
        "about": "with regard to|with respect to|in regard to",
        "therefore": "thus|hence|consequently|as a result|for this reason",
        "several": "a number of",
        "many": "a lot of|lots of|a large number of|a great many|a great number of",
        "now": "at present|at the present time|at this time|currently|presently",
        "later": "later on|at a later time",
        "if": "in the event that",
        "although": "though|even though|despite the fact that|in spite of the fact that",
        "%": "per cent|percent|pct",
        "±": "plus or minus|+/-",
        "nobody": "no 1",
        "> #": "more than #|greater than #|higher than #|over #|above #|in excess of #",
        "< #": "less than #|fewer than #|lower than #|under #|below #",
        ">= #": "at least #|no less than #|no fewer than #|not less than #|not fewer than #",
        "<= #": "at most #|no more than #|not more than #",
        "~ #": "about #|around #|approximately #|roughly #|circa #|some #|c #|nearly about #",
        "rose by": "increased by|climbed by|went up by",
        "fell by": "decreased by|declined by|dropped by|went down by",
        "rose to": "increased to|climbed to",
        "fell to": "decreased to|declined to|dropped to",
        "1 time": "once",
        "2 time": "twice",
        "is made up of": "is composed of|comprises|consists of",
        "are made up of": "are composed of|comprise|consist of",
    }.items()
    for said in phrases.split("|")
}
_FIRST_WORDS = {phrase[0]: max(len(other) for other in _SAME if other[0] == phrase[0]) for phrase in _SAME}


def in_one_phrase(words: list[Word]) -> list[Word]:
    """Phrases that say the same in one form, and the rates "a day", "each day" and "daily" behind a number."""
    found: list[Word] = []
    index, number_at = 0, -9
    while index < len(words):
        word = words[index]
        if is_number(word.form):
            number_at = index
        if index - number_at < RATE_WORDS:
            if (
                word.form in ("a", "an", "each", "every")
                and index + 1 < len(words)
                and words[index + 1].form.removeprefix("unit:duration-") in _PERIODS
            ):
                found += [replace(word, form="per"), words[index + 1]]
                index += 2
                continue
            if word.form in ("daily", "hourly", "weekly", "monthly", "yearly", "annually"):
                period = {"daily": "day", "annually": "year"}.get(word.form, word.form.removesuffix("ly"))
                found += [replace(word, form="per"), replace(word, form=period, opens=False, apart=False)]
                index += 1
                continue
        for length in range(min(_FIRST_WORDS.get(word.form, 0), len(words) - index), 0, -1):
            phrase = tuple(
                _NUMBER if at == length - 1 and at and is_number(one.form) else one.form
                for at, one in enumerate(words[index : index + length])
            )
            same = _SAME.get(phrase)
            if same is None:
                continue
            ends = words[index + length - 1]
            kept = [ends] if same[-1] == _NUMBER else []
            spoken = same[:-1] if kept else same
            end = words[index + length - 1 - len(kept)].end
            found += [
                Word(form, word.start, end, word.opens and not at, word.apart and not at, word.written) for at, form in enumerate(spoken)
            ]
            if kept:
                number_at = index + length - 1
            found += kept
            index += length
            break
        else:
            found.append(word)
            index += 1
    return found
