"""Keeps one byte too many or too few from shifting all characters behind it, in charsets of two bytes a character."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import accumulate
from typing import NamedTuple


class Layout(NamedTuple):
    """How a charset cuts bytes into characters, the first bytes of its frequent ones, and which bytes beyond ASCII no frequent one has."""

    singles: range  # bytes beyond ASCII that are a character alone
    leads: tuple[range, ...]  # of punctuation, of syllabaries, and of the characters that the standard lists first, by use
    trails: range
    aliens: bytes
    kana: int = 0  # first byte of the most frequent ones


_BELOW = bytes((*range(0x80, 0xA1), 0xFF))
LAYOUTS = {
    "shift_jis": Layout(range(0xA1, 0xE0), (range(0x81, 0x84), range(0x88, 0x98)), range(0x40, 0xFD), b"\xa0\xfd\xfe\xff", 0x82),
    "euc-jp": Layout(
        range(0x80, 0x8E), (range(0xA1, 0xA6), range(0xB0, 0xD0)), range(0xA1, 0xFF), _BELOW.translate(None, b"\x8e\x8f"), 0xA4
    ),
    "euc-kr": Layout(range(0x80, 0x81), (range(0xA1, 0xA4), range(0xB0, 0xC9)), range(0xA1, 0xFF), _BELOW),
    "gbk": Layout(range(0x80, 0x81), (range(0xA1, 0xA4), range(0xB0, 0xD8)), range(0xA1, 0xFF), _BELOW),
    "gb18030": Layout(range(0x80, 0x81), (range(0xA1, 0xA4), range(0xB0, 0xD8)), range(0xA1, 0xFF), _BELOW),
    "big5": Layout(range(0x80, 0x81), (range(0xA1, 0xA4), range(0xA4, 0xC7)), range(0x40, 0xFF), _BELOW),
}
CERTAIN_GAIN = 3  # frequent characters more: a rare one of such a byte and a letter gives one
MOST_BROKEN = 8  # places in a run from which reading on is tried
# A run of bytes that may be characters of several bytes, whose last byte can be a letter or, in GB 18030, a digit.
RUN = re.compile(rb"[^\x00-\x2f\x3a-\x3f]+")
MOST_RUN_BYTES = 1 << 16  # a longer run is left as it is


def realign(body: bytes, charset: str, decode: Callable[[bytes], str]) -> str:
    """The text of a body that may be damaged: each damaged run gives up the one byte without which most characters are frequent."""
    parts: list[str] = []
    end = 0
    for run in RUN.finditer(body):
        if run.group().isascii() or run.end() - run.start() > MOST_RUN_BYTES:
            continue
        text = decode(run.group())
        if parts_around := _around_alien(run.group(), LAYOUTS[charset], "\ufffd" in text):
            text = "\ufffd".join(map(decode, parts_around))
        elif "\ufffd" in text and (place := _stray(run.group(), LAYOUTS[charset], run.end() == len(body))) is not None:
            text = decode(run.group()[:place]) + "\ufffd" + decode(run.group()[place + 1 :])
        parts += [decode(body[end : run.start()]), text]
        end = run.end()
    return "".join([*parts, decode(body[end:])])


def has_alien(body: bytes, charset: str) -> bool:
    """Whether there is a byte that no frequent character has."""
    return len(body.translate(None, LAYOUTS[charset].aliens)) < len(body)


def _around_alien(run: bytes, layout: Layout, damaged: bool) -> tuple[bytes, bytes] | None:
    """What stands before and behind the one byte that no frequent character has, if without it the run is whole, and is read better. A
    character within which it stands is put behind it."""
    rest = run.translate(None, layout.aliens)
    if len(rest) != len(run) - 1:
        return None
    worth = _worth(rest, 0, layout, False)
    if min(worth.values(), default=0) < 0:
        return None
    if not damaged and sum(worth.values()) < sum(_worth(run, 0, layout, False).values()) + CERTAIN_GAIN:
        return None
    place = next(place for place, byte in enumerate(run) if byte in layout.aliens)
    start = place if place in worth or place == len(rest) else place - 1
    return rest[:start], rest[start:]


def _stray(run: bytes, layout: Layout, cut: bool) -> int | None:
    """Where one byte belongs to no character: those before it are read from the start, those behind it from the next byte on. A run
    that is `cut` may end within a character, and nothing is wrong with it."""
    before = _worth(run, 0, layout, cut)
    counted = dict(zip(before, accumulate(before.values(), initial=0), strict=False))
    broken = [place for place, worth in before.items() if worth < 0]
    best, place = sum(before.values()), None
    for start in dict.fromkeys((1, *(place + 2 for place in broken[:MOST_BROKEN]))):
        left = 0
        for begin, worth in reversed(_worth(run, start, layout, cut).items()):
            left += worth
            if begin - 1 in counted and counted[begin - 1] + left > best:
                best, place = counted[begin - 1] + left, begin - 1
    return place


def _worth(run: bytes, start: int, layout: Layout, cut: bool) -> dict[int, int]:
    """Where each character begins if one begins at `start`: 1 for a frequent one, 2 for kana, 0 for a rare one, -1 for
    none."""
    found: dict[int, int] = {}
    while start < len(run):
        lead, trail = run[start], run[start + 1] if start + 1 < len(run) else 0
        single = lead < 0x80 or lead in layout.singles
        pair = not single and 0x40 <= trail <= 0xFE and lead <= 0xFE
        found[start] = (
            int(trail in layout.trails and any(lead in leads for leads in layout.leads)) + (lead == layout.kana)
            if pair
            else single - (not cut or start + 1 < len(run))
        )
        start += 1 + pair
    return found
