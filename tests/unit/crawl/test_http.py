"""Bodies are decoded as the server meant them, whatever its headers say, and never to more than the bound."""

import gzip
import struct
import zlib
from functools import partial

import brotli
import pytest
import zstandard

from tierline.crawl.http import MAX_CODINGS, TooLarge, decode_body, media_type
from tierline.crawl.http_head import split_response

BODY = b"<p>The lock was rebuilt in 1871.</p>" * 20
LIMIT = 1 << 16
gzipped = partial(gzip.compress, mtime=0)  # the same in every second


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzipped),
        ("x-gzip", gzipped),
        ("GZIP", gzipped),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("br", brotli.compress),
        ("zstd", zstandard.compress),
        ("identity", bytes),
        ("", bytes),
        ("gzip, br", lambda data: brotli.compress(gzipped(data))),
        ("br,gzip", lambda data: gzipped(brotli.compress(data))),
    ],
)
def test_a_coding_is_undone_in_reverse_order(coding, pack):
    assert decode_body(pack(BODY), "", coding, LIMIT) == BODY


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", brotli.compress),
        ("gzip", zlib.compress),
        ("gzip", raw_deflate),
        ("br", zlib.compress),
        ("deflate", brotli.compress),
        ("", zlib.compress),
        ("br;q=1.0", brotli.compress),
        ("[deflate]", zlib.compress),
    ],
)
def test_a_coding_under_another_name_is_undone(coding, pack):
    assert decode_body(pack(BODY), "", coding, LIMIT) == BODY


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_crawler_that_stored_the_decoded_body_and_kept_the_header_is_understood(coding):
    assert decode_body(BODY, "", coding, LIMIT) == BODY and decode_body(b"", "", coding, LIMIT) == b""


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_stops_at_the_bound(coding):
    pack = {"gzip": gzipped, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstandard.compress}[coding]
    packed = pack(b"\0" * (LIMIT * 50))
    with pytest.raises(TooLarge, match=f"more than the {LIMIT} bytes"):
        decode_body(packed, "", coding, LIMIT)
    assert len(decode_body(pack(b"\0" * LIMIT), "", coding, LIMIT)) == LIMIT


def test_more_codings_than_any_server_sends_are_refused():
    body = BODY
    for _ in range(MAX_CODINGS + 1):
        body = gzipped(body)
    with pytest.raises(ValueError, match=f"{MAX_CODINGS + 1} content codings"):
        decode_body(body, "", ", ".join(["gzip"] * (MAX_CODINGS + 1)), LIMIT)
    assert decode_body(body, "", ", ".join(["gzip"] * MAX_CODINGS), LIMIT) == gzipped(BODY)


@pytest.mark.parametrize(("coding", "body"), [("deflate", b"\x00\x01\x02 noise"), ("br", brotli.compress(BODY)[:9])])
def test_a_coding_that_cannot_be_undone_is_an_error(coding, body):
    with pytest.raises(ValueError):
        decode_body(body, "", coding, LIMIT)


def test_what_is_left_of_a_cut_gzip_body_is_kept():
    data = bytes(range(256)) * 200
    found = decode_body(gzipped(data)[:-200], "", "gzip", LIMIT)
    assert found and data.startswith(found)
    with pytest.raises(ValueError, match="cut off before its first byte"):
        decode_body(gzipped(data)[:10], "", "gzip", LIMIT)
    page = "".join(f"<p>The lock number {number} was rebuilt in {1800 + number % 200}.</p>" for number in range(900)).encode()
    found = decode_body(brotli.compress(page)[:-20], "", "br", LIMIT)
    assert found and page.startswith(found)


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
    "coding", ["binary", "utf8", "8bit", "none", "identity", "text/html", "UTF-8", "compress", "x, , y", "aws-chunked"]
)
def test_a_coding_that_is_none_is_none(coding):
    assert decode_body(BODY, "", coding, LIMIT) == BODY
    assert decode_body(gzipped(BODY), "", f"{coding}, gzip", LIMIT) == BODY


@pytest.mark.parametrize(
    ("announced", "pack"),
    [
        ("", gzipped),
        ("", zstandard.compress),
        ("identity", gzipped),
        ("deflate", gzipped),
        ("br", gzipped),
        ("br", zstandard.compress),
        ("gzip", zstandard.compress),
        ("zstd", gzipped),
        ("gzip, gzip", gzipped),  # said twice, done once
        ("gzip,, ", gzipped),
        ('"gzip"', gzipped),
    ],
)
def test_a_body_counts_before_what_its_head_announces(announced, pack):
    assert decode_body(pack(BODY), "", announced, LIMIT) == BODY


def test_all_members_and_frames_of_a_body_are_read():
    first, second = BODY[:100], BODY[100:]
    frame = struct.pack("<II", 0x184D2A53, 4) + b"note"
    for body in (
        gzipped(first) + gzipped(second),
        gzipped(first) + gzipped(b"") + gzipped(second),
        gzipped(b"") + gzipped(BODY),
        gzipped(first) + b"\0" * 8 + gzipped(second),
        gzipped(BODY) + b"trailing",
        zstandard.compress(first) + frame + zstandard.compress(second),
        frame + zstandard.compress(BODY),
    ):
        assert decode_body(body, "", "gzip", LIMIT) == BODY


@pytest.mark.parametrize("coding", ["", "gzip", "br"])
def test_a_body_that_was_packed_once_more_than_its_head_says_is_unpacked(coding):
    assert decode_body(gzip.compress(gzip.compress(b"<p>page")), "", coding, 100) == b"<p>page"
    with pytest.raises(TooLarge):
        decode_body(gzip.compress(gzip.compress(b"<p>page" * 1000)), "", coding, 100)


def test_members_that_together_are_too_large_are_refused():
    with pytest.raises(TooLarge):
        decode_body(gzipped(b"\0" * LIMIT) * 3, "", "gzip", LIMIT)


def test_a_damaged_member_is_an_error_and_no_shorter_page():
    second = bytearray(gzipped(BODY * 3))
    second[10] ^= 255
    with pytest.raises(zlib.error):
        decode_body(gzipped(BODY) + bytes(second), "", "gzip", LIMIT)


@pytest.mark.parametrize("place", [-6, -2])
def test_a_wrong_checksum_or_length_costs_no_text_of_a_body(place):
    wrong = bytearray(gzipped(BODY))
    wrong[place] ^= 255
    assert decode_body(bytes(wrong) + gzipped(BODY) + b"<!-- cached -->", "", "gzip", LIMIT) == BODY * 2


PAGE = b"<!DOCTYPE html><p>" + b"The lock was rebuilt in 1871. " * 4


def chunked(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize(
    "body",
    [
        chunked(PAGE),
        chunked(PAGE[:40], PAGE[40:]),
        chunked(PAGE[:40], PAGE[40:])[:-5],  # the last size is gone
        chunked(gzipped(PAGE)),
        b"000000%x;ext=1\r\n%s\r\n0\r\n\r\n" % (len(PAGE), PAGE),
    ],
)
def test_chunks_that_nobody_announced_are_joined(body):
    assert decode_body(body, "", "", LIMIT) == PAGE == decode_body(body, "chunked", "", LIMIT)


@pytest.mark.parametrize(
    "parts", [[PAGE], [PAGE[:40], PAGE[40:]], [b"\xef\xbb\xbf" + PAGE], [b"Plain words, ", b"and a few more of them."], [gzipped(PAGE)]]
)
def test_chunks_whose_lines_end_in_lf_are_joined(parts):
    body = b"".join(b"%x\n%s\n" % (len(part), part) for part in parts) + b"0\n\n"
    whole = PAGE if parts == [gzipped(PAGE)] else b"".join(parts)
    assert decode_body(body, "", "", LIMIT) == whole == decode_body(body, "chunked", "", LIMIT)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("lines", [b"1 2 3 4 5", b"2 ab 3 cde 4", b"16 " + b"x" * 22 + b" 17", b"2019 words", b"3 abc 0 none"])
def test_numbers_in_lines_are_no_chunks(lines, end):
    body = end.join(lines.split()) + end
    assert decode_body(body, "", "", LIMIT) == body


@pytest.mark.parametrize("body", [b"1984\r\nThe year in which the lock was rebuilt.\r\n", b"add\r\nbed\r\ncab\r\n", b"0\r\n"])
def test_lines_of_hexadecimal_digits_are_no_chunks(body):
    assert decode_body(body, "", "", LIMIT) == body


def test_a_wrong_chunk_size_loses_nothing():
    for wrong in (10, 60):
        body = b"%x\r\n%s\r\n" % (wrong, PAGE[:40]) + chunked(PAGE[40:80], PAGE[80:])
        assert decode_body(body, "chunked", "", LIMIT) == PAGE
    assert decode_body(b"4\r\n" + PAGE + b"\r\n", "chunked", "", LIMIT) == PAGE + b"\r\n"


HEADS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
    b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n",
    b"HTTP/1.1 200 OK\r\nServer: x\nContent-Type: text/html\n\r\n",
    b"HTTP/1.1 200 OK\nServer: x\r\nContent-Type: text/html\r\n\n",
    b"HTTP/1.1 200 OK\r\nCONTENT-TYPE:text/html\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-type : text/html\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Type:\r\n\ttext/html\r\n\r\n",
    b"HTTP/1.1  200  OK\r\nContent-Type: text/html\r\n\r\n",
    b"http/1.1 200 ok\r\nContent-Type: text/html\r\n\r\n",
    b"HTTP/1.1 200\r\nContent-Type: text/html\r\n\r\n",
    b"HTTP/2 200\r\nContent-Type: text/html\r\n\r\n",
    b"HTTP 200 OK\r\nContent-Type: text/html\r\n\r\n",
    b"ICY 200 OK\r\nContent-Type: text/html\r\n\r\n",
    b"\r\nHTTP/1.1 200 OK\r\nno colon here\r\nContent-Type: text/html\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
)


@pytest.mark.parametrize("head", HEADS)
def test_a_head_is_read_in_any_spelling(head):
    found = split_response(head + PAGE)
    assert (found.status, found.fields["content-type"], found.body) == (200, "text/html", PAGE)


def test_a_field_that_is_there_twice_has_both_values():
    found = split_response(b"HTTP/1.1 200 OK\r\nVary: accept\r\nA: b\r\nvary: accept\r\n -language\r\n\r\n")
    assert found.fields == {"vary": "accept, accept -language", "a": "b"} and found.body == b""


def test_robots_rules_that_are_sent_twice_keep_their_lines():
    found = split_response(b"HTTP/1.1 200 OK\r\nX-Robots-Tag: noindex\r\nx-robots-tag: bot:\r\n noarchive\r\n\r\n")
    assert found.fields == {"x-robots-tag": "noindex\nbot: noarchive"}


@pytest.mark.parametrize("block", [b"", b"\r\n", b"<p>no head", b"HTTP/1.1 2000 OK\r\n\r\n", b"HTTP/1.1 OK\r\n\r\n"])
def test_a_block_without_a_status_has_none(block):
    assert split_response(block).status is None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("text/html; charset=UTF-8", ("text/html", "UTF-8")),
        ('text/html; charset="iso-8859-1"', ("text/html", "iso-8859-1")),
        ("text/html; charset='utf-8';", ("text/html", "utf-8")),
        ("text/html;CHARSET = 'koi8-r'", ("text/html", "koi8-r")),
        ("TEXT/HTML;charset=utf-8;charset=koi8-r", ("text/html", "utf-8")),
        ("text/html charset=utf-8", ("text/html", "utf-8")),
        ('"text/html; charset=utf-8"', ("text/html", "utf-8")),
        ("text/html, text/html; charset=utf-8", ("text/html", "utf-8")),
        ("text/html; charset=utf-8, text/html", ("text/html", "utf-8")),
        ("text/plain; charset=utf-8, text/html", ("text/html", None)),
        ("text/html, */*", ("text/html", None)),
        ("text/html", ("text/html", None)),
        ("html; charset=koi8-r", ("", "koi8-r")),
        ("", ("", None)),
    ],
)
def test_the_type_and_charset_of_a_content_type(header, expected):
    assert media_type(header) == expected


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\xef\xbb\xbf" * 3, b"\r\n\n"])
@pytest.mark.parametrize("announced", ["gzip", ""])
def test_what_a_script_prints_before_it_packs_does_not_hide_the_page(before, announced):
    assert decode_body(before + gzip.compress(BODY), "", announced, LIMIT) == BODY
    assert decode_body(before + BODY, "", announced, LIMIT) == before + BODY


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-32"])
def test_a_stored_body_of_wide_units_is_a_body(codec):
    body = BODY.decode().encode(codec)
    assert decode_body(body, "", "deflate", LIMIT) == decode_body(body, "", "br", LIMIT) == body


def test_streams_of_zlib_behind_each_other_are_all_read():
    packed = zlib.compress(BODY) + zlib.compress(b"<p>second</p>") + zlib.compress(b"<p>third</p>")
    assert decode_body(packed, "", "deflate", LIMIT) == BODY + b"<p>second</p><p>third</p>"
    with pytest.raises(TooLarge):
        decode_body(zlib.compress(bytes(LIMIT)) * 3, "", "deflate", LIMIT)
