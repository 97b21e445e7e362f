"""Personal data: what is found and by which kind, what only looks like it, in the writing of every script, and that no text takes long."""

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
        ("tel. 696 40 32 41", "PHONE", "696 40 32 41"),
        ("seen from 2a01:4f8:c17:1::2 today", "IP", "2a01:4f8:c17:1::2"),
        ("Card 3782 822463 10005.", "CARD", "3782 822463 10005"),
        ("IBAN GB82 WEST 1234 5698 7654 32 BANK", "IBAN", "GB82 WEST 1234 5698 7654 32"),
        ("card 4111.1111.1111.1111.", "CARD", "4111.1111.1111.1111"),
        ("card 4111·1111·1111·1111", "CARD", "4111·1111·1111·1111"),
        ("card 4111 - 1111 - 1111 - 1111", "CARD", "4111 - 1111 - 1111 - 1111"),
        ("4111 1111 1111 1111 12/25", "CARD", "4111 1111 1111 1111"),
        ("4111 1111 1111 1111 123", "CARD", "4111 1111 1111 1111"),
        ("5555-5555-5555-4444-12/27", "CARD", "5555-5555-5555-4444"),
        ("2200 0000 0000 0053", "CARD", "2200 0000 0000 0053"),
        ("2200000000000053", "CARD", "2200000000000053"),
        ("6759 6498 2643 8453", "CARD", "6759 6498 2643 8453"),
        ("Maestro: 6759649826438453", "CARD", "6759649826438453"),
        ("iban de89370400440532013000 or", "IBAN", "de89370400440532013000"),
        ("iban De89.3704.0044.0532.0130.00", "IBAN", "De89.3704.0044.0532.0130.00"),
        ("jane@example․org", "EMAIL", "jane@example․org"),
        ("電話 03・1234・5678", "PHONE", "03・1234・5678"),
        ("call +49·30·1234·5678 now", "PHONE", "+49·30·1234·5678"),
        ("号码\u200e4111\u00a01111\u00a01111\u00a01111\u200f。", "CARD", "4111\u00a01111\u00a01111\u00a01111"),
        ("IBAN DE89\u202f3704\u202f0044\u202f0532\u202f0130\u202f00", "IBAN", "DE89\u202f3704\u202f0044\u202f0532\u202f0130\u202f00"),
        ("ＩＢＡＮ ＤＥ８９３７０４００４４０５３２０１３０００", "IBAN", "ＤＥ８９３７０４００４４０５３２０１３０００"),
    ],
)
def test_what_is_personal_is_found(text, kind, value):
    assert [(text[start:end], found) for start, end, found in find(text)] == [(value, kind)]


@pytest.mark.parametrize(
    "text",
    [
        "Chrome/98.0.4758.102 Safari/537.36",
        "logo@2x.png from git@github.com:some/repo.git",
        "DE89 3704 0044 0532 0130 01 fails its check, and so does 4111111111111112",
        "6759649826438453 and 4111 1111 1111 1112 12/25",
        "EAN 4006381333931, GTIN 4635911322260",
        "a ratio of 1:1:1:1:1:1:1:2 in std::vector a::b",
        "550e8400-e29b-41d4-a716-446655440000 and 00:1a:2b:3c:4d:5e and 0000-0002-1825-0097",
        "sha256 4d8f2a1234567890b1234567890123456789012345678901234567890abcdef1",
    ],
)
def test_what_only_looks_personal_stays(text):
    assert redact(text) == (text, 0)


def test_where_kinds_overlap_the_most_certain_stays():
    assert redact("call 4111 1111 1111 1111") == ("call <CARD>", 1)


def test_the_language_says_whose_numbers_to_expect():
    assert redact("04 92 12 34 56", "fr") == ("<PHONE>", 1)
    assert redact("04 92 12 34 56", "en") == ("04 92 12 34 56", 0)


@given(st.text(alphabet="ab1 29.:@-+()[]/GBé٣\u00a0\u200f一\n", max_size=200))
def test_spans_are_in_order_and_apart(text):
    spans = find(text, "en")
    assert all(0 <= start < end <= len(text) for start, end, _ in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


@pytest.mark.parametrize(
    "piece", ["1", "1 ", "1.", "(", "a.", "@", "a@", "é@", "1-", "1:", "+1(", "AB12 ", "a (at) ", "2a01:", "(1", "1((((((((", "\u200f1"]
)
def test_no_text_takes_more_than_linear_time(piece):
    def seconds(text: str) -> float:
        began = time.process_time()
        find(text, "en")
        return time.process_time() - began

    short, long = (piece * size for size in (20_000, 80_000))
    assert seconds(long) < max(2.0, 10 * seconds(short))
