"""Bodies are decoded as the server meant them, whatever its headers say, and never to more than the bound."""

import gzip
import zlib

import brotli
import pytest
import zstandard

from tierline.crawl.http import MAX_CODINGS, TooLarge, declared_charset, decode_body, decode_text

BODY = b"<p>The lock was rebuilt in 1871.</p>" * 20
LIMIT = 1 << 16


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("br", brotli.compress),
        ("zstd", zstandard.compress),
        ("identity", bytes),
        ("", bytes),
        ("gzip, br", lambda data: brotli.compress(gzip.compress(data))),
        ("br,gzip", lambda data: gzip.compress(brotli.compress(data))),
    ],
)
def test_a_coding_is_undone_in_reverse_order(coding, pack):
    assert decode_body(pack(BODY), "", coding, LIMIT) == BODY


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_crawler_that_stored_the_decoded_body_and_kept_the_header_is_understood(coding):
    assert decode_body(BODY, "", coding, LIMIT) == BODY and decode_body(b"", "", coding, LIMIT) == b""


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_stops_at_the_bound(coding):
    pack = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstandard.compress}[coding]
    packed = pack(b"\0" * (LIMIT * 50))
    with pytest.raises(TooLarge, match=f"more than the {LIMIT} bytes"):
        decode_body(packed, "", coding, LIMIT)
    assert len(decode_body(pack(b"\0" * LIMIT), "", coding, LIMIT)) == LIMIT


def test_more_codings_than_any_server_sends_are_refused():
    body = BODY
    for _ in range(MAX_CODINGS + 1):
        body = gzip.compress(body)
    with pytest.raises(ValueError, match=f"{MAX_CODINGS + 1} content codings"):
        decode_body(body, "", ", ".join(["gzip"] * (MAX_CODINGS + 1)), LIMIT)
    assert decode_body(body, "", ", ".join(["gzip"] * MAX_CODINGS), LIMIT) == gzip.compress(BODY)


@pytest.mark.parametrize(("coding", "body"), [("compress", BODY), ("deflate", b"\x00\x01\x02 noise"), ("br", brotli.compress(BODY)[:9])])
def test_a_coding_that_cannot_be_undone_is_an_error(coding, body):
    with pytest.raises(ValueError):
        decode_body(body, "", coding, LIMIT)


def test_what_is_left_of_a_cut_gzip_body_is_kept():
    data = bytes(range(256)) * 200
    found = decode_body(gzip.compress(data)[:-200], "", "gzip", LIMIT)
    assert found and data.startswith(found)
    with pytest.raises(ValueError, match="cut off before its first byte"):
        decode_body(gzip.compress(data)[:10], "", "gzip", LIMIT)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"4\r\nabcd\r\n3;name=x\r\nefg\r\n0\r\n\r\n", b"abcdefg"),
        (b"4\nabcd\n0\n", b"abcd"),
        (b"4  \r\nabcd\r\n0\r\nTrailer: x\r\n\r\n", b"abcd"),
        (b"4\r\nabcd\r\n9\r\nefg", b"abcdefg"),  # cut off within a chunk
        (b"4\r\nabcd", b"abcd"),  # no last chunk
        (b"<p>plain</p>", b"<p>plain</p>"),  # stored joined, header kept
        (b"0\r\n\r\n", b""),
    ],
)
def test_chunks_are_joined(body, expected):
    assert decode_body(body, "Chunked", "", LIMIT) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("text/html; charset=UTF-8", "UTF-8"),
        ('text/html; charset="iso-8859-1"', "iso-8859-1"),
        ("text/html;CHARSET = 'koi8-r'", "koi8-r"),
        ("text/html", None),
        ("", None),
    ],
)
def test_the_charset_of_a_content_type(header, expected):
    assert declared_charset(header) == expected


GERMAN, RUSSIAN = "Die Fähre überquert den Fluß", "Паром пересекает реку шесть раз в день, зимой реже"


@pytest.mark.parametrize(
    ("body", "declared", "html", "text", "charset"),
    [
        (GERMAN.encode(), "iso-8859-1", True, GERMAN, "utf-8"),  # UTF-8 that decodes wins over the declaration
        (b"\xef\xbb\xbf" + GERMAN.encode(), None, True, GERMAN, "utf-8"),
        (GERMAN.encode("utf-16"), "utf-8", True, GERMAN, "utf-16"),
        (GERMAN.encode("cp1252"), "ISO-8859-1", True, GERMAN, "iso-8859-1"),
        (RUSSIAN.encode("koi8-r"), "koi8-r", False, RUSSIAN, "koi8-r"),
        (b"<meta charset=windows-1251>" + RUSSIAN.encode("cp1251"), None, True, f"<meta charset=windows-1251>{RUSSIAN}", "windows-1251"),
        (b'<?xml version="1.0" encoding="koi8-r"?>' + RUSSIAN.encode("koi8-r"), None, True, None, "koi8-r"),
        (b"", None, True, "", "utf-8"),
    ],
)
def test_text_is_decoded_by_what_its_bytes_show(body, declared, html, text, charset):
    found, used = decode_text(body, declared, html)
    assert used == charset and found == (found if text is None else text) and "\ufffd" not in found


def test_a_smart_quote_in_declared_latin_1_is_what_browsers_show():
    assert decode_text(b"\x93lock\x94 \xe9", "latin1", False) == ("“lock” é", "latin1")


@pytest.mark.parametrize("declared", ["punycode", "nonsense", "utf-8", "rot13"])
def test_a_charset_that_browsers_do_not_know_is_not_tried(declared):
    text, used = decode_text(("straße " * 50).encode("cp1252"), declared, False)
    assert "straße" in text and used != declared


def test_the_declaration_within_a_page_is_not_asked_for_plain_text():
    body = b"<meta charset=koi8-r> stra\xdfe stra\xdfe gr\xfc\xdfe"
    assert decode_text(body, None, True)[1] == "koi8-r" and decode_text(body, None, False)[1] != "koi8-r"
