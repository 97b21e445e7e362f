"""A body is decoded by what its bytes show, and one wrong byte costs that byte."""

import random
import sqlite3
import struct
import zlib
from itertools import takewhile

import pytest

from benchmarks.robust.charset_pages import (
    ARABIC,
    CHINESE,
    FRENCH,
    GERMAN,
    GREEK,
    HEBREW,
    JAPANESE,
    KOREAN,
    RUSSIAN,
    TAIWANESE,
    THAI,
    UKRAINIAN,
    charset_pages,
)
from tierline.crawl.binary import NotText
from tierline.crawl.charset import decode_text
from tierline.crawl.http import media_type


def page(prose: str, head: str = "") -> str:
    return f"<html><head>{head}<title>t</title></head><body><p>{prose}</p></body></html>"


@pytest.mark.parametrize("case", charset_pages(), ids=lambda case: case.label)
def test_every_charset_of_the_web_is_read(case):
    text, _ = decode_text(case.body, media_type(case.content_type)[1], True)
    assert case.text in text and "\ufffd" not in text


@pytest.mark.parametrize(
    ("body", "declared", "html", "charset"),
    [
        (GERMAN.encode(), "iso-8859-1", True, "utf-8"),  # UTF-8 that decodes wins over the label
        (b"\xef\xbb\xbf" + GERMAN.encode(), "koi8-r", True, "utf-8"),
        (b"\xff\xfe" + GERMAN.encode("utf-16-le"), "utf-8", True, "utf-16le"),
        (b"\xff\xfe\0\0" + GERMAN.encode("utf-32-le"), None, True, "utf-32le"),
        (page(GERMAN).encode("utf-16-be"), "utf-16", True, "utf-16be"),  # the label means the other order of bytes
        (page(GERMAN).encode("utf-16-le"), "utf-8", True, "utf-16le"),
        (JAPANESE.encode("utf-16-le"), "utf-16", False, "utf-16le"),
        (page(GERMAN).encode(), "utf-16", True, "utf-8"),
        (page(GERMAN, "<meta charset=utf-16>").encode(), None, True, "utf-8"),
        (page(FRENCH, "<meta charset=x-user-defined>").encode("cp1252"), None, True, "windows-1252"),
        (GERMAN.encode("cp1252"), "ISO-8859-1", True, "windows-1252"),
        (RUSSIAN.encode("koi8-r"), "KOI8", False, "koi8-r"),
        (page(RUSSIAN, "<meta charset=windows-1251>").encode("cp1251"), None, True, "windows-1251"),
        (page(RUSSIAN, "<!-- <meta charset=koi8-r> --><meta charset='CP1251'>").encode("cp1251"), None, True, "windows-1251"),
        (page(RUSSIAN, '<meta name="x" content="charset=koi8-r">').encode("cp1251"), None, True, "windows-1251"),
        (page(RUSSIAN, '<meta http-equiv=x content="a; charset=koi8-r">').encode("koi8-r"), None, True, "koi8-r"),
        (page(RUSSIAN, "<meta charset=no-such><meta charset=koi8-r>").encode("koi8-r"), "nonsense", True, "koi8-r"),
        (b'<?xml version="1.0" encoding="koi8-r"?>' + page(RUSSIAN).encode("koi8-r"), None, True, "koi8-r"),
        (page(KOREAN).encode("cp949"), "cp949", True, "euc-kr"),  # no label of the standard
        (b"", None, True, "utf-8"),
    ],
)
def test_the_bytes_decide_then_the_header_then_the_page(body, declared, html, charset):
    text, used = decode_text(body, declared, html)
    assert used == charset and "\ufffd" not in text
    assert not body or any(prose in text for prose in (GERMAN, FRENCH, RUSSIAN, JAPANESE, KOREAN))


WRONG = [
    (FRENCH, "cp1252", "utf-8"),
    (FRENCH, "cp1252", "windows-1251"),
    (FRENCH, "cp1252", "gb2312"),
    (RUSSIAN, "cp1251", "iso-8859-1"),
    (RUSSIAN, "koi8-r", "windows-1251"),
    (RUSSIAN, "cp866", "windows-1251"),
    (JAPANESE, "cp932", "iso-8859-1"),
    (JAPANESE, "euc-jp", "shift_jis"),
    (JAPANESE, "cp932", "euc-jp"),
    (JAPANESE, "iso2022-jp", "utf-8"),
    (KOREAN, "cp949", "windows-1252"),
    (CHINESE, "gb18030", "big5"),
]


@pytest.mark.parametrize(("prose", "codec", "label"), WRONG)
def test_a_label_that_the_bytes_disprove_is_not_believed(prose, codec, label):
    assert prose in decode_text(page(prose * 3).encode(codec), label, True)[0]


@pytest.mark.parametrize(
    ("prose", "codec", "label"), [(RUSSIAN, "cp1251", "windows-1251"), (CHINESE, "gb18030", "gbk"), (FRENCH, "cp1252", "latin1")]
)
def test_the_label_of_a_page_wins_over_a_server_default_that_the_bytes_disprove(prose, codec, label):
    for default in ("iso-8859-1", "utf-8", "windows-1251"):
        assert prose in decode_text(page(prose, f"<meta charset={label}>").encode(codec), default, True)[0]


@pytest.mark.parametrize("declared", ["punycode", "nonsense", "utf-8", "rot13", "idna", "unicode_escape"])
def test_a_label_that_browsers_do_not_know_is_not_tried(declared):
    text, used = decode_text(("straße " * 50).encode("cp1252"), declared, False)
    assert "straße" in text and used == "windows-1252"


def test_a_smart_quote_in_declared_latin_1_is_what_browsers_show():
    assert decode_text(b"\x93lock\x94 \xe9", "latin1", False) == ("“lock” é", "windows-1252")


def test_the_label_within_a_page_is_not_asked_for_plain_text():
    body = b"<meta charset=koi8-r> stra\xdfe"
    assert decode_text(body, None, True)[1] == "koi8-r" and decode_text(body, None, False)[1] != "koi8-r"


@pytest.mark.parametrize("label", ["utf-8", "iso-8859-1", None])
@pytest.mark.parametrize("stray", [b"\xa0", b"\xff", b"\xc3", b"\xe2\x80"])
def test_a_wrong_byte_in_utf_8_costs_itself(label, stray):
    before, after = (FRENCH[:90] + ".").encode(), FRENCH[90:].encode()
    assert decode_text(before + stray + after, label, True) == (f"{FRENCH[:90]}.\ufffd{FRENCH[90:]}", "utf-8")


def test_utf_8_that_is_cut_within_a_character_loses_that_character():
    body = JAPANESE.encode()
    for length in range(len(body) - 6, len(body)):
        text, charset = decode_text(body[:length], "utf-8", False)
        assert charset == "utf-8" and text.rstrip("\ufffd") == JAPANESE[: length // 3] and text.count("\ufffd") == bool(length % 3)


def same_start(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


PACKED = [(JAPANESE, "cp932", "shift_jis"), (JAPANESE, "euc-jp", "euc-jp"), (KOREAN, "cp949", "euc-kr"), (CHINESE, "gb18030", "gb2312")]


@pytest.mark.parametrize("labeled", [True, False])
@pytest.mark.parametrize(("prose", "codec", "label"), PACKED)
def test_a_wrong_byte_among_characters_of_two_bytes_costs_its_surroundings_and_not_the_page(prose, codec, label, labeled):
    whole = page(prose * 3)
    body = whole.encode(codec)
    start = body.index(prose.encode(codec))
    for place in range(start + 20, start + 80, 3):
        for damaged in (body[:place] + b"\xff" + body[place:], body[:place] + body[place + 1 :], body[: place + 400]):
            text, _ = decode_text(damaged, label if labeled else None, True)
            if codec == "euc-jp" and not labeled and len(damaged) < len(body):
                continue  # a byte too few can turn it into valid Chinese
            kept = same_start(text, whole) + same_start(text[::-1], whole[::-1])
            assert min(len(text), len(whole)) - kept <= 16


def test_what_windows_added_to_japanese_is_read_in_every_charset_that_has_it():
    assert decode_text(b"\x1b$B-!\x1b(B 3 \x1b(I6E\x1b(B", "iso-2022-jp", False)[0] == "① 3 ｶﾅ"
    assert decode_text("古い橋、".encode("euc-jp") + b"\xad\xa1\xfc\xe2", "euc-jp", False)[0] == "古い橋、①髙"


def test_shifts_of_stateful_charsets_end_where_they_are_cut():
    for codec, label in (("iso2022-jp", "iso-2022-jp"), ("iso2022-kr", "iso-2022-kr"), ("hz", "hz-gb-2312")):
        prose = {"iso2022-kr": KOREAN, "hz": CHINESE}.get(codec, JAPANESE)
        text, _ = decode_text(page(prose).encode(codec)[:140], label, True)
        assert prose[:20] in text


@pytest.mark.parametrize(
    "body",
    [
        b"%PDF-1.4\n1 0 obj << /Length 44 >> stream",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(40)),
        b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(range(60)),
        b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;",
        b"PK\3\4\x14\0\0\0\x08\0" + bytes(range(60)),
        b"\x1f\x8b\x08\0" + bytes(range(60)),
        zlib.compress(GERMAN.encode() * 9),
        bytes((31 * number * number + 7 * number) % 251 for number in range(3000)),
    ],
)
@pytest.mark.parametrize("label", ["utf-8", "latin1", None])
def test_bytes_that_are_no_text_are_not_made_one(body, label):
    with pytest.raises(NotText):
        decode_text(body, label, True)


@pytest.mark.parametrize(
    "body", [b"BMW builds motorcycles.", b"MZ stands for Motorrad.", b"II*", b"<p>One NUL \0 and one \1 in a page of many words"]
)
def test_a_text_that_begins_like_another_format_stays_one(body):
    assert decode_text(body, None, False)[0] == body.decode()


@pytest.mark.parametrize(
    ("prose", "codec", "label", "stray"),
    [
        (RUSSIAN, "cp1251", "windows-1251", b"\x98"),
        (RUSSIAN, "cp1251", "windows-1251", "‘".encode()),
        (RUSSIAN, "iso8859-5", "iso-8859-5", b"\x80"),
        ("הגשר הישן נבנה על ידי בנאים מהכפר השכן. ", "cp1255", "windows-1255", b"\xff"),
        ("Η παλιά γέφυρα χτίστηκε από μαστόρους του διπλανού χωριού. ", "cp1253", "windows-1253", b"\xff"),
        ("สะพานเก่าข้ามแม่น้ำสร้างโดยช่างหินจากหมู่บ้านใกล้เคียง ", "cp874", "windows-874", b"\xff"),
    ],
)
def test_a_byte_that_its_charset_does_not_have_does_not_deny_the_label(prose, codec, label, stray):
    text, charset = decode_text(stray + (prose * 9).encode(codec), label, True)
    assert charset == label and (prose * 9).strip() in text


@pytest.mark.parametrize(
    ("prose", "codec", "label"),
    [
        ("הגשר הישן נבנה על ידי בנאים מהכפר השכן בשנה ההיא", "cp1255", "windows-1255"),
        ("บันทึกของหมู่บ้านย้อนกลับไปสามร้อยปี", "cp874", "windows-874"),
        ("из соседней деревни. Каждую весну вода", "koi8-r", "koi8-r"),
    ],
)
def test_a_short_text_is_what_its_label_says(prose, codec, label):
    assert decode_text(prose.encode(codec), label, True, "com") == (prose, label)


def test_what_is_cut_within_a_character_keeps_the_ones_before_it():
    assert decode_text("从来没有人见过它倒塌。".encode("gbk") + b"\xc7", "gbk", True)[0] == "从来没有人见过它倒塌。\ufffd"


def test_the_euro_of_chinese_windows_is_one():
    assert decode_text("老桥横跨河流，由邻村的石匠建造".encode("gbk") + b" \x80500", "gbk", True)[0].endswith(" €500")


def test_a_character_in_two_halves_is_one():
    halves = "😀".encode("utf-16-be", "surrogatepass")
    pair = b"".join(chr(int.from_bytes(halves[at : at + 2], "big")).encode("utf-8", "surrogatepass") for at in (0, 2))
    assert decode_text("La forêt ".encode() + pair + " était là".encode(), None, True) == ("La forêt 😀 était là", "utf-8")


def message_catalog() -> bytes:
    """A compiled catalog of gettext: a table of lengths and offsets, then short texts with NULs between them."""
    texts = [f"Message {number}" for number in range(60)]
    head = struct.pack("<7I", 0x950412DE, 0, len(texts), 28, 28 + 8 * len(texts), 0, 0)
    table = b"".join(struct.pack("<2I", len(text), 1000 + 11 * number) for number, text in enumerate(texts))
    return head + table * 2 + b"\0".join(text.encode() for text in texts)


def database() -> bytes:
    store = sqlite3.connect(":memory:")
    store.execute("create table bridges (name text, built integer)")
    store.executemany("insert into bridges values (?, ?)", [(f"Bridge {number}", 1800 + number) for number in range(40)])
    return store.serialize()


def archive() -> bytes:
    head = b"notes.txt".ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + b"00000001750\0" * 2 + b"        0".ljust(101, b"\0")
    return head[:257].ljust(257, b"\0") + b"ustar\x0000".ljust(255, b"\0") + FRENCH.encode() * 200


RANDOM = random.Random(3).randbytes(3000)
WITH_NULS = {
    "catalog": message_catalog(),
    "database": database(),
    "archive": archive(),
    "samples": struct.pack("<900h", *(number % 37 - 18 for number in range(900))),
    "glyphs": struct.pack(">900H", *(3 * number for number in range(900))),
    "offsets": struct.pack("<900I", *(977 * number for number in range(900))),
    "big offsets": struct.pack(">900I", *(977 * number for number in range(900))),
    "a word here and there": b"".join(f"name{number}".encode() + b"\0\x80\0" for number in range(300)),
    "random": RANDOM,
}


@pytest.mark.parametrize("body", WITH_NULS.values(), ids=WITH_NULS)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\xff\xfe"])
@pytest.mark.parametrize("html", [True, False])
def test_binary_files_with_many_nuls_or_a_mark_are_no_text(body, mark, html):
    with pytest.raises(NotText):
        decode_text(mark + body, None, html)


@pytest.mark.parametrize("body", [b"%PDF-1.4\n1 0 obj", b"PK\3\4\x14\0\0\0\x08\0" + RANDOM, zlib.compress(GERMAN.encode() * 30)])
def test_a_mark_before_another_format_does_not_make_it_text(body):
    with pytest.raises(NotText):
        decode_text(b"\xef\xbb\xbf" + body, "utf-8", True)


def test_a_mark_does_not_make_another_charset_utf_8():
    assert decode_text(b"\xef\xbb\xbf" + page(RUSSIAN * 2).encode("cp1251"), None, True) == (page(RUSSIAN * 2), "windows-1251")
    assert decode_text(b"\xff\xfe" + page(GERMAN).encode(), None, True) == (page(GERMAN), "utf-8")


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize(("before", "behind"), [(0, 1500), (0, 7), (512, 0), (8, 4000)])
def test_nuls_that_fill_a_body_up_are_no_part_of_it(codec, before, behind):
    whole = page("The old bridge stands.")
    assert decode_text(bytes(before) + whole.encode(codec) + bytes(behind), None, True)[0].strip("\0") == whole


@pytest.mark.parametrize("escape", ["\x1b$B", "\x1b(I", "\x1b$)C", "\x1b$)A"])
def test_an_escape_in_a_body_of_utf_8_shifts_nothing(escape):
    whole = page(f"{GERMAN} The terminal printed {escape}!!bar and stopped. {JAPANESE}")
    assert decode_text(whole.encode(), "utf-8", True) == (whole, "utf-8")
    assert decode_text(whole.encode(), None, True) == (whole, "utf-8")


@pytest.mark.parametrize("label", ["utf-16", "unicode", "ucs-2", "utf-16be"])
@pytest.mark.parametrize(("prose", "codec"), [(FRENCH, "cp1252"), (RUSSIAN, "cp1251"), (JAPANESE, "cp932"), (GERMAN, "cp1252")])
def test_a_label_of_16_bits_over_a_text_of_8_is_not_believed(label, prose, codec):
    for whole in (page(prose), page(prose) + " ", prose * 2 if " " in prose else page(prose)):
        assert decode_text(whole.encode(codec), label, True)[0] == whole


@pytest.mark.parametrize(
    ("prose", "codec"),
    [(GREEK, "cp1253"), (GREEK, "iso8859-7"), (HEBREW, "cp1255"), (ARABIC, "iso8859-6"), (THAI, "cp874"), (RUSSIAN, "cp1251")],
)
@pytest.mark.parametrize("stray", [b"\xff", b"\x98"])
@pytest.mark.parametrize("letters", [130, 600])
def test_one_stray_byte_costs_one_character_where_nothing_is_said_of_the_charset(prose, codec, stray, letters):
    body = (prose * 6)[:letters].encode(codec)
    for place in range(0, len(body), 23):
        text, _ = decode_text(body[:place] + stray + body[place:], None, False)
        assert text[:place] == body[:place].decode(codec) and text[place + 1 :] == body[place:].decode(codec)


@pytest.mark.parametrize(("prose", "codec", "label"), [*PACKED, (CHINESE, "gb18030", "gb18030"), (TAIWANESE, "big5", "big5")])
def test_a_label_that_reads_all_but_one_byte_of_a_short_text_is_believed(prose, codec, label):
    whole = prose[:48]
    body = whole.encode(codec)
    for place in range(len(body)):
        for damaged in (body[:place] + b"\xa0" + body[place:], body[:place] + b"\xff" + body[place:], body[:place] + body[place + 1 :]):
            text, _ = decode_text(damaged, label, False)
            assert len(whole) - same_start(text, whole) - same_start(text[::-1], whole[::-1]) <= 8


@pytest.mark.parametrize("prose", ["Старый мост ведёт", "Новая дорога идёт", "Вода поднимается", RUSSIAN[:40], UKRAINIAN[:30]])
def test_a_short_text_of_one_byte_a_character_is_no_damaged_one_of_two(prose):
    assert decode_text(prose.encode("cp1251"), None, False)[0] == prose


WESTERN = [
    "The ferry costs £500 for a family and its dog.",
    "The rent was ¥80000 and the deposit ¥9000.",
    "The scale is exact to ±5 grams, said the maker.",
    "It was naïve of the mayor to wait for the flood.",
    "The Granit® mark belongs to the masons of the valley.",
    "He wrote «oui» on the door and went home.",
    "Add 5 µg of the salt to the water of the mill.",
    "¡hola! said the keeper of the bridge.",
    "Les piles du pont sont de granit, et une arche est tombée",
    "£5, £10, £20",
]


@pytest.mark.parametrize("prose", WESTERN)
@pytest.mark.parametrize("top_level", [None, "com", "org", "uk"])
@pytest.mark.parametrize("label", [None, "utf-8"])
def test_a_few_accents_and_signs_in_western_text_stay_what_they_are(prose, top_level, label):
    for whole in (prose, page(prose)):
        assert decode_text(whole.encode("cp1252"), label, True, top_level)[0] == whole


@pytest.mark.parametrize(
    ("prose", "codec", "top_level"),
    [
        ("Bilet na most kosztuje 5 zł od osoby", "cp1250", None),
        ("Je to most pro lidi a na vozy, za řekou", "cp1250", "com"),
        ("The bridge of the town costs 20 zł", "cp1250", "pl"),
    ],
)
def test_words_and_domain_of_another_language_speak_for_its_charset(prose, codec, top_level):
    assert decode_text(prose.encode(codec), None, False, top_level)[0] == prose


@pytest.mark.parametrize("words", ["A bridge", "Le château"])
def test_a_lone_surrogate_in_utf8_is_one_wrong_character(words):
    assert decode_text(words.encode() + b" \xed\xa0\xbd of stone", "utf-8", False) == (f"{words} \ufffd of stone", "utf-8")


SHORT = [
    ("koi8-r", "Старый мост через реку построили каменщики из соседней деревни."),
    ("koi8-r", "Мельница стоит у реки и мелет зерно трёх деревень уже двести лет."),
    ("koi8_u", "Старий міст через річку збудували каменярі з сусіднього села."),
    ("cp1255", "הטחנה עומדת ליד הנהר."),
    ("cp1255", "חדשות היום: הכביש סגור עד יום שני."),
    ("cp1253", "Ο καιρός είναι ωραίος σήμερα."),
    ("cp874", "สวัสดีชาวโลก"),
    ("shift_jis", "古い橋は隣の村の石工が建てた。"),
    ("euc_jp", "この水車小屋は川のそばにあり、三つの村の麦を挽いている。"),
    ("gb18030", "磨坊矗立在河边，为三个村庄磨面。"),
    ("big5", "古老的橋由鄰村的石匠建造。"),
    ("euc_kr", "오래된 다리는 이웃 마을의 석공들이 지었다."),
]


@pytest.mark.parametrize(("charset", "words"), SHORT)
def test_a_short_text_without_a_label_is_read(charset, words):
    assert decode_text(words.encode(charset), None, False)[0] == words
    assert words in decode_text(page(words).encode(charset), None, True)[0]


@pytest.mark.parametrize(("charset", "words"), SHORT)
@pytest.mark.parametrize("place", [0.0, 0.3, 0.7])
def test_a_byte_that_no_charset_of_two_bytes_has_costs_itself_in_a_short_text(charset, words, place):
    data = words.encode(charset)
    at = int(place * len(data))
    text = decode_text(data[:at] + b"\xff" + data[at:], None, False)[0]
    assert (
        sum(after == before for before, after in zip(words, text, strict=False))
        + sum(after == before for before, after in zip(words[::-1], text[::-1], strict=False))
        >= len(words) - 1
        and len(text) == len(words) + 1
    )


def test_a_rare_character_that_its_charset_has_is_none_of_damage():
    words = "朱镕基在北京的一家老书店里买了三本旧书。"  # 镕 lies beyond GB 2312
    assert decode_text(words.encode("gbk"), None, False)[0] == words == decode_text(words.encode("gbk"), "gbk", False)[0]


@pytest.mark.parametrize(
    ("label", "codec"), [("ibm437", "cp437"), ("cp850", "cp850"), ("CP852", "cp852"), ("cp500", "cp500"), ("ibm037", "cp037")]
)
def test_labels_of_dos_and_of_mainframes_are_believed(label, codec):
    words = "The mill: für Käse, à côté." if codec != "cp852" else "Młyn nad rzeką stoi od lat."
    assert decode_text(words.encode(codec), label, False) == (words, codec)
