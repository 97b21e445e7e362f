"""Compiled: one walk over the nodes of a parsed page that cuts it into blocks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tierline.crawl import hiding
from tierline.crawl import lexbor_memory as lexbor
from tierline.crawl import walk_text as run
from tierline.crawl.formulas import IMAGE_CLASSES
from tierline.crawl.lexbor_memory import byte, unowned, word
from tierline.crawl.walk_text import Bytes, Longs, Sheets, Tags
from tierline.text.kernels.compiled import NO, YES, ZERO, compiled, helper, inlined

DONE, TOO_SHORT, TOO_MANY = range(3)
_CLASS, _ID, _, _HREF, _REL, _TYPE, _ALT, _ROLE, _ITEM = range(len(lexbor.ATTRIBUTES))
# The state of an open node: its depth in block-level elements, shifted, and whether it is in a link, not drawn, or without size.
_IN_LINK, _UNDRAWN, _SIZELESS, _LEVEL = 1, 2, 4, 3
_EXACT, _FOLDED = NO, YES  # how letters are compared: as they are, or whatever their case
_SKIPPED, _GONE = -1, -2  # the states within what is skipped, and within what nobody sees, where only data for machines is read
_KATEX, _MATHJAX, _LICENSE = (
    np.frombuffer(name, np.uint8) for name in (b"katex-html", b"MathJax", b"license")
)  # drawn by KaTeX, MathJax 2
_LICENSES, _PUBLIC_DOMAIN = np.frombuffer(b"licenses", np.uint8), np.frombuffer(b"publicdomain", np.uint8)
_JSON_LD, _TEX_SCRIPT = np.frombuffer(b"application/ld+json", np.uint8), np.frombuffer(b"math/tex", np.uint8)
_MWE, _TEX, _LATEX, _MATH, _EQUATION = (np.frombuffer(name.encode(), np.uint8) for name in IMAGE_CLASSES)


class Formulas(NamedTuple):
    """Texts of the nodes that may be formulas, sorted by their addresses."""

    nodes: Longs
    texts: Longs  # addresses
    lengths: Longs


@helper
def starts_with(at: int, length: int, start: Bytes, folded: bool) -> bool:
    """Whether a text starts with another, which is in lower case where case does not matter."""
    if length < len(start):
        return False
    for place in range(len(start)):
        code = byte(at + place)
        if code != start[place] and not (folded and 65 <= code <= 90 and code + 32 == start[place]):
            return False
    return True


@helper
def names_license(at: int, length: int) -> bool:
    """Whether an address has a folder whose name ends like those of license texts; case does not matter."""
    for place in range(8, length):
        if byte(at + place) == 47:
            start = at + place
            if starts_with(start - 8, length, _LICENSES, _FOLDED) or (
                place >= 12 and starts_with(start - 12, length, _PUBLIC_DOMAIN, _FOLDED)
            ):
                return True
    return False


@helper
def says_license(at: int, length: int) -> bool:
    """Whether a link's relations may include that to a license."""
    place, last = 0, length - len(_LICENSE)
    while place <= last and not starts_with(at + place, length - place, _LICENSE, _FOLDED):
        place += 1
    return place <= last


@helper
def same_text(one: int, one_length: int, other: int, other_length: int) -> bool:
    """Whether two texts are equal."""
    place, length = 0, min(one_length, other_length)
    while place < length and byte(one + place) == byte(other + place):
        place += 1
    return place == one_length == other_length


@inlined
def read_attributes(node: int, tags: Tags, found: Longs) -> None:
    """Fill `found` with the address and length of each of lexbor's ATTRIBUTES: address 0 without a value, length -1 if it is not there."""
    for number in range(len(found)):
        found[number, 0], found[number, 1] = 0, -1
    attribute = word(node + lexbor.FIRST_ATTRIBUTE)
    while attribute:
        name, number = word(attribute + lexbor.ATTRIBUTE_NAME), 0
        if 0 <= name < len(tags.attributes):
            number = int(tags.attributes[name])
        elif lexbor.is_role(name):
            number = _ROLE + 1
        elif lexbor.is_itemscope(name):
            number = _ITEM + 1
        if number:
            value = word(attribute + lexbor.ATTRIBUTE_VALUE)
            found[number - 1, 0] = word(value) if value else 0
            found[number - 1, 1] = word(value + 8) if value else 0
        attribute = word(attribute + lexbor.NEXT_ATTRIBUTE)


@inlined
def record(node: int, tags: Tags, found: Longs, sheets: Sheets) -> None:
    """Record an open element, with the hints of its tag alone."""
    now, names = sheets.now, sheets.names
    number, known, out = now[run.ELEMENTS], now[run.KNOWN], now[run.NAMES_END]
    read_attributes(node, tags, found)
    rows = sheets.elements
    rows[number, 0] = sheets.numbers[known - 1] if known else 0
    rows[number, 1], rows[number, 2] = now[run.BLOCKS], 0
    tag = word(node + lexbor.TAG)
    rows[number, 3] = tags.masks[tag] if 0 <= tag < len(tags.masks) else 0
    if found[_ROLE, 1] > 0:
        row = sheets.roles[now[run.ROLES]]
        row[0], row[1], row[2] = number, found[_ROLE, 0], found[_ROLE, 1]
        now[run.ROLES] += 1
    now[run.ITEMS] += found[_ITEM, 1] >= 0
    sheets.nodes[number], sheets.numbers[known] = node, number
    now[run.ELEMENTS], now[run.KNOWN] = number + 1, known + 1
    for attribute in (_CLASS, _ID):
        at, length = found[attribute, 0], found[attribute, 1]
        if length <= 0:
            continue
        if out + length + 8 > len(names):
            now[run.FULL] = 1
            return
        sheets.named[now[run.NAMES]] = number
        now[run.NAMES] += 1
        for place in range(at, at + length):
            code = byte(place)
            names[out] = code if code != run.SEPARATOR else 32
            out += 1
        names[out] = run.SEPARATOR
        out += 1
    now[run.NAMES_END] = out


@inlined
def add_block(kind: int, tags: Tags, found: Longs, sheets: Sheets) -> None:
    """Record the running text as a block, and those open elements that had no text before it."""
    now = sheets.now
    for depth in range(now[run.KNOWN], now[run.DEPTH]):
        record(int(sheets.stack[depth]), tags, found, sheets)
    sheets.text[now[run.TEXT_END]] = run.SEPARATOR
    row = sheets.blocks[now[run.BLOCKS]]
    row[0], row[1] = kind, sheets.numbers[now[run.KNOWN] - 1]
    row[2], row[3] = now[run.LINK_CHARACTERS], now[run.LINK_COUNT]
    now[run.TEXT_END] += 1
    now[run.BLOCK_START] = now[run.TEXT_END]
    now[run.BLOCKS] += 1


@inlined
def flush(tags: Tags, found: Longs, sheets: Sheets) -> None:
    """End the running text, if it has begun; it is a block if it is more than white space."""
    now = sheets.now
    if not now[run.PIECES]:
        return
    if now[run.TEXT_END] > now[run.BLOCK_START]:
        tag = word(int(sheets.stack[now[run.DEPTH] - 1]) + lexbor.TAG)
        add_block(int(tags.kinds[tag if 0 <= tag < len(tags.kinds) else 0]), tags, found, sheets)
    for place in range(run.PIECES, run.STATE_SIZE):
        now[place] = 0
    now[run.BLOCK_START] = now[run.TEXT_END]


@inlined
def close_to(depth: int, sheets: Sheets) -> None:
    """Close the block-level elements below a depth."""
    now = sheets.now
    now[run.DEPTH] = depth
    while now[run.KNOWN] > depth:
        now[run.KNOWN] -= 1
        sheets.elements[sheets.numbers[now[run.KNOWN]], 2] = now[run.BLOCKS]


@inlined
def add_text(node: int, state: int, tags: Tags, sheets: Sheets) -> None:
    """Append a text node to the running text."""
    now, start, length = sheets.now, word(node + lexbor.TEXT_DATA), word(node + lexbor.TEXT_LENGTH)
    if now[run.PIECES] and not (now[run.AFTER_SPACE] or now[run.AFTER_BREAK] or run.is_space(run.code_at(start, start + length)[0])):
        run.add_mark(run.space_before(node, tags), NO, now)
    characters = run.add_piece(start, length, sheets)
    if state & _IN_LINK:
        now[run.LINK_CHARACTERS] += characters


@helper
def find_formula(nodes: Longs, node: int) -> int:
    """The place of an address, or of the next higher one; np.searchsorted takes longer to compile than all of this."""
    low, high = 0, len(nodes)
    while low < high:
        middle = (low + high) // 2
        if nodes[middle] < node:
            low = middle + 1
        else:
            high = middle
    return low


@helper
def add_formula(node: int, formulas: Formulas, sheets: Sheets) -> None:
    """Append a formula's text, unless it repeats the one before it (as Wikipedia's image does); note those that are not known."""
    now, place = sheets.now, find_formula(formulas.nodes, node)
    if place == len(formulas.nodes) or formulas.nodes[place] != node:
        sheets.formulas[now[run.FORMULAS]] = node
        now[run.FORMULAS] += 1
        return
    start, length = formulas.texts[place], formulas.lengths[place]
    repeated = same_text(start, length, now[run.PIECE], now[run.PIECE_LENGTH])
    if length and not repeated and not same_text(start, length, now[run.EARLIER], now[run.EARLIER_LENGTH]):
        run.add_piece(start, length, sheets)


@helper
def may_be_formula(found: Longs) -> bool:
    """Whether an image's class is that of a formula, and it has an alternative text."""
    if found[_CLASS, 1] <= 0 or found[_ALT, 1] <= 0:
        return False
    at, length = found[_CLASS, 0], found[_CLASS, 1]
    known = starts_with(at, length, _MWE, _FOLDED) or starts_with(at, length, _TEX, _FOLDED) or starts_with(at, length, _LATEX, _FOLDED)
    return known or starts_with(at, length, _MATH, _FOLDED) or starts_with(at, length, _EQUATION, _FOLDED)


@inlined
def open_link(state: int, found: Longs, sheets: Sheets) -> int:
    """Count a link, and note it where it might name a license; the state within."""
    now = sheets.now
    href, length = found[_HREF, 0], found[_HREF, 1]
    rel, rel_length = found[_REL, 0], found[_REL, 1]
    if not href:
        return state
    now[run.LINK_COUNT] += 1
    if names_license(href, length) or says_license(rel, rel_length):
        row = sheets.links[now[run.LINKS]]
        row[0], row[1], row[2], row[3] = rel, max(rel_length, 0), href, length
        now[run.LINKS] += 1
    return state | _IN_LINK


@helper
def is_json_ld(at: int, length: int) -> bool:
    """Whether a script's type is that of JSON-LD, in any case and with any parameters."""
    while length > 0 and byte(at) <= 32:
        at, length = at + 1, length - 1
    if not starts_with(at, length, _JSON_LD, _FOLDED):
        return False
    return length == len(_JSON_LD) or byte(at + len(_JSON_LD)) <= 32 or byte(at + len(_JSON_LD)) == 59


@helper
def open_script(node: int, found: Longs, formulas: Formulas, seen: bool, sheets: Sheets) -> None:
    """Note JSON-LD, and formulas where they are seen."""
    now, child = sheets.now, word(node + lexbor.FIRST)
    kind, length = found[_TYPE, 0], found[_TYPE, 1]
    if starts_with(kind, length, _TEX_SCRIPT, _EXACT):
        if seen:
            add_formula(node, formulas, sheets)
    elif is_json_ld(kind, length) and child:
        row = sheets.scripts[now[run.SCRIPTS]]
        row[0], row[1] = word(child + lexbor.TEXT_DATA), word(child + lexbor.TEXT_LENGTH)
        now[run.SCRIPTS] += 1


@inlined
def look_at(node: int, state: int, tags: Tags, sheets: Sheets) -> int:
    """The state of an element by what it says of its own text; one that hides it is noted."""
    said = hiding.says(node, tags.attributes)
    if not said:
        return state
    if said & hiding.FADED:
        sheets.now[run.FADED] = 1
        if sheets.now[run.SHOWS_FADED]:
            return state
    if said & hiding.HIDES:
        sheets.hidden[sheets.now[run.HIDDEN]] = node
        sheets.now[run.HIDDEN] += 1
    if said & hiding.GONE:
        return _GONE
    if said & (hiding.UNDRAWN | hiding.DRAWN):
        state = state | _UNDRAWN if said & hiding.UNDRAWN else state & ~_UNDRAWN
    if said & (hiding.SIZELESS | hiding.SIZED):
        state = state | _SIZELESS if said & hiding.SIZELESS else state & ~_SIZELESS
    return state


@inlined
def open_element(node: int, action: int, state: int, formulas: Formulas, tags: Tags, found: Longs, sheets: Sheets) -> int:
    """Add an element's part of the running text; returns the state inside it."""
    now = sheets.now
    if action == run.BLOCK:
        flush(tags, found, sheets)
        sheets.stack[now[run.DEPTH]] = node
        now[run.DEPTH] += 1
        return state + (1 << _LEVEL)
    if action == run.BREAK:
        if now[run.PIECES] and now[run.AFTER_BREAK]:
            flush(tags, found, sheets)
        elif now[run.PIECES]:
            run.add_mark(NO, YES, now)
        return state
    if action == run.PRE:
        flush(tags, found, sheets)
        if not state & (_UNDRAWN | _SIZELESS) and run.add_lines(node, tags, sheets):
            sheets.stack[now[run.DEPTH]] = node
            now[run.DEPTH] += 1
            add_block(int(tags.kinds[word(node + lexbor.TAG)]), tags, found, sheets)
            close_to(now[run.DEPTH] - 1, sheets)
        return _SKIPPED
    if action == run.SKIP:
        return _SKIPPED
    if action == run.RAISED:
        if not state & (_UNDRAWN | _SIZELESS) and run.is_power_of_ten(node, tags, sheets):
            sheets.text[now[run.TEXT_END]] = 94  # 10^6, for 106 is another number
            now[run.TEXT_END] += 1
        return state
    read_attributes(node, tags, found)
    if action == run.LINK:
        return open_link(state, found, sheets)
    if action == run.SPAN:
        name, length = found[_CLASS, 0], found[_CLASS, 1]
        return _SKIPPED if starts_with(name, length, _KATEX, _EXACT) or starts_with(name, length, _MATHJAX, _EXACT) else state
    if action == run.SCRIPT:
        open_script(node, found, formulas, YES, sheets)
    elif not state & (_UNDRAWN | _SIZELESS) and (action == run.MATH or may_be_formula(found)):
        add_formula(node, formulas, sheets)
    return _SKIPPED


@helper
def _walk(root: int, most_nodes: int, formulas: Formulas, tags: Tags, sheets: Sheets, found: Longs) -> int:
    now, states, stack = sheets.now, sheets.states, sheets.stack
    shows_faded = now[run.SHOWS_FADED]
    now[:] = 0
    now[run.SHOWS_FADED] = shows_faded
    stack[0], states[0], now[run.DEPTH] = root, 1 << _LEVEL, 1
    node, depth, nodes = root, 0, 0
    while True:
        nodes += 1
        if nodes > most_nodes:
            return TOO_MANY
        if now[run.FULL] or 2 * nodes + 8 > len(states):
            return TOO_SHORT
        state, action = states[depth], run.action_of(node, tags)
        text, length = action == run.TEXT, word(node + lexbor.TEXT_LENGTH) if action == run.TEXT else 0
        if depth > 1 and state >= 0 and not text:  # what hides all of the page waits for a script
            state = look_at(node, state, tags, sheets)
        if state == _GONE:
            if action == run.SCRIPT:
                read_attributes(node, tags, found)
                open_script(node, found, formulas, NO, sheets)
        elif not (text and run.is_blank(word(node + lexbor.TEXT_DATA), word(node + lexbor.TEXT_DATA) + length)):
            if state >> _LEVEL < now[run.DEPTH]:
                flush(tags, found, sheets)
                close_to(state >> _LEVEL, sheets)
            if text:
                if not state & (_UNDRAWN | _SIZELESS):
                    add_text(node, state, tags, sheets)
            elif action:
                state = open_element(node, action, state, formulas, tags, found, sheets)
        child = word(node + lexbor.FIRST)
        if child and state != _SKIPPED:
            depth += 1
            states[depth] = state
            node = child
            continue
        while node != root and not word(node + lexbor.NEXT):
            node = word(node + lexbor.PARENT)
            depth -= 1
        if node == root:
            break
        node = word(node + lexbor.NEXT)
    flush(tags, found, sheets)
    close_to(ZERO, sheets)
    return TOO_SHORT if now[run.FULL] else DONE


@helper
def _tags_unowned(tags: Tags) -> Tags:
    return Tags(unowned(tags.actions), unowned(tags.kinds), unowned(tags.masks), unowned(tags.attributes))


@helper
def _sheets_unowned(sheets: Sheets) -> Sheets:
    return Sheets(
        unowned(sheets.text), unowned(sheets.names), unowned(sheets.named), unowned(sheets.blocks), unowned(sheets.elements),
        unowned(sheets.nodes), unowned(sheets.stack), unowned(sheets.numbers), unowned(sheets.states),
        unowned(sheets.roles), unowned(sheets.hidden), unowned(sheets.links), unowned(sheets.scripts), unowned(sheets.formulas),
        unowned(sheets.now),
    )  # fmt: skip


@compiled
def walk(root: int, most_nodes: int, formulas: Formulas, tags: Tags, sheets: Sheets) -> int:
    """Cut the page below a root into blocks: DONE, or TOO_SHORT where a sheet is, or TOO_MANY nodes."""
    found = np.empty((len(lexbor.ATTRIBUTES), 2), np.int64)
    return _walk(root, most_nodes, formulas, _tags_unowned(tags), _sheets_unowned(sheets), unowned(found))


@compiled
def add_paths(elements: Longs, named: Longs, hints: Longs) -> None:
    """Add to the hints of elements, `own`, those of their n names, and write the hints of all elements down to each, `path`."""
    for place in range(len(named)):
        elements[named[place], 3] |= hints[place]
    elements[0, 4] = elements[0, 3]
    for number in range(1, len(elements)):
        elements[number, 4] = elements[number, 3] | elements[elements[number, 0], 4]
