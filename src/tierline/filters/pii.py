"""Replaces personal data by tags: e-mail addresses, phone numbers, IP addresses and payment card numbers."""

from __future__ import annotations

import ipaddress
import re

# ASCII: in Chinese or Japanese an address follows the word before it without a space.
EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}\b", re.A)
IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)", re.A)
IPV6 = re.compile(r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])", re.A)
CARD = re.compile(r"(?<![\w.-])(?:\d[ -]?){12,18}\d(?![\w-])", re.A)
# International form, or a national one that is written as a phone number: (0xx) ..., 0xx-..., xxx-xxx-xxxx.
PHONE = re.compile(
    r"(?<![\w.+/-])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){1,5}"
    r"|\(\d{2,5}\)[ .-]?\d{3,4}[ .-]?\d{3,5}|\d{3}[.-]\d{3}[.-]\d{4}|0\d{2,4}[ /-]\d{3,4}[ -]?\d{3,5})(?![\w-]|[.,]\d)",
    re.A,
)
SHORT_DATE = re.compile(r"\d{4}[-./]\d{1,2}[-./]\d{1,2}")


def redact(text: str) -> tuple[str, int]:
    """(text with <EMAIL>, <IP>, <CARD>, <PHONE> in the place of personal data, number of replacements).

    Only public IP addresses are personal; a card number must have a card's length and pass the Luhn check (ISO/IEC 7812-1,
    annex B).
    """
    count = 0

    def tag(name: str, test):  # pyright: ignore[reportMissingParameterType,reportUnknownParameterType]
        def replace(match: re.Match[str]) -> str:
            nonlocal count
            if not test(match.group()):
                return match.group()
            count += 1
            return f"<{name}>"

        return replace

    if "@" in text:
        text = EMAIL.sub(tag("EMAIL", lambda _: True), text)
    if re.search(r"\d[\d .:()/-]{5}|::", text):
        text = IPV4.sub(tag("IP", _is_public), text)
        text = IPV6.sub(tag("IP", _is_public), text)
        text = CARD.sub(tag("CARD", _is_card), text)
        text = PHONE.sub(tag("PHONE", _is_phone), text)
    return text, count


def _is_public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False


def _is_card(number: str) -> bool:
    digits = [int(digit) for digit in number if digit.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1 or digits[0] not in (2, 3, 4, 5, 6):
        return False
    doubled = [digit if index % 2 == 0 else sum(divmod(2 * digit, 10)) for index, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _is_phone(number: str) -> bool:
    return 7 <= sum(map(str.isdigit, number)) <= 15 and not SHORT_DATE.fullmatch(number)  # E.164 allows 15 digits
