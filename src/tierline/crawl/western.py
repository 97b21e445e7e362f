"""Tells Western text with a few signs or accents, of which a detector of charsets makes letters of other languages."""

from __future__ import annotations

import re

HIGH = bytes(range(0x80, 0x100))  # beyond ASCII
# Countries whose pages windows-1252 was made for, and domains that say nothing of a language.
WESTERN = frozenset(
    "uk us au nz ie ca za in de at ch li lu fr be nl es pt it br mx ar cl co pe ve se no dk fi is eu tv io me cc ai".split()
)
MOST_BYTES, BYTES_FOR_EACH = 3, 50  # beyond ASCII: so many, or one in so many
# Frequent words without accents: of languages of windows-1252 that no other list has, and of those written in its neighbors.
_WORDS = re.compile(rb"(?<![\w\x80-\xff])[a-z]{2,6}(?![\w\x80-\xff])", re.I)
_OURS = frozenset(
    b"the of and was are you said at it le les des et est une dans pour los las que por der und das ist nicht che di het een att".split()
)
_THEIRS = frozenset(
    b"na nie jest od dla jak po czy przez je se pro ale za tak byl az hogy nem egy volt meg din cu pentru este prin ve bir ile "
    b"ir un par kas ja oli su ili kako sa bez nad pod do ze ki si nu mai iar yra tai buvo apie kad ma kes mis ning sest jsou jako".split()
)
# Signs of windows-1252 where they make sense, and none of the letters that other charsets have in their places.
_SIGNS = re.compile(
    rb"[\xa3\xa5\xb1\xd7]\s?(?=\d)|(?<=\d)\s?[\xb1\xb5\xb0\xd7\xbd\xbc]|(?<![A-Za-z\x80-\xff])[\xa1\xbf](?=[A-Za-z])"
    rb"|\xab[^\x80-\xff]{1,80}\xbb|(?<=[a-z])\xae|[\x80\x85\x91-\x97\x99\xa0\xa7\xa9]"
)
_TAGS = re.compile(rb"<[^<>]{0,999}>")
_APART = re.compile(rb"[\x80-\xff]{2}")
_NONE = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")  # what windows-1252 does not have


def count_high(body: bytes) -> int:
    """How many bytes are beyond ASCII."""
    return len(body) - len(body.translate(None, HIGH))


def is_western(sample: bytes, top_level: str | None) -> bool:
    """Whether text without a label, with few bytes beyond ASCII that all stand alone, is windows-1252: its words say so, or all of these
    bytes are signs; the standard's fallback too (WHATWG HTML, 13.2.3.2)."""
    if top_level and len(top_level) == 2 and top_level not in WESTERN:
        return False
    prose = _TAGS.sub(b" ", sample)
    high = count_high(prose)
    if not high or high > max(MOST_BYTES, len(prose) // BYTES_FOR_EACH) or _APART.search(prose) or _NONE.search(prose):
        return False
    words = [word.lower() for word in _WORDS.findall(prose)]
    ours, theirs = sum(word in _OURS for word in words), sum(word in _THEIRS for word in words)
    signs = sum(count_high(sign) for sign in _SIGNS.findall(prose))
    return ours > 2 * theirs or (not theirs and signs == high)
