"""Reads numbers in digits and English words: "twenty-five thousand three hundred", "1.5 million", "twenty-first"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from tierline.editing.pieces import Piece

THOUSANDS = re.compile(r"(?<=\d)[ ,](?=\d{3}(?!\d))")
_TIMES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SHORT = {"mn": 10**6, "mln": 10**6, "bn": 10**9, "trn": 10**12, "lakh": 10**5, "lakhs": 10**5, "crore": 10**7, "crores": 10**7}
_SMALL = {
    word: value
    for value, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
        nineteen""".split()
    )
}
_TENS = {word: 10 * value for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_ORDINAL = {
    word: value
    for value, word in enumerate(
        """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth
        seventeenth eighteenth nineteenth""".split(),
        1,
    )
} | {word[:-1] + "ieth": value for word, value in _TENS.items()}
_ORDINAL_TIMES = {f"{word}th": value for word, value in _TIMES.items()}


def is_number(form: str) -> bool:
    """The form is of a number, date or time."""
    return form[:1].isdigit() or (form[:1] == "-" and form[1:2].isdigit()) or form.startswith("--")


def number_at(pieces: Sequence[Piece], start: int) -> tuple[str | None, int]:
    """The number that begins at a piece, as digits, with what follows the last of its words; (None, start) where there is none."""
    total, current, least = Decimal(0), None, 0
    index, last = start, ""
    written = ""
    while index < len(pieces):
        piece = pieces[index]
        if index > start and not (piece.apart or piece.text == "-" or pieces[index - 1].text == "-" or last == "digits"):
            break
        word = piece.text.lower()
        if index > start and piece.text == "-" and not piece.apart and last == "tens" and index + 1 < len(pieces):
            following = pieces[index + 1].text.lower()
            if following in _SMALL or following in _ORDINAL:
                index += 1
                continue
            break
        if piece.kind == "number":
            if index > start:
                break
            digits = piece.match["number"]
            clean = THOUSANDS.sub("", digits)
            clean = f"0{clean}" if clean.startswith(".") else clean
            if piece.match["ordinal"]:
                return f"{clean.split('.')[0].lstrip('0') or 0}th", index + 1
            if piece.match["decade"]:
                return f"{clean}s", index + 1
            written, last = clean, "digits"
            try:
                current = Decimal(clean)
            except InvalidOperation:
                return clean, index + 1
        elif piece.kind != "word":
            break
        elif word in _SMALL and (last in ("", "hundred", "times", "and") or (last == "tens" and 0 < _SMALL[word] < 10)):
            current, last, written = (current or Decimal(0)) + _SMALL[word], "small", ""
        elif word in _TENS and last in ("", "hundred", "times", "and"):
            current, last, written = (current or Decimal(0)) + _TENS[word], "tens", ""
        elif word in _ORDINAL and (last in ("hundred", "times", "and") or last == "" or (last == "tens" and _ORDINAL[word] < 10)):
            return f"{int(total + (current or 0) + _ORDINAL[word])}th", index + 1
        elif word in _ORDINAL_TIMES and last:
            return f"{int(total + (current or 1) * _ORDINAL_TIMES[word])}th", index + 1
        elif word == "hundred" and (last in ("", "small") or (last == "digits" and (current or 100) < 100)):
            current, last, written = (current if current is not None else Decimal(1)) * 100, "hundred", ""
        elif (word in _TIMES and word != "hundred" and last != "times") or (word in _SHORT and last == "digits"):
            times = _TIMES.get(word) or _SHORT[word]
            if total and times >= least:
                break
            least = times
            total, current, last, written = total + (current if current is not None else Decimal(1)) * times, None, "times", ""
        elif word in ("a", "an") and last == "" and index + 1 < len(pieces) and pieces[index + 1].text.lower() in _TIMES:
            current, last = Decimal(1), "small"
        elif word == "and" and last in ("hundred", "times") and index + 1 < len(pieces):
            following = pieces[index + 1].text.lower()
            if not (following in _SMALL or following in _TENS or following in _ORDINAL) or written:
                break
            last = "and"
        else:
            break
        index += 1
    if index == start:
        return None, start
    if written:
        return written, index
    value = total + (current or 0)
    return (str(int(value)) if value == value.to_integral_value() else str(value.normalize())), index
