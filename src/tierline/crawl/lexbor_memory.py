"""Where lexbor stores the fields of a node, so that compiled code reads a parsed page without creating an object per node."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any, cast

from numba import types
from numba.extending import intrinsic
from selectolax.lexbor import LexborHTMLParser

from tierline.errors import TierlineError
from tierline.text.kernels.compiled import compiled, helper, inlined

# Byte offsets in lexbor's structures (lexbor/dom/interfaces: node.h, element.h, attr.h, character_data.h), 64 bits each.
TAG, NEXT, BEFORE, PARENT, FIRST, LAST, TEXT_DATA, TEXT_LENGTH = 8, 40, 48, 56, 64, 72, 96, 104
TYPE, ELEMENT = 88, 1  # 32 bits, and what they are of an element
FIRST_ATTRIBUTE, ATTRIBUTE_NAME, ATTRIBUTE_VALUE, NEXT_ATTRIBUTE = 120, 8, 112, 128
NAME_LENGTH = 24  # of an attribute that lexbor has no number for; a name of up to 16 bytes is at the front of its entry
# Of a document its hash table of such names, of that its buckets and how many these are, of a name the next one in its bucket.
NAMES, BUCKETS, BUCKET_COUNT, NEXT_NAME = 184, 16, 24, 32
_FIRST_POINTER = 4096  # below are lexbor's own numbers
ATTRIBUTES = ("class", "id", "style", "href", "rel", "type", "alt", "role", "itemscope")  # what the walk looks at, beside `hidden`
_SAMPLE = (
    b"<p class=k id=i style=s href=h rel=l type=t alt=a role=r hidden itemscope open popover typeof><b>x</b>four<!--c--><i>y</i></p><p>z"
)
_ROLE, _HIDDEN = int.from_bytes(b"role", "little"), int.from_bytes(b"hidden", "little")
_ITEMSCOP, _E = int.from_bytes(b"itemscop", "little"), ord("e")
_OPEN, _POPOVER = int.from_bytes(b"open", "little"), int.from_bytes(b"popover", "little")
_TYPEOF = int.from_bytes(b"typeof", "little")


def _read_word(typing_context: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(builder.inttoptr(arguments[0], context.get_value_type(types.int64).as_pointer()))

    return types.int64(types.int64), generate


def _read_byte(typing_context: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        loaded = builder.load(builder.inttoptr(arguments[0], context.get_value_type(types.uint8).as_pointer()))
        return builder.zext(loaded, context.get_value_type(types.int64))

    return types.int64(types.int64), generate


def _unowned(typing_context: Any, array: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        made = context.make_array(signature.return_type)(context, builder, arguments[0])
        made.meminfo = made.meminfo.type(None)
        return made._getvalue()

    return array(array), generate


unowned: Any = intrinsic(cast(Any, _unowned))  # an array without reference counting, which would take half of a walk's time
word = cast("Callable[[int], int]", intrinsic(cast(Any, _read_word)))  # eight bytes at an address
byte = cast("Callable[[int], int]", intrinsic(cast(Any, _read_byte)))  # one


@helper
def is_element(node: int) -> bool:
    """Whether a node is an element: only these have attributes."""
    return word(node + TYPE) & 0xFFFFFFFF == ELEMENT


@inlined
def _is_named(name: int, letters: int, length: int) -> bool:
    """Whether an attribute that lexbor has no number for has this name, of less than eight letters."""
    return name >= _FIRST_POINTER and word(name + NAME_LENGTH) == length and word(name) & ((1 << 8 * length) - 1) == letters


@compiled
def is_role(name: int) -> bool:
    """Whether an attribute's name is `role`."""
    return _is_named(name, _ROLE, 4)


@compiled
def is_itemscope(name: int) -> bool:
    """Whether an attribute's name is `itemscope`."""
    return name >= _FIRST_POINTER and word(name + NAME_LENGTH) == 9 and word(name) == _ITEMSCOP and byte(name + 8) == _E


@compiled
def is_hidden(name: int) -> bool:
    """Whether an attribute's name is `hidden`."""
    return _is_named(name, _HIDDEN, 6)


@compiled
def is_open(name: int) -> bool:
    """Whether an attribute's name is `open`."""
    return _is_named(name, _OPEN, 4)


@compiled
def is_popover(name: int) -> bool:
    """Whether an attribute's name is `popover`."""
    return _is_named(name, _POPOVER, 7)


@compiled
def may_have_typeof(document: int) -> bool:
    """Whether the parser met an attribute `typeof` anywhere in a document: a query of all its elements takes a hundred times as long."""
    names = word(document + NAMES)
    buckets = word(names + BUCKETS)
    for bucket in range(buckets, buckets + 8 * word(names + BUCKET_COUNT), 8):
        name = word(bucket)
        while name:
            if _is_named(name, _TYPEOF, 6):
                return True
            name = word(name + NEXT_NAME)
    return False


def read_word(address: int) -> int:
    """Eight bytes at an address, in plain Python."""
    return ctypes.c_int64.from_address(address).value


def read_text(address: int, length: int) -> str:
    """A string of lexbor's."""
    return ctypes.string_at(address, length).decode("utf-8", "replace") if length > 0 else ""


@cache
def attribute_numbers() -> dict[str, int]:
    """lexbor's numbers of the attributes that the walk looks at; checks the offsets against the parser's own methods.

    Raises TierlineError if the installed parser has another layout of nodes.
    """
    tree: Any = LexborHTMLParser(_SAMPLE)
    first, last = tree.css("p")
    bold, text, _, italic = first.iter(include_text=True)
    numbers: dict[str, int] = {}
    same = [
        *(read_word(node.mem_id + TAG) == node.tag_id for node in (first, bold, text, italic)),
        *(read_word(node.mem_id + PARENT) == first.mem_id for node in (bold, text, italic)),
        read_word(first.mem_id + NEXT) == last.mem_id and read_word(last.mem_id + BEFORE) == first.mem_id,
        read_word(first.mem_id + FIRST) == bold.mem_id and read_word(first.mem_id + LAST) == italic.mem_id,
        read_word(last.mem_id + NEXT) == 0 and read_word(text.mem_id + FIRST) == 0 and read_word(bold.mem_id + FIRST_ATTRIBUTE) == 0,
        read_word(text.mem_id + TEXT_LENGTH) == len("four"),
        read_word(first.mem_id + TYPE) & 0xFFFFFFFF == ELEMENT and read_word(text.mem_id + TYPE) & 0xFFFFFFFF != ELEMENT,
    ]
    if all(same):
        same.append(read_text(read_word(text.mem_id + TEXT_DATA), 4) == "four")
        attribute = read_word(first.mem_id + FIRST_ATTRIBUTE)
        for name, value in first.attributes.items():
            same.append(attribute >= _FIRST_POINTER)
            if not same[-1]:
                break
            number, stored = read_word(attribute + ATTRIBUTE_NAME), read_word(attribute + ATTRIBUTE_VALUE)
            numbers[name] = number
            same.append(read_text(read_word(stored), read_word(stored + 8)) == value if value else stored == 0)
            same.append((number < _FIRST_POINTER) != (name in ("role", "hidden", "itemscope", "open", "popover", "typeof")))
            same.append(is_role(number) == (name == "role") and is_hidden(number) == (name == "hidden"))
            same.append(is_itemscope(number) == (name == "itemscope"))
            same.append(is_open(number) == (name == "open") and is_popover(number) == (name == "popover"))
            attribute = read_word(attribute + NEXT_ATTRIBUTE)
    other: Any = LexborHTMLParser(b"<p id=typeof>typeof")
    documents = [made.root.parent.mem_id for made in (tree, other)]
    if all(same):
        same += [read_word(document + NAMES) >= _FIRST_POINTER for document in documents]
    if all(same):
        same.append([may_have_typeof(document) for document in documents] == [True, False])
    if not all(same):
        raise TierlineError("selectolax: this version keeps its nodes in another order; install the one in requirements.lock")
    return numbers
