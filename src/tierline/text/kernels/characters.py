"""Classes of every code point as one table of bits that compiled loops look up."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

SPACE, LETTER, WORDY, UNSPACED, TERMINAL, BULLET, CLOSING, WIDE_END, LONG_WORD, PHRASE, INVISIBLE = (1 << bit for bit in range(11))
TABLE_SIZE = 0x33480  # no letter, digit or mark of a living script is above

# Scripts that put no space between words: each character is a word to n-grams, and this many are one word to whatever counts words. In
# the Universal Declaration of Human Rights one English word takes 1.4 characters of Chinese, 2.2 of Japanese, 1.7 of Yi, and 5.2 to 8.1
# of the others; 4 is short of that, because its words are long ones.
UNSPACED_SCRIPTS = {
    2: "3040-30FF 31F0-31FF 3400-4DBF 4E00-9FFF A000-A4CF F900-FAFF FF66-FF9F 1B000-1B16F 20000-3347F",  # Kana, Yi, Han
    4: "E00-E7F E80-EFF F00-F0A F0D-FFF 1000-109F A9E0-A9FF AA60-AA7F 1780-17FF 1A20-1AAF 1B00-1B7F A980-A9DF",
}  # Thai, Lao, Tibetan, Burmese and its kin, Khmer, Tai Tham, Balinese, Javanese
SEPARATORS = "\u0f0b\u0f0c\u1361\u200b"  # between words where no space is: tsheg of Tibetan, word space of Ethiopic, zero width space
# Scripts that end a sentence with a space alone: Thai and Lao (The Unicode Standard, sections 16.1 and 16.2).
PHRASE_RANGES = "E00-E7F E80-EFF"
INVISIBLE_RANGES = "AD 34F 61C 180B-180F 200B-200F 202A-202E 2060-206F FE00-FE0F FEFF"  # Default_Ignorable_Code_Point, fillers left out
BULLETS = "•‣▶◀◦■□▪–-*"
QUOTES_AND_BRACKETS = "\"'“”‘’«»‹›)]」』）］】》〉〕｣"
# Unicode 17, property Sentence_Terminal (UAX #44): characters that end a sentence in any script. Those of LATIN_ENDS stand in numbers,
# names and abbreviations too; any other ends a sentence whatever follows.
LATIN_ENDS = ".!?\u2024\u203c\u203d\u2047\u2048\u2049\ufe52\ufe56\ufe57\uff0e"
_TERMINAL_RANGES = (
    "21 2E 3F 589 61D-61F 6D4 700-702 7F9 837 839 83D-83E 964-965 104A-104B 1362 1367-1368 166E 1735-1736 17D4-17D5 1803 1809 1944-1945 "
    "1AA8-1AAB 1B4E-1B4F 1B5A-1B5B 1B5E-1B5F 1B7D-1B7F 1C3B-1C3C 1C7E-1C7F 2024 203C-203D 2047-2049 2CF9-2CFB 2E2E 2E3C 2E53-2E54 "
    "2E60-2E61 3002 A4FF A60E-A60F A6F3 A6F7 A876-A877 A8CE-A8CF A92F A9C8-A9C9 AA5D-AA5F AAF0-AAF1 ABEB FE12 FE15-FE16 FE52 FE56-FE57 "
    "FF01 FF0E FF1F FF61 10A56-10A57 10F55-10F59 10F86-10F89 11047-11048 110BE-110C1 11141-11143 111C5-111C6 111CD 111DE-111DF "
    "11238-11239 1123B-1123C 112A9 113D4-113D5 1144B-1144C 115C2-115C3 115C9-115D7 11641-11642 1173C-1173E 11944 11946 11A42-11A43 "
    "11A9B-11A9C 11C41-11C42 11EF7-11EF8 11F43-11F44 16A6E-16A6F 16AF5 16B37-16B38 16B44 16D6E-16D6F 16E98 1BC9F 1DA88"
    " 37E F0D-F12 F14"  # beside the property: Greek question mark, shad of Tibetan (The Unicode Standard, section 13.4)
)


@cache
def character_table() -> npt.NDArray[np.uint16]:
    """Bits of every code point below TABLE_SIZE. A mark counts as part of a word, as in Thai or Hindi."""
    characters = list(map(chr, range(TABLE_SIZE)))
    table = np.zeros(TABLE_SIZE, np.uint16)
    categories = np.array([unicodedata.category(one)[0] for one in characters])
    for bit, held in (
        (SPACE, np.fromiter(map(str.isspace, characters), bool, TABLE_SIZE)),
        (LETTER, np.fromiter(map(str.isalpha, characters), bool, TABLE_SIZE)),
        (WORDY, np.isin(categories, list("LNM"))),
        (UNSPACED, _within(" ".join(UNSPACED_SCRIPTS.values()))),
        (LONG_WORD, _within(UNSPACED_SCRIPTS[4])),
        (PHRASE, _within(PHRASE_RANGES)),
        (INVISIBLE, _within(INVISIBLE_RANGES)),
        (TERMINAL, _within(_TERMINAL_RANGES)),
        (WIDE_END, _within(_TERMINAL_RANGES) & ~_members(LATIN_ENDS)),
        (SPACE, _members(SEPARATORS)),
        (BULLET, _members(BULLETS)),
        (CLOSING, _members(QUOTES_AND_BRACKETS)),
    ):
        table[held] |= bit
    return table


def code_points(ranges: str) -> list[tuple[int, int]]:
    """(first, last) of each range written in hexadecimal."""
    spans = [span.partition("-") for span in ranges.split()]
    return [(int(first, 16), int(last or first, 16)) for first, _, last in spans]


def _within(ranges: str) -> npt.NDArray[np.bool_]:
    held = np.zeros(TABLE_SIZE, np.bool_)
    for first, last in code_points(ranges):
        held[first : last + 1] = True
    return held


def _members(characters: str) -> npt.NDArray[np.bool_]:
    return np.isin(np.arange(TABLE_SIZE), [ord(one) for one in characters])
