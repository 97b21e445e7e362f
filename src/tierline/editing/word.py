"""A word of a text in its normal form."""

from __future__ import annotations

from dataclasses import dataclass

Forms = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """A word, number, date or sign of a text in its normal form, and where it stands there: `text[start:end]`.

    `opens` says that it begins a sentence or line, `apart` that a sign or line break stands between it and the word before it.
    """

    form: str
    start: int
    end: int
    opens: bool = False
    apart: bool = False
    written: str = ""
