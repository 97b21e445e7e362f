"""Personal data: what is found and by which kind, what only looks like it, and that no text takes long."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.filters.pii import find, redact


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Write to j.doe+news@mail.co.uk.", "EMAIL", "j.doe+news@mail.co.uk"),
        ("Write to doe (at) mail (dot) de, please", "EMAIL", "doe (at) mail (dot) de"),
        ("tel. 696 40 32 41", "PHONE", "696 40 32 41"),
        ("Telefon: 883074703", "PHONE", "883074703"),
        ("+420 323 604 536-7", "PHONE", "+420 323 604 536-7"),
        ("00420 777 340 500", "PHONE", "00420 777 340 500"),
        ("8 (4932) 929-699", "PHONE", "8 (4932) 929-699"),
        ("503.660.8874", "PHONE", "503.660.8874"),
        ("02 51 40 38 62", "PHONE", "02 51 40 38 62"),
        ("手机：13912345678", "PHONE", "13912345678"),
        ("seen from 2a01:4f8:c17:1::2 today", "IP", "2a01:4f8:c17:1::2"),
        ("ping 8.8.8.8", "IP", "8.8.8.8"),
        ("Card 3782 822463 10005.", "CARD", "3782 822463 10005"),
        ("IBAN GB82 WEST 1234 5698 7654 32 BANK", "IBAN", "GB82 WEST 1234 5698 7654 32"),
        ("DE89370400440532013000", "IBAN", "DE89370400440532013000"),
    ],
)
def test_what_is_personal_is_found(text, kind, value):
    assert [(text[start:end], found) for start, end, found in find(text)] == [(value, kind)]


def test_numbers_in_a_list_after_a_phone_number_are_phone_numbers():
    assert redact("Tel: 731 186 549, 775 576 767 / 608 767 672") == ("Tel: <PHONE>, <PHONE> / <PHONE>", 3)


@pytest.mark.parametrize(
    "text",
    [
        "Version 10.2.33.44 is out; see section 4.1.2.1 and v2.3.4.5.",
        "Chrome/98.0.4758.102 Safari/537.36",
        "ISBN 0-306-40615-2, ISSN 1234-5678, order 555-123-4567",
        "logo@2x.png from git@github.com:some/repo.git",
        "at 10.0.0.1 or 192.168.1.7 or fe80::1",
        "on 2024-05-06 12:30:45, 06.05.2024 10:15 and 1999-2004",
        "Bentham (1789) 1907 and (2001) 123-130",
        "DE89 3704 0044 0532 0130 01 fails its check, and so does 4111111111111112",
        "a ratio of 1:1:1:1:1:1:1:2 in std::vector a::b",
        "He scored 2003 2004 2005 2006 points and 1,250,000 more.",
    ],
)
def test_what_only_looks_personal_stays(text):
    assert redact(text) == (text, 0)


@given(st.text(alphabet="ab1 29.:@-+()[]/GB\n", max_size=200))
def test_spans_are_in_order_and_apart(text):
    spans = find(text)
    assert all(start < end for start, end, _ in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


@pytest.mark.parametrize(
    "piece", ["1", "1 ", "1.", "(", "a.", "@", "a@", "1-", "1:", "+1(", "AB12 ", "a (at) ", "2a01:", "(1", "1((((((((("]
)
def test_no_text_takes_more_than_linear_time(piece):
    def seconds(text: str) -> float:
        began = time.process_time()
        find(text)
        return time.process_time() - began

    short, long = (piece * size for size in (20_000, 80_000))
    assert seconds(long) < max(2.0, 10 * seconds(short))
