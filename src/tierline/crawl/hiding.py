"""Compiled: whether an element's attributes keep its text from everybody who looks at the page, whatever the spelling of its style.

Text that a reader can call up without a script (a closed <details>, `hidden=until-found`) is seen. `aria-hidden` speaks to screen readers
alone: who looks at the page sees it. A dialog or a popover waits for a script. Style sheets are not followed: what they hide, tabs and
menus, is mostly shown by a click; but text for screen readers has the same few classes everywhere.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from selectolax.lexbor import LexborHTMLParser

from tierline.crawl import lexbor_memory as lexbor
from tierline.crawl.lexbor_memory import byte, word
from tierline.text.kernels.compiled import helper, inlined

Bytes = npt.NDArray[np.uint8]
_STYLE, _CLASS = lexbor.ATTRIBUTES.index("style") + 1, lexbor.ATTRIBUTES.index("class") + 1
_DIALOG = next(node.tag_id for node in LexborHTMLParser("<dialog>").css("dialog"))
# What an element says of its text: it is GONE with all within; or not drawn, or drawn, unless an element within says otherwise.
# It is FADED too where its opacity alone hides it: a script may fade it in.
GONE, UNDRAWN, DRAWN, SIZELESS, SIZED, FADED = 1, 2, 4, 8, 16, 32
NOTHING, HIDES = 0, GONE | UNDRAWN | SIZELESS
_FNV_BASIS, _FNV_PRIME, _32_BITS = 0x811C9DC5, 0x01000193, 0xFFFFFFFF
_FAR = -3_000_000  # thousandths of a pixel: beyond every screen; sliders move by less
_OFF = -1_000_000  # of what is positioned, which sliders leave to scripts: hacked pages hide their links so; menus wait at less
_TINY = 1_000  # one pixel
_FAINT = 10  # of an opacity, in thousandths
_NO_NUMBER = 1 << 40


def _hashed(name: str) -> int:
    value = _FNV_BASIS
    for code in name.encode():
        value = (value ^ code) * _FNV_PRIME & _32_BITS
    return value


_DISPLAY, _VISIBILITY, _CONTENT_VISIBILITY, _OPACITY, _FONT_SIZE = map(
    _hashed, ("display", "visibility", "content-visibility", "opacity", "font-size")
)
_POSITION, _TEXT_INDENT, _CLIP, _FONT = map(_hashed, ("position", "text-indent", "clip", "font"))
_SIDES = tuple(map(_hashed, ("left", "top", "right", "bottom", "inset")))
_MARGINS = tuple(map(_hashed, ("margin", "margin-left", "margin-top")))
_WIDTHS = tuple(map(_hashed, ("width", "max-width")))
_OVERFLOWS = tuple(map(_hashed, ("overflow", "overflow-x", "overflow-y")))
_CUTS = tuple(map(_hashed, ("hidden", "clip", "auto", "scroll")))
_TRANSLATES = tuple(map(_hashed, ("translate", "translatex", "translatey")))
_HEIGHT, _MAX_HEIGHT, _PADDING, _PADDING_TOP, _PADDING_BOTTOM = map(
    _hashed, ("height", "max-height", "padding", "padding-top", "padding-bottom")
)
_SCALES = tuple(map(_hashed, ("scale", "scalex", "scaley")))
_NONE, _HIDDEN, _COLLAPSE, _ABSOLUTE, _FIXED, _RECT = map(_hashed, ("none", "hidden", "collapse", "absolute", "fixed", "rect"))
# What else `display` can be (CSS Display 3, 2): any other word leaves what an earlier declaration said.
_SHOWN = tuple(
    _hashed(name)
    for name in (
        "block inline inline-block flow-root flex inline-flex grid inline-grid list-item contents table inline-table table-row table-cell "
        "table-caption table-row-group run-in initial inherit unset revert"
    ).split()
)
_CLIP_PATH, _INSET, _TRANSFORM, _TRANSLATE, _SCALE = map(_hashed, ("clip-path", "inset", "transform", "translate", "scale"))
_ROUND = tuple(map(_hashed, ("circle", "ellipse")))
# A percent or hundredth of the window counts as nine pixels: a whole window, by which menus and slides wait aside, is not _OFF.
_OF_WINDOW = 9
_HALF, _WHOLE = 50_000 * _OF_WINDOW, 100_000 * _OF_WINDOW  # of an inset: nothing is left between two sides; of an indent
_FEW_PERCENT = 5_000 * _OF_WINDOW  # of a font's size
# Text for screen readers alone (Bootstrap 3 to 5 and Tailwind, HTML5 Boilerplate, WordPress, Drupal), and MediaWiki's keys for sorting.
READ_ALOUD_CLASSES = (
    *("sr-only", "sr-only-focusable", "visually-hidden", "visually-hidden-focusable"),
    *("visuallyhidden", "screen-reader-text", "element-invisible"),
)
_UNSEEN_CLASSES = tuple(map(_hashed, (*READ_ALOUD_CLASSES, "sortkey")))
_BEGINNINGS = (101, 115, 118)  # their first letters
_LONGEST_CLASS = 25
_EM, _REM = map(_hashed, ("em", "rem"))
_WINDOWS = tuple(map(_hashed, ("%", "vw", "vh", "vmin", "vmax")))


@helper
def _skip_space(at: int, end: int) -> int:
    """The address behind white space and comments."""
    while at < end:
        code = byte(at)
        if code == 47 and at + 1 < end and byte(at + 1) == 42:
            at += 2
            while at < end and not (byte(at - 1) == 42 and byte(at) == 47):
                at += 1
        elif code > 32:
            break
        at += 1
    return at


@helper
def _read_name(at: int, end: int) -> tuple[int, int]:
    """(hash of the letters, hyphens and percent signs here, in lower case; the address behind them)."""
    value = _FNV_BASIS
    while at < end:
        code = byte(at)
        if 65 <= code <= 90:
            code += 32
        if not (97 <= code <= 122 or code == 45 or code == 37):
            break
        value = (value ^ code) * _FNV_PRIME & _32_BITS
        at += 1
    return value, at


@helper
def _read_length(at: int, end: int) -> int:
    """The length here in thousandths of a pixel, roughly where it has another unit; _NO_NUMBER where there is none."""
    negative = at < end and byte(at) == 45
    if at < end and (negative or byte(at) == 43):
        at += 1
    value, decimals, digits = 0, -1, 0
    while at < end:
        code = byte(at)
        if 48 <= code <= 57:
            digits += 1
            if decimals < 3 and value < _NO_NUMBER // 10:
                value = value * 10 + code - 48
                decimals += decimals >= 0
        elif code == 46 and decimals < 0:
            decimals = 0
        else:
            break
        at += 1
    if not digits:
        return _NO_NUMBER
    for _ in range(3 - max(decimals, 0)):
        value *= 10
    unit = _read_name(at, end)[0]
    value *= 16 if unit in (_EM, _REM) else _OF_WINDOW if unit in _WINDOWS else 1
    return -value if negative else value


@helper
def _is_percent(at: int, end: int) -> bool:
    """Whether the value here has a percent sign."""
    while at < end and byte(at) != 59:
        if byte(at) == 37:
            return True
        at += 1
    return False


@helper
def _is_point(at: int, end: int) -> bool:
    """Whether the edges of a rectangle, from its bracket on, leave no more than a pixel."""
    for _ in range(4):
        while at < end and (byte(at) <= 32 or byte(at) == 40 or byte(at) == 44):
            at += 1
        if _read_length(at, end) > _TINY:
            return False
        while at < end and not (byte(at) <= 32 or byte(at) == 44):
            at += 1
    return True


@helper
def _is_transformed_away(at: int, end: int) -> bool:
    """Whether one of the functions here (CSS Transforms) moves the element far off to the left or top, or leaves none of its width or
    height; the third number of those that have three is of its depth."""
    while at < end and byte(at) != 59:
        function, at = _read_name(_skip_space(at, end), end)
        while at < end and byte(at) != 40 and byte(at) != 59:
            at += 1
        number = 0
        while at < end and byte(at) != 41 and byte(at) != 59:
            at = _skip_space(at + 1, end)
            length = _read_length(at, end)
            number += 1
            if number <= 2 and ((function in _TRANSLATES and length <= _FAR) or (function in _SCALES and length == 0)):
                return True
            while at < end and byte(at) != 44 and byte(at) != 41 and byte(at) != 59:
                at += 1
        if at < end and byte(at) == 41:
            at += 1
    return False


@helper
def _is_important(at: int, end: int) -> bool:
    """Whether the declaration that goes on here ends in an exclamation mark and a word."""
    while at < end and byte(at) != 59:
        if byte(at) == 33:
            return True
        at += 1
    return False


@helper
def _style_says(at: int, end: int, hidden: bool) -> int:
    """What an inline style says of the element's text; `hidden` is its attribute, which any display takes back."""
    gone, drawn, sized = hidden, NOTHING, NOTHING
    clear = skipped = aside = away = positioned = cut = flat = thin = pushed = padded = point = clipped = shrunk = moved = scaled = firm = (
        False
    )
    while at < end:
        name, at = _read_name(_skip_space(at, end), end)
        at = _skip_space(at, end)
        if at < end and byte(at) == 58:
            at = _skip_space(at + 1, end)
            value, after = _read_name(at, end)
            length = _read_length(at, end)
            if name == _DISPLAY:
                important = _is_important(after, end)
                if (value == _NONE or value in _SHOWN) and (important or not firm):
                    gone, firm = value == _NONE, important
            elif name == _VISIBILITY:
                drawn = UNDRAWN if value in (_HIDDEN, _COLLAPSE) else DRAWN
            elif name == _CONTENT_VISIBILITY:
                skipped = value == _HIDDEN
            elif name == _OPACITY:
                clear = length <= _FAINT
            elif name == _FONT_SIZE:
                sized = SIZELESS if length <= _TINY or (length <= _FEW_PERCENT and _is_percent(at, end)) else SIZED
            elif name == _FONT and length < _NO_NUMBER:
                sized = SIZELESS if length <= _TINY else SIZED
            elif name == _POSITION:
                positioned = value in (_ABSOLUTE, _FIXED)
            elif name in _SIDES:
                away = away or length <= _OFF
            elif name in _MARGINS:
                aside = aside or length <= _FAR
            elif name == _TEXT_INDENT:
                aside = aside or length <= _FAR
                pushed = _WHOLE <= length < _NO_NUMBER and _is_percent(at, end)
            elif name == _CLIP:
                point = value == _RECT and _is_point(after, end)
            elif name == _CLIP_PATH:
                inset = _read_length(_skip_space(after + 1, end), end)
                clipped = (value == _INSET and _HALF <= inset < _NO_NUMBER) or (value in _ROUND and inset <= _TINY)
            elif name == _TRANSFORM:
                shrunk = _is_transformed_away(at, end)
            elif name == _TRANSLATE:
                moved = length <= _FAR
            elif name == _SCALE:
                scaled = length == 0
            elif name in _OVERFLOWS:
                cut = value in _CUTS
            elif name in _WIDTHS:
                thin = length <= _TINY
            elif name in (_HEIGHT, _MAX_HEIGHT):
                flat = length <= _TINY
            elif name in (_PADDING, _PADDING_TOP, _PADDING_BOTTOM):
                padded = padded or length > 0
        while at < end and byte(at) != 59:
            at += 1
        at += 1
    unseen = (positioned and (away or point)) or (cut and (pushed or ((flat or thin) and not padded)))
    if gone or skipped or aside or clipped or shrunk or moved or scaled or unseen:
        return GONE
    if clear:
        return GONE | FADED
    return drawn | sized


@helper
def _has_unseen_class(at: int, end: int) -> bool:
    """Whether one of an element's classes hides its text from all but screen readers."""
    while at < end:
        start = at
        while at < end and byte(at) > 32:
            at += 1
        if 7 <= at - start <= _LONGEST_CLASS and byte(start) | 32 in _BEGINNINGS:
            value, after = _read_name(start, at)
            if after == at and value in _UNSEEN_CLASSES:
                return True
        at += 1
    return False


@inlined
def says(node: int, attributes: Bytes) -> int:
    """What a node's own attributes say of its text, NOTHING if it is no element; `attributes` are those of the walk's Tags."""
    if not lexbor.is_element(node):
        return NOTHING
    attribute = word(node + lexbor.FIRST_ATTRIBUTE)
    at, end, hidden, closed = 0, 0, False, word(node + lexbor.TAG) == _DIALOG
    while attribute:
        name = word(attribute + lexbor.ATTRIBUTE_NAME)
        value = word(attribute + lexbor.ATTRIBUTE_VALUE)
        if 0 <= name < len(attributes):
            if attributes[name] == _STYLE and value:
                at = word(value)
                end = at + word(value + 8)
            elif attributes[name] == _CLASS and value and _has_unseen_class(word(value), word(value) + word(value + 8)):
                return GONE
        elif lexbor.is_hidden(name):
            hidden = not (value and word(value + 8) and byte(word(value)) | 32 == 117)  # until-found
        elif lexbor.is_popover(name):
            hidden = True
        elif lexbor.is_open(name):
            closed = False
        attribute = word(attribute + lexbor.NEXT_ATTRIBUTE)
    hidden = hidden or closed
    if end > at:
        return _style_says(at, end, hidden)
    return GONE if hidden else NOTHING
