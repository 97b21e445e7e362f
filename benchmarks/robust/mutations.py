"""What is done to sound bytes: damage as disks and networks do it, and what careless or hostile people write, all drawn by a seed."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable
from functools import partial
from random import Random

import brotli
import zstandard

TELLING = (
    b"\x00",
    b"\xff",
    b"\n",
    b"\r\n\r\n",
    b'"',
    b"<",
    b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"WARC/1.0\r\n",
)
NUMBERS = (b"0", b"-1", b"1", b"99999999999999999999", b"1e999", b"9" * 5000, b"NaN", b"-0", b"0x10", b"1_0", "١٢".encode(), b"2147483648")
CHARSETS = (
    "utf-8 utf-7 utf-16 utf-16le utf-32 cp1251 koi8-r shift_jis iso-2022-jp gb18030 hz euc-kr big5 punycode idna rot13 hex x-user-defined"
).split()
CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": partial(gzip.compress, mtime=0),
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}
DATES = (b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00", b"yesterday", b"", b"2026-02-30T25:61:61Z", b"-1", b"1" * 40)
# Markup, statements and text that somebody's parser, pattern or table might not survive.
HOSTILE = (
    b"<table><tr><td colspan=1000000000 rowspan=65535>1" * 30,
    b"<table>" * 300 + b"<tr><th>a<th>b<tr><td>1<td>2",
    b"<div>" * 3000,
    b"<b>" * 600 + b"<p>" * 600,
    b"<a " + b"x=1 " * 4000 + b">",
    b"<!--" * 2000,
    b"<svg><math><template><select><plaintext>" * 40,
    b'<script type="application/ld+json">' + b"[" * 5000 + b"</script>",
    b'<script type="application/ld+json">' + b'{"name":' * 400 + b"</script>",
    b'<script type="application/ld+json">{"@type": [1], "name": ["x", {}], "size": 1e999, "n": ' + b"9" * 5000 + b"}</script>",
    b'<script type="application/ld+json">[{"name": "A", "height": {"@value": -0, "@type": 7}, "x": [[[]], null, "\\ud800"]}]</script>',
    b'<script type="application/ld+json">{"name": "A", "name": "B", "": "", "@graph": {"@graph": []}}</script>',
    b'<div itemscope itemtype="/"><span itemprop="a b c d">' * 80,
    b'<p itemscope itemref="x x x"><time itemprop=t datetime="99999999-99-99">',
    b"<table><caption>c<tr><th></tr><tr></tr><tr><td><td><td></table>",
    b"<pre>" + b"```\n" * 500,
    b"<p>" + b"a@" * 5000,
    b"<p>" + b"+1 2 3 (4) " * 3000,
    b"<p>" + b"1." * 5000 + b"2:" * 5000,
    b"<p>" + b"DE" + b"12 " * 5000,
    b"<p>" + b"http://a.b/" * 2000,
    b"<p>" + b"was born in 1999 The A of B was founded in 1900 " * 800,
    b"<p>" + b"A" * 60000,
    b"<p>" + "\u202e\u0300\u200b\ufeff".encode() * 3000,
    b"<p>" + "漢字".encode() * 8000,
    b"<p>" + "😀\U0010ffff\U000e0001".encode() * 2000,
    b"<p>" + b"\xed\xa0\x80\xf4\x90\x80\x80\xc0\x80" * 500,
    b"<p>" + b'"' * 9000 + b"'" * 9000,
    b"<p>" + b"#" * 3000 + b"... " * 3000,
    b"&#xD800;&#0;&#99999999999;&" * 300,
    b"\x00" * 4000,
    b"<title>" * 500,
    b"<base href='http://[::1'><link rel=license href='javascript:0'><meta name=robots content='" + b"x" * 20000 + b"'>",
    b"<" * 5000,
)


def flip(chance: Random, data: bytes) -> bytes:
    """Some bytes are others."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        changed[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(changed)


def flip_early(chance: Random, data: bytes) -> bytes:
    """The same within the first bytes, where headers are."""
    start = data[:300]
    return flip(chance, start) + data[len(start) :]


def truncate(chance: Random, data: bytes) -> bytes:
    """The end is missing."""
    return data[: chance.randrange(len(data))]


def behead(chance: Random, data: bytes) -> bytes:
    """The start is missing."""
    return data[chance.randrange(len(data)) :]


def insert(chance: Random, data: bytes) -> bytes:
    """Bytes that tell something, or nothing, within."""
    at = chance.randrange(len(data))
    return data[:at] + chance.choice((*TELLING, chance.randbytes(chance.randrange(1, 400)))) + data[at:]


def repeat(chance: Random, data: bytes) -> bytes:
    """A piece is there several times."""
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:end] + data[start:end] * chance.choice((1, 2, 5)) + data[end:]


def drop(chance: Random, data: bytes) -> bytes:
    """A piece is missing."""
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:start] + data[end:]


def blank(chance: Random, data: bytes) -> bytes:
    """A sector of zeros, as a disk leaves it."""
    start = chance.randrange(len(data))
    return data[:start] + bytes(min(512, len(data) - start)) + data[start + 512 :]


def change_number(chance: Random, data: bytes) -> bytes:
    """A number is another one: lengths lie, values are out of range."""
    return _replace(chance, data, rb"\d+", chance.choice(NUMBERS))


def change_date(chance: Random, data: bytes) -> bytes:
    """A time is none."""
    return _replace(chance, data, rb"\d{4}-\d\d-\d\dT[\d:]+Z|\b\d{14}\b", chance.choice(DATES))


def edit_header(chance: Random, data: bytes) -> bytes:
    """A header line or name is missing, there twice, without its space, in another case, with another end, very long or not ASCII."""
    head, blank_line, rest = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    at = chance.randrange(len(lines))
    edit = chance.randrange(8)
    if edit == 0:
        del lines[at]
    elif edit == 1:
        lines.insert(at, lines[at])
    elif edit == 2:
        lines[at] = lines[at].replace(b": ", b":")
    elif edit == 3:
        lines[at] = lines[at].swapcase()
    elif edit == 4:
        return head.replace(b"\r\n", b"\n") + b"\n\n" + rest
    elif edit == 5:
        lines[at] += b", " + b"x" * 70_000
    elif edit == 6:
        lines[at] += "é\u2028".encode() + b"\xff\x00"
    else:
        lines[at] = b" " + lines[at]
    return b"\r\n".join(lines) + blank_line + rest


def swap_charset(chance: Random, data: bytes) -> bytes:
    """The page is said to be in another encoding than it is."""
    name = chance.choice(CHARSETS).encode()
    said = (b"text/html; charset=" + name, b'<meta charset="' + name + b'">')
    return data.replace(b"text/html", said[0], 1) if chance.random() < 0.5 else data.replace(b"<head>", b"<head>" + said[1], 1)


def recode(chance: Random, data: bytes) -> bytes:
    """The page is in another encoding than it says."""
    name = chance.choice(("utf-16", "utf-16-be", "utf-32", "cp1252", "shift_jis", "utf-7", "cp037"))
    head, blank_line, rest = data.rpartition(b"\r\n\r\n<")
    return head + blank_line + rest.decode("utf-8", "replace").encode(name, "replace")


def nest_codings(chance: Random, data: bytes) -> bytes:
    """The body is compressed several times, and said to be so, or otherwise."""
    at = data.rfind(b"\r\n\r\n<")
    if at < 0:
        return CODINGS[chance.choice(list(CODINGS))](data)
    head, body = data[:at], data[at + 4 :]
    names = [chance.choice(list(CODINGS)) for _ in range(chance.randrange(1, 6))]
    for name in names:
        body = CODINGS[name](body)
    if chance.random() < 0.3:
        body = truncate(chance, body)
    said = chance.choice((", ".join(names), names[0], "identity", "unheard-of", ""))
    return head + b"\r\nContent-Encoding: " + said.encode() + b"\r\n\r\n" + body


def lie_about_chunks(chance: Random, data: bytes) -> bytes:
    """Chunks that are longer or shorter than they say, or none."""
    at = data.rfind(b"\r\n\r\n<")
    head, body = (data[:at], data[at + 4 :]) if at >= 0 else (data[:0], data)
    size = chance.choice((b"%x" % len(body), b"0", b"ffffffff", b"1", b"-5", b"zz", b"%x;ext=1" % (len(body) // 2)))
    return head + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + size + b"\r\n" + body + chance.choice((b"\r\n0\r\n\r\n", b"", b"\r\n"))


def plant(chance: Random, data: bytes) -> bytes:
    """Something hostile within."""
    at = data.find(b"<body") if chance.random() < 0.7 else chance.randrange(len(data))
    at = data.find(b">", max(at, 0)) + 1
    return data[:at] + chance.choice(HOSTILE) + data[at:]


def _replace(chance: Random, data: bytes, pattern: bytes, by: bytes) -> bytes:
    places = [match.span() for match in re.finditer(pattern, data[:3000])]
    if not places:
        return insert(chance, data)
    start, end = chance.choice(places)
    return data[:start] + by + data[end:]


DAMAGE = (flip, flip_early, truncate, behead, insert, repeat, drop, blank)  # to the bytes of a file or a record
EDITS = (*DAMAGE, change_number, change_date, edit_header, swap_charset, recode, nest_codings, lie_about_chunks, plant, plant, plant)
# File names that are patterns, options, chains, addresses, long, or in another script.
NAMES = (
    "a", "A B", "-rf", "a[1]*?", "*", "..a", "a%2F..%00", "a#b?c=d", "file:a", "zip:x::a", "~", "$HOME", "a'\";--", "a\nb", "a\tb",
    "é", "e\u0301",
    "漢字", "\u202egpj", "x" * 200, "a.warc", "a.jsonl.gz", "s3:", "CON", " a ", "{a,b}", "@eaDir", "a&b=c", "\\a", "caf\udce9",
)  # fmt: skip
