"""Cuts a text into words, numbers, dates, times and signs, and says which of them begin a sentence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

MONTHS = "January February March April May June July August September October November December".split()
_LOWERED = "|".join(month.lower() for month in MONTHS if month not in ("March", "May"))  # these two are words too
_MONTH = rf"(?:{'|'.join(MONTHS)}|{'|'.join(MONTHS).upper()}|{_LOWERED}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\b\.?)"
_DAY = r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?\b"
_YEAR = r"(?:,? (?P<{}>\d{{4}})\b)?"
_HALF = r"[apAP](?:\. ?[mM]\b\.?|[mM]\b)"
_PIECES = re.compile(
    rf"(?P<iso>(?<![\d-])\d{{4}}-\d\d-\d\d(?![\d-]))"
    rf"|(?P<date>\b(?:the )?(?P<day>{_DAY})(?: of)? (?P<month>{_MONTH})(?![^\W\d_]){_YEAR.format('year')}"
    rf"|\b(?P<month2>{_MONTH}) (?:the )?(?P<day2>{_DAY})(?![.:/]\d){_YEAR.format('year2')})"
    rf"|(?P<clock>(?<![\d:])\d{{1,2}}:[0-5]\d(?![\d:])(?: ?{_HALF})?|(?<![\d.,])\d{{1,2}} ?{_HALF})"
    r"|(?P<dotted>(?<![^\W_])(?:(?:[^\W\d_]\.){2,}|(?:[^\W\d_]\.)+[^\W\d_](?= ?\.)))"
    r"|(?P<number>\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?|\d{1,3}(?: \d{3})+(?![\d,])(?:\.\d+)?|\d+(?:[.,]\d+)*|(?<![\w.])\.\d+)"
    r"(?:(?P<ordinal>(?i:st|nd|rd|th))\b|(?P<decade>'?[sS]\b))?"
    r"|(?P<word>[^\W\d_]+(?:\d[^\W\d_]+)*(?:'[^\W\d_]+)*'?)"
    r"|(?P<sign>\S)",
)
_BREAK = re.compile(r"(?<!\d)\n|\n(?!\d)")
_MARKER = re.compile(r"^[ \t]*(?:[-*•–#>]{1,6}|\(?\d{1,2}[.)]|\(?[a-zA-Z]\))[ \t]+", re.M)
_NUMBERED = re.compile(r"\(?\d{1,2}[.)]")
_KINDS = ("iso", "date", "clock", "dotted", "number", "word", "sign")
_TITLES = frozenset("dr mr mrs ms st prof vs no fig figs jr sr gen col sgt capt lt rev hon approx ca dept est vol pp".split())
QUOTES_MAX = 4  # that may stand behind the stop of a sentence


@dataclass(frozen=True, slots=True)
class Piece:
    """`text[start:end]` of a text. `opens`: it begins a sentence or line; `apart`: something stands between it and the piece before."""

    kind: str
    text: str
    start: int
    end: int
    opens: bool
    apart: bool
    match: re.Match[str]


def on_one_line(text: str) -> str:
    """The text with spaces for line breaks but for those between digits, for a date and a unit may stand on two lines."""
    return _BREAK.sub(" ", text)


def pieces_of(text: str) -> list[Piece]:
    """The pieces of a text in order, without the marks of lists, headings and quotations at the starts of its lines."""
    markers = [match.span() for match in _MARKER.finditer(text)]
    if sum(bool(_NUMBERED.match(text[start:end].strip())) for start, end in markers) < 2:  # a number at the start of one line counts
        markers = [(start, end) for start, end in markers if not _NUMBERED.match(text[start:end].strip())]
    hidden = iter([*markers, (len(text) + 1, len(text) + 1)])
    first, last = next(hidden)
    pieces: list[Piece] = []
    end = 0
    for match in _PIECES.finditer(on_one_line(text)):
        while match.start() >= last:
            first, last = next(hidden)
        if match.start() >= first:
            continue
        between = text[end : match.start()]
        opens = not pieces or "\n" in between or (bool(between) and _ends(pieces) and not match[0][0].islower())
        kind = next(name for name in _KINDS if match[name] is not None)
        written = unicodedata.normalize("NFKC", match[0]) if match[0].isalpha() else match[0]  # ligatures
        pieces.append(Piece(kind, written, match.start(), match.end(), opens, bool(between), match))
        end = match.end()
    return pieces


def _ends(pieces: Sequence[Piece]) -> bool:
    """A sentence ends with the last of these pieces; quotation marks may stand behind its stop."""
    at = len(pieces) - 1
    while len(pieces) - at <= QUOTES_MAX and at > 0 and pieces[at].text in "\"')”":
        at -= 1
    if pieces[at].kind != "sign" or pieces[at].text not in ".!?。！？":
        return False
    word = pieces[at - 1].text if at and pieces[at].text == "." and not pieces[at].apart else ""
    return word.lower() not in _TITLES and not (len(word) == 1 and word.isupper() and word != "I")
