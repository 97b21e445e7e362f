"""Reads a text as its words in normal form, so that one thing said in two ways of writing is the same words in the same order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tierline.editing.english import CAPITALS, DOTTED, in_full
from tierline.editing.number_words import THOUSANDS, number_at
from tierline.editing.pieces import MONTHS, Piece, on_one_line, pieces_of
from tierline.editing.quantities import HALF_OF_DAY, ONE_FORM, unit_behind
from tierline.editing.same_phrases import in_one_phrase
from tierline.editing.word import Forms, Word
from tierline.text.typography import plainly
from tierline.text.units import unit_named

_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'"})
_SIGNS = {"&": "and", "%": "%", "≥": ">=", "≤": "<=", "½": "half", "¼": "quarter", "×": "x", "≈": "~", "→": "to"}
_MEANINGFUL = frozenset("%&@#/§‰†‡\\")  # punctuation by its category, but it says something
_SILENT = frozenset("`´|^¨")


def words_of(text: str, english: bool = True, abbreviations: Mapping[str, Forms] | None = None) -> list[Word]:
    """A text's words in order. Punctuation that says nothing is left out. `abbreviations` maps them to the forms of their words.

    In other languages than English words are compared without regard to case, and numbers without their separators.
    """
    plain = plainly(text)
    lines = plain.text.translate(ONE_FORM).translate(_STRAIGHT)
    pieces, shown = pieces_of(lines), on_one_line(lines)
    found = list(_english(shown, pieces, abbreviations or {})) if english else list(_plain_words(pieces))
    if english:
        found = in_one_phrase(found)
    if plain.cuts or len(plain.text) != len(text):
        found = [replace(word, start=plain.span(word.start, word.end)[0], end=plain.span(word.start, word.end)[1]) for word in found]
    return found


def _plain_words(pieces: Sequence[Piece]) -> Iterator[Word]:
    opens = apart = True
    for piece in pieces:
        opens, apart = opens or piece.opens, apart or "\n" in piece.text
        if piece.kind == "sign" and not _says_something(piece.text):
            apart = True
            continue
        form = THOUSANDS.sub("", piece.text) if piece.kind == "number" else unicodedata.normalize("NFKC", piece.text).casefold()
        yield Word(form, piece.start, piece.end, opens, apart, piece.text)
        opens = apart = False


def _says_something(sign: str) -> bool:
    return sign in _MEANINGFUL or not (unicodedata.category(sign)[0] in "PZC" or sign in _SILENT)


def _english(text: str, pieces: Sequence[Piece], abbreviations: Mapping[str, Forms]) -> Iterator[Word]:
    index, opens, apart = 0, True, True
    negative, currency, sign = "", None, (0, 0)
    while index < len(pieces):
        piece = pieces[index]
        opens = opens or piece.opens
        value, behind = number_at(pieces, index)
        if value is not None:
            end = pieces[behind - 1].end
            unit, length = (currency, 0) if currency else unit_behind(text, end)
            yield Word(negative + value, piece.start, end, opens, apart, text[piece.start : end])
            if unit:
                begins, ends = sign if currency else (end, end + length)
                yield Word(f"unit:{unit}", begins, ends, written=text[begins:ends].strip(" -"))
                end += length
            index = behind
            while index < len(pieces) and pieces[index].start < end:
                index += 1
            negative, currency, opens, apart = "", None, False, False
            continue
        forms, used = _forms(text, pieces, index, abbreviations)
        if used == 1 and piece.kind in ("sign", "word") and index + 1 < len(pieces):
            follows = number_at(pieces, index + 1)[0] is not None and pieces[index + 1].kind == "number"
            if follows and (name := _currency(piece, pieces, index)):
                currency, sign = name, (piece.start, piece.end)
                index += 1
                continue
            if follows and piece.text in ("minus", "Minus", "negative") and not (index and pieces[index - 1].text == "or"):
                negative, index = "-", index + 1
                continue
            if piece.text == "-" and follows:
                before = pieces[index - 1] if index else None
                touches = pieces[index + 1].start == piece.end
                if before and before.kind == "number" and (before.end == piece.start) == touches:
                    forms = ("to",)
                elif touches and (before is None or before.end < piece.start or before.kind == "sign"):
                    negative, index = "-", index + 1
                    continue
        if piece.kind == "sign" and piece.text in "-/$€£" and not forms:
            apart = apart or piece.text != "-" or piece.apart
        if not forms:
            apart = apart or (piece.text != "'" and not (piece.text == "-" and not piece.apart))
        end = pieces[index + used - 1].end
        for number, form in enumerate(forms):
            yield Word(form, piece.start, end, opens and not number, apart and not number, text[piece.start : end])
        if forms:
            opens = apart = False
        index += used


def _currency(piece: Piece, pieces: Sequence[Piece], index: int) -> str | None:
    """ISO 4217's name of a sign or code that stands before a number."""
    if piece.kind == "sign":
        country = pieces[index - 1].text if index and pieces[index - 1].end == piece.start else ""
        return (unit_named(country + piece.text) or unit_named(piece.text)) if unicodedata.category(piece.text) == "Sc" else None
    sign = pieces[index + 1]
    named = unit_named(piece.text) if piece.text.isupper() and len(piece.text) == 3 and sign.kind == "number" else None
    return named if named and len(named) == 3 and named.isupper() else None


def _forms(text: str, pieces: Sequence[Piece], index: int, abbreviations: Mapping[str, Forms]) -> tuple[Forms, int]:
    """The forms of one piece that is no number, and how many pieces they are."""
    piece = pieces[index]
    match = piece.match
    if piece.kind == "iso":
        return (piece.text,), 1
    if piece.kind == "date":
        month = (match["month"] or match["month2"])[:3].capitalize()
        number = next(number for number, name in enumerate(MONTHS, 1) if name.startswith(month))
        day = int(re.sub(r"\D", "", match["day"] or match["day2"]))
        return (f"{match['year'] or match['year2'] or '-'}-{number:02}-{day:02}",), 1
    if piece.kind == "clock":
        hour, _, rest = piece.text.partition(":")
        hours, minutes = int(re.match(r"\d+", hour)[0]), rest[:2] or "00"  # pyright: ignore[reportOptionalSubscript]
        half = HALF_OF_DAY.search(piece.text)
        hours = hours % 12 + 12 * (half[1].lower() == "p") if half else hours
        return (f"{hours}:{minutes}",), 1
    if piece.text in abbreviations:
        return abbreviations[piece.text], 1
    if piece.kind == "dotted":
        bare = piece.text.replace(".", "")
        if bare in abbreviations:
            return abbreviations[bare], 1
        return DOTTED.get("".join(f"{letter}." for letter in bare.lower()), (bare.lower(),)), 1
    if piece.kind == "sign":
        if piece.text == "⁇":  # what converters write for a character that they do not know, as "??"
            return ("?", "?"), 1
        if piece.text == "?":
            closes = index + 1 == len(pieces) or pieces[index + 1].apart or pieces[index + 1].text in "\"').!?"
            return (("?",), 1) if closes else ((), 1)
        if piece.text == "$" or _says_something(piece.text):
            return (_SIGNS.get(piece.text, unicodedata.normalize("NFKC", piece.text)),), 1
        return (), 1
    if piece.text in _SIGNS:
        return (_SIGNS[piece.text],), 1
    if index + 1 < len(pieces) and pieces[index + 1].text == "$" and pieces[index + 1].start == piece.end and unit_named(f"{piece.text}$"):
        return (), 1  # "US$5" is "$5"; other dollars have a code of their own
    if piece.text in CAPITALS and not any(
        other.kind == "word" and len(other.text) > 1 and other.text.isupper()
        for other in (*pieces[max(0, index - 1) : index], *pieces[index + 1 : index + 2])
    ):
        return CAPITALS[piece.text], 1
    dotted = index + 1 < len(pieces) and pieces[index + 1].text == "." and pieces[index + 1].start == piece.end
    lowered = unicodedata.normalize("NFKC", piece.text).lower()
    if len(lowered) > 1 and lowered.endswith("s'"):
        return (*in_full(lowered[:-1], dotted), "'s"), 1
    return in_full(lowered.strip("'") if not lowered.startswith("'") else lowered, dotted), 1
