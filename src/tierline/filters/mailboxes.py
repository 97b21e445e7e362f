"""Finds e-mail addresses: in ASCII, internationalized (RFC 6531, 5890), spelt for people, and in links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import ascii_letters

from tierline.filters.number_runs import Place
from tierline.text.domains import FILE_ENDINGS, is_top_level_domain

# Every repetition is bounded, so that no text takes more than linear time.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_TOP = r"(?:xn--[A-Za-z0-9-]{2,59}|[A-Za-z]{2,24})\b"
_DOT = r"(?:\.| ?[\[({] ?(?:dot|DOT|\.|punkt|punto|ponto|point|точка) ?[\])}] ?)"
HOST = re.compile(rf"(?:{_LABEL}\.){{1,8}}{_TOP}", re.A)
SPELT_HOST = re.compile(rf" ?(?:{_LABEL}{_DOT}){{1,8}}{_TOP}", re.A)
# One class of characters at its beginning makes the search quick.
AT = re.compile(r"[@%\[({<](?:(?<=@)|(?<=%)40|(?<=[\[({<])(?: ?(?:at|AT|@|ät|arroba|собака) ?[\])}>]|(?<! \()a\)(?! )))")
# A sign between spaces is "at" in a sentence too ("lunch @ example.com"): it counts behind what is a mailbox by its name or by a word.
SPACED = re.compile(
    r"(?:mail\w{0,3}[ .]{0,2}[:=-]?[ ]{0,2}[\w.%+-]{1,64}|(?<![\w.%+-])(?:[a-z][\w%+-]{0,30}[._][\w.%+-]{0,30}[a-z0-9]|info|contacto?"
    r"|kontakt|office|sales|support|admin|hello|webmaster|service|help|press|jobs|enquir(?:y|ies)|biuro|ventas|contatti)) \Z",
    re.I | re.A,
)
# Scripts that put no space between words: there, an address in other letters follows the word before it directly.
_UNSPACED = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
_MARKS = "\u0300-\u036f\u064b-\u065f\u0900-\u0dff"  # belong to the letter before them
# Of a name read from its end: one that ends at a sign is found at once so, and none is looked for at every character before it.
LOCAL = re.compile(rf"(?:[^\W{_UNSPACED}]|[.%+'’{_MARKS}-]){{1,64}}")
UNSPACED_LOCAL = re.compile(rf"[\w.%+'’{_MARKS}{_UNSPACED}-]{{1,64}}")
QUOTED_LOCAL = re.compile(r'"[^"\n]{1,62}"')
INTERNATIONALIZED = re.compile(rf"[\w{_MARKS}{_UNSPACED}-]{{1,63}}(?:[.。｡][\w{_MARKS}{_UNSPACED}-]{{1,63}}){{1,8}}")
IDNA_DOT = re.compile("[.。｡]")  # RFC 3490, section 3.1
LOCAL_PART, DOMAIN = 64, 255  # characters (RFC 5321, section 4.5.3.1)


def mailboxes(text: str) -> Iterator[Place]:
    """E-mail addresses in a text with ASCII digits and signs. A host in ASCII may have any top-level domain but a file's ending, another
    one only those of the public suffix list: without spaces between words, a word may follow it."""
    for at in AT.finditer(text):
        spaced = at[0] == "@" and text[at.end() : at.end() + 1] == " " and SPACED.search(text[max(0, at.start() - LOCAL_PART) : at.start()])
        end = at.start() - ((at[0] != "@" or bool(spaced)) and text[at.start() - 1 : at.start()] == " ")
        before = text[max(0, end - LOCAL_PART) : end][::-1]
        local = LOCAL.match(before) or UNSPACED_LOCAL.match(before) or (QUOTED_LOCAL.match(before) if at[0] == "@" else None)
        name = local[0][::-1].lstrip("'’.") if local else ""
        if not name or name == "git":
            continue
        length = 0
        if at[0] not in ("@", "%40") or spaced or text[at.end() : at.end() + 1] != " ":
            length = _spelt_host(text, at.end())
        if at[0] in ("@", "%40"):
            length = max(length, _host(text, at.end()))
        if length:
            yield end - len(name), at.end() + length


def _host(text: str, start: int) -> int:
    """How many characters of a host stand here; 0 if none."""
    wide = INTERNATIONALIZED.match(text, start, start + DOMAIN)
    if wide and not wide[0].isascii() and (length := _internationalized(wide[0])):
        return length
    found = HOST.match(text, start, start + DOMAIN)
    return found.end() - start if found and _is_no_file(found[0]) else 0


def _spelt_host(text: str, start: int) -> int:
    found = SPELT_HOST.match(text, start, start + DOMAIN)
    return found.end() - start if found and _is_no_file(found[0]) else 0


def _is_no_file(host: str) -> bool:
    return re.split(r"\W", host)[-1].lower() not in FILE_ENDINGS


def _internationalized(host: str) -> int:
    """The length of the longest beginning that ends in a top-level domain; letters of another script may follow one in ASCII."""
    dots = [dot.start() for dot in IDNA_DOT.finditer(host)]
    for dot, end in zip(reversed(dots), reversed([*dots[1:], len(host)]), strict=True):
        label = host[dot + 1 : end]
        for top in (label, label[: len(label) - len(label.lstrip(ascii_letters))]):
            if top.startswith("xn--") or is_top_level_domain(top.lower()):
                return dot + 1 + len(top)
    return 0
