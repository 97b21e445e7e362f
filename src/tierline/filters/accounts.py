"""Finds numbers of bank accounts and payment cards, which their check digits tell from other numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tierline.filters.number_runs import Place, matches

# ASCII: in Chinese or Japanese a number follows the word before it without a space.
CARD = re.compile(
    r"(?<![\w.+-])(?<!\d )\d{4}(?:([ .-]?| - )\d{4}\1\d{4}\1\d{1,4}(?P<more>\1\d{1,3})?|([ .-])\d{6}\3\d{4,5}|\d{9,11})(?![\w-]|[.,]\d)",
    re.A,
)
IBAN = re.compile(
    r"[A-Za-z]{2}(?<![\w-][A-Za-z]{2})\d{2}(?:[ .-]?[A-Za-z0-9]{4}){2,7}(?:[ .-]?[A-Za-z0-9]{1,3})?(?![\w-])", re.A
)  # both cases are spelled out: without regard to case the search takes twice as long
CARD_NAMED = re.compile(
    r"(?:card|karte|kart[aıu]?|carte|tarjeta|cart[aã]o?|карт[аыу]?|maestro|卡|カード|카드)\W{0,3}(?:\w{1,8}\W{1,3})?\Z", re.I
)
CONTEXT = 30  # characters before a number in which words can say that it is a card's
MAESTRO = {5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763}
SHORTEST_IBAN, LONGEST_IBAN = 15, 42  # characters: Norway's; Russia's in groups
BANK = 10  # characters before the digits of an account: country, check digits and the letters of a bank


def card_numbers(text: str, runs: Sequence[Place]) -> Iterator[Place]:
    """Numbers with a length and a prefix in use that pass the Luhn check (ISO/IEC 7812-1, annex B)."""
    from stdnum import luhn

    for match in matches(CARD, text, runs):
        # An expiry date or a check value behind a grouped number looks like its last group.
        ends = [match.end()] if not match[1] or match["more"] is None else [match.end(), match.start("more")]
        for end in ends:
            digits = "".join(filter(str.isdigit, text[match.start() : end]))
            issued = _is_issued(digits) or (int(digits[:4]) in MAESTRO and _is_meant(match, text))
            if issued and len(set(digits)) > 1 and luhn.is_valid(digits):
                yield match.start(), end
                break


def _is_meant(match: re.Match[str], text: str) -> bool:
    """Whether digits are grouped as on a card, or a word before them names one."""
    return not match[0].isdigit() or bool(CARD_NAMED.search(text[max(0, match.start() - CONTEXT) : match.start()]))


def _is_issued(digits: str) -> bool:
    """Whether a network uses this prefix with this length: Visa, Mastercard, Mir, American Express, Diners, JCB, Discover, UnionPay."""
    length, number = len(digits), int(digits[:4])
    if digits[0] == "4":
        return length in (16, 19)
    if 5100 <= number <= 5599 or 2200 <= number <= 2204 or 2221 <= number <= 2720:
        return length == 16
    if digits[:2] in ("34", "37"):
        return length == 15
    if digits[:2] in ("36", "38") or 3000 <= number <= 3059:
        return length == 14
    return 16 <= length <= 19 and (3528 <= number <= 3589 or number == 6011 or 6440 <= number <= 6599 or digits[:2] == "62")


def ibans(text: str, runs: Sequence[Place]) -> Iterator[Place]:
    """Account numbers of the form that their country gives them in the registry of ISO 13616, which pass the check of ISO 7064."""
    from stdnum import iban

    for match in matches(IBAN, text, runs, before=BANK, behind=LONGEST_IBAN):
        # The words behind may look like more groups.
        for end in range(match.end(), match.start() + SHORTEST_IBAN - 1, -1):
            number = text[match.start() : end].replace(".", "")
            if text[end - 1] not in " .-" and iban.is_valid(number, check_country=False):
                yield match.start(), end
                break
