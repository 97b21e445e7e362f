"""Compiled: copies text out of a parsed page, with white space collapsed or, where it is preformatted, with its lines."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tierline.crawl import hiding
from tierline.crawl.lexbor_memory import BEFORE, FIRST, LAST, NEXT, PARENT, TAG, TEXT_DATA, TEXT_LENGTH, byte, word
from tierline.text.kernels.compiled import NEWLINE, helper, inlined

Bytes = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]
BLOCK, SKIP, LINK, BREAK, PRE, MATH, SCRIPT, SPAN, IMAGE, TEXT, COMMENT, RAISED = range(1, 13)  # actions of the walk at a tag
SEPARATOR = 0x1F  # after each text; a control character that counts as white space, so that no text contains it

# The running state. The text since the last block boundary is a list of pieces (texts, formulas, breaks).
TEXT_END, NAMES_END, BLOCKS, ELEMENTS, ROLES, LINKS, SCRIPTS, FORMULAS, ITEMS, DEPTH, KNOWN, FULL, HIDDEN = range(13)
FADED, SHOWS_FADED = 13, 14  # whether opacity alone hides an element; set before a walk that is to see those
NAMES = 15
PIECES, AFTER_SPACE, AFTER_BREAK, BLOCK_START, SPACE_DUE, BREAK_DUE, LINK_CHARACTERS, LINK_COUNT = range(16, 24)
PIECE, PIECE_LENGTH, EARLIER, EARLIER_LENGTH = range(24, 28)  # addresses and lengths of the last two pieces
STATE_SIZE = 28


class Sheets(NamedTuple):
    """The arrays that a walk writes; none grows, FULL is set if one is too short."""

    text: Bytes
    names: Bytes  # class and id of those elements that have them, each with a separator behind it
    named: Longs  # the element of each name
    blocks: Longs
    elements: Longs
    nodes: Longs  # addresses of the elements
    stack: Longs  # open block-level elements
    numbers: Longs  # of those that are recorded
    states: Longs  # by depth
    roles: Longs  # an element, address and length of its role, where it has one
    hidden: Longs  # addresses of the elements that hide their text
    links: Longs  # addresses and lengths of rel and href, where they might name a license
    scripts: Longs  # addresses and lengths of JSON-LD
    formulas: Longs  # addresses of nodes that may be formulas
    now: Longs


class Tags(NamedTuple):
    """The meaning of the parser's numbers."""

    actions: Bytes
    kinds: Bytes
    masks: Longs  # hints
    attributes: Bytes  # one more than the place in the walk's ATTRIBUTES, 0 for all others


@inlined
def is_space(code: int) -> bool:
    """As str.isspace has it."""
    if code < 0x80:
        return 9 <= code <= 13 or 28 <= code <= 32
    if code < 0x1680:
        return code in (0x85, 0xA0)
    return 0x2000 <= code <= 0x200A or code in (0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)


@inlined
def code_at(at: int, end: int) -> tuple[int, int]:
    """(code point, address of the next one) of UTF-8 that ends at `end`."""
    code = byte(at)
    size = 1 if code < 0xC0 else 2 if code < 0xE0 else 3 if code < 0xF0 else 4
    if size == 1 or at + size > end:
        return code, at + 1
    value = code & (0x7F >> size)
    for place in range(1, size):
        value = value << 6 | byte(at + place) & 0x3F
    return value, at + size


@inlined
def ends_with_space(start: int, end: int) -> bool:
    """Whether the last character of a text is white space."""
    at = end - 1
    while at > start and byte(at) & 0xC0 == 0x80:
        at -= 1
    return is_space(code_at(at, end)[0])


@inlined
def is_blank(start: int, end: int) -> bool:
    """Whether a text is nothing but the white space of HTML."""
    for at in range(start, end):
        code = byte(at)
        if code > 32 or not (code == 32 or code == 10 or code == 9 or code == 12 or code == 13):
            return False
    return True


@inlined
def action_of(node: int, tags: Tags) -> int:
    """The action at a node."""
    tag = word(node + TAG)
    return int(tags.actions[tag]) if 0 <= tag < len(tags.actions) else 0


@helper
def last_text_space(top: int, tags: Tags) -> int:
    """1 if the last text at or within a node ends with white space, 0 if it does not, -1 if there is none."""
    node = top
    while word(node + LAST):
        node = word(node + LAST)
    while True:
        if word(node + TEXT_LENGTH) and action_of(node, tags) == TEXT:
            start = word(node + TEXT_DATA)
            return 1 if ends_with_space(start, start + word(node + TEXT_LENGTH)) else 0
        if node == top:
            return -1
        if word(node + BEFORE):
            node = word(node + BEFORE)
            while word(node + LAST):
                node = word(node + LAST)
        else:
            node = word(node + PARENT)


@helper
def space_before(node: int, tags: Tags) -> bool:
    """Whether white space parts a text from the one before it: it may stand in a node of its own, which the walk skips."""
    while True:
        before = word(node + BEFORE)
        while before:
            found = last_text_space(before, tags)
            if found >= 0:
                return found == 1
            before = word(before + BEFORE)
        node = word(node + PARENT)
        if not node or action_of(node, tags) == BLOCK:
            return False


@inlined
def add_piece(start: int, length: int, sheets: Sheets) -> int:
    """Append a text to the running one, each run of white space as one space; returns its characters."""
    text, now, end = sheets.text, sheets.now, start + length
    at, out, characters = start, now[TEXT_END], 0
    if out + length + 8 > len(text):
        now[FULL] = 1
        return 0
    space, line, empty = now[SPACE_DUE], now[BREAK_DUE], out == now[BLOCK_START]
    while at < end:
        code, after = byte(at), at + 1
        if code >= 0x80:
            code, after = code_at(at, end)
        characters += 1
        if code == 0xE000:
            line = 1
        elif is_space(code):
            space = 1
        else:
            if (line or space) and not empty:
                text[out] = 10 if line else 32
                out += 1
            space, line, empty = 0, 0, False
            while at < after:
                text[out] = byte(at)
                out += 1
                at += 1
        at = after
    now[SPACE_DUE], now[BREAK_DUE], now[TEXT_END] = space, line, out
    now[EARLIER], now[EARLIER_LENGTH], now[PIECE], now[PIECE_LENGTH] = now[PIECE], now[PIECE_LENGTH], start, length
    now[PIECES] += 1
    now[AFTER_SPACE], now[AFTER_BREAK] = ends_with_space(start, end), 0
    return characters


@helper
def is_power_of_ten(node: int, tags: Tags, sheets: Sheets) -> bool:
    """Whether a raised element holds a whole number alone and stands directly behind a 10, which is no part of a longer number."""
    child = word(node + FIRST)
    if not child or word(child + NEXT) or action_of(child, tags) != TEXT:
        return False
    at = word(child + TEXT_DATA)
    end = at + word(child + TEXT_LENGTH)
    if (
        at + 3 <= end
        and byte(at) == 0xE2
        and ((byte(at + 1) == 0x88 and byte(at + 2) == 0x92) or (byte(at + 1) == 0x80 and byte(at + 2) == 0x93))
    ):
        at += 3  # a minus sign or an en dash
    elif at < end and (byte(at) == 45 or byte(at) == 43):
        at += 1
    if not 1 <= end - at <= 3:
        return False
    while at < end:
        if not 48 <= byte(at) <= 57:
            return False
        at += 1
    text, now = sheets.text, sheets.now
    out, start = now[TEXT_END], now[BLOCK_START]
    if out < start + 2 or text[out - 2] != 49 or text[out - 1] != 48 or now[AFTER_SPACE] or now[SPACE_DUE] or now[BREAK_DUE]:
        return False
    if out > start + 2:
        before = text[out - 3]
        if 48 <= before <= 57 or before == 44 or before == 46 or 65 <= before & 0xDF <= 90:
            return False
    return not space_before(node, tags)


@inlined
def add_mark(space: bool, line: bool, now: Longs) -> None:
    """Append the separator between two texts: a space, a break or nothing."""
    now[SPACE_DUE] |= space
    now[BREAK_DUE] |= line
    now[EARLIER], now[EARLIER_LENGTH], now[PIECE], now[PIECE_LENGTH] = now[PIECE], now[PIECE_LENGTH], 0, 0
    now[PIECES] += 1
    now[AFTER_SPACE], now[AFTER_BREAK] = 0, line


@helper
def add_lines(top: int, tags: Tags, sheets: Sheets) -> bool:
    """Append the text of a preformatted element with its lines, without the space at their ends; whether there is any.

    A block-level element or break within begins a line of its own. Empty lines before the first are left out, and all space behind
    the last.
    """
    text, now = sheets.text, sheets.now
    start = now[TEXT_END]
    # Where the text ends, its last line without space at its end, and the text without space at its end; what came before.
    ends = np.array([start, start, start, 0, 0])
    node, pieces, at_line_end = top, False, False
    while True:
        action = action_of(node, tags)
        if action == TEXT:
            data, length = word(node + TEXT_DATA), word(node + TEXT_LENGTH)
            if ends[0] + length + 16 > len(text):
                now[FULL] = 1
                return False
            add_line_piece(data, data + length, text, ends)
            pieces = True
            at_line_end = length > 0 and byte(data + length - 1) == 10
        elif action == BREAK or (action == BLOCK and pieces and not at_line_end):
            if ends[0] + 16 > len(text):
                now[FULL] = 1
                return False
            add_line_end(text, ends, NEWLINE)
            pieces, at_line_end = True, True
        seen = action != SKIP and action != SCRIPT and word(node + FIRST) != 0
        if seen and (node == top or not hiding.says(node, tags.attributes) & hiding.HIDES):
            node = word(node + FIRST)
            continue
        while node != top and not word(node + NEXT):
            node = word(node + PARENT)
        if node == top:
            break
        node = word(node + NEXT)
    now[TEXT_END] = ends[2]
    return ends[2] > start


@helper
def add_line_end(text: Bytes, ends: Longs, code: int) -> None:
    """End a line of preformatted text, unless it is an empty one at the front."""
    if code == 10 and not ends[3]:
        return
    if not (code == 10 and ends[4] == 13):
        text[ends[1]] = 10
        ends[0] = ends[1] = ends[1] + 1
    ends[3], ends[4] = 1, code


@helper
def add_line_piece(at: int, end: int, text: Bytes, ends: Longs) -> None:
    """Append a piece of preformatted text."""
    while at < end:
        code, after = code_at(at, end)
        if 10 <= code <= 13 or 28 <= code <= 30 or code == 0x85 or code == 0x2028 or code == 0x2029:
            add_line_end(text, ends, code)
        elif code == 0xA0:
            text[ends[0]] = 32
            ends[0] += 1
            ends[3], ends[4] = 1, code
        elif code != SEPARATOR:
            out = ends[0]
            for place in range(at, after):
                text[out] = byte(place)
                out += 1
            ends[0] = out
            if not is_space(code):
                ends[1] = ends[2] = out
            ends[3], ends[4] = 1, code
        at = after
