"""Phone numbers: in every country's writing and typography, and numbers of other things that look like them."""

import re

import phonenumbers
import pytest

from tierline.filters import phones
from tierline.filters.number_runs import number_runs
from tierline.filters.phones import regions
from tierline.filters.pii import redact

NO_BREAK_SPACES = "\u00a0\u2007\u2009\u202f\u3000"
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212\uff0d"
UNSEEN = "\u200b\u200e\u200f\u202a\u202c\u2060\u2066\u2069\ufeff\u00ad"


@pytest.mark.parametrize("space", NO_BREAK_SPACES)
@pytest.mark.parametrize("number", ["+49 30 1234567", "+44 20 7946 0958", "(555) 123-4567", "8 (4932) 929-699"])
def test_any_space_may_group_a_number(number, space):
    assert redact(f"Call {number.replace(' ', space)} now.") == ("Call <PHONE> now.", 1)


@pytest.mark.parametrize("dash", DASHES)
@pytest.mark.parametrize("number", ["555-123-4567", "+49 30 1234-5678", "+1-212-555-0123"])
def test_any_dash_may_group_a_number(number, dash):
    assert redact(f"Call {number.replace('-', dash)} now.") == ("Call <PHONE> now.", 1)


@pytest.mark.parametrize("mark", UNSEEN)
def test_unseen_marks_in_and_around_a_number_go_with_it(mark):
    text, count = redact(f"‏{mark}+972-3-{mark}1234567 here")
    assert count == 1 and not re.search(r"\d", text) and text.endswith("<PHONE> here")


@pytest.mark.parametrize("zero", "٠۰०০੦૦୦௦౦೦൦๐໐༠၀０", ids=lambda zero: f"U+{ord(zero):04X}")
def test_digits_of_every_script_are_digits(zero):
    digits = str.maketrans("0123456789", "".join(chr(ord(zero) + value) for value in range(10)))
    assert redact("+49 30 1234567".translate(digits)) == ("<PHONE>", 1)


@pytest.mark.parametrize(
    "text",
    [
        "tel. 696 40 32 41",
        "Telefon: 883074703",
        "Telefon : 030 1234567",
        "Tel. : 01.23.45.67.89",
        "Phone 06 12 34 56 78",
        "+420 323 604 536-7",
        "00420 777 340 500",
        "8 (4932) 929-699",
        "503.660.8874",
        "02 51 40 38 62",
        "手机：13912345678",
        "電話：０３ー１２３４ー５６７８",
        "전화 02-123-4567",
        "โทรศัพท์: ๐๒-๑๒๓-๔๕๖๗",
        "फ़ोन: ०११-२३४५६७८९",
        "هاتف: ٠١٢٣٤٥٦٧٨٩",
        "τηλ. 210 1234567",
        "тел. 8 800 123 45 67",
        "+49 (0) 30 / 123 45 67",
        "(030) 123 45 67",
        "Telefon 030/1234567-0",
        "+1-212-555-0123 x45",
        "Tel. 030 1234567 ext. 12",
        "+1.555.123.4567",
        "+1.4805058800",
        "T: 020 7946 0958",
        "Móvil 669-75-32-00 -----",
        # Further numbers that differ in the last digits alone.
        "Tel +44-20-7946-0958/59",
        "Tel: +91-11-23456789/90",
        "тел. (495) 123-45-67/68",
        "Tel: 022-23456789/90/91",
        "tel. 22 621 23 45/46",
        "Phone: (044) 2815 1234/5",
        "Tel. 030 1234567/68",
        # Dashes behind the word, and between groups that spaces set apart.
        "Mob-9876543210",
        "Ph-011-23456789",
        "Tel.-030 1234567",
        "Tel.030 1234567",
        "Tel:- 011-23456789",
        "Mobile No:- 9876543210",
        "Contact No.:- 9876543210",
        "+49 30 / 901820 - 55",
        "Tél. 01 / 42 / 68 / 53 / 00",
        "+44 (0) 20 - 7946 - 0958",
        "+7 (495) 123 - 45 - 67",
        "тел. 8 (495) 123 - 45 - 67",
        "+1 - 415 - 555 - 2671",
        # The word in more languages, with an article or an ending.
        "الجوال: 0501234567",
        "الموبايل: 01001234567",
        "الفاكس: 0223456789",
        "التليفون: 0223456789",
        "وهاتف: 0223456789",
        "മൊബൈൽ: 9847012345",
        "ഫോൺ: 0484 2345678",
        "ਮੋਬਾਈਲ: 9814012345",
        "ਫ਼ੋਨ: 0161 2345678",
        "ဖုန်း: 09 250 123456",
        "ဖုန်း-09250123456",
        "දුරකථන: 011 2345678",
        "Утас: 7011 1234",
        "утас 99112233",
        "Mobiltelefon 0171 1234567",
        "сотовый 8 912 345 67 89",
        "טלפון 03-1234567",
        "Cep: 0532 123 45 67",
    ],
)
def test_a_number_is_found_whole(text):
    redacted, count = redact(text)
    assert count == 1 and not re.search(r"\d", redacted)


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_every_regions_numbers_are_found_in_international_form(region):
    number = phonenumbers.example_number(region)
    for form in (phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.E164):
        assert redact(f"{phonenumbers.format_number(number, form)}, please", "en") == ("<PHONE>, please", 1)


@pytest.mark.parametrize(
    ("language", "region"),
    [("de", "DE"), ("fr", "FR"), ("pl", "PL"), ("ja", "JP"), ("ko", "KR"), ("ru", "RU"), ("pt", "BR"), ("el", "GR"), ("th", "TH")],
)
def test_a_language_brings_its_regions_writing(language, region):
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    assert region in regions(language)
    assert redact(f"{national}\n", language) == ("<PHONE>\n", 1)


def test_two_numbers_that_a_slash_separates_are_two():
    assert redact("011-23456789/23456790", "hi") == ("<PHONE>/<PHONE>", 2)
    assert redact("Tel: 022 - 2345 6789 / 2345 6790", "en") == ("Tel: <PHONE> / <PHONE>", 2)


@pytest.mark.parametrize("language", [None, "en", "pt"])
@pytest.mark.parametrize(
    "text",
    [
        "CEP 01310-100",
        "CEP: 40301110",
        "Mobile 1 500 000 users",
        "Telugu 75 000 000",
        "WhatsApp 2 000 000 000 users",
        "сотни 1000000",
        "сотовых 240 000 000",
        "telescope 1234567",
        "手机1000000部",
        "手机1234567部",
        "携帯1000000台",
        "T: 20.5 21.5 22.5",
        "phone 13 2021 2022",
        "Ligue 1 2020 2021",
        "call 2019 2020 2021",
        "Phone 6 7 8 9 10 11",
        "GSM 850/900/1800/1900",
        "טלוויזיה 1234567",
        "pH 7.35 - 7.45",
        "https://example.com/mobile-12345678",
    ],
)
def test_a_word_for_telephones_makes_no_number_of_another_figure(text, language):
    assert redact(text, language) == (text, 0)


def test_numbers_in_a_list_after_a_phone_number_are_phone_numbers():
    assert redact("Tel: 731 186 549, 775 576 767 / 608 767 672") == ("Tel: <PHONE>, <PHONE> / <PHONE>", 3)


@pytest.mark.parametrize(
    "text",
    [
        "The draw was 05 12 23 34 41 on Friday.",
        "Lottery: 03 07 19 22 38 44",
        "Take it after 06 12 24 36 48 hours.",
        "Science (1998) 281 1001-1004",
        "Nature (2012) 483 603–607",
        "J. Chem. Phys. 110, 2822 (1999); 2012;483(7391):603-607",
        "at +52.520008 +13.404954 or +79.2043165 -18.977056",
        "48.858222, 2.2945 and +40.689247-074.044502/",
        "The rod is 0123 456 789 mm long.",
        "See pages (123) 45 67 89 of the book.",
        "ISBN 978-3-16-148410-0, 0-306-40615-2, ISSN 2049-3630, order 555-123-4567",
        "doi:10.1038/s41586-020-2649-2, arXiv:2105.04026v2, PMID: 12345678",
        "US Patent 6,285,999 and EP 1 234 567 A1",
        "It costs $1,234,567.89 or 1.234.567,89 EUR, +5 000 000 EUR",
        "658.424.562 and 12 345 678 people",
        "on 2024-05-06 12:30:45, 06.05.2024 10:15 and 1999-2004",
        "12/05/2024 - 13/06/2024, 1914–1918 1939–1945",
        "Bentham (1789) 1907 and (2001) 123-130",
        "He scored 2003 2004 2005 2006 points and 1,250,000 more.",
        "65001-65535: reserved; 256-8388607: review",
        "level 0 4294967295] and 0 2021-07-25",
        "system number 003640330, serial 0123-456-789, ZIP 12345-6789",
        "0.12 0.34 0.56 0.78 and 21-19 19-21 21-17",
        "Belgium 11750000, Belarus 9500000, a cellar of 1500000 litres, textbook 1234567",
        "telnet 127.0.0.1 8081 and telnet 10.25.25.25",
        "Population: 251 269 164; Population (2024): 232 679 478. Einwohner: 251 269 164",
        "CAS 7732-18-5, RFC 2822-3339, spm=875.7931836.a22",
        '{"title":"手机"},{"appId":2016030715,"isUse":true}',
    ],
)
@pytest.mark.parametrize("language", [None, "en"])
def test_numbers_of_other_things_stay(text, language):
    assert redact(text, language) == (text, 0)


def test_words_before_a_number_are_not_read_where_they_cannot_matter(monkeypatch):
    class Unread:
        def search(self, text):
            raise AssertionError(f"read {text!r}")

    monkeypatch.setattr(phones, "ANNOUNCED", Unread())
    monkeypatch.setattr(phones, "LABELED", Unread())
    text = "published: 2014-05-03, modified: 2014-05-03T10:00:00, host 192.168.10.20, call +49 30 1234567"
    assert [text[start:end] for start, end in phones.phone_numbers(text, number_runs(text), lambda: "en")] == ["+49 30 1234567"]
