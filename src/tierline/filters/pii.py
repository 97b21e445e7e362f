"""Replaces personal data by tags: e-mail addresses, phone numbers, IP addresses, bank accounts and payment cards."""

from __future__ import annotations

import ipaddress
import re
import string
from collections.abc import Callable, Iterator

from tierline.text.domains import FILE_ENDINGS
from tierline.text.redacted import KINDS

Span = tuple[int, int, str]  # start, end, kind

# Every repetition is bounded, so that no text takes more than linear time. ASCII: in Chinese or Japanese an address follows the
# word before it without a space.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = re.compile(rf"(?<![\w.+-])[A-Za-z0-9._%+-]{{1,64}}@(?:{_LABEL}\.){{1,8}}[A-Za-z]{{2,24}}\b", re.A)
_AT, _DOT = r" ?[\[(] ?(?:at|AT|@) ?[\])] ?", r"(?:\.| ?[\[(] ?(?:dot|DOT|\.) ?[\])] ?)"
SPELT_EMAIL = re.compile(rf"(?<![\w.+-])[A-Za-z0-9._%+-]{{1,64}}{_AT}(?:{_LABEL}{_DOT}){{1,8}}[A-Za-z]{{2,24}}\b", re.A)
IPV4 = re.compile(r"(?<![\w./-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)", re.A)
IPV6 = re.compile(r"[23](?<![\w:.]\d)[0-9A-Fa-f]{3}:(?:[0-9A-Fa-f]{0,4}:){1,6}[0-9A-Fa-f]{0,4}(?![\w:])", re.A)
CARD = re.compile(r"(?<![\w.+-])(?<!\d )\d{4}(?:([ -]?)\d{4}\1\d{4}\1\d{1,7}|([ -])\d{6}\2\d{4,5}|\d{9,11})(?![\w-]|[.,]\d)", re.A)
IBAN = re.compile(r"[A-Z]{2}(?<![\w-][A-Z]{2})\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![\w-])", re.A)
_REST = r"(?:[ .-]?\d{2,4}){1,5}"
PHONE = re.compile(
    r"(?<![\w.+/-])(?<!\d )(?:"
    rf"\+\d{{1,3}}[ .-]?(?:\(\d{{1,5}}\)[ .-]?)?\d{{1,4}}{_REST}(?:-\d)?"  # international, E.123
    rf"|00[1-9]\d{{1,2}}[ .-]?(?:\(\d{{1,5}}\)[ .-]?)?\d{{1,4}}{_REST}"  # the same with the usual dialing prefix
    r"|(?:1[ .-])?[2-9]\d{2}([.-])\d{3}\1\d{4}"  # North America
    r"|(?:[18] ?)?\(\d{2,5}\)[ .-]?\d{2,4}(?:[ -]?\d{2,5}){1,3}"  # area code in brackets
    r"|0\d(?:([ .-])\d\d)(?:\2\d\d){3}"  # France
    r"|0\d{1,4}[ /-]\d{2,4}(?:[ -]?\d{2,5}){1,3}"  # trunk prefix 0
    r")(?![\w-]|[.,/:]\d)",
    re.A,
)
# Any grouping of digits is a phone number if the word before announces one.
GROUPED = re.compile(r"(?<![\w.+/-])[+(]?\d(?:[ ()./-]{0,2}\d){5,14}(?:-\d)?(?![\w-]|[.,]\d)", re.A)
PHONE_WORD = re.compile(
    r"(?:\b(?:tel|t[eé]l|phone|mobile|cell|fax|call|text|sms|whatsapp|telef[oó]no|t[eé]l[eé]phone|puh|tlf|mob|handy|gsm|hotline|infoline"
    r"|тел|факс|моб)|电话|電話|手机|手機|전화|热线)[a-zа-я]{0,8}[.:：)]{0,2} {0,2}(?:(?:no|nr|us|at|is|number|on|auf|en)[.:]{0,2} {0,2})?$",
    re.I,
)
NEXT_PHONE = re.compile(r"^(?:, ?| ?/ ?|; ?| (?:or|and|und|oder|et|ou|y|o|a) )$")
RUN = re.compile(r"\d[\d ().:/-]{4,200}\d", re.A)
SPELT = re.compile(r"[\[(] ?(?:at|AT|@) ?[\])]")
DATE = re.compile(
    r"\d{4}[-./ ]\d{1,2}[-./ ]\d{1,2}(?:[ .-]\d{1,4})?|\d{1,2}[-./ ]\d{1,2}[-./ ]\d{4}(?:[ .-]\d{1,4})?"
    r"|\d{5}-\d{4}"  # or a ZIP code
    r"|\(?(?:1[5-9]|20)\d\d\)?[ /-](?:\d+-\d+|\d{4}.*)"  # or a year and pages, or years
)
NO_PHONE = re.compile(
    r"\b(?:isbn|issn|doi|arxiv|patent|sku|item|part|serial|model|order|article|art|ean|upc|gtin|id|ref|vol|pp?|ip)\b[\w .:#№°-]{0,12}$",
    re.I,
)
VERSION = re.compile(r"(?:\bv|ver|version|release|section|chapter|firmware|build|rev|revision|update|edition|driver|§)[ .:]{0,2}$", re.I)
ADDRESS = re.compile(r"\b(?:ip|address|host|server|from|ping|addr|inet|gateway|client|dns)\b[\w :=(\[-]{0,12}$", re.I)
SMALL_OCTET = 20  # four numbers up to this value are a version or a section unless the words before indicate an address
MAILBOX, HOST = 80, 255  # characters of a spelt address before and after its "@"
LOCAL_PART = 64  # characters (RFC 5321, 4.5.3.1.1)
LOCAL_CHARACTERS = string.ascii_letters + string.digits + "._%+-"
CONTEXT = 30  # characters before a number in which words can indicate its kind
# Length of an account number by country, ISO 13616 registry.
IBAN_COUNTRIES = """
15 NO|16 BE|18 DK FI FO GL NL SD|19 MK SI|20 AT BA EE KZ LT LU XK|21 CH HR LI LV|22 BG BH CR DE GB GE IE ME RS VA|23 AE GI IL IQ OM TL
24 AD CZ ES MD PK RO SA SE SK TN VG|25 LY PT ST|26 IS TR|27 BI DJ FR GR IT MC MR SM|28 AL AZ BY CY DO GT HU LB NI PL SV|29 BR EG PS QA UA
30 JO KW MU YE|31 MT SC|32 LC|33 RU
"""  # lengths of account numbers, ISO 13616 registry
IBAN_LENGTHS = {country: int(row.split()[0]) for row in IBAN_COUNTRIES.strip().replace("\n", "|").split("|") for country in row.split()[1:]}


def redact(text: str) -> tuple[str, int]:
    """(text with <EMAIL>, <IP>, <CARD>, <IBAN>, <PHONE> in place of personal data, number of replacements)."""
    spans = find(text)
    parts: list[str] = []
    done = 0
    for start, end, kind in spans:
        parts += (text[done:start], f"<{kind}>")
        done = end
    return ("".join((*parts, text[done:])), len(spans)) if spans else (text, 0)


def find(text: str) -> list[Span]:
    """Spans of personal data in order, none overlapping another.

    Addresses at reserved names (RFC 2606) count like any other: a reader loses nothing if they are tagged. Only public IP addresses are
    personal. A card has a length and prefix in use and passes the Luhn check (ISO/IEC 7812-1, annex B); an account number has
    its country's length and passes the check of ISO 7064 (mod 97). Phone numbers have 7 to 15 digits (E.164).
    """
    found: list[Span] = []
    for at in _places(text, "@"):
        found += _mailbox(text, at)
    for match in SPELT.finditer(text):
        found += _matches(text, (match.start() - MAILBOX, match.end() + HOST), SPELT_EMAIL, "EMAIL", _is_mailbox)
    ends: set[int] = set()  # of phone numbers
    for match in RUN.finditer(text):
        region = match.start() - 2, match.end() + 2  # a sign or bracket before it belongs to it
        found += _matches(text, region, CARD, "CARD", _is_card)
        found += _matches(text, region, IPV4, "IP", _is_public)
        phones = list(_matches(text, region, PHONE, "PHONE", _is_phone))
        ends.update(end for _, end, _ in phones)
        found += phones
        found += _announced(text, region, ends)
    found += _matches(text, (0, len(text)), IPV6, "IP", _is_public)
    found += _ibans(text)
    return _apart(found)


def _places(text: str, mark: str) -> Iterator[int]:
    at = text.find(mark)
    while at >= 0:
        yield at
        at = text.find(mark, at + 1)


def _apart(found: list[Span]) -> list[Span]:
    """Of overlapping spans, the one of the most certain kind, then the longest."""
    kept: list[Span] = []
    end = 0
    for span in sorted(set(found)):
        if kept and span[0] < end:
            if (KINDS.index(span[2]), span[0] - span[1]) < (KINDS.index(kept[-1][2]), kept[-1][0] - kept[-1][1]):
                kept[-1] = span
        else:
            kept.append(span)
        end = kept[-1][1]
    return kept


def _matches(text: str, region: tuple[int, int], pattern: re.Pattern[str], kind: str, test: Callable[[str, str], bool]) -> Iterator[Span]:
    """Spans that begin in the region; the pattern sees a little more, so that no match is cut."""
    start = max(0, region[0] - 1)
    for match in pattern.finditer(text, start, region[1] + CONTEXT):
        if match.start() < region[1] and test(match.group(), text[max(0, match.start() - CONTEXT) : match.start()]):
            yield match.start(), match.end(), kind


def _mailbox(text: str, at: int) -> Iterator[Span]:
    """The address around an "@". Its local part begins where no letter of one is before it, or behind a percent sign."""
    before = text[max(0, at - LOCAL_PART) : at]
    local = before[len(before.rstrip(LOCAL_CHARACTERS)) :]
    starts = [0, *(place + 1 for place in _places(local, "%"))] if local else []
    for start in starts:
        match = EMAIL.match(text, at - len(local) + start, at + HOST)
        if match and _is_mailbox(match.group(), ""):
            yield match.start(), match.end(), "EMAIL"
            return


def _announced(text: str, region: tuple[int, int], ends: set[int]) -> Iterator[Span]:
    """Numbers after a word that announces one, and those that follow a phone number in a list; their ends are added."""
    for match in GROUPED.finditer(text, max(0, region[0]), region[1] + CONTEXT):
        start = match.start()
        follows = any(end in ends and NEXT_PHONE.match(text[end:start]) for end in range(start - 6, start))
        if start < region[1] and _may_be_phone(match.group()) and (follows or PHONE_WORD.search(text[max(0, start - CONTEXT) : start])):
            ends.add(match.end())
            yield start, match.end(), "PHONE"


def _is_mailbox(address: str, _: str) -> bool:
    return address.rpartition(".")[2].lower() not in FILE_ENDINGS and not address.startswith("git@")


def _is_public(address: str, before: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if VERSION.search(before) or (max(parsed.packed) <= SMALL_OCTET and not ADDRESS.search(before)):
        return False
    return parsed.is_global


def _is_card(number: str, _: str) -> bool:
    digits = [int(digit) for digit in number if digit.isdigit()]
    if not _is_issued("".join(map(str, digits[:4])), len(digits)) or len(set(digits)) == 1:
        return False
    doubled = [digit if index % 2 == 0 else sum(divmod(2 * digit, 10)) for index, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _is_issued(prefix: str, length: int) -> bool:
    """Whether a network uses this prefix with this length: Visa, Mastercard, American Express, Diners, JCB, Discover, UnionPay."""
    number = int(prefix)
    if prefix[0] == "4":
        return length in (13, 16, 19)
    if 5100 <= number <= 5599 or 2221 <= number <= 2720:
        return length == 16
    if prefix[:2] in ("34", "37"):
        return length == 15
    if prefix[:2] in ("36", "38") or 3000 <= number <= 3059:
        return length == 14
    return 16 <= length <= 19 and (3528 <= number <= 3589 or number == 6011 or 6440 <= number <= 6599 or prefix[:2] == "62")


def _ibans(text: str) -> Iterator[Span]:
    for match in IBAN.finditer(text):
        length, end, count = IBAN_LENGTHS.get(match.group()[:2], 0), match.start(), 0
        while end < match.end() and count < length:  # the words behind may look like more groups
            count += text[end] != " "
            end += 1
        compact = text[match.start() : end].replace(" ", "")
        if length and count == length and int("".join(str(int(one, 36)) for one in compact[4:] + compact[:4])) % 97 == 1:
            yield match.start(), end, "IBAN"


def _is_phone(number: str, before: str) -> bool:
    least = 8 if number[0] in "+(" or number.startswith("00") else 9
    return least <= sum(map(str.isdigit, number)) and _may_be_phone(number) and not NO_PHONE.search(before)


def _may_be_phone(number: str) -> bool:
    return 7 <= sum(map(str.isdigit, number)) <= 15 and not DATE.fullmatch(number)
