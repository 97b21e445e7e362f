"""How the student reads a text, in plain Python: what the compiled loops are compared with."""

import unicodedata
from dataclasses import dataclass

from tierline.students.surface_kernel import MAX_CHARS
from tierline.text.kernels.characters import TABLE_SIZE, TERMINAL, UNSPACED, character_table

MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Reading:
    """Characters with each run of white space as one (a line break if it has one), and the words as they are written."""

    characters: str
    words: list[str]


def bits(one: str) -> int:
    return int(character_table()[ord(one)]) if ord(one) < TABLE_SIZE else 0


def is_space(one: str) -> bool:
    return one.isspace()


def is_letter(one: str) -> bool:
    return unicodedata.category(one)[0] == "L"


def is_mark(one: str) -> bool:
    return unicodedata.category(one)[0] == "M" and ord(one) < TABLE_SIZE


def is_digit(one: str) -> bool:
    return unicodedata.category(one) == "Nd"


def is_upper(one: str) -> bool:
    return unicodedata.category(one) in ("Lu", "Lt")


def is_unspaced(one: str) -> bool:
    return is_letter(one) and bool(bits(one) & UNSPACED)


def is_terminal(one: str) -> bool:
    return bool(bits(one) & TERMINAL)


def read(text: str) -> Reading:
    """At most MAX_CHARS characters."""
    text = text[: 2 * MAX_CHARS].encode("utf-8", "replace").decode()
    found: list[str] = []
    for one in text:
        if len(found) == MAX_CHARS:
            break
        if is_space(one):
            one = "\n" if one in "\n\r" else " "
            if found and found[-1] in " \n":
                found[-1] = "\n" if one == "\n" else found[-1]
                continue
        found.append(one)
    return Reading("".join(found), split("".join(found)))


def split(text: str) -> list[str]:
    """Runs of letters with their marks, runs of digits, letters of unspaced scripts by themselves."""
    words: list[str] = []
    at = 0
    while at < len(text):
        if not is_letter(text[at]) and not is_digit(text[at]):
            at += 1
            continue
        begin, digits = at, not is_letter(text[at])
        while at < len(text) and (is_digit(text[at]) if digits else is_letter(text[at]) or is_mark(text[at])):
            at += 1
            if is_unspaced(text[at - 1]) or (at < len(text) and is_unspaced(text[at])):
                break
        words.append(text[begin:at])
    return words


def mixed(value: int) -> int:
    """The finalizer of splitmix64."""
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & MASK
    value = (value ^ value >> 27) * 0x94D049BB133111EB & MASK
    return value ^ value >> 31


def word_hash(word: str) -> int:
    """FNV-1a over lower-cased code points, mixed."""
    value = 14695981039346656037
    for one in word:
        value = (value ^ ord(one.lower()[0])) * 1099511628211 & MASK
    return mixed(value)
