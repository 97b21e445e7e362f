"""Classes of every code point as one table of bits that compiled loops look up."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

SPACE, LETTER, WORDY, UNSPACED, TERMINAL, BULLET, CLOSING, WIDE_END = (1 << bit for bit in range(8))
TABLE_SIZE = 0x33480  # no letter, digit or mark of a living script is above

# Scripts that put no space between words: each character is a word.
UNSPACED_RANGES = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
)
BULLETS = "•‣▶◀◦■□▪–-*"
QUOTES_AND_BRACKETS = "\"'”’»)]」』"
WIDE_ENDS = "。！？｡"  # end a sentence without a space behind them
# Unicode 17, property Sentence_Terminal (UAX #44): characters that end a sentence in any script.
_TERMINAL_RANGES = (
    "21 2E 3F 589 61D-61F 6D4 700-702 7F9 837 839 83D-83E 964-965 104A-104B 1362 1367-1368 166E 1735-1736 17D4-17D5 1803 1809 1944-1945 "
    "1AA8-1AAB 1B4E-1B4F 1B5A-1B5B 1B5E-1B5F 1B7D-1B7F 1C3B-1C3C 1C7E-1C7F 2024 203C-203D 2047-2049 2CF9-2CFB 2E2E 2E3C 2E53-2E54 "
    "2E60-2E61 3002 A4FF A60E-A60F A6F3 A6F7 A876-A877 A8CE-A8CF A92F A9C8-A9C9 AA5D-AA5F AAF0-AAF1 ABEB FE12 FE15-FE16 FE52 FE56-FE57 "
    "FF01 FF0E FF1F FF61 10A56-10A57 10F55-10F59 10F86-10F89 11047-11048 110BE-110C1 11141-11143 111C5-111C6 111CD 111DE-111DF "
    "11238-11239 1123B-1123C 112A9 113D4-113D5 1144B-1144C 115C2-115C3 115C9-115D7 11641-11642 1173C-1173E 11944 11946 11A42-11A43 "
    "11A9B-11A9C 11C41-11C42 11EF7-11EF8 11F43-11F44 16A6E-16A6F 16AF5 16B37-16B38 16B44 16D6E-16D6F 16E98 1BC9F 1DA88"
)


@cache
def character_table() -> npt.NDArray[np.uint8]:
    """Bits of every code point below TABLE_SIZE. A mark counts as part of a word, as in Thai or Hindi."""
    characters = list(map(chr, range(TABLE_SIZE)))
    table = np.zeros(TABLE_SIZE, np.uint8)
    table[np.fromiter(map(str.isspace, characters), bool, TABLE_SIZE)] |= SPACE
    table[np.fromiter(map(str.isalpha, characters), bool, TABLE_SIZE)] |= LETTER
    table[np.fromiter((unicodedata.category(one)[0] in "LNM" for one in characters), bool, TABLE_SIZE)] |= WORDY
    for first, last in UNSPACED_RANGES:
        table[first : last + 1] |= UNSPACED
    for span in _TERMINAL_RANGES.split():
        first, _, last = span.partition("-")
        table[int(first, 16) : int(last or first, 16) + 1] |= TERMINAL
    for bit, members in ((BULLET, BULLETS), (CLOSING, QUOTES_AND_BRACKETS), (WIDE_END, WIDE_ENDS)):
        table[[ord(one) for one in members]] |= bit
    return table
