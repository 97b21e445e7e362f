"""Plants personal data and look-alikes in real text of many scripts: numbers, addresses and their formats are Faker's,
libphonenumber's and CLDR's, not this project's."""

from __future__ import annotations

import ipaddress
import random
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import phonenumbers
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal
from faker import Faker
from stdnum import isbn, issn
from stdnum.iso7064 import mod_11_2

SEED = 11
NEWEST = datetime(2026, 1, 1, tzinfo=UTC)  # of the times that are planted
KINDS = ("EMAIL", "PHONE", "IP", "CARD", "IBAN")
Span = tuple[int, int, str]
# Locales for which Faker has phone numbers of its own, by script; the word is what stands before a telephone number.
SCRIPTS: dict[str, dict[str, str]] = {
    "latin": {
        "en_US": "Telephone", "en_GB": "Telephone", "de_DE": "Telefon", "fr_FR": "Téléphone", "es_ES": "Teléfono", "pt_BR": "Telefone",
        "it_IT": "Telefono", "pl_PL": "Telefon", "tr_TR": "Telefon", "vi_VN": "Điện thoại", "id_ID": "Telepon", "cs_CZ": "Telefon",
    },
    "cyrillic": {"ru_RU": "Телефон", "uk_UA": "Телефон", "bg_BG": "Телефон"},
    "greek": {"el_GR": "Τηλέφωνο"},
    "hebrew": {"he_IL": "טלפון"},
    "arabic": {"fa_IR": "تلفن", "ar_AE": "هاتف"},
    "devanagari": {"hi_IN": "फ़ोन"},
    "bengali": {"bn_BD": "ফোন"},
    "tamil": {"ta_IN": "தொலைபேசி"},
    "thai": {"th_TH": "โทรศัพท์"},
    "georgian": {"ka_GE": "ტელეფონი"},
    "armenian": {"hy_AM": "Հեռախոս"},
    "han": {"zh_CN": "电话"},
    "kana": {"ja_JP": "電話"},
    "hangul": {"ko_KR": "전화"},
}  # fmt: skip
SPACES, DASHES = ("\u00a0", "\u202f", "\u2009", "\u2007", "\u3000"), ("\u2010", "\u2011", "\u2012", "\u2013")
WITH_DIGITS = ("devanagari", "bengali", "tamil", "thai")
MARKS = ("\u200e", "\u200f", "\u2060")
LEAST_DIGITS = 7  # fewer are those of services, such as 112
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # RFC 4291, section 2.4
IBAN_LOCALES = ("de_DE", "en_GB", "fr_FR", "nl_NL", "pl_PL", "no_NO", "es_ES", "it_IT", "tr_TR", "fi_FI")
CARDS = ("visa16", "visa19", "mastercard", "amex", "discover", "diners")
FORMATS = (phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.E164)


@dataclass(frozen=True, slots=True)
class Planted:
    """A text, its script and language, the spans of its personal data, and the region whose phone numbers it has."""

    text: str
    script: str
    language: str
    region: str
    spans: list[Span]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes values as people of a locale do; `odd` also in the spaces, dashes, digits and marks of typesetters and phones."""

    locale: str
    chance: random.Random

    @property
    def fake(self) -> Any:
        """Faker for this locale, on this chance."""
        return self.faker(self.locale)

    def faker(self, locale: str) -> Any:
        """Faker for a locale, on this chance."""
        fake = _faker(locale)
        fake.seed_instance(self.chance.randrange(2**32))
        return fake

    @property
    def region(self) -> str:
        """The locale's region."""
        return self.locale.partition("_")[2]

    def phone(self) -> str:
        """By Faker's formats, or a number that libphonenumber gives as an example, in its formats."""
        if self.chance.random() < 0.5:
            return next(one for one in self._phones() if sum(map(str.isdigit, one)) >= LEAST_DIGITS)
        kind = self.chance.choice((phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE))
        number = phonenumbers.example_number_for_type(self.region, kind)
        return phonenumbers.format_number(number, self.chance.choice(FORMATS))

    def _phones(self) -> Iterator[str]:
        while True:
            yield self.fake.phone_number()

    def email(self) -> str:
        """In ASCII, or in the locale's letters before the "@" (RFC 6531)."""
        name = self.fake.first_name().lower().replace(" ", ".")
        return self.fake.email() if self.chance.random() < 0.7 else f"{name}@{self.fake.domain_name()}"

    def address(self) -> str:
        """A public IP address."""
        if self.chance.random() < 0.75:
            return self.fake.ipv4_public()
        return str(GLOBAL_UNICAST[self.chance.randrange(GLOBAL_UNICAST.num_addresses)])

    def card(self) -> str:
        """A card number, in one piece or in groups."""
        number = self.faker("en_US").credit_card_number(self.chance.choice(CARDS))
        groups = (4, 6, 5) if len(number) == 15 else (4, 6, 4) if len(number) == 14 else (4, 4, 4, 4, 3)
        mark = self.chance.choice(("", " ", "-")) if len(number) != 14 else ""
        return grouped(number, groups, mark)

    def iban(self) -> str:
        """An account number, in one piece or in groups of four."""
        number = self.faker(self.chance.choice(IBAN_LOCALES)).iban()
        return number if self.chance.random() < 0.4 else grouped(number, (4,) * 9, " ")

    def look_alike(self) -> str:
        """A number that is nobody's: of a book, an article, a product, a place, a time, a price, a draw, a version, a digest."""
        fake, chance = self.fake, self.chance
        moment, until, language = fake.date_time(end_datetime=NEWEST), fake.date_time(end_datetime=NEWEST), self.locale
        digits = fake.numerify("#######")
        person = f"0000000{fake.numerify('########')}"
        return chance.choice(
            (
                isbn.format(fake.isbn13(separator="")),
                f"ISBN {fake.isbn10()}",
                f"ISSN {issn.format(digits + issn.calc_check_digit(digits))}",
                f"EAN {fake.ean13()}",
                grouped(person + mod_11_2.calc_check_digit(person), (4, 4, 4, 4), "-"),  # ORCID
                f"{fake.latitude():+f} {fake.longitude():+f}",
                f"{fake.latitude()}, {fake.longitude()}",
                format_datetime(moment, "short", locale=language),
                format_date(moment, "short", locale=language) + " - " + format_date(until, "short", locale=language),
                moment.strftime(chance.choice(("%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%Y%m%d%H%M%S", "%d/%m/%Y-%d/%m/%Y"))),
                format_currency(fake.random_int(1, 10**9) / 100, chance.choice(("EUR", "USD", "JPY")), locale=language),
                format_decimal(fake.random_int(10**6, 10**10), locale=language),
                " ".join(f"{one:02d}" for one in sorted(chance.sample(range(1, 50), 6))),
                f"{fake.year()};{chance.randint(1, 400)}({chance.randint(1, 12)}):{chance.randint(100, 999)}-{chance.randint(1000, 1999)}",
                f"{chance.randint(0, 20)}.{chance.randint(0, 20)}.{chance.randint(0, 40)}",
                fake.sha1(),
                fake.uuid4(),
                fake.mac_address(),
                f"{chance.randint(100, 900)} {chance.randint(100, 900)} {chance.randint(100, 900)} km",
                f"{chance.randint(1000, 9999)}-{chance.randint(1000, 9999)}-{chance.randint(100, 999)}",
            )
        )

    def odd(self, value: str, script: str) -> str:
        """The same value with another kind of space and dash, in digits of the script, or with an unseen mark."""
        value = value.replace(" ", self.chance.choice(SPACES)).replace("-", self.chance.choice(DASHES))
        change = self.chance.randrange(3)
        at = self.chance.randrange(1, len(value))
        return (
            value.translate(digits_of(script))
            if change == 0
            else value[:at] + self.chance.choice(MARKS) + value[at:]
            if change == 1
            else value
        )


def plant(sentences: dict[str, list[str]], size: int) -> Iterator[Planted]:
    """Texts of three real sentences each, by turns in every locale whose language there are sentences in: two in three get a value of
    one kind (phone numbers half the time with the word before them; one in four in odd typography), each gets a look-alike."""
    chance = random.Random(SEED)
    locales = [(script, locale) for script, named in SCRIPTS.items() for locale in named if locale[:2] in sentences]
    for number in range(size):
        script, locale = locales[number % len(locales)]
        writer = Writer(locale, chance)
        lines = [*chance.choices(sentences[locale[:2]], k=3), writer.look_alike()]
        kind = KINDS[number // len(locales) % len(KINDS)] if number % 3 else ""
        value = MAKERS[kind](writer) if kind else ""
        if kind and kind != "EMAIL" and chance.random() < 0.25:
            value = writer.odd(value, script)
        before = f"{SCRIPTS[script][locale]}: " if kind == "PHONE" and chance.random() < 0.5 else ""
        chance.shuffle(lines)
        at = chance.randrange(len(lines) + 1)
        start = sum(len(line) + 1 for line in lines[:at]) + len(before)
        text = "\n".join([*lines[:at], before + value, *lines[at:]] if kind else lines)
        yield Planted(text, script, locale[:2], writer.region, [(start, start + len(value), kind)] if kind else [])


MAKERS: dict[str, Callable[[Writer], str]] = {
    "EMAIL": Writer.email,
    "PHONE": Writer.phone,
    "IP": Writer.address,
    "CARD": Writer.card,
    "IBAN": Writer.iban,
}


def grouped(digits: str, groups: tuple[int, ...], mark: str) -> str:
    """The digits in groups of these sizes; the last may be shorter."""
    ends = [sum(groups[: at + 1]) for at in range(len(groups))]
    return mark.join(part for start, end in zip([0, *ends], ends, strict=False) if (part := digits[start:end]))


@cache
def digits_of(script: str) -> dict[int, str]:
    """ASCII digits to those of a script, or where it has none of its own to full-width ones."""
    names = "ZERO ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE".split()
    block = {"arabic": "EXTENDED ARABIC-INDIC"}.get(script, script.upper() if script in WITH_DIGITS else "FULLWIDTH")
    return {ord("0") + value: unicodedata.lookup(f"{block} DIGIT {name}") for value, name in enumerate(names)}


@cache
def _faker(locale: str) -> Faker:
    return Faker(locale)
