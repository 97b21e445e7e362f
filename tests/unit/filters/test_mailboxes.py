"""E-mail addresses: in ASCII and beyond, spelt for people, in links, and where they begin and end in text without spaces."""

import pytest

from tierline.filters.pii import find, redact


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Write to doe (at) mail (dot) de, please", "doe (at) mail (dot) de"),
        ("jane[at]mail[dot]com", "jane[at]mail[dot]com"),
        ("jane{at}mail.com", "jane{at}mail.com"),
        ("jane（at）mail.com", "jane（at）mail.com"),
        ("jane(a)mail.fi", "jane(a)mail.fi"),
        ("<a href=mailto:jane@mail.com?subject=x>", "jane@mail.com"),
        ("?to=jane%40mail.com&x", "jane%40mail.com"),
        ("jösé@müller.de，danke", "jösé@müller.de"),
        ("почта: иван@почта.рф.", "иван@почта.рф"),
        ("δοκιμή@παράδειγμα.ευ", "δοκιμή@παράδειγμα.ευ"),
        ("उपयोगकर्ता@उदाहरण.भारत", "उपयोगकर्ता@उदाहरण.भारत"),
        ("用户@例子.中国。谢谢", "用户@例子.中国"),
        ("联系我user@mail.com。谢谢", "user@mail.com"),
        ("联系我user@mail.com谢谢", "user@mail.com"),
        ("at user＠mail．com", "user＠mail．com"),
        ("user@xn--e1afmkfd.xn--p1ai", "user@xn--e1afmkfd.xn--p1ai"),
        ("o'brien@mail.org", "o'brien@mail.org"),
        ("'jane@mail.org'", "jane@mail.org"),
        ('"jane doe"@mail.com', '"jane doe"@mail.com'),
        ("info @ mail.com", "info @ mail.com"),
        ("jane.doe @ mail.co.uk today", "jane.doe @ mail.co.uk"),
        ("E-mail: jane @ mail.com", "jane @ mail.com"),
        ("jane@mail[dot]com", "jane@mail[dot]com"),
        ("jane@post.mail (dot) com", "jane@post.mail (dot) com"),
        ("jane@\u200bmail.com", "jane@\u200bmail.com"),
        ("jane@ma\u00adil.com", "jane@ma\u00adil.com"),
    ],
)
def test_an_address_is_found_from_its_beginning_to_its_end(text, address):
    assert [(text[start:end], kind) for start, end, kind in find(text)] == [(address, "EMAIL")]


@pytest.mark.parametrize(
    "text",
    [
        "logo@2x.png from git@github.com:some/repo.git",
        "twelve at noon (at) the station",
        "@someone wrote, see user@host and 5@6",
        "Section 5 (a) example.com",
        "lunch @ example.com, 5 @ example.com",
        "価格@例",
    ],
)
def test_what_is_no_address_stays(text):
    assert redact(text) == (text, 0)
